"""The closing playbook: what may happen next (`decide`), what a closure is after that (`evolve`), and what is left of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from bot.core import closure_facts as c
from bot.core.closing_found import Accepted, Change, Link
from bot.core.closing_plan import STEPS, ClosingPlan, ClosingPolicy, Step
from bot.core.people import Frozen
from bot.core.refusals import Refusal, refuse
from bot.core.words import who

State = Literal["checking", "closing", "closed", "halted", "taken_over"]
RUNNING: frozenset[State] = frozenset({"checking", "closing"})
StepState = Literal["to_do", "waiting", "done", "already_done", "halted"]
Facts = tuple[c.AnyClosureFact, ...]


class StepRecord(Frozen):
    """One step of the present run, as people see it. `waiting`: somebody does not answer, and it is tried again."""

    step: Step
    state: StepState = "to_do"
    intended: bool = False
    changes: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()
    where: str = ""
    words: str = ""  # why it waits
    at: datetime | None = None


class ClosedRun(Frozen):
    """The last run that came to its end: what it rested on, and what it did."""

    source: Accepted
    plan: ClosingPlan
    links: tuple[Link, ...]
    steps: tuple[StepRecord, ...]
    at: datetime


class Closure(Frozen):
    id: str
    version: int
    state: State
    run: int
    plan: ClosingPlan
    policy: ClosingPolicy
    events: tuple[c.Event, ...]
    heard_at: datetime  # when this run's event was heard
    source: Accepted | None = None
    links: tuple[Link, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    delayed: str | None = None  # why everything is still being read
    halted_at: Step | None = None
    disagreements: tuple[c.Disagreement, ...] = ()
    last: ClosedRun | None = None
    taken_over_by: str | None = None
    intents: tuple[tuple[str, tuple[Change, ...]], ...] = ()  # by key: all that was ever about to change

    @property
    def next(self) -> Step | None:
        """The first step that is not settled."""
        return next((s.step for s in self.steps if s.state not in ("done", "already_done")), None)

    @property
    def closed_at(self) -> datetime | None:
        return self.last.at if self.last and self.state == "closed" else None

    @property
    def channel(self) -> str | None:
        return self.plan.channel or self.policy.channel

    def step(self, step: Step) -> StepRecord:
        return next(s for s in self.steps if s.step == step)

    def intent(self, key: str) -> tuple[Change, ...] | None:
        """What was about to change under that key; None when nothing was."""
        return dict(self.intents).get(key)


class At(Frozen):
    """A fact with its place in the stream."""

    version: int
    at: datetime
    fact: c.AnyClosureFact


class Begin(Frozen):
    """An event was heard, or a person asked (`by`). A person's word begins anew whatever was before; `again` is the halted
    run that they want tried again, if their button was of one."""

    event: c.Event
    plan: ClosingPlan
    policy: ClosingPolicy
    by: str = "bot"
    again: int | None = None


class FinishReading(Frozen):
    run: int
    source: Accepted | None
    links: tuple[Link, ...]
    disagreements: tuple[c.Disagreement, ...]


class Intend(Frozen):
    run: int
    step: Step
    key: str
    changes: tuple[Change, ...]


class Settle(Frozen):
    run: int
    step: Step
    outcome: c.Outcome
    where: str
    changes: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()


class Delay(Frozen):
    run: int
    step: Step | None
    words: str


class Halt(Frozen):
    run: int
    step: Step | None
    disagreements: tuple[c.Disagreement, ...]


class TakeOver(Frozen):
    by: str
    run: int


Command = Begin | FinishReading | Intend | Settle | Delay | Halt | TakeOver


def decide(closure: Closure | None, command: Command) -> Facts | Refusal:
    """Facts, or why not. No facts: it is so already, or belongs to a run that is past."""
    if isinstance(command, Begin):
        return _begin(closure, command)
    if closure is None:
        return refuse("no_closure", "Nothing is being closed under that id. Nothing changed.")
    if isinstance(command, TakeOver):
        return _take_over(closure, command)
    if command.run != closure.run or not (closure.state in RUNNING or _finished_under_way(closure, command)):
        return ()
    match command:
        case FinishReading():
            return _finish_reading(closure, command)
        case Delay():
            return _delay(closure, command)
        case Halt():
            return (c.Halted(run=command.run, step=command.step, disagreements=command.disagreements),)
        case Intend() | Settle() if closure.next != command.step:
            return ()
        case Intend():
            if closure.intent(command.key) is not None and closure.step(command.step).intended:
                return ()
            return (c.StepIntended(run=command.run, step=command.step, key=command.key, changes=command.changes),)
        case Settle():
            return _settle(closure, command)


def _finished_under_way(closure: Closure, command: Command) -> bool:
    """A person took over while a step was being written: what it brought about belongs to the trace."""
    if closure.state != "taken_over" or not isinstance(command, Settle) or closure.next != command.step:
        return False
    return closure.step(command.step).intended


def _begin(closure: Closure | None, command: Begin) -> Facts | Refusal:
    asked = command.by != "bot"
    heard = c.EventHeard(event=command.event, by=command.by)
    known = closure is not None and any(_one(e) == _one(command.event) for e in closure.events)
    if closure is not None and known:
        return ()
    if closure is not None and command.again is not None and (command.again, "halted") != (closure.run, closure.state):
        return refuse(
            "stale", f"That button no longer applies to {closure.id}. Nothing changed. {standing_words(closure)}"
        )
    if closure is not None and closure.state in RUNNING:
        if asked:
            return refuse(
                "under_way", f"{closure.id} is being closed already. Nothing changed. {standing_words(closure)}"
            )
        return (heard,)
    if closure is not None and closure.state == "taken_over" and not asked:
        return (heard,)
    run = closure.run + 1 if closure else 1
    begun = c.Begun(run=run, plan=command.plan, policy=command.policy, event=command.event.id, by=command.by)
    return (begun, heard)


def _one(event: c.Event) -> tuple[str, str]:
    return event.source, event.id


def _take_over(closure: Closure, command: TakeOver) -> Facts | Refusal:
    if command.run != closure.run or closure.state not in ("halted", "checking", "closing"):
        return refuse(
            "stale", f"That button no longer applies to {closure.id}. Nothing changed. {standing_words(closure)}"
        )
    return (c.TakenOver(run=closure.run, by=command.by),)


def _finish_reading(closure: Closure, command: FinishReading) -> Facts:
    if closure.state != "checking":
        return ()
    if command.disagreements or command.source is None:
        return (c.Halted(run=command.run, step=None, disagreements=command.disagreements),)
    if _closed_so(closure, command.source):
        return (c.Repeated(run=command.run),)
    return (c.Validated(run=command.run, source=command.source, links=command.links),)


def _closed_so(closure: Closure, source: Accepted) -> bool:
    """The very acceptance that was closed before, and an event alone tells it again."""
    if closure.last is None or closure.events[-1].type == ASKED:
        return False
    before = closure.last.source
    return closure.last.plan == closure.plan and before == source.model_copy(update={"revision": before.revision})


def _delay(closure: Closure, command: Delay) -> Facts:
    """Said once for as long as it lasts."""
    if (command.step is None) != (closure.state == "checking") or closure.next != command.step:
        return ()
    if closure.delayed if command.step is None else closure.step(command.step).words:
        return ()
    return (c.Delayed(run=command.run, step=command.step, words=command.words),)


def _settle(closure: Closure, command: Settle) -> Facts:
    settled = c.StepSettled(
        run=command.run, step=command.step, outcome=command.outcome, where=command.where, changes=command.changes,
        links=command.links,
    )  # fmt: skip
    last = command.step == STEPS[-1] and closure.state in RUNNING
    return (settled, c.Closed(run=command.run)) if last else (settled,)


ASKED = "asked"  # the type of what is no event, but a person's word


def standing_words(closure: Closure) -> str:
    """Where it stands, in a sentence."""
    match closure.state:
        case "checking":
            return "Everything is being read."
        case "closing":
            return f"The step under way: {closure.next}."
        case "closed":
            return "It is closed."
        case "halted":
            return "It is halted: something does not agree."
        case "taken_over":
            return f"{who(closure.taken_over_by or '')} took it over."


def evolve(closure: Closure | None, entry: At, id: str) -> Closure:
    """The closure after one more fact. A new run keeps what was heard and what was ever about to be written."""
    fact = entry.fact
    if isinstance(fact, c.Begun):
        return Closure(
            id=id, version=entry.version, state="checking", run=fact.run, plan=fact.plan, policy=fact.policy,
            events=closure.events if closure else (), heard_at=entry.at, last=closure.last if closure else None,
            intents=closure.intents if closure else (),
        )  # fmt: skip
    if closure is None:
        raise ValueError(f"{id}: a closure begins with its first run, not {fact.tag}")
    return closure.model_copy(update={**_changes(closure, fact, entry.at), "version": entry.version})


def _changes(closure: Closure, fact: c.AnyClosureFact, at: datetime) -> dict[str, object]:
    match fact:
        case c.EventHeard():
            return {"events": (*closure.events, fact.event)}
        case c.Validated():
            steps = tuple(StepRecord(step=step) for step in STEPS)
            return {"state": "closing", "source": fact.source, "links": fact.links, "steps": steps, "delayed": None}
        case c.Repeated():
            return _as_before(closure)
        case c.StepIntended():
            intents = {**dict(closure.intents), fact.key: fact.changes}
            return {"intents": tuple(intents.items()), **_step(closure, fact.step, {"intended": True})}
        case c.StepSettled():
            done = {
                "state": fact.outcome,
                "changes": fact.changes,
                "links": fact.links,
                "where": fact.where,
                "words": "",
                "at": at,
            }
            return _step(closure, fact.step, done)
        case c.Delayed(step=None):
            return {"delayed": fact.words}
        case c.Delayed(step=step) if step is not None:
            return _step(closure, step, {"state": "waiting", "words": fact.words, "at": at})
        case c.Halted():
            halted = _step(closure, fact.step, {"state": "halted", "at": at}) if fact.step else {}
            return {
                "state": "halted",
                "halted_at": fact.step,
                "disagreements": fact.disagreements,
                "delayed": None,
                **halted,
            }
        case c.Closed():
            return {"state": "closed", "last": _ended(closure, at)}
        case c.TakenOver():
            return {"state": "taken_over", "taken_over_by": fact.by}
        case _:
            return {}


def _ended(closure: Closure, at: datetime) -> ClosedRun:
    assert closure.source is not None
    return ClosedRun(source=closure.source, plan=closure.plan, links=closure.links, steps=closure.steps, at=at)


def _as_before(closure: Closure) -> dict[str, object]:
    last = closure.last
    assert last is not None
    return {"state": "closed", "source": last.source, "links": last.links, "steps": last.steps, "delayed": None}


def _step(closure: Closure, step: Step, changes: Mapping[str, object]) -> dict[str, object]:
    return {"steps": tuple(s.model_copy(update=changes) if s.step == step else s for s in closure.steps)}


def folded(id: str, entries: Iterable[At]) -> Closure | None:
    closure: Closure | None = None
    for entry in entries:
        closure = evolve(closure, entry, id)
    return closure
