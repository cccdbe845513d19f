"""How an answer fails to arrive: the connection is closed under the caller, with or without the deed done."""

from __future__ import annotations

import contextlib
import socket

from flask import Response, request


def cut() -> Response:
    """Close this request's connection without an answer. The returned response never reaches anybody."""
    probe = request.environ.get("waitress.client_disconnected")
    line = request.environ.get("werkzeug.socket") or getattr(getattr(probe, "__self__", None), "socket", None)
    if isinstance(line, socket.socket):
        with contextlib.suppress(OSError):  # the caller may have gone first
            line.shutdown(socket.SHUT_RDWR)
    return Response(status=500)
