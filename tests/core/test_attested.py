"""Times that people state: read as they were meant or not at all, and never stronger than a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.attested import Attestation, believed, spoken_for, windows_meant
from bot.core.people import Availability, Busy, Directory, Person, Weekly
from bot.core.refusals import Refusal
from bot.core.span import Span

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # Monday; 09:00 in Mexico City
MEXICO = "America/Mexico_City"


def read(text: str, zone: str = MEXICO) -> list[str]:
    found = windows_meant(text, zone, NOW)
    assert not isinstance(found, Refusal), found.words
    return [f"{w.start.astimezone(UTC):%d %H:%M}/{w.end.astimezone(UTC):%d %H:%M}" for w in found]


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("Thu 3 Dec 10:00-12:00", ["03 16:00/03 18:00"]),
        ("Thu 10:00 – 12:00\nFri 09:00 – 11:00", ["03 16:00/03 18:00", "04 15:00/04 17:00"]),
        ("thursday, 3 december 10-12", ["03 16:00/03 18:00"]),
        ("2026-12-03 10:00-12:00, 14:00-15:30", ["03 16:00/03 18:00", "03 20:00/03 21:30"]),
        ("Dec 3 10.00 to 12.00; Wed 9-10", ["02 15:00/02 16:00", "03 16:00/03 18:00"]),
        ("today 08:00-12:00", ["30 14:00/30 18:00"]),
        ("Mon 08:00-12:00", ["07 14:00/07 18:00"]),
        ("tomorrow 22:00-24:00", ["02 04:00/02 06:00"]),
        ("Tue 10:00-11:00\nTue 11:00-12:00", ["01 16:00/01 18:00"]),
        ("Wednesday 9 to 10", ["02 15:00/02 16:00"]),
    ],
)  # fmt: skip
def test_times_are_read_by_the_persons_own_clock(text: str, windows: list[str]) -> None:
    assert read(text) == windows


def test_a_stated_time_is_the_same_on_the_wall_on_both_sides_of_a_clock_change() -> None:
    assert read("2027-03-26 10:00-12:00, 2027-03-29 10:00-12:00", "Europe/Berlin") == [
        "26 09:00/26 11:00",
        "29 08:00/29 10:00",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", "  \n ", "Thu", "10:00-12:00", "Thu 10:00", "Donnerstag 10:00-12:00", "next week 10-12", "Thu 12:00-10:00", "Thu 10:00-10:00",
        "Thu 10:00-24:30", "Thu 25:00-26:00", "Thu 10:61-12:00", "Wed 3 Dec 10:00-12:00", "30 Feb 10:00-12:00",
        "2026-13-01 10:00-12:00", "2026-11-29 10:00-12:00", "today 07:00-08:00", "2029-01-01 10:00-12:00", "always",
        "Thu 10:00-12:00 and Fri", "Thu 10:00-12:00, whenever she likes", "\n".join(["Thu 10:00-12:00"] * 21),
        "Thu 22:00-02:00", "Thu Fri 10:00-12:00", "ThuFri 10:00-12:00",
    ],
)  # fmt: skip
def test_what_could_mean_two_things_or_none_is_refused_and_nothing_is_kept(text: str) -> None:
    found = windows_meant(text, MEXICO, NOW)

    assert isinstance(found, Refusal), found
    assert "Nothing was kept." in found.words


@given(st.text(max_size=60))
def test_whatever_is_typed_is_windows_still_to_come_or_a_refusal(text: str) -> None:
    found = windows_meant(text, MEXICO, NOW)

    assert isinstance(found, Refusal) or all(window.end > NOW for window in found)


_HOURS = st.integers(0, 48)
_SPANS = st.lists(st.tuples(_HOURS, _HOURS).filter(lambda p: p[0] < p[1]), max_size=5).map(
    lambda pairs: tuple(Span(NOW + timedelta(hours=a), NOW + timedelta(hours=b)) for a, b in pairs)
)


@given(_SPANS, _SPANS, _SPANS)
def test_a_window_fills_in_what_is_unknown_and_frees_nothing_that_is_busy(
    busy: tuple[Span, ...], unknown: tuple[Span, ...], windows: tuple[Span, ...]
) -> None:
    taken = tuple(Busy(*span, "busy") for span in busy)
    said = Attestation(person="lucia", windows=windows, by="priya", at=NOW, source="digest")

    told = believed({"lucia": Availability(taken, unknown), "dana": Availability((), unknown)}, [said])

    assert told["lucia"].busy == taken
    assert told["dana"] == Availability((), unknown)
    for hour in range(48):
        instant = Span(NOW + timedelta(hours=hour), NOW + timedelta(hours=hour + 1))
        was = any(gap.meets(instant) for gap in unknown)
        covered = any(window.holds(instant) for window in windows)
        assert any(gap.meets(instant) for gap in told["lucia"].unknown) == (was and not covered)


def test_only_of_whom_something_was_stated_is_anything_known() -> None:
    lucia, maria = (
        Person(id=name, name=name.title(), time_zone=MEXICO, working_hours=Weekly()) for name in ("lucia", "maria")
    )
    said = Attestation(person="lucia", windows=(), by="priya", at=NOW, source="digest")

    people = spoken_for(Directory(people={"lucia": lucia, "maria": maria}), [said]).people

    assert (people["lucia"].readable, people["maria"].readable) == (True, False)
