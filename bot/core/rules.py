"""Which rule of the meeting stands against which start: freezes, launch blackouts, booked slots, coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.core.calendars import Calendars
from bot.core.people import Customer, Window
from bot.core.policy import Kind, Policy, RuleName
from bot.core.record import Record
from bot.core.release_calendar import Entry
from bot.core.span import outward
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


def obstacles(ground: Ground, starts: Starts, calendars: Calendars) -> tuple[Obstacle, ...]:
    """The meeting's rules that some start breaks, by rule and then in file order. At one start each (rule, name) stands
    once, in the place of the first entry that this start breaks: what other starts break does not reorder it.
    """
    seen: dict[tuple[RuleName, str | None], int] = {}
    found: list[Obstacle] = []
    for rule, name, mask in _meeting_masks(ground, starts, calendars):
        before = seen.get((rule, name), 0)
        if fresh := mask ^ (mask & before):
            seen[rule, name] = before | fresh
            found.append(Obstacle(rule, name, fresh))
    return tuple(sorted(found, key=lambda each: MEETING_RULES.index(each.rule)))


def _meeting_masks(ground: Ground, starts: Starts, calendars: Calendars) -> Iterator[tuple[RuleName, str | None, int]]:
    kind, policy = ground.kind, ground.policy
    applied = {rule for rule in MEETING_RULES if kind.strength_of(rule)}
    services = ground.record.services
    for entry in ground.entries:
        rule = entry.type
        if rule in applied and entry.binds_record("reviews", services):
            yield rule, entry.name, _met(entry, entry.time_zone or policy.time_zone, starts, calendars)
    if "coverage" in applied:
        published = policy.coverage
        covered = calendars.inside(published.hours, published.time_zone) if published else 0
        yield "coverage", None, starts.every ^ covered
    if ground.customer is not None and "customer_blackout" in applied:
        for blackout in ground.customer.blackouts:
            met = _met(blackout, ground.customer.time_zone, starts, calendars)
            yield "customer_blackout", blackout.name, met


def _met(closed: Entry | Window, time_zone: str, starts: Starts, calendars: Calendars) -> int:
    """The starts whose meeting shares an instant with it: one span, or hours of the week."""
    span = starts.meeting(outward([closed.span])) if closed.span else 0
    return span if closed.hours is None else span | calendars.meeting(closed.hours, time_zone)
