"""Slack takes about one message a second in each channel, and a few at once: we keep to it before it has to say so."""

from __future__ import annotations

import threading
from collections.abc import Callable

AT_ONCE = 3
EVERY = 1.05  # seconds: a little longer than Slack asks for, since two clocks never agree


class Pace:
    """How many messages each channel takes at the moment. `ticks` is real time in seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # by channel: what it takes at once, and as of when

    def wait(self, channel: str) -> float:
        """0 when a message may be written now, which then counts as written; otherwise in how many seconds."""
        with self._lock:
            left = self._now(channel)
            if left < 1:
                return (1 - left) * EVERY
            self._left[channel] = (left - 1, self._ticks())
            return 0.0

    def held_back(self, channel: str, seconds: float) -> None:
        """Slack said so after all."""
        with self._lock:
            self._left[channel] = (1 - seconds / EVERY, self._ticks())

    def _now(self, channel: str) -> float:
        left, since = self._left.get(channel, (float(AT_ONCE), self._ticks()))
        return min(float(AT_ONCE), left + (self._ticks() - since) / EVERY)
