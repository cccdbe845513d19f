"""Words on their way into Slack: harmless whoever wrote them, never too long, times in a zone that is said."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.span import Span
from bot.slack.blocks import (
    button,
    buttons,
    checked,
    checked_view,
    heading,
    input_text,
    message,
    modal,
    quoted,
    says,
    small,
)
from bot.slack.speech import Speech, counted, duration, enumerated, some
from bot.slack.text import aloud, clean, clean_lines, host_of, length, link, safe, shortened, shortened_marks, unmarked
from tests.slack.identity_review import NEW_YORK, PEOPLE, at
from tests.slack.printed import plain

SPEECH = Speech(PEOPLE, NEW_YORK)
TOKEN = re.compile(r"<[^<>]*>")


@given(st.text(max_size=400))
def test_nothing_that_somebody_wrote_is_a_mention_a_link_or_a_token(text: str) -> None:
    """Whatever stands in a title, mrkdwn made of it has no angle bracket and only whole entities."""
    shown = safe(text, 120)

    assert "<" not in shown
    assert ">" not in shown
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", shown, re.DOTALL)


@given(st.text(max_size=400))
def test_what_somebody_wrote_is_one_line_without_unseen_characters(text: str) -> None:
    shown = clean(text, 200)

    assert not set(shown) & set("\n\r\t\u2028\u2029\u200b\u200d\u202e\u2066\u2069\ufeff")
    assert length(shown) <= 200


@given(st.text(alphabet=st.sampled_from("ab&<>|^\u0301\u200d👩🏽🇳🇴é "), max_size=60), st.integers(1, 40))
def test_shortened_text_never_exceeds_its_limit_and_says_that_something_is_missing(text: str, limit: int) -> None:
    shown = shortened(text, limit)

    assert length(shown) <= limit
    assert shown == text if length(text) <= limit else shown.endswith("…")


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Zoë and others", 5, "Zoë…"),
        ("ab👩🏽cdef", 6, "ab…"),
        ("x🇳🇴🇸🇪yzzz", 8, "x🇳🇴…"),
        ("Zoe\u0308 Brandt", 4, "Zo…"),
    ],
)
def test_a_character_is_not_cut_in_two(text: str, limit: int, shown: str) -> None:
    assert shortened(text, limit) == shown


def test_neither_a_token_nor_an_entity_is_left_half() -> None:
    whole = f"until {SPEECH.day_and_time(at(1, 10))} &amp; later"

    cut = [shortened_marks(whole, limit) for limit in range(8, length(whole))]

    assert all(not set(TOKEN.sub("", each)) & set("<>") for each in cut)
    assert all(not re.search(r"&(?!amp;)", each) for each in cut)


def test_an_invite_is_shown_line_by_line_with_its_spaces() -> None:
    assert clean_lines("Agenda:\n  - rollback\u202e plan", 100) == "Agenda:\n  - rollback plan"
    assert plain([quoted("Agenda:\n\n<!channel> *now*")]) == "> Agenda:\n>\n> <!channel> *now*"


@pytest.mark.parametrize(
    "url",
    [
        "http://change.example.com/1", "https://evil.example.com/1", "https://change.example.com@evil.example.com/1",
        "https://change.example.com:8443/1", "javascript:alert(1)", "https://[", "", None,
        "https://change.example.com.evil.example.com/",
    ],
)  # fmt: skip
def test_no_link_leads_to_a_host_that_was_not_allowed_by_name(url: str | None) -> None:
    assert link(url, "CHG-1042", frozenset({"change.example.com"})) is None


def test_an_allowed_link_is_written_so_that_it_cannot_end_early() -> None:
    hosts = frozenset({"change.example.com"})

    made = link("https://change.example.com/a b|c>d?x=1&y=2", "CHG-1042", hosts)

    assert made == "<https://change.example.com/a%20b%7Cc%3Ed?x=1&amp;y=2|CHG-1042>"
    assert host_of("https://Change.Example.com/1") == "change.example.com"


def test_a_time_follows_its_reader_and_falls_back_to_the_organisations_clock() -> None:
    """Slack's token shows the reader's own zone; notifications and screen readers get a zone that is said."""
    instant = at(1, 10, 30)

    assert (
        SPEECH.day_and_time(instant) == f"<!date^{int(instant.timestamp())}^{{date_short_pretty}} {{time}}|"
        "Tue 1 Dec 10:30 New York>"
    )
    assert SPEECH.plain(instant) == "Tue 1 Dec 10:30 New York"
    assert aloud(SPEECH.span(Span(instant, at(1, 11, 15)))) == "Tue 1 Dec 10:30 – 11:15 New York"


def test_a_span_over_midnight_says_both_days() -> None:
    span = Span(at(1, 23, 30), at(2, 0, 15))

    assert aloud(SPEECH.span(span)) == "Tue 1 Dec 23:30 – Wed 2 Dec 00:15 New York"
    assert SPEECH.plain_span(span) == "Tue 1 Dec 23:30 – Wed 2 Dec 00:15 New York"


def test_a_time_that_comes_twice_says_which() -> None:
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))

    assert SPEECH.plain(first) == "Sun 1 Nov 01:30 EDT New York"
    assert SPEECH.plain(second) == "Sun 1 Nov 01:30 EST New York"


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        (timedelta(seconds=3), "3 s"), (timedelta(minutes=45, seconds=40), "45 min"), (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"), (timedelta(hours=45, minutes=45), "46 h"),
        (timedelta(days=4), "4 days"), (timedelta(days=5, hours=3), "5 days 3 h"), (timedelta(), "0 s"),
    ],
)  # fmt: skip
def test_durations_are_said_as_people_say_them(spent: timedelta, words: str) -> None:
    assert duration(spent) == words


def test_people_are_named_and_strangers_keep_their_id() -> None:
    assert SPEECH.name("dana") == "Dana Osei"
    assert SPEECH.short("dana") == "Dana"
    assert SPEECH.name("bot") == "the bot"
    assert SPEECH.name("<!here>") == "&lt;!here&gt;"


def test_a_given_name_that_two_people_share_is_not_used_alone() -> None:
    other = PEOPLE.people["dana"].model_copy(update={"id": "dana2", "name": "Dana Marsh"})
    both = Speech(PEOPLE.model_copy(update={"people": {**PEOPLE.people, "dana2": other}}), NEW_YORK)

    assert (both.short("dana"), both.short("dana2"), both.short("lee")) == ("Dana Osei", "Dana Marsh", "Lee")


def test_marks_in_the_cores_sentences_are_spoken_and_the_rest_is_harmless() -> None:
    words = "{person:dana} holds <!channel> since {clock:2026-12-01T15:30:00+00:00}."

    assert aloud(SPEECH.say(words)) == "Dana Osei holds &lt;!channel&gt; since 10:30 New York."
    assert SPEECH.say_by_role("{person:dana} is busy", {"dana": "release_manager"}) == "the release manager is busy"


def test_long_lists_say_how_much_is_left_out() -> None:
    assert some(["a", "b", "c", "d"], " · ", 2) == "a · b · 2 more"
    assert enumerated(["a", "b", "c"], "or", 3) == "a, b or c"
    assert enumerated(["a", "b", "c", "d"], "and", 2) == "a, b and 2 more"
    assert (counted(1, "calendar"), counted(5, "calendar"), counted(26, "start")) == (
        "one calendar", "five calendars", "26 starts",
    )  # fmt: skip


def test_a_button_label_is_plain_text() -> None:
    assert unmarked(f"*Hold* {SPEECH.day_and_time(at(1, 10))} &amp; go") == "Hold Tue 1 Dec 10:00 New York & go"


@given(st.lists(st.text(min_size=1, max_size=4000), max_size=70), st.text(max_size=5000))
def test_whatever_goes_in_slack_would_take_the_message(texts: list[str], text: str) -> None:
    blocks = [says(safe(t, 4000)) for t in texts]
    made = message(safe(text, 5000), heading(text), *blocks, small(safe(text)), buttons(button("Hold", "hold", "{}")))

    checked(made.blocks, "message")
    assert 0 <= length(made.text) <= 3000
    assert made.blocks[-1]["type"] == "actions", "what can be pressed stays"


def _broken(block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "-", "verbatim": True}} | block


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ([], "0 blocks"),
        ([_broken({"text": {"type": "mrkdwn", "text": "x" * 3001, "verbatim": True}})], "3001 characters"),
        ([_broken({"text": {"type": "mrkdwn", "text": "", "verbatim": True}})], "0 characters"),
        ([_broken({"text": {"type": "mrkdwn", "text": "-"}})], "not verbatim"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "-", "verbatim": True}}], "text is mrkdwn"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "151 characters"),
        ([{"type": "alert", "text": {"type": "plain_text", "text": "x"}}], "unknown type"),
        ([buttons(button("a", "one", "1"), button("b", "one", "2"))], "action_id twice"),
        ([buttons(button("a", "one", "1" * 2001))], "2001 characters"),
        ([{"type": "actions", "elements": []}], "0 elements"),
        ([{"type": "context", "elements": [{"type": "plain_text", "text": "x"}] * 11}], "11 elements"),
        ([says("x")] * 51, "51 blocks"),
        ([{**says("x"), "block_id": "b"}] * 2, "block_id twice"),
        ([says("x" * 2900)] * 5, "bytes of blocks"),
    ],
)
def test_the_checker_complains_as_slack_would(blocks: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        checked(blocks, "message")


def test_the_checker_looks_at_dialogs_too() -> None:
    good = modal("Why?", "c", [input_text("Why?", "reason")], submit="Reject")
    checked_view(good)

    for spoiled, complaint in (
        ({k: v for k, v in good.items() if k != "submit"}, "input without submit"),
        ({**good, "title": {"type": "plain_text", "text": "x" * 25}}, "25 characters"),
        ({**good, "private_metadata": "x" * 3001}, "3001 characters"),
        ({k: v for k, v in good.items() if k != "title"}, "without title"),
    ):
        with pytest.raises(ValueError, match=complaint):
            checked_view(spoiled)
