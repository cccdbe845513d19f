"""How long it takes to read the whole chain, beside hashing the same bytes alone: `python -m tests.ledger_bench`.

The last line of output is one JSON object. `--entries N` says how long the ledger is, `--database` where it lies.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.store import Archive, NewFact
from tests.store.databases import KINDS, MONDAY, new_database, open_store

STREAM = 40  # entries of one review
# A review's entries are short but for its searches; these are the sizes of the demo's own main story.
SIZES = (420, 40, 5200, 1500, 1300, 90, 60, 70, 260, 120)


def facts(entries: int) -> Iterator[tuple[str, list[NewFact]]]:
    """Streams of entries, each with something in it that differs."""
    for first in range(0, entries, STREAM):
        count = min(STREAM, entries - first)
        yield f"CHG-{first}", [_fact(first + number) for number in range(count)]


def _fact(number: int) -> NewFact:
    size = SIZES[number % len(SIZES)]
    return NewFact("noted", {"n": number, "why": "ein Größenvergleich, "[: size % 21] + "x" * size}, "priya")


def fastest(act: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Seconds and seconds of our own processor time of the fastest of a few runs."""
    spent = []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        act()
        spent.append((time.perf_counter() - began, time.process_time() - used))
    return min(seconds for seconds, _ in spent), min(used for _, used in spent)


def measure(entries: int, database: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="readiness-ledger-") as folder:
        url = new_database(database, Path(folder))
        store = open_store(url)
        with store.transaction() as tx:
            for stream, some in facts(entries):
                tx.append(stream, 0, some, MONDAY)
        store.close()
        archive = Archive(url)
        try:
            verified = archive.verify()
            assert verified.ok, verified
            assert verified.entries == entries, verified
            seconds, used = fastest(archive.verify)
            texts = [json.dumps(f.body, sort_keys=True, ensure_ascii=False).encode() for f in archive.ledger()]
        finally:
            archive.close()
    alone, _ = fastest(lambda: [sha256(text).hexdigest() for text in texts])
    return {
        "database": database,
        "entries": entries,
        "megabytes": round(sum(map(len, texts)) / 1e6, 1),
        "seconds": round(seconds, 3),
        "processor_seconds": round(used, 3),  # on PostgreSQL ours alone, without the server's
        "hashing_alone_seconds": round(alone, 3),
        "ratio": round(seconds / alone, 2),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger_bench", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    asked = parser.parse_args(arguments)
    found = measure(asked.entries, asked.database)
    if not asked.json:
        print(f"{found['entries']} entries, {found['megabytes']} MB: {found['seconds']} s")
    print(json.dumps(found, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
