"""The door that Slack's requests come through: who did not sign, what is too large and what has no shape stays outside."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from flask import Request, Response, jsonify
from slack_sdk.signature import SignatureVerifier

MOST_BYTES = 1_000_000  # Slack's bodies are small
MOST_FIELDS = 200  # a command has fifteen
DEEPEST = 100  # levels of nesting; Slack's blocks need about fifteen
LONGEST_STAMP = 12  # seconds since 1970 have ten digits
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_INTERNAL = ("HTTP_X_SLACK_BOLT_LAZY_ONLY", "HTTP_X_SLACK_BOLT_LAZY_FUNCTION_NAME")


class Door:
    """Nothing is parsed before it is known who sent it. Without a signing secret (socket mode) nobody comes in here."""

    def __init__(self, secret: str | None) -> None:
        self._verifier = SignatureVerifier(secret) if secret else None

    def refusal(self, request: Request) -> Response | None:
        """What is answered in place of letting it in. Raises werkzeug's RequestEntityTooLarge."""
        for name in _INTERNAL:  # headers are not signed: those that mean something to Bolt alone are cut off
            request.environ.pop(name, None)
        body = request.get_data(cache=True)
        if request.mimetype == FORM and body.startswith(b"ssl_check=1&"):
            return Response(status=200)  # Slack looks whether the address has a certificate, and signs nothing
        if self._verifier is None:
            return said(401, "this bot hears Slack over a connection of its own; nothing is heard here")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return said(400, "not UTF-8; nothing changed")
        if not self._signed(request, text):
            return said(401, "not signed as Slack signs, or more than five minutes old; nothing changed")
        return _misshapen(request.mimetype, text)

    def _signed(self, request: Request, body: str) -> bool:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        readable = stamp.isascii() and stamp.isdigit() and len(stamp) <= LONGEST_STAMP and signature.isascii()
        return readable and self._verifier is not None and self._verifier.is_valid(body, stamp, signature)


def said(status: int, words: str) -> Response:
    response = jsonify(error=words)
    response.status_code = status
    return response


def unreadable() -> Response:
    return said(400, "that is no request of Slack's; nothing changed")


def _misshapen(kind: str, body: str) -> Response | None:
    if kind not in (FORM, JSON):
        return said(415, f"neither {FORM} nor {JSON}; nothing changed")
    try:
        told = _read(kind, body)
    except (ValueError, RecursionError):
        told = None
    return None if isinstance(told, dict) else unreadable()


def _read(kind: str, text: str) -> Any:
    """As Bolt will read it."""
    if kind == JSON or text.startswith("{"):
        return _json(text)
    fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    return _json(fields["payload"]) if "payload" in fields else fields


def _json(text: str) -> Any:
    told = json.loads(text)
    layer, depth = [told], 0
    while layer:
        depth += 1
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        layer = [inner for each in layer for inner in _inside(each)]
    return told


def _inside(value: Any) -> list[Any]:
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [inner for inner in within if isinstance(inner, dict | list)]
