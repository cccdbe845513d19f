"""One database, one world of stand-ins, and as many replicas of the bot as wanted: each a process that may be killed."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import sqlalchemy as sa

from bot.store import Store
from bot.store.journal import rows
from bot.store.tables import due, replicas
from integrations.sandbox.keys import private_key
from integrations.sandbox.sandbox import Sandbox
from tests.processes.forked import Forked
from tests.store.databases import new_database
from tests.torture.office import Office

_AT = re.compile(r"readiness-bot answers at (http://\S+)\n")
_TICK = threading.Event()
_BOOT_SECONDS = 40.0
PROGRAM, NEWER = "tests.torture.replica", "tests.torture.newer"
TREE = Path(__file__).parents[2]


class Replica:
    """One process. `executor` is the name under which it works in the database."""

    def __init__(self, number: int, folder: Path, environment: dict[str, str]) -> None:
        self.number = number
        self._folder, self._environment = folder, environment
        self._process: Forked | None = None
        self.program = PROGRAM
        self.url = ""
        self.executor = ""
        self.stopped = False

    def launch(self) -> None:
        """Begin to start; `up` waits for it."""
        self.url = ""
        out, err = self._path("out"), self._path("err")
        self._before = out.stat().st_size if out.exists() else 0
        self._process = Forked(self.program, ["serve"], self._environment, TREE, out, err)

    def up(self) -> bool:
        """Whether it answers by now: waits until it does, or has ended."""
        assert self._process is not None
        end = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < end:
            found = _AT.search(self.said("out")[self._before :])
            if found:
                self.url = found[1]
                return True
            if self._process.poll() is not None:
                return False
            _TICK.wait(0.02)
        return False

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def dies(self) -> bool:
        """kill -9; False when it was dead already."""
        if not self.alive or self._process is None:
            return False
        self.url = ""
        self._process.kill()
        self._process.wait(10)
        self.stopped = False
        return True

    def ends(self) -> int:
        """SIGTERM."""
        assert self._process is not None
        self.url = ""
        self._process.terminate()
        return self._process.wait(20)

    def stops(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        self.stopped = True

    def goes_on(self) -> None:
        if self.stopped and self.alive and self._process is not None:
            self._process.send_signal(signal.SIGCONT)
        self.stopped = False

    def said(self, stream: str) -> str:
        path = self._path(stream)
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _path(self, stream: str) -> Path:
        return self._folder / f"replica{self.number}.{stream}"


class Installation:
    """Everything that is tortured. Looked at from outside through `store`."""

    def __init__(self, office: Office, folder: Path, database: str, count: int) -> None:
        self.office, self.folder = office, folder
        self.sandbox = Sandbox(organisation=office.folder).start()
        self.sandbox.slack.desk.moment = 0.01
        self.url = new_database("sqlite" if database == "sqlite" else "postgresql", folder)
        self.environment = {
            **self.sandbox.credentials(folder, private_key(1024)), "PATH": os.environ["PATH"], "READINESS_PORT": "0",
            "READINESS_DATA": str(folder / "data"), "DATABASE_URL": self.url, "PYTHONPATH": str(TREE),
        }  # fmt: skip
        self.replicas = [Replica(n, folder, self.environment) for n in range(count)]
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = Store(self.url, rows)
        return self._store

    def starts(self, replica: Replica) -> None:
        """Until it answers: what an operator's system does for a process that ended."""
        for _ in range(20):
            known = self._executors()
            replica.launch()
            if replica.up():
                replica.executor = next(iter(self._executors() - known), "")
                return
            replica.dies()
        raise AssertionError(f"replica {replica.number} does not start: {replica.said('err')[-3000:]}")

    def _executors(self) -> set[str]:
        """On PostgreSQL each replica has a lease under its own name; on SQLite there is one, and no need to know."""
        if self.store.is_sqlite:
            return set()
        with self.store.reading() as connection:
            return set(connection.scalars(sa.select(replicas.c.executor)))

    def doing(self, kinds: Sequence[str]) -> set[str]:
        """Who has something of these kinds under way."""
        busy = sa.select(due.c.executor).where(due.c.state == "open", due.c.started.is_not(None))
        wanted = busy.where(due.c.kind.in_(kinds)) if kinds else busy
        with self.store.reading() as connection:
            return {name for name in connection.scalars(wanted) if name}

    def victim(self, kinds: Sequence[str], random: Random) -> Replica | None:
        """A replica at such work, if there is one; else any that lives."""
        living = [r for r in self.replicas if r.alive and not r.stopped]
        busy = self.doing(kinds) if len(living) > 1 else set()
        return random.choice([r for r in living if r.executor in busy] or living) if living else None

    def route(self, random: Random) -> bool:
        """Whom Slack's next delivery reaches: any replica that was there a moment ago, as behind a balancer. False when
        there is none."""
        urls = [r.url for r in self.replicas if r.url]
        self.sandbox.bot_url = random.choice(urls) if urls else "http://127.0.0.1:9/slack/events"
        return bool(urls)

    def owed(self) -> list[tuple[str, str | None]]:
        return [(i.key, i.last_error) for i in self.store.due(open=True, before=self.sandbox.clock.now())]

    def settled(self, seconds: float) -> list[tuple[str, str | None]]:
        """What is still owed when nothing is any more, or when nothing has changed in that for so long."""
        end, before = time.monotonic() + seconds, 0
        while (left := self.owed()) and time.monotonic() < end:
            if len(left) != before:
                end, before = time.monotonic() + seconds, len(left)
            _TICK.wait(0.25)
        return left

    def close(self) -> None:
        for replica in self.replicas:
            replica.goes_on()
            replica.dies()
        if self._store is not None:
            self._store.close()
        self.sandbox.stop()
