"""The way to the database: private files, migrations, and complaints that help."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.store import DatabaseUnreachable, DatabaseUnusable, Store, database
from bot.store.migrations import VERSION_TABLE, scripts
from bot.store.tables import metadata
from tests.store.databases import KINDS, MONDAY, asked, new_database, open_store, postgresql, tell


def test_migrations_make_the_tables_that_the_code_expects(store: Store) -> None:
    """From an empty database to the code's own tables, with no difference left."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, metadata)

    assert [difference for difference in differences if difference[0] != "remove_table"] == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    """Every start migrates; what is there stays."""
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)

    store.migrate()
    store.migrate()

    assert store.verify()[:3:2] == (1, True)


@pytest.mark.parametrize("kind", KINDS)
def test_replicas_that_start_together_migrate_once(kind: str, tmp_path: Path) -> None:
    """One does it, the others wait and find it done."""
    url = new_database(kind, tmp_path, empty=True)
    stores = [Store(url, tell) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Store.migrate, stores))

    assert stores[0].verify().ok
    for store in stores:
        store.close()


def test_the_history_of_the_tables_has_one_end() -> None:
    """Two heads would leave it to chance what a start does."""
    assert len(scripts().get_heads()) == 1


def test_a_database_of_a_newer_program_is_left_alone(store: Store) -> None:
    """An old program says what it found and what to do, and changes nothing."""
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))

    with pytest.raises(DatabaseUnusable) as refused:
        store.migrate()

    assert str(refused.value) == (
        "The database was changed by a newer version of this program (its tables are at 9999). "
        "Nothing was changed. Start that version, or restore a copy from before it."
    )


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """The database, its log and its index, and the folder that was made for them."""
    store = open_store(new_database("sqlite", tmp_path))
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)

    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert modes == {".db": 0o600, ".db-wal": 0o600, ".db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    store.close()


def test_sqlite_promises_what_a_commit_means(tmp_path: Path) -> None:
    """A commit survives a power cut, readers do not wait for writers, and references hold."""
    store = Store(new_database("sqlite", tmp_path), tell)
    with store.reading() as connection:
        said = [
            connection.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert said == ["wal", 2, 1]
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/x", "DATABASE_URL names mysql. Use sqlite:///path or postgresql://user@host/name."),
        ("nonsense", "DATABASE_URL is not an address. Use sqlite:///path or postgresql://user@host/name."),
        ("sqlite://", "DATABASE_URL names no file. Use sqlite:///path: what is owed must outlive the process."),
    ],
)
def test_an_address_that_cannot_be_used_is_a_sentence(url: str, words: str) -> None:
    """What is wrong and what would be right."""
    with pytest.raises(DatabaseUnusable) as refused:
        Store(url, tell)

    assert str(refused.value) == words


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """The path is named."""
    (tmp_path / "file").write_text("")

    with pytest.raises(DatabaseUnusable, match=r"The database file .*x\.db cannot be made"):
        Store(f"sqlite:///{tmp_path}/file/x.db", tell)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    """And it stays as it was."""
    (tmp_path / "x.db").write_text("a letter to my aunt, which is long enough to be read as a header " * 20)
    store = Store(f"sqlite:///{tmp_path}/x.db", tell)

    with pytest.raises(DatabaseUnusable, match=r"x\.db is not a database\. Nothing was changed\."):
        store.migrate()

    assert (tmp_path / "x.db").read_text().startswith("a letter")
    store.close()


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    """It names the address, what happened to the data, and what to check."""
    store = Store("postgres://bot:hunter2@127.0.0.1:9/readiness", tell)

    with pytest.raises(DatabaseUnreachable) as failed, store.transaction():
        pass

    assert str(failed.value) == (
        "The database postgresql+psycopg://bot:***@127.0.0.1:9/readiness does not answer. Nothing was written. "
        "Check that it runs and that DATABASE_URL is right."
    )
    store.close()


def test_a_database_that_another_process_keeps_locked_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its patience is out it says so; the next transaction works again."""
    monkeypatch.setattr(database, "_PATIENCE", 0)
    store = open_store(new_database("sqlite", tmp_path))
    other = sqlite3.connect(store.address.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnreachable, match="kept locked by another process"), store.transaction():
        pass

    other.close()
    with store.transaction() as tx:
        assert tx.append("m1", 0, [asked()], MONDAY) == 1
    store.close()


def test_a_server_that_went_away_and_came_back_is_used_again(tmp_path: Path) -> None:
    """Connections that the server ended are replaced without a word."""
    store = open_store(new_database("postgresql", tmp_path))
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)
    admin = sa.create_engine(postgresql().set(drivername="postgresql+psycopg"))
    with admin.begin() as connection:
        end = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(end, {"name": store.address.database})
    admin.dispose()

    with store.transaction() as tx:
        assert tx.append("m1", 1, [asked()], MONDAY) == 2
    store.close()


def test_a_database_that_takes_no_writes_is_told(store: Store) -> None:
    """A standby, a disk mounted read-only: reading goes on, and it is not mistaken for well."""
    store.check_writable()
    read_only = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET default_transaction_read_only = on"}

    @sa.event.listens_for(store.engine, "checkout")
    def only_reads(connection: Any, *_: object) -> None:
        connection.execute(read_only[store.address.get_backend_name()])
        connection.commit()

    store.due()
    with pytest.raises(DatabaseUnreachable, match="The database"):
        store.check_writable()
