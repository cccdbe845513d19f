"""Events as Google words them: reading what a client sends by Google's rules, and giving it back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.sandbox.calendar_book import BookCalendar, BookEvent
from integrations.sandbox.google_access import GoogleError

_ID = re.compile(r"[a-v0-9]{5,1024}")
_KEY_LETTERS, _VALUE_LETTERS, _MOST_PROPERTIES = 44, 1024, 300
# What is kept word for word because the sandbox's book has no place of its own for it.
_KEPT = ("status", "visibility", "reminders", "source", "conferenceData", "colorId", "eventType")
_FLAGS = ("guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests", "anyoneCanAddSelf")


def instant(said: str) -> datetime:
    """An RFC 3339 instant; Google insists on the offset."""
    try:
        read = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise GoogleError(400, "badRequest", "Bad Request") from None
    if read.tzinfo is None:
        raise GoogleError(400, "badRequest", "Bad Request")
    return read.astimezone(UTC)


def shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id(wanted: Any) -> None:
    """Google's rule for ids that clients choose: base32hex, five letters at least."""
    if not isinstance(wanted, str) or not _ID.fullmatch(wanted):
        raise GoogleError(400, "invalid", "Invalid resource id value.")


def read(body: dict[str, Any], base: BookEvent, calendar: BookCalendar) -> BookEvent:
    """`base` with everything that a client may set taken from `body`. Raises GoogleError."""
    start, end = (_moment(body.get(side), calendar) for side in ("start", "end"))
    if end < start:
        raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar")
    if len((body.get("reminders") or {}).get("overrides") or ()) > 5:
        raise GoogleError(400, "invalid", "Too many reminder overrides.")
    properties = body.get("extendedProperties") or {}
    kept = {k: deepcopy(body[k]) for k in (*_KEPT, *_FLAGS) if body.get(k) is not None}
    kept["zones"] = {side: body[side].get("timeZone") for side in ("start", "end")}
    kept["shared"] = dict(_properties(properties.get("shared")))
    return replace(
        base,
        start=start,
        end=end,
        title=str(body.get("summary") or ""),
        place=str(body.get("location") or ""),
        text=str(body.get("description") or ""),
        show_as=_show_as(body),
        private=body.get("visibility") in ("private", "confidential"),
        attendees=_attendees(body.get("attendees") or []),
        tags=_properties(properties.get("private")),
        raw=kept,
    )


def _moment(said: Any, calendar: BookCalendar) -> datetime:
    if not isinstance(said, dict):
        raise GoogleError(400, "required", "Missing end time.")
    try:
        if "date" in said:
            zone = ZoneInfo(calendar.time_zone)
            return datetime.fromisoformat(said["date"]).replace(tzinfo=zone).astimezone(UTC)
        read = datetime.fromisoformat(said["dateTime"])
        return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(said["timeZone"]))).astimezone(UTC)
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
        raise GoogleError(400, "invalid", "Invalid start or end time.") from None


def _show_as(body: dict[str, Any]) -> str:
    if body.get("transparency") == "transparent":
        return "free"
    return "tentative" if body.get("status") == "tentative" else "busy"


def _attendees(said: Iterable[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((str(a["email"]), str(a.get("responseStatus") or "needsAction")) for a in said)
    except KeyError:
        raise GoogleError(400, "required", "Missing attendee email.") from None


def _properties(said: Any) -> tuple[tuple[str, str], ...]:
    """Names that are too long vanish and values are cut, both without a word: so does Google."""
    pairs = [(str(k), str(v)[:_VALUE_LETTERS]) for k, v in (said or {}).items() if v is not None]
    if len(pairs) > _MOST_PROPERTIES:
        raise GoogleError(400, "invalid", "Too many extended properties.")
    return tuple(sorted(p for p in pairs if len(p[0]) <= _KEY_LETTERS))


def etag(event: BookEvent) -> str:
    return f'"{3_400_000_000_000_000 + event.version}"'


def resource(event: BookEvent, calendar: BookCalendar, now: datetime) -> dict[str, Any]:
    """The event as `events.get` gives it."""
    zones = event.raw.get("zones", {})
    told: dict[str, Any] = {
        "kind": "calendar#event",
        "etag": etag(event),
        "id": event.id,
        "status": _status(event),
        "htmlLink": f"https://www.google.com/calendar/event?eid={event.id}",
        "created": shown(now),
        "updated": shown(now),
        "summary": event.title,
        "start": {"dateTime": shown(event.start), "timeZone": zones.get("start") or calendar.time_zone},
        "end": {"dateTime": shown(event.end), "timeZone": zones.get("end") or calendar.time_zone},
        "creator": {"email": event.organizer or calendar.mail},
        "organizer": {"email": event.organizer or calendar.mail},
        "iCalUID": event.uid if "@" in event.uid else f"{event.uid}@google.com",
        "sequence": 0,
        "eventType": "default",
    }
    told |= {k: deepcopy(v) for k, v in event.raw.items() if k in (*_KEPT, *_FLAGS) and k != "status"}
    told |= _optional(event)
    link = _meeting_link(event)
    return told | ({"hangoutLink": link} if link else {})


def _optional(event: BookEvent) -> dict[str, Any]:
    properties = {k: dict(v) for k, v in (("private", event.tags), ("shared", event.raw.get("shared", ()))) if dict(v)}
    told = {
        "description": event.text,
        "location": event.place,
        "transparency": "transparent" if event.show_as in ("free", "workingElsewhere") else "",
        "visibility": "private" if event.private else "",
        "attendees": [{"email": m, "responseStatus": r} for m, r in event.attendees],
        "extendedProperties": properties,
    }
    return {k: v for k, v in told.items() if v}


def _status(event: BookEvent) -> str:
    if event.cancelled:
        return "cancelled"
    kept: str | None = event.raw.get("status")
    if event.show_as == "free" and kept:
        return kept
    return "tentative" if event.show_as == "tentative" else "confirmed"


def merged(before: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Google's patch: objects are merged, lists replaced, nulls remove."""
    after = dict(before)
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict) and isinstance(after.get(name), dict):
            after[name] = merged(after[name], value)
        else:
            after[name] = value
    return after


def with_conference(event: BookEvent, version: str | None) -> BookEvent:
    """A meeting link that was asked for is promised first; without `conferenceDataVersion=1` the wish is ignored."""
    raw = dict(event.raw)
    asked = raw.pop("conferenceData", None)
    if version == "1" and asked and "createRequest" in asked and "entryPoints" not in asked:
        request = {
            "requestId": str(asked["createRequest"].get("requestId", "")),
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
            "status": {"statusCode": "pending"},
        }
        raw["conferenceData"] = {"createRequest": request}
    elif asked and "entryPoints" in asked:
        raw["conferenceData"] = asked
    return replace(event, raw=raw)


def conference_made(event: BookEvent) -> BookEvent:
    """The promised link, there at last."""
    raw = deepcopy(event.raw)
    raw["conferenceData"]["createRequest"]["status"]["statusCode"] = "success"
    raw["conferenceData"]["conferenceSolution"] = {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}
    raw["conferenceData"]["conferenceId"] = f"sandbox-{event.id[:8]}"
    uri = f"https://meet.google.com/sandbox-{event.id[:8]}"
    raw["conferenceData"]["entryPoints"] = [{"entryPointType": "video", "uri": uri, "label": uri[8:]}]
    return replace(event, raw=raw)


def pending(event: BookEvent) -> bool:
    request = event.raw.get("conferenceData", {}).get("createRequest", {})
    return bool(request.get("status", {}).get("statusCode") == "pending")


def _meeting_link(event: BookEvent) -> str | None:
    points = event.raw.get("conferenceData", {}).get("entryPoints") or [{}]
    uri: str | None = points[0].get("uri")
    return uri
