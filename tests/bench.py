"""How fast the search is, beside a library that intersects intervals: `python -m tests.bench [--json] [--short]`.

The last line of output is one JSON object. Times are seconds of processor time of one thread, the garbage collector off
(as `timeit` does), so that they can be compared on a machine that has other work; ratios come from runs that take turns.

- *overlap*: for each role at least one eligible person is free, in their hours, for the whole meeting. `portion` is given
  working hours and busy spans as whole seconds; ours begins with the workspace's values and reads zones and hours itself.
- *full*, ours: every start is feasible, an option, an ask or neither, and counted; everything that stands against starts
  (rules of the meeting, roles that nobody can fill, roles with too few different people) with all its ranges; ten offers,
  twenty options with all needs and twenty asks with who would sit; names and rules of persons for what is shown alone.
- *plan*, ours: the whole object of `plan --json`, with every range of starts and everybody's reasons in it, as bytes.
- *cold*: nothing is remembered, not even a zone.
- *batch_review_vs_portion*: how many reviews of the batch are done while `portion` does the overlap of M once.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

import portion

from bot.core import calendars, span
from bot.core.calendars import Calendars
from bot.core.people import Busy
from bot.core.plan import plan_bytes
from bot.core.search import Problem, search
from bot.core.starts import Starts, bits
from bot.core.window import reading, starts_within
from tests.bench_batch import full
from tests.bench_network import DELAY, SIZES, Answered, command_to_offers, provider_calls
from tests.bench_workloads import workload

Stretches = list[tuple[int, int]]


def forget() -> None:
    """As a process that has just begun: no masks, no hours, no zones."""
    calendars.forget()
    span.wall_clock.cache_clear()
    span._offsets_by_day.cache_clear()


# -- what is measured


def plan(problem: Problem) -> bytes:
    return plan_bytes(search(problem))


def starts_of(problem: Problem) -> Starts:
    window = reading(problem.record, problem.kind, problem.policy, problem.people, problem.now).window
    assert window is not None
    return starts_within(window, problem.kind, problem.policy)


def lines_of(problem: Problem) -> list[list[str]]:
    """For each role everybody who may fill it at some time."""
    found = []
    for role, named in problem.record.roles.items():
        shifts = problem.people.rotas[named.rota].shifts if named.rota is not None else ()
        holders = [*named.people, *(shift.person for shift in shifts)]
        delegates = [d.person for who in holders for d in problem.people.people[who].delegates if role in d.roles]
        found.append(list(dict.fromkeys([*holders, *delegates])))
    return found


def overlap(problem: Problem, lines: Sequence[Sequence[str]]) -> int:
    """The starts at which some eligible person of each role is free in their hours."""
    starts = starts_of(problem)
    people = Calendars(problem.policy, starts, problem.availability)
    common = starts.every
    free: dict[str, int] = {}
    for line in lines:
        filled = 0
        for who in line:
            if who not in free:
                broken = people.of(problem.people.people[who]).masks
                free[who] = starts.every & ~(broken.get("busy", 0) | broken.get("working_hours", 0))
            filled |= free[who]
        common &= filled
    return common


class Intervals:
    """The same problem as `portion` gets it: whole seconds, the hours of everybody laid out."""

    def __init__(self, problem: Problem) -> None:
        self.lines = lines_of(problem)
        self.length = int(problem.kind.duration.total_seconds())
        opens = int(problem.now.timestamp())
        closes = opens + int(problem.kind.horizon.total_seconds())
        counts = problem.policy.busy_statuses
        everybody = {who: problem.people.people[who] for line in self.lines for who in line}
        self.hours: dict[str, Stretches] = {
            who: list(person.working_hours.stretches(person.time_zone, opens, closes))
            for who, person in everybody.items()
        }
        self.busy = {who: _seconds(problem.availability[who].busy, counts) for who in everybody}

    def overlap(self) -> Any:
        """The instants, as intervals, at which such a meeting may begin."""
        begins = {who: self._begins(who) for who in self.hours}
        common = None
        for line in self.lines:
            role = portion.Interval(*[piece for who in line for piece in begins[who]])
            common = role if common is None else common & role
        return common

    def _begins(self, who: str) -> list[Any]:
        hours = portion.Interval(*[portion.closedopen(a, b) for a, b in self.hours[who]])
        free = hours - portion.Interval(*[portion.closedopen(a, b) for a, b in self.busy[who]])
        return [portion.closed(p.lower, p.upper - self.length) for p in free if p.upper - p.lower >= self.length]


def _seconds(busy: Sequence[Busy], counts: frozenset[str]) -> Stretches:
    return [(int(b.start.timestamp()), int(b.end.timestamp())) for b in busy if b.status in counts]


def agree(problem: Problem) -> bool:
    """Whether both find the same starts: otherwise no comparison is worth anything."""
    starts, theirs = starts_of(problem), Intervals(problem).overlap()
    ours = {starts.times[k] for k in bits(overlap(problem, lines_of(problem)))}
    return ours == {second for second in starts.times if second in theirs}


# -- how it is measured


def taken(deed: Callable[[], object]) -> float:
    began = time.process_time()
    deed()
    return time.process_time() - began


def medians(deeds: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The deeds take turns, so that what slows the machine down slows all of them."""
    times: dict[str, list[float]] = {name: [] for name in deeds}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, deed in deeds.items():
                if name.endswith("_cold"):
                    forget()
                times[name].append(taken(deed))
    finally:
        gc.enable()
    return {name: statistics.median(each) for name, each in times.items()}


def measured(name: str, rounds: int) -> dict[str, float]:
    """One workload: milliseconds, and how many times faster ours is than `portion` on the overlap alone."""
    problem = workload(name)
    lines, intervals = lines_of(problem), Intervals(problem)
    assert agree(problem), f"{name}: two ways to the same overlap differ"
    ours = {
        "overlap_cold": lambda: overlap(problem, lines),
        "full_cold": lambda: full(problem),
        "full_warm": lambda: full(problem),
        "plan_json_cold": lambda: plan(problem),
    }
    times = medians({"portion": intervals.overlap, **ours}, rounds)
    figures = {f"{name}_{what}_ms": round(seconds * 1000, 2) for what, seconds in times.items()}
    ratios = {f"{name}_{what}_vs_portion": round(times["portion"] / times[what], 1) for what in ours}
    return {**figures, **ratios}


def growth(rounds: int) -> dict[str, Any]:
    """Milliseconds of a full search, cold, when M grows in one direction."""
    changes = {
        "people": [("people", people, {"people": people, "each": people // 8, "busy": 110 * people}) for people in (40, 80, 160)],
        "days": [("days", days, {"days": days, "busy": 4_400 * days // 30}) for days in (15, 30, 60)],
        "grid": [("grid", grid, {"grid": grid}) for grid in (15, 5, 1)],
    }  # fmt: skip
    found: dict[str, Any] = {}
    for direction, sizes in changes.items():
        problems = {str(size): workload("M", **changed) for _, size, changed in sizes}
        deeds = {f"{size}_cold": (lambda p=problem: full(p)) for size, problem in problems.items()}
        found[direction] = {
            name.removesuffix("_cold"): round(seconds * 1000, 2) for name, seconds in medians(deeds, rounds).items()
        }
    return {"M_full_cold_ms_by": found}


# -- a batch


def batched(count: int, rounds: int) -> dict[str, float]:
    """The batch in a fresh process; and, run just before and just after it, how long `portion` takes for the overlap of M:
    seconds alone tell more of the machine than of the batch."""
    theirs = {"portion": Intervals(workload("M")).overlap}
    before = medians(theirs, rounds)["portion"]
    command = [sys.executable, "-m", "tests.bench_batch", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    beside = (before + medians(theirs, rounds)["portion"]) / 2
    ratio = round(beside * count / answer["batch_processor_seconds"], 1)
    return {**answer, "batch_portion_ms": round(beside * 1000, 2), "batch_review_vs_portion": ratio}


# -- over HTTP


def network(sizes: Sequence[tuple[int, int]], rounds: int) -> dict[str, Any]:
    reads, answers = provider_calls(sizes), command_to_offers(rounds)
    overheads = _overheads(answers)
    first = command_to_offers(ceil(rounds / 2), asked="first")
    full = command_to_offers(ceil(rounds / 2), asked="in a full channel")
    return {
        "provider_calls": sum(read.calls for read in reads),
        "provider_calls_formula": sum(read.formula for read in reads),
        "provider_calls_equal": all(read.calls == read.formula == read.together for read in reads),
        "provider_calls_again_within_a_minute": sum(read.again for read in reads),
        "provider_calls_by_people_and_days": {f"{r.people}x{r.days}": [r.calls, r.formula] for r in reads},
        "command_to_offers_overhead_ms": round(statistics.median(overheads) * 1000, 1),
        "command_to_offers_overhead_smallest_ms": round(min(overheads) * 1000, 1),
        "command_to_offers_cpu_ms": round(statistics.median(a.worked for a in answers) * 1000, 1),
        "command_to_offers_cpu_smallest_ms": round(min(a.worked for a in answers) * 1000, 1),
        "command_to_offers_ms": round(statistics.median(a.posted for a in answers) * 1000, 1),
        "command_to_offers_first_overhead_ms": round(statistics.median(_overheads(first)) * 1000, 1),
        "command_to_offers_in_a_full_channel_ms": round(statistics.median(a.posted for a in full) * 1000, 1),
        "command_to_offers_ack_ms": round(statistics.median(a.ack for a in answers) * 1000, 1),
        "command_to_offers_delay_ms": DELAY * 1000,
        "command_to_offers_rounds": rounds,
    }


def _overheads(answers: Sequence[Answered]) -> list[float]:
    """What is left beside the trips of the bar: free-busy, then the post; the record is a file. Who asks first has one more
    trip in it, for Slack must tell who that is."""
    return [answered.posted - 2 * DELAY for answered in answers]


def bench(short: bool = False) -> dict[str, Any]:
    """All figures; `short` shows that everything can be measured, and measures little."""
    if short:
        found = {**measured("S", 3), **{key.replace("S_", "M_", 1): value for key, value in measured("S", 1).items()}}
        return {**found, **batched(3, 1), **network(((8, 61),), 1)}
    return {
        **measured("S", 15), **measured("M", 15), **measured("L", 3), **growth(5), **batched(1_000, 5),
        **network(SIZES, 7),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--short", action="store_true", help="measure little, in a few seconds")
    asked = parser.parse_args(arguments)
    found = bench(asked.short)
    if not asked.json:
        print("\n".join(f"{key:45} {value}" for key, value in found.items()))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
