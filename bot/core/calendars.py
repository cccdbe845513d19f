"""Which starts each person's calendar and hours rule out: worked out once, for as long as all it depends on is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from bot.core.matching import priced
from bot.core.people import Availability, BusyStatus, Person, Weekly, Window
from bot.core.policy import Policy, RuleName
from bot.core.same import Same
from bot.core.span import DAY, Span, Stretch, Week, ceil_second, floor_second, inward, outward, wall_clock
from bot.core.starts import Starts

LARGEST = 1 << 16
"""Masks of more starts than this are not remembered: one would take more than 8 kB."""

WEEKS = 512

KINDS = 16
"""How many ways to price a broken rule are remembered for each life: kinds of meeting differ in how hard rules bind."""

CALENDAR_RULES: tuple[RuleName, ...] = ("unknown", "busy")
"""What a person's calendar itself says, or does not; it never bends, but they may move what they have."""


class Pricing:
    """What it costs to seat somebody who breaks a rule; None: it cannot be done. `freed`: where their calendar says no, as
    if it did not. Equal ones are one object (`pricing`)."""

    def __init__(self, by_rule: tuple[tuple[RuleName, int | None], ...], freed: bool) -> None:
        self.by_rule: Mapping[RuleName, int | None] = dict(by_rule)
        self.freed = freed


pricing = lru_cache(maxsize=KINDS)(Pricing)


class Life(NamedTuple):
    """All that one person's masks depend on: two that are equal rule out the same starts."""

    person: str
    starts: Starts
    known: Availability | None
    statuses: frozenset[BusyStatus]
    readable: bool
    time_zone: str
    working_hours: Weekly
    holiday_dates: frozenset[date]
    protected: tuple[Window, ...]
    roster: tuple[Window, ...] | None


Cases = Sequence[tuple[int, int]]
"""What it costs to seat somebody, in sorts: (price, the starts at which it costs that)."""


class Ruled:
    """What one life rules out: the starts that break each rule, and what seating the person costs at the others."""

    def __init__(self, life: Life) -> None:
        self._every = life.starts.every
        self.masks = {rule: mask for rule, mask in _each_mask(life, life.starts) if mask}
        self._cases: dict[Pricing, Cases] = {}

    def cases(self, how: Pricing) -> Cases:
        """Where the person can be seated, and at what price."""
        found = self._cases.get(how)
        if found is None:
            if len(self._cases) >= KINDS:
                self._cases.clear()
            found = self._cases[how] = tuple(self._priced(how.by_rule, how.freed).items())
        return found

    def _priced(self, costs: Mapping[RuleName, int | None], freed: bool) -> Mapping[int, int]:
        calendar, never, dear = 0, 0, list[tuple[int, int]]()
        for rule, mask in self.masks.items():
            cost = costs[rule]
            if rule in CALENDAR_RULES:
                calendar |= mask
            elif cost is None:
                never |= mask
            elif cost:
                dear.append((cost, mask))
        return priced(calendar & ~never if freed else self._every & ~(calendar | never), dear)


class Calendars:
    """The rules that people break by calendar and hours, whatever their role.

    What is told of a person is told of all starts that these are part of: whoever asks must cut it to those searched.
    """

    def __init__(self, policy: Policy, starts: Starts, availability: Mapping[str, Availability]) -> None:
        self._statuses = policy.busy_statuses
        self._starts = starts
        self._availability = availability
        self._known: dict[str, Ruled] = {}

    def of(self, person: Person) -> Ruled:
        """What their calendar and hours rule out."""
        found = self._known.get(person.id)
        if found is None:
            found = self._known[person.id] = self._remembered(person)
        return found

    def meeting(self, hours: Weekly, time_zone: str) -> int:
        """The starts whose meeting shares an instant with these hours."""
        return _meeting(_week(hours), time_zone, self._starts.part_of or self._starts) & self._starts.every

    def inside(self, hours: Weekly, time_zone: str) -> int:
        """The starts whose meeting lies wholly in these hours."""
        whole = self._starts.part_of or self._starts
        return _inside(_week(hours), time_zone, frozenset(), whole) & self._starts.every

    def _remembered(self, person: Person) -> Ruled:
        """What was found before, if all that it depends on is the same: mostly the very same objects."""
        known = self._availability.get(person.id)
        whole = self._starts.part_of
        if whole is None:
            return Ruled(self._life(person, known, self._starts))
        memory = _memory(person.id, whole)
        kept = memory.kept
        if (
            kept is not None
            and kept.person is person
            and kept.life.known is known
            and kept.life.statuses == self._statuses
        ):
            return kept.ruled
        life = self._life(person, known, whole)
        ruled = kept.ruled if kept is not None and kept.life == life else Ruled(life)
        memory.kept = Kept(person, life, ruled)
        return ruled

    def _life(self, person: Person, known: Availability | None, starts: Starts) -> Life:
        return Life(
            person.id,
            starts,
            None if known is None else _fixed(known),
            self._statuses,
            person.readable,
            person.time_zone,
            person.working_hours,
            person.holiday_dates,
            person.protected,
            person.roster,
        )


def all_ahead(starts: Starts, ahead: Span) -> Starts:
    """The same starts as part of all that lie in the days ahead, as far as searches look: masks are made for all of those,
    so that reviews whose windows differ share them."""
    return starts.carried_on(*_days(floor_second(ahead.start), ceil_second(ahead.end)), most=LARGEST)


class Kept(NamedTuple):
    """Whom a life was of, and what it rules out."""

    person: Person
    life: Life
    ruled: Ruled


class Memory:
    """The last life of one person over one list of starts: replaced whole, for several threads search at once."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: Kept | None = None


@lru_cache(maxsize=2048)
def _memory(person: str, starts: Starts) -> Memory:
    return Memory()


def _fixed(known: Availability) -> Availability:
    """Copied where somebody passed lists: those could change after they were judged."""
    if type(known.busy) is tuple and type(known.unknown) is tuple:
        return known
    return Availability(tuple(known.busy), tuple(known.unknown))


def forget() -> None:
    """Drop what is remembered: only a measurement needs it."""
    _memory.cache_clear()
    _inside.cache_clear()
    _meeting.cache_clear()
    _laid_out.cache_clear()


def _reach(starts: Starts) -> Stretch:
    """From midnight to midnight (UTC) around all meetings, so that searches of one day read the same hours."""
    return _days(starts.times[0], starts.times[-1] + starts.length)


def _days(first: int, last: int) -> Stretch:
    return first // DAY * DAY, -(-last // DAY) * DAY


def _each_mask(life: Life, starts: Starts) -> Iterator[tuple[RuleName, int]]:
    known, zone, around = life.known, life.time_zone, _reach(starts)
    unknown = known is None or not life.readable
    yield "unknown", starts.every if unknown or known is None else starts.meeting(outward(known.unknown))
    yield "busy", 0 if known is None else starts.meeting_busy(known.busy, life.statuses)
    yield "working_hours", starts.every ^ _inside(_week(life.working_hours), zone, life.holiday_dates, starts)
    protected = 0
    for window in life.protected:
        if window.hours is None:
            protected |= starts.meeting(window.stretches(zone, *around))
        else:
            protected |= _meeting(_week(window.hours), zone, starts)
    yield "protected", protected
    if life.roster is not None:
        spans = (span for each in life.roster for span in each.spans(zone, *around))
        yield "roster", starts.every ^ starts.inside(inward(spans))


def _week(hours: Weekly) -> Week:
    """Laid out once for each object: hours that nobody states are one object, the policy's, met again with every person."""
    return _laid_out(Same(hours))


@lru_cache(maxsize=WEEKS)
def _laid_out(hours: Same[Weekly]) -> Week:
    return hours.value.week


# Hours are shared by many people.
@lru_cache(maxsize=512)
def _inside(week: Week, time_zone: str, without: frozenset[date], starts: Starts) -> int:
    return starts.inside(wall_clock(week, time_zone, *_reach(starts), without))


@lru_cache(maxsize=512)
def _meeting(week: Week, time_zone: str, starts: Starts) -> int:
    return starts.meeting(wall_clock(week, time_zone, *_reach(starts)))
