"""Dates, times, durations and periods of an iCalendar file, and the zones they are read in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import NamedTuple, Protocol
from zoneinfo import available_timezones

from bot.core.span import Span, zone
from integrations.calendars.icalendar_lines import Line, Unreadable

_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME = re.compile(r"([0-9]{8})T([0-9]{2})([0-9]{2})([0-9]{2})(Z?)")
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,7})W|(?:([0-9]{1,7})D)?(T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?)"
)


class Zone(Protocol):
    """Local time into instants: the first of a repeated local time; a skipped one with the offset before the change."""

    def instant(self, local: datetime) -> datetime: ...


class NamedZone:
    """An IANA zone, or UTC. With fold=0 Python reads repeated and skipped times exactly so."""

    def __init__(self, info: tzinfo) -> None:
        self.info = info

    def instant(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.info, fold=0).astimezone(UTC)


class Moment(NamedTuple):
    """A DATE (at midnight) or a DATE-TIME: local time in a zone."""

    local: datetime
    zone: Zone
    is_date: bool

    @property
    def instant(self) -> datetime:
        return self.zone.instant(self.local)


class Length(NamedTuple):
    """Days and weeks follow the local clock, hours and less do not."""

    days: int
    exact: timedelta

    def after(self, moment: Moment) -> datetime:
        return moment.zone.instant(moment.local + timedelta(days=self.days)) + self.exact


IN_UTC = NamedZone(UTC)
Zones = Callable[[str], Zone]


@cache
def iana() -> frozenset[str]:
    return frozenset(available_timezones())


def named_zone(name: str) -> Zone:
    return NamedZone(zone(name))


def moments(line: Line, zones: Zones, floating: Zone) -> list[Moment]:
    """The comma-separated values of a property, all DATE or DATE-TIME."""
    where = _where(line, zones, floating)
    return [moment(value, line.parameters.get("VALUE", ""), where, floating) for value in line.value.split(",")]


def _where(line: Line, zones: Zones, floating: Zone) -> Zone:
    return zones(line.parameters["TZID"]) if "TZID" in line.parameters else floating


def one_moment(line: Line, zones: Zones, floating: Zone) -> Moment:
    found = moments(line, zones, floating)
    if len(found) != 1:
        raise Unreadable("has several values where one belongs")
    return found[0]


def moment(text: str, sort: str, where: Zone, floating: Zone) -> Moment:
    """`where` is the zone of local times, `floating` that of dates. `sort` is the VALUE parameter, or empty."""
    text, sort = text.strip(), sort.upper()
    day, time = _DATE.fullmatch(text), _TIME.fullmatch(text)
    if day and sort in ("", "DATE"):
        return Moment(_at(text), floating, True)
    if time and sort in ("", "DATE-TIME"):
        second = min(int(time[4]), 59) if time[4] == "60" else int(time[4])  # a leap second is read as the one before
        local = _at(time[1], int(time[2]), int(time[3]), second)
        return Moment(local, IN_UTC if time[5] else where, False)
    raise Unreadable("has a bad date or time")


def _at(day: str, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    try:
        return datetime(int(day[:4]), int(day[4:6]), int(day[6:8]), hour, minute, second)  # noqa: DTZ001  local time, its zone goes beside it
    except ValueError as error:
        raise Unreadable("has a date or time that does not exist") from error


def length(text: str) -> Length:
    """A DURATION that does not run backwards."""
    shape = _DURATION.fullmatch(text.strip())
    if not shape or text.strip()[-1] in "PT" or shape[1] == "-":
        raise Unreadable("has a bad duration")
    weeks, days, hours, minutes, seconds = (int(shape[n] or 0) for n in (2, 3, 5, 6, 7))
    return Length(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def periods(line: Line, zones: Zones, floating: Zone) -> list[Span]:
    """`start/end` or `start/duration`, comma-separated."""
    where = _where(line, zones, floating)
    return [_period(value, where) for value in line.value.split(",")]


def _period(text: str, where: Zone) -> Span:
    first, slash, last = text.strip().partition("/")
    if not slash:
        raise Unreadable("has a bad period")
    begin = moment(first, "DATE-TIME", where, where)
    if last.startswith(("P", "+P")):
        return Span(begin.instant, length(last).after(begin))
    end = moment(last, "DATE-TIME", where, where)
    return ordered(begin, end)


def ordered(begin: Moment, end: Moment) -> Span:
    """A span from two moments. Written backwards it is bad; made empty by a clock change it is empty."""
    start, finish = begin.instant, end.instant
    if finish >= start:
        return Span(start, finish)
    if begin.zone is end.zone and end.local >= begin.local:
        return Span(start, start)
    raise Unreadable("ends before it begins")
