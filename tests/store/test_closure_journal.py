"""Closures in the ledger, on both databases: folded from their facts, owed with them, beside the meetings and not among them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.core.closure import ASKED, Begin, decide
from bot.core.closure_facts import STREAM, Event
from bot.core.refusals import Refusal
from bot.store import Store
from bot.store.closure_journal import StoredClosureJournal
from bot.store.journal import StoredJournal, rows
from tests.closing_runs import NOW, Run
from tests.closing_worlds import policy, release
from tests.closure_matrix import OfStore
from tests.inner_world import HandClock


@pytest.fixture
def closures(url: str) -> OfStore:
    store = Store(url, rows)
    store.migrate()
    return OfStore(store)


def test_a_closing_is_told_the_same_by_the_ledger_as_in_memory(closures: OfStore) -> None:
    """Facts, what they fold to, and what they owe."""
    kept, inner = Run(*release(5), closures), Run(*release(5))
    for run in (kept, inner):
        run.tell(run.event())
        run.go()
    owed = {item.key for item in closures.store.due()}

    assert kept.closure == inner.closure
    assert kept.inner.closure_history("REL-77") == inner.inner.closure_history("REL-77")
    assert owed == inner.inner.keys
    assert [c.id for c in closures.closures()] == ["REL-77"]
    closures.store.close()


def test_the_chain_holds_and_the_tables_of_meetings_know_nothing_of_it(closures: OfStore) -> None:
    run = Run(*release(5), closures)
    run.tell(run.event())
    run.go()
    meetings, store = StoredJournal(closures.store, HandClock(NOW)), closures.store

    assert store.verify().ok and store.projections_differ() == []
    store.rebuild()
    assert meetings.meetings() == () and meetings.figures().asked == 0
    assert store.streams(STREAM) == ["closure:REL-77"]
    store.close()


def test_of_two_who_begin_at_once_one_begins(closures: OfStore) -> None:
    plan, gate = release(5)[0], threading.Barrier(4)

    def press(number: int) -> object:
        event = Event(source="slack", id=f"p{number}", type=ASKED, record="CHG1")
        begin = Begin(event=event, plan=plan, policy=policy(), by="priya")
        own = StoredClosureJournal(closures.store, HandClock(NOW))
        gate.wait()
        return own.decide_closure("REL-77", lambda closure: decide(closure, begin))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    found = closures.closure("REL-77")

    assert sum(isinstance(a, Refusal) for a in answers) == 3
    assert found is not None and (found.run, len(found.events)) == (1, 1)
    closures.store.close()
