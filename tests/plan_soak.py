"""Many random workspaces through the search and through the slow reference: `python -m tests.plan_soak --workspaces N`.

The last line of output is one JSON object; details of the first difference go to stderr, and the exit code is then 1. A
share of the workspaces is written to disk and read back as an organisation's folder would be, and a share of all plans is
made again in another process, under another TZ and hash seed, and compared byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from bot.core.people import Availability
from bot.core.plan import plan_bytes
from bot.core.search import Problem, reading, search
from bot.workspace import Workspace, load
from integrations.calendars.files import FilesCalendar
from tests.core.random_workspace import random_problem
from tests.core.workspace_folder import write_folder
from tests.reference_search import Reference, as_bytes

CHUNK = 25
FILES_EVERY = 4  # every fourth workspace goes through real files
RERUN_EVERY = 5  # every fifth chunk is made again in another process


class Difference(NamedTuple):
    seed: int
    what: str
    ours: str
    theirs: str


class Checked(NamedTuple):
    """What a chunk of workspaces came to."""

    first: int
    digest: str
    outcomes: Counter[str]
    differences: tuple[Difference, ...]


def expected(problem: Problem) -> bytes:
    reference = Reference(
        problem.record,
        problem.kind,
        problem.policy,
        problem.people,
        problem.entries,
        problem.now,
        problem.availability,
    )
    return as_bytes(reference.plan())


def through_files(problem: Problem) -> Problem:
    """The same problem after a journey over the disk: the loader's values, and calendars as the adapter reads them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_folder(problem, root)
        workspace = load(root)
        record = workspace.record(problem.record.id)
        read = replace(
            problem,
            record=record,
            kind=workspace.policy.kinds[record.kind],
            policy=workspace.policy,
            people=workspace.people,
            entries=workspace.release_calendar.entries,
            availability={},
        )
        return replace(read, availability=_calendars(read, workspace, root))


def _calendars(problem: Problem, workspace: Workspace, root: Path) -> dict[str, Availability]:
    """What the calendar files say of those who must be read, while the window is open."""
    ahead = reading(problem.record, problem.kind, problem.policy, problem.people, problem.now)
    files = FilesCalendar(workspace.calendar_file, lambda _: [], root / "data")
    people = [workspace.people.people[name] for name in ahead.people]
    return {
        person.id: files.availability(person.calendars[0].id, person.time_zone, ahead.span)
        for person in people
        if ahead.span is not None and person.readable
    }


def check(first: int, count: int) -> Checked:
    """Ours against theirs, for the workspaces of these numbers."""
    digest, outcomes, differences = hashlib.sha256(), Counter[str](), []
    for seed in range(first, first + count):
        as_files = seed % FILES_EVERY == 0
        problem = random_problem(seed, as_files=as_files)
        found = search(problem)
        ours, theirs = plan_bytes(found), expected(problem)
        outcomes[found.outcome] += 1
        digest.update(ours)
        if ours != theirs:
            differences.append(_difference(seed, "search and reference", ours, theirs))
        if as_files:
            outcomes["through files"] += 1
            again = plan_bytes(search(through_files(problem)))
            if again != ours:
                differences.append(_difference(seed, "values and files", ours, again))
    return Checked(first, digest.hexdigest(), outcomes, tuple(differences))


def _difference(seed: int, what: str, ours: bytes, theirs: bytes) -> Difference:
    left, right = json.loads(ours), json.loads(theirs)
    keys = [key for key in left if left[key] != right.get(key)]
    pick = {key: left[key] for key in keys}, {key: right.get(key) for key in keys}
    return Difference(seed, what, json.dumps(pick[0])[:4000], json.dumps(pick[1])[:4000])


def check_chunk(first: int) -> Checked:
    return check(first, CHUNK)


def digest(first: int, count: int) -> str:
    """Of the plans alone: what another process must come to as well."""
    plans = (
        plan_bytes(search(random_problem(seed, as_files=seed % FILES_EVERY == 0)))
        for seed in range(first, first + count)
    )
    return hashlib.sha256(b"".join(plans)).hexdigest()


def rerun(firsts: Sequence[int]) -> dict[str, str]:
    """The digests of these chunks, made in a process of its own in another zone and with another hash seed."""
    environment = {**os.environ, "TZ": "Pacific/Chatham", "PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-m", "tests.plan_soak", "--digests", ",".join(map(str, firsts))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def soak(workspaces: int, first: int, processes: int) -> tuple[dict[str, Any], list[Difference]]:
    began = time.monotonic()
    chunks = [first + number * CHUNK for number in range(-(-workspaces // CHUNK))]
    outcomes, differences, digests = Counter[str](), list[Difference](), dict[int, str]()
    with get_context("spawn").Pool(processes) as pool:
        for checked in pool.imap_unordered(check_chunk, chunks):
            outcomes += checked.outcomes
            differences += checked.differences
            digests[checked.first] = checked.digest
    again = rerun(chunks[::RERUN_EVERY])
    equal = all(digests[int(chunk)] == digest for chunk, digest in again.items())
    summary = {
        "workspaces": len(chunks) * CHUNK,
        "different": len(differences),
        "rerun": len(again) * CHUNK,
        "rerun_equal": equal,
        "through_files": outcomes.pop("through files", 0),
        "outcomes": dict(sorted(outcomes.items())),
        "seconds": round(time.monotonic() - began, 1),
    }
    return summary, sorted(differences)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.plan_soak", description=__doc__)
    parser.add_argument("--workspaces", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first workspace")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--digests", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.digests:
        firsts = [int(first) for first in asked.digests.split(",")]
        print(json.dumps({first: digest(first, CHUNK) for first in firsts}))
        return 0
    summary, differences = soak(asked.workspaces, asked.first, asked.processes)
    for each in differences[:1]:
        print(f"workspace {each.seed}: {each.what} differ\n{each.ours}\n{each.theirs}", file=sys.stderr)
    if not asked.json:
        print(f"{summary['workspaces']} workspaces, {summary['different']} different")
    print(json.dumps(summary, sort_keys=True))
    return 0 if not differences and summary["rerun_equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
