"""The bench's batch: many full searches over one directory, in a process that holds nothing else, so that its memory tells."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from bot.core.search import Found, Problem, search
from tests.bench_workloads import batch


def full(problem: Problem) -> Found:
    """A search with all that it finds."""
    found = search(problem)
    assert found.study is not None
    counts, told = found.counts, (found.offers, found.options, found.asks)
    assert bool(counts.rejected) == bool(found.against)
    assert [bool(each) for each in told] == [bool(counts.feasible), bool(counts.options), bool(counts.asks)]
    return found


def run_batch(count: int) -> dict[str, float]:
    """Full searches of so many reviews, in this process: meant for one of its own, whose memory is then looked at."""
    before, seconds, processor, slowest = _peak_mb(), 0.0, 0.0, 0.0
    for problem in batch(count):
        began, worked = time.perf_counter(), time.process_time()
        full(problem)
        seconds += time.perf_counter() - began
        spent = time.process_time() - worked
        processor, slowest = processor + spent, max(slowest, spent)
    return {
        "batch_reviews": count,
        "batch_seconds": round(seconds, 2),
        "batch_processor_seconds": round(processor, 2),
        "batch_slowest_ms": round(slowest * 1000, 1),
        "batch_peak_mb": round(_peak_mb(), 1),
        "batch_mb_before": round(before, 1),
    }


def _peak_mb() -> float:
    """Of this process alone: where the system tells it (Linux) not what its parent had when it was forked."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(json.dumps(run_batch(int(sys.argv[1]))))
