"""The way to the database: SQLite or PostgreSQL from one address, with the same promises and plain complaints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from bot.store.turn import Turn, queued
from bot.store.values import DatabaseUnreachable, DatabaseUnusable

# SQLite waits this long for another writer; PostgreSQL for a lock, and for a frozen process that holds one.
_PATIENCE = 30

_FORMS = "Use sqlite:///path or postgresql://user@host/name."


def address(url: str) -> sa.URL:
    """DATABASE_URL as SQLAlchemy wants it. Raises DatabaseUnusable when it names neither of the two databases."""
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise DatabaseUnusable(f"DATABASE_URL is not an address. {_FORMS}") from error
    family = parsed.get_backend_name()
    if family in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if family != "sqlite":
        raise DatabaseUnusable(f"DATABASE_URL names {family}. {_FORMS}")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseUnusable("DATABASE_URL names no file. Use sqlite:///path: what is owed must outlive the process.")
    return parsed.set(drivername="sqlite+pysqlite")


def connect(url: sa.URL, turn: Turn | None = None, *, light: bool = False) -> sa.Engine:
    """An engine that keeps our promises. It connects later; an SQLite file is created now, for its owner only.

    With a `turn` each writer of an SQLite file waits for it. `light` is for what may be written again after a power
    failure: the disk is not waited for. What others committed before is never lost by it."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, turn, "NORMAL" if light else "FULL")
    engine = sa.create_engine(
        url, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args={"connect_timeout": 10}
    )
    event.listen(engine, "connect", _tame_postgresql)
    return engine


def _sqlite(url: sa.URL, turn: Turn | None, synchronous: str) -> sa.Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_private(path)
    except OSError as error:
        raise DatabaseUnusable(f"The database file {path} cannot be made: {error.strerror}.") from error
    factory = {"factory": queued(turn)} if turn else {}
    engine = sa.create_engine(url, pool_size=10, max_overflow=30, connect_args=factory)
    event.listen(engine, "connect", lambda connection, _: _tame_sqlite(connection, synchronous))
    return engine


def create_private(path: Path) -> None:
    """Make the file if it is missing, readable by its owner alone. SQLite's -wal and -shm files inherit that.

    A file that is there is not even opened: closing it again would drop the locks that SQLite has on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _tame_sqlite(connection: Any, synchronous: str) -> None:
    # Before the first write of a transaction the driver says BEGIN IMMEDIATE: a writer never waits for itself.
    connection.isolation_level = "IMMEDIATE"
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")


def _tame_postgresql(connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout = '{_PATIENCE}s'")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{_PATIENCE}s'")
    connection.commit()


def close(engine: sa.Engine) -> None:
    """Let go of every connection; one that a thread still uses is closed when it comes back."""
    event.listen(engine, "checkin", lambda _, record: record.invalidate())
    engine.dispose()


@contextmanager
def plain_words(url: sa.URL, outcome: str = "Nothing was written.") -> Iterator[None]:
    """Errors of the way to the database, as a sentence. Errors in what we asked of it are bugs and stay themselves."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise DatabaseUnreachable(_sentence(url, str(error), outcome)) from error
    except exc.DatabaseError as error:
        if "not a database" not in str(error):
            raise
        raise DatabaseUnusable(f"{_place(url)} is not a database. Nothing was changed.") from error


def _sentence(url: sa.URL, complaint: str, outcome: str) -> str:
    if "locked" in complaint or "lock timeout" in complaint:
        return f"{_place(url)} is kept locked by another process. {outcome} Try again when it is done."
    return f"{_place(url)} does not answer. {outcome} Check that it runs and that DATABASE_URL is right."


def _place(url: sa.URL) -> str:
    return f"The database {url.render_as_string(hide_password=True)}"
