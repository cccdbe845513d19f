"""A hold as Microsoft keeps it: what is written into the event, and how it is read back without reading more."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.span import Span
from bot.ports import FoundHold, HoldRequest, PlacedHold
from integrations.calendars.microsoft_failures import unreadable
from integrations.calendars.microsoft_values import Unreadable, said_utc, span_of
from integrations.calendars.microsoft_wire import property_of

# Our property set: never change it, or no hold placed before is found again.
_SET = "{5f2b7a64-1f0e-4b7c-9a53-6c1f0d9e8b21}"
KEY = f"String {_SET} Name ReadinessHoldKey"
TAG = f"String {_SET} Name ReadinessHoldTag"
FACTS = f"String {_SET} Name ReadinessHold"
INVITE = f"String {_SET} Name ReadinessInvite"
_TRANSACTIONS = uuid.UUID("0f6c3a52-3c55-4bb4-8d6e-1d1d0c8f7a10")
EXPANDED = f"singleValueExtendedProperties($filter=id eq '{FACTS}')"
SELECTED = "id,start,end,isCancelled"


def digest(key: str) -> str:
    """Keys are long and Microsoft compares without case: what is searched for is their digest."""
    return hashlib.sha256(key.encode()).hexdigest()


def transaction(key: str, generation: int) -> str:
    """Microsoft makes one event of all creates with the same transaction."""
    return str(uuid.uuid5(_TRANSACTIONS, f"{generation}|{key}"))


def body_of(request: HoldRequest) -> dict[str, Any]:
    """A private, tentative event without attendees: nobody is mailed, and nothing rings."""
    facts = {
        "key": request.key,
        "generation": request.generation,
        "record": request.record,
        "expires_at": request.expires_at.isoformat(),
    }
    return {
        "subject": request.title,
        "body": {"contentType": "text", "content": request.words},
        "start": said_utc(request.span.start),
        "end": said_utc(request.span.end),
        "showAs": "tentative",
        "sensitivity": "private",
        "isReminderOn": False,
        "responseRequested": False,
        "allowNewTimeProposals": False,
        "isOnlineMeeting": False,
        "transactionId": transaction(request.key, request.generation),
        "singleValueExtendedProperties": [
            {"id": KEY, "value": digest(request.key)},
            {"id": TAG, "value": request.tag},
            {"id": FACTS, "value": json.dumps(facts, sort_keys=True)},
        ],
    }


def live(event: Mapping[str, Any]) -> bool:
    return event.get("isCancelled") is not True


def id_of(event: Mapping[str, Any], doing: str) -> str:
    event_id = event.get("id")
    if not isinstance(event_id, str) or not event_id:
        raise unreadable(doing)
    return event_id


def span_now(event: Mapping[str, Any], doing: str) -> Span:
    try:
        return span_of(event)
    except Unreadable:
        raise unreadable(doing) from None  # the cause adds nothing for people


def etag_of(event: Mapping[str, Any]) -> str | None:
    etag = event.get("@odata.etag")
    return etag if isinstance(etag, str) else None


def placed(event: Mapping[str, Any], calendar: str, doing: str) -> PlacedHold | None:
    """The hold that this event is; None when its facts are not ours or not readable."""
    facts = _facts(event)
    if not isinstance(facts.get("generation"), int):
        return None
    return PlacedHold(
        calendar=calendar,
        event_id=id_of(event, doing),
        key=str(facts.get("key")),
        generation=facts["generation"],
        span=span_now(event, doing),
        etag=etag_of(event),
    )


def found(event: Mapping[str, Any], calendar: str, doing: str) -> FoundHold:
    """A tagged event, even if somebody spoilt its facts: it is ours to take away all the same."""
    facts = _facts(event)
    return FoundHold(
        calendar=calendar,
        event_id=id_of(event, doing),
        key=str(facts.get("key", "")),
        record=str(facts.get("record", "")),
        span=span_now(event, doing),
        expires_at=_moment(facts.get("expires_at")),
    )


def _facts(event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        facts = json.loads(property_of(event, FACTS) or "{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _moment(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo else None
