"""What this process has under way at the moment, and when to look again."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager


class Flight:
    """The workflows between being taken and having ended, those that wait for a thread included; at most `seats`, not
    counting the ones that were taken over."""

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._aboard: set[str] = set()
        self._changed = threading.Condition()
        self._gate = threading.Lock()
        self._alarms: list[float] = []

    def __len__(self) -> int:
        return len(self._aboard)

    def __contains__(self, workflow: str) -> bool:
        # Behind the gate: what is being taken at this moment is aboard before we answer.
        with self._gate, self._changed:
            return workflow in self._aboard

    def free(self) -> int:
        with self._changed:
            return max(0, self._seats - len(self._aboard))

    def empty(self) -> bool:
        with self._gate, self._changed:
            return not self._aboard

    @contextmanager
    def boarding(self) -> Iterator[Callable[[Iterable[str]], None]]:
        """While rows are taken in the database nobody may think them abandoned."""
        with self._gate:
            yield self._board_all

    def board(self, workflow: str) -> None:
        self._board_all([workflow])

    def _board_all(self, workflows: Iterable[str]) -> None:
        with self._changed:
            self._aboard.update(workflows)

    def land(self, workflow: str) -> None:
        with self._changed:
            self._aboard.discard(workflow)
            self._changed.notify_all()

    def landed(self, timeout: float) -> bool:
        """Wait until nothing is under way."""
        with self._gate, self._changed:
            return self._changed.wait_for(lambda: not self._aboard, timeout)

    def alarm(self, seconds: float) -> None:
        """Something is to be tried again then."""
        with self._changed:
            heapq.heappush(self._alarms, time.monotonic() + seconds)

    def until_alarm(self, at_most: float) -> float:
        """Seconds until the next alarm; an alarm is given once."""
        with self._changed:
            now = time.monotonic()
            while self._alarms and self._alarms[0] <= now:
                heapq.heappop(self._alarms)
            return min(at_most, self._alarms[0] - now) if self._alarms else at_most
