"""What the tables say of a meeting, told from its facts alone: a rebuild gives the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.core.span import Span
from bot.store import tables
from bot.store.reading import clashes_with, facts_of, rows_of
from bot.store.values import (
    ClaimRow,
    ClaimTaken,
    Clash,
    Difference,
    HoldRow,
    MeetingRow,
    Projector,
    StoredFact,
)

Told = tuple[list[MeetingRow], list[HoldRow], list[ClaimRow]]


def told(stream: str, facts: Sequence[StoredFact], projector: Projector) -> Told:
    """The rows of one stream, each in the order in which the tables give them."""
    rows = projector(stream, facts) if facts else None
    if rows is None:
        return [], [], []
    meeting = MeetingRow(id=stream, version=len(facts), **rows.meeting)
    holds = [HoldRow(meeting=stream, **hold) for hold in rows.holds]
    claims = [ClaimRow(meeting=stream, **claim) for claim in rows.claims]
    return (
        [meeting],
        sorted(holds, key=lambda row: row.key),
        sorted(claims, key=lambda row: (row.person, row.start)),
    )


def kept(connection: sa.Connection, stream: str) -> Told:
    """The rows of one stream as the tables have them."""
    meetings, holds, claims = tables.meetings, tables.holds, tables.claims
    claimed = sa.select(claims).where(claims.c.meeting == stream).order_by(claims.c.person, claims.c.start)
    return (
        rows_of(connection, MeetingRow, sa.select(meetings).where(meetings.c.id == stream)),
        rows_of(connection, HoldRow, sa.select(holds).where(holds.c.meeting == stream).order_by(holds.c.key)),
        sorted(rows_of(connection, ClaimRow, claimed), key=lambda row: (row.person, row.start)),
    )


def renew(connection: sa.Connection, stream: str, facts: Sequence[StoredFact], projector: Projector) -> None:
    """Write the rows of one stream whole. Raises ClaimTaken when they hold somebody whom another meeting holds.

    The caller has the chain's head locked, so nobody claims anybody meanwhile.
    """
    meeting, holds, claims = told(stream, facts, projector)
    clashes = list(_clashes(connection, stream, claims))
    if clashes:
        raise ClaimTaken(clashes)
    _drop(connection, stream)
    _write(connection, tables.meetings, meeting)
    _write(connection, tables.holds, holds)
    _write(connection, tables.claims, claims)


def rebuild(connection: sa.Connection, streams: Iterable[str], projector: Projector) -> None:
    """Forget what the tables say and tell them again."""
    for table in (tables.meetings, tables.holds, tables.claims):
        connection.execute(sa.delete(table))
    for stream in streams:
        renew(connection, stream, facts_of(connection, stream), projector)


def differences(connection: sa.Connection, streams: Iterable[str], projector: Projector) -> list[Difference]:
    """Where the tables do not say what the facts say, orphaned rows included."""
    found: list[Difference] = []
    for stream in sorted({*streams, *_projected(connection)}):
        stored: Sequence[Sequence[Any]] = kept(connection, stream)
        rebuilt: Sequence[Sequence[Any]] = told(stream, facts_of(connection, stream), projector)
        for table, has, says in zip(("meetings", "holds", "claims"), stored, rebuilt, strict=True):
            if _plain(has) != _plain(says):
                found.append(Difference(stream, table, tuple(has), tuple(says)))
    return found


def _clashes(connection: sa.Connection, stream: str, claims: Sequence[ClaimRow]) -> Iterable[Clash]:
    spans = {Span(claim.start, claim.end) for claim in claims}
    for span in sorted(spans):
        people = [claim.person for claim in claims if (claim.start, claim.end) == span]
        yield from clashes_with(connection, people, span, except_meeting=stream)


def _drop(connection: sa.Connection, stream: str) -> None:
    connection.execute(sa.delete(tables.meetings).where(tables.meetings.c.id == stream))
    connection.execute(sa.delete(tables.holds).where(tables.holds.c.meeting == stream))
    connection.execute(sa.delete(tables.claims).where(tables.claims.c.meeting == stream))


def _write(connection: sa.Connection, table: sa.Table, rows: Sequence[Any]) -> None:
    if rows:
        connection.execute(sa.insert(table), [_values(row) for row in rows])


def _values(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as they compare: a document by its canonical text, for a tuple and a list are one thing to JSON."""
    return [
        {name: tables.canonical(value) if name == "body" else value for name, value in _values(row).items()}
        for row in rows
    ]


def _projected(connection: sa.Connection) -> set[str]:
    columns = (tables.meetings.c.id, tables.holds.c.meeting, tables.claims.c.meeting)
    return {stream for column in columns for stream in connection.scalars(sa.select(column).distinct())}
