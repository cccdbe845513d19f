"""Every step of closing × everything that may happen to it. `python -m tests.closure_matrix --json`: the last line counts.

Each run ends in one of two ways: closed, with the outside byte for byte as after an undisturbed run and each thing written
once; or halted, with nothing written after the disagreement was seen.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NamedTuple

from bot.core.closing_found import Order
from bot.core.closing_plan import STEPS
from bot.core.closure import Closure
from bot.core.closure_facts import EventHeard
from bot.flows.closing_hands import hands
from bot.flows.closing_steps import Steps
from bot.ports import Conflict, Throttled, Unreachable
from bot.store import Store
from bot.store.closure_journal import StoredClosureJournal
from bot.store.journal import rows
from tests.closing_runs import NOW, Crash, Run
from tests.closing_worlds import release
from tests.inner_world import HandClock
from tests.memory_closing import adapters

Hitch = Literal[
    "crash_before", "crash_after", "duplicate_event", "reordered_event", "target_down", "already_updated", "source_changed"
]  # fmt: skip
HITCHES: tuple[Hitch, ...] = (
    "crash_before", "crash_after", "duplicate_event", "reordered_event", "target_down", "already_updated", "source_changed",
)  # fmt: skip
PLACES = ("check", *STEPS)
WRITE = {"checklist": "checklist.close", "tracker": "tracker.approve", "links": "links.attach", "queue": "queue.clear", "notify": "intake.tell"}  # fmt: skip
ENOUGH = 130  # variations of each: 6 places × 7 hitches × 130 = 5,460 runs


class Case(NamedTuple):
    place: str
    hitch: Hitch
    variation: int

    @property
    def seed(self) -> int:
        return self.variation % 40


class Ended(NamedTuple):
    case: Case
    state: str
    violations: tuple[str, ...]


class Undisturbed(NamedTuple):
    outside: bytes
    closure: str
    calls: dict[str, list[str]]  # by place, the calls that are made there


def plain(closure: Closure) -> str:
    """The closure as it ended, but for when and how often: byte for byte."""
    told = closure.model_dump(mode="json", exclude={"version", "heard_at", "events", "run"})
    for run in (told, told["last"]):
        run.pop("at", None)
        run["source"].pop("revision")
        for step in run["steps"]:
            step.pop("at")
    return json.dumps(told, sort_keys=True)


@cache
def undisturbed(seed: int) -> Undisturbed:
    plan, world = release(seed)
    run = Run(plan, world)
    calls: dict[str, list[str]] = {}
    world.watch = lambda call, when: calls.setdefault(run.deed, []).append(call) if when == "before" else None
    run.tell(run.event())
    run.go()
    assert run.closure.state == "closed"
    return Undisturbed(world.state(), plain(run.closure), calls)


class Trouble:
    """Watches the calls of one place, and does its worst at one of them."""

    def __init__(self, case: Case, run: Run) -> None:
        self.case = case
        self.run = run
        self.world = run.world
        self.chance = random.Random(f"{case}")
        calls = undisturbed(case.seed).calls[case.place]
        self.at = case.variation % len(calls)
        self.count = itertools.count()
        self.left = 1 + case.variation % 3  # how often it happens
        self.change: Callable[[], None] | None = None
        self.most: int | None = None  # writes that there may be, once the source has changed

    def watch(self, call: str, when: str) -> None:
        if self.run.deed == self.case.place:
            getattr(self, self.case.hitch)(call, when)

    def _now(self, when: str, moment: str) -> bool:
        """Whether this is the call that was chosen."""
        return when == moment and next(self.count) >= self.at and self.left > 0

    def crash_before(self, call: str, when: str) -> None:
        if self._now(when, "before"):
            self.left -= 1
            raise Crash

    def crash_after(self, call: str, when: str) -> None:
        if self._now(when, "after"):
            self.left -= 1
            raise Crash

    def duplicate_event(self, call: str, when: str) -> None:
        if self._now(when, "after"):
            self.left -= 1
            self.run.tell(self.run.event(1))

    def reordered_event(self, call: str, when: str) -> None:
        """Event 2 was heard first; now 1 and others come late."""
        if self._now(when, "after"):
            self.left -= 1
            self.run.tell(self.run.event(self.left), self.run.event(1))

    def target_down(self, call: str, when: str) -> None:
        """Silence, throttling, a conflict; every third silence comes after the deed was done."""
        late = self.case.variation % 3 == 0
        if call != "journal" and self._now(when, "after" if late else "before"):
            self.left -= 1
            if late:
                raise Unreachable("Nobody answered.")
            sort = self.case.variation // 3 % 3
            raise (Unreachable("Nobody answered."), Throttled("Slower, please."), Conflict("It changed."))[sort]

    def already_updated(self, call: str, when: str) -> None:
        """A person did it, at any moment up to the write itself."""
        if self._now(when, "before") and call != "intake.tell":
            self.left = 0
            _by_hand(self.run, self.case.place)

    def source_changed(self, call: str, when: str) -> None:
        if self._now(when, "before"):
            # The one write that is under way at this very moment cannot be called back; nothing may follow it.
            self.left, self.most = 0, len(self.world.writes) + (call == WRITE.get(self.case.place))
            _changed_source(self.world.source, self.case.variation)


def _changed_source(source: dict[str, Any], variation: int) -> None:
    source["version"] += 1
    match variation % 5:
        case 0:
            source["state"] = "reopened"
        case 1:
            source["review"] = f"{source['review']}1"
        case 2:
            source["milestone"] = {**source["milestone"], "title": "Identity Next"}
        case 3:
            source["evidence"] = "0" * 64
        case 4:
            source["release"] = "identity-5.0"


def _by_hand(run: Run, place: str) -> None:
    """What the step at that place would do, done by somebody else: with their own hands, and not watched."""
    world = run.world
    watched, world.watch = world.watch, lambda call, when: None
    steps = Steps(hands(adapters(world)), "tests")
    closure = run.inner.closure(run.plan.id)
    step = "checklist" if place in ("check", "notify") else place
    if closure is not None and step != "links":
        source = steps.source(run.plan)
        ready = closure.model_copy(update={"source": source})
        standing = steps.standing(ready, step, source, ())
        if not standing.settled:
            steps.write(ready, step, _order(run, source.review, standing.version))
            world.writes.remove(step)  # it was not us
    elif closure is not None and closure.source is not None:
        standing = steps.standing(closure, "links", closure.source, closure.links)
        if not standing.settled:
            steps.write(closure, "links", _order(run, closure.source.review, standing.version))
            world.writes.remove("links")
    world.watch = watched


def _order(run: Run, review: Any, version: str) -> Order:
    return Order(
        key="by hand", closure=run.plan.id, release=run.plan.release, review=str(review), version=version, words=""
    )


def played(case: Case, journal: Any = None) -> Ended:
    plan, world = release(case.seed)
    run = Run(plan, world, journal)
    trouble = Trouble(case, run)
    world.watch = trouble.watch
    run.tell(run.event(2 if case.hitch == "reordered_event" else 1))
    run.go()
    if case.hitch in ("duplicate_event", "reordered_event"):  # and once more when all is over
        run.tell(run.event(1), run.event(2), run.event(1))
        run.go()
    return Ended(case, run.closure.state, tuple(_violations(case, run, trouble)))


def _violations(case: Case, run: Run, trouble: Trouble) -> Iterator[str]:
    writes, closure = Counter(run.world.writes), run.closure
    if any(count > 1 for count in writes.values()):
        yield f"written more than once: {run.world.writes}"
    if closure.state == "closed":
        yield from _as_undisturbed(case, run)
        if trouble.most is not None and trouble.most < len(STEPS):
            yield "closed although the source had changed"
    elif closure.state == "halted":
        if case.hitch != "source_changed":
            yield f"halted: {[d.code for d in closure.disagreements]}"
        if not closure.disagreements:
            yield "halted without a reason"
        if trouble.most is not None and len(run.world.writes) > trouble.most:
            yield f"written after the disagreement: {run.world.writes[trouble.most :]}"
    else:
        yield f"ended {closure.state}"
    heard = [e.fact.event for e in run.inner.closure_history(run.plan.id) if isinstance(e.fact, EventHeard)]
    if len(heard) != len(set(heard)):
        yield f"heard more than once: {heard}"
    if [o for o in run.owed() if o.kind != "closing_announce"]:
        yield "something is still owed"


def _as_undisturbed(case: Case, run: Run) -> Iterator[str]:
    expected = undisturbed(case.seed)
    if case.hitch == "source_changed":
        return  # the source is another one now: it changed after the last look at it
    if run.world.state() != expected.outside:
        yield "the outside is not as after an undisturbed run"
    if case.hitch != "already_updated" and plain(run.closure) != expected.closure:
        yield "the closure is not as after an undisturbed run"


def cases(variations: int) -> Iterator[Case]:
    for place, hitch, variation in itertools.product(PLACES, HITCHES, range(variations)):
        yield Case(place, hitch, variation)


class SqliteRuns:
    """The same with the stored journal: one database after another in one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._number = itertools.count()

    @contextmanager
    def journal(self) -> Iterator[Any]:
        store = Store(f"sqlite:///{self._folder}/{next(self._number)}.db", rows)
        store.migrate()
        try:
            yield OfStore(store)
        finally:
            store.close()


class OfStore(StoredClosureJournal):
    """With what is owed as the driver asks for it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, HandClock(NOW))
        self.store = store
        self.open = _Owed(store)


class _Owed(dict[str, Any]):
    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def values(self) -> Any:
        return self._store.due(open=True)

    def pop(self, key: str, default: Any = None) -> Any:
        with self._store.transaction() as tx:
            return tx.settle(key)


def main() -> int:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--json", action="store_true", help="the last line is one JSON object")
    told.add_argument("--variations", type=int, default=ENOUGH)
    told.add_argument("--stored", type=int, default=2, help="variations with the stored journal on SQLite")
    wanted = told.parse_args()
    ended = [played(case) for case in cases(wanted.variations)]
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SqliteRuns(folder)
        for case in cases(wanted.stored):
            with sqlite.journal() as journal:
                ended.append(played(case, journal))
    return tell(ended, wanted.json)


def tell(ended: list[Ended], as_json: bool) -> int:
    wrong = [e for e in ended if e.violations]
    for each in wrong[:20]:
        print(f"{each.case}: {each.state}: {'; '.join(each.violations)}", file=sys.stderr)
    states = Counter(e.state for e in ended)
    counts = {"runs": len(ended), "violations": len(wrong), "halted": states["halted"], "closed": states["closed"]}
    print(json.dumps(counts) if as_json else ", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
