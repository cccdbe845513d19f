"""The audit as text, as one HTML file and as JSON lines: all of it in each, harmless, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from bot.audit_html import page_html
from bot.auditing import Page, json_lines, text
from bot.core import facts as f
from bot.core.audit import Deed, Message, Papers
from bot.core.search import Problem, search
from bot.flows.searching import Resting, told
from bot.flows.world import Snapshot
from bot.store import StoredFact
from tests.core.random_workspace import random_problem
from tests.core.test_audit import papers
from tests.slack.identity_review import PEOPLE, REQUESTED, TO_CONFIRMED, later

HOSTILE = "<script>alert(1)</script> & <img src=x onerror=y> “{person:dana}”"


class _Reader(HTMLParser):
    """What a browser would make of a page: its elements, its text, and whether each element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def ended(self) -> bool:
        return not self._open


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def kept(problem: Problem) -> Papers:
    """A review whose one search is that of a random workspace, with its inputs kept."""
    resting = Resting("i1", None, REQUESTED.policy)
    searched = told(search(problem), 1, Snapshot({}, problem.now, 1, ()), resting)
    found = papers(((problem.now, REQUESTED), (problem.now, f.SearchStarted(search=1)), (problem.now, searched)))
    inputs = TypeAdapter(Problem).dump_json(problem).decode()
    return found.model_copy(update={"documents": {"i1": inputs}})


def hostile() -> Page:
    """Everything that somebody else writes is an attack."""
    asked = REQUESTED.model_copy(update={"title": HOSTILE, "record_title": HOSTILE, "by": HOSTILE})
    noted = f.Noted(by=HOSTILE, words="n1")
    rejected = f.SlotEnded(by=HOSTILE, set=1, why="rejected", reason="n1")
    many = papers(((later(), asked), *TO_CONFIRMED[1:5], (later(minutes=3), rejected), (later(minutes=4), noted)))
    deeds = (Deed(key=HOSTILE, kind=HOSTILE, state=HOSTILE, due_at=later()),)
    messages = (Message(key=HOSTILE, kind=HOSTILE, channel=HOSTILE, ts=HOSTILE, state="sent"),)
    return Page.of(many.model_copy(update={"words": {"n1": HOSTILE}, "deeds": deeds, "messages": messages}), names=True)


def stored(page: Page) -> list[StoredFact]:
    return [
        StoredFact(
            e.seq, page.audit.meeting, e.version, e.at, e.fact.by, e.fact.tag, e.fact.format, f.body_of(e.fact), e.hash
        )
        for e in page.audit.entries
    ]


def test_html_lets_nobody_write_anything_but_words() -> None:
    """Titles, names and what people wrote are text; there is no script, no picture and no address of elsewhere."""
    page = read(page_html(hostile()))

    assert page.ended()
    assert set(page.tags) <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "ul", "li", "q",
                              "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "class"}
    assert "<script>alert(1)</script>" in page.words
    assert not re.search(r"https?://|//\w|url\(|@import", page_html(hostile()))


def test_what_people_wrote_is_never_read_as_the_bots_own_words() -> None:
    """A mark in somebody's note stays as they typed it."""
    told = text(hostile())

    assert "“{person:dana}”" in told


@pytest.mark.parametrize("seed", [10, 25, 2207])
def test_every_form_tells_every_range_and_every_entry(seed: int) -> None:
    """Text, HTML and JSON lines are one page in three dresses."""
    page = Page.of(kept(random_problem(seed)), names=True)
    ranges = [each for s in page.audit.searches for day in s.ruled_out for each in day.ranges]
    lines = [json.loads(line) for line in json_lines(page, stored(page))]
    html = read(page_html(page))

    assert len([line for line in lines if line["line"] == "ruled_out"]) == len(ranges)
    assert [line["seq"] for line in lines if line["line"] == "entry"] == [e.seq for e in page.audit.entries]
    for form in (text(page), html.words):
        assert all(entry.hash[:12] in form and words in form for entry, words in page.entries)
        assert len(re.findall(r"\(\d+\): ", form)) >= len(ranges)
    assert html.ended()


def test_the_seeds_do_rule_something_out() -> None:
    """The test before this one would pass on an empty page."""
    found = [Page.of(kept(random_problem(seed)), names=True).audit.searches[0].ruled_out for seed in (10, 25, 2207)]

    assert sum(map(bool, found)) >= 2


def test_json_lines_have_stable_keys_and_no_marks() -> None:
    """People stand by id, instants as ISO 8601 in UTC; each sort of line has the keys that operating.md documents."""
    page = Page.of(papers(TO_CONFIRMED), names=True)
    lines = [json.loads(line) for line in json_lines(page, stored(page))]

    assert [line["line"] for line in lines] == [
        "audit",
        "search",
        "hold",
        *["decision_point"] * 2,
        *["invite"],
        *["entry"] * 9,
        "chain",
    ]
    by_sort = {line["line"]: set(line) - {"line"} for line in lines}
    assert by_sort["audit"] == {"meeting", "record", "record_title", "title", "names", "asked_at", "asked_by", "state",
                                "confirmed_at", "rounds", "policies"}  # fmt: skip
    assert by_sort["decision_point"] == {"sort", "seq", "at", "by", "question", "why", "deciders", "quote", "decisions"}
    assert by_sort["hold"] == {"set", "span", "seats", "by", "chosen_at", "calendars", "not_held", "placed_at", "expires_at",
                               "extended", "ended", "ended_at", "ended_by", "gone_at"}  # fmt: skip
    assert by_sort["entry"] == {"seq", "stream", "version", "at", "actor", "tag", "format", "body", "hash"}
    assert by_sort["chain"] == {"entries", "head", "whole", "first_bad", "why"}
    assert not re.search(r"\{(person|instant|clock):", "\n".join(json_lines(page, stored(page))))


def test_operating_md_documents_the_keys_of_every_sort_of_line() -> None:
    table = (Path(__file__).parent.parent / "docs" / "operating.md").read_text("utf-8")
    documented = {
        row[1]: set(re.findall(r"`(\w+)`", row[2])) for row in re.findall(r"(?m)^(\| `(\w+)` \|[^|]*\|([^|]*)\|)$", table)
    }  # fmt: skip
    whole = kept(random_problem(25)).model_copy(
        update={"deeds": hostile().papers.deeds, "messages": hostile().papers.messages}
    )
    lines = [
        json.loads(line) for papers_ in (whole, papers(TO_CONFIRMED)) for page in [Page.of(papers_, names=True)]
        for line in json_lines(page, stored(page))
    ]  # fmt: skip

    assert {line["line"] for line in lines} == {"audit", "search", "ruled_out", "hold", "decision_point", "invite", "message",
                                                "deed", "entry", "chain"}  # fmt: skip
    assert all(documented[line["line"]] == set(line) - {"line"} for line in lines)


def test_a_page_speaks_of_people_as_its_newest_search_knew_them() -> None:
    """From the papers alone: no workspace is read. Whoever they do not know stands by id."""
    problem = random_problem(10)
    problem = Problem(problem.record, problem.kind, problem.policy, PEOPLE, problem.entries, problem.now, {})

    assert "Priya Nair asked" in text(Page.of(kept(problem), names=True))
    assert "priya asked" in text(Page.of(papers(TO_CONFIRMED), names=True))


def test_the_page_says_whose_times_and_which_reasons_it_tells() -> None:
    page = Page.of(papers(TO_CONFIRMED), names=False)

    assert text(page).splitlines()[1] == "Times are those of UTC. Why somebody could not come is told by role."
