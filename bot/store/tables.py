"""The tables: the ledger, which is the truth, what is told from it, and what is owed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def canonical(document: Any) -> str:
    """One way to write a document (after RFC 8785): sorted keys, no spaces, UTF-8. Raises TypeError or ValueError for
    what JSON cannot say."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Instant(TypeDecorator[datetime]):
    """An aware instant, to the microsecond, the same on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"An instant needs a zone; {value.isoformat()} has none.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A document as canonical text: readable in any SQL shell, equal when its meaning is."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),  # text, because these characters are what the hash vouches for
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("tag", sa.Text, nullable=False),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.UniqueConstraint("stream", "version"),
)

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

words = sa.Table(
    "words",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("salt", sa.Text),  # both are null once erased: without the salt nobody can guess the words
    sa.Column("text", sa.Text),
)

inputs = sa.Table(
    "inputs",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("packed", sa.LargeBinary, nullable=False),
)

meetings = sa.Table(
    "meetings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("record", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("start", Instant),
    sa.Column("end", Instant),
    sa.Column("channel", sa.Text),
    sa.Column("card_ts", sa.Text),
    sa.Column("body", Json, nullable=False),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("meeting", sa.Text, nullable=False, index=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("end", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Column("etag", sa.Text),
    sa.Column("expires_at", Instant),
    sa.Column("body", Json, nullable=False),
)

claim_people = sa.Table("claim_people", metadata, sa.Column("person", sa.Text, primary_key=True))

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("meeting", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("start", Instant, primary_key=True),
    sa.Column("end", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "person", "start"),
)

due = sa.Table(
    "due",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False, index=True),
    sa.Column("lane", sa.Text),
    sa.Column("payload", Json, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", Instant),
    sa.Column("started", sa.Text),
    sa.Column("executor", sa.Text),
    sa.Column("runs", sa.Integer, nullable=False, server_default="0"),
    sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("takeovers", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
)
_OPEN = due.c.state == "open"
_BUSY = _OPEN & due.c.started.is_not(None)
sa.Index("ix_due_open", due.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
sa.Index("ix_due_lane", due.c.lane, due.c.seq, sqlite_where=_OPEN, postgresql_where=_OPEN)
# The law of lanes is the database's own: no two of one lane can be under way, whoever starts them.
sa.Index("uq_due_lane_busy", due.c.lane, unique=True, sqlite_where=_BUSY, postgresql_where=_BUSY)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, nullable=False, index=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("thread_ts", sa.Text),
    sa.Column("ts", sa.Text),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("posted", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sendings", sa.Integer, nullable=False, server_default="0"),
    sa.Index(None, "channel", "ts"),
)

inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

slack_users = sa.Table(
    "slack_users",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("body", Json, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)

replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("seen", Instant, nullable=False),
)
