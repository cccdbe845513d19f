"""Slack's post to the bot: signed requests, three seconds to acknowledge, events sent again, and faults on the way."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults

ACK_SECONDS = 3.0
RETRIES = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))  # business time after the first attempt
KINDS = ("duplicate", "slow", "bad_signature", "old_timestamp", "reorder", "drop_before")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_TICK = 0.2
_LINE_SECONDS = 30.0  # how long the connection is kept after Slack has stopped waiting


@dataclass
class Delivery:
    """One request to the bot and what came of it. `error` is None, or what Slack calls it; `cause` is the word that a
    retry carries."""

    operation: str  # deliver.command | deliver.action | deliver.view | deliver.event | deliver.shortcut
    body: bytes
    headers: dict[str, str]
    sent: float = field(default_factory=time.monotonic)
    status: int | None = None
    answer: str = ""
    answer_type: str = ""
    no_retry: bool = False
    elapsed_ms: int = 0
    error: str | None = None
    cause: str = ""
    finished: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Owed:
    due: datetime
    number: int
    send: Callable[[int], bool]  # gives True when nothing more is owed


class Courier:
    """Carries deliveries to `bot_url`. `log` keeps each of them, the late ones too. With `retries_at_once` the retries
    of an event follow directly, for tests; otherwise they wait for business time."""

    def __init__(self, faults: Faults, clock: SandboxClock, secret: str, bot_url: str) -> None:
        self._faults, self._clock, self._secret = faults, clock, secret
        self.bot_url = bot_url
        self.ack_seconds = ACK_SECONDS
        self.retries_at_once = False
        self.log: list[Delivery] = []
        self._lock = threading.Lock()
        self._passed = threading.Condition(self._lock)
        self._count = 0
        self._owed: list[_Owed] = []
        self._waker: threading.Thread | None = None
        self._closed = threading.Event()

    # -- one delivery

    def deliver(self, operation: str, body: bytes, kind: str = FORM, retry: tuple[int, str] | None = None) -> Delivery:
        """Send it and wait as long as Slack waits; a later answer still reaches the log."""
        fault = self._faults.take("slack", operation, body.decode(), KINDS)
        delivery = Delivery(operation, body, self.signed(body, kind, fault, retry))
        with self._lock:
            self.log.append(delivery)
        if fault and fault.kind == "reorder":
            self._let_another_pass(fault.seconds or 2.0)
        self._carry(delivery, fault)
        delivery.finished.wait(self.ack_seconds)
        with self._lock:
            if not delivery.finished.is_set():
                delivery.error, delivery.cause = "operation_timeout", "http_timeout"
                delivery.elapsed_ms = round(self.ack_seconds * 1000)
        if fault and fault.kind == "duplicate":
            self.repeat(delivery)
        with self._lock:
            self._count += 1
            self._passed.notify_all()
        return delivery

    def repeat(self, delivery: Delivery) -> Delivery:
        """The very same bytes and signature once more: a replay."""
        again = Delivery(delivery.operation, delivery.body, dict(delivery.headers))
        with self._lock:
            self.log.append(again)
        self._carry(again, None)
        again.finished.wait(self.ack_seconds)
        return again

    def signed(
        self, body: bytes, kind: str, fault: Fault | None = None, retry: tuple[int, str] | None = None
    ) -> dict[str, str]:
        """Signatures use real time. A fault may make them old or wrong."""
        wrong = fault.kind if fault else ""
        moment = int(time.time()) - (int(fault.seconds) or 400 if fault and wrong == "old_timestamp" else 0)
        secret = self._secret + ("-not" if wrong == "bad_signature" else "")
        digest = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(moment),
            "X-Slack-Signature": f"v0={digest}",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return headers

    def _let_another_pass(self, seconds: float) -> None:
        with self._lock:
            seen = self._count
            self._passed.wait_for(lambda: self._count > seen, timeout=seconds)

    def _carry(self, delivery: Delivery, fault: Fault | None) -> None:
        late = fault.seconds if fault and fault.kind == "slow" else 0.0
        if fault and fault.kind == "drop_before":
            delivery.error, delivery.cause = "dispatch_failed", "connection_failed"
            delivery.finished.set()
            return
        threading.Thread(target=self._send, args=(delivery, late), daemon=True).start()

    def _send(self, delivery: Delivery, late: float) -> None:
        delivery.sent = time.monotonic()
        if late:
            self._closed.wait(late)
        try:
            self._exchange(delivery)
        except (OSError, http.client.HTTPException):
            self._settle(delivery, "dispatch_failed", "connection_failed")
            return
        good = delivery.status is not None and 200 <= delivery.status < 300
        self._settle(delivery, None if good else "dispatch_failed", "" if good else "http_error")

    def _exchange(self, delivery: Delivery) -> None:
        url = urlsplit(self.bot_url)
        line = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port or 80, timeout=_LINE_SECONDS)
        try:
            line.request("POST", url.path.rstrip("/") or "/slack/events", delivery.body, delivery.headers)
            answer = line.getresponse()
            delivery.status = answer.status
            delivery.answer_type = answer.headers.get_content_type()
            delivery.no_retry = answer.headers.get("x-slack-no-retry") == "1"
            delivery.answer = answer.read().decode("utf-8", "replace")
        finally:
            line.close()

    def _settle(self, delivery: Delivery, error: str | None, cause: str) -> None:
        with self._lock:
            delivery.elapsed_ms = round((time.monotonic() - delivery.sent) * 1000)
            if delivery.error is None:
                delivery.error, delivery.cause = error, cause
            delivery.finished.set()

    # -- events, with their retries

    def deliver_event(self, body: bytes) -> Delivery:
        first = self.deliver("deliver.event", body, JSON)
        if first.error and not self._final(first):
            self._owe_retries(body, first.cause)
        return first

    def _final(self, delivery: Delivery) -> bool:
        return delivery.no_retry and delivery.cause == "http_error"

    def _owe_retries(self, body: bytes, cause: str) -> None:
        causes = [cause]

        def send(number: int) -> bool:
            again = self.deliver("deliver.event", body, JSON, (number, causes[-1]))
            causes.append(again.cause)
            return again.error is None or self._final(again)

        now = self._clock.now()
        for number, after in enumerate(RETRIES, start=1):
            if self.retries_at_once:
                if send(number):
                    return
            else:
                self._owe(_Owed(now + after, number, send))

    def _owe(self, owed: _Owed) -> None:
        with self._lock:
            self._owed.append(owed)
            if self._waker is None:
                self._waker = threading.Thread(target=self._send_what_is_due, daemon=True)
                self._waker.start()

    def _send_what_is_due(self) -> None:
        """Lives as long as something is owed; looks at business time five times a second, since it can be moved."""
        while not self._closed.wait(_TICK):
            now = self._clock.now()
            with self._lock:
                due = [o for o in self._owed if o.due <= now]
                self._owed = [o for o in self._owed if o.due > now]
            done: list[Callable[[int], bool]] = []
            for owed in due:
                if owed.send not in done and owed.send(owed.number):
                    done.append(owed.send)
                    self._forget(owed.send)
            with self._lock:
                if not self._owed:
                    self._waker = None
                    return

    def _forget(self, send: Callable[[int], bool]) -> None:
        with self._lock:
            self._owed = [o for o in self._owed if o.send is not send]

    def close(self) -> None:
        self._closed.set()

    def clear(self) -> None:
        """Forget what is owed and what was sent."""
        with self._lock:
            self._owed.clear()
            self.log.clear()
