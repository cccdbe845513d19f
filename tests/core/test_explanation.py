"""Why a time does not fit: by role for all, by name for those it concerns, by day for the curious."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.explanation import (
    HOURS,
    bound_words,
    by_name,
    by_role,
    rule_words,
    ruled_out,
    sentence_by_name,
    sentence_by_role,
)
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
from bot.core.roles import Standing

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
    begin, end = (WindowReason("evidence:load test", START, ends=ends) for ends in (False, True))
    at = f"{{instant:{START.isoformat()}}}"

    assert by_name(begin) == f"outside the window, which begins {at} because of the evidence “load test”"
    assert by_name(end) == f"outside the window, which ends {at} because of the evidence “load test”"


def test_a_bound_that_closes_the_window_is_told_as_its_end() -> None:
    """The instant is not the cutover's own: it lies as long before it as the policy wants."""
    reason = WindowReason(bound="cutover", instant=START, ends=True)

    assert by_name(reason) == f"outside the window, which ends {{instant:{START.isoformat()}}} because of the cutover"


def test_a_time_that_has_passed_is_told_as_such() -> None:
    assert by_name(WindowReason("now", START)) == f"that time has passed: it is {{instant:{START.isoformat()}}} now"


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


@pytest.mark.parametrize(
    ("reason", "delegates", "words"),
    [
        (role("release_manager", dana=("busy",)), "", "the release manager is busy, and nobody else may sit"),
        (role("security_reviewer", noor=("busy",), sam=("busy", "working_hours")), "",
         "both security reviewers are busy or outside working hours, and nobody else may sit"),
        (role("lead", a=("busy",), b=("busy",), c=("unknown",)), "",
         "all 3 leads are busy or not known to be free (a calendar cannot be read), and nobody else may sit"),
        (role("owner", mei=("busy",), omar=("protected",)), "omar",
         "the owner and the delegate are busy or in a protected window, and nobody else may sit"),
        (role("owner", mei=("busy",), omar=("busy",), ines=("busy",)), "omar ines",
         "the owner and both delegates are busy, and nobody else may sit"),
        (role("interpreter", ana=("language",), eva=("busy", "language")), "",
         "both interpreters are busy or do not speak the language, and nobody else may sit"),
        (role("on_call_lead"), "", "nobody is there to sit as on-call lead"),
        (MeetingReason("freeze", "Month end"), "", "freeze: Month end"),
    ],
)  # fmt: skip
def test_a_reason_is_a_sentence_that_a_release_manager_would_say(reason: Reason, delegates: str, words: str) -> None:
    """Who of them is a delegate is said as what they are; who they are is not said."""
    casts = {}
    if isinstance(reason, RoleReason):
        casts[reason.role] = tuple(
            Standing(each.person, "delegate" if each.person in delegates.split() else "holder")
            for each in reason.people
        )

    assert sentence_by_role(reason, casts) == words


def test_to_those_it_concerns_it_is_said_by_name_that_nobody_else_may_sit() -> None:
    reason = role("security_reviewer", noor=("busy",), sam=("language", "busy"))

    assert sentence_by_name(reason) == (
        "security reviewer: {person:noor} is busy and {person:sam} is busy and does not speak the language, "
        "and nobody else may sit"
    )
