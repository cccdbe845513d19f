"""A workbench for the engine's tests: one engine that many tests share, a clock turned by hand, and workers that write
down what they did."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.engine import Engine, Pace, Patience, Worker
from bot.ports import Failure
from bot.store import Due, DueItem, Store
from tests.store.databases import MONDAY

QUICK = Patience(base=0.02, cap=0.2, soon=0.01, bugs=3, limits={"limited": 3})


class HandClock:
    """Business time stands still until it is moved."""

    def __init__(self) -> None:
        self.time = MONDAY

    def now(self) -> datetime:
        return self.time

    def passes(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


class Bench:
    """Owe things under keys of one's own kind; the kind's worker is what the test says."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock()
        self.workers: dict[str, Worker] = {}
        self.given_up: list[tuple[str, str]] = []
        self.engine = Engine(
            store,
            self.clock,
            self.workers,
            patience=QUICK,
            on_give_up=self._give_up,
            pace=Pace(takeover=0.3, lease=1.0),
        )

    def _give_up(self, item: DueItem, failure: Failure) -> None:
        self.given_up.append((item.key, str(failure)))
        if item.payload.get("bad_news"):
            raise RuntimeError("the bearer of bad news stumbled")

    def works(self, kind: str, *script: Any, default: Any = None) -> list[str]:
        """A worker that returns or raises what the script says, call by call, then `default`. Its calls are the list."""
        calls: list[str] = []
        rest = list(script)
        lock = threading.Lock()

        def work(item: DueItem) -> str | None:
            with lock:
                calls.append(item.key)
                answer = rest.pop(0) if rest else default
            if callable(answer):
                answer = answer(item)
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.workers[kind] = work
        return calls

    def owe(self, kind: str, *keys: str, lane: str | None = None, hours: float = 0, **payload: Any) -> None:
        with self.store.transaction() as tx:
            for key in keys:
                tx.owe(Due(key, kind, "m1", self.clock.now() + timedelta(hours=hours), payload, lane))

    def row(self, key: str) -> DueItem:
        return self.store.due(key=key)[0]

    def rests(self, timeout: float = 60) -> None:
        assert self.engine.idle(timeout), [item.key for item in self.engine.pending()]


def soon(what: Callable[[], object], timeout: float = 60.0) -> None:
    """Wait until it is so; fail when it does not come about."""
    waiting = threading.Event()
    end = datetime.now(UTC) + timedelta(seconds=timeout)
    while not what():
        assert datetime.now(UTC) < end, "it did not come about in time"
        waiting.wait(0.02)


def states(store: Store, keys: Sequence[str]) -> Mapping[str, str]:
    return {item.key: item.state for item in store.due() if item.key in keys}


if __name__ == "__main__":
    from tests.engine.starts import main  # what is measured, beside what the tests stand on

    sys.exit(main())
