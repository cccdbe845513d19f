"""Requests as Slack signs them, with whatever inside."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SECRET = b"sandbox-signing-secret"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def headers(body: bytes, kind: str, stamp: int | None = None) -> dict[str, str]:
    at = str(int(time.time()) if stamp is None else stamp)
    signature = "v0=" + hmac.new(SECRET, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}


def send(client: FlaskClient, body: bytes, kind: str = FORM, stamp: int | None = None) -> TestResponse:
    return client.post("/slack/events", data=body, headers=headers(body, kind, stamp))


def form(payload: Any) -> bytes:
    """An interaction: a press, a dialog, a shortcut."""
    return urlencode({"payload": json.dumps(payload)}).encode()
