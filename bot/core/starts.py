"""Every start that a meeting could have, one bit for each: what a busy calendar or a freeze rules out is a mask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from itertools import chain, pairwise
from operator import or_

from bot.core.span import DAY, Span, Stretch, instant, offsets, outward


def grid_times(zone_name: str, grid: int, first: int, last: int) -> Sequence[int]:
    """The instants from `first` to `last`, both included, whose wall clock is whole grid steps after 00:00 (seconds).

    A skipped hour gives none, a repeated hour both. Where they lie evenly the answer is a `range`.
    """
    pieces: list[range] = []
    for low, high, offset in offsets(zone_name, first, last + 1):
        for origin, begin, end in _grid_stretches(low + offset, high + offset, grid):
            step = range(origin - (origin - begin) // grid * grid - offset, end - offset, grid)
            if pieces and step and pieces[-1][-1] + grid == step[0]:
                pieces[-1] = range(pieces[-1][0], step.stop, grid)
            elif step:
                pieces.append(step)
    return pieces[0] if len(pieces) == 1 else tuple(chain.from_iterable(pieces))


def _grid_stretches(low: int, high: int, grid: int) -> Iterator[tuple[int, int, int]]:
    """(where the grid begins, from, to), in local seconds: a grid that does not divide the day begins anew each midnight."""
    if DAY % grid == 0:
        yield 0, low, high
        return
    for midnight in range(low // DAY * DAY, high, DAY):
        yield midnight, max(low, midnight), min(high, midnight + DAY)


FEW = 512
"""So many starts are written out at a time where their places are asked for one by one."""
_FEW = (1 << FEW) - 1


class Starts:
    """An ordered list of starts of meetings of one length; bit k of a mask speaks of the k-th of the `times`.

    Those that are searched are `every`, from the place `first` up to `past`: all times, or, where they are `part_of` a
    longer list, some in a row. So what is known of the longer list needs no other places to be used here.
    """

    def __init__(self, times: Sequence[int], length: int, grid: int) -> None:
        self.times = times
        self.length = length
        self.grid = grid
        self.part_of: Starts | None = None
        self.first, self.past = 0, len(times)
        self.every = (1 << len(times)) - 1
        self._hash = hash((times, length, grid))

    def __len__(self) -> int:
        return self.past - self.first

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Starts):
            return NotImplemented
        return self._all == other._all

    def __hash__(self) -> int:
        return self._hash

    @property
    def _all(self) -> tuple[int, int, int, int, Sequence[int]]:
        return self.length, self.grid, self.first, self.past, self.times

    @property
    def searched(self) -> Sequence[int]:
        """The instants of those that are searched."""
        return self.times[self.first : self.past]

    @property
    def opens(self) -> int:
        """The first of them, in seconds."""
        return self.times[self.first]

    @property
    def latest(self) -> int:
        """The last of them, in seconds."""
        return self.times[self.past - 1]

    def carried_on(self, first: int, last: int, most: int) -> Starts:
        """The same starts as part of a list with the same steps from the one instant to the other (in seconds); as they
        are where they are not even, do not lie between the two, or would be part of a list of more than `most`."""
        times = self.times
        if not isinstance(times, range) or not first <= times[0] <= times[-1] < last:
            return self
        opening = times[0] - (times[0] - first) // times.step * times.step
        whole = _steps(opening, last, times.step, self.length, self.grid)
        if len(whole) > most:
            return self
        part = Starts(whole.times, self.length, self.grid)
        part.part_of = whole
        part.first = (times[0] - opening) // times.step
        part.past = part.first + len(times)
        part.every = self.every << part.first
        return part

    def before(self, second: int) -> int:
        """The place of the first start that does not lie before that second; `past` where all do."""
        times = self.times
        if isinstance(times, range):
            k, first, past = -((times.start - second) // times.step), self.first, self.past
            return first if k < first else k if k < past else past
        low, high = self.first, self.past
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if times[middle] < second else (low, middle)
        return low

    def place(self, second: int) -> int | None:
        """Which start that second is, if it is one."""
        k = self.before(second)
        return k if k < self.past and self.times[k] == second else None

    def meeting(self, stretches: Iterable[Stretch]) -> int:
        """The starts whose meeting shares an instant with one of the (not empty) stretches."""
        return self._fill(stretches, 1 - self.length, 0)

    def inside(self, stretches: Iterable[Stretch]) -> int:
        """The starts whose meeting lies wholly within one of the stretches."""
        return self._fill(stretches, 0, 1 - self.length)

    def beginning(self, stretches: Iterable[Stretch]) -> int:
        """The starts that lie in one of the stretches themselves."""
        return self._fill(stretches, 0, 0)

    def meeting_busy(self, busy: Iterable[tuple[datetime, datetime, str]], statuses: Collection[str]) -> int:
        """As `meeting`, for what of a calendar has one of these statuses; empty spans meet nothing.

        This is where a search spends its time: a hundred spans for each of forty people.
        """
        times, least, most, mask = self.times, self.first, self.past, 0
        if not isinstance(times, range):
            return self.meeting(outward(Span(start, end) for start, end, status in busy if status in statuses))
        opening, step = instant(times.start), times.step
        before_first = opening + timedelta(seconds=self.length - step)
        for start, end, status in busy:
            if status not in statuses:
                continue
            # Whole days and seconds are rounded down, which is what both divisions want.
            early, late = start - before_first, opening - end
            first = (early.days * DAY + early.seconds) // step
            past = -((late.days * DAY + late.seconds) // step)
            if first < least:
                first = least
            if past > most:
                past = most
            if first < past and start < end:
                mask |= ((1 << (past - first)) - 1) << first
        return mask

    def places_meeting(self, stretches: Iterable[Stretch]) -> list[Stretch]:
        """For each (not empty) stretch the places `[first, past)` of the starts whose meeting shares an instant with it."""
        return self._places(stretches, 1 - self.length, 0)

    def places_inside(self, stretches: Iterable[Stretch]) -> list[Stretch]:
        """For each stretch the places `[first, past)` of the starts whose meeting lies wholly within it."""
        return self._places(stretches, 0, 1 - self.length)

    def _places(self, stretches: Iterable[Stretch], opening: int, closing: int) -> list[Stretch]:
        """The places of the starts in the stretches when those begin and end so much later."""
        times, least, most = self.times, self.first, self.past
        if not isinstance(times, range):
            return [(self.before(low + opening), self.before(high + closing)) for low, high in stretches]
        first, last, step, found = times.start - opening, times.start - closing, times.step, list[Stretch]()
        for begin, end in stretches:
            low, high = -((first - begin) // step), -((last - end) // step)
            if low < least:
                low = least
            if high > most:
                high = most
            found.append((low, high))
        return found

    def _fill(self, stretches: Iterable[Stretch], opening: int, closing: int) -> int:
        """The starts in the stretches when those begin and end so much later."""
        places = self._places(stretches, opening, closing)
        return reduce(or_, [((1 << (past - first)) - 1) << first for first, past in places if first < past], 0)

    def ranges(self, mask: int) -> tuple[Stretch, ...]:
        """The runs of a mask, each by its first and its last start (in seconds), all in it one grid step apart."""
        times = self.times
        if not isinstance(times, range):
            gaps = sorted(self.gaps())
            edges = ([begin, *(gap for gap in gaps if begin < gap < end), end] for begin, end in runs(mask))
            return tuple((times[first], times[past - 1]) for each in edges for first, past in pairwise(each))
        if not mask:
            return ()
        begin = lowest(mask)
        mask >>= begin
        start, step, found = times[begin], times.step, []
        if not mask & (mask + 1):  # a freeze, a booked slot: one run
            return ((start, start + (mask.bit_length() - 1) * step),)
        # As `runs`, without a stop at each: there are hundreds of ranges for every role.
        row = f"0{mask:b}"
        first = start + (len(row) - 1) * step
        last = row.rfind("1")
        while last > 0:
            before = row.rfind("0", 0, last)
            found.append((first - last * step, first - (before + 1) * step))
            last = row.rfind("1", 0, before)
        return tuple(found)

    def gaps(self) -> set[int]:
        """The places whose start does not come exactly one grid step after the one before."""
        if isinstance(self.times, range):
            return set()
        times = self.times
        return {k for k in range(1, len(times)) if times[k] - times[k - 1] != self.grid}


@lru_cache(maxsize=64)
def _steps(opening: int, last: int, step: int, length: int, grid: int) -> Starts:
    """One object for equal lists, so that what is remembered of them is found without comparing them."""
    return Starts(range(opening, last, step), length, grid)


def bits(mask: int) -> Iterator[int]:
    """The places of a mask, in order. They are looked at a few at a time: mostly the first of many are asked for."""
    past = 0
    while mask:
        skipped = lowest(mask)
        mask, past = mask >> skipped, past + skipped
        for begin, end in runs(mask & _FEW):
            yield from range(past + begin, past + end)
        mask, past = mask >> FEW, past + FEW


def lowest(mask: int) -> int:
    """The first place of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


def runs(mask: int) -> Iterator[Stretch]:
    """The unbroken runs of a mask, each as `[first, past the last)`."""
    # Read from the right, where the first start stands; on the left stands `0b`.
    row = bin(mask)
    size = len(row)
    last = row.rfind("1")
    while last >= 0:
        before = row.rfind("0", 2, last)
        if before < 0:
            yield size - 1 - last, size - 2
            return
        yield size - 1 - last, size - 1 - before
        last = row.rfind("1", 2, before)


def split(within: int, masks: Iterable[int]) -> dict[tuple[int, ...], int]:
    """The starts of `within`, parted by which of the masks hold them: numbers of those masks -> starts."""
    if not within:
        return {}
    # Reckoned from the first start on: numbers as long as the list would be longer than all they say.
    first = lowest(within)
    groups: dict[tuple[int, ...], int] = {(): within >> first}
    for number, mask in enumerate(masks):
        here = (mask & within) >> first
        if not here:
            continue
        parted: dict[tuple[int, ...], int] = {}
        for key, group in groups.items():
            if inside := group & here:
                parted[(*key, number)] = inside
            if outside := group ^ inside:
                parted[key] = outside
        groups = parted
    return {key: group << first for key, group in groups.items()}


def parted(within: int, masks: Iterable[int]) -> list[int]:
    """The starts of `within` in groups: in each are those that the same of the masks hold."""
    if not within:
        return []
    first = lowest(within)  # as in `split`
    whole = within >> first
    groups = [whole]
    # Of many masks most say the same of a few starts.
    for here in dict.fromkeys([(mask & within) >> first for mask in masks]):
        if here and here != whole:
            inside = [group & here for group in groups]
            groups = [part for each, group in zip(inside, groups, strict=True) for part in (each, group ^ each) if part]
    return [group << first for group in groups]
