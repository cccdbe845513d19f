"""Files that somebody made to hurt: read in bounded work, and answered with sentences that name the file and the line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.core.people import Availability
from bot.core.span import Span
from bot.slack.heard import LARGEST_NUMBER, carried
from bot.workspace_problems import WorkspaceError
from bot.workspace_yaml import LARGEST, read_yaml
from integrations.calendars.icalendar_lines import LARGEST as LARGEST_CALENDAR
from integrations.calendars.icalendar_reading import read_availability

many = settings(max_examples=150, deadline=None, phases=[Phase.generate])
ASKED = Span(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def complaints(content: bytes) -> list[str]:
    with pytest.raises(WorkspaceError) as told:
        read_yaml("policy.yaml", content)
    return [str(problem) for problem in told.value.problems]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (LAUGHS, "uses the alias"),
        ("a: &a [*a]", "uses the alias"),
        ("[" * 100_000, "nested more than"),
        ("{a: " * 100_000, "nested more than"),
        ("- " * 50_000, "nested more than"),
        ("!!python/object/apply:os.system ['true']", "carries the tag"),
        ("a: !!binary aGk=", "carries the tag"),
        ("a: 1\na: 2\n", "stands twice"),
        ("? [a]\n: 1\n", "keys are words"),
        ("--- a\n--- b\n", "second document"),
        ("a: \x00", "not YAML"),
        ('a: "\\uD800"', ""),
        ("%TAG ! tag:evil,2026:\n---\n!x a", "carries the tag"),
        ("a: " + "x" * (LARGEST + 1), "larger than 2 MiB"),
        ("", "is empty"),
    ],
)
def test_a_file_that_was_made_to_hurt_is_refused_in_a_sentence(content: str, words: str) -> None:
    told = complaints(content.encode("utf-8", "surrogatepass"))

    assert any(words in line for line in told)
    assert all(line.startswith("policy.yaml") and "\n" not in line and len(line) < 600 for line in told)


def test_a_number_is_the_text_that_was_written() -> None:
    """However many digits it has: nobody makes a number of it before its length is known."""
    assert read_yaml("a.yaml", b"a: " + b"9" * 100_000).plain == {"a": "9" * 100_000}


@given(st.binary(max_size=200) | st.text("{}[]&*!|>:-? \n\t#'\"%@`abc0~", max_size=120).map(str.encode))
@many
def test_whatever_the_bytes_a_file_is_read_or_refused(content: bytes) -> None:
    try:
        read_yaml("a.yaml", content)
    except WorkspaceError as told:
        assert told.problems
        assert all("Traceback" not in str(problem) and len(str(problem)) < 600 for problem in told.problems)


BEGIN, END = b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n"
EVENT, ENDED = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"


@pytest.mark.parametrize(
    "content",
    [
        BEGIN * 20_000,
        BEGIN + EVENT + b"DTSTART:20200101T000000Z\r\nDURATION:PT1S\r\nRRULE:FREQ=SECONDLY\r\n" + ENDED + END,
        BEGIN + (EVENT + b"DTSTART:00010101T000000\r\nDURATION:PT1M\r\nRRULE:FREQ=MINUTELY\r\n" + ENDED) * 200 + END,
        BEGIN + b'DTSTART;A="' + b'"' * 300_000 + b":c\r\n" + END,
        b"a" * (LARGEST_CALENDAR + 1),
    ],
)
def test_a_calendar_that_was_made_to_hurt_is_unknown_and_never_free(content: bytes) -> None:
    """Work is counted, not timed: a budget of steps ends what recurs without end."""
    assert read_availability(content, "Europe/Berlin", ASKED).unknown == (ASKED,)


@pytest.mark.parametrize(
    "content",
    [
        BEGIN + b"X:" + b"\r\n " * 500_000 + b"\r\n" + END,
        BEGIN + b"X" + b";A=b" * 300_000 + b":c\r\n" + END,
        BEGIN + EVENT + b"DTSTART:20261201T090000Z\r\nRDATE:" + b",".join([b"20261201T090000Z"] * 20_000) + b"\r\n" + ENDED + END,
    ],
)  # fmt: skip
def test_what_is_long_and_takes_no_time_is_read_to_its_end(content: bytes) -> None:
    assert read_availability(content, "Europe/Berlin", ASKED) == Availability()


def places() -> st.SearchStrategy[Any]:
    return st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8)  # fmt: skip


@given(st.text(max_size=60) | st.sampled_from(("[" * 90_000, "{" * 9, '{"s":' + "9" * 5000 + "}", '{"m":"\\ud800\\u0000"}', "null", "NaN"))
       | places().map(repr))  # fmt: skip
@many
def test_what_a_button_carries_is_ids_or_nothing(value: str) -> None:
    for name, told in carried(value).items():
        assert "\0" not in name
        assert isinstance(told, str | int)
        assert not isinstance(told, bool)
        assert isinstance(told, str) or abs(told) < LARGEST_NUMBER
        str(told).encode("utf-8")
