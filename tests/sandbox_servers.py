"""Stand-ins served over real HTTP on loopback, and the keys that tests sign in with: made fresh, never stored."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from integrations.sandbox.serving import Served, serve


@contextmanager
def served(app: Any) -> Iterator[Served]:
    """`with served(google_app(...)) as server: server.url`"""
    server = serve(app)
    try:
        yield server
    finally:
        server.close()


@functools.cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # as short as may be: tests load it often
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def google_key(token_uri: str, email: str = "readiness@sandbox.example.com") -> dict[str, str]:
    """The contents of a Google service account's key file, with a key of this test run's own."""
    return {
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": "sandbox",
        "private_key": _private_key(),
        "client_email": email,
        "client_id": "1",
        "token_uri": token_uri,
    }
