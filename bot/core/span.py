"""Half-open aware spans, and the zones they are read in. Clock changes are understood here and nowhere else."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

# Zones come from the pinned `tzdata` package, so that every machine gives the same answer.
zoneinfo.reset_tzpath(to=())

DAY = 86_400
WEEK = 7 * DAY
_MONDAY = 4 * DAY  # the first of 1970
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PROBE = 3 * DAY
_BLOCK = 16 * DAY  # what is remembered of a zone begins and ends with one, so that windows that differ share it
"""Often enough to see every change of a clock: no zone has ever taken one back within six days."""

_QUARTER = 900
"""Where clocks change nowadays, counted from midnight: looked at first, and to the second only where that is not enough."""

Stretch = tuple[int, int]
"""A half-open stretch of time in whole seconds since 1970 (UTC): what a search reckons with."""


class Span(NamedTuple):
    """`[start, end)`: aware instants; an empty span meets nothing."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def meets(self, other: Span) -> bool:
        """Whether the two share an instant."""
        return max(self.start, other.start) < min(self.end, other.end)

    def holds(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The IANA zone of that name, from the pinned data. Raises `zoneinfo.ZoneInfoNotFoundError` or `ValueError`."""
    return zoneinfo.ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Whether there is a zone of that name: what others told may name any."""
    try:
        zone(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # `America` is a folder
        return False
    return True


def floor_second(instant: datetime) -> int:
    """The last whole second that is not after the instant, since 1970."""
    since = instant - _EPOCH
    return since.days * DAY + since.seconds


def ceil_second(instant: datetime) -> int:
    """The first whole second that is not before the instant, since 1970."""
    since = instant - _EPOCH
    return since.days * DAY + since.seconds + (since.microseconds > 0)


def instant(second: int) -> datetime:
    """The instant, in UTC, that lies so many seconds after the beginning of 1970."""
    # Not by name: that takes twice as long, and this is asked for every start told.
    return _EPOCH + timedelta(0, second)


def outward(spans: Iterable[Span]) -> list[Stretch]:
    """The spans rounded to whole seconds so that they meet the same meetings (which begin and end on whole seconds)."""
    # As `floor_second` and `ceil_second`, without a call for each: every search passes through a hundred.
    since = [(start - _EPOCH, end - _EPOCH) for start, end in spans if start < end]
    return [
        (early.days * DAY + early.seconds, late.days * DAY + late.seconds + (late.microseconds > 0))
        for early, late in since
    ]


def inward(spans: Iterable[Span]) -> list[Stretch]:
    """The spans, those that touch made one, rounded to whole seconds so that they hold the same meetings."""
    since = [(start - _EPOCH, end - _EPOCH) for start, end in united(spans)]
    return [
        (early.days * DAY + early.seconds + (early.microseconds > 0), late.days * DAY + late.seconds)
        for early, late in since
    ]


def united(spans: Iterable[Span]) -> list[Span]:
    """In order of time; spans that touch or overlap count as one, and empty ones vanish."""
    whole: list[Span] = []
    begin, last = None, None
    for start, end in sorted([(start, end) for start, end in spans if start < end]):
        if begin is None or last is None:
            begin, last = start, end
        elif start > last:
            whole.append(Span(begin, last))
            begin, last = start, end
        elif end > last:
            last = end
    return whole if begin is None or last is None else [*whole, Span(begin, last)]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """`united`, for stretches of whole seconds."""
    whole: list[Stretch] = []
    last = None
    for each in sorted(stretches):
        start, end = each
        if start >= end:
            continue
        if last is None or start > last:
            whole.append(each)
            last = end
        elif end > last:
            whole[-1] = (whole[-1][0], end)
            last = end
    return whole


def offsets(zone_name: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """The stretches of `[start, end)` in which the zone keeps one distance from UTC, each with it in seconds."""
    days = _offsets_by_day(zone_name, start // _BLOCK * (_BLOCK // DAY), -(-end // _BLOCK) * (_BLOCK // DAY))
    return [(max(a, start), min(b, end), offset) for a, b, offset in days if a < end and b > start]


@lru_cache(maxsize=256)
def _offsets_by_day(zone_name: str, first: int, last: int) -> tuple[tuple[int, int, int], ...]:
    here = zone(zone_name)
    epoch = datetime(1970, 1, 1, tzinfo=here)

    def offset_at(second: int) -> timedelta:
        # UTC on the clock of the zone, as `fromutc` wants it; between two times of one zone the clocks are compared.
        utc = epoch + timedelta(seconds=second)
        return here.fromutc(utc) - utc

    def change_between(low: int, high: int) -> int:
        before = offset_at(low)
        for step in (_QUARTER, 1):
            while high - low > step:
                middle = low + max((high - low) // step // 2, 1) * step
                low, high = (middle, high) if offset_at(middle) == before else (low, middle)
            if offset_at(high - 1) == before:
                break
        return high

    pieces: list[tuple[int, int, int]] = []
    begin, here_now = first * DAY, offset_at(first * DAY)
    probe = begin
    while probe < last * DAY:
        ahead = min(probe + _PROBE, last * DAY)
        if offset_at(ahead) == here_now:
            probe = ahead
        else:
            probe = change_between(probe, ahead)
            pieces.append((begin, probe, _seconds(here_now)))
            begin, here_now = probe, offset_at(probe)
    if begin < last * DAY:
        pieces.append((begin, last * DAY, _seconds(here_now)))
    return tuple(pieces)


def _seconds(length: timedelta) -> int:
    return length.days * DAY + length.seconds


Week = tuple[tuple[tuple[int, int], ...], ...]
"""Seven days from Monday, each with ranges in minutes after midnight; one that ends no later than it begins runs over."""


@lru_cache(maxsize=512)
def wall_clock(
    week: Week, zone_name: str, start: int, end: int, without: frozenset[date] = frozenset()
) -> tuple[Stretch, ...]:
    """The stretches of `[start, end)` whose local date and time lie in one of the week's ranges.

    A repeated hour counts both times, a skipped one not at all. Nothing lies on the local dates of `without`.
    """
    closed = {day.toordinal() - _EPOCH_DAY for day in without}
    pieces = [
        (number * DAY + opens, number * DAY + closes)
        for number, day in enumerate(week)
        for begin, finish in day
        for opens, closes in _by_date(begin * 60, finish * 60)
    ]
    stretches: list[Stretch] = []
    for low, high, offset in offsets(zone_name, start, end):
        # Sunday's ranges may run over into Monday.
        first = (low + offset - DAY - _MONDAY) // WEEK * WEEK + _MONDAY - offset
        # Not piece by piece: this is passed for every day of every calendar.
        laid = [(monday + a, monday + b) for monday in range(first, high, WEEK) for a, b in pieces]
        if closed:
            laid = [(a, b) for a, b in laid if (a + offset) // DAY not in closed]
        stretches += [(a if a > low else low, b if b < high else high) for a, b in laid if a < high and b > low]
    return tuple(merged(stretches))


def local_date(zone_name: str, day: date, start: int, end: int) -> list[Stretch]:
    """The stretches of `[start, end)` whose local date is that day."""
    midnight = (day.toordinal() - _EPOCH_DAY) * DAY
    pieces = (
        (max(low, midnight - offset), min(high, midnight + DAY - offset))
        for low, high, offset in offsets(zone_name, start, end)
    )
    return [(low, high) for low, high in pieces if low < high]


def _by_date(begin: int, finish: int) -> tuple[Stretch, ...]:
    """A range of a day in seconds after its midnight: what runs over the next midnight lies on two dates."""
    if finish > begin:
        return ((begin, finish),)
    return ((begin, DAY), (DAY, DAY + finish))
