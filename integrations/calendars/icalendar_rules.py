"""Recurrence rules (RFC 5545, 3.3.10), expanded in local time and no further than a calendar's budget of work."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

from integrations.calendars.icalendar_lines import Budget, Unreadable

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNITS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}
# Each list's smallest and largest value, whether it may count from the end, and the frequencies it must not stand with.
_LISTS: Mapping[str, tuple[int, int, bool, tuple[str, ...]]] = {
    "BYMONTH": (1, 12, False, ()),
    "BYWEEKNO": (1, 53, True, ("MONTHLY", "WEEKLY", "DAILY", *_UNITS)),
    "BYYEARDAY": (1, 366, True, ("MONTHLY", "WEEKLY", "DAILY")),
    "BYMONTHDAY": (1, 31, True, ("WEEKLY",)),
    "BYHOUR": (0, 23, False, ()),
    "BYMINUTE": (0, 59, False, ()),
    "BYSECOND": (0, 60, False, ()),
    "BYSETPOS": (1, 366, True, ()),
}
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_LISTS}


@dataclass(frozen=True)
class Rule:
    """One RRULE. Empty lists were not written. `until` is left as text: the event knows its zone."""

    freq: str
    interval: int
    count: int | None
    until: str | None
    week_start: int
    days: tuple[tuple[int, int], ...]  # (which one, 0 for every; weekday)
    lists: Mapping[str, tuple[int, ...]]

    def by(self, name: str) -> tuple[int, ...]:
        return self.lists.get(name, ())


def rule(text: str) -> Rule:
    """The rule that `text` writes; whatever RFC 5545 does not allow is unreadable, since nobody can say what it means."""
    parts: dict[str, str] = {}
    for part in text.strip().rstrip(";").upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in _KNOWN or name in parts:
            raise Unreadable("has a bad recurrence rule")
        parts[name] = value
    freq = parts.get("FREQ", "")
    if freq not in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", *_UNITS) or ("COUNT" in parts and "UNTIL" in parts):
        raise Unreadable("has a bad recurrence rule")
    lists = {name: _numbers(name, parts[name], freq) for name in _LISTS if name in parts}
    days = _weekdays(parts["BYDAY"], freq, "BYWEEKNO" in parts) if "BYDAY" in parts else ()
    if "BYSETPOS" in parts and not days and len(lists) == 1:
        raise Unreadable("has a bad recurrence rule")
    return Rule(
        freq=freq,
        interval=_positive(parts.get("INTERVAL", "1")),
        count=_positive(parts["COUNT"]) if "COUNT" in parts else None,
        until=parts.get("UNTIL"),
        week_start=_weekdays(parts.get("WKST", "MO"), "WEEKLY", False)[0][1],
        days=days,
        lists=lists,
    )


def _positive(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise Unreadable("has a bad recurrence rule")
    return int(text)


def _numbers(name: str, text: str, freq: str) -> tuple[int, ...]:
    least, most, backwards, forbidden = _LISTS[name]
    if freq in forbidden or not re.fullmatch(r"[+-]?[0-9]{1,3}(,[+-]?[0-9]{1,3})*", text):
        raise Unreadable("has a bad recurrence rule")
    found = tuple(sorted({int(n) for n in text.split(",")}))
    if any(not (least <= n <= most or (backwards and least <= -n <= most)) for n in found):
        raise Unreadable("has a bad recurrence rule")
    return found


def _weekdays(text: str, freq: str, by_week_number: bool) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for word in text.split(","):
        shape = _BYDAY.fullmatch(word)
        if not shape:
            raise Unreadable("has a bad recurrence rule")
        nth = int(shape[1] or 0)
        counted = shape[1] is not None
        if counted and (not 1 <= abs(nth) <= 53 or freq not in ("YEARLY", "MONTHLY") or by_week_number):
            raise Unreadable("has a bad recurrence rule")
        found.append((nth, _DAYS.index(shape[2])))
    return tuple(found)


def occurrences(rule: Rule, start: datetime, lower: datetime, upper: datetime, budget: Budget) -> Iterator[datetime]:
    """Local times from `start` on that the rule names, in order; all those between `lower` and `upper` are among them."""
    expansion = _Expansion(rule, start, budget)
    counted = 0
    for candidates in expansion.periods(lower, upper):
        for local in candidates:
            if local < start:
                continue
            if local > upper or (rule.count is not None and counted >= rule.count):
                return
            counted += 1
            budget.spend()
            yield local


class _Expansion:
    """What a rule says together with the event's start, which fills in what the rule leaves open."""

    def __init__(self, rule: Rule, start: datetime, budget: Budget) -> None:
        self.rule, self.start, self.budget = rule, start, budget
        self.months = rule.by("BYMONTH")
        self.month_days = rule.by("BYMONTHDAY")
        self.days = rule.days
        if not (self.days or self.month_days or rule.by("BYYEARDAY") or rule.by("BYWEEKNO")):
            self._fill_in_the_day()
        elif rule.by("BYWEEKNO") and not (self.days or self.month_days or rule.by("BYYEARDAY")):
            self.days = ((0, start.weekday()),)
        self.positions = rule.by("BYSETPOS")

    def _fill_in_the_day(self) -> None:
        if self.rule.freq == "WEEKLY":
            self.days = ((0, self.start.weekday()),)
        elif self.rule.freq in ("YEARLY", "MONTHLY"):
            self.month_days = (self.start.day,)
            if self.rule.freq == "YEARLY":
                self.months = self.months or (self.start.month,)

    def periods(self, lower: datetime, upper: datetime) -> Iterator[list[datetime]]:
        """The candidates of each period. A rule that counts is followed from its start; any other from `lower` on."""
        lower = self.start if self.rule.count is not None else max(lower, self.start)
        if self.rule.freq in _UNITS:
            yield from self._short_periods(lower, upper)
            return
        times = self._times("BYHOUR", "BYMINUTE", "BYSECOND")
        for days in self._long_periods(lower.date(), upper.date()):
            fitting = [day for day in days if self._fits(day)]
            self.budget.spend(len(days) + len(fitting) * len(times))
            yield self._positioned([datetime.combine(day, at) for day in fitting for at in times])

    def _long_periods(self, lower: date, upper: date) -> Iterator[list[date]]:
        """The days of each year, month, week or day that counts, from before `lower` up to `upper`."""
        step, first = self.rule.interval, self.start.date()
        if self.rule.freq == "YEARLY":
            months = self.months or tuple(range(1, 13))
            for year in range(_reached(first.year, lower.year, step), upper.year + 1, step):
                yield [day for month in months for day in _month(year, month)]
        elif self.rule.freq == "MONTHLY":
            begin = first.year * 12 + first.month - 1
            reached = _reached(begin, lower.year * 12 + lower.month - 1, step)
            for number in range(reached, upper.year * 12 + upper.month, step):
                yield _month(number // 12, number % 12 + 1)
        else:
            width = 7 if self.rule.freq == "WEEKLY" else 1
            begin = first.toordinal() - ((first.weekday() - self.rule.week_start) % 7 if width == 7 else 0)
            reached = _reached(begin, lower.toordinal() - width, step * width)
            for ordinal in range(reached, upper.toordinal() + 1, step * width):
                days = range(max(ordinal, 1), min(ordinal + width, date.max.toordinal()))
                yield [date.fromordinal(n) for n in days]

    def _short_periods(self, lower: datetime, upper: datetime) -> Iterator[list[datetime]]:
        """Hours, minutes or seconds; days and hours in which nothing can be are stepped over."""
        unit = _UNITS[self.rule.freq]
        step = unit * self.rule.interval
        midnight = datetime.combine(self.start.date(), time())
        base = midnight + (self.start - midnight) // unit * unit
        number = max((lower - base) // step, 0)
        while (at := base + number * step) <= upper:
            self.budget.spend()
            skipped = self._nothing_before(at)
            if skipped is not None:
                number = max(number + 1, -((base - skipped) // step))
                continue
            yield self._positioned(self._within(at))
            number += 1

    def _nothing_before(self, at: datetime) -> datetime | None:
        """The next instant worth looking at, when this period is ruled out; None when it is not."""
        if not self._fits(at.date()):
            return datetime.combine(at.date(), time()) + timedelta(days=1)
        hours, minutes, seconds = (self.rule.by(name) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        if hours and at.hour not in hours:
            return at.replace(minute=0, second=0) + timedelta(hours=1)
        if self.rule.freq != "HOURLY" and minutes and at.minute not in minutes:
            return at.replace(second=0) + timedelta(minutes=1)
        if self.rule.freq == "SECONDLY" and seconds and at.second not in {min(s, 59) for s in seconds}:
            return at + timedelta(seconds=1)
        return None

    def _within(self, at: datetime) -> list[datetime]:
        smaller = {"HOURLY": ("BYMINUTE", "BYSECOND"), "MINUTELY": ("BYSECOND",), "SECONDLY": ()}[self.rule.freq]
        times = self._times(*smaller)
        self.budget.spend(len(times))
        keep_hour, keep_minute = "BYHOUR" not in smaller, "BYMINUTE" not in smaller
        return [
            at.replace(
                hour=at.hour if keep_hour else t.hour,
                minute=at.minute if keep_minute else t.minute,
                second=t.second if "BYSECOND" in smaller else at.second,
            )
            for t in times
        ]

    def _times(self, *named: str) -> list[time]:
        """The times of day, in order: written by the rule for what is `named`, else the start's."""
        written = [self.rule.by(name) if name in named else () for name in ("BYHOUR", "BYMINUTE", "BYSECOND")]
        own = (self.start.hour, self.start.minute, self.start.second)
        choices = [sorted({min(n, 59) for n in given}) or [mine] for given, mine in zip(written, own, strict=True)]
        self.budget.spend(len(choices[0]) * len(choices[1]) * len(choices[2]))
        return [time(hour, minute, second) for hour, minute, second in product(*choices)]

    def _positioned(self, candidates: list[datetime]) -> list[datetime]:
        if not self.positions:
            return candidates
        size = len(candidates)
        picked = {p - 1 if p > 0 else size + p for p in self.positions}
        return [candidates[n] for n in sorted(picked) if 0 <= n < size]

    def _fits(self, day: date) -> bool:
        """Whether every list that speaks of days lets this one through."""
        month_length = calendar.monthrange(day.year, day.month)[1]
        year_days, week_numbers = self.rule.by("BYYEARDAY"), self.rule.by("BYWEEKNO")
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or bool({day.day, day.day - month_length - 1} & set(self.month_days)))
            and (not self.days or any(self._is_weekday(day, nth, weekday) for nth, weekday in self.days))
            and (not year_days or bool(_both_ways(day.timetuple().tm_yday, _year_length(day.year)) & set(year_days)))
            and (not week_numbers or bool(self._week_numbers(day) & set(week_numbers)))
        )

    def _is_weekday(self, day: date, nth: int, weekday: int) -> bool:
        """The nth of its month, or of its year where a yearly rule names no months."""
        if day.weekday() != weekday or nth == 0:
            return day.weekday() == weekday
        if self.rule.freq == "YEARLY" and not self.rule.by("BYMONTH"):
            place, size = day.timetuple().tm_yday, _year_length(day.year)
        else:
            place, size = day.day, calendar.monthrange(day.year, day.month)[1]
        return nth in ((place - 1) // 7 + 1, -((size - place) // 7 + 1))

    def _week_numbers(self, day: date) -> set[int]:
        """Counted from the year's first week with four days in it, and from its last."""
        for year in (day.year + 1, day.year, day.year - 1):
            first, last = self._first_week(year), self._first_week(year + 1)
            if first <= day.toordinal() < last:
                return _both_ways((day.toordinal() - first) // 7 + 1, (last - first) // 7)
        return set()

    def _first_week(self, year: int) -> int:
        if not 1 <= year <= 9999:
            return date.max.toordinal() + 1 if year > 9999 else 1
        fourth = date(year, 1, 4)
        return fourth.toordinal() - (fourth.weekday() - self.rule.week_start) % 7


def _reached(begin: int, lower: int, step: int) -> int:
    """The last number of begin, begin + step … that is not above `lower`; at least `begin`."""
    return begin + max((lower - begin) // step, 0) * step


def _month(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def _year_length(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _both_ways(place: int, size: int) -> set[int]:
    return {place, place - size - 1}
