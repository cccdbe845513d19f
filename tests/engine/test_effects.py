"""What is owed is done: at once, once, in order, and whatever goes wrong is tried again or told."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from dbos import error as dbos_error

from bot.engine import Bug, Later, Patience
from bot.ports import Conflict, Denied, Failure, Gone, Throttled, Unreachable
from bot.store import Due, DueItem
from bot.store.tables import due, metadata
from tests.engine.bench import Bench, soon


def test_what_is_owed_is_done_once_and_told(bench: Bench) -> None:
    """Its row says so, and how it went. (How soon after the commit it begins is the bench's to print.)"""
    bench.works("quick", default="ok")
    for n in range(20):
        bench.owe("quick", f"quick{n}", lane=f"lane{n % 3}")
    bench.rests()

    row = bench.row("quick0")
    assert (row.state, row.outcome, row.runs, row.started, row.executor) == ("done", "ok", 1, None, None)
    assert row.done_at is not None


def test_what_was_rolled_back_is_never_done(bench: Bench) -> None:
    """Nothing is owed, so nothing is done."""
    calls = bench.works("rolled")
    with pytest.raises(ZeroDivisionError), bench.store.transaction() as tx:
        tx.owe(Due("rolled1", "rolled", "m1", bench.clock.now()))
        raise ZeroDivisionError
    bench.owe("rolled", "rolled2")
    bench.rests()

    assert calls == ["rolled2"]


def test_a_worker_may_settle_with_its_facts(bench: Bench) -> None:
    """Result and completion in one commit; the worker's return changes nothing any more."""

    def settle(item: DueItem) -> str:
        with bench.store.transaction() as tx:
            tx.settle(item.key, "with the facts")
        return "afterwards"

    bench.works("settles", settle)
    bench.owe("settles", "settles1")
    bench.rests()

    assert (bench.row("settles1").state, bench.row("settles1").outcome) == ("done", "with the facts")


def test_a_lane_keeps_its_order_and_its_one_place(bench: Bench) -> None:
    """Never two of one lane at a time, never one before another; other lanes do not wait."""
    under_way: set[str] = set()
    done: list[str] = []
    gate = threading.Event()

    def step(item: DueItem) -> None:
        assert not under_way
        under_way.add(item.key)
        if item.key == "ordered0":
            gate.wait(5)
        done.append(item.key)
        under_way.discard(item.key)

    bench.works("ordered", default=step)
    others = bench.works("other")
    bench.owe("ordered", *(f"ordered{n}" for n in range(6)), lane="slack:C1")
    bench.owe("other", "other1", lane="slack:C2")
    bench.owe("other", "other2")

    soon(lambda: len(others) == 2)
    assert done == []
    gate.set()
    bench.rests()

    assert done == [f"ordered{n}" for n in range(6)]


def test_a_lane_waits_for_the_one_that_is_tried_again(bench: Bench) -> None:
    """What comes after a message must not be said before it; once it is given up, the lane goes on."""
    first = bench.works(
        "stumbles", Unreachable("no answer"), Throttled("wait", retry_after=0.05), Denied("not allowed")
    )
    after = bench.works("follows", default=lambda item: str(len(first)))
    bench.owe("stumbles", "stumbles1", lane="slack:C3")
    bench.owe("follows", "follows1", lane="slack:C3")
    bench.rests()

    assert after == ["follows1"]
    assert bench.row("follows1").outcome == "3"
    assert bench.row("stumbles1").state == "failed"


def test_one_slow_lane_takes_one_place(bench: Bench) -> None:
    """Ten things in a stuck lane leave the others seven threads."""
    gate = threading.Event()
    bench.works("stuck", default=lambda item: gate.wait(10) and None)
    calls = bench.works("brisk")
    bench.owe("stuck", *(f"stuck{n}" for n in range(10)), lane="slow")
    bench.owe("brisk", *(f"brisk{n}" for n in range(20)))

    soon(lambda: len(calls) == 20)
    assert bench.engine.health().running <= 2
    gate.set()
    bench.rests()


def test_no_more_run_than_there_are_threads(bench: Bench) -> None:
    """Eight at a time, and none is forgotten."""
    at_once, most, lock = 0, 0, threading.Lock()

    def work(item: DueItem) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1

    bench.works("crowd", default=work)
    bench.owe("crowd", *(f"crowd{n}" for n in range(30)))
    bench.rests()

    assert 2 <= most <= 8


@pytest.mark.parametrize(
    "failure", [Unreachable("no answer"), Conflict("changed"), Throttled("slow", retry_after=0.01)]
)
def test_what_may_pass_is_tried_again(bench: Bench, failure: Failure) -> None:
    """With the words of the last failure on the row until it works out."""
    kind = type(failure).__name__
    calls = bench.works(kind, failure, failure, default="ok")
    bench.owe(kind, f"{kind}1")
    bench.rests()

    row = bench.row(f"{kind}1")
    assert (len(calls), row.state, row.attempts, row.runs, row.last_error) == (3, "done", 2, 3, None)


@pytest.mark.parametrize("failure", [Denied("The token was revoked."), Gone("The channel is gone."), Failure("No.")])
def test_what_waiting_does_not_cure_is_given_up_and_told(bench: Bench, failure: Failure) -> None:
    """Once: visible with its words, counted in the health, told to the flow; a person can have it tried again."""
    kind = f"cure-{type(failure).__name__}"
    calls = bench.works(kind, failure, default="ok")
    failed = bench.engine.health().failed
    bench.owe(kind, f"{kind}1")
    bench.rests()

    row = bench.row(f"{kind}1")
    assert (len(calls), row.state, row.last_error) == (1, "failed", str(failure))
    assert (f"{kind}1", str(failure)) in bench.given_up
    assert bench.engine.health().failed == failed + 1

    with bench.store.transaction() as tx:
        assert tx.reopen(f"{kind}1")
        assert not tx.reopen(f"{kind}1")
    bench.rests()
    assert bench.row(f"{kind}1").state == "done"


def test_a_kind_may_bound_its_attempts(bench: Bench) -> None:
    """The third failure of a kind that is limited to three is the last."""
    calls = bench.works("limited", default=Unreachable("no answer"))
    bench.owe("limited", "limited1")
    bench.rests()

    assert len(calls) == 3
    assert (bench.row("limited1").state, bench.row("limited1").attempts) == ("failed", 3)


def test_a_bug_is_logged_once_and_parked_in_the_end(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """People get a reference; the log has the details under it, once."""
    calls = bench.works("broken", default=KeyError("a mistake of ours"))
    with caplog.at_level(logging.ERROR, "bot.engine"):
        bench.owe("broken", "broken1", bad_news=True)
        bench.rests()

    assert len(calls) == 3
    row = bench.row("broken1")
    assert row.state == "failed"
    assert row.last_error is not None
    reference = row.last_error.split("(reference ")[1].split(")")[0]
    assert reference.startswith("RR-")
    assert row.last_error.startswith(f"Something unexpected went wrong (reference {reference}).")
    assert "a mistake of ours" not in row.last_error
    tracebacks = [record for record in caplog.records if record.exc_info and reference in record.getMessage()]
    assert len([record for record in tracebacks if "KeyError" in str(record.exc_info)]) == 1


def test_later_is_no_failure_and_frees_the_lane(bench: Bench) -> None:
    """A worker that comes too early says when; others of its lane go on meanwhile."""
    at = bench.clock.now() + timedelta(hours=2)
    calls = bench.works("early", Later(at), default="ok")
    bench.owe("early", "early1", "early2", lane="early")
    bench.rests()

    assert calls == ["early1", "early2"]
    assert (bench.row("early1").due_at, bench.row("early1").attempts) == (at, 0)
    bench.clock.passes(hours=2)
    bench.rests()
    assert calls == ["early1", "early2", "early1"]


def test_a_deadline_fires_when_business_time_reaches_it(bench: Bench) -> None:
    """Not before, and not when it was withdrawn; the sweep finds it without being told."""
    calls = bench.works("deadline")
    bench.owe("deadline", "expire", "withdrawn", hours=4)
    bench.rests()
    assert calls == []
    with bench.store.transaction() as tx:
        tx.withdraw("withdrawn")

    bench.clock.passes(hours=3.9)
    bench.rests()
    assert calls == []
    bench.clock.passes(hours=0.2)
    soon(lambda: calls == ["expire"], timeout=3)


def test_a_deadline_in_a_lane_blocks_nobody_before_its_time(bench: Bench) -> None:
    """It was owed first, and its turn comes when it is due."""
    calls = bench.works("turn")
    bench.owe("turn", "turn-late", lane="turn", hours=1)
    bench.owe("turn", "turn-now", lane="turn")
    bench.rests()
    assert calls == ["turn-now"]
    bench.clock.passes(hours=1)
    bench.rests()

    assert calls == ["turn-now", "turn-late"]


def test_a_kind_that_nobody_here_knows_waits(bench: Bench) -> None:
    """A newer replica owes it and will do it; meanwhile it shows."""
    bench.owe("of-tomorrow", "tomorrow1")
    assert not bench.engine.idle(0.2)
    assert [item.key for item in bench.engine.pending()] == ["tomorrow1"]
    bench.clock.passes(hours=0.5)
    health = bench.engine.health()
    assert (health.waiting, health.oldest) == (1, timedelta(hours=0.5))

    calls = bench.works("of-tomorrow")
    bench.rests()
    assert calls == ["tomorrow1"]
    assert bench.engine.health().oldest is None


def test_a_start_that_was_lost_is_found_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database fails between taking and starting: nothing is lost, nothing runs twice."""
    calls = bench.works("lost")
    real = bench.engine._durable.start
    lost: list[str] = []

    def fail_once(workflow: str, key: str) -> None:
        if not lost:
            lost.append(workflow)
            raise Unreachable("the database does not answer")
        real(workflow, key)

    monkeypatch.setattr(bench.engine._durable, "start", fail_once)
    bench.owe("lost", "lost1", lane="lost")
    bench.rests()

    assert (lost, calls, bench.row("lost1").runs) == (["eff:lost1:1"], ["lost1"], 2)


def test_a_result_that_could_not_be_written_is_found_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect happened, its end was not recorded: the worker runs again and finds it done."""
    calls = bench.works("unsaid", default="ok")
    real = bench.engine._owed.done
    refused: list[str] = []

    def fail_once(item: DueItem, outcome: str | None) -> bool:
        if item.key == "unsaid1" and not refused:
            refused.append(item.key)
            raise Unreachable("the database does not answer")
        return real(item, outcome)

    monkeypatch.setattr(bench.engine._owed, "done", fail_once)
    bench.owe("unsaid", "unsaid1")
    bench.rests()

    assert (calls, bench.row("unsaid1").state) == (["unsaid1", "unsaid1"], "done")


def test_nothing_is_pickled_and_only_keys_are_stored(bench: Bench) -> None:
    """Who can write to the database cannot make us run code, and no payload lies about in a second place."""
    bench.works("plain", KeyError("a secret of the payload"), default="ok")
    bench.owe("plain", "plain1", text="a secret of the payload")
    bench.rests()

    schema = None if bench.store.is_sqlite else "dbos"
    names = sa.inspect(bench.store.engine).get_table_names(schema=schema)
    everything = ""
    for name in set(names) - set(metadata.tables):
        with bench.store.reading() as connection:
            table = sa.text(f"SELECT * FROM {f'{schema}.{name}' if schema else name}")
            everything += str(connection.execute(table).mappings().all())
    assert "eff:plain1:2" in everything
    assert '{"namedArgs":{},"positionalArgs":["plain1"]}' in everything
    assert "portable_json" in everything
    assert "py_pickle" not in everything
    assert "gASV" not in everything  # what every pickle begins with, in base64
    assert "a secret" not in everything


def test_old_workflows_are_forgotten(bench: Bench) -> None:
    """What DBOS remembers is for recovery; the ledger is the memory."""
    bench.works("old")
    bench.owe("old", "old1")
    bench.rests()
    with bench.store.transaction() as tx:
        tx.first_time("an old delivery", datetime.now(UTC) - timedelta(days=8))
        tx.first_time("a new delivery")

    soon(lambda: bench.engine._durable.forget(timedelta(seconds=-60)) > 0)
    bench.engine.tidy()

    assert not bench.engine._durable.knows("eff:old1:1")
    with bench.store.transaction() as tx:
        assert tx.first_time("an old delivery")
        assert not tx.first_time("a new delivery")


def test_acts_of_long_ago_are_forgotten_and_nothing_else_that_was_owed(bench: Bench) -> None:
    """What people typed with them goes with them. Other effects are owed once for ever: their keys stay."""
    for kind in ("act", "note"):
        bench.works(kind)
        for key in ("old", "new"):
            bench.owe(kind, f"{kind}:{key}", text="what somebody typed")
    bench.rests()
    with bench.store.transaction() as tx:
        long_ago = datetime.now(UTC) - timedelta(days=8)
        tx._connection.execute(sa.update(due).where(due.c.key.endswith("old")).values(done_at=long_ago))

    bench.engine.tidy()

    left = [item.key for kind in ("act", "note") for item in bench.store.due(kind=kind)]
    assert sorted(left) == ["act:new", "note:new", "note:old"]


def test_what_another_process_gave_up_is_a_line_and_no_traceback(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A replica that thaws finds its work parked; anything else that breaks keeps its traceback."""
    for cause in (dbos_error.DBOSAwaitedWorkflowCancelledError("eff:a:1"), ValueError("a bug")):
        logging.getLogger("dbos").error("Exception encountered in background workflow:", exc_info=cause)

    foreseen, bug = caplog.records
    assert (foreseen.levelname, foreseen.exc_info) == ("WARNING", None)
    assert "eff:a:1" in foreseen.getMessage()
    assert (bug.levelname, bug.exc_info is not None) == ("ERROR", True)


def test_who_has_nothing_to_do_seldom_asks_the_database(bench: Bench) -> None:
    """It looks about once a second and is otherwise woken: a loop that never rests would ask thousands of times."""
    bench.rests()
    asked: list[str] = []
    listen = ("before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
    engines = {bench.store.engine, bench.store._light, bench.engine._durable._database}
    for engine in engines:
        sa.event.listen(engine, *listen)
    began = time.monotonic()
    time.sleep(2)
    waited = time.monotonic() - began
    for engine in engines:
        sa.event.remove(engine, *listen)

    assert 0 < len(asked) < 100 * waited


@pytest.mark.parametrize(
    ("attempts", "low", "high"), [(1, 0.5, 1), (2, 1, 2), (5, 8, 16), (9, 128, 256), (99, 150, 300)]
)
def test_waiting_doubles_to_a_cap_and_is_spread(attempts: int, low: float, high: float) -> None:
    """One second, two, four … five minutes; half of it is chance."""
    patience = Patience()

    waits = [patience.wait("post", Unreachable("x"), attempts, 0, chance) for chance in (0.0, 0.999999)]

    assert waits == [pytest.approx(low), pytest.approx(high, rel=0.01)]


def test_a_service_that_says_when_is_not_asked_before() -> None:
    """Retry-After is kept, with a little spread after it and none before."""
    wait = Patience().wait("post", Throttled("x", retry_after=30), 40, 0, 0.5)

    assert wait == pytest.approx(31.5)


def test_a_bug_has_few_attempts() -> None:
    """The fifth is the last, whatever failed before."""
    assert Patience().wait("post", Bug("RR-AAAA"), 9, 4, 0.0) is not None
    assert Patience().wait("post", Bug("RR-AAAA"), 9, 5, 0.0) is None


def test_what_is_tried_again_is_one_line_in_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Which effect, which attempt, why, and when the next one comes: an operator sees trouble while it lasts."""
    bench.works(
        "wobbles", Unreachable("Slack did not answer."), Throttled("Slack asks us to slow down.", retry_after=0.05)
    )
    with caplog.at_level(logging.WARNING, "bot.engine"):
        bench.owe("wobbles", "wobbles1")
        bench.rests()

    lines = [r.getMessage() for r in caplog.records if "wobbles1" in r.getMessage()]
    assert [line.rpartition(" Again in ")[0] for line in lines] == [
        "wobbles1 (wobbles) failed, attempt 1: Slack did not answer.",
        "wobbles1 (wobbles) failed, attempt 2: Slack asks us to slow down.",
    ]
    assert lines[1].endswith("Again in 0.1 s.")
    assert not any(r.exc_info for r in caplog.records)


def test_a_sweep_that_no_longer_runs_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The health tells for how long nothing that is due has been looked for; when it works again, that is seen too."""
    with monkeypatch.context() as broken:
        broken.setattr(bench.engine._owed, "take", _unreachable)
        soon(lambda: bench.engine.health().unswept > 1.2)

    soon(lambda: bench.engine.health().unswept < 1)


def _unreachable(*_: object) -> list[object]:
    raise Unreachable("The database does not answer.")
