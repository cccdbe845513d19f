"""Somebody's availability from an iCalendar file: when they are busy and how, never with what or with whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.core.people import Availability, Busy, BusyStatus
from bot.core.span import Span
from integrations.calendars.icalendar_lines import Budget, Component, Line, Unreadable, whole_calendar
from integrations.calendars.icalendar_rules import Rule, occurrences, rule
from integrations.calendars.icalendar_values import (
    Length,
    Moment,
    Zone,
    length,
    moment,
    moments,
    named_zone,
    one_moment,
    ordered,
    periods,
)
from integrations.calendars.icalendar_zones import FileZones

# Nothing but these is read.
WANTED = frozenset(
    [
        "DTSTART",
        "DTEND",
        "DURATION",
        "STATUS",
        "TRANSP",
        "X-MICROSOFT-CDO-BUSYSTATUS",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "UID",
        "X-READINESS-RECORD",
        "FREEBUSY",
        "TZID",
        "TZOFFSETFROM",
        "TZOFFSETTO",
    ]
)
_SHOWN: dict[str, BusyStatus] = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "BUSY": "busy",
    "OOF": "out_of_office",
    "WORKINGELSEWHERE": "working_elsewhere",
}
_FREEBUSY: dict[str, BusyStatus] = {
    "BUSY-TENTATIVE": "tentative",
    "BUSY-UNAVAILABLE": "out_of_office",
    "FREE": "free",
}
_ZONES_DIFFER_BY = timedelta(hours=26)  # the widest that two local clocks are apart


def read_availability(
    data: bytes, owner_zone: str, span: Span, own_record: str | None = None, believed: Span | None = None
) -> Availability:
    """What the file says about `span`. Dates and floating times are in `owner_zone`; the holds of `own_record` are
    ignored. `believed`: what a calendar that states no range of its own is taken to tell, where that is not everything. A
    file that cannot be read is unknown over all of `span`. Raises nothing for anything in `data`."""
    try:
        return _Reading(data, named_zone(owner_zone), span, own_record).availability(believed)
    except (Unreadable, OverflowError):  # OverflowError: a time before year 1 or after 9999
        return Availability(unknown=(span,))


class _Event(NamedTuple):
    """One VEVENT: its status, its first span, and what makes it recur."""

    uid: str
    replaces: Moment | None
    status: BusyStatus
    ours: bool
    start: Moment
    first: Span
    whole_days: int | None  # the length of an event of dates; each instance ends at a local midnight
    rules: tuple[Rule, ...]
    dates: tuple[Moment, ...]
    extra: tuple[Span, ...]  # RDATEs that are periods
    excluded: tuple[Moment, ...]


class _Reading:
    """One file, read for one span."""

    def __init__(self, data: bytes, floating: Zone, span: Span, own_record: str | None) -> None:
        self.whole = whole_calendar(data, WANTED)
        self.budget = Budget()
        self.zones = FileZones(self.whole, self.budget)
        self.floating, self.span, self.own_record = floating, span, own_record

    def availability(self, believed: Span | None) -> Availability:
        parts = self.whole.parts
        found = [*self._events([p for p in parts if p.name == "VEVENT"])]
        covered: list[Span] = []
        for part in parts:
            if part.name == "VFREEBUSY":
                found.extend(self._free_busy(part))
                covered.extend(self._coverage(part))
        covered = covered or ([believed] if believed else [])
        met = {Busy(span.start, span.end, status) for span, status in found if span.meets(self.span)}
        return Availability(tuple(sorted(met)), tuple(_gaps(covered, self.span)) if covered else ())

    def _events(self, parts: Iterable[Component]) -> Iterator[tuple[Span, BusyStatus]]:
        events = [event for part in parts if (event := self._event(part))]
        replaced: dict[str, set[tuple[datetime, bool]]] = {}
        for event in events:
            if event.replaces and event.uid:
                replaced.setdefault(event.uid, set()).add(_key(event.replaces))
        for event in events:
            gone = {_key(m) for m in event.excluded}
            gone |= replaced.get(event.uid, set()) if event.replaces is None else set()
            for span in self._spans(event, gone):
                if not event.ours:
                    yield span, event.status

    def _event(self, part: Component) -> _Event | None:
        """Every value is read, even where the status makes it idle: a bad one means the file cannot be trusted."""
        status = _status(part)
        begin, replaces = self._one(part, "DTSTART"), self._one(part, "RECURRENCE-ID")
        if any("RANGE" in line.parameters for line in part.all("RECURRENCE-ID")):
            raise Unreadable("changes a range of a series")
        if begin is None:
            raise Unreadable("has an event without a start")
        rules = tuple(rule(line.value) for line in part.all("RRULE"))
        if any(r.freq in ("HOURLY", "MINUTELY", "SECONDLY") for r in rules) and begin.is_date:
            raise Unreadable("has a date that recurs within a day")
        first, days = self._first(part, begin)
        named = part.one("UID")
        dates, extra = self._more_dates(part, begin)
        return _Event(
            uid=named.value.strip() if named else "",
            replaces=replaces,
            status=status,
            ours=self.own_record is not None
            and any(line.value.strip() == self.own_record for line in part.all("X-READINESS-RECORD")),
            start=begin,
            first=first,
            whole_days=days,
            rules=rules,
            dates=dates,
            extra=extra,
            excluded=tuple(m for line in part.all("EXDATE") for m in moments(line, self.zones, self.floating)),
        )

    def _one(self, part: Component, name: str) -> Moment | None:
        line = part.one(name)
        return one_moment(line, self.zones, self.floating) if line else None

    def _first(self, part: Component, begin: Moment) -> tuple[Span, int | None]:
        """The first span, and its length in days where it is made of dates."""
        end, lasts = self._one(part, "DTEND"), part.one("DURATION")
        if end and lasts:
            raise Unreadable("has an event with two ends")
        if end:
            if end.is_date != begin.is_date:
                raise Unreadable("has an event between a date and a time")
            days = (end.local - begin.local).days if end.is_date else None
            return ordered(begin, end), days
        size = length(lasts.value) if lasts else Length(1 if begin.is_date else 0, timedelta())
        days = size.days if begin.is_date and not size.exact else None
        return Span(begin.instant, max(size.after(begin), begin.instant)), days

    def _more_dates(self, part: Component, begin: Moment) -> tuple[tuple[Moment, ...], tuple[Span, ...]]:
        dates: list[Moment] = []
        extra: list[Span] = []
        for line in part.all("RDATE"):
            if line.parameters.get("VALUE", "").upper() == "PERIOD":
                extra.extend(periods(line, self.zones, self.floating))
            else:
                dates.extend(moments(line, self.zones, self.floating))
        if any(m.is_date != begin.is_date for m in dates):
            raise Unreadable("recurs on dates and times at once")
        return tuple(dates), tuple(extra)

    def _spans(self, event: _Event, gone: set[tuple[datetime, bool]]) -> Iterator[Span]:
        """Every instance that could meet the span, each as long as the first."""
        instances = {_key(m): m for m in (event.start, *event.dates)}
        for repeat in event.rules:
            for local in self._recurring(event, repeat):
                found = Moment(local, event.start.zone, event.start.is_date)
                instances.setdefault(_key(found), found)
        for key, found in instances.items():
            if key not in gone:
                yield self._as_long(event, found)
        for span in event.extra:
            if (span.start, False) not in gone:
                yield span

    def _as_long(self, event: _Event, found: Moment) -> Span:
        if event.whole_days is not None:
            return Span(found.instant, Length(event.whole_days, timedelta()).after(found))
        return Span(found.instant, found.instant + event.first.duration)

    def _recurring(self, event: _Event, repeat: Rule) -> Iterator[datetime]:
        lower = _naive(self.span.start) - event.first.duration - 2 * _ZONES_DIFFER_BY
        upper = _naive(self.span.end) + _ZONES_DIFFER_BY
        still = self._until(event.start, repeat)
        for local in occurrences(repeat, event.start.local, lower, upper, self.budget):
            if not still(local):
                return
            yield local

    def _until(self, start: Moment, repeat: Rule) -> Callable[[datetime], bool]:
        """Whether a local time is not past the rule's UNTIL, which is included. A date includes all of its day."""
        if repeat.until is None:
            return lambda local: True
        last = moment(repeat.until, "", start.zone, start.zone)
        if last.is_date or start.is_date:
            return lambda local: local.date() <= last.local.date()
        return lambda local: start.zone.instant(local) <= last.instant

    def _free_busy(self, part: Component) -> Iterator[tuple[Span, BusyStatus]]:
        for line in part.all("FREEBUSY"):
            status = _FREEBUSY.get(line.parameters.get("FBTYPE", "BUSY").upper(), "busy")
            for span in periods(line, self.zones, self.floating):
                yield span, status

    def _coverage(self, part: Component) -> Iterator[Span]:
        begin, end = self._one(part, "DTSTART"), self._one(part, "DTEND")
        if begin and end:
            yield ordered(begin, end)


def _key(found: Moment) -> tuple[datetime, bool]:
    """What makes two moments the same instance: the instant, and whether it is a date."""
    return found.instant, found.is_date


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _status(part: Component) -> BusyStatus:
    status = _word(part.one("STATUS"))
    if status == "CANCELLED":
        return "free"
    shown = _SHOWN.get(_word(part.one("X-MICROSOFT-CDO-BUSYSTATUS")))
    if shown:
        return shown
    if _word(part.one("TRANSP")) == "TRANSPARENT":
        return "free"
    return "tentative" if status == "TENTATIVE" else "busy"


def _word(line: Line | None) -> str:
    return line.value.strip().upper() if line else ""


def _gaps(covered: list[Span], span: Span) -> Iterator[Span]:
    """What of `span` none of the covered spans holds."""
    at = span.start
    for known in sorted(covered):
        if known.start > at and at < span.end:
            yield Span(at, min(known.start, span.end))
        at = max(at, known.end)
    if at < span.end:
        yield Span(at, span.end)
