"""What closing is worth, counted from the ledger alone: how often nobody had to help, what was caught, what resumed."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.core import closure_facts as c
from bot.core.closing_plan import STEPS
from bot.core.closure import At
from bot.core.people import Frozen


class ClosureFigures(Frozen):
    """Counted by acceptance: a run that was tried again is one with the run that followed. `untouched`: closed with nobody's
    help. `traced`: closed, and each of its steps tells where and what changed.
    `delayed`: steps that waited for somebody who did not answer; `resumed`: those that were settled afterwards."""

    begun: int = 0
    closed: int = 0
    untouched: int = 0
    halted: int = 0
    taken_over: int = 0
    caught: Mapping[str, int] = {}  # stale, missing, conflicting
    traced: int = 0
    delayed: int = 0
    resumed: int = 0
    to_closed: timedelta | None = None  # median, from the first event of an acceptance to its closing

    @property
    def untouched_share(self) -> float | None:
        ended = self.closed + self.halted + self.taken_over
        return self.untouched / ended if ended else None

    @property
    def traced_share(self) -> float | None:
        return self.traced / self.closed if self.closed else None

    @property
    def resumed_share(self) -> float | None:
        return self.resumed / self.delayed if self.delayed else None


class _Run:
    """One run of one closure: what began it, and its entries. `helped`: since it last was closed, somebody did something
    or it was halted."""

    def __init__(self, entries: Sequence[At], since: datetime, helped: bool) -> None:
        self.facts = [e.fact for e in entries]
        self.since = since
        self.helped = helped
        self.final = True  # no other run goes on with the same acceptance
        self.ended = next((e.at for e in entries if isinstance(e.fact, c.Closed)), None)

    @property
    def repeats(self) -> bool:
        return any(isinstance(f, c.Repeated) for f in self.facts)

    def has(self, kind: type[c.Fact]) -> bool:
        return any(isinstance(f, kind) for f in self.facts)

    @property
    def traced(self) -> bool:
        settled = {f.step: f for f in self.facts if isinstance(f, c.StepSettled)}
        whole = all(
            f.where and (f.changes or f.outcome == "already_done" or f.step == "notify") for f in settled.values()
        )
        return set(settled) == set(STEPS) and whole and self.has(c.EventHeard)

    @property
    def waits(self) -> set[str]:
        return {f.step or "reading" for f in self.facts if isinstance(f, c.Delayed)}

    @property
    def over(self) -> set[str]:
        """What came to its end: steps, and the reading."""
        found: set[str] = {f.step for f in self.facts if isinstance(f, c.StepSettled)}
        return found | ({"reading"} if self.has(c.Validated) or self.repeats else set())


def closure_figures(histories: Iterable[Sequence[At]]) -> ClosureFigures:
    runs = [run for history in histories for run in _runs(history) if not run.repeats]
    closed = [run for run in runs if run.ended is not None]
    last = [run for run in runs if run.ended is None and run.final]
    caught = Counter(
        d.sort for run in runs for f in run.facts if isinstance(f, c.Halted) for d in f.disagreements
    )  # fmt: skip
    waits = [(run, what) for run in runs for what in run.waits]
    return ClosureFigures(
        begun=sum(run.final for run in runs),
        closed=len(closed),
        untouched=sum(not run.helped for run in closed),
        halted=sum(run.has(c.Halted) and not run.has(c.TakenOver) for run in last),
        taken_over=sum(run.has(c.TakenOver) for run in last),
        caught=dict(sorted(caught.items())),
        traced=sum(run.traced for run in closed),
        delayed=len(waits),
        resumed=sum(what in run.over for run, what in waits),
        to_closed=_median([run.ended - run.since for run in closed if run.ended]),
    )


def _median(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=statistics.median(t.total_seconds() for t in times)) if times else None


def _runs(history: Sequence[At]) -> list[_Run]:
    """A closure's runs. A run after a halt goes on with the same acceptance: its time counts from the first event."""
    found: list[_Run] = []
    starts = [i for i, e in enumerate(history) if isinstance(e.fact, c.Begun)]
    since: datetime | None = None
    helped = False
    for start, end in zip(starts, [*starts[1:], len(history)], strict=True):
        entries = history[start:end]
        since = since or entries[0].at
        helped = helped or entries[0].fact.by != "bot"
        run = _Run(entries, since, helped)
        if helped and found:
            found[-1].final = found[-1].ended is not None or found[-1].repeats
        found.append(run)
        if run.ended is not None or run.repeats:
            since, helped = None, False
        else:
            helped = True
    return found


def closure_metrics(told: ClosureFigures) -> list[str]:
    """As lines of OpenMetrics text."""
    reached = {
        "begun": told.begun, "closed": told.closed, "untouched": told.untouched, "halted": told.halted,
        "taken_over": told.taken_over, "traced": told.traced,
    }  # fmt: skip
    waits = {"delayed": told.delayed, "resumed": told.resumed}
    lines = [
        *_counter("closures", "Runs of closing by how they ended.", "reached", reached),
        *_counter("closure_disagreements", "Inputs that were caught, by sort.", "sort", told.caught),
        *_counter("closure_waits", "Steps that waited for a silent target, and went on by themselves.", "what", waits),
    ]
    if told.to_closed is not None:
        name = "readiness_event_to_closed_seconds"
        lines += [f"# TYPE {name} gauge", f"# HELP {name} Median time from the event to the closing.", f"{name} {told.to_closed.total_seconds()}"]  # fmt: skip
    return lines


def _counter(name: str, words: str, label: str, values: Mapping[str, int]) -> list[str]:
    head = [f"# TYPE readiness_{name} counter", f"# HELP readiness_{name} {words}"]
    return [*head, *(f'readiness_{name}_total{{{label}="{key}"}} {value}' for key, value in values.items())]
