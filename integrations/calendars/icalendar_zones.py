"""Zones that an iCalendar file defines itself (VTIMEZONE), for names that are not IANA's."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from integrations.calendars.icalendar_lines import Budget, Component, Unreadable
from integrations.calendars.icalendar_rules import Rule, occurrences, rule
from integrations.calendars.icalendar_values import (
    IN_UTC,
    NamedZone,
    Zone,
    iana,
    moments,
    named_zone,
    one_moment,
)

_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})?")
_DECADE = timedelta(days=4000)  # longer than any yearly rule stays silent, a 29 February in 1900 too
_NOWHERE = NamedZone(UTC)  # stands in where times are local to an observance


class Observance(NamedTuple):
    """STANDARD or DAYLIGHT: when it begins (in the local time that ends there), and the offsets before and after."""

    start: datetime
    before: timedelta
    after: timedelta
    rules: tuple[Rule, ...]
    dates: tuple[datetime, ...]


class DefinedZone:
    """A zone from a VTIMEZONE: the first of a repeated local time, the offset before the change for a skipped one."""

    def __init__(self, part: Component, budget: Budget) -> None:
        kinds = [p for p in part.parts if p.name in ("STANDARD", "DAYLIGHT")]
        self.observances = [_observance(p) for p in kinds]
        if not self.observances:
            raise Unreadable("defines a zone without offsets")
        self.budget = budget
        self.known = (datetime.max, datetime.min)  # noqa: DTZ901  local times
        self.changes: list[tuple[datetime, timedelta]] = []

    def instant(self, local: datetime) -> datetime:
        if not self.known[0] <= local < self.known[1]:
            self._follow(local - _DECADE, local, local + _DECADE)
        place = bisect_right(self.changes, local, key=lambda change: change[0])
        first = min(self.observances, key=lambda o: o.start - o.before)
        offset = self.changes[place - 1][1] if place else first.before
        return (local - offset).replace(tzinfo=UTC)

    def _follow(self, since: datetime, local: datetime, until: datetime) -> None:
        """All changes around `local`: the local time from which on the offset after the change holds, and that offset.

        A skipped hour lies before that time, the first pass of a repeated hour too.
        """
        onsets = [(onset - o.before, o) for o in self.observances for onset in _onsets(o, since, until, self.budget)]
        onsets.sort(key=lambda pair: pair[0])
        self.changes = [(utc + max(o.before, o.after), o.after) for utc, o in onsets]
        self.changes.sort(key=lambda change: change[0])
        self.known = (local, until)


def _onsets(observance: Observance, since: datetime, until: datetime, budget: Budget) -> set[datetime]:
    """Those of rules that go on for ever from `since` on (many zones begin in 1601), all others from the start."""
    found = {observance.start, *observance.dates}
    for repeat in observance.rules:
        endless = repeat.until is None and repeat.interval == 1
        last = until if repeat.until is None else min(until, _until(repeat.until, observance.before))
        found.update(occurrences(repeat, observance.start, since if endless else observance.start, last, budget))
    return {onset for onset in found if onset <= until}


def _until(text: str, before: timedelta) -> datetime:
    """UNTIL as local time of the observance: it is written in UTC, by some programs as a local time or a date."""
    shape = re.fullmatch(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", text)
    if not shape:
        raise Unreadable("has a bad recurrence rule")
    try:
        at = datetime.strptime(shape[1] + (shape[2] or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007  local time
    except ValueError as error:
        raise Unreadable("has a bad recurrence rule") from error
    return at + before if shape[3] else at


def _observance(part: Component) -> Observance:
    start = part.one("DTSTART")
    if start is None:
        raise Unreadable("defines a zone without a beginning")
    begin = one_moment(start, _no_zone, _NOWHERE)
    return Observance(
        start=begin.local,
        before=_offset(part, "TZOFFSETFROM"),
        after=_offset(part, "TZOFFSETTO"),
        rules=tuple(rule(line.value) for line in part.all("RRULE")),
        dates=tuple(m.local for line in part.all("RDATE") for m in moments(line, _no_zone, _NOWHERE)),
    )


def _no_zone(name: str) -> Zone:
    raise Unreadable("defines a zone by another zone")


def _offset(part: Component, name: str) -> timedelta:
    line = part.one(name)
    shape = _OFFSET.fullmatch(line.value.strip()) if line else None
    if not shape or int(shape[2]) > 23 or int(shape[3]) > 59:
        raise Unreadable("defines a zone with a bad offset")
    length = timedelta(hours=int(shape[2]), minutes=int(shape[3]), seconds=int(shape[4] or 0))
    return length if shape[1] == "+" else -length


class FileZones:
    """The zones that a file may name: IANA's, and those it defines. A definition is read only when it is named."""

    def __init__(self, whole: Component, budget: Budget) -> None:
        self.parts = {_name(p): p for p in whole.parts if p.name == "VTIMEZONE"}
        self.budget = budget
        self.read: dict[str, Zone] = {}

    def __call__(self, name: str) -> Zone:
        if name not in self.read:
            self.read[name] = self._zone(name)
        return self.read[name]

    def _zone(self, name: str) -> Zone:
        if name in ("UTC", "Etc/UTC"):
            return IN_UTC
        if name in iana():
            return named_zone(name)
        if name in self.parts:
            return DefinedZone(self.parts[name], self.budget)
        raise Unreadable("names a time zone that nobody defines")


def _name(part: Component) -> str:
    named = part.all("TZID")
    return named[0].value if named else ""
