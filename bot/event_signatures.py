"""Who may tell us that a review was accepted: each sender's signature over the bytes that came, and how old they may be."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

MOST_SKEW = timedelta(minutes=5)


def standard_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64, after `v1,`; several may stand, for new secrets.
    None: it is good; else why not."""
    stamp, name = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    old = _too_old(stamp, now)
    if old or not name:
        return old or "it has no webhook-id"
    signed = f"{name}.{stamp}.".encode() + body
    expected = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest())
    given = [part.partition(",") for part in headers.get("webhook-signature", "").split()]
    good = [hmac.compare_digest(expected, sign.encode()) for version, _, sign in given if version == "v1"]
    return None if any(good) else "its signature is not ours"


def github_signed(secret: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """GitHub: `X-Hub-Signature-256`, HMAC-SHA256 over the body, hexadecimal."""
    return _hex_signed(secret, headers.get("x-hub-signature-256", ""), body)


def servicenow_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Our own, for a business rule or a flow: `X-Signature: sha256=` HMAC-SHA256 over `timestamp.body`, with the seconds
    since 1970 in `X-Timestamp`."""
    stamp = headers.get("x-timestamp", "")
    return _too_old(stamp, now) or _hex_signed(secret, headers.get("x-signature", ""), f"{stamp}.".encode() + body)


def signature(secret: str, name: str, stamp: int, body: bytes) -> str:
    """What we put on what we send ourselves, by Standard Webhooks."""
    made = hmac.new(_key(secret), f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def _hex_signed(secret: str, given: str, signed: bytes) -> str | None:
    expected = "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(expected.encode(), given.encode()) else "its signature is not ours"


def _key(secret: str) -> bytes:
    """`whsec_` and base64, as Standard Webhooks writes secrets; or any text as it is."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def _too_old(stamp: str, now: float) -> str | None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return "it has no timestamp in seconds since 1970"
    if abs(now - int(stamp)) > MOST_SKEW.total_seconds():
        return "it was signed more than five minutes ago (or our clocks differ)"
    return None
