"""Microsoft's words for times and busy-ness, read strictly: only status, start and end, and doubt where they are unclear."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from bot.core.people import Availability, Busy, BusyStatus
from bot.core.span import Span, zone

_STATUSES: Mapping[str, BusyStatus] = {
    "free": "free",
    "tentative": "tentative",
    "busy": "busy",
    "oof": "out_of_office",
    "workingelsewhere": "working_elsewhere",
}
_WINDOWS = {name.lower(): iana for name, iana in WINDOWS_TO_OLSON.items()}


class Unreadable(ValueError):  # noqa: N818 - it says what the answer is
    """An answer that does not say what it should. Its words are ours: nothing of the answer is in them."""


def named_zone(name: object) -> tzinfo:
    """The zone of a Windows or an IANA name. Raises `Unreadable`: a zone we do not know is never taken for UTC."""
    if not isinstance(name, str) or not name:
        raise Unreadable("a time without a zone")
    if name.lower() in ("utc", "tzone://microsoft/utc"):
        return UTC
    try:
        return zone(_WINDOWS.get(name.lower(), name))
    except (KeyError, ValueError, OSError) as unknown:
        raise Unreadable("a time in an unknown zone") from unknown


def instants(value: object) -> tuple[datetime, datetime]:
    """The instant that a `dateTimeTimeZone` says, earliest and latest reading: a repeated or skipped hour has two."""
    if not isinstance(value, Mapping) or not isinstance(value.get("dateTime"), str):
        raise Unreadable("a time is missing")
    try:
        said = datetime.fromisoformat(value["dateTime"])
    except ValueError:
        raise Unreadable("a time cannot be read") from None  # the cause would quote the answer
    if said.tzinfo is not None:
        return said.astimezone(UTC), said.astimezone(UTC)
    where = named_zone(value.get("timeZone"))
    try:
        readings = [said.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)]
    except OverflowError:
        raise Unreadable("a time is out of all bounds") from None
    return min(readings), max(readings)


def span_of(item: object) -> Span:
    """From an item's `start` and `end`: where a clock change leaves two readings, the longer span."""
    if not isinstance(item, Mapping):
        raise Unreadable("an item is missing")
    start, end = instants(item.get("start"))[0], instants(item.get("end"))[1]
    if end < start:
        raise Unreadable("an item ends before it starts")
    return Span(start, end)


def schedule_items(schedule: Mapping[str, object]) -> list[Busy | Span]:
    """One person's items as they stand: a `Span` where Microsoft itself says that it does not know.
    Raises `Unreadable` when anything is amiss: half an answer is no answer."""
    if schedule.get("error"):
        raise Unreadable("this calendar cannot be read")
    items = schedule.get("scheduleItems")
    if not isinstance(items, list):
        raise Unreadable("no items in the answer")
    return [_item(each) for each in items]


def _item(item: object) -> Busy | Span:
    span = span_of(item)
    status = item.get("status") if isinstance(item, Mapping) else None
    if not isinstance(status, str):
        raise Unreadable("an item without a status")
    known = _STATUSES.get(status.lower())
    return Busy(span.start, span.end, known) if known else span


def within(items: list[Busy | Span], asked: Span) -> Availability:
    """What the items say about `asked`, each cut to it."""
    busy, unknown = set(), set()
    for item in items:
        met = Span(max(item.start, asked.start), min(item.end, asked.end))
        if met.start >= met.end:
            continue
        if isinstance(item, Busy):
            busy.add(Busy(met.start, met.end, item.status))
        else:
            unknown.add(met)
    return Availability(tuple(sorted(busy)), tuple(sorted(unknown)))


def said_utc(at: datetime) -> dict[str, str]:
    """An instant as Graph takes it: we speak UTC to it, always."""
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), "timeZone": "UTC"}
