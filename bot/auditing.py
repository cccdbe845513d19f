"""`audit`: one page on one review, from what is kept of it alone, as text, HTML or JSON lines; and whether the chain holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from bot.core.audit import Audit, Entry, Papers, Quote
from bot.core.audit_searches import problem_kept
from bot.core.audit_words import sections_of
from bot.core.auditing import audit_of
from bot.core.facts import Requested, Searched
from bot.core.meeting import At, Meeting, folded
from bot.core.people import Directory
from bot.core.policy import Kind, Policy
from bot.core.words import spoken
from bot.slack.messages.entries import entry as entry_words
from bot.slack.messages.view import ReviewView
from bot.slack.speech import Speech
from bot.slack.text import clean, unmarked
from bot.store import StoredFact, Verified

Form = Literal["text", "html", "json"]
_OF_THE_REVIEW = ("meeting", "record", "record_title", "title", "names", "asked_at", "asked_by", "state", "confirmed_at",
                  "rounds", "policies")  # fmt: skip
LONGEST_SENTENCE = 20_000
LONGEST = 2000  # of what one person wrote


@dataclass(frozen=True)
class Noted:
    """A head of the chain that somebody noted outside of the database; `seq` is its entry, where they noted that too."""

    hash: str
    seq: int | None = None

    @classmethod
    def read(cls, text: str) -> Noted | None:
        """`HASH` or `HASH@N`; None when it is neither."""
        told = re.fullmatch(r"([0-9a-fA-F]{64})(?:@([0-9]{1,15}))?", text.strip())
        return cls(told[1].lower(), int(told[2]) if told[2] else None) if told else None

    def __str__(self) -> str:
        return self.hash if self.seq is None else f"{self.hash}@{self.seq}"


@dataclass(frozen=True)
class Page:
    """The audit of one review, and how to speak of people and times in it: as they were known to its newest search."""

    papers: Papers
    audit: Audit

    @classmethod
    def of(cls, papers: Papers, names: bool) -> Page:
        audit = audit_of(papers, names)
        assert audit is not None, "papers begin with a request"
        return cls(papers, audit)

    @cached_property
    def _newest(self) -> tuple[Directory, str]:
        for entry in reversed(self.papers.entries):
            problem = problem_kept(self.papers, entry.fact.inputs) if isinstance(entry.fact, Searched) else None
            if problem is not None:
                return problem.people, problem.policy.time_zone
        return Directory(people={}), _policy(self.papers, self.audit.policies[-1]).time_zone

    @cached_property
    def speech(self) -> Speech:
        return Speech(*self._newest)

    @property
    def heading(self) -> str:
        return clean(f"{self.audit.title} · {self.audit.record} {self.audit.record_title}")

    @property
    def times(self) -> str:
        how = "by name" if self.audit.names else "by role"
        return f"Times are those of {self.speech.place}. Why somebody could not come is told {how}."

    def say(self, words: str) -> str:
        """A sentence of the core as plain text: nothing in it moves a terminal or turns a line around."""
        return spoken(clean(words, LONGEST_SENTENCE), self._name, self.speech.bare, self.speech.clock)

    def quote(self, quote: Quote | None) -> str:
        if quote is None:
            return ""
        return f"“{clean(quote.text, LONGEST)}”" if quote.text is not None else "(the words were erased)"

    def _name(self, person: str) -> str:
        known = self.speech.people.people.get(person)
        return "the bot" if person == "bot" else clean(known.name if known else person, 80)

    @cached_property
    def entries(self) -> tuple[tuple[Entry, str], ...]:
        """Each entry of the ledger with its sentence, over all rounds."""
        views = [_view(self, at) for at in _rounds(self.papers)]
        words = [unmarked(entry_words(view, e.fact)) for view in views for e in view.history]
        return tuple(zip(self.audit.entries, words, strict=True))


def _rounds(papers: Papers) -> list[tuple[int, int]]:
    """Each round as (place of its request, place after its last entry)."""
    begins = [i for i, e in enumerate(papers.entries) if isinstance(e.fact, Requested)]
    return list(zip(begins, [*begins[1:], len(papers.entries)], strict=True))


def _view(page: Page, places: tuple[int, int]) -> ReviewView:
    begin, end = places
    history = tuple(At(version=e.version, at=e.at, fact=e.fact) for e in page.papers.entries[:end])
    meeting = folded(page.papers.meeting, history)
    assert meeting is not None, "a round begins with its request"
    return ReviewView(
        meeting=meeting, record=None, kind=_kind(page.papers, meeting), people=page.speech.people, zone=page.speech.zone,
        history=history[begin:], words=page.papers.words.get, now=history[-1].at, draft=None, deciders=(),
    )  # fmt: skip


def _policy(papers: Papers, digest: str) -> Policy:
    """What cannot be read any more tells at least no times in a zone that was never meant."""
    try:
        return Policy.model_validate_json(papers.documents.get(digest) or "")
    except ValidationError:
        return Policy.model_construct(kinds={}, time_zone="UTC")


def _kind(papers: Papers, meeting: Meeting) -> Kind:
    request, none = meeting.request, timedelta(0)
    bare = Kind(
        id=request.kind, title=request.title, duration=none, notice=none, horizon=none, roles={}, confirmed_by=()
    )
    return _policy(papers, request.policy).kinds.get(request.kind, bare)


# As text


def text(page: Page) -> str:
    return "\n".join(_text(page))


def _text(page: Page) -> Iterator[str]:
    yield from (page.heading, page.times)
    for section in sections_of(page.audit):
        yield from ("", section.title)
        for line in section.lines:
            indent = "    " if line.under else "  "
            yield f"{indent}{' '.join(part for part in (page.say(line.words), page.quote(line.quote)) if part)}"
    yield from ("", "The ledger")
    for entry, words in page.entries:
        yield f"  {entry.seq:>5}  {page.speech.bare(entry.at)}  {words}  [{entry.hash[:12]}]"


def chain_line(verified: Verified) -> str:
    if verified.ok:
        return f"chain: whole, {verified.entries} entries, head {verified.head}"
    return f"chain: BROKEN from entry {verified.first_bad}: {verified.why}"


def head_line(noted: str, found: int | None) -> str:
    """Whether the chain goes through a head that somebody noted, from the daily digest for instance."""
    if found is not None:
        return f"head: {noted} is entry {found} of this chain; nothing up to there was rewritten or cut off"
    return f"head: MISSING, no entry here is {noted}: the ledger was rewritten or cut short, or the head is another ledger's"


def words_line(kept: int, changed: list[str]) -> str:
    """Whether what people wrote is still what they wrote."""
    if not changed:
        return f"words: {kept} kept beside it, each as it was written"
    return f"words: {len(changed)} of {kept} CHANGED after they were written, by digest {', '.join(changed[:5])}"


def rows(view: ReviewView) -> list[tuple[str, str]]:
    """(when, what) of each entry of a round, in the organisation's zone."""
    return [(view.speech.plain(e.at), unmarked(entry_words(view, e.fact))) for e in view.history]


# As JSON lines: docs/operating.md has the keys


def json_lines(page: Page, facts: Iterable[StoredFact]) -> Iterator[str]:
    """One object a line; `line` says which sort. People stand by id and instants as ISO 8601 in UTC, also in sentences."""
    for told in _objects(page.audit, facts):
        yield json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _objects(audit: Audit, facts: Iterable[StoredFact]) -> Iterator[Mapping[str, Any]]:
    yield {"line": "audit", **_plain(audit, *_OF_THE_REVIEW)}
    for search in audit.searches:
        yield {"line": "search", **{k: v for k, v in _plain(search).items() if k != "ruled_out"}}
        for day in search.ruled_out:
            for each in day.ranges:
                yield {"line": "ruled_out", "search": search.search, "day": day.day.isoformat(), **_plain(each)}
    for name, parts in (("hold", audit.holds), ("decision_point", audit.points), ("invite", audit.invites),
                        ("message", audit.messages), ("deed", audit.deeds)):  # fmt: skip
        for part in parts:
            yield {"line": name, **_plain(part)}
    for fact in facts:
        yield {
            "line": "entry", "seq": fact.seq, "stream": fact.stream, "version": fact.version, "at": fact.at.isoformat(),
            "actor": fact.actor, "tag": fact.tag, "format": fact.format, "body": fact.body, "hash": fact.hash,
        }  # fmt: skip
    yield {"line": "chain", **_plain(audit.chain)}


def _plain(part: BaseModel, *keys: str) -> dict[str, Any]:
    told = part.model_dump(mode="json", include=set(keys) or None)
    return {key: _unspoken(value) for key, value in told.items()}


def _unspoken(value: Any) -> Any:
    """Sentences without marks; what people wrote (`text`) stays as it is."""
    match value:
        case str():
            return spoken(value, str, _iso, _iso)
        case list():
            return [_unspoken(each) for each in value]
        case dict():
            return {key: each if key == "text" else _unspoken(each) for key, each in value.items()}
        case _:
            return value


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
