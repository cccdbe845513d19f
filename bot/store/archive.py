"""The database as an auditor opens it: everything can be read, nothing is made, migrated or changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event

from bot.store import chain, migrations
from bot.store.database import address, plain_words
from bot.store.reading import Reads
from bot.store.values import DatabaseUnreachable, DatabaseUnusable, Head, Verified


class Archive(Reads):
    """One database, to read from alone, beside a running bot or without one."""

    def __init__(self, url: str) -> None:
        """Raises DatabaseUnusable when there is no such database, or when its tables are not those that this program
        reads; DatabaseUnreachable when it does not answer."""
        self.address = address(url)
        self.engine = (
            _sqlite(self.address) if self.address.get_backend_name() == "sqlite" else _postgresql(self.address)
        )
        self._reading = self.reading
        try:
            self._look_at_its_tables()
        except (DatabaseUnusable, DatabaseUnreachable):
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read on: what is written to it is refused by the database."""
        with plain_words(self.address, "Nothing was changed."), self.engine.connect() as connection:
            yield connection

    def verify(self) -> Verified:
        """Read the whole ledger and say whether it is as it was written."""
        with self.reading() as connection:
            return chain.verify(connection)

    def vouches(self, noted: str, seq: int | None) -> int | None:
        """At which entry the chain has that hash, at `seq` if that is told; None when it does not go through it."""
        with self.reading() as connection:
            found = chain.place_of(connection, noted) if seq is None else seq
            return found if found is not None and chain.vouches(connection, Head(found, noted)) else None

    def words_changed(self) -> tuple[int, list[str]]:
        """How many of people's words are kept beside the ledger, and the digests of those that are not what was kept."""
        with self.reading() as connection:
            return chain.words_changed(connection)

    def close(self) -> None:
        self.engine.dispose()

    def _look_at_its_tables(self) -> None:
        with self.reading() as connection:
            found = migrations.revision(connection)
        known = migrations.scripts()
        if found == known.get_current_head():
            return
        if found is None:
            raise DatabaseUnusable(
                f"There is no ledger in {self._place}: the bot has never run on it. Nothing was made. Check DATABASE_URL."
            )
        if found in {script.revision for script in known.walk_revisions()}:
            raise DatabaseUnusable(
                f"{self._place} is older than this program: its tables are at {found}, and {known.get_current_head()} is read "
                "here. Nothing was changed. Use the version of readiness-bot that wrote it, or start the bot on it once, "
                "which brings its tables up to date."
            )
        raise DatabaseUnusable(
            f"{self._place} was changed by a newer version of this program (its tables are at {found}). Nothing was "
            "changed. Use that version."
        )

    @property
    def _place(self) -> str:
        return f"the database {self.address.render_as_string(hide_password=True)}"


def _sqlite(url: sa.URL) -> sa.Engine:
    path = Path(str(url.database))
    if not path.is_file():
        raise DatabaseUnusable(
            f"There is no database file {path}. Nothing was made. Check DATABASE_URL and READINESS_DATA."
        )
    # Where no process has it open, the file alone is all there is: told so, SQLite leaves nothing beside it.
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    where = f"file:{quote(str(path.absolute()))}?mode=ro{alone}"
    return sa.create_engine("sqlite+pysqlite://", creator=_opener(where), poolclass=sa.pool.NullPool)


def _opener(where: str) -> Callable[[], Any]:
    return lambda: sqlite3.connect(where, uri=True, timeout=30)


def _postgresql(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"connect_timeout": 10})
    event.listen(engine, "connect", _to_read_alone)
    return engine


def _to_read_alone(connection: Any, _record: Any) -> None:
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()
