"""Which rule of the meeting stands against which start: freezes, launch blackouts, booked slots, coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.core.calendars import reach
from bot.core.people import Customer
from bot.core.policy import Kind, Policy, RuleName
from bot.core.record import Record
from bot.core.release_calendar import Entry
from bot.core.span import Span
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


def obstacles(ground: Ground, starts: Starts, ahead: Span) -> tuple[Obstacle, ...]:
    """The meeting's rules that some start breaks, by rule and then in file order. At one start each (rule, name) stands
    once, in the place of the first entry that this start breaks: what other starts break does not reorder it.

    `ahead` is how far searches look from now: hours are laid out for all of it, so that they are the same for all reviews.
    """
    seen: dict[tuple[RuleName, str | None], int] = {}
    found: list[Obstacle] = []
    for rule, name, mask in _meeting_masks(ground, starts, ahead):
        before = seen.get((rule, name), 0)
        if mask & ~before:
            seen[rule, name] = before | mask
            found.append(Obstacle(rule, name, mask & ~before))
    return tuple(sorted(found, key=lambda each: MEETING_RULES.index(each.rule)))


def _meeting_masks(ground: Ground, starts: Starts, ahead: Span) -> Iterator[Obstacle]:
    around = reach(starts, ahead)
    kind, policy = ground.kind, ground.policy
    for entry in ground.entries:
        if kind.strength_of(entry.type) and entry.binds_record("reviews", ground.record.services):
            stretches = entry.stretches(policy.time_zone, *around)
            yield Obstacle(entry.type, entry.name, starts.meeting(stretches))
    if kind.strength_of("coverage"):
        published = policy.coverage
        hours = published.hours.stretches(published.time_zone, *around) if published else ()
        yield Obstacle("coverage", None, starts.every & ~starts.inside(hours))
    if ground.customer is not None and kind.strength_of("customer_blackout"):
        for blackout in ground.customer.blackouts:
            blocked = blackout.stretches(ground.customer.time_zone, *around)
            yield Obstacle("customer_blackout", blackout.name, starts.meeting(blocked))
