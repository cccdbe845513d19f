"""Whose turn it is to write: SQLite has one writer at a time, and lets the others poll; here they queue, people first."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN")


class Turn:
    """One writer at a time, in the order of coming. An urgent one goes before the others, but no two of them in a row
    while others wait: whoever presses has an answer soon, and what was pressed before is done meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._urgent: deque[threading.Event] = deque()
        self._others: deque[threading.Event] = deque()
        self._was_urgent = False

    def take(self, urgent: bool = False) -> None:
        with self._lock:
            if not self._taken:
                self._taken, self._was_urgent = True, urgent
                return
            mine = threading.Event()
            (self._urgent if urgent else self._others).append(mine)
        mine.wait()

    def give(self) -> None:
        """To whoever is next: it is never free while somebody waits."""
        with self._lock:
            urgent = bool(self._urgent) and not (self._was_urgent and self._others)
            queue = self._urgent if urgent else self._others
            self._taken, self._was_urgent = bool(queue), urgent
            if queue:
                queue.popleft().set()

    @contextmanager
    def taken(self, urgent: bool = False) -> Iterator[None]:
        self.take(urgent)
        try:
            yield
        finally:
            self.give()


def queued(turn: Turn) -> type[sqlite3.Connection]:
    """A connection that waits for its turn before it begins to write, and gives it on when that is over: for a library that
    writes to our file by itself."""

    class Queued(sqlite3.Connection):
        _mine = False

        def cursor(self, *_: Any, **__: Any) -> Any:
            return super().cursor(_Cursor)

        def wait_to_write(self, statement: str) -> None:
            if not self._mine and not self.in_transaction and statement.lstrip()[:7].upper().startswith(_WRITES):
                turn.take()
                self._mine = True

        def commit(self) -> None:
            super().commit()
            self._end()

        def rollback(self) -> None:
            super().rollback()
            self._end()

        def close(self) -> None:
            super().close()
            self._end()

        def _end(self) -> None:
            if self._mine:
                self._mine = False
                turn.give()

    return Queued


class _Cursor(sqlite3.Cursor):
    def execute(self, statement: str, *values: Any) -> Any:
        self.connection.wait_to_write(statement)  # type: ignore[attr-defined] # only our own connections make these
        return super().execute(statement, *values)

    def executemany(self, statement: str, *values: Any) -> Any:
        self.connection.wait_to_write(statement)  # type: ignore[attr-defined] # as above
        return super().executemany(statement, *values)
