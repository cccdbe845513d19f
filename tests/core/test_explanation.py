"""Why a time does not fit: by role for all, by name for those it concerns, by day for the curious."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.explanation import HOURS, bound_words, by_day, by_name, by_role, rule_words, ruled_out
from bot.core.findings import (
    DistinctReason,
    MeetingReason,
    MissingReason,
    PersonReason,
    Reason,
    Rejected,
    RoleReason,
    WindowReason,
)

GRID = timedelta(minutes=15)
START = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)


def role(role: str, **people: tuple[str, ...]) -> RoleReason:
    return RoleReason(role, tuple(PersonReason(person, rules) for person, rules in people.items()))


@pytest.mark.parametrize(
    ("reason", "for_all", "for_those"),
    [
        (role("security_reviewer", noor=("busy",), sam=("busy",)), "security reviewer: both busy",
         "security reviewer: {person:noor} and {person:sam} are busy"),
        (role("service_owner", lee=("busy", "protected")), "service owner: busy or in a protected window",
         "service owner: {person:lee} is busy and in a protected window"),
        (role("on_call_lead"), "on-call lead: nobody is there to sit", "on-call lead: nobody is there to sit"),
        (role("owner", ana=("language",)), "owner: does not speak the language",
         "owner: {person:ana} does not speak the language"),
        (role("owner", a=("busy",), b=("unknown",), c=("busy",)), "owner: all 3 busy or not known to be free (a calendar cannot be read)",
         "owner: {person:a} and {person:c} are busy and {person:b} is not known to be free (a calendar cannot be read)"),
        (MeetingReason("freeze", "Month end"), "freeze: Month end", "freeze: Month end"),
        (MeetingReason("booked", None), "already booked", "already booked"),
        (DistinctReason(("a_role", "b_role")), "a role and b role can only be filled by too few different people",
         "a role and b role can only be filled by too few different people"),
        (MissingReason(("touches",), ("service_owner",)), "the record does not say: touches and service owner",
         "the record does not say: touches and service owner"),
    ],
)  # fmt: skip
def test_a_reason_in_words(reason: Reason, for_all: str, for_those: str) -> None:
    assert by_role(reason) == for_all
    assert by_name(reason) == for_those


def test_no_person_is_named_to_all() -> None:
    assert "person:" not in by_role(role("security_reviewer", noor=("busy",), sam=("working_hours",)))


def test_the_window_says_what_bounds_it_and_when() -> None:
    reason = WindowReason("evidence:load test", START)

    assert by_name(reason) == f"outside the window: the evidence “load test” ({{instant:{START.isoformat()}}})"


def test_bounds_and_rules_have_words_even_when_they_are_new() -> None:
    assert bound_words("rollback_checkpoint") == "the rollback checkpoint"
    assert bound_words("some_new_bound") == "some new bound"
    assert bound_words(None) == ""
    assert rule_words("some_new_rule") == "some new rule"


def rejected(first: datetime, count: int, *reasons: Reason) -> Rejected:
    return Rejected(first, first + (count - 1) * GRID, tuple(reasons))


def test_what_ruled_starts_out_is_counted_by_start_and_the_most_comes_first() -> None:
    busy, frozen = role("owner", ana=("busy",)), MeetingReason("freeze", "Month end")
    night = role("manager", bo=("working_hours",))

    assert ruled_out([rejected(START, 4, busy), rejected(START, 2, busy, frozen), rejected(START, 10, night, busy)], GRID) == (
        (HOURS, 10), ("owner: busy", 6), ("freeze: Month end", 2),
    )  # fmt: skip


def test_neighbours_with_the_same_reasons_are_one_stretch_of_a_day() -> None:
    busy = role("owner", ana=("busy",))
    runs = [rejected(START, 2, busy), rejected(START + 2 * GRID, 2, busy)]

    [(day, [stretch])] = by_day(runs, "America/New_York", GRID)

    assert day == date(2026, 12, 1)
    assert (stretch.first, stretch.last) == (START, START + 3 * GRID)
    assert stretch.words == ("owner: {person:ana} is busy",)


def test_a_start_that_fits_parts_two_stretches_of_the_same_reasons() -> None:
    """Early and late are out of hours; what lies between is not ruled out, and must not read as if it were."""
    night = role("owner", ana=("working_hours",))
    runs = [rejected(START, 2, night), rejected(START + 6 * GRID, 2, night)]

    [(_, stretches)] = by_day(runs, "America/New_York", GRID)

    assert [(s.first, s.last) for s in stretches] == [(START, START + GRID), (START + 6 * GRID, START + 7 * GRID)]


def test_a_run_over_midnight_is_told_on_both_days() -> None:
    """Local midnight counts, also on a night in which the clock changes."""
    for begin in (datetime(2026, 12, 2, 3, 0, tzinfo=UTC), datetime(2026, 11, 1, 2, 0, tzinfo=UTC)):
        told = by_day([rejected(begin, 16, MeetingReason("freeze", "F"))], "America/New_York", GRID, names=False)
        assert len(told) == 2
        assert told[0][1][0].first == begin
        assert told[1][1][-1].last == begin + 15 * GRID
