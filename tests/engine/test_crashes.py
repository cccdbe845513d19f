"""kill -9 at any moment: after the next start each effect is done, and none is recorded twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.engine import Engine, Pace, Patience, Worker
from bot.ports import Failure
from bot.store import DatabaseUnusable, DueItem, Store
from tests.engine.actor import noted, outside, owe
from tests.engine.bench import QUICK, HandClock, soon, states
from tests.store.databases import KINDS, new_database, open_store


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = open_store(new_database(request.param, tmp_path))
    yield store
    store.close()


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[Store]:
    store = open_store(new_database("postgresql", tmp_path))
    yield store
    store.close()


def _actor(store: Store, folder: Path, moment: str) -> subprocess.Popen[str]:
    url = store.address.set(drivername=store.address.get_backend_name()).render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.engine.actor", url, str(folder), moment]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _dies(actor: subprocess.Popen[str]) -> None:
    _, complaints = actor.communicate(timeout=20)
    assert actor.returncode == -signal.SIGKILL, complaints


@contextmanager
def _engine(store: Store, worker: Worker, patience: Patience = QUICK, **more: object) -> Iterator[Engine]:
    pace = Pace(takeover=0.2, lease=0.8)
    engine = Engine(store, HandClock(), {"outside": worker}, patience=patience, pace=pace, **more)  # type: ignore[arg-type] # on_give_up
    engine.launch()
    try:
        yield engine
    finally:
        engine.stop()


@pytest.mark.parametrize(
    ("moment", "tries", "repeats"),
    [
        ("uncommitted", [], []),
        ("unstarted", ["k1", "k2"], []),
        ("inside", ["k1", "k1", "k2"], []),
        ("after", ["k1", "k1", "k2"], ["k1"]),
    ],
)
def test_each_effect_is_done_whenever_the_process_dies(
    store: Store, tmp_path: Path, moment: str, tries: list[str], repeats: list[str]
) -> None:
    """Before the commit nothing is owed; after it everything is done, in the lane's order; an effect that happened
    before its end could be recorded is found by its key."""
    _dies(_actor(store, tmp_path, moment))

    with _engine(store, outside(tmp_path)) as engine:
        assert engine.idle(15)

    assert noted(tmp_path / "tries") == tries
    assert noted(tmp_path / "repeats") == repeats
    assert states(store, ["k1", "k2"]) == dict.fromkeys(sorted(set(tries)), "done")
    assert len(list(tmp_path.glob("effect-*"))) == len(set(tries))
    assert store.verify().ok
    assert store.projections_differ() == []


def test_thirty_effects_survive_a_death_in_their_midst(store: Store, tmp_path: Path) -> None:
    """Wherever the knife falls: each effect once, each row done."""
    actor = _actor(store, tmp_path, "many")
    soon(lambda: len(noted(tmp_path / "tries")) > 9)
    actor.kill()
    _dies(actor)

    with _engine(store, outside(tmp_path)) as engine:
        assert engine.idle(20)

    assert [item.state for item in store.due()] == ["done"] * 30
    assert len(list(tmp_path.glob("effect-*"))) == 30
    assert store.verify().ok


def test_the_work_of_a_dead_replica_is_taken_over(on_postgresql: Store, tmp_path: Path) -> None:
    """While it lives nobody touches its work; when its lease runs out another replica finishes it."""
    store = on_postgresql
    with _engine(store, outside(tmp_path)) as engine:
        actor = _actor(store, tmp_path, "slow")
        soon(lambda: len(noted(tmp_path / "tries")) == 2)
        owners = {item.executor for item in store.due(open=True)}
        actor.kill()
        _dies(actor)
        assert engine.idle(15)

    assert states(store, ["k1", "k2"]) == {"k1": "done", "k2": "done"}
    if engine.executor not in owners:
        assert sorted(noted(tmp_path / "tries")) == ["k1", "k1", "k2", "k2"]
    assert len(list(tmp_path.glob("effect-*"))) == 2


def test_a_replica_that_lives_keeps_its_work(on_postgresql: Store, tmp_path: Path) -> None:
    """Longer than a lease: what is renewed is not taken."""
    store = on_postgresql
    owe(store, "k1", takes=1.2)
    with _engine(store, outside(tmp_path)):
        soon(lambda: noted(tmp_path / "tries") == ["k1"])
        actor = _actor(store, tmp_path, "idle")
        soon(lambda: store.due()[0].state == "done")
        actor.kill()
        _dies(actor)

    assert (noted(tmp_path / "tries"), store.due()[0].takeovers) == (["k1"], 0)


def test_a_replica_that_wakes_up_after_its_work_was_taken_changes_nothing(on_postgresql: Store, tmp_path: Path) -> None:
    """Frozen, taken over, thawed: its call may happen twice, its record does not."""
    store = on_postgresql
    actor = _actor(store, tmp_path, "slow")
    soon(lambda: len(noted(tmp_path / "tries")) == 2)
    os.kill(actor.pid, signal.SIGSTOP)
    with _engine(store, outside(tmp_path)) as engine:
        assert engine.idle(15)
        before = store.due()
        os.kill(actor.pid, signal.SIGCONT)
        soon(lambda: len(noted(tmp_path / "repeats")) == 2)
        assert engine.idle(5)
        actor.kill()
        _dies(actor)

    assert store.due() == before
    assert {item.takeovers for item in before} == {1}


def test_what_kills_every_process_is_parked(tmp_path: Path) -> None:
    """Not run for ever: it shows, the flow is told, the rest of its lane goes on."""
    store = open_store(new_database("sqlite", tmp_path))
    told: list[tuple[str, str]] = []

    def tell_flow(item: DueItem, failure: Failure) -> None:
        told.append((item.key, str(failure)))

    _dies(_actor(store, tmp_path, "inside"))

    with _engine(store, outside(tmp_path), Patience(takeovers=0), on_give_up=tell_flow) as engine:
        assert engine.idle(15)
        assert engine.health().failed == 1

    assert states(store, ["k1", "k2"]) == {"k1": "failed", "k2": "done"}
    assert told == [("k1", "Given up after 1 process ended while it was at it.")]
    store.close()


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    """In a sentence, before anything is changed; and a dead one is in nobody's way."""
    store = open_store(new_database("sqlite", tmp_path))
    actor = _actor(store, tmp_path, "idle")
    assert actor.stdout is not None
    assert actor.stdout.readline() == "ready\n"

    second = Engine(store, HandClock(), {})
    with pytest.raises(DatabaseUnusable) as refused:
        second.launch()
    second.stop()

    assert str(refused.value) == (
        f"Another readiness-bot already works with {store.address.database}. Nothing was changed. "
        "Stop it first, or give DATABASE_URL a PostgreSQL database, which several can share."
    )
    assert len(store.facts("m1")) == 0  # reading is allowed meanwhile
    actor.kill()
    _dies(actor)
    with _engine(store, outside(tmp_path)) as engine:
        assert engine.idle(5)
    assert oct((tmp_path / "data" / f"{Path(store.address.database or '').name}.lock").stat().st_mode)[-3:] == "600"
    store.close()


def test_who_lost_its_lease_begins_nothing(on_postgresql: Store, tmp_path: Path) -> None:
    """Others may have taken its work over: first it renews, then it goes on."""
    store = on_postgresql
    with _engine(store, outside(tmp_path)) as engine:
        soon(engine._lease.holds)
        engine._lease.renew = lambda: None  # type: ignore[method-assign] # the database does not let it
        soon(lambda: not engine._lease.holds())
        owe(store, "k1")
        time.sleep(0.3)
        assert noted(tmp_path / "tries") == []
        del engine._lease.renew  # type: ignore[misc] # now it does
        assert engine.idle(10)

    assert noted(tmp_path / "tries") == ["k1"]


def test_stopping_lets_what_runs_end_and_prints_nothing(
    store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Drained, not cut; what was not begun waits for the next start; no line on the console."""
    with _engine(store, outside(tmp_path)) as engine:
        owe(store, *(f"k{n}" for n in range(12)), takes=0.2)
        soon(lambda: len(noted(tmp_path / "tries")) == 8)

    done = [item.key for item in store.due(state="done")]
    assert len(done) == 8 == len(noted(tmp_path / "tries"))
    assert engine.drain(0.1)
    assert capfd.readouterr() == ("", "")

    with _engine(store, outside(tmp_path)) as engine:
        assert engine.idle(10)
    assert len(noted(tmp_path / "tries")) == 12


def test_stopping_does_not_wait_for_ever(store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What hangs is left behind without a traceback and done by the next start."""
    with _engine(store, outside(tmp_path)) as engine:
        owe(store, "k1", takes=0.7)
        soon(lambda: noted(tmp_path / "tries") == ["k1"])
        assert not engine.drain(0.1)
        engine.stop(timeout=0.1)
    time.sleep(0.8)
    assert capfd.readouterr() == ("", "")

    with _engine(store, outside(tmp_path)) as engine:
        assert engine.idle(10)
    assert store.due()[0].state == "done"
