"""policy.yaml: what each kind of meeting demands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, cast

from bot.core.people import BusyStatus, Weekly
from bot.core.policy import ALWAYS_NEVER, Coverage, Kind, Policy, RoleDemand, Rule, RuleName, Strength
from bot.workspace_closing import closing_policy
from bot.workspace_hours import weekly
from bot.workspace_problems import Problem, did_you_mean
from bot.workspace_reading import (
    Keys,
    Place,
    Section,
    Unreadable,
    an_id,
    duration,
    duration_or_none,
    each,
    keyed,
    one_of,
    some,
    text,
    time_zone,
    whole_number,
    yes_or_no,
)

POLICY = Keys(
    required=("time_zone", "grid", "working_hours", "release_calendar", "kinds"),
    optional=("busy_statuses", "coverage", "closure"),
)
COVERAGE = Keys(required=("time_zone", "hours"))
KIND = Keys(
    required=("title", "duration", "notice", "horizon", "roles", "confirmed_by"),
    optional=(
        "before", "requires", "states", "rules", "holds", "offers", "substitutes_approved_by", "escalation", "channel",
        "disclosure",
    ),
)  # fmt: skip
BEFORE = Keys(optional=("cutover", "rollback_checkpoint"))
ROLE = Keys(optional=("when_touches", "when_language"))
RULE = Keys(required=("strength",), optional=("approvers",))
HOLDS = Keys(optional=("slots", "ttl"))
OFFERS = Keys(optional=("count", "per_day"))
ESCALATION = Keys(required=("to",), optional=("after",))
RECORD_FACTS = (
    "url", "revision", "services", "touches", "cutover", "rollback_checkpoint", "evidence_cutoff", "evidence",
    "customer", "language", "deadline", "deciders",
)  # fmt: skip

BUSY_STATUSES: tuple[BusyStatus, ...] = ("busy", "tentative", "out_of_office", "working_elsewhere", "free")
BENDABLE: tuple[RuleName, ...] = (
    "working_hours", "protected", "freeze", "blackout", "booked", "coverage", "customer_blackout",
)  # fmt: skip
NOTHING = Weekly()
_BUSY: frozenset[BusyStatus] = Policy.model_fields["busy_statuses"].default


def policy(place: Place) -> Policy:
    """The whole file. What could not be read stands as a stand-in, with its complaint."""
    section = Section(place, POLICY)
    coverage = section.maybe("coverage", _coverage)
    kinds: Mapping[str, Kind] = section.maybe("kinds", keyed(_kind)) or {}
    _check_coverage(section, kinds)
    statuses = section.maybe("busy_statuses", each(one_of(*BUSY_STATUSES)))
    return Policy(
        time_zone=section.read("time_zone", time_zone, "UTC"),
        grid=section.read("grid", duration, timedelta(minutes=15)),
        working_hours=section.read("working_hours", weekly, NOTHING),
        busy_statuses=_BUSY if statuses is None else frozenset(statuses),
        release_calendar=section.read("release_calendar", one_of("files", "none"), "none"),
        coverage=coverage,
        kinds=kinds,
        closure=section.maybe("closure", closing_policy),
    )


def _check_coverage(section: Section, kinds: Mapping[str, Kind]) -> None:
    if "coverage" in section:
        return
    for name, kind in kinds.items():
        if "coverage" in kind.rules:
            place = section.values["kinds"]
            message = "is a rule, but the policy publishes no coverage; add coverage: {time_zone: …, hours: …}"
            key = f"{place.key}.{name}.rules.coverage"
            place.problems.append(Problem(place.file, place.line_of(name), key, message))


def _coverage(place: Place) -> Coverage:
    section = Section(place, COVERAGE)
    zone = section.read("time_zone", time_zone, "UTC")
    return Coverage(time_zone=zone, hours=section.read("hours", weekly, NOTHING))


def _kind(name: str, place: Place) -> Kind:
    section = Section(place, KIND)
    holds, offers = section.sub("holds", HOLDS), section.sub("offers", OFFERS)
    escalation = section.sub("escalation", ESCALATION)
    return Kind(
        id=name,
        title=section.read("title", text, ""),
        duration=section.read("duration", duration, timedelta(hours=1)),
        notice=section.read("notice", duration_or_none, timedelta()),
        horizon=section.read("horizon", duration, timedelta(days=1)),
        before=section.read("before", _before, {}),
        requires=section.read("requires", each(one_of(*RECORD_FACTS)), ()),
        states=section.maybe("states", some(text)),
        roles=section.read("roles", keyed(_role), {}),
        rules=section.read("rules", _rules, {}),
        hold_slots=holds.read("slots", whole_number, _default("hold_slots")),
        hold_ttl=holds.read("ttl", duration_or_none, _default("hold_ttl")),
        offer_count=offers.read("count", whole_number, _default("offer_count")),
        offers_per_day=offers.read("per_day", whole_number, _default("offers_per_day")),
        confirmed_by=section.read("confirmed_by", some(an_id), ()),
        substitutes_approved_by=section.maybe("substitutes_approved_by", some(an_id)),
        escalation_to=escalation.maybe("to", an_id),
        escalation_after=escalation.read("after", duration, _default("escalation_after")),
        channel=section.maybe("channel", text),
        disclosure=section.read("disclosure", one_of("full", "minimal"), "full"),
    )


def _default(field: str) -> Any:
    """What the kind says when the file is silent."""
    return Kind.model_fields[field].default


def _before(place: Place) -> Mapping[Literal["cutover", "rollback_checkpoint"], timedelta]:
    section = Section(place, BEFORE)
    named: tuple[Literal["cutover", "rollback_checkpoint"], ...] = ("cutover", "rollback_checkpoint")
    found = {word: section.maybe(word, duration_or_none) for word in named}
    return {word: length for word, length in found.items() if length is not None}


def _role(name: str, place: Place) -> RoleDemand:
    section = Section(place, ROLE)
    return RoleDemand(
        when_touches=section.maybe("when_touches", each(text)),
        when_language=section.read("when_language", yes_or_no, False),
    )


def _rules(place: Place) -> dict[RuleName, Rule]:
    found: dict[RuleName, Rule] = {}
    for word, value in place.entries():
        if word not in BENDABLE and word not in ALWAYS_NEVER:
            message = f"is not a rule{did_you_mean(word, BENDABLE)}"
            place.problems.append(Problem(place.file, place.line_of(word), value.key, message))
            continue
        try:
            found[word] = _rule(word, value)
        except Unreadable:
            continue
    return found


def _rule(name: RuleName, place: Place) -> Rule:
    """`never`, or a mapping with `strength` and, for an exception, who may grant it."""
    how = one_of("never", "exception", "prefer")
    if isinstance(place.node.value, str):
        strength, approvers = cast(Strength, how(place)), None
    else:
        section = Section(place, RULE)
        strength = cast(Strength, section.read("strength", how, "never"))
        approvers = section.maybe("approvers", some(an_id))
        if "approvers" in section and approvers is None:
            raise Unreadable
    if name in ALWAYS_NEVER and strength != "never":
        raise place.refuse(f"is always never: nobody can agree {name} away; remove it")
    if strength == "exception" and not approvers:
        raise place.refuse("an exception needs approvers; write {strength: exception, approvers: [a role or team]}")
    return Rule(strength=strength, approvers=approvers or ())
