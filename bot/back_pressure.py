"""Where more comes from Slack than can be taken in: what would be answered too late is refused at once, and not kept."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import Any

from flask import Request, Response, jsonify
from waitress.task import WSGITask

from bot.door import said

# Slack waits for three seconds, then tells the person that it failed: what was done after that would surprise them.
LONGEST_WAITING = 1.5  # seconds
# In a request's environment: the seconds since its first byte, without end where nobody waits for the answer any more.
WAITED = "readiness.waited"
PEEK = 2  # MSG_PEEK, on every system: a look at what came, and it stays there. Only the edges know the module that names it.
BUSY = "I have more to do than I can take in just now, so nothing changed. Try again in a minute."
TELL_EVERY = 60.0  # seconds

log = logging.getLogger("readiness.slack")


class Task(WSGITask):  # type: ignore[misc]  # waitress says nothing of its types
    """One request on its way to the application, which is told how long it has been here. Slack hangs up after three seconds,
    which a request may well have spent where only the kernel knew of it."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[WAITED] = math.inf if self._hung_up() else time.time() - self.channel.last_activity
        return environ

    def _hung_up(self) -> bool:
        try:
            return not self.channel.socket.recv(1, PEEK)
        except BlockingIOError:
            return False  # somebody is there, and says nothing more
        except OSError:
            return True


class BackPressure:
    """Refuses, counts, and tells the log now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._told_at = -math.inf

    def too_late(self, request: Request) -> bool:
        return bool(request.environ.get(WAITED, 0.0) > LONGEST_WAITING)

    def refused(self, request: Request) -> Response:
        """A command is answered in words, a press with Slack's own sign of failure; events Slack brings again."""
        self._tell()
        if "command" in request.form:
            return jsonify(response_type="ephemeral", text=BUSY)
        return said(503, BUSY)

    def _tell(self) -> None:
        with self._lock:
            self._count += 1
            if time.monotonic() - self._told_at < TELL_EVERY:
                return
            count, self._count, self._told_at = self._count, 0, time.monotonic()
        log.error("More came from Slack than could be taken in: %s refused, and nothing of that kept", count)
