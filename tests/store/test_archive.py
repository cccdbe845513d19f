"""Opened for an audit: all is read, nothing is made, migrated or changed, and what cannot be read is said in a sentence."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from bot.store import Archive, DatabaseUnusable, Store, migrations
from bot.store.migrations import VERSION_TABLE, scripts
from tests.store.databases import KINDS, MONDAY, asked, new_database, open_store


def _kept(path: Path) -> dict[str, str]:
    return {p.name: sha256(p.read_bytes()).hexdigest() for p in path.iterdir()}


def test_everything_that_was_written_can_be_read(store: Store, url: str) -> None:
    """Also while the bot has the same database open."""
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)
        digest = tx.keep_inputs({"busy": [1, 2]})
        words = tx.keep_words("Lee is travelling.")

    archive = Archive(url)

    assert archive.facts("m1") == store.facts("m1")
    assert archive.verify() == store.verify()
    assert archive.head() == store.head()
    assert (archive.inputs(digest), archive.words(words)) == ({"busy": [1, 2]}, "Lee is travelling.")
    archive.close()


def test_nothing_can_be_written_to_it(store: Store, url: str) -> None:
    """The database itself refuses, whatever the program would do."""
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)
    archive = Archive(url)

    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), archive.engine.connect() as connection:
        connection.execute(sa.text("UPDATE meetings SET state = 'confirmed'"))

    archive.close()


def test_a_file_that_nobody_has_open_stays_as_it_is_byte_for_byte(tmp_path: Path) -> None:
    """Nothing is left beside it either: an auditor may be somebody else than the bot."""
    url = new_database("sqlite", tmp_path)
    store = open_store(url)
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)
    store.close()
    before = _kept(tmp_path / "data")

    archive = Archive(url)
    assert archive.verify().ok
    archive.close()

    assert _kept(tmp_path / "data") == before


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=r"There is no database file .*none.db\. Nothing was made\."):
        Archive(f"sqlite:///{tmp_path}/data/none.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_without_tables_has_no_ledger(kind: str, tmp_path: Path) -> None:
    url = new_database(kind, tmp_path, empty=True)
    if kind == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True)
        path.touch()

    with pytest.raises(DatabaseUnusable, match="the bot has never run on it"):
        Archive(url)


def test_an_older_database_is_left_as_it_is_and_said_to_be_older(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not migrated: that is the bot's to do, at its start."""
    now = scripts().get_heads()[0]
    monkeypatch.setattr(migrations, "scripts", lambda: _Newer(("next", now)))

    with pytest.raises(
        DatabaseUnusable, match=rf"is older than this program: its tables are at {now}, and next is read"
    ):
        Archive(url)

    with store.engine.connect() as connection:
        assert connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")) == now


class _Newer(NamedTuple):
    """The changes that a program of next year knows, newest first."""

    revisions: tuple[str, ...]

    def get_current_head(self) -> str:
        return self.revisions[0]

    def walk_revisions(self) -> list[_Script]:
        return [_Script(revision) for revision in self.revisions]


class _Script(NamedTuple):
    revision: str


def test_a_newer_database_is_said_to_be_newer(store: Store, url: str) -> None:
    _stands_at(store, "9999")

    with pytest.raises(DatabaseUnusable, match="newer version of this program"):
        Archive(url)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("not a database at all, but long enough to be read as the head of one: " * 20)

    with pytest.raises(DatabaseUnusable, match="is not a database"):
        Archive(f"sqlite:///{tmp_path}/a.db")


def _stands_at(store: Store, revision: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = :at"), {"at": revision})
