"""Why a time does not fit, in words: by role for the channel, by name for those it concerns, by day for the curious."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.core.findings import (
    DistinctReason,
    MeetingReason,
    MissingReason,
    Reason,
    Rejected,
    RoleReason,
    WindowReason,
)
from bot.core.span import zone
from bot.core.words import listed, role_words, when, who

_RULES: Mapping[str, str] = {
    "unknown": "not known to be free (a calendar cannot be read)", "busy": "busy", "working_hours": "outside working hours",
    "protected": "in a protected window", "roster": "not on the roster then", "off_call": "on call for part of it only",
    "language": "does not speak the language", "unconfirmed": "authority not confirmed",
    "not_eligible": "no longer named for this role",
}  # fmt: skip
_MEETING: Mapping[str, str] = {
    "freeze": "freeze", "blackout": "launch blackout", "booked": "already booked", "coverage": "outside support coverage",
    "customer_blackout": "the customer's blackout",
}  # fmt: skip
_BOUNDS: Mapping[str, str] = {
    "now": "it is past", "notice": "the notice that the policy asks for", "horizon": "how far the policy looks ahead",
    "evidence_cutoff": "the evidence cutoff", "cutover": "the cutover", "rollback_checkpoint": "the rollback checkpoint",
    "deadline": "the deadline",
}  # fmt: skip


def rule_words(rule: str) -> str:
    return _RULES.get(rule) or _MEETING.get(rule) or rule.replace("_", " ")


def bound_words(bound: str | None) -> str:
    """`evidence:load test` and the other names of a window's bounds, as people say them."""
    if bound is None:
        return ""
    kind, _, name = bound.partition(":")
    return f"the evidence “{name}”" if kind == "evidence" else _BOUNDS.get(kind, kind.replace("_", " "))


def by_role(reason: Reason) -> str:
    """For the channel: never who, only which role."""
    match reason:
        case RoleReason():
            return f"{role_words(reason.role)}: {_everybody(reason)}"
        case _:
            return by_name(reason)


def _everybody(reason: RoleReason) -> str:
    """`both busy`, `nobody is on call`, `busy or outside working hours`."""
    if not reason.people:
        return "nobody is there to sit"
    rules = list(dict.fromkeys(rule for person in reason.people for rule in person.rules))
    words = listed([rule_words(rule) for rule in rules], "or")
    count = len(reason.people)
    return words if count == 1 else f"{'both' if count == 2 else f'all {count}'} {words}"


def by_name(reason: Reason) -> str:
    """For those it concerns: who, and all that stands against them."""
    match reason:
        case MeetingReason():
            return f"{rule_words(reason.rule)}: {reason.name}" if reason.name else rule_words(reason.rule)
        case RoleReason():
            if not reason.people:
                return f"{role_words(reason.role)}: nobody is there to sit"
            return f"{role_words(reason.role)}: {_each(reason)}"
        case DistinctReason():
            return f"{listed([role_words(r) for r in reason.roles])} can only be filled by too few different people"
        case WindowReason():
            return f"outside the window: {bound_words(reason.bound)} ({when(reason.instant)})"
        case MissingReason():
            missing = [*reason.facts, *(role_words(r) for r in reason.roles)]
            return f"the record does not say: {listed(missing)}"


def _each(reason: RoleReason) -> str:
    """`Noor and Sam are busy`, or each with their own."""
    alike = dict.fromkeys(tuple(p.rules) for p in reason.people)
    groups = [([who(p.person) for p in reason.people if tuple(p.rules) == rules], rules) for rules in alike]
    said = [
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} {listed([rule_words(r) for r in rules])}"
        for names, rules in groups
    ]
    return listed(said).replace("is does not", "does not").replace("are does not", "do not")


HOURS = "outside somebody's working hours"


def ruled_out(rejected: Sequence[Rejected], grid: timedelta) -> tuple[tuple[str, int], ...]:
    """What ruled starts out, by role, with how many each: the most first, then by name.

    Nights and weekends would drown everything else: a start at which a whole role is out of hours counts as that alone.
    """
    tally: Counter[str] = Counter()
    for run in rejected:
        starts = round((run.last - run.first) / grid) + 1
        for words in _telling(run.reasons):
            tally[words] += starts
    return tuple(sorted(tally.items(), key=lambda item: (-item[1], item[0])))


def _telling(reasons: Sequence[Reason]) -> list[str]:
    if any(isinstance(r, RoleReason) and _out_of_hours(r) for r in reasons):
        return [HOURS]
    return list(dict.fromkeys(by_role(reason) for reason in reasons))


def _out_of_hours(reason: RoleReason) -> bool:
    return bool(reason.people) and all("working_hours" in person.rules for person in reason.people)


class Stretch(NamedTuple):
    """A run of starts on one day, by what rules them out."""

    first: datetime
    last: datetime
    words: tuple[str, ...]


def by_day(
    rejected: Iterable[Rejected], time_zone: str, grid: timedelta, names: bool = True
) -> tuple[tuple[date, tuple[Stretch, ...]], ...]:
    """Rejected starts by local day, with neighbours of the same words made one: never over a start that fits."""
    here = zone(time_zone)
    days: dict[date, list[Stretch]] = {}
    for run in rejected:
        words = _words_for_day(run.reasons, names)
        for first, last in _split(run.first, run.last, time_zone):
            days.setdefault(first.astimezone(here).date(), []).append(Stretch(first, last, words))
    return tuple((day, _merged(stretches, grid)) for day, stretches in sorted(days.items()))


def _words_for_day(reasons: Sequence[Reason], names: bool) -> tuple[str, ...]:
    """A night is said in one line: who else is busy then is no news."""
    if any(isinstance(r, RoleReason) and _out_of_hours(r) for r in reasons):
        return (HOURS,)
    return tuple((by_name if names else by_role)(reason) for reason in reasons)


def _split(first: datetime, last: datetime, time_zone: str) -> list[tuple[datetime, datetime]]:
    """A run cut at local midnights, so that each piece lies on one day."""
    here = zone(time_zone)
    pieces = []
    while first.astimezone(here).date() != last.astimezone(here).date():
        midnight = datetime.combine(first.astimezone(here).date() + timedelta(days=1), datetime.min.time(), here)
        cut = midnight.astimezone(first.tzinfo)
        if cut <= first:
            break
        pieces.append((first, cut))
        first = cut
    return [*pieces, (first, last)]


def _merged(stretches: list[Stretch], grid: timedelta) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for stretch in sorted(stretches):
        if merged and merged[-1].words == stretch.words and stretch.first - merged[-1].last <= grid:
            merged[-1] = merged[-1]._replace(last=stretch.last)
        else:
            merged.append(stretch)
    return tuple(merged)
