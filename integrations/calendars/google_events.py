"""Holds as Google keeps them: their ids, what is written into them, and the few fields that are read back."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from bot.core.span import Span
from bot.ports import Denied, FoundHold, HoldRequest, PlacedHold, Unreachable
from integrations.calendars.google_failures import SERVICE

# Google sends these alone, and nothing else is looked at: no titles, places or attendees.
HOLD_FIELDS = "id,status,start,end,transparency,etag,extendedProperties/private"
_LONGEST_VALUE = 1024  # Google cuts longer values without a word


def event_id(key: str, generation: int = 0) -> str:
    """Deterministic, in the alphabet that Google allows (base32hex, lower case): the same key is the same event."""
    digest = hashlib.sha256(f"{key}|{generation}".encode()).digest()
    return base64.b32hexencode(digest).decode().rstrip("=").lower()


def key_digest(key: str) -> str:
    """What a hold of any generation is found by."""
    return hashlib.sha256(key.encode()).hexdigest()


def moment(at: datetime, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).isoformat(), "timeZone": zone}


def hold_body(request: HoldRequest, generation: int) -> dict[str, Any]:
    """Private, tentative, without attendees or reminders. The properties are this calendar's own, seen by nobody."""
    kept = {
        "rrTag": request.tag,
        "rrHold": key_digest(request.key),
        "rrKey": request.key,
        "rrRecord": request.record,
        "rrGeneration": str(generation),
        "rrExpires": request.expires_at.astimezone(UTC).isoformat(),
    }
    if any(len(value) > _LONGEST_VALUE for value in kept.values()):
        raise Denied("The hold's key or tag is too long for Google; nothing was written.", service=SERVICE)
    return {
        "id": event_id(request.key, generation),
        "summary": request.title,
        "description": request.words,
        "start": moment(request.span.start),
        "end": moment(request.span.end),
        "status": "tentative",
        "transparency": "opaque",
        "visibility": "private",
        "reminders": {"useDefault": False, "overrides": []},
        "guestsCanInviteOthers": False,
        "guestsCanModify": False,
        "extendedProperties": {"private": kept},
    }


def live(event: Any) -> bool:
    return bool(_read(event, "status") != "cancelled")


def kept_in(event: Any) -> dict[str, str]:
    """Our own private properties of an event."""
    properties = event.get("extendedProperties") if isinstance(event, dict) else None
    private = properties.get("private") if isinstance(properties, dict) else None
    return {str(k): str(v) for k, v in private.items()} if isinstance(private, dict) else {}


def placed(event: Any, calendar: str, key: str, generation: int) -> PlacedHold:
    return PlacedHold(
        calendar=calendar,
        event_id=str(_read(event, "id")),
        key=key,
        generation=generation,
        span=_span(event),
        etag=event.get("etag"),
        lifted=event.get("transparency") == "transparent",
    )


def found(event: Any, calendar: str) -> FoundHold:
    kept = kept_in(event)
    return FoundHold(
        calendar=calendar,
        event_id=str(_read(event, "id")),
        key=kept.get("rrKey", ""),
        record=kept.get("rrRecord", ""),
        span=_span(event),
        expires_at=_instant(kept.get("rrExpires")),
        lifted=event.get("transparency") == "transparent",
    )


def generation_of(event: Any) -> int:
    said = kept_in(event).get("rrGeneration", "0")
    return int(said) if said.isdecimal() else 0


def _span(event: Any) -> Span:
    return Span(_side(event, "start"), _side(event, "end"))


def _side(event: Any, side: str) -> datetime:
    said = _read(event, side)
    read = _instant(said.get("dateTime")) if isinstance(said, dict) else None
    if read is None and isinstance(said, dict):
        # A human made it an all-day event. Its zone is not known here, but any midnight tells that it was moved.
        read = _instant(f"{said.get('date')}T00:00:00+00:00")
    if read is None:
        raise _unreadable()
    return read


def _instant(said: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return read.astimezone(UTC) if read.tzinfo else None


def _read(event: Any, name: str) -> Any:
    if not isinstance(event, dict) or name not in event:
        raise _unreadable()
    return event[name]


def _unreadable() -> Unreachable:
    return Unreachable("Google's answer could not be read. Ask again.", service=SERVICE)
