"""Who is alive: one process alone with its file, or replicas that renew a lease. Real time, the database's own."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bot.store import DatabaseUnusable, Store
from bot.store.database import create_private
from bot.store.tables import replicas

_TAKE_OVER = 7_306_520_412  # PostgreSQL's advisory lock under which one replica takes over at a time


class Lease(Protocol):
    """The right of this process to work, and the knowledge of who else has it."""

    def enter(self) -> None: ...

    def renew(self) -> None: ...

    def holds(self) -> bool:
        """Whether others still count on us: if not, nothing new is begun."""
        ...

    def live(self) -> set[str]:
        """The executors whose work must not be touched."""
        ...

    @contextmanager
    def sole(self) -> Iterator[bool]:
        """Whether nobody else is taking over at this moment."""
        ...

    def leave(self) -> None: ...


def lease(store: Store, executor: str, seconds: float) -> Lease:
    """The lease that fits the database."""
    return Alone(store, executor) if store.is_sqlite else Renewed(store, executor, seconds)


class Alone:
    """SQLite: a lock on a file beside the database, which the system drops when the process dies, proves that no other
    process works with it."""

    def __init__(self, store: Store, executor: str) -> None:
        self._path = Path(f"{store.address.database}.lock")
        self._executor = executor
        self._lock: sqlite3.Connection | None = None

    def enter(self) -> None:
        """Raises DatabaseUnusable when another process has the file."""
        create_private(self._path)
        # SQLite's own file locks work wherever SQLite does.
        lock = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            raise DatabaseUnusable(
                f"Another readiness-bot already works with {self._path.with_suffix('')}. Nothing was changed. "
                "Stop it first, or give DATABASE_URL a PostgreSQL database, which several can share."
            ) from error
        self._lock = lock

    def renew(self) -> None:
        """Nothing: the lock lasts as long as the process."""

    def holds(self) -> bool:
        return self._lock is not None

    def live(self) -> set[str]:
        return {self._executor}

    @contextmanager
    def sole(self) -> Iterator[bool]:
        yield True

    def leave(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class Renewed:
    """PostgreSQL: a row that each replica renews; who has not for `seconds` is dead, and others take its work over."""

    def __init__(self, store: Store, executor: str, seconds: float) -> None:
        self._store = store
        self._executor = executor
        self._seconds = seconds
        self._until = 0.0

    def enter(self) -> None:
        self.renew()

    def renew(self) -> None:
        row = postgresql.insert(replicas).values(executor=self._executor, seen=sa.func.clock_timestamp())
        again = row.on_conflict_do_update(index_elements=["executor"], set_={"seen": sa.func.clock_timestamp()})
        asked = time.monotonic()
        with self._store.bookkeeping() as connection:
            connection.execute(again)
        self._until = asked + self._seconds

    def holds(self) -> bool:
        return time.monotonic() < self._until

    def live(self) -> set[str]:
        fresh = sa.func.clock_timestamp() - sa.text(":seconds * interval '1 second'").bindparams(seconds=self._seconds)
        with self._store.bookkeeping() as connection:
            connection.execute(
                sa.delete(replicas).where(replicas.c.seen < fresh, replicas.c.executor != self._executor)
            )
            return {self._executor, *connection.scalars(sa.select(replicas.c.executor))}

    @contextmanager
    def sole(self) -> Iterator[bool]:
        with self._store.bookkeeping() as connection:
            yield bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_TAKE_OVER))))

    def leave(self) -> None:
        with self._store.bookkeeping() as connection:
            connection.execute(sa.delete(replicas).where(replicas.c.executor == self._executor))
