"""Which roles a meeting must fill, and who stands in each: holders, whoever is on call, and their delegates."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.core.people import Directory
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
    return (named.rota is None or named.rota in people.rotas) and people.people.keys() >= set(named.people)


def listing(role: str, named: Named, people: Directory, window: Span | None, end: datetime) -> Cast:
    """Who stands in a role at any time of the window (None: whenever), with their authority for a meeting ending at `end`."""
    holders = list(named.people)
    if named.rota is not None:
        shifts = people.rotas[named.rota].shifts
        holders += [shift.person for shift in shifts if window is None or shift.span.meets(window)]
    return _line_up(dict.fromkeys(holders, False), role, people, end)


def _line_up(holders: Mapping[str, bool], role: str, people: Directory, end: datetime) -> Cast:
    """Holders (each with whether they are on shift for a part only), then the delegates of those who are there throughout.

    Each stands once, holder before delegate, at the first mention, with the strongest authority of any mention; but who
    is on shift for a part only and a confirmed delegate besides counts as that delegate.
    """
    authority: dict[str, bool] = {}
    everybody = people.people
    for holder, off_call in holders.items():
        if not off_call:
            for delegate in everybody[holder].delegates:
                if role in delegate.roles:
                    confirmed = authority.get(delegate.person, False) or delegate.confirmed_at(end)
                    authority[delegate.person] = confirmed
    first = [
        _standing(holder, "holder", True, off_call)
        for holder, off_call in holders.items()
        if not (off_call and authority.get(holder))
    ]
    seated = {standing.person for standing in first}
    return (*first, *[_standing(who, "delegate", known) for who, known in authority.items() if who not in seated])


_standing = lru_cache(maxsize=4096)(Standing)  # the same people stand in the same way in search after search


def casts(role: str, named: Named, people: Directory, starts: Starts) -> dict[Cast, int]:
    """Every cast that the role has at some start, with the starts at which it does."""
    if named.rota is None and not _lapses(role, named.people, people, starts):
        closes = instant(starts.opens + starts.length)
        return {_line_up(dict.fromkeys(named.people, False), role, people, closes): starts.every}
    found: dict[Cast, int] = {}
    known: dict[object, Cast] = {}
    rota = _OnCall(named, people, starts)
    lapses = _lapses(role, (*named.people, *rota.duties), people, starts)
    edges = sorted({starts.first, *(k for k in (*rota.changes(), *lapses) if starts.first < k < starts.past)})
    for begin, end, holders in zip(edges, [*edges[1:], starts.past], rota.holders(edges), strict=True):
        # The same holders have the same delegates, unless somebody's authority lapses in between.
        alike = (*holders.items(), begin if lapses else None)
        if alike not in known:
            known[alike] = _line_up(holders, role, people, instant(starts.times[begin] + starts.length))
        who = known[alike]
        found[who] = found.get(who, 0) | ((1 << (end - begin)) - 1) << begin
    return found


class _OnCall:
    """Who holds a role, start by start: those it names, and whoever is on shift, as the places of starts."""

    def __init__(self, named: Named, people: Directory, starts: Starts) -> None:
        self._named = dict.fromkeys(named.people, False)
        shifts = people.rotas[named.rota].shifts if named.rota is not None else ()
        opens, closes = instant(starts.opens), instant(starts.latest + starts.length)
        near = [(shift.person, shift.span) for shift in shifts]
        near = [(who, span) for who, span in near if span.start <= closes and opens <= span.end]
        self.shifts = [(who, *_meeting(span, starts)) for who, span in near]
        spans: dict[str, list[Span]] = {}
        for who, span in near:
            spans.setdefault(who, []).append(span)
        # Shifts that touch are one, so that a meeting may lie across them.
        self.duties = {who: [_holding(span, starts) for span in united(each)] for who, each in spans.items()}

    def changes(self) -> Iterable[int]:
        """The places of the starts at which somebody comes or goes."""
        for _, first, past in self.shifts:
            yield from (first, past)
        for places in self.duties.values():
            for each in places:
                yield from each

    def holders(self, edges: Sequence[int]) -> list[dict[str, bool]]:
        """Who holds the role from each of these places on, in order, each with whether they are on shift for a part of the
        meeting only. The edges must hold all changes."""
        found = [dict(self._named) for _ in edges]
        throughout = {
            who: {number for each in places for number in _between(each, edges)} for who, places in self.duties.items()
        }
        for person, first, past in self.shifts:
            for number in _between((first, past), edges):
                found[number].setdefault(person, number not in throughout[person])
        return found


def _between(places: tuple[int, int], edges: Sequence[int]) -> range:
    """The numbers of the edges in `[first, past)`."""
    return range(bisect_left(edges, places[0]), bisect_left(edges, places[1]))


def _meeting(span: Span, starts: Starts) -> tuple[int, int]:
    """The places `[first, past)` of the starts whose meeting shares an instant with the span."""
    if span.start >= span.end:
        return 0, 0
    return starts.before(floor_second(span.start) - starts.length + 1), starts.before(ceil_second(span.end))


def _holding(span: Span, starts: Starts) -> tuple[int, int]:
    """The places `[first, past)` of the starts whose meeting lies wholly in the span."""
    return starts.before(ceil_second(span.start)), starts.before(floor_second(span.end) - starts.length + 1)


def _lapses(role: str, holders: Iterable[str], people: Directory, starts: Starts) -> list[int]:
    """The places of the starts from which confirmed authority has lapsed."""
    delegates = [each for holder in dict.fromkeys(holders) for each in people.people[holder].delegates]
    ends = [each.until for each in delegates if each.until is not None and role in each.roles]
    return [starts.before(floor_second(until) - starts.length + 1) for until in ends]
