"""The rows of what is owed, as the engine sees them: taken, entered, done, again later, given up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.store import DueItem, Store
from bot.store.reading import rows_of
from bot.store.tables import due

_earlier = due.alias("earlier")


class Taken(NamedTuple):
    """A row that this process may start, and the id of the workflow that does it: each run has its own."""

    key: str
    workflow: str


class Owed:
    """Every change names the workflow and the process that makes it: one that was thawed after others took its work
    over changes nothing."""

    def __init__(self, store: Store, executor: str) -> None:
        self._store = store
        self._executor = executor

    def take(self, kinds: Collection[str], now: datetime, limit: int) -> list[Taken]:
        """Take up to `limit` rows that can start now, oldest first. At most one of a lane is under way, and none
        overtakes; when another replica takes from the same lane at this moment nothing is taken, and it is tried again."""
        candidates = sa.select(due).where(*_ready(kinds, now)).order_by(due.c.seq).limit(limit)
        with self._store.reading() as connection:
            rows = connection.execute(candidates).all()
        if not rows:
            return []
        try:
            with self._store.bookkeeping() as connection:
                return [taken for row in rows if (taken := self._take(connection, row))]
        except sa.exc.IntegrityError:
            return []

    def _take(self, connection: sa.Connection, row: Any) -> Taken | None:
        workflow = f"eff:{row.key}:{row.runs + 1}"
        free = (due.c.seq == row.seq, due.c.state == "open", due.c.started.is_(None), due.c.runs == row.runs)
        mine = {"started": workflow, "executor": self._executor, "runs": row.runs + 1}
        changed = connection.execute(sa.update(due).where(*free).values(**mine)).rowcount
        return Taken(row.key, workflow) if changed else None

    def enter(self, key: str, workflow: str) -> DueItem | None:
        """The row, if that workflow is still to do it; from now on it is ours, even when another process started it."""
        theirs = (due.c.key == key, due.c.state == "open", due.c.started == workflow)
        with self._store.reading() as connection:
            item = next(iter(rows_of(connection, DueItem, sa.select(due).where(*theirs))), None)
        if item is not None and item.executor != self._executor:
            self._change(*theirs, executor=self._executor)
        return item

    def done(self, item: DueItem, outcome: str | None) -> bool:
        return self._end(item, state="done", outcome=outcome, done_at=_real_now(), last_error=None)

    def failed(self, item: DueItem, words: str) -> bool:
        return self._end(item, state="failed", done_at=_real_now(), last_error=words, attempts=item.attempts + 1)

    def again(self, item: DueItem, seconds: float, words: str, *, bug: bool) -> bool:
        """Not before that many seconds of real time."""
        counts = {"attempts": item.attempts + 1, "crashes": item.crashes + bug}
        not_before = _real_now() + timedelta(seconds=seconds)
        return self._end(item, **counts, not_before=not_before, last_error=words)

    def waits(self, item: DueItem, seconds: float, words: str) -> bool:
        """Not before that many seconds of real time, and it keeps its place; that was no attempt."""
        return self._end(item, not_before=_real_now() + timedelta(seconds=seconds), last_error=words)

    def later(self, item: DueItem, due_at: datetime) -> bool:
        return self._end(item, due_at=due_at)

    def _end(self, item: DueItem, **values: Any) -> bool:
        ours = (due.c.key == item.key, due.c.state == "open", due.c.started == item.started)
        return self._change(*ours, due.c.executor == self._executor, started=None, executor=None, **values)

    # -- what was left behind

    def under_way(self) -> list[DueItem]:
        """Every row that somebody took and has not ended."""
        query = sa.select(due).where(due.c.state == "open", due.c.started.is_not(None)).order_by(due.c.seq)
        with self._store.reading() as connection:
            return rows_of(connection, DueItem, query)

    def adopt(self, item: DueItem) -> bool:
        """Take a dead process's row over, and count it."""
        theirs = (due.c.key == item.key, due.c.state == "open", due.c.started == item.started)
        return self._change(*theirs, executor=self._executor, takeovers=item.takeovers + 1)

    def release(self, item: DueItem) -> bool:
        """It was taken but never started: anybody may take it."""
        theirs = (due.c.key == item.key, due.c.state == "open", due.c.started == item.started)
        return self._change(*theirs, due.c.executor == item.executor, started=None, executor=None)

    def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """How much is owed by now and not done, and since when the oldest of it."""
        query = sa.select(sa.func.count(), sa.func.min(due.c.due_at)).where(due.c.state == "open", due.c.due_at <= now)
        with self._store.reading() as connection:
            count, oldest = connection.execute(query).one()
        return count, oldest

    def given_up(self) -> int:
        with self._store.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(due.c.state == "failed")) or 0

    def _change(self, *where: sa.ColumnElement[bool], **values: Any) -> bool:
        with self._store.bookkeeping() as connection:
            return connection.execute(sa.update(due).where(*where).values(**values)).rowcount == 1


def _ready(kinds: Collection[str], now: datetime) -> list[sa.ColumnElement[bool]]:
    real = _real_now()
    in_the_way = sa.exists().where(
        _earlier.c.lane == due.c.lane,
        _earlier.c.state == "open",
        # Somebody of this lane is under way, or is owed and was owed before us, even if it waits to be tried again.
        _earlier.c.started.is_not(None) | ((_earlier.c.due_at <= now) & (_earlier.c.seq < due.c.seq)),
    )
    return [
        due.c.state == "open",
        due.c.started.is_(None),
        due.c.due_at <= now,
        due.c.not_before.is_(None) | (due.c.not_before <= real),
        due.c.kind.in_(sorted(kinds)),  # a newer replica may owe kinds that this one does not know
        ~in_the_way,
    ]


def _real_now() -> datetime:
    return datetime.now(UTC)
