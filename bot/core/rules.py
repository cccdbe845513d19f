"""Which rule stands against which start: freezes and coverage for the meeting, calendars and hours for each person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.core.people import Availability, Customer, Person, Window
from bot.core.policy import Kind, Policy, RuleName
from bot.core.record import Record
from bot.core.release_calendar import Entry
from bot.core.span import Span, Stretch, ceil_second, floor_second, inward, outward
from bot.core.starts import Starts

MEETING_RULES: tuple[RuleName, ...] = ("freeze", "blackout", "booked", "coverage", "customer_blackout")
PERSON_RULES: tuple[RuleName, ...] = (
    "unknown", "busy", "working_hours", "protected", "roster", "off_call", "language",
)  # fmt: skip
INTERPRETER = "interpreter"


class Obstacle(NamedTuple):
    """One rule of the meeting, by name where it has one, and the starts that break it."""

    rule: RuleName
    name: str | None
    mask: int


class Ground(NamedTuple):
    """What the rules of a meeting are read from."""

    record: Record
    kind: Kind
    policy: Policy
    entries: Sequence[Entry]
    customer: Customer | None


def obstacles(ground: Ground, starts: Starts) -> tuple[Obstacle, ...]:
    """The meeting's rules that some start breaks: each distinct (rule, name) once, by rule and then in file order."""
    found: dict[tuple[RuleName, str | None], int] = {}
    for rule, name, mask in _meeting_masks(ground, starts):
        if mask:
            found[rule, name] = found.get((rule, name), 0) | mask
    ordered = sorted(found, key=lambda key: MEETING_RULES.index(key[0]))
    return tuple(Obstacle(rule, name, found[rule, name]) for rule, name in ordered)


def _meeting_masks(ground: Ground, starts: Starts) -> Iterator[Obstacle]:
    reach = _reach(starts)
    kind, policy = ground.kind, ground.policy
    for entry in ground.entries:
        if kind.strength_of(entry.type) and entry.binds_record("reviews", ground.record.services):
            stretches = entry.stretches(policy.time_zone, *reach)
            yield Obstacle(entry.type, entry.name, starts.meeting(stretches))
    if kind.strength_of("coverage"):
        hours = policy.coverage.hours.stretches(policy.coverage.time_zone, *reach) if policy.coverage else []
        yield Obstacle("coverage", None, starts.every & ~starts.inside(hours))
    if ground.customer is not None and kind.strength_of("customer_blackout"):
        for blackout in ground.customer.blackouts:
            spans = blackout.spans(ground.customer.time_zone, *reach)
            yield Obstacle("customer_blackout", blackout.name, starts.meeting(outward(spans)))


def _reach(starts: Starts) -> Stretch:
    return starts.times[0], starts.times[-1] + starts.length


class Calendars:
    """The rules that a person breaks by calendar and hours, whatever their role; hours shared by many are read once."""

    def __init__(self, policy: Policy, starts: Starts, availability: Mapping[str, Availability]) -> None:
        self._policy = policy
        self._starts = starts
        self._availability = availability
        self._reach = _reach(starts)
        self._hours: dict[tuple[int, str, frozenset[object]], int] = {}

    def broken_by(self, person: Person) -> dict[RuleName, int]:
        """Which starts break which of the rules; rules that no start breaks are left out."""
        starts = self._starts
        known = self._availability.get(person.id) if person.readable else None
        masks: dict[RuleName, int] = {
            "unknown": starts.every if known is None else starts.meeting(outward(known.unknown)),
            "busy": self._busy(person.id),
            "working_hours": starts.every & ~self._working(person),
            "protected": starts.meeting(outward(self._spans(person, person.protected))),
        }
        if person.roster is not None:
            masks["roster"] = starts.every & ~starts.inside(inward(self._spans(person, person.roster)))
        return {rule: mask for rule, mask in masks.items() if mask}

    def _busy(self, person: str) -> int:
        if person not in self._availability:
            return 0
        counts = self._policy.busy_statuses
        return self._starts.meeting(
            (floor_second(start), ceil_second(end))
            for start, end, status in self._availability[person].busy
            if start < end and status in counts
        )

    def _working(self, person: Person) -> int:
        # By identity: equal hours are mostly one object (the policy's), and comparing them costs more than reading them.
        key = (id(person.working_hours), person.time_zone, person.holiday_dates)
        if key not in self._hours:
            hours = person.working_hours.stretches(person.time_zone, *self._reach, person.holiday_dates)
            self._hours[key] = self._starts.inside(hours)
        return self._hours[key]

    def _spans(self, person: Person, windows: Iterable[Window]) -> Iterator[Span]:
        for window in windows:
            yield from window.spans(person.time_zone, *self._reach)
