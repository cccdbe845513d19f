"""Business time in the sandbox: starts at the story's instant, runs or stands still, and can be moved."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Aware UTC instants. `running` lets a second pass for each real second."""

    def __init__(self, start: datetime, running: bool = True) -> None:
        self._lock = threading.Lock()
        self._base = start.astimezone(UTC)
        self._since = time.monotonic()
        self._running = running

    def now(self) -> datetime:
        with self._lock:
            return self._read()

    def _read(self) -> datetime:
        passed = time.monotonic() - self._since if self._running else 0.0
        return self._base + timedelta(seconds=passed)

    def move(self, by: timedelta) -> datetime:
        """Business time never goes back here: `by` is zero or more."""
        with self._lock:
            self._base, self._since = self._read() + max(by, timedelta()), time.monotonic()
            return self._base

    def set(self, to: datetime, running: bool | None = None) -> datetime:
        with self._lock:
            self._base, self._since = to.astimezone(UTC), time.monotonic()
            if running is not None:
                self._running = running
            return self._base

    @property
    def running(self) -> bool:
        return self._running
