"""Which rule stands against which start: freezes and coverage for the meeting, calendars and hours for each person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from bot.core.people import Availability, Busy, Customer, Person, Weekly
from bot.core.policy import Kind, Policy, RuleName
from bot.core.record import Record
from bot.core.release_calendar import Entry
from bot.core.span import DAY, Stretch, Week, inward, outward, wall_clock
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
    """The meeting's rules that some start breaks, by rule and then in file order. At one start each (rule, name) stands
    once, in the place of the first entry that this start breaks: what other starts break does not reorder it."""
    seen: dict[tuple[RuleName, str | None], int] = {}
    found: list[Obstacle] = []
    for rule, name, mask in _meeting_masks(ground, starts):
        before = seen.get((rule, name), 0)
        if mask & ~before:
            seen[rule, name] = before | mask
            found.append(Obstacle(rule, name, mask & ~before))
    return tuple(sorted(found, key=lambda each: MEETING_RULES.index(each.rule)))


def _meeting_masks(ground: Ground, starts: Starts) -> Iterator[Obstacle]:
    reach = _reach(starts)
    kind, policy = ground.kind, ground.policy
    for entry in ground.entries:
        if kind.strength_of(entry.type) and entry.binds_record("reviews", ground.record.services):
            stretches = entry.stretches(policy.time_zone, *reach)
            yield Obstacle(entry.type, entry.name, starts.meeting(stretches))
    if kind.strength_of("coverage"):
        published = policy.coverage
        hours = published.hours.stretches(published.time_zone, *reach) if published else ()
        yield Obstacle("coverage", None, starts.every & ~starts.inside(hours))
    if ground.customer is not None and kind.strength_of("customer_blackout"):
        for blackout in ground.customer.blackouts:
            blocked = blackout.stretches(ground.customer.time_zone, *reach)
            yield Obstacle("customer_blackout", blackout.name, starts.meeting(blocked))


def _reach(starts: Starts) -> Stretch:
    """From midnight to midnight (UTC) around all meetings, so that searches of one day read the same hours."""
    return starts.times[0] // DAY * DAY, -(-(starts.times[-1] + starts.length) // DAY) * DAY


class Calendars:
    """The rules that a person breaks by calendar and hours, whatever their role; hours shared by many are read once."""

    def __init__(self, policy: Policy, starts: Starts, availability: Mapping[str, Availability]) -> None:
        self._policy = policy
        self._starts = starts
        self._availability = availability
        self._reach = _reach(starts)
        self._weeks: dict[int, Week] = {}
        self._inside: dict[tuple[Week, str, frozenset[date]], int] = {}
        self._meeting: dict[tuple[Week, str], int] = {}

    def broken_by(self, person: Person) -> dict[RuleName, int]:
        """Which starts break which of the rules, in the order of rules; those that no start breaks are left out."""
        every = self._starts.every
        known = self._availability.get(person.id)
        unknown = known is None or not person.readable
        masks: dict[RuleName, int] = {
            "unknown": every if unknown or known is None else self._starts.meeting(outward(known.unknown)),
            "busy": 0 if known is None else self._busy(known.busy),
            "working_hours": every & ~self._working(person),
            "protected": self._protected(person),
        }
        if person.roster is not None:
            spans = (span for each in person.roster for span in each.spans(person.time_zone, *self._reach))
            masks["roster"] = every & ~self._starts.inside(inward(spans))
        return {rule: mask for rule, mask in masks.items() if mask}

    def _busy(self, busy: Iterable[Busy]) -> int:
        counts = self._policy.busy_statuses
        return self._starts.meeting_spans([(start, end) for start, end, status in busy if status in counts])

    def _working(self, person: Person) -> int:
        week = self._week(person.working_hours)
        key = (week, person.time_zone, person.holiday_dates)
        if key not in self._inside:
            hours = wall_clock(week, person.time_zone, *self._reach, person.holiday_dates)
            self._inside[key] = self._starts.inside(hours)
        return self._inside[key]

    def _protected(self, person: Person) -> int:
        mask = 0
        for window in person.protected:
            if window.hours is None:
                mask |= self._starts.meeting(window.stretches(person.time_zone, *self._reach))
                continue
            key = (self._week(window.hours), person.time_zone)
            if key not in self._meeting:
                self._meeting[key] = self._starts.meeting(wall_clock(*key, *self._reach))
            mask |= self._meeting[key]
        return mask

    def _week(self, hours: Weekly) -> Week:
        # By identity: hours that nobody states are one object (the policy's), met again with every person.
        if id(hours) not in self._weeks:
            self._weeks[id(hours)] = hours.week
        return self._weeks[id(hours)]
