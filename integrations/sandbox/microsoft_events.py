"""Events as Microsoft Graph shows and takes them: one calendar event of the sandbox in Graph's words, and back."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.calendar_book import BookCalendar, BookEvent

SHOW_AS = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
_RESPONSES = {"accepted": "accepted", "declined": "declined", "tentative": "tentativelyAccepted"}
_ZONES = {
    "W. Europe Standard Time": "Europe/Berlin",
    "GMT Standard Time": "Europe/London",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "India Standard Time": "Asia/Kolkata",
}
_KEPT = (
    "isReminderOn",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "responseRequested",
    "allowNewTimeProposals",
)


class Refused(Exception):  # noqa: N818 - it is the service's no, not a fault of the stand-in
    """A request that Graph would turn down: status, code and words of its answer."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """UTC, an IANA name or one of the Windows names that the sandbox's people use."""
    try:
        return zoneinfo.ZoneInfo(_ZONES.get(name, name))
    except (KeyError, ValueError, OSError) as unknown:
        raise Refused(400, "TimeZoneNotSupportedException", f"A time zone named '{name}' is not known.") from unknown


def moment(value: Any) -> datetime:
    """A dateTimeTimeZone as an aware instant."""
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise Refused(400, "ErrorInvalidRequest", "A dateTime with its timeZone is needed.")
    try:
        said = datetime.fromisoformat(value["dateTime"])
    except ValueError as unreadable:
        raise Refused(400, "ErrorInvalidRequest", "The dateTime cannot be read.") from unreadable
    where = zone_named(str(value.get("timeZone") or "UTC"))
    return (said if said.tzinfo else said.replace(tzinfo=where)).astimezone(UTC)


def shown_moment(at: datetime, zone_name: str) -> dict[str, str]:
    """Seven digits, no offset, the zone beside it."""
    local = at.astimezone(zone_named(zone_name)).replace(tzinfo=None)
    return {"dateTime": local.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0", "timeZone": zone_name}


def etag(event: BookEvent) -> str:
    return f'W/"{event.id}-{event.version}"'


def _person(mail: str) -> dict[str, dict[str, str]]:
    return {"emailAddress": {"name": mail.partition("@")[0].title(), "address": mail}}


def shown(event: BookEvent, owner: BookCalendar, zone_name: str, immutable: bool) -> dict[str, Any]:
    """The whole event; extended properties only come when they are asked for."""
    mine = event.organizer.lower() in ("", owner.mail.lower())
    join = event.raw.get("joinUrl")
    return {
        "@odata.etag": etag(event),
        "id": event.id if immutable else f"{event.id}-by-folder",
        "changeKey": str(event.version),
        "iCalUId": event.uid,
        "transactionId": event.raw.get("transactionId"),
        "subject": event.title,
        "bodyPreview": event.text[:255],
        "body": {"contentType": "text", "content": event.text},
        "location": {"displayName": event.place},
        "start": shown_moment(event.start, zone_name),
        "end": shown_moment(event.end, zone_name),
        "isAllDay": False,
        "isCancelled": event.cancelled,
        "isOrganizer": mine,
        "type": "singleInstance",
        "sensitivity": "private" if event.private else "normal",
        "showAs": event.show_as,
        "onlineMeeting": {"joinUrl": join} if join else None,
        "organizer": _person(event.organizer or owner.mail),
        "attendees": [
            {"type": "required", "status": {"response": _RESPONSES.get(said, "none")}, **_person(mail)}
            for mail, said in event.attendees
        ],
        **{name: event.raw[name] for name in _KEPT if name in event.raw},
    }


def _attendees(said: Any, before: BookEvent) -> tuple[tuple[str, str], ...]:
    known = {mail.lower(): response for mail, response in before.attendees}
    try:
        mails = [str(each["emailAddress"]["address"]) for each in said]
    except (KeyError, TypeError) as unreadable:
        raise Refused(400, "ErrorInvalidRequest", "An attendee without an address.") from unreadable
    if len(mails) > 500:
        raise Refused(400, "ErrorInvalidRequest", "An event has at most 500 attendees.")
    return tuple((mail, known.get(mail.lower(), "needsAction")) for mail in mails)


def _properties(said: Any, before: BookEvent) -> tuple[tuple[str, str], ...]:
    kept = dict(before.tags)
    for each in said:
        if not re.fullmatch(r"String \{[0-9a-fA-F-]{36}\} Name \S+", str(each.get("id"))):
            raise Refused(400, "ErrorInvalidProperty", "An extended property's id cannot be read.")
        kept[str(each["id"])] = str(each.get("value"))
    return tuple(kept.items())


def changed(event: BookEvent, body: dict[str, Any]) -> BookEvent:
    """The event with everything that `body` says; what it does not say stays."""
    said: dict[str, Any] = {}
    if "subject" in body:
        said["title"] = str(body["subject"])
    if "body" in body:
        said["text"] = str((body["body"] or {}).get("content", ""))
    if "location" in body:
        said["place"] = str((body["location"] or {}).get("displayName", ""))
    if "start" in body:
        said["start"] = moment(body["start"])
    if "end" in body:
        said["end"] = moment(body["end"])
    if "showAs" in body:
        said["show_as"] = _one_of(str(body["showAs"]), SHOW_AS)
    if "sensitivity" in body:
        said["private"] = _one_of(str(body["sensitivity"]), ("normal", "personal", "private", "confidential")) in (
            "private",
            "confidential",
        )
    if "attendees" in body:
        said["attendees"] = _attendees(body["attendees"], event)
    if "singleValueExtendedProperties" in body:
        said["tags"] = _properties(body["singleValueExtendedProperties"], event)
    said["raw"] = {**event.raw, **{name: body[name] for name in _KEPT if name in body}}
    after = replace(event, **said)
    if after.end < after.start:
        raise Refused(400, "ErrorCalendarEndDateIsEarlierThanStartDate", "The end is before the start.")
    return after


def _one_of(said: str, known: tuple[str, ...]) -> str:
    if said not in known:
        raise Refused(400, "ErrorInvalidRequest", f"The value '{said}' is not one of {', '.join(known)}.")
    return said
