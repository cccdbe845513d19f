"""Why a time does not fit, in words: by role for the channel, by name for those it concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.findings import (
    DistinctReason,
    MeetingReason,
    MissingReason,
    Reason,
    Rejected,
    RoleReason,
    WindowReason,
)
from bot.core.roles import Cast
from bot.core.words import listed, role_words, when, who

_RULES: Mapping[str, str] = {
    "unknown": "not known to be free (a calendar cannot be read)", "busy": "busy", "working_hours": "outside working hours",
    "protected": "in a protected window", "roster": "not on the roster then", "off_call": "on call for part of it only",
    "language": "does not speak the language", "unconfirmed": "authority not confirmed",
    "not_eligible": "no longer named for this role", "not_on_call": "not on call then any more",
}  # fmt: skip
_VERBS: Mapping[str, tuple[str, str]] = {
    "language": ("does not speak the language", "do not speak the language"),
    "unconfirmed": ("has no confirmed authority", "have no confirmed authority"),
}
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


def _outside(reason: WindowReason) -> str:
    """Which end of the window it is, and what makes it one."""
    instant = when(reason.instant)
    if reason.bound == "now":
        return f"that time has passed: it is {instant} now"
    return f"outside the window, which {'ends' if reason.ends else 'begins'} {instant} because of {bound_words(reason.bound)}"


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
            return _outside(reason)
        case MissingReason():
            missing = [*reason.facts, *(role_words(r) for r in reason.roles)]
            return f"the record does not say: {listed(missing)}"


def _each(reason: RoleReason) -> str:
    """`Noor and Sam are busy`, or each with their own."""
    alike = dict.fromkeys(tuple(p.rules) for p in reason.people)
    groups = [([who(p.person) for p in reason.people if tuple(p.rules) == rules], rules) for rules in alike]
    return listed([f"{listed(names)} {_predicate(rules, len(names) > 1, 'and')}" for names, rules in groups])


def sentence_by_role(reason: Reason, casts: Mapping[str, Cast]) -> str:
    """For the channel, as people say it: `both security reviewers are busy, and nobody else may sit`."""
    words = clause_by_role(reason, casts)
    return f"{words}, and nobody else may sit" if isinstance(reason, RoleReason) and reason.people else words


def clause_by_role(reason: Reason, casts: Mapping[str, Cast]) -> str:
    """The same without its end: `both security reviewers are busy`."""
    if not isinstance(reason, RoleReason):
        return by_role(reason)
    if not reason.people:
        return f"nobody is there to sit as {role_words(reason.role)}"
    rules = list(dict.fromkeys(rule for person in reason.people for rule in person.rules))
    delegates = {each.person for each in casts.get(reason.role, ()) if each.stands_as == "delegate"}
    sitting_in = sum(person.person in delegates for person in reason.people)
    subject = _subject(role_words(reason.role), len(reason.people) - sitting_in, sitting_in)
    return f"{subject} {_predicate(rules, len(reason.people) > 1, 'or')}"


def sentence_by_name(reason: Reason) -> str:
    """For those it concerns: `security reviewer: Noor and Sam are busy, and nobody else may sit`."""
    words = by_name(reason)
    return f"{words}, and nobody else may sit" if isinstance(reason, RoleReason) and reason.people else words


def _subject(role: str, holders: int, delegates: int) -> str:
    """`the release manager`, `both release managers`, `the release manager and the delegate`."""
    many = {2: "both"}
    parts = []
    if holders:
        parts.append(f"the {role}" if holders == 1 else f"{many.get(holders, f'all {holders}')} {role}s")
    if delegates:
        parts.append("the delegate" if delegates == 1 else f"{many.get(delegates, f'all {delegates}')} delegates")
    return " and ".join(parts)


def _predicate(rules: Sequence[str], plural: bool, last: str) -> str:
    """`is busy or outside working hours`, `do not speak the language`."""
    states = [rule_words(rule) for rule in rules if rule not in _VERBS]
    said = [f"{'are' if plural else 'is'} {listed(states, last)}"] if states else []
    return f" {last} ".join([*said, *(_VERBS[rule][plural] for rule in rules if rule in _VERBS)])


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
    if any(hours_alone(reason) for reason in reasons):
        return [HOURS]
    return list(dict.fromkeys(by_role(reason) for reason in reasons))


def hours_alone(reason: Reason) -> bool:
    """Whether a whole role is out of hours then: who else is busy in the night is no news."""
    return (
        isinstance(reason, RoleReason)
        and bool(reason.people)
        and all("working_hours" in person.rules for person in reason.people)
    )
