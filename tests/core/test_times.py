"""Which instant “Tue 10:30” is: in the organisation's zone, near now, and refused when it is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.refusals import Refusal
from bot.core.times import instant_meant

ZONE = "America/New_York"
NOW = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)  # Monday 09:02 in New York


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Tue 10:30", "2026-12-01T15:30Z"),
        ("tuesday at 10:30", "2026-12-01T15:30Z"),
        ("Tue 1:15 pm", "2026-12-01T18:15Z"),
        ("Tue 12:05 am", "2026-12-01T05:05Z"),
        ("Tue 12:05pm", "2026-12-01T17:05Z"),
        ("10:30", "2026-11-30T15:30Z"),
        ("09:02", "2026-12-01T14:02Z"),
        ("Mon 10:30", "2026-11-30T15:30Z"),
        ("Mon 08:00", "2026-12-07T13:00Z"),
        ("Sun 09:00", "2026-12-06T14:00Z"),
        ("2026-12-01 13:00", "2026-12-01T18:00Z"),
        ("2026-12-01T13:00", "2026-12-01T18:00Z"),
        ("2026-12-01T13:00+00:00", "2026-12-01T13:00Z"),
        ("2026-12-01T13:00Z", "2026-12-01T13:00Z"),
        ("“Tue 10:30”", "2026-12-01T15:30Z"),
        ("Tue 10.30", "2026-12-01T15:30Z"),
        ("tomorrow 17:15", "2026-12-01T22:15Z"),
        ("Today 08:00", "2026-11-30T13:00Z"),
        ("2 Dec 09:30", "2026-12-02T14:30Z"),
        ("Dec 2 09:30 – 10:15", "2026-12-02T14:30Z"),
        ("Wed 2 Dec 10:30", "2026-12-02T15:30Z"),
        ("december 31 23:00", "2027-01-01T04:00Z"),
        ("3 Jan 10:00", "2027-01-03T15:00Z"),
    ],
)
def test_a_time_is_read(text: str, instant: str) -> None:
    assert instant_meant(text, ZONE, NOW) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "Tue",
        "25:00",
        "10:75",
        "2026-02-30 10:00",
        "13:00 pm",
        "0:30 am",
        "13:00 am",
        "10:3",
        "2026-13-01 10:00",
        "31 Feb 10:00",
    ],
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    refusal = instant_meant(text, ZONE, NOW)

    assert isinstance(refusal, Refusal)
    assert "such as Tue 10:30" in refusal.words
    assert "Nothing changed." in refusal.words


def test_on_a_day_of_change_the_wall_clock_counts() -> None:
    """The days around the end of summer time: 10:30 stays 10:30 on both sides."""
    before = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)

    assert instant_meant("Sat 10:30", ZONE, before) == datetime(2026, 10, 31, 14, 30, tzinfo=UTC)
    assert instant_meant("Sun 10:30", ZONE, before) == datetime(2026, 11, 1, 15, 30, tzinfo=UTC)


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text: str) -> None:
    found = instant_meant(text, ZONE, NOW)

    assert isinstance(found, Refusal) or found.tzinfo is not None
