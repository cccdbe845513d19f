"""A stand-in for an archive of evidence behind HTTP, and for the scheduler's intake, which folds repeated events."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Mapping
from typing import Any

import flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.serving import Call, Traffic, suffer

Json = dict[str, Any]

ARCHIVE_TOKEN, INTAKE_SECRET = "sandbox-archive", "sandbox-intake-secret"  # worth nothing outside


class ArchiveStandIn:
    """`app` gives out `files` by path; `put` and `drop` are what other people do there. `elsewhere` are paths that redirect."""

    def __init__(
        self, faults: Faults, clock: SandboxClock, files: Mapping[str, bytes], token: str = ARCHIVE_TOKEN
    ) -> None:
        self._faults, self._clock, self._seed, self._token = faults, clock, dict(files), token
        self._lock = threading.Lock()
        self.revision = 0
        self.traffic = Traffic()
        self.elsewhere: dict[str, str] = {}
        self.clear()
        self.app = flask.Flask("sandbox-archive", static_folder=None)
        self.app.extensions["traffic"] = self.traffic
        self.app.add_url_rule("/<path:path>", "get", self._get, methods=["GET"])

    def clear(self) -> None:
        """Back to the seed."""
        with self._lock:
            self._files = dict(self._seed)
            self.elsewhere.clear()
            self.revision += 1
        self.traffic.clear()

    def put(self, path: str, content: bytes) -> None:
        with self._lock:
            self._files[path] = content
            self.revision += 1

    def drop(self, path: str) -> None:
        with self._lock:
            self._files.pop(path, None)
            self.revision += 1

    def files(self) -> dict[str, bytes]:
        with self._lock:
            return dict(self._files)

    def whole(self, path: str) -> bool:
        """Whether the file is what it was at the beginning."""
        with self._lock:
            return self._files.get(path) == self._seed.get(path)

    def _get(self, path: str) -> flask.Response:
        self.traffic.note(Call("files.get", path, self._clock.now()))
        return suffer(self._faults, "archive", "files.get", path, _refuse, lambda: self._file(path))

    def _file(self, path: str) -> flask.Response:
        # A person who follows a link in a browser is signed in already; a program needs the token.
        person = flask.request.headers.get("Sec-Fetch-Mode") == "navigate"
        if not person and flask.request.headers.get("Authorization") != f"Bearer {self._token}":
            return flask.Response("Unauthorized", 401)
        with self._lock:
            to, content = self.elsewhere.get(path), self._files.get(path)
        if to is not None:
            return flask.Response(status=302, headers={"Location": to})
        if content is None:
            return flask.Response("Not Found", 404)
        return flask.Response(
            content, content_type="text/plain; charset=utf-8" if person else "application/octet-stream"
        )


class IntakeStandIn:
    """`app` takes CloudEvents in structured mode at /intake; `events` are those that it kept, one for each source and id."""

    def __init__(self, faults: Faults, clock: SandboxClock, secret: str = INTAKE_SECRET) -> None:
        self._faults, self._clock, self._secret = faults, clock, secret
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], Json] = {}
        self.copies = 0
        self.revision = 0
        self.traffic = Traffic()
        self.app = flask.Flask("sandbox-intake", static_folder=None)
        self.app.extensions["traffic"] = self.traffic
        self.app.add_url_rule("/intake", "intake", self._take, methods=["POST"])

    def clear(self) -> None:
        with self._lock:
            self._events.clear()
            self.copies = 0
            self.revision += 1
        self.traffic.clear()

    def events(self) -> list[Json]:
        with self._lock:
            return list(self._events.values())

    def _take(self) -> flask.Response:
        event = flask.request.get_json(force=True, silent=True)
        target = str(event.get("subject", "")) if isinstance(event, dict) else ""
        self.traffic.note(Call("intake.tell", target, self._clock.now(), {}, event))
        return suffer(self._faults, "intake", "intake.tell", target, _refuse, lambda: self._keep(event))

    def _keep(self, event: Any) -> flask.Response:
        if not self._signed():
            return flask.Response("wrong signature", 401)
        words = ("specversion", "id", "source", "type")
        if not isinstance(event, dict) or not all(isinstance(event.get(w), str) and event[w] for w in words):
            return flask.Response("no CloudEvent", 400)
        if event["specversion"] != "1.0" or not flask.request.content_type.startswith("application/cloudevents+json"):
            return flask.Response("no CloudEvent in structured mode", 415)
        with self._lock:
            known = (event["source"], event["id"]) in self._events
            self._events.setdefault((event["source"], event["id"]), event)
            self.copies += 1
            self.revision += 1
        return flask.Response(status=409 if known else 202)

    def _signed(self) -> bool:
        """Standard Webhooks."""
        given = flask.request.headers
        name, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
        made = hmac.new(self._secret.encode(), f"{name}.{stamp}.".encode() + flask.request.get_data(), hashlib.sha256)
        wanted = f"v1,{base64.b64encode(made.digest()).decode()}"
        return hmac.compare_digest(wanted, given.get("webhook-signature", ""))


def _refuse(fault: Fault) -> flask.Response:
    answer = flask.Response("The sandbox was told to fail.", fault.status)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer
