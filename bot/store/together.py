"""What many people ask for in the same moment is kept in one commit: a disk takes as long for one act as for twenty."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from bot.store.transaction import Tx
from bot.store.values import Due


class _Ticket:
    """One thing to be owed, and what became of it."""

    def __init__(self, due: Due) -> None:
        self.due = due
        self.new = False
        self.error: BaseException | None = None
        self.kept = threading.Event()


class Together:
    """Whoever comes first writes for all who come until it is their turn; the others wait for that commit."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Tx]]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []

    def owe(self, due: Due) -> bool:
        """Durable when it returns. False when that key was owed before. Raises what the transaction raises."""
        mine = _Ticket(due)
        with self._lock:
            self._waiting.append(mine)
            first = len(self._waiting) == 1
        if first:
            self._write()
        mine.kept.wait()
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
        with self._lock:
            tickets, self._waiting = self._waiting, []
        return tickets
