"""What goes wrong: processes die and freeze, providers fail and stall, deliveries double, the database is locked, time leaps."""

from __future__ import annotations

import itertools
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from bot.store.tables import ledger_head
from tests.torture.installation import Installation, Replica
from tests.torture.moments import MOMENTS, Moment
from tests.torture.replica import LEASE

ERRORS_IN = 20  # one request in so many goes wrong
SERVICES = {
    "slack": (429, 500, 503), "google": (401, 403, 429, 500, 503), "microsoft": (401, 429, 500, 503, 504)
}  # fmt: skip
ON_THE_WAY = ("slow", "hang", "drop_before", "drop_after", "late")
DELIVERIES = ("duplicate", "slow", "reorder", "drop_before")


class Trouble(threading.Thread):
    """Something that goes on until it is called off; an error of its own ends the torture."""

    def __init__(self, installation: Installation, random: Random) -> None:
        super().__init__(name=type(self).__name__, daemon=True)
        self.installation, self.random = installation, random
        self.told: Counter[str] = Counter()
        self.over = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.goes_wrong()
        except BaseException as error:
            self.error = error
            raise

    def goes_wrong(self) -> None:
        raise NotImplementedError

    def ends(self) -> None:
        self.over.set()
        self.join(60)


class Errors(Trouble):
    """One request in twenty fails in some way, each way as often as the others; now and then a storm or an outage."""

    def goes_wrong(self) -> None:
        asked, given = self._asked(), 0
        while not self.over.wait(0.1):
            wanted = (self._asked() - asked) // ERRORS_IN
            for _ in range(min(wanted - given, 5)):
                self._one()
            given = max(given, wanted)
            if self.random.random() < 0.002:
                self._storm()

    def _asked(self) -> int:
        sandbox = self.installation.sandbox
        return sandbox.slack.state.revision + sandbox.book.revision  # each change was asked for once, about

    def _one(self) -> None:
        faults, random = self.installation.sandbox.faults, self.random
        service = random.choice(tuple(SERVICES))
        if service == "slack" and random.random() < 0.3:
            kind = random.choice(DELIVERIES)
            faults.add(service=service, operation="deliver.*", kind=kind, seconds=random.random())
        elif random.random() < 0.5:
            status = random.choice(SERVICES[service])
            word = "rateLimitExceeded" if status == 403 else ""
            faults.add(service=service, status=status, word=word, retry_after=1 if status == 429 else None)
            kind = str(status)
        else:
            kind = random.choice(ON_THE_WAY)
            faults.add(service=service, operation=_not_deliveries(random), kind=kind, seconds=0.2 + random.random())
        self.told[f"{service} {kind}"] += 1

    def _storm(self) -> None:
        """Everybody is throttled, or nobody answers, for seconds."""
        service = self.random.choice(tuple(SERVICES))
        status = self.random.choice((429, 503))
        fault = self.installation.sandbox.faults.add(service=service, status=status, retry_after=1, times=None)
        self.over.wait(1 + 3 * self.random.random())
        self.installation.sandbox.faults.remove(fault.id)
        self.told[f"{service} storm of {status}"] += 1


def _not_deliveries(random: Random) -> str:
    return random.choice(("chat.*", "users.*", "conversations.*", "events.*", "[fg]*", "*"))


class Echoes(Trouble):
    """What was delivered is delivered once more, a while later and to another replica."""

    def goes_wrong(self) -> None:
        courier = self.installation.sandbox.slack.courier
        while not self.over.wait(0.2 + 0.4 * self.random.random()):
            if courier.log:
                self.installation.route(self.random)
                courier.repeat(self.random.choice(courier.log[-60:]))
                self.told["deliveries repeated"] += 1


class Locks(Trouble):
    """Somebody else keeps the database locked for seconds."""

    def goes_wrong(self) -> None:
        while not self.over.wait(10 + 20 * self.random.random()):
            with _locked(self.installation):
                self.over.wait(0.5 + 2.5 * self.random.random())
            self.told["database locked"] += 1


@contextmanager
def _locked(installation: Installation) -> Iterator[None]:
    if installation.store.is_sqlite:
        path = str(installation.store.address.database)
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
    else:
        with installation.store.engine.connect() as connection:
            connection.execute(sa.select(ledger_head).with_for_update()).all()
            yield
            connection.rollback()


class Leaps(Trouble):
    """Business time leaps ahead: holds run out, people are reminded, rounds come."""

    def goes_wrong(self) -> None:
        while not self.over.wait(20 + 30 * self.random.random()):
            self.installation.sandbox.clock.move(timedelta(minutes=self.random.choice((16, 31, 62, 125))))
            self.told["leaps of time"] += 1


class Deaths(Trouble):
    """kill -9 at each moment in turn, and freezing in between. `kills` and `stops` count what really happened."""

    def __init__(self, installation: Installation, random: Random, wanted: int, pause: float) -> None:
        super().__init__(installation, random)
        self.wanted, self.pause = wanted, pause
        self.kills = self.stops = 0
        self._boot = 0.0  # seconds: on a machine with much to do people must get a turn in between all the same
        order = list(MOMENTS)
        random.shuffle(order)
        self._moments = itertools.cycle(order)

    def goes_wrong(self) -> None:
        while self.kills < self.wanted and not self.over.is_set():
            alone = len(self.installation.replicas) == 1
            self.over.wait(self.pause * 2 * self.random.random() + (self._boot if alone else 0))
            match self.random.random():
                case chance if chance < 0.15:
                    self._freezes()
                case chance if chance < 0.2:
                    self._all_die()
                case _:
                    self._dies_at(next(self._moments))

    def _dies_at(self, moment: Moment) -> None:
        came = moment.comes(self.installation)
        victim = self.installation.victim(moment.kinds, self.random)
        if victim is not None and victim.dies():
            self.kills += 1
            self.told[f"killed: {moment.name}" if came else "killed: at random"] += 1
            self._starts_again(victim)

    def _all_die(self) -> None:
        """The power goes."""
        dead = [r for r in self.installation.replicas if r.dies()]
        self.kills += len(dead)
        self.told["killed: all at once"] += len(dead)
        for each in dead:
            self._starts_again(each)

    def _starts_again(self, replica: Replica) -> None:
        if self.random.random() < 0.07:  # and dies while it starts
            replica.launch()
            self.over.wait(0.3 + 2 * self.random.random())
            self.kills += replica.dies()
            self.told["killed: while it starts"] += 1
        began = time.monotonic()
        self.installation.starts(replica)
        self._boot = time.monotonic() - began

    def _freezes(self) -> None:
        """Some for longer than their lease lasts: others do their work, and then they thaw."""
        victim = self.installation.victim(("place", "announce", "confirm", "release"), self.random)
        if victim is None:
            return
        alone = len(self.installation.replicas) == 1
        victim.stops()
        url, victim.url = victim.url, victim.url if alone or self.random.random() < 0.3 else ""
        self.over.wait(3 * self.random.random() if alone else self.random.choice((1.0, 3.0, LEASE + 3)))
        victim.goes_on()
        victim.url = url
        self.stops += 1
        self.told["frozen"] += 1


def off(troubles: list[Trouble]) -> dict[str, Any]:
    """All of them end; what they did, by name."""
    for each in troubles:
        each.ends()
    told: Counter[str] = Counter()
    for each in troubles:
        told += each.told
    return dict(sorted(told.items()))


def raise_what_broke(threads: list[Any]) -> None:
    for each in threads:
        if each.error is not None:
            raise each.error


def wait_for(trouble: Trouble, until: float) -> None:
    while trouble.is_alive() and time.monotonic() < until:
        time.sleep(0.2)
