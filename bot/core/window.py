"""When a meeting may take place: what the record must say first, and between which two instants the evidence allows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.people import Directory
from bot.core.policy import Kind, Policy
from bot.core.record import Record
from bot.core.roles import Cast, listing, missing_roles, required_roles
from bot.core.span import Span, ceil_second, floor_second
from bot.core.starts import Starts, grid_times


@dataclass(frozen=True, slots=True)
class Bounds:
    """The window, and what decided each of its ends (`notice`, `evidence:NAME`, `cutover`, ...)."""

    opens: datetime
    opens_by: str
    closes: datetime
    closes_by: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is known before a calendar is read. `outcome` is set, and there are no starts, where nothing is searched."""

    missing_facts: tuple[str, ...] = ()
    missing_roles: tuple[str, ...] = ()
    outcome: Literal["incomplete", "no_window"] | None = None
    window: Bounds | None = None
    starts: Starts | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What must be read before a search: whose free-busy, over which span. `outcome` is set where nothing is searched."""

    span: Span | None
    people: tuple[str, ...]
    missing_facts: tuple[str, ...]
    missing_roles: tuple[str, ...]
    outcome: Literal["incomplete", "no_window"] | None
    window: Bounds | None


def reading(record: Record, kind: Kind, policy: Policy, people: Directory, now: datetime) -> Reading:
    """What must be read before a search: everybody who could stand in a required role, while the window is open."""
    known = ahead(record, kind, policy, people, now)
    window = known.window
    if window is None or known.starts is None:
        return Reading(None, (), known.missing_facts, known.missing_roles, known.outcome, window)
    casts = listings(record, kind, people, window, now).values()
    everybody = dict.fromkeys(standing.person for each in casts for standing in each)
    return Reading(Span(window.opens, window.closes), tuple(everybody), (), (), None, window)


def ahead(record: Record, kind: Kind, policy: Policy, people: Directory, now: datetime) -> Ahead:
    """Whether there is enough to search by, the window, and every start in it."""
    facts, roles = missing_facts(record, kind), missing_roles(record, kind, people)
    if facts or roles:
        return Ahead(facts, roles, "incomplete")
    window = bounds(record, kind, now)
    starts = starts_within(window, kind, policy)
    return Ahead(window=window, starts=starts) if starts else Ahead(outcome="no_window", window=window)


def missing_facts(record: Record, kind: Kind) -> tuple[str, ...]:
    """What the kind requires and the record lacks, then `state`, then `touches`; each once."""
    missing = [fact for fact in kind.requires if not record.states(fact)]
    if kind.states is not None and record.state not in kind.states:
        missing.append("state")
    if record.touches is None and any(demand.when_touches is not None for demand in kind.roles.values()):
        missing.append("touches")
    return tuple(dict.fromkeys(missing))


def opening_bounds(record: Record, kind: Kind, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Everything that the meeting may not begin before."""
    yield now + kind.notice, "notice"
    for evidence in record.evidence:
        if evidence.ready_by is not None:
            yield evidence.ready_by, f"evidence:{evidence.name}"


def closing_bounds(record: Record, kind: Kind, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Everything that the meeting may not end after."""
    yield now + kind.horizon, "horizon"
    if record.evidence_cutoff is not None:
        yield record.evidence_cutoff, "evidence_cutoff"
    for evidence in record.evidence:
        if evidence.valid_until is not None:
            yield evidence.valid_until, f"evidence:{evidence.name}"
    if record.cutover is not None and "cutover" in kind.before:
        yield record.cutover.start - kind.before["cutover"], "cutover"
    if record.rollback_checkpoint is not None and "rollback_checkpoint" in kind.before:
        yield record.rollback_checkpoint - kind.before["rollback_checkpoint"], "rollback_checkpoint"
    if record.deadline is not None:
        yield record.deadline.instant(), "deadline"


def bounds(record: Record, kind: Kind, now: datetime) -> Bounds:
    """The latest opening and the earliest closing bound; of equal ones the first named decides."""
    opens, opens_by = max(opening_bounds(record, kind, now), key=lambda bound: bound[0])
    closes, closes_by = min(closing_bounds(record, kind, now), key=lambda bound: bound[0])
    return Bounds(opens, opens_by, closes, closes_by)


def stated_end(record: Record, kind: Kind, now: datetime) -> datetime | None:
    """The earliest closing bound that the record itself states; None where it says nothing of an end."""
    return min((instant for instant, by in closing_bounds(record, kind, now) if by != "horizon"), default=None)


def starts_within(window: Bounds, kind: Kind, policy: Policy) -> Starts:
    """Every start on the policy's grid whose meeting lies in the window."""
    length, grid = int(kind.duration.total_seconds()), int(policy.grid.total_seconds())
    first, last = ceil_second(window.opens), floor_second(window.closes) - length
    times = grid_times(policy.time_zone, grid, first, last) if first <= last else ()
    return Starts(times, length, grid)


def listings(record: Record, kind: Kind, people: Directory, window: Bounds | None, now: datetime) -> dict[str, Cast]:
    """Who stands in each required role: while the window is open, or (without a window) whenever, as things are now."""
    lacking = missing_roles(record, kind, people)
    span = None if window is None else Span(window.opens, window.closes)
    end = now if window is None else window.opens + kind.duration
    return {
        role: () if role in lacking else listing(role, record.roles[role], people, span, end)
        for role in required_roles(record, kind)
    }
