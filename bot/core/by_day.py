"""Why the other times do not fit, told as people read it: day by day, in the fewest lines that are true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.core.explanation import hours_alone, sentence_by_name, sentence_by_role
from bot.core.findings import Reason
from bot.core.search import Found
from bot.core.span import instant, local_date, zone
from bot.core.starts import runs
from bot.core.study import Study

Stretch = tuple[datetime, datetime]
"""The first and the last of an unbroken run of starts."""


class Line(NamedTuple):
    """One thing that rules starts out on a day: which of them, or (no stretches) every one of the day."""

    stretches: tuple[Stretch, ...]
    words: str


class Day(NamedTuple):
    """A local day, or several in a row of which the same is to be said; `fits`: how many starts of it fit."""

    first: date
    last: date
    fits: int
    lines: tuple[Line, ...]


class Told(NamedTuple):
    """All days of a search. `hours`: there are further starts, each outside the working hours of somebody who must come."""

    days: tuple[Day, ...]
    hours: bool


def told_by_day(found: Found, names: bool = False) -> Told:
    """Every start that does not fit is covered by a line of its day, or lies outside working hours. By role, or by name.

    A start that several things rule out is told under the fewest of them; `Found.at` says all that stands against one.
    """
    if found.study is None:
        return Told((), False)
    return _Telling(found, found.study, names).told()


class _Telling:
    def __init__(self, found: Found, study: Study, names: bool) -> None:
        self.study = study
        self.zone = found.problem.policy.time_zone
        self.wrong = study.starts.every & ~study.feasible
        self.say: Callable[[Reason], str] = (
            sentence_by_name if names else lambda reason: sentence_by_role(reason, found.roles)
        )
        self.hours, self.things = self._things()

    def _things(self) -> tuple[int, dict[str, int]]:
        """The starts outside working hours; and what rules out the others, in words -> starts, in the order of reasons."""
        hours, said = 0, dict[str, int]()
        for slot in self.study.reasons(self.wrong):
            for reason, starts in slot.items():
                if hours_alone(reason):
                    hours |= starts
                elif starts:
                    words = self.say(reason)
                    said[words] = said.get(words, 0) | starts
        return hours, {words: starts & ~hours for words, starts in said.items()}

    def told(self) -> Told:
        days: list[Day] = []
        for day, starts in self._days():
            here = self._day(day, starts)
            if here.lines and days and _alike(days[-1], here):
                days[-1] = days[-1]._replace(last=day, fits=0)
            elif here.lines:
                days.append(here)
        return Told(tuple(days), bool(self.hours))

    def _days(self) -> Iterable[tuple[date, int]]:
        opens, latest, here = self.study.starts.opens, self.study.starts.latest, zone(self.zone)
        first, last = (instant(second).astimezone(here).date() for second in (opens, latest))
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            yield day, self.study.starts.beginning(local_date(self.zone, day, opens, latest + 1))

    def _day(self, day: date, starts: int) -> Day:
        open_hours = starts & ~self.hours
        fewest = _fewest(open_hours & self.wrong, self.things)
        lines = [Line(() if told == open_hours else self._stretches(told), words)
                 for words, mask in fewest if (told := mask & starts)]  # fmt: skip
        lines.sort(key=lambda line: line.stretches[:1])
        return Day(day, day, (starts & self.study.feasible).bit_count(), tuple(lines))

    def _stretches(self, starts: int) -> tuple[Stretch, ...]:
        times = self.study.starts.times
        return tuple((instant(times[begin]), instant(times[end - 1])) for begin, end in runs(starts))


def _fewest(left: int, things: dict[str, int]) -> Sequence[tuple[str, int]]:
    """Of all things that rule starts out, few that together cover every start: each time the one that covers most."""
    chosen: list[tuple[str, int]] = []
    while left:
        words, mask = max(things.items(), key=lambda each: (each[1] & left).bit_count())
        assert mask & left, "every start that does not fit has its reason"
        chosen.append((words, mask))
        left &= ~mask
    return chosen


def _alike(before: Day, after: Day) -> bool:
    """Whole days in a row with nothing free, ruled out by the same."""
    whole = all(not line.stretches for line in (*before.lines, *after.lines))
    return whole and before.lines == after.lines and after.first - before.last == timedelta(days=1)
