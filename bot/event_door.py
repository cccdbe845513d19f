"""The event door: what says that a review was accepted, from CloudEvents, ServiceNow or GitHub, signed, young and small.

Nothing of it is believed but which record to read; everything that is taken from it lies under its signature.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from bot.core.closure_facts import Event
from bot.event_signatures import github_signed, servicenow_signed, standard_signed

MOST_BYTES = 256 * 1024
OLDEST_GITHUB = timedelta(days=3)  # as long as GitHub itself keeps deliveries, to be sent again by hand
ACCEPTED = "dev.cdevents.approval.closed."
STRUCTURED = "application/cloudevents+json"


@dataclass(frozen=True)
class Senders:
    """The secrets of those who may tell us; without one, that sender is not listened to."""

    events: str | None = None
    github: str | None = None
    servicenow: str | None = None


class Said(NamedTuple):
    """What the sender is answered, and the event, if there is one to keep."""

    status: int
    words: str
    event: Event | None = None


def knock(headers: Mapping[str, str], body: bytes, senders: Senders, accepted: tuple[str, ...], now: float) -> Said:
    """`headers` by lower-case name; `accepted` are the policy's words for it; `now` is real time, seconds since 1970."""
    if len(body) > MOST_BYTES:
        return Said(413, f"The body is larger than {MOST_BYTES // 1024} KiB. Nothing was kept.")
    sender, stands = _sender(headers, body, senders, now)
    if stands is not None:
        return Said(401, f"This is not accepted: {stands}. Nothing was kept.")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return Said(400, "The body is no JSON object in UTF-8. Nothing was kept.")
    if sender == "github":
        return _github(headers, body, document, accepted, now)
    return _servicenow(document) if sender == "servicenow" else _cloud_event(headers, document)


def _sender(headers: Mapping[str, str], body: bytes, senders: Senders, now: float) -> tuple[str, str | None]:
    """Who it says it is, and what stands against it."""
    if "x-hub-signature-256" in headers or "x-github-event" in headers:
        known, secret = "github", senders.github
        return known, github_signed(secret, headers, body) if secret else _unset("GITHUB_WEBHOOK_SECRET")
    if "x-signature" in headers:
        known, secret = "servicenow", senders.servicenow
        return known, servicenow_signed(secret, headers, body, now) if secret else _unset("SERVICENOW_WEBHOOK_SECRET")
    secret = senders.events
    return "events", standard_signed(secret, headers, body, now) if secret else _unset("READINESS_EVENTS_SECRET")


def _unset(variable: str) -> str:
    return f"{variable} is not set here, so such messages are not listened to"


def _kept(source: str, id: str, type: str, record: str) -> Said:
    words = (source, id, type, record)
    if not (source and id and record) or max(map(len, words)) > 500 or not all(map(str.isprintable, words)):
        return Said(422, "The message does not say, in plain words of at most 500 characters, its source, its id and which "
                    "record was decided. Nothing was kept.")  # fmt: skip
    return Said(202, "Kept. The record is read now.", Event(source=source, id=id, type=type, record=record))


def _ignored(words: str) -> Said:
    return Said(200, f"Nothing to do: {words}.")


# -- CloudEvents 1.0, with a CDEvent in it


def _cloud_event(headers: Mapping[str, str], document: Mapping[str, Any]) -> Said:
    if headers.get("content-type", "").partition(";")[0].strip().lower() == STRUCTURED:
        return _structured(document)
    if "ce-specversion" in headers:
        return _binary(headers, document)
    return Said(415, f"Send a CloudEvents 1.0 message: {STRUCTURED}, or ce- headers with JSON. Nothing was kept.")


def _structured(document: Mapping[str, Any]) -> Said:
    if document.get("specversion") != "1.0":
        return Said(422, "Only CloudEvents of specversion 1.0 are understood. Nothing was kept.")
    return _decided(_name(document), _mapping(document, "data"))


def _binary(headers: Mapping[str, str], document: Mapping[str, Any]) -> Said:
    """The headers are not signed; the CDEvent in the body is, and must say the same."""
    if headers.get("ce-specversion") != "1.0":
        return Said(422, "Only CloudEvents of specversion 1.0 are understood. Nothing was kept.")
    context = _mapping(document, "context")
    said = _name(context)
    if said != _Name(*(headers.get(f"ce-{key}", "") for key in _Name._fields)):
        return Said(422, "The ce- headers and the context inside the body differ. Nothing was kept.")
    return _decided(said, document)


class _Name(NamedTuple):
    source: str
    id: str
    type: str


def _name(document: Mapping[str, Any]) -> _Name:
    return _Name(*(_text(document, key) for key in _Name._fields))


def _decided(name: _Name, event: Mapping[str, Any]) -> Said:
    if not name.type.startswith(ACCEPTED):
        return _ignored(f"only events of type {ACCEPTED}* are acted on")
    subject = _mapping(event, "subject")
    if _text(_mapping(subject, "content"), "decision") != "approved":
        return _ignored("its decision is not “approved”")
    return _kept(name.source, name.id, name.type, _text(subject, "id"))


# -- webhooks


def _servicenow(document: Mapping[str, Any]) -> Said:
    """Our own small message: which record, which of its versions, what was decided."""
    if _text(document, "decision") != "approved":
        return _ignored("its decision is not “approved”")
    id = ":".join(_text(document, key) for key in ("sys_id", "sys_mod_count"))
    source = f"servicenow:{_text(document, 'table') or 'change_request'}"
    return _kept(source, id.strip(":"), "servicenow.approved", _text(document, "number"))


def _github(
    headers: Mapping[str, str], body: bytes, document: Mapping[str, Any], accepted: tuple[str, ...], now: float
) -> Said:
    """An accepted-label on an issue, or an approving review of a pull request. The delivery's own id is not signed: the
    body's digest stands for it, so that nothing can be played again under another name."""
    kind, action = headers.get("x-github-event", ""), _text(document, "action")
    repository = _text(_mapping(document, "repository"), "full_name")
    if kind == "issues" and action == "labeled" and _text(_mapping(document, "label"), "name") in accepted:
        about = _mapping(document, "issue")
    elif kind == "pull_request_review" and _text(_mapping(document, "review"), "state") == "approved":
        about = _mapping(document, "pull_request")
    else:
        return _ignored("only an accepted-label on an issue and an approving review are acted on")
    if _age(about, now) > OLDEST_GITHUB:
        return Said(401, "This is not accepted: it tells of something more than three days old. Nothing was kept.")
    number = about.get("number")
    record = f"{repository}#{number}" if repository and isinstance(number, int) else ""
    return _kept(f"github:{repository}", sha256(body).hexdigest(), f"github.{kind}", record)


def _age(about: Mapping[str, Any], now: float) -> timedelta:
    """How long ago it was touched last; what does not say so is too old."""
    try:
        touched = datetime.fromisoformat(_text(about, "updated_at"))
    except ValueError:
        return OLDEST_GITHUB * 2
    touched = touched if touched.tzinfo else touched.replace(tzinfo=UTC)
    return datetime.fromtimestamp(now, UTC) - touched


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key, "")
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
