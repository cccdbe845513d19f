"""Torture: a bot of real processes on stand-ins of everything, people who use it, and all that can go wrong, for minutes.

`python -m tests.torture --database postgres --replicas 3 --meetings 300 --kills 150 --json`. The last line is one JSON
object: what was done, and how often each law was broken.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.torture.installation import Installation
from tests.torture.laws import Laws
from tests.torture.office import office
from tests.torture.people import Person, busy_until, crowd
from tests.torture.troubles import Deaths, Echoes, Errors, Leaps, Locks, Trouble, off, raise_what_broke, wait_for

SETTLING = 60.0  # seconds in which something that is owed must be done, once nothing disturbs any more, until nothing is


class Torture:
    """One run: `tormented`, then `quiet`, then judged."""

    def __init__(self, told: argparse.Namespace, folder: Path) -> None:
        random = Random(told.seed)
        self.installation = Installation(
            office(folder / "office", told.meetings, random), folder, told.database, told.replicas
        )
        self.deaths = Deaths(self.installation, Random(random.random()), told.kills, told.pause)
        others = (Errors, Echoes, Locks, Leaps)
        self.troubles: list[Trouble] = [self.deaths, *(t(self.installation, Random(random.random())) for t in others)]
        self.people: list[Person] = crowd(told.people, self.installation, random)
        self.done: dict[str, Any] = {}
        self.left: list[tuple[str, str | None]] = []
        self.reopened: list[str] = []

    def tormented(self, until: float) -> None:
        for replica in self.installation.replicas:
            self.installation.starts(replica)
        threads = [*self.people, *self.troubles]
        for thread in threads:
            thread.start()
        busy_until(self.people, until)
        wait_for(self.deaths, until)
        for person in self.people:
            person.leave()
        self.done = off(self.troubles)
        for person in self.people:
            person.join(30)
        raise_what_broke(threads)

    def quiet(self) -> None:
        """Nothing disturbs any more; an operator has what was given up tried again; two rounds of the sweep pass."""
        installation = self.installation
        installation.sandbox.faults.clear()
        for replica in installation.replicas:
            replica.goes_on()
            if not replica.alive:
                installation.starts(replica)
        installation.settled(SETTLING)
        self._tries_again()
        for _ in range(2):
            installation.sandbox.clock.move(timedelta(minutes=16))
            installation.settled(SETTLING)
        self._tries_again()
        self.left = installation.settled(SETTLING)

    def _tries_again(self) -> None:
        """As `effects retry` does: what was given up waits visibly, and one word brings it back."""
        failed = [item.key for item in self.installation.store.due(state="failed")]
        with self.installation.store.transaction() as tx:
            self.reopened += [key for key in failed if tx.reopen(key)]
        self.installation.settled(SETTLING)

    def everything_runs_out(self) -> None:
        """Hours pass: every hold that nobody approved must be gone."""
        self.installation.sandbox.clock.move(timedelta(hours=9))
        self.installation.settled(SETTLING)


def run(told: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    torture = Torture(told, folder)
    try:
        torture.tormented(began + told.seconds_limit)
        tormented = time.monotonic() - began
        torture.quiet()
        laws = Laws(torture.installation)
        try:
            laws.judge()
            torture.everything_runs_out()
            laws.judge()
            return _summary(told, torture, laws, tormented, time.monotonic() - began)
        finally:
            laws.close()
    finally:
        torture.installation.close()
        if not told.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept in {folder}", file=sys.stderr)


def _summary(
    told: argparse.Namespace, torture: Torture, laws: Laws, tormented: float, seconds: float
) -> dict[str, Any]:
    store = torture.installation.store
    states: dict[str, int] = {}
    for row in store.meetings():
        states[row.state] = states.get(row.state, 0) + 1
    counts = {law: len(found) for law, found in laws.violations.items()}
    return {
        "database": told.database, "replicas": told.replicas, "seed": told.seed,
        "meetings": len(store.meetings()), "kills": torture.deaths.kills, "stops": torture.deaths.stops,
        "violations": sum(counts.values()), **counts, "slack_window_doubles": len(laws.doubles),
        "given_up_and_tried_again": len(torture.reopened), "states": states, "facts": store.verify().entries,
        "acts": sum(p.told.acts.total() for p in torture.people), "not_acknowledged": sum(p.told.unheard for p in torture.people),
        "troubles": torture.done, "examples": {law: found[:5] for law, found in laws.violations.items() if found},
        "tormented_seconds": round(tormented, 1), "seconds": round(seconds, 1),
    }  # fmt: skip


def read(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--meetings", type=int, default=300)
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=4, help="how many act at the same time")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills, on average")
    parser.add_argument("--seconds-limit", type=float, default=1500.0)
    parser.add_argument("--keep", action="store_true", help="leave the database and the logs where they are")
    parser.add_argument("--json", action="store_true", help="nothing but the last line")
    told = parser.parse_args(arguments)
    if told.database == "sqlite" and told.replicas != 1:
        parser.error("SQLite has one process; several replicas need --database postgres")
    return told


def main(arguments: list[str] | None = None) -> int:
    told = read(arguments)
    summary = run(told)
    if not told.json:
        for law, examples in summary["examples"].items():
            for example in examples:
                print(f"{law}: {example}")
    print(json.dumps(summary))
    return 1 if summary["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
