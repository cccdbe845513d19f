"""Tells the scheduler's intake, over HTTP, that a closure is complete: one CloudEvent, signed, with links alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

import requests
import urllib3

from bot.ports import Denied, Failure, Throttled, Unreachable

SERVICE = "the scheduler's intake"
EDGE = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


class HttpIntake:
    """`bot.closing_ports.Intake`. The address is followed nowhere else; the secret stands in no log and no failure."""

    def __init__(
        self, url: str, secret: str | None = None, *, timeout: float = 10.0, now: Callable[[], float] = time.time
    ) -> None:
        self._url, self._secret, self._timeout, self._now = url, secret, timeout, now
        self._here = urllib.parse.urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")

    def tell(self, event: Mapping[str, Any]) -> None:
        failure = self._sent(event)
        if failure is not None:
            raise failure

    def _sent(self, event: Mapping[str, Any]) -> Failure | None:
        """Raised by the caller, outside the `except`: the library's errors carry the request."""
        body = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            **self._signed(str(event["id"]), body),
        }
        try:
            with requests.Session() as session:
                session.trust_env = not self._here
                answer = session.post(
                    self._url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
                )
        except requests.exceptions.InvalidURL:
            return Denied("The intake could not be asked: check READINESS_INTAKE_URL.", service=SERVICE)
        except EDGE:
            return Unreachable("The scheduler's intake did not answer.", service=SERVICE)
        return from_answer(answer.status_code, answer.headers.get("Retry-After", ""))

    def _signed(self, name: str, body: bytes) -> dict[str, str]:
        """Standard Webhooks."""
        if self._secret is None:
            return {}
        stamp = str(int(self._now()))
        made = hmac.new(_key(self._secret), f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(made).decode()}"
        return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}


def _key(secret: str) -> bytes:
    try:
        return (
            base64.b64decode(secret.removeprefix("whsec_"), validate=True)
            if secret.startswith("whsec_")
            else secret.encode()
        )
    except ValueError:
        return secret.encode()


def from_answer(status: int, retry_after: str) -> Failure | None:
    """None for done, or known already. Nothing of the body is read."""
    if 200 <= status < 300 or status == 409:
        return None
    if status == 429:
        wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 30.0
        return Throttled("The scheduler's intake asks for a pause.", service=SERVICE, retry_after=wait)
    if status >= 500 or status == 408:
        return Unreachable(f"The scheduler's intake is not well (status {status}).", service=SERVICE)
    return Denied(f"The scheduler's intake refused the event (status {status}): check READINESS_INTAKE_URL and "
                  "READINESS_INTAKE_SECRET.", service=SERVICE)  # fmt: skip
