"""Doing: each effect once, each deadline when its time comes, whatever process dies in between."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.engine.durable import Durable
from bot.engine.flight import Flight
from bot.engine.leases import lease
from bot.engine.owed import Owed, Taken
from bot.engine.patience import Bug, Later, Patience
from bot.engine.takeover import TakeOver
from bot.ports import Clock, Failure, Paced, Shut
from bot.store import DueItem, Store
from bot.store.tables import due, inbound

log = logging.getLogger("bot.engine")

Worker = Callable[[DueItem], str | None]
"""Does one thing owed and records its result in the store, in transactions of its own. It may run again after a crash,
so it looks before it writes. What it returns is a word for operators; it may settle the row itself, with its facts."""

GiveUp = Callable[[DueItem, Failure], None]
"""Records that something owed will not be done. It may be called again after a crash. While it fails (what it must look up
or take back does not answer) the thing stays owed: half done is not given up."""


@dataclass(frozen=True)
class Pace:
    """How often the engine looks, in seconds of real time. The sweep finds deadlines and what a crash left behind."""

    sweep: float = 1.0
    takeover: float = 5.0
    lease: float = 20.0
    starters: int = 4
    remember: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Health:
    """`waiting` is what is owed by now, `oldest` for how long (business time); `failed` needs a person. `database`: why it
    cannot be read or written; then the counts are 0. `unswept`: seconds of real time since the last whole sweep."""

    executor: str
    running: int
    waiting: int
    oldest: timedelta | None
    failed: int
    database: str | None = None
    unswept: float = 0.0


class Engine:
    """Runs what is owed. One in a process at a time; on PostgreSQL any number of processes share the work."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workers: Mapping[str, Worker],
        *,
        patience: Patience | None = None,
        on_give_up: GiveUp | None = None,
        threads: int = 8,
        pace: Pace | None = None,
        paused: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workers = workers
        self._patience = patience or Patience()
        self._on_give_up = on_give_up
        self._pace = pace or Pace()
        self._paused = paused  # kinds that are not begun for now: what is owed of them waits, in its order
        self.executor = f"readiness-{secrets.token_hex(6)}"  # new with each start: the dead one's work is not ours
        self._flight = Flight(threads)
        self._owed = Owed(store, self.executor)
        self._durable = Durable(store, self.executor, threads, self._run)
        self._lease = lease(store, self.executor, self._pace.lease)
        self._takeover = TakeOver(
            self._owed, self._durable, self._lease, self._flight, self.executor, self._patience, self._give_up
        )
        self._starters = ThreadPoolExecutor(self._pace.starters, thread_name_prefix="engine-start")
        self._loops: list[threading.Thread] = []
        self._bell = threading.Event()
        self._closing = threading.Event()
        self._ended = threading.Event()
        self._unhear: Callable[[], None] | None = None
        self._swept = time.monotonic()
        self._chance = random.Random()  # noqa: S311 # it spreads retries and guards nothing

    # -- its life

    def launch(self) -> None:
        """Begin to work; on SQLite all that another process left unfinished is taken over now. Raises DatabaseUnusable
        when another process has the file or a newer program its tables."""
        if self._store.is_sqlite:
            self._lease.enter()
            self._store.migrate()
        else:
            self._store.migrate()
            self._lease.enter()
        try:
            self._durable.launch()
        except BaseException:
            self._durable.stop()
            self._lease.leave()
            raise
        self._takeover.all()
        self._unhear = self._store.after_commit(lambda keys: self._bell.set())
        self._loop("engine-dispatch", self._dispatch_forever)
        self._loop("engine-care", self._care_forever)
        self._bell.set()

    def drain(self, timeout: float = 10.0) -> bool:
        """Start nothing more and wait for what runs. False when it did not end in time."""
        self._closing.set()
        self._bell.set()
        return self._flight.landed(timeout)

    def stop(self, timeout: float = 5.0) -> None:
        """Drain, then end quietly. What did not end in time is finished by the next process."""
        if not self._loops:
            return
        if self._unhear:
            self._unhear()
        self.drain(timeout)
        self._ended.set()
        self._bell.set()
        for loop in self._loops:
            loop.join(timeout=10)
        self._loops.clear()
        self._starters.shutdown(cancel_futures=True)
        self._durable.stop()
        _troubled(self._lease.leave)

    def nudge(self) -> None:
        """Look now: business time was moved."""
        self._bell.set()

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is owed by now and nothing runs. False when that did not come about in time."""
        end = time.monotonic() + timeout
        while not self._nothing_to_do():
            if time.monotonic() >= end:
                return False
            self._bell.set()
            self._ended.wait(0.02)
        return True

    def _nothing_to_do(self) -> bool:
        waiting, _ = self._owed.waiting(self._clock.now())
        return waiting == 0 and self._flight.empty()

    def pending(self) -> list[DueItem]:
        """What is owed by now and not done."""
        return self._store.due(open=True, before=self._clock.now())

    def health(self) -> Health:
        now, unswept = self._clock.now(), time.monotonic() - self._swept
        try:
            self._store.check_writable()
            waiting, oldest = self._owed.waiting(now)
            since = None if oldest is None else max(now - oldest, timedelta())
            return Health(self.executor, len(self._flight), waiting, since, self._owed.given_up(), None, unswept)
        except Failure as failure:
            return Health(self.executor, len(self._flight), 0, None, 0, str(failure), unswept)

    # -- starting what is owed

    def _dispatch_forever(self) -> None:
        while not self._ended.is_set():
            self._bell.wait(self._flight.until_alarm(self._pace.sweep))
            self._bell.clear()
            if self._lease.holds() and not self._closing.is_set():
                trouble = _troubled(self._dispatch)
                _complain(trouble, "Looking for what is owed")
                if trouble is None:
                    self._swept = time.monotonic()

    def _dispatch(self) -> None:
        while free := self._flight.free():
            with self._flight.boarding() as board:
                kinds = self._workers.keys() - self._paused()
                taken = self._owed.take(kinds, self._clock.now(), free)
                board([each.workflow for each in taken])
            for each in taken:
                self._starters.submit(self._start, each)
            if len(taken) < free:
                return

    def _start(self, taken: Taken) -> None:
        trouble = _troubled(lambda: self._durable.start(taken.workflow, taken.key))
        if trouble is not None:  # the row stays ours; taking over strays releases it
            self._flight.land(taken.workflow)
            _complain(trouble, f"Starting {taken.key}")

    # -- doing it

    def _run(self, key: str, workflow: str) -> str:
        self._flight.board(workflow)
        try:
            item = self._owed.enter(key, workflow)
            return "nothing left to do" if item is None else self._do(item)
        finally:
            self._flight.land(workflow)
            self._bell.set()  # its lane is free

    def _do(self, item: DueItem) -> str:
        outcome: list[str | None] = []
        trouble = _troubled(lambda: outcome.append(self._workers[item.kind](item)))
        if trouble is None:
            self._owed.done(item, outcome[0])
            return "done"
        if isinstance(trouble, Later):
            self._owed.later(item, trouble.at)
            return "later"
        return self._failed(item, trouble if isinstance(trouble, Failure) else _bug(item, trouble))

    def _failed(self, item: DueItem, failure: Failure) -> str:
        bug = isinstance(failure, Bug)
        if isinstance(failure, Shut | Paced):
            return self._waits(item, failure)
        attempts, bugs = item.attempts + 1, item.crashes + bug
        wait = self._patience.wait(item.kind, failure, attempts, bugs, self._chance.random())
        if wait is None:
            trouble = self._told_off(item, failure)
            if not isinstance(trouble, Failure):
                return self._gave_up(item, failure, trouble)
            failure, wait = trouble, self._patience.meanwhile(attempts, self._chance.random())
        log.warning("%s (%s) failed, attempt %d: %s Again in %.1f s.", item.key, item.kind, attempts, failure, wait)
        if self._owed.again(item, wait, str(failure), bug=bug):
            self._flight.alarm(wait)
        return "again"

    def _waits(self, item: DueItem, failure: Shut | Paced) -> str:
        """Until an operator has acted: told by an alarm of its own, so not here for each thing owed."""
        if self._owed.waits(item, failure.retry_after, str(failure)):
            self._flight.alarm(failure.retry_after)
        return "waits"

    def _told_off(self, item: DueItem, failure: Failure) -> Exception | None:
        tell = self._on_give_up
        return None if tell is None else _troubled(lambda: tell(item, failure))

    def _gave_up(self, item: DueItem, failure: Failure, trouble: Exception | None) -> str:
        words = str(failure) if trouble is None else f"{failure} {_bug(item, trouble)}"
        log.error("Gave up on %s (%s): %s", item.key, item.kind, words)
        self._owed.failed(item, words)
        return "failed"

    def _give_up(self, item: DueItem, failure: Failure) -> None:
        """For good: what each process dies of is not run again, whatever becomes of telling it."""
        self._gave_up(item, failure, self._told_off(item, failure))

    # -- looking after it

    def _care_forever(self) -> None:
        tidied = time.monotonic() - 23 * 3600  # an hour after the start, then daily
        while not self._ended.wait(self._pace.takeover):
            _complain(_troubled(self._takeover.strays), "Taking over what others left")
            self._bell.set()
            if time.monotonic() - tidied > 24 * 3600:
                tidied = time.monotonic()
                _complain(_troubled(self.tidy), "Forgetting what is long done")

    def tidy(self) -> None:
        """Forget the workflows, the deliveries and the acts of long ago; the ledger keeps what came of them. Nothing that was
        delivered then is taken again: its signature is too old."""
        with self._lease.sole() as mine:
            if mine:
                self._durable.forget(self._pace.remember)
                before = datetime.now(UTC) - self._pace.remember
                acts = (due.c.kind == "act", due.c.state == "done", due.c.done_at < before)
                for old in (sa.delete(inbound).where(inbound.c.at < before), sa.delete(due).where(*acts)):
                    with self._store.bookkeeping() as connection:
                        connection.execute(old)

    def _loop(self, name: str, target: Callable[[], None]) -> None:
        loop = threading.Thread(target=target, name=name, daemon=True)
        self._loops.append(loop)
        loop.start()


def _troubled(act: Callable[[], object]) -> Exception | None:
    """What went wrong, if anything: the engine's top, where a worker's mistake must not end the work of the others."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 # one of the two tops: logged with a reference, retried, then parked
        return error
    return None


def _bug(item: DueItem, error: Exception) -> Bug:
    """A reference for people; the details go to the log, once for each thing owed."""
    known = item.last_error or ""
    if "(reference RR-" in known:
        reference = known.split("(reference ")[1].split(")")[0]
        log.error("Again %s (%s) broke: reference %s", item.key, item.kind, reference)
        return Bug(reference)
    reference = "RR-" + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(4))
    log.error("%s (%s) broke: reference %s", item.key, item.kind, reference, exc_info=error)
    return Bug(reference)


def _complain(trouble: Exception | None, what: str) -> None:
    if isinstance(trouble, Failure):
        log.warning("%s did not work: %s", what, trouble)
    elif trouble is not None:
        log.error("%s broke; it is tried again.", what, exc_info=trouble)
