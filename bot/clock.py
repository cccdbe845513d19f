"""Business time: the machine's, or one that is served elsewhere (the sandbox's, which can be moved)."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import requests

from bot.ports import Clock, Unreachable

FRESH = 0.2  # seconds of real time


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ServedClock:
    """Asks `url` for `{"now": …, "running": …}`, at most five times a second; in between time passes as it does there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._told: tuple[datetime, bool] | None = None
        self._at = 0.0

    def now(self) -> datetime:
        """Raises Unreachable when it never was told; later the last word counts on."""
        with self._lock:
            if self._told is None or time.monotonic() - self._at > FRESH:
                self._ask()
            assert self._told is not None
            told, running = self._told
            return told + timedelta(seconds=time.monotonic() - self._at) if running else told

    def _ask(self) -> None:
        try:
            answer = requests.get(self._url, timeout=5).json()
            now = datetime.fromisoformat(answer["now"])
        except (requests.RequestException, ValueError, KeyError):
            if self._told is None:
                raise Unreachable("The clock at READINESS_CLOCK_URL does not answer.", service="clock") from None
            return
        self._told, self._at = (now, bool(answer.get("running", True))), time.monotonic()


def clock_at(url: str | None) -> Clock:
    """Business time as the settings have it."""
    return ServedClock(url) if url else SystemClock()
