"""Which roles a meeting must fill, and who stands in each: holders, whoever is on call, and their delegates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from bot.core.people import Directory, Rota
from bot.core.policy import Kind, RoleDemand
from bot.core.record import Named, Record
from bot.core.span import Span, ceil_second, floor_second, instant, united
from bot.core.starts import Starts


class Standing(NamedTuple):
    """One person's place in one role. `off_call`: on shift for a part of the meeting only."""

    person: str
    stands_as: Literal["holder", "delegate"]
    confirmed: bool = True
    off_call: bool = False


Cast = tuple[Standing, ...]
"""Who stands in a role at some start, in order."""


def required_roles(record: Record, kind: Kind) -> tuple[str, ...]:
    """The policy's roles whose conditions hold, in its order; then every other role that the record names, in its order."""
    demanded = [role for role, demand in kind.roles.items() if _demanded(demand, record)]
    return (*demanded, *(role for role in record.roles if role not in demanded))


def _demanded(demand: RoleDemand, record: Record) -> bool:
    touched = demand.when_touches is None or any(word in (record.touches or ()) for word in demand.when_touches)
    return touched and (not demand.when_language or record.language is not None)


def missing_roles(record: Record, kind: Kind, people: Directory) -> tuple[str, ...]:
    """Required roles that name nobody, or somebody (or a rota) that people.yaml lacks."""
    return tuple(role for role in required_roles(record, kind) if not _known(record.roles.get(role), people))


def _known(named: Named | None, people: Directory) -> bool:
    if named is None or (named.rota is None and not named.people):
        return False
    return (named.rota is None or named.rota in people.rotas) and all(who in people.people for who in named.people)


def listing(role: str, named: Named, people: Directory, window: Span | None, end: datetime) -> Cast:
    """Who stands in a role at any time of the window (None: whenever), with their authority for a meeting ending at `end`."""
    holders = list(named.people)
    if named.rota is not None:
        shifts = people.rotas[named.rota].shifts
        holders += [shift.person for shift in shifts if window is None or shift.span.meets(window)]
    return _line_up(dict.fromkeys(holders, False), role, people, end)


def cast(role: str, named: Named, people: Directory, meeting: Span, duties: Mapping[str, Sequence[Span]]) -> Cast:
    """Who stands in a role for that meeting, in order. `duties`: when each person of the rota is on shift."""
    holders = dict.fromkeys(named.people, False)
    if named.rota is not None:
        for shift in people.rotas[named.rota].shifts:
            if shift.person not in holders and shift.span.meets(meeting):
                holders[shift.person] = not any(held.holds(meeting) for held in duties[shift.person])
    return _line_up(holders, role, people, meeting.end)


def _duties(rota: Rota) -> dict[str, list[Span]]:
    """When each person is on shift, shifts that touch made one."""
    shifts: dict[str, list[Span]] = {}
    for shift in rota.shifts:
        shifts.setdefault(shift.person, []).append(shift.span)
    return {person: united(spans) for person, spans in shifts.items()}


def _line_up(holders: Mapping[str, bool], role: str, people: Directory, end: datetime) -> Cast:
    """Holders (each with whether they are on shift for a part only), then the delegates of those who are there throughout.

    Each stands once, holder before delegate, at the first mention, with the strongest authority of any mention; but who
    is on shift for a part only and a confirmed delegate besides counts as that delegate.
    """
    authority: dict[str, bool] = {}
    for holder, off_call in holders.items():
        if not off_call:
            for delegate in people.people[holder].delegates:
                if role in delegate.roles:
                    confirmed = authority.get(delegate.person, False) or delegate.confirmed_at(end)
                    authority[delegate.person] = confirmed
    first = [
        Standing(holder, "holder", True, off_call)
        for holder, off_call in holders.items()
        if not (off_call and authority.get(holder))
    ]
    seated = {standing.person for standing in first}
    rest = (Standing(who, "delegate", known) for who, known in authority.items() if who not in seated)
    return (*first, *rest)


def casts(role: str, named: Named, people: Directory, starts: Starts) -> dict[Cast, int]:
    """Every cast that the role has at some start, with the starts at which it does."""
    found: dict[Cast, int] = {}
    nearby = _nearby(named, people, starts)
    duties = {} if named.rota is None else _duties(nearby.rotas[named.rota])
    changes = _changes(role, named, nearby, starts, duties)
    edges = sorted({0, *(place for place in changes if 0 < place < len(starts))})
    for begin, end in zip(edges, [*edges[1:], len(starts)], strict=True):
        opening = starts.times[begin]
        meeting = Span(instant(opening), instant(opening + starts.length))
        who = cast(role, named, nearby, meeting, duties)
        found[who] = found.get(who, 0) | ((1 << (end - begin)) - 1) << begin
    return found


def _nearby(named: Named, people: Directory, starts: Starts) -> Directory:
    """The directory with only those shifts of the rota that touch the time searched (or each other, near it)."""
    if named.rota is None:
        return people
    rota = people.rotas[named.rota]
    reach = Span(instant(starts.times[0]), instant(starts.times[-1] + starts.length))
    near = tuple(s for s in rota.shifts if s.span.start <= reach.end and reach.start <= s.span.end)
    slim = rota.model_copy(update={"shifts": near})
    return people.model_copy(update={"rotas": {rota.id: slim}})


def _changes(
    role: str, named: Named, people: Directory, starts: Starts, duties: Mapping[str, Sequence[Span]]
) -> Iterable[int]:
    """The places of the starts at which the cast may change: shifts begin and end, confirmed authority lapses."""
    holders: Iterable[str] = named.people
    if named.rota is not None:
        rota = people.rotas[named.rota]
        holders = dict.fromkeys((*named.people, *(shift.person for shift in rota.shifts)))
        for spans in duties.values():
            for start, end in spans:
                yield starts.before(ceil_second(start))
                yield starts.before(floor_second(end) - starts.length + 1)
        for shift in rota.shifts:
            yield starts.before(floor_second(shift.span.start) - starts.length + 1)
            yield starts.before(ceil_second(shift.span.end))
    for holder in holders:
        for delegate in people.people[holder].delegates:
            if role in delegate.roles and delegate.until is not None:
                yield starts.before(floor_second(delegate.until) - starts.length + 1)
