"""Every question that the tables can answer: the same inside a transaction and outside."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.core.span import Span
from bot.store import chain, tables
from bot.store.values import (
    ClaimRow,
    Clash,
    DueItem,
    Head,
    HoldRow,
    MeetingRow,
    Post,
    SlackUser,
    StoredFact,
)

Row = TypeVar("Row")


class Reads:
    """What can be read. `_reading` gives the connection to read on."""

    _reading: Callable[[], AbstractContextManager[sa.Connection]]

    def facts(self, stream: str) -> list[StoredFact]:
        """All that happened to one meeting, in order."""
        with self._reading() as connection:
            return facts_of(connection, stream)

    def ledger(self, *, after: int = 0, tags: Collection[str] | None = None) -> Iterator[StoredFact]:
        """All that happened, in order, read in portions; `after` is a `seq`."""
        query = sa.select(tables.ledger).where(tables.ledger.c.seq > after).order_by(tables.ledger.c.seq)
        if tags is not None:
            query = query.where(tables.ledger.c.tag.in_(sorted(tags)))
        with self._reading() as connection, connection.execution_options(yield_per=1000).execute(query) as rows:
            yield from map(chain.stored, rows)

    def streams(self, prefix: str = "") -> list[str]:
        """Every stream that has facts (whose name begins so), oldest first."""
        table = tables.ledger
        begins = table.c.stream.startswith(prefix, autoescape=True)
        query = sa.select(table.c.stream).where(table.c.version == 1, begins).order_by(table.c.seq)
        with self._reading() as connection:
            return list(connection.scalars(query))

    def asked_for(self) -> list[tuple[str, int]]:
        """Every meeting and its version, in the order in which they were first asked for."""
        meetings, ledger = tables.meetings, tables.ledger
        query = (
            sa.select(meetings.c.id, meetings.c.version)
            .join(ledger, (ledger.c.stream == meetings.c.id) & (ledger.c.version == 1))
            .order_by(ledger.c.seq)
        )
        with self._reading() as connection:
            return [(row.id, row.version) for row in connection.execute(query)]

    def head(self) -> Head:
        """The end of the chain: its hash vouches for every fact before it."""
        with self._reading() as connection:
            return chain.head(connection)

    def words(self, digest: str) -> str | None:
        """Somebody's own words; None when they were erased or never were."""
        with self._reading() as connection:
            return connection.scalar(sa.select(tables.words.c.text).where(tables.words.c.digest == digest))

    def inputs(self, digest: str) -> Any:
        """What a search was given; None when nothing is kept under that digest."""
        with self._reading() as connection:
            packed = connection.scalar(sa.select(tables.inputs.c.packed).where(tables.inputs.c.digest == digest))
        return None if packed is None else json.loads(zlib.decompress(packed))

    def meeting(self, id: str) -> MeetingRow | None:
        """The meeting of that id as it stands."""
        return next(iter(self._rows(MeetingRow, _MEETING, id=id)), None)

    def meetings(
        self,
        *,
        ids: Collection[str] | None = None,
        record: str | None = None,
        kind: str | None = None,
        state: str | Collection[str] | None = None,
    ) -> list[MeetingRow]:
        """Meetings by any of these, by id."""
        table = tables.meetings
        where = [*_any(table.c.id, ids), *_any(table.c.record, record), *_any(table.c.kind, kind)]
        query = _meetings(_BODY).where(*where, *_any(table.c.state, state)).order_by(table.c.id)
        return self._rows(MeetingRow, query)

    def meetings_briefly(self, ids: Collection[str]) -> list[MeetingRow]:
        """Those meetings without what their search found, which is most of them. PostgreSQL cannot leave it out of every
        text that we may have: there they are whole."""
        with self._reading() as connection:
            lite = connection.dialect.name == "sqlite"
            body = sa.func.json_remove(_BODY, "$.search") if lite else _BODY
            query = _meetings(body).where(tables.meetings.c.id.in_(sorted(ids))).order_by(tables.meetings.c.id)
            return rows_of(connection, MeetingRow, query)

    def engaged(self, after: datetime) -> list[tuple[str, int]]:
        """Meetings that keep somebody for a time which ends later than that, by id, each with its version."""
        table, claims = tables.meetings, tables.claims
        engaging = sa.select(claims.c.meeting).where(claims.c.end > after)
        query = sa.select(table.c.id, table.c.version).where(table.c.id.in_(engaging)).order_by(table.c.id)
        with self._reading() as connection:
            return [(row.id, row.version) for row in connection.execute(query)]

    def naming(self, person: str, now: datetime) -> list[tuple[str, int]]:
        """Meetings that are not over and in whose body that word stands, by id, each with its version."""
        table = tables.meetings
        with self._reading() as connection:
            place = sa.func.instr if connection.dialect.name == "sqlite" else sa.func.strpos
            named = place(sa.type_coerce(table.c.body, sa.Text), tables.canonical(person)) > 0
            query = sa.select(table.c.id, table.c.version).where(_not_over(now), named).order_by(table.c.id)
            return [(row.id, row.version) for row in connection.execute(query)]

    def live_ids(self, now: datetime) -> list[str]:
        """Of all meetings that are not over: those that have a time, the earliest first, then the others, by id."""
        table = tables.meetings
        query = sa.select(table.c.id).where(_not_over(now))
        with self._reading() as connection:
            return list(connection.scalars(query.order_by(table.c.start.is_(None), table.c.start, table.c.id)))

    def hold_keys(self) -> list[str]:
        """Of the holds that may still stand on a calendar."""
        with self._reading() as connection:
            return list(connection.scalars(sa.select(tables.holds.c.key).where(tables.holds.c.state != "gone")))

    def holds(
        self,
        *,
        keys: Collection[str] | None = None,
        meeting: str | None = None,
        person: str | None = None,
        state: str | Collection[str] | None = None,
    ) -> list[HoldRow]:
        """Holds by any of these, by start, person and key."""
        table = tables.holds
        where = [*_any(table.c.key, keys), *_any(table.c.meeting, meeting), *_any(table.c.person, person)]
        query = sa.select(table).where(*where, *_any(table.c.state, state))
        return self._rows(HoldRow, query.order_by(table.c.start, table.c.person, table.c.key))

    def claims(
        self, *, meeting: str | None = None, people: Collection[str] | None = None, span: Span | None = None
    ) -> list[ClaimRow]:
        """Who is kept for which meeting, by start and person."""
        table = tables.claims
        where = [*_any(table.c.meeting, meeting), *_any(table.c.person, people), *_meets(span)]
        return self._rows(ClaimRow, sa.select(table).where(*where).order_by(table.c.start, table.c.person))

    def due(
        self,
        *,
        open: bool | None = None,
        key: str | None = None,
        kind: str | None = None,
        stream: str | None = None,
        state: str | Collection[str] | None = None,
        before: datetime | None = None,
    ) -> list[DueItem]:
        """What is or was owed, in the order in which it was owed. `before` bounds `due_at`, itself included."""
        table = tables.due
        where = [*_any(table.c.key, key), *_any(table.c.kind, kind), *_any(table.c.stream, stream)]
        where += _any(table.c.state, state)
        if open is not None:
            where.append((table.c.state == "open") == open)
        if before is not None:
            where.append(table.c.due_at <= before)
        return self._rows(DueItem, sa.select(table).where(*where).order_by(table.c.seq))

    def post(self, key: str) -> Post | None:
        """The message of that key."""
        return next(iter(self._rows(Post, _POST, key=key)), None)

    def posts(
        self,
        *,
        stream: str | None = None,
        channel: str | None = None,
        ts: str | None = None,
        kind: str | None = None,
    ) -> list[Post]:
        """Messages by any of these, by key."""
        table = tables.posts
        where = [*_any(table.c.stream, stream), *_any(table.c.channel, channel), *_any(table.c.ts, ts)]
        return self._rows(Post, sa.select(table).where(*where, *_any(table.c.kind, kind)).order_by(table.c.key))

    def slack_user(self, id: str, team: str) -> SlackUser | None:
        """The last copy of what Slack said of a user."""
        return next(iter(self._rows(SlackUser, _SLACK_USER, id=id, team=team)), None)

    def _rows(self, kind: type[Row], query: sa.Select[Any], **values: str) -> list[Row]:
        with self._reading() as connection:
            return rows_of(connection, kind, query, values)


# What every message and every step asks, put together once: that takes longer than the answer.
_BODY: sa.ColumnElement[str] = sa.type_coerce(tables.meetings.c.body, sa.Text)


def _meetings(body: sa.ColumnElement[str]) -> sa.Select[Any]:
    others = [column for column in tables.meetings.c if column.name != "body"]
    return sa.select(*others, body.label("body"))


_MEETING = _meetings(_BODY).where(tables.meetings.c.id == sa.bindparam("id"))
_POST = sa.select(tables.posts).where(tables.posts.c.key == sa.bindparam("key"))
_FACTS = (
    sa.select(tables.ledger).where(tables.ledger.c.stream == sa.bindparam("stream")).order_by(tables.ledger.c.version)
)
_SLACK_USER = sa.select(tables.slack_users).where(
    tables.slack_users.c.id == sa.bindparam("id"), tables.slack_users.c.team == sa.bindparam("team")
)


def _not_over(now: datetime) -> sa.ColumnElement[bool]:
    """Neither cancelled, nor confirmed and held by now."""
    table = tables.meetings
    return (table.c.state != "cancelled") & (
        (table.c.state != "confirmed") | table.c.end.is_(None) | (table.c.end > now)
    )


def facts_of(connection: sa.Connection, stream: str) -> list[StoredFact]:
    return [chain.stored(row) for row in connection.execute(_FACTS, {"stream": stream})]


def rows_of(
    connection: sa.Connection, kind: type[Row], query: sa.Select[Any], values: Mapping[str, Any] | None = None
) -> list[Row]:
    """The answer as values: columns go to the fields of the same name."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type] # every kind of row is a dataclass
    return [kind(**{name: row[name] for name in names}) for row in connection.execute(query, values).mappings()]


def clashes_with(
    connection: sa.Connection, people: Iterable[str], span: Span, *, except_meeting: str | None
) -> list[Clash]:
    """Who of these people other meetings hold at that time."""
    table = tables.claims
    where = [table.c.person.in_(sorted(set(people))), *_meets(span)]
    if except_meeting is not None:
        where.append(table.c.meeting != except_meeting)
    query = sa.select(table).where(*where).order_by(table.c.person, table.c.start)
    return [Clash(row.person, row.meeting, Span(row.start, row.end)) for row in connection.execute(query)]


def _any(column: sa.ColumnElement[Any], wanted: str | Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    if wanted is None:
        return []
    return [column == wanted if isinstance(wanted, str) else column.in_(sorted(wanted))]


def _meets(span: Span | None) -> list[sa.ColumnElement[bool]]:
    if span is None:
        return []
    return [tables.claims.c.start < span.end, tables.claims.c.end > span.start]
