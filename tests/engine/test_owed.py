"""Rows of what is owed between processes: who lost one can change nothing of it any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.engine.owed import Owed, Taken
from bot.store import Due, Store
from tests.store.databases import KINDS, MONDAY, new_database, open_store


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = open_store(new_database(request.param, tmp_path))
    with store.transaction() as tx:
        tx.owe(Due("k1", "post", "m1", MONDAY, {}, "one"))
        tx.owe(Due("k2", "post", "m1", MONDAY, {}, "one"))
        tx.owe(Due("k3", "post", "m1", MONDAY, {}))
    yield store
    store.close()


def test_a_row_is_taken_by_one(store: Store) -> None:
    """The first of each lane and what has none; a second taker finds nothing, and each run has its own id."""
    first, second = Owed(store, "A"), Owed(store, "B")

    assert first.take(["post"], MONDAY, 8) == [Taken("k1", "eff:k1:1"), Taken("k3", "eff:k3:1")]
    assert second.take(["post"], MONDAY, 8) == []
    assert first.release(store.due(key="k3")[0])
    assert second.take(["post"], MONDAY, 8) == [Taken("k3", "eff:k3:2")]
    assert first.enter("k3", "eff:k3:1") is None


def test_a_process_that_was_taken_for_dead_changes_nothing(store: Store) -> None:
    """Whatever it says after others took over; what they say counts."""
    dead, heir = Owed(store, "A"), Owed(store, "B")
    dead.take(["post"], MONDAY, 1)
    held = dead.enter("k1", "eff:k1:1")
    assert held is not None

    assert heir.adopt(held)
    before = store.due()

    assert not dead.done(held, "too late")
    assert not dead.failed(held, "too late")
    assert not dead.again(held, 0, "too late", bug=False)
    assert not dead.later(held, MONDAY + timedelta(hours=1))
    assert not dead.release(held)
    assert store.due() == before

    assert heir.done(held, "ok")
    assert not heir.done(held, "twice")
    assert [item.outcome for item in store.due(state="done")] == ["ok"]


def test_whoever_runs_it_owns_it(store: Store) -> None:
    """A workflow that was resumed may come to run in a third process: that one may end it."""
    dead, third = Owed(store, "A"), Owed(store, "C")
    dead.take(["post"], MONDAY, 1)

    item = third.enter("k1", "eff:k1:1")

    assert item is not None
    assert not dead.done(item, "too late")
    assert third.done(item, "ok")


def test_waiting_counts_what_is_due(store: Store) -> None:
    """Not what is due tomorrow, and not what failed."""
    owed = Owed(store, "A")
    with store.transaction() as tx:
        tx.owe(Due("k4", "post", "m1", MONDAY + timedelta(days=1)))
    owed.take(["post"], MONDAY, 1)
    item = owed.enter("k1", "eff:k1:1")
    assert item is not None
    owed.failed(item, "No.")

    assert owed.waiting(MONDAY) == (2, MONDAY)
    assert owed.waiting(MONDAY - timedelta(seconds=1)) == (0, None)
    assert owed.given_up() == 1
