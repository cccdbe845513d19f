"""The HTTP server with an application that only notes what reaches it."""

from __future__ import annotations

import socket
import threading
from typing import Any

from bot.serving import Server


class OwnServer:
    """It runs at once. What it `hears` is for each test to say."""

    def __init__(self, **patience: int) -> None:
        self.server = Server(self._app, "127.0.0.1", 0, **patience)
        self._running = threading.Thread(target=self.server.run, daemon=True)
        self._running.start()

    def hears(self, environ: dict[str, Any]) -> None:
        """One request, in its WSGI environment."""
        raise NotImplementedError

    def _app(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.hears(environ)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=10)

    def close(self) -> None:
        self.server.close()
        self._running.join(5)
