"""Closing without a network: source, archive, targets and intake in memory, by the rules of `bot.closing_ports`; and a journal."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.closing_ports import Closed, ClosureChoice
from bot.core.closing_found import (
    Accepted,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Item,
    Link,
    Measured,
    Order,
)
from bot.core.closing_plan import ArchivePlace, ClosingPlan, ClosingPolicy, Milestone, SourcePlace
from bot.core.closure import At, Closure, evolve
from bot.core.closure_owing import closure_owed
from bot.core.owing import Owed
from bot.core.refusals import Refusal
from bot.flows.closing_hands import ClosingAdapters
from bot.ports import Clock, Conflict, Denied, Gone

Watch = Callable[[str, str], None]
"""Called before and after each call with its name (`checklist.close`) and `before` or `after`; it may raise or change the
world."""


@dataclass
class World:
    """What stands outside. `writes` counts what was really changed, by place; `deeds` what was asked of us in order."""

    source: dict[str, Any]
    checklist: dict[str, Any]
    tracker: dict[str, Any]
    links: dict[str, Any]
    queue: dict[str, Any]
    files: dict[str, bytes]
    told: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    watch: Watch = lambda call, when: None

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        self.watch(name, "before")
        yield
        self.watch(name, "after")

    def wrote(self, what: str, place: dict[str, Any]) -> None:
        place["version"] += 1
        self.writes.append(what)

    def state(self) -> bytes:
        """All that stands outside, byte for byte, whatever was counted on the way."""
        places = {n: getattr(self, n) for n in ("source", "checklist", "tracker", "links", "queue")}
        told = [dict(event) for _, event in sorted(self.told.items())]
        files = {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
        return json.dumps([places, told, files], sort_keys=True).encode()

    def copy(self) -> World:
        """The same, standing by itself."""
        fresh = {n: copy.deepcopy(getattr(self, n)) for n in ("source", "checklist", "tracker", "links", "queue")}
        return World(**fresh, files=dict(self.files), told=dict(self.told))


@dataclass
class MemorySource:
    world: World
    system: str = "memory"

    def read(self, place: SourcePlace) -> Accepted:
        with self.world.call("source.read"):
            s = self.world.source
            if s.get("gone") or s["record"] != place.record:
                raise Gone(f"There is no record {place.record}.")
            milestone = Milestone(**s["milestone"]) if s["milestone"] else None
            kept = {k: s[k] for k in ("record", "state", "release", "review", "evidence", "url")}
            return Accepted(**kept, milestone=milestone, revision=str(s["version"]))


def _expect(order: Order, place: dict[str, Any]) -> None:
    if order.version != str(place["version"]):
        raise Conflict("It changed since it was read.")


def _there(place: dict[str, Any], at: str) -> dict[str, Any]:
    if place.get("gone") or place["at"] != at:
        raise Gone(f"There is no {at}.")
    return place


@dataclass
class MemoryChecklists:
    world: World
    system: str = "memory"

    def read(self, at: str) -> FoundChecklist:
        with self.world.call("checklist.read"):
            c = _there(self.world.checklist, at)
            items = tuple(Item(name=n, done=d) for n, d in c["items"].items())
            return FoundChecklist(
                release=c["release"], review=c["review"], items=items, closed=c["closed"], version=str(c["version"])
            )

    def close(self, at: str, order: Order, ticks: tuple[str, ...]) -> None:
        with self.world.call("checklist.close"):
            c = _there(self.world.checklist, at)
            if c["closed"]:
                return
            _expect(order, c)
            if any(not done and name not in ticks for name, done in c["items"].items()):
                raise Denied("An item is open that was not named.")
            c["items"] = dict.fromkeys(c["items"], True)
            c["closed"] = True
            self.world.wrote("checklist", c)


@dataclass
class MemoryTrackers:
    world: World
    system: str = "memory"

    def read(self, at: str) -> FoundTracker:
        with self.world.call("tracker.read"):
            t = _there(self.world.tracker, at)
            milestone = Milestone(**t["milestone"]) if t["milestone"] else None
            kept = {k: t[k] for k in ("release", "review", "state", "approved_review")}
            return FoundTracker(**kept, milestone=milestone, version=str(t["version"]))

    def approve(self, at: str, order: Order, state: str) -> None:
        with self.world.call("tracker.approve"):
            t = _there(self.world.tracker, at)
            if t["state"] == state:
                return
            _expect(order, t)
            t.update(state=state, approved_review=order.review)
            self.world.wrote("tracker", t)


@dataclass
class MemoryLinks:
    world: World
    system: str = "memory"

    def read(self, at: str) -> FoundLinks:
        with self.world.call("links.read"):
            place = _there(self.world.links, at)
            links = tuple(Link(**link) for link in place["links"])
            return FoundLinks(release=place["release"], links=links, version=str(place["version"]))

    def attach(self, at: str, order: Order, links: tuple[Link, ...]) -> None:
        with self.world.call("links.attach"):
            place = _there(self.world.links, at)
            missing = [link.model_dump() for link in links if link.model_dump() not in place["links"]]
            if not missing:
                return
            _expect(order, place)
            place["links"] = [*place["links"], *missing]
            self.world.wrote("links", place)


@dataclass
class MemoryQueues:
    world: World
    system: str = "memory"

    def read(self, at: str) -> FoundQueue:
        with self.world.call("queue.read"):
            q = _there(self.world.queue, at)
            kept = {k: q[k] for k in ("release", "review")} if q["present"] else {}
            return FoundQueue(present=q["present"], **kept, version=str(q["version"]))

    def clear(self, at: str, order: Order) -> None:
        with self.world.call("queue.clear"):
            q = _there(self.world.queue, at)
            if not q["present"]:
                return
            _expect(order, q)
            q["present"] = False
            self.world.wrote("queue", q)


@dataclass
class MemoryArchive:
    world: World
    system: str = "memory"

    def manifest(self, place: ArchivePlace) -> bytes:
        with self.world.call("archive.manifest"):
            return self._file("manifest.json")

    def measure(self, place: ArchivePlace, path: str) -> Measured:
        with self.world.call("archive.measure"):
            content = self._file(path)
            return Measured(sha256=hashlib.sha256(content).hexdigest(), size=len(content))

    def link(self, place: ArchivePlace, path: str) -> str:
        return f"https://evidence.example.com/{place.at}/{path}"

    def _file(self, path: str) -> bytes:
        if path not in self.world.files:
            raise Gone(f"There is no {path}.")
        return self.world.files[path]


@dataclass
class MemoryIntake:
    """Folds repetitions by (source, id), as receivers of CloudEvents do."""

    world: World

    def tell(self, event: Mapping[str, Any]) -> None:
        with self.world.call("intake.tell"):
            key = (event["source"], event["id"])
            if key not in self.world.told:
                self.world.told[key] = event
                self.world.writes.append("notify")


def adapters(world: World) -> ClosingAdapters:
    systems = ("github", "servicenow", "files")
    return ClosingAdapters(
        sources=dict.fromkeys(systems, MemorySource(world)), checklists=dict.fromkeys(systems, MemoryChecklists(world)),
        trackers=dict.fromkeys(systems, MemoryTrackers(world)), links=dict.fromkeys(systems, MemoryLinks(world)),
        queues=dict.fromkeys(systems, MemoryQueues(world)), archives=dict.fromkeys(("folder", "https"), MemoryArchive(world)),
        intake=MemoryIntake(world),
    )  # fmt: skip


@dataclass
class MemoryClosings:
    """`bot.closing_ports.Closings` over plans that a test may replace."""

    policy: ClosingPolicy | None
    plans: dict[str, ClosingPlan]

    def plan(self, closure: str) -> ClosingPlan:
        if closure not in self.plans:
            raise Gone(f"There is no closures/{closure}.yaml.")
        return self.plans[closure]

    def of_record(self, record: str) -> tuple[str, ...]:
        word = record.lower()
        return tuple(id for id, p in self.plans.items() if word in (p.source.record.lower(), id.lower()))


@dataclass
class MemoryClosureJournal:
    """`bot.closing_ports.ClosureJournal` in memory. `open` is what is owed, in order; `keys` all that ever was."""

    clock: Clock
    open: dict[str, Owed] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    entries: dict[str, list[At]] = field(default_factory=dict)
    standing: dict[str, Closure] = field(default_factory=dict)

    def closure(self, closure: str) -> Closure | None:
        return self.standing.get(closure)

    def closure_history(self, closure: str) -> tuple[At, ...]:
        return tuple(self.entries.get(closure, ()))

    def closures(self) -> tuple[Closure, ...]:
        return tuple(c for _, c in sorted(self.standing.items()))

    def decide_closure(self, closure: str, choice: ClosureChoice) -> Closed | Refusal:
        before = self.standing.get(closure)
        chosen = choice(before)
        if isinstance(chosen, Refusal):
            return chosen
        if not chosen:
            assert before is not None
            return Closed(before, ())
        after, now = before, self.clock.now()
        for number, fact in enumerate(chosen, (before.version if before else 0) + 1):
            entry = At(version=number, at=now, fact=fact)
            self.entries.setdefault(closure, []).append(entry)
            after = evolve(after, entry, closure)
        assert after is not None
        self.standing[closure] = after
        for owed in closure_owed(after, chosen, now):
            if owed.key not in self.keys:
                self.keys.add(owed.key)
                self.open[owed.key] = owed
        return Closed(after, chosen)
