"""The first tables: the ledger and its guards, the tables told from it, what is owed, what Slack hears and says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _ledger()
    _told()
    _owed()
    _slack()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.UniqueConstraint("stream", "version", name="uq_ledger_stream_version"),
    )
    head = op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.execute(sa.insert(head).values(id=1, seq=0, hash="0" * 64))
    op.create_table(
        "words",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("salt", sa.Text),
        sa.Column("text", sa.Text),
    )
    op.create_table(
        "inputs",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )


def _told() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("start", _INSTANT),
        sa.Column("end", _INSTANT),
        sa.Column("channel", sa.Text),
        sa.Column("card_ts", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_meetings_record", "meetings", ["record"])
    op.create_index("ix_meetings_state", "meetings", ["state"])
    op.create_table(
        "holds",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("meeting", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("calendar", sa.Text, nullable=False),
        sa.Column("start", _INSTANT, nullable=False),
        sa.Column("end", _INSTANT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("expires_at", _INSTANT),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_holds_meeting", "holds", ["meeting"])
    op.create_index("ix_holds_state", "holds", ["state"])
    op.create_table("claim_people", sa.Column("person", sa.Text, primary_key=True))
    op.create_table(
        "claims",
        sa.Column("meeting", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("start", _INSTANT, primary_key=True),
        sa.Column("end", _INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_claims_person_start", "claims", ["person", "start"])


def _owed() -> None:
    op.create_table(
        "due",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("lane", sa.Text),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", _INSTANT),
        sa.Column("started", sa.Text),
        sa.Column("executor", sa.Text),
        sa.Column("runs", sa.Integer, nullable=False, server_default="0"),
        sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("takeovers", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("done_at", _INSTANT),
        sa.UniqueConstraint("key", name="uq_due_key"),
    )
    still_open = sa.text("state = 'open'")
    busy = sa.text("state = 'open' AND started IS NOT NULL")
    op.create_index("ix_due_stream", "due", ["stream"])
    op.create_index("ix_due_open", "due", ["due_at"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_index("ix_due_lane", "due", ["lane", "seq"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_index("uq_due_lane_busy", "due", ["lane"], unique=True, sqlite_where=busy, postgresql_where=busy)
    op.create_table(
        "replicas",
        sa.Column("executor", sa.Text, primary_key=True),
        sa.Column("seen", _INSTANT, nullable=False),
    )


def _slack() -> None:
    op.create_table(
        "posts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("thread_ts", sa.Text),
        sa.Column("ts", sa.Text),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("posted", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_index("ix_posts_stream", "posts", ["stream"])
    op.create_index("ix_posts_channel_ts", "posts", ["channel", "ts"])
    op.create_table(
        "inbound",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_table(
        "slack_users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
    )


def _guard_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_no_{act.lower()} BEFORE {act} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    # INSERT OR REPLACE would delete without a word.
    op.execute(
        "CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger "
        "WHERE seq = NEW.seq OR (stream = NEW.stream AND version = NEW.version)) "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER ledger_head_stays BEFORE DELETE ON ledger_head "
        "BEGIN SELECT RAISE(ABORT, 'the ledger keeps its head'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER ledger_head_stays BEFORE DELETE OR TRUNCATE ON ledger_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
    )
