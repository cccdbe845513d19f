"""What many people ask for in the same moment is kept in one commit: a disk takes as long for one act as for twenty."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from bot.store.transaction import Tx
from bot.store.values import DatabaseUnreachable, Due

PATIENCE = 2.0
"""Seconds: Slack waits three, then tells the person that it failed. What is kept after that would be done all the same."""


class _Ticket:
    """One thing to be owed, until when somebody waits for it, and what became of it."""

    def __init__(self, due: Due, patience: float) -> None:
        self.due = due
        self.until = time.monotonic() + patience
        self.new = False
        self.error: BaseException | None = None
        self.kept = threading.Event()


class Together:
    """Whoever comes first writes for all who come until it is their turn; the others wait for that commit."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Tx]], patience: float = PATIENCE) -> None:
        self._begin = begin
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._coming = False  # somebody waits for their turn to write, for all who wait

    def owe(self, due: Due) -> bool:
        """Durable when it returns. False when that key was owed before. Raises what the transaction raises, and
        DatabaseUnreachable when it was nobody's turn for too long: then it is not owed, and never will be."""
        mine = _Ticket(due, self._patience)
        with self._lock:
            self._waiting.append(mine)
            first, self._coming = not self._coming, True
        if first:
            self._write()
        if not mine.kept.wait(self._patience) and self._withdrawn(mine):
            raise _too_late()
        mine.kept.wait()  # it is being written at this moment
        if mine.error is not None:
            raise mine.error
        return mine.new

    def _write(self) -> None:
        """Those who come after they are counted here are written by the first of them."""
        tickets: list[_Ticket] = []
        error: BaseException | None = None
        try:
            with self._begin() as tx:
                tickets = self._take()
                for each in tickets:
                    each.new = tx.owe(each.due)
        except BaseException as trouble:  # noqa: BLE001 # every one of them is told, in its own thread
            error = trouble
            tickets = tickets or self._take()
        for each in tickets:
            each.error = error
            each.kept.set()

    def _take(self) -> list[_Ticket]:
        """Those for whom somebody still waits. The others are told that nothing was written of theirs."""
        with self._lock:
            tickets, self._waiting, self._coming = self._waiting, [], False
        now = time.monotonic()
        for each in tickets:
            if each.until < now:
                each.error = _too_late()
                each.kept.set()
        return [each for each in tickets if each.until >= now]

    def _withdrawn(self, ticket: _Ticket) -> bool:
        with self._lock:
            if ticket not in self._waiting:
                return False
            self._waiting.remove(ticket)
            return True


def _too_late() -> DatabaseUnreachable:
    return DatabaseUnreachable(
        "The database was not to be had for too long. Nothing was written. Try again in a minute."
    )
