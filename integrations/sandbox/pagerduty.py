"""A stand-in for PagerDuty's Events API v2: takes events in the documented shape and keeps the incidents they make."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.serving import Call, Traffic, suffer

Json = dict[str, Any]

ROUTING_KEY = "sandbox-routing-key"  # worth nothing outside
LARGEST = 512 * 1024
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "warning", "error", "info")
_FIELDS = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
_PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


@dataclass(frozen=True)
class Incident:
    """What the people on call see: one for each key while it is open. `events` counts how often it was triggered."""

    number: int
    key: str
    state: str  # triggered | acknowledged | resolved
    summary: str
    source: str
    severity: str
    links: tuple[str, ...]
    at: datetime
    changed: datetime
    events: int = 1


class PagerStandIn:
    """`app` answers; `incidents` are what it made. Thread-safe; `revision` grows with every change."""

    def __init__(self, faults: Faults, clock: SandboxClock, routing_key: str = ROUTING_KEY) -> None:
        self._faults, self._clock, self._routing_key = faults, clock, routing_key
        self._lock = threading.Lock()
        self._incidents: list[Incident] = []
        self.revision = 0
        self.traffic = Traffic()
        self.app = flask.Flask("sandbox-pagerduty", static_folder=None)
        self.app.extensions["traffic"] = self.traffic
        self.app.add_url_rule("/v2/enqueue", "enqueue", self._enqueue, methods=["POST"])
        self.app.register_error_handler(404, lambda _: (flask.jsonify(message="Not Found"), 404))

    def incidents(self, state: str | None = None, key: str | None = None) -> list[Incident]:
        """Oldest first."""
        with self._lock:
            return [i for i in self._incidents if state in (None, i.state) and key in (None, i.key)]

    def clear(self) -> None:
        with self._lock:
            self._incidents.clear()
            self.revision += 1
        self.traffic.clear()

    # -- the address

    def _enqueue(self) -> flask.Response:
        event = flask.request.get_json(force=True, silent=True)
        target = str(event.get("dedup_key", "")) if isinstance(event, dict) else ""
        self.traffic.note(Call("events.enqueue", target, self._clock.now(), {}, event))
        return suffer(self._faults, "pagerduty", "events.enqueue", target, _refuse, lambda: self._take(event))

    def _take(self, event: Any) -> flask.Response:
        if (flask.request.content_length or 0) > LARGEST:
            return _answer(413, "invalid event", "Event object is too large")
        wrong = self._wrong(event)
        if wrong:
            return _answer(400, "invalid event", "Event object is invalid", errors=wrong)
        key = event.get("dedup_key") or uuid.uuid4().hex
        with self._lock:
            self._apply(event, key)
        return _answer(202, "success", "Event processed", dedup_key=key)

    def _wrong(self, event: Any) -> list[str]:
        if not isinstance(event, dict):
            return ["Event is not a JSON object"]
        wrong = [f"'{name}' is not a known field" for name in sorted(set(event) - _FIELDS)]
        if not isinstance(event.get("routing_key"), str):
            wrong.append("'routing_key' is missing or blank")
        elif event["routing_key"] != self._routing_key:
            wrong.append("Invalid routing key")
        if event.get("event_action") not in _ACTIONS:
            wrong.append("'event_action' is not one of trigger, acknowledge, resolve")
        return [*wrong, *_wrong_key(event), *_wrong_links(event), *_wrong_payload(event)]

    def _apply(self, event: Json, key: str) -> None:
        """The documented effects: an open key gathers events, a resolved one opens anew, an unknown one is ignored."""
        place = next((n for n, i in enumerate(self._incidents) if i.key == key and i.state != "resolved"), None)
        now, action = self._clock.now(), event["event_action"]
        if place is None and action != "trigger":
            return
        self.revision += 1
        if place is None:
            self._incidents.append(_opened(len(self._incidents) + 1, event, key, now))
            return
        there = self._incidents[place]
        if action == "trigger":
            self._incidents[place] = replace(there, events=there.events + 1, changed=now)
        else:
            state = "acknowledged" if action == "acknowledge" else "resolved"
            self._incidents[place] = replace(there, state=state, changed=now)


def _opened(number: int, event: Json, key: str, now: datetime) -> Incident:
    said = event["payload"]
    links = tuple(link["href"] for link in event.get("links", []))
    return Incident(
        number, key, "triggered", said["summary"], said["source"], said["severity"], links, at=now, changed=now
    )


def _wrong_key(event: Json) -> list[str]:
    key = event.get("dedup_key")
    if key is None and event.get("event_action") == "trigger":
        return []
    if not isinstance(key, str) or not key:
        return ["'dedup_key' is missing or blank"]
    return ["'dedup_key' must be at most 255 characters"] if len(key) > 255 else []


def _wrong_links(event: Json) -> list[str]:
    links = event.get("links", [])
    if not isinstance(links, list):
        return ["'links' is not an array"]
    good = [
        isinstance(link, dict)
        and urlsplit(str(link.get("href", ""))).scheme in ("http", "https")
        and set(link) <= {"href", "text"}
        for link in links
    ]
    return [] if all(good) else ["'links' has an element without a valid 'href'"]


def _wrong_payload(event: Json) -> list[str]:
    said = event.get("payload")
    if event.get("event_action") != "trigger":
        return []
    if not isinstance(said, dict):
        return ["'payload' is missing"]
    wrong = [f"'payload.{name}' is not a known field" for name in sorted(set(said) - _PAYLOAD)]
    wrong += [f"'payload.{n}' is missing or blank" for n in ("summary", "source") if not _words(said.get(n))]
    if len(str(said.get("summary", ""))) > 1024:
        wrong.append("'payload.summary' must be at most 1024 characters")
    if said.get("severity") not in _SEVERITIES:
        wrong.append("'payload.severity' is not one of critical, warning, error, info")
    if "timestamp" in said and not _instant(said["timestamp"]):
        wrong.append("'payload.timestamp' is not a valid timestamp")
    return wrong


def _words(said: Any) -> bool:
    return isinstance(said, str) and bool(said.strip())


def _instant(said: Any) -> bool:
    try:
        return datetime.fromisoformat(said).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _answer(status: int, word: str, message: str, **more: Any) -> flask.Response:
    answer = flask.jsonify(status=word, message=message, **more)
    answer.status_code = status
    return answer


def _refuse(fault: Fault) -> flask.Response:
    """A `status` switch: a throttled answer has PagerDuty's own words, anything else is a page of its gateway."""
    if fault.status == 429:
        answer = _answer(429, "throttle exceeded", "Requests for this service are arriving too quickly.")
    else:
        answer = flask.Response("<html><body>The sandbox was told to fail.</body></html>", fault.status)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer
