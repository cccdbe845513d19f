"""Remembering: the one place where facts, the tables told from them and what is owed are kept, all or nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import sqlalchemy as sa

from bot.store import chain, migrations, projections, tables
from bot.store.database import address, close, connect, plain_words
from bot.store.reading import Reads
from bot.store.together import Together
from bot.store.transaction import Tx
from bot.store.turn import Turn
from bot.store.values import DatabaseUnreachable, Difference, Due, Projector, Verified

Heard = Callable[[Sequence[str]], None]


class Store(Reads):
    """One database. Any number of threads may use it; one transaction writes at a time, on SQLite and on PostgreSQL."""

    def __init__(self, url: str, projector: Projector) -> None:
        """No connection is made yet. Raises DatabaseUnusable when `url` names no database that can be used."""
        self.address = address(url)
        self.engine = connect(self.address)
        self._light = connect(self.address, light=True) if self.is_sqlite else self.engine
        self._projector = projector
        self._reading = self.reading
        self._listeners: list[Heard] = []
        # SQLite lets writers wait by polling; threads of one process queue here instead, which is fair and quick.
        self.turn = Turn()
        self._inside = threading.local()
        self._together = Together(lambda: self._transaction(urgent=True))

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file that one process has to itself."""
        return self.address.get_backend_name() == "sqlite"

    def migrate(self) -> None:
        """Bring the tables to what this program needs; nothing happens when they are. Raises DatabaseUnusable when a
        newer program has changed them."""
        with plain_words(self.address), self.engine.connect() as connection:
            begin(connection)
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrations.LOCK})
            migrations.upgrade(connection)
            connection.commit()

    def close(self) -> None:
        """Let go of every connection."""
        close(self.engine)
        if self._light is not self.engine:
            close(self._light)

    def owe(self, due: Due) -> bool:
        """Owe one thing that somebody waits to see kept: before other writers, and in one commit with whatever else comes in
        the same moment. Durable when it returns; False when that key was owed before."""
        return self._together.owe(due)

    def transaction(self) -> AbstractContextManager[Tx]:
        """One write transaction: committed when the block ends, undone when it raises. What it owes is announced after
        the commit. Raises DatabaseUnreachable when the database cannot be had."""
        return self._transaction()

    @contextmanager
    def _transaction(self, urgent: bool = False) -> Iterator[Tx]:
        with self._alone(urgent), plain_words(self.address), self.engine.connect() as connection:
            begin(connection)
            # Every writer locks the head first: one order of locks for all, so no two can wait for each other.
            tx = Tx(connection, self._projector, chain.head(connection, lock=True))
            yield tx
            with plain_words(self.address, "Whether the last change was written is not known: look first."):
                connection.commit()
        self._announce(tx.owed)

    def bookkeeping(self) -> AbstractContextManager[sa.Connection]:
        """A small write that touches no facts, such as a lease or how far an effect got. It waits for no transaction on
        PostgreSQL; the block must touch rows of one table only. On SQLite a power failure may undo it, as if the process had
        died a moment sooner: what was under way then is done again, and looks before it writes."""
        return self._small(self._light)

    @contextmanager
    def _small(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        turn = self._alone() if self.is_sqlite else nullcontext()
        with turn, plain_words(self.address), engine.connect() as connection:
            begin(connection)
            yield connection
            connection.commit()

    def after_commit(self, heard: Heard) -> Callable[[], None]:
        """Call `heard` with the keys that each transaction owed, after its commit, in its thread. Returns the way to
        stop that."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)

    def check_writable(self) -> None:
        """Write nothing, as a real write would. Raises DatabaseUnreachable, with why, when that is not possible."""
        try:
            with self._small(self.engine) as connection:
                connection.execute(sa.update(tables.due).where(sa.false()).values(runs=tables.due.c.runs))
        except sa.exc.InternalError as error:  # PostgreSQL on a standby, or told to be read-only
            place = self.address.render_as_string(hide_password=True)
            raise DatabaseUnreachable(f"The database {place} can be read but not written.") from error

    def verify(self) -> Verified:
        """Read the whole ledger and say whether it is as it was written."""
        with self.reading() as connection:
            return chain.verify(connection)

    def rebuild(self) -> None:
        """Tell the tables again from the ledger alone."""
        streams = self.streams()
        with self.transaction() as tx:
            projections.rebuild(tx._connection, streams, self._projector)

    def projections_differ(self) -> list[Difference]:
        """Where the tables do not say what the ledger says."""
        streams = self.streams()
        with self.reading() as connection:
            return projections.differences(connection, streams, self._projector)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read on."""
        with plain_words(self.address), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _alone(self, urgent: bool = False) -> Iterator[None]:
        if getattr(self._inside, "transaction", False):
            raise RuntimeError("A transaction was begun inside another one of the same thread: it would wait for ever.")
        with self.turn.taken(urgent):
            self._inside.transaction = True
            try:
                yield
            finally:
                self._inside.transaction = False

    def _announce(self, keys: Sequence[str]) -> None:
        if keys:
            for heard in list(self._listeners):
                heard(keys)


def begin(connection: sa.Connection) -> None:
    """Begin to write: on SQLite the write lock is taken at once, so that what is read cannot change before we write."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
