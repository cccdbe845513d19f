"""Closing in one process, with a driver for what is owed: it dies and rises, waits and tries again, as the engine does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from bot.closing_ports import Closed, ClosureChoice
from bot.core.closing_plan import ClosingPlan
from bot.core.closure import At, Closure
from bot.core.closure_facts import Event
from bot.core.refusals import Refusal
from bot.flows.closing import Closing
from bot.flows.closing_hands import hands
from bot.ports import Failure
from tests.closing_worlds import policy
from tests.inner_world import HandClock
from tests.memory_closing import MemoryClosings, MemoryClosureJournal, World, adapters

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
MOST_TURNS = 200


class Crash(Exception):  # noqa: N818  # it says what happened
    """The process dies here."""


class WatchedJournal:
    """A journal before and after whose transactions the process may die."""

    def __init__(self, inner: Any, world: World) -> None:
        self.inner = inner
        self._world = world

    def closure(self, closure: str) -> Closure | None:
        found: Closure | None = self.inner.closure(closure)
        return found

    def closure_history(self, closure: str) -> tuple[At, ...]:
        found: tuple[At, ...] = self.inner.closure_history(closure)
        return found

    def closures(self) -> tuple[Closure, ...]:
        found: tuple[Closure, ...] = self.inner.closures()
        return found

    def decide_closure(self, closure: str, choice: ClosureChoice) -> Closed | Refusal:
        with self._world.call("journal"):
            done: Closed | Refusal = self.inner.decide_closure(closure, choice)
            return done


class Run:
    """One closure from its first event to its end."""

    def __init__(self, plan: ClosingPlan, world: World, journal: Any = None) -> None:
        self.plan = plan
        self.world = world
        self.clock = HandClock(NOW)
        self.inner = journal if journal is not None else MemoryClosureJournal(self.clock)
        self.journal = WatchedJournal(self.inner, world)
        self.closings = MemoryClosings(policy(), {plan.id: plan})
        self.closing = Closing(self.closings, self.journal, hands(adapters(world)), "tests")
        self.deed = ""  # what is under way: "event", "check" or a step
        self.inbox: list[Event] = []

    def event(self, number: int = 1) -> Event:
        return Event(
            source="urn:change",
            id=f"e{number}",
            type="dev.cdevents.approval.closed.0.1.0",
            record=self.plan.source.record,
        )

    def tell(self, *events: Event) -> None:
        self.inbox.extend(events)

    @property
    def closure(self) -> Closure:
        found = self.inner.closure(self.plan.id)
        assert isinstance(found, Closure)
        return found

    def go(self, between: Callable[[], None] = lambda: None) -> None:
        """Until nothing is owed. What breaks is tried again; a crash forgets everything but the journal."""
        for _ in range(MOST_TURNS):
            if not self._turn():
                return
            between()
        raise AssertionError(f"still not done after {MOST_TURNS} turns: {self.closure.state}")

    def _turn(self) -> bool:
        if self.inbox:
            with self._under_way("event"):
                self.closing.heard(self.inbox[0])
                self.inbox.pop(0)
            return True
        owed = next((o for o in self.owed() if o.kind in ("closing_check", "closing_step")), None)
        if owed is None:
            return False
        payload = owed.payload
        with self._under_way(str(payload["step"]) or "check"):
            if owed.kind == "closing_check":
                self.closing.check(payload["closure"], payload["run"])
            else:
                self.closing.step(payload["closure"], payload["run"], payload["step"])
            self.done(owed.key)
        return True

    @contextmanager
    def _under_way(self, deed: str) -> Iterator[None]:
        self.deed = deed
        try:
            yield
        except (Crash, Failure):
            return  # the row stays open, and is run again
        finally:
            self.deed = ""

    def owed(self) -> list[Any]:
        return list(self.inner.open.values())

    def done(self, key: str) -> None:
        self.inner.open.pop(key, None)
