"""How soon what is owed is begun, and what the engine costs while nothing is: `python -m tests.engine.bench [--json]`.

A press is an act that is kept as the bot's ear keeps it; the act decides something and owes an effect in its meeting's lane. The
time is taken from the end of each commit to the first line of the worker. Each database has a process of its own; the
PostgreSQL of the tests does not wait for its disk, SQLite does. The last line of output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.engine import Engine
from bot.running import ready_to_serve
from bot.store import Due, DueItem, Store
from tests.store.databases import KINDS, new_database, open_store

RATE = 20  # presses a second
MEETINGS = 20  # so that nobody waits for somebody else's lane


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Presses:
    """Presses on one database, and when what they owe was committed and begun, by key."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.committed: dict[str, float] = {}
        self.begun: dict[str, float] = {}
        self.engine = Engine(store, RealClock(), {"act": self._act, "effect": self._begin})
        store.after_commit(self._commit)

    def _commit(self, keys: Sequence[str]) -> None:
        self.committed.update(dict.fromkeys(keys, time.perf_counter()))

    def _begin(self, item: DueItem) -> None:
        self.begun[item.key] = time.perf_counter()

    def _act(self, item: DueItem) -> None:
        self._begin(item)
        lane = f"meeting:{item.payload['number'] % MEETINGS}"
        with self.store.transaction() as tx:
            tx.owe(Due(f"effect:{item.key}", "effect", "", datetime.now(UTC), {}, lane))

    def press(self, number: int) -> None:
        self.store.owe(Due(f"act:{number}", "act", "", datetime.now(UTC), {"number": number}))

    def play(self, seconds: float) -> None:
        """Open-loop: each press comes when its time has come, whatever became of the ones before."""
        began, threads = time.perf_counter(), []
        for number in range(int(seconds * RATE)):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            threads.append(threading.Thread(target=self.press, args=(number,)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        assert self.engine.idle(60)

    def waits(self) -> list[float]:
        assert self.committed.keys() == self.begun.keys()
        return sorted((self.begun[key] - at) * 1000 for key, at in self.committed.items())


def measured(kind: str, seconds: float) -> dict[str, float]:
    """One database, in this process."""
    with TemporaryDirectory() as folder:
        store = open_store(new_database(kind, Path(folder)))
        presses = Presses(store)
        presses.engine.launch()
        try:
            presses.engine.idle(10)
            ready_to_serve()
            presses.play(seconds)
            waits, idle = presses.waits(), _idle(seconds)
        finally:
            presses.engine.stop()
            store.close()
    return {
        f"{kind}_commit_to_start_p50_ms": round(statistics.median(waits), 1),
        f"{kind}_commit_to_start_p95_ms": round(waits[int(len(waits) * 0.95)], 1),
        f"{kind}_commit_to_start_smallest_ms": round(waits[0], 1),
        f"{kind}_started": len(waits),
        f"{kind}_idle_cpu_percent_of_a_core": round(idle, 2),
    }


def _idle(seconds: float) -> float:
    """Processor time of this process while nothing is owed, in per cent of one core; a database server's is not ours."""
    time.sleep(1.0)
    worked, began = time.process_time(), time.perf_counter()
    time.sleep(seconds)
    return (time.process_time() - worked) / (time.perf_counter() - began) * 100


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long presses come, and how long nothing does")
    parser.add_argument("--only", choices=KINDS, help="one database, in this very process")
    asked = parser.parse_args(arguments)
    found: dict[str, float] = {}
    for kind in [asked.only] if asked.only else KINDS:
        found |= measured(kind, asked.seconds) if asked.only else _apart(kind, asked.seconds)
    if not asked.json:
        print("\n".join(f"{key:45} {value}" for key, value in found.items()))
    print(json.dumps(found))
    return 0


def _apart(kind: str, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.engine.bench", "--json", "--only", kind, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer
