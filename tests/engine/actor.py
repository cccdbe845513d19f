"""A process of its own that works and dies at a chosen moment: `python -m tests.engine.actor URL FOLDER MOMENT`.

Its effect is a line in a file of the effect's own key, written only if it is not there: an outside that knows keys.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from bot.engine import Engine, Pace, Worker
from bot.store import Due, DueItem, Store
from tests.engine.bench import QUICK, HandClock
from tests.store.databases import MONDAY, asked, tell

Hook = Callable[[], object]


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


def outside(folder: Path, before: Hook = int, after: Hook = int) -> Worker:
    """A worker whose effect happens once however often it is asked for; every try and every effect leaves a line."""

    def work(item: DueItem) -> str:
        note(folder / "tries", item.key)
        before()
        time.sleep(float(item.payload.get("takes", 0)))
        try:
            (folder / f"effect-{item.key}").open("x").close()
        except FileExistsError:
            note(folder / "repeats", item.key)
        after()
        return "ok"

    return work


def note(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(f"{line}\n")


def noted(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def owe(store: Store, *keys: str, takes: float = 0, lane: str | None = None) -> None:
    with store.transaction() as tx:
        for key in keys:
            tx.append(key, 0, [asked()], MONDAY)
            tx.owe(Due(key, "outside", key, MONDAY, {"takes": takes}, lane))


def act(url: str, folder: Path, moment: str) -> None:
    store = Store(url, tell)
    hooks: dict[str, tuple[Hook, Hook]] = {"inside": (die, int), "after": (int, die)}
    worker = outside(folder, *hooks.get(moment, (int, int)))
    engine = Engine(store, HandClock(), {"outside": worker}, patience=QUICK, pace=Pace(takeover=0.2, lease=0.8))
    engine.launch()
    if moment == "unstarted":
        engine._durable.start = lambda workflow, key: die()  # type: ignore[method-assign] # the chosen moment
    if moment == "uncommitted":
        with store.transaction() as tx:
            tx.append("k1", 0, [asked()], MONDAY)
            tx.owe(Due("k1", "outside", "k1", MONDAY))
            die()
    print("ready", flush=True)
    if moment == "many":
        owe(store, *(f"k{n}" for n in range(30)), takes=0.03)
    elif moment == "slow":
        owe(store, "k1", "k2", takes=1.2)
    elif moment != "idle":
        owe(store, "k1", "k2", lane="one")
    threading.Event().wait(60)


if __name__ == "__main__":
    act(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
