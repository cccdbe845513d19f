"""`backup`: a copy of the SQLite database as it is at one moment, made by SQLite itself while the bot runs."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from urllib.parse import quote

from bot.settings import read
from bot.store import Archive
from bot.store.database import address


def command(target: Path) -> int:
    """Copy, then read the copy's whole chain. Exit 2 when there is nothing that can be copied, or no place for it."""
    url = address(read().database)
    if url.get_backend_name() != "sqlite":
        return _complain(
            "backup: the database is PostgreSQL. Nothing was written. Use pg_dump, which copies it while it runs."
        )
    archive = Archive(url.render_as_string(hide_password=False))  # there is such a database, and its tables are ours
    archive.close()
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        return _complain(f"backup: {target} cannot be made: {error.strerror}. Nothing was written. Name a new file.")
    try:
        _copy(Path(str(url.database)), target)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        return _complain(f"backup: the copy failed ({error}). Nothing is left of it; the database was not changed.")
    return _checked(target)


def _copy(source: Path, target: Path) -> None:
    """SQLite's own backup: it takes what stands beside the file too, and waits for no writer for long."""
    origin = sqlite3.connect(f"file:{quote(str(source.absolute()))}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    try:
        origin.backup(copy)
        # One file, with nothing beside it: it can be moved and kept as it is.
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()
        origin.close()


def _checked(target: Path) -> int:
    archive = Archive(f"sqlite:///{target.absolute()}")
    try:
        verified = archive.verify()
    finally:
        archive.close()
    if not verified.ok:
        return _complain(
            f"backup: {target} was written, and its ledger does not hold: {verified.why}. Look at the database."
        )
    print(f"{target}: {verified.entries} entries, whole, head {verified.head}@{verified.entries}")
    return 0


def _complain(line: str) -> int:
    print(line, file=sys.stderr)
    return 2
