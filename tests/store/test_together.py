"""Acts that come in the same moment are kept in one commit, and before other writers; each is durable when it is acknowledged."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import DatabaseUnreachable, Due, Store
from bot.store.database import close, connect
from bot.store.together import Together
from bot.store.turn import Turn
from tests.store.databases import MONDAY


def _act(key: str) -> Due:
    return Due(key=key, kind="act", stream="", due_at=MONDAY)


def _commits(store: Store) -> list[int]:
    found: list[int] = []
    sa.event.listen(store.engine, "commit", lambda _: found.append(1))
    return found


def test_what_comes_while_somebody_writes_is_kept_in_one_commit(store: Store) -> None:
    """Twenty acts wait for a transaction to end; then one commit keeps them all, each under its own key and told once."""
    rung: list[str] = []
    store.after_commit(rung.extend)
    commits = _commits(store)
    with ThreadPoolExecutor(20) as people:
        with store.transaction():
            acts = [people.submit(store.owe, _act(f"act:{n}")) for n in range(20)]
            _all_wait(store, 20)
        new = [act.result(10) for act in acts]

    assert new == [True] * 20
    assert len(commits) == 2  # the transaction's, and that of all acts
    assert sorted(rung) == sorted(item.key for item in store.due()) == sorted(f"act:{n}" for n in range(20))


def test_the_same_delivery_at_the_same_moment_is_one_act(store: Store) -> None:
    """Whoever comes second, even into the same commit, is told that it came before."""
    with ThreadPoolExecutor(8) as people:
        new = list(people.map(lambda _: store.owe(_act("act:1")), range(8)))

    assert sorted(new) == [False] * 7 + [True]
    assert len(store.due()) == 1


def test_when_it_cannot_be_kept_everybody_who_waited_is_told(store: Store) -> None:
    """Nobody gets an ack for what was not kept, and the next one is kept again."""

    def breaks(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "INTO due" in statement:
            raise sa.exc.OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))

    sa.event.listen(store.engine, "before_cursor_execute", breaks)
    with ThreadPoolExecutor(5) as people:
        acts = [people.submit(store.owe, _act(f"act:{n}")) for n in range(5)]
        errors = [act.exception(10) for act in acts]
    sa.event.remove(store.engine, "before_cursor_execute", breaks)

    assert [type(error) for error in errors] == [DatabaseUnreachable] * 5
    assert store.due() == []
    assert store.owe(_act("act:1"))


@pytest.mark.parametrize("comers", [1, 3])
def test_what_could_not_be_kept_soon_is_never_kept(store: Store, comers: int) -> None:
    """Slack has told the person by then that it failed: whoever writes at last leaves it out, and others gave up before."""
    together = Together(lambda: store._transaction(urgent=True), patience=0.3)
    with ThreadPoolExecutor(comers) as people:
        with store.transaction():
            acts = [people.submit(together.owe, _act(f"act:{n}")) for n in range(comers)]
            while len(together._waiting) < comers:
                threading.Event().wait(0.005)
            threading.Event().wait(0.5)
            gave_up = sum(act.done() for act in acts)
        errors = [act.exception(10) for act in acts]

    assert gave_up == comers - 1  # all but the one who waits for the turn
    assert [type(error) for error in errors] == [DatabaseUnreachable] * comers
    assert store.due() == []
    assert together.owe(_act("act:0"))  # the same press again, later


def _all_wait(store: Store, count: int) -> None:
    gathered = threading.Event()
    while len(store._together._waiting) < count:
        gathered.wait(0.005)


def _order(turn: Turn, comers: list[tuple[str, bool]]) -> list[str]:
    """Who gets the turn in which order, when they come one after the other while somebody has it."""
    order: list[str] = []
    come = threading.Event()

    def writes(name: str, urgent: bool) -> Callable[[], None]:
        def write() -> None:
            with turn.taken(urgent):
                order.append(name)

        return write

    turn.take()
    threads = []
    for name, urgent in comers:
        threads.append(threading.Thread(target=writes(name, urgent)))
        threads[-1].start()
        while len(turn._urgent) + len(turn._others) < len(threads):
            come.wait(0.002)
    turn.give()
    for thread in threads:
        thread.join(10)
    return order


def test_people_come_first_and_nobody_waits_for_ever() -> None:
    """An act goes before effects that came earlier, but after it one of them has its turn."""
    comers = [("effect 1", False), ("effect 2", False), ("act 1", True), ("act 2", True), ("act 3", True)]

    assert _order(Turn(), comers) == ["act 1", "effect 1", "act 2", "effect 2", "act 3"]


def test_others_are_served_in_the_order_in_which_they_came() -> None:
    comers = [(f"effect {n}", False) for n in range(6)]

    assert _order(Turn(), comers) == [name for name, _ in comers]


def test_a_library_that_writes_to_our_file_by_itself_waits_for_its_turn(tmp_path: Path) -> None:
    """It does not even begin while somebody else writes, and whatever ends its transaction gives the turn on."""
    url, turn = sa.make_url(f"sqlite+pysqlite:///{tmp_path / 'one.db'}"), Turn()
    engine = connect(url, turn, light=True)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (a)"))
    insert = sa.text("INSERT INTO t VALUES (1)")

    def writes() -> None:
        with engine.begin() as connection:
            connection.execute(insert)

    turn.take()
    with ThreadPoolExecutor(1) as other:
        begun = other.submit(writes)
        while not turn._others:
            threading.Event().wait(0.002)
        assert not begun.done()
        turn.give()
        begun.result(10)
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(insert)
        raise sa.exc.IntegrityError("", {}, sqlite3.IntegrityError())
    with turn.taken(), engine.connect() as connection:  # it is free, and reading needs no turn
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 1
    close(engine)


def test_what_happened_waits_for_the_disk_and_how_far_an_effect_got_does_not(tmp_path: Path) -> None:
    """Acts and facts are in files that survive a power failure; the bookkeeping of effects may be lost with it, and is done again."""
    url = sa.make_url(f"sqlite+pysqlite:///{tmp_path / 'one.db'}")
    found = []
    for engine in (connect(url), connect(url, light=True)):
        with engine.connect() as connection:
            found.append(connection.scalar(sa.text("PRAGMA synchronous")))
        close(engine)

    assert found == [2, 1]  # FULL, NORMAL
