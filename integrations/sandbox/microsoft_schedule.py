"""getSchedule as Microsoft Graph answers it: up to twenty people's items, one by one, each with its own error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.faults import Fault
from integrations.sandbox.microsoft_events import Refused, moment, shown_moment

MOST_SCHEDULES = 20
LONGEST = timedelta(days=62)
_NO_ANSWER = "ErrorProxyRequestProcessingFailed"
_DIGITS = {"free": "0", "workingElsewhere": "0", "tentative": "1", "busy": "2", "oof": "3"}


def asked(body: dict[str, Any]) -> tuple[list[str], datetime, datetime, int]:
    """What a caller wants: schedules, from, to and the interval in minutes; parameters in either case."""
    said = {name[:1].lower() + name[1:]: value for name, value in body.items()}
    schedules = said.get("schedules")
    if not isinstance(schedules, list) or not schedules:
        raise Refused(400, "ErrorInvalidRequest", "Schedules are needed.")
    if len(schedules) > MOST_SCHEDULES:
        raise Refused(400, "ErrorInvalidRequest", f"At most {MOST_SCHEDULES} schedules can be asked at once.")
    start, end = moment(said.get("startTime")), moment(said.get("endTime"))
    if end <= start:
        raise Refused(400, "ErrorInvalidTimeInterval", "The end must be after the start.")
    if end - start >= LONGEST:
        raise Refused(400, "ErrorTimeIntervalTooBig", "The requested time duration is too long: 62 days.")
    return [str(s) for s in schedules], start, end, _interval(said, end - start)


def _interval(said: dict[str, Any], asked_for: timedelta) -> int:
    """Without it 30 minutes; a null breaks the service, as it does in life."""
    minutes = said.get("availabilityViewInterval", 30)
    if minutes is None:
        raise Refused(500, "ErrorInternalServerError", "Value cannot be null.")
    fits = type(minutes) is int and 5 <= minutes <= 1440 and timedelta(minutes=minutes) <= asked_for
    if not fits:
        raise Refused(400, "ErrorInvalidMergedFreeBusyInterval", "The interval must be 5 to 1440 minutes.")
    return int(minutes)


def found(book: CalendarBook, name: str) -> BookCalendar | None:
    """The mailbox of that id or address, whatever the case."""
    with book.lock:
        everybody = list(book.calendars.values())
    return next(
        (c for c in everybody if c.provider == "microsoft" and name.lower() in (c.id.lower(), c.mail.lower())),
        None,
    )


def schedule(
    book: CalendarBook,
    name: str,
    start: datetime,
    end: datetime,
    minutes: int,
    zone_name: str,
    broken: Callable[[str], Fault | None],
    cut: bool = False,
) -> dict[str, Any] | None:
    """One scheduleInformation; None when a fault switch (`missing`) leaves it out."""
    calendar = found(book, name)
    if calendar is None:
        return _error(
            name,
            "ErrorMailRecipientNotFound",
            "Unable to resolve e-mail address to an Active Directory object.",
        )
    if not calendar.readable:
        return _error(name, "ErrorNoFreeBusyAccess", "The caller does not have access to free/busy data.")
    fault = broken(calendar.id)
    if fault is not None and fault.word != "malformed":
        return None if fault.word == "missing" else _error(name, fault.word or _NO_ANSWER, fault.word or _NO_ANSWER)
    events = [e for e in book.events(calendar.id) if e.start < end and start < e.end]
    if cut:
        events = [replace(e, start=max(e.start, start), end=min(e.end, end)) for e in events]
    return {
        "scheduleId": name,
        "availabilityView": _view(events, start, end, timedelta(minutes=minutes)),
        "scheduleItems": [{"status": "busy"}] if fault else [_item(event, zone_name) for event in events],
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": calendar.time_zone},
        },
    }


def _error(name: str, code: str, words: str) -> dict[str, Any]:
    return {"scheduleId": name, "availabilityView": "", "error": {"message": words, "responseCode": code}}


def _item(event: BookEvent, zone_name: str) -> dict[str, Any]:
    """What is not private says more than was asked: that is the service's way, and the caller's to drop."""
    item = {
        "isPrivate": event.private,
        "status": event.show_as,
        "start": shown_moment(event.start, zone_name),
        "end": shown_moment(event.end, zone_name),
    }
    return item if event.private else {**item, "subject": event.title, "location": event.place}


def _view(events: list[BookEvent], start: datetime, end: datetime, step: timedelta) -> str:
    """One digit for each step: the strongest status that meets it."""
    digits = []
    while start < end:
        until = min(start + step, end)
        met = [_DIGITS.get(e.show_as, "2") for e in events if e.start < until and start < e.end]
        digits.append(max(met, default="0"))
        start = until
    return "".join(digits)
