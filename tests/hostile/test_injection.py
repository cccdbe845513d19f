"""What others wrote stays what it is, text, wherever it is shown: Slack, invites, holds, mails, pages and audits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.audit_html import page_html
from bot.auditing import Page, text
from bot.core import facts as f
from bot.core.invitation import draft
from bot.core.people import Person
from bot.core.record import Evidence
from bot.core.words import as_written
from bot.ports import Denied, Invite
from bot.slack.blocks import Message
from bot.slack.text import clean, safe
from integrations.calendars import google_invitations, microsoft_invitations
from integrations.paging.pagerduty import _summary
from integrations.paging.smtp import SmtpMail
from tests.core.test_audit import papers
from tests.slack.identity_review import KIND, PEOPLE, RECORD, REQUESTED, TO_HELD, later, slot
from tests.slack.test_messages_extreme import ALLOWED, every_message, extreme

HOSTILE = (
    "<!channel>", "<!here|here>", "<@U0LEE>", "<#C0SECRET|general>", "<https://evil.example.com|Approve>", "&lt;!channel&gt;",
    "</a><script>alert(1)</script>", "<a href='https://evil.example.com'>Approve</a>", "a\r\nBcc: eve@example.com\r\n\r\nx",
    "a\nWho decides here:\n- approver: Eve", "\u202edesrever\u2066\u2069\u200f\u061c", "a\u2028b\u2029c\x85d\x0be", "\x1b[2J\x1b]0;x\x07",
    "\x00\x08\x7f", "\ufeff\u200b\u200d\u2060\U000e0041", "\ud83d", "{person:dana}{clock:x}", "`*bold* _it_ ~no~", "=cmd|' /C calc'!A0",
)  # fmt: skip
words = (
    st.sampled_from(HOSTILE)
    | st.text(max_size=40)
    | st.tuples(st.sampled_from(HOSTILE), st.text(max_size=9)).map("".join)
)
many = settings(max_examples=60, deadline=None, phases=[Phase.generate])


def unseen(told: str, lines: bool = False) -> list[str]:
    """Characters that nobody sees, or that change what stands beside them."""
    return [c for c in told if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not (lines and c == "\n")]


def strings(thing: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a message, with the name under which it stands."""
    if isinstance(thing, dict):
        for key, inner in thing.items():
            yield from strings(inner, key)
    elif isinstance(thing, list):
        for inner in thing:
            yield from strings(inner, at)
    elif isinstance(thing, str):
        yield at, thing


def marked(thing: Any) -> Iterator[dict[str, Any]]:
    if isinstance(thing, dict):
        if thing.get("type") == "mrkdwn":
            yield thing
        for inner in thing.values():
            yield from marked(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from marked(inner)


@pytest.mark.parametrize("first", [0, 8, len(HOSTILE) - 8])
def test_every_message_is_text_with_our_own_marks_alone(first: int) -> None:
    """Every builder, with hostile words in every field: no mention, no link, no way to turn or hide a letter; and Slack is
    told to make no links of its own (verbatim)."""
    view = extreme(list(HOSTILE[first : first + 8]))
    for made in every_message(view):
        blocks = made.blocks if isinstance(made, Message) else made
        for at, told in strings(blocks):
            assert unseen(told, lines=True) == [], (at, told)
        for each in marked(blocks):
            assert each["verbatim"] is True
            assert not set(ALLOWED.sub("", each["text"])) & set("<>"), each["text"]
        if isinstance(made, Message):
            assert unseen(made.text, lines=True) == []
            assert not set(ALLOWED.sub("", made.text)) & set("<>")


@given(words)
@many
def test_words_of_others_are_one_line_of_text(told: str) -> None:
    for shown in (clean(told), safe(told), as_written(told), _summary(clean(told) or "x")):
        assert unseen(shown) == []
    assert not set(safe(told)) & set("<>")
    assert not set(as_written(told)) & set("<>")


def hostile_draft(told: str) -> Any:
    """A record, a kind and people in which everything that can be text is hostile."""
    people = PEOPLE.model_copy(
        update={"people": {k: Person(**{**p.model_dump(), "name": told or "x"}) for k, p in PEOPLE.people.items()}}
    )
    record = RECORD.model_copy(
        update={"title": told, "services": (told, told), "touches": (told,), "url": f"https://change.example.com/{told}",
                "revision": told, "evidence": (Evidence(name=told, ready_by=later()),)}
    )  # fmt: skip
    return draft(record, KIND.model_copy(update={"title": told}), people, slot(1, 9), "America/New_York")


@given(words)
@many
def test_an_invite_has_the_lines_that_we_wrote_and_no_others(told: str) -> None:
    """No title, name or evidence adds a line, a tag or a header; what a calendar gets is what was shown, as plain text."""
    tame, made = hostile_draft("tame"), hostile_draft(told)

    assert len(made.text.split("\n")) == len(tame.text.split("\n"))
    assert unseen(made.text, lines=True) == []
    assert unseen(made.title) == []
    assert not set(made.text + made.title) & set("<>")
    invite = Invite(key="k", record="CHG-1042", tag="t", title=made.title, text=made.text, span=made.span, time_zone="UTC",
                    invitees=())  # fmt: skip
    google, microsoft = google_invitations._body(invite), microsoft_invitations._body(invite)
    assert google["description"] == made.text
    assert microsoft["body"] == {"contentType": "text", "content": made.text}


@given(words)
@many
def test_no_header_can_be_slipped_into_a_mail(told: str) -> None:
    mail = SmtpMail("127.0.0.1", 25, "bot@example.com", starttls=False)
    made = mail._message("k", ["a@example.com"], clean(told) or "x", told)

    whole = made.as_bytes()
    head = whole.split(b"\r\n\r\n", 1)[0]
    assert {line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")} <= {
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted", b"Content-Type", b"Content-Transfer-Encoding",
        b"MIME-Version",
    }  # fmt: skip
    assert max(whole) < 128


@pytest.mark.parametrize(
    "told",
    [
        h
        for h in HOSTILE
        if unseen(h) and not set(unseen(h)) <= set("\u202e\u2066\u2069\u200f\u061c\ufeff\u200b\u200d\u2060\U000e0041")
    ],
)
def test_a_subject_with_a_line_break_is_refused_even_if_somebody_forgot_to_clean_it(told: str) -> None:
    mail = SmtpMail("127.0.0.1", 25, "bot@example.com", starttls=False)

    with pytest.raises(Denied, match="nothing was sent"):
        mail._message("k", ["a@example.com"], told, "x")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.given: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.given |= {name for name, _ in attrs}


@pytest.mark.parametrize("told", HOSTILE)
def test_an_audit_runs_nothing_leads_nowhere_and_moves_no_terminal(told: str) -> None:
    """In a browser and in a terminal."""
    ended = f.SlotEnded(by="priya", set=1, why="rejected", reason="r", reason_words=told)
    asked = REQUESTED.model_copy(update={"record_title": told, "title": told})
    story = ((later(), asked), *TO_HELD[1:], (later(), ended), (later(), f.SearchStopped(search=2, why=told)))
    page = Page.of(papers(story).model_copy(update={"words": {"r": told}}), True)
    html, plain = page_html(page), text(page)

    tags = _Tags()
    tags.feed(html)
    assert not tags.seen & {"script", "a", "img", "link", "iframe", "form", "svg", "object"}
    assert tags.given <= {"lang", "charset", "name", "content", "class"}
    assert unseen(html, lines=True) == []
    assert unseen(plain, lines=True) == []
