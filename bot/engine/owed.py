"""The rows of what is owed, as the engine sees them: taken, entered, done, again later, given up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import lru_cache
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
        asked = {"kinds": sorted(kinds), "now": now, "real": _real_now(), "limit": limit}
        with self._store.reading() as connection:
            rows = connection.execute(_READY, asked).all()
        if not rows:
            return []
        try:
            with self._store.bookkeeping() as connection:
                return [taken for row in rows if (taken := self._take(connection, row))]
        except sa.exc.IntegrityError:
            return []

    def _take(self, connection: sa.Connection, row: Any) -> Taken | None:
        workflow = f"eff:{row.key}:{row.runs + 1}"
        seen = {"its_seq": row.seq, "its_runs": row.runs}
        mine = {"started": workflow, "executor": self._executor, "runs": row.runs + 1}
        return Taken(row.key, workflow) if connection.execute(_FREE, seen | mine).rowcount else None

    def enter(self, key: str, workflow: str) -> DueItem | None:
        """The row, if that workflow is still to do it; from now on it is ours, even when another process started it."""
        with self._store.reading() as connection:
            item = next(iter(rows_of(connection, DueItem, _ENTERED, {"its_key": key, "its_workflow": workflow})), None)
        if item is not None and item.executor != self._executor:
            self._change(_STARTED, item, executor=self._executor)
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
        return self._change(_held_by(self._executor), item, started=None, executor=None, **values)

    # -- what was left behind

    def under_way(self) -> list[DueItem]:
        """Every row that somebody took and has not ended."""
        query = sa.select(due).where(due.c.state == "open", due.c.started.is_not(None)).order_by(due.c.seq)
        with self._store.reading() as connection:
            return rows_of(connection, DueItem, query)

    def adopt(self, item: DueItem) -> bool:
        """Take a dead process's row over, and count it."""
        return self._change(_STARTED, item, executor=self._executor, takeovers=item.takeovers + 1)

    def release(self, item: DueItem) -> bool:
        """It was taken but never started: anybody may take it."""
        return self._change(_held_by(item.executor), item, started=None, executor=None)

    def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """How much is owed by now and not done, and since when the oldest of it."""
        query = sa.select(sa.func.count(), sa.func.min(due.c.due_at)).where(due.c.state == "open", due.c.due_at <= now)
        with self._store.reading() as connection:
            count, oldest = connection.execute(query).one()
        return count, oldest

    def given_up(self) -> int:
        with self._store.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(due.c.state == "failed")) or 0

    def _change(self, rows: sa.Update, item: DueItem, **values: Any) -> bool:
        which = {"its_key": item.key, "its_workflow": item.started}
        with self._store.bookkeeping() as connection:
            return connection.execute(rows, which | values).rowcount == 1


def _ready() -> list[sa.ColumnElement[bool]]:
    now, real = sa.bindparam("now", type_=due.c.due_at.type), sa.bindparam("real", type_=due.c.not_before.type)
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
        # A newer replica may owe kinds that this one does not know.
        due.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        ~in_the_way,
    ]


# Put together once: the engine asks these many times for each thing that is done, and putting one together takes longer
# than its answer.
_READY = sa.select(due.c.seq, due.c.key, due.c.runs).where(*_ready()).order_by(due.c.seq).limit(sa.bindparam("limit"))
_FREE = sa.update(due).where(
    due.c.seq == sa.bindparam("its_seq"), due.c.runs == sa.bindparam("its_runs"), due.c.state == "open", due.c.started.is_(None)
)  # fmt: skip
_RUN = (due.c.key == sa.bindparam("its_key"), due.c.state == "open", due.c.started == sa.bindparam("its_workflow"))
_ENTERED = sa.select(due).where(*_RUN)
_STARTED = sa.update(due).where(*_RUN)


@lru_cache(maxsize=8)  # ours, and that of a process that died
def _held_by(executor: str | None) -> sa.Update:
    return _STARTED.where(due.c.executor == executor)


def _real_now() -> datetime:
    return datetime.now(UTC)
