"""The gate of the Microsoft stand-in: who asks, may they, how many at once, and what the fault switches say."""

from __future__ import annotations

import collections
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.microsoft_events import Refused
from integrations.sandbox.microsoft_login import Tokens
from integrations.sandbox.serving import Call, Traffic, suffer

AT_ONCE = 4  # requests for one mailbox
_USUAL_CODES = {
    400: "ErrorInvalidRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    412: "ErrorIrresolvableConflict",
    429: "ApplicationThrottled",
    503: "ServiceUnavailable",
}


@dataclass(frozen=True)
class GraphCall(Call):
    """One request: `target` is the mailbox in its path, `in_flight` how many were being answered with it, in all."""

    in_flight: int = 0


def _error(status: int, code: str, words: str) -> flask.Response:
    inner = {
        "request-id": str(uuid.uuid4()),
        "client-request-id": flask.request.headers.get("client-request-id"),
    }
    answer = flask.jsonify(error={"code": code, "message": words, "innerError": inner})
    answer.status_code = status
    return answer


def _broken(fault: Fault) -> flask.Response:
    """A `status` switch: a gateway's page when the word is `html`, else an error in Graph's shape."""
    if fault.word == "html":
        answer = flask.Response("<html><body>Bad Gateway</body></html>", fault.status, mimetype="text/html")
    else:
        code = fault.word or _USUAL_CODES.get(fault.status, "ErrorInternalServerError")
        answer = _error(fault.status, code, f"The sandbox was told to fail here: {code}.")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


class Gate:
    """Every Graph request passes here, is noted, and only then does its deed."""

    def __init__(self, faults: Faults, clock: SandboxClock, tokens: Tokens, traffic: Traffic) -> None:
        self._faults, self._clock, self._tokens, self._traffic = faults, clock, tokens, traffic
        self._lock = threading.Lock()
        self._in_flight: collections.Counter[str] = collections.Counter()

    def answer(
        self,
        operation: str,
        user: str,
        needs: frozenset[str],
        act: Callable[[], flask.Response],
        target: str = "",
    ) -> flask.Response:
        with self._counted(user.lower()) as (here, everywhere):
            query, body = flask.request.args.to_dict(), flask.request.get_json(silent=True)
            self._traffic.note(GraphCall(operation, user, self._clock.now(), query, body, everywhere))
            if here > AT_ONCE:
                answer = _error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
                answer.headers["Retry-After"] = "1"
                return answer
            return suffer(
                self._faults,
                "microsoft",
                operation,
                target or user,
                _broken,
                lambda: self._allowed(needs, act),
            )

    @contextmanager
    def _counted(self, user: str) -> Iterator[tuple[int, int]]:
        with self._lock:
            self._in_flight[user] += 1
            now = self._in_flight[user], self._in_flight.total()
        try:
            yield now
        finally:
            with self._lock:
                self._in_flight[user] -= 1

    def _allowed(self, needs: frozenset[str], act: Callable[[], flask.Response]) -> flask.Response:
        kind, _, bearer = flask.request.headers.get("Authorization", "").partition(" ")
        roles = self._tokens.roles(bearer) if kind == "Bearer" else None
        if roles is None:
            return _error(401, "InvalidAuthenticationToken", "Access token validation failure.")
        if not roles & needs:
            return _error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        try:
            answer = act()
        except Refused as no:
            return _error(no.status, no.code, no.words)
        answer.headers["request-id"] = str(uuid.uuid4())
        if "Prefer" in flask.request.headers:
            answer.headers["Preference-Applied"] = flask.request.headers["Prefer"]
        return answer
