"""Real Slack traffic on a real `serve` process: `python -m tests.load --seconds S --rate R --channels C [--json]`.

The generator is open-loop: requests go out when their time has come, whatever became of earlier ones, and an ack's time counts
from the moment at which its request was meant to go out. The mix, in a hundred requests: see `tests/load/traffic.py`, `MIX`; what
was played is printed. Each request is on a connection of its own and signed when it goes out. The stand-ins run in their own
process and take what Slack takes: one message a second in each channel, three at once. With `--json` the last line is one object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.load.run import Load, play


def main(arguments: list[str] | None = None) -> int:
    told = _parser().parse_args(arguments)
    load = Load(
        told.seconds,
        told.rate,
        told.channels,
        told.seed,
        told.live_meetings,
        10_000 if told.duplicates else 0,
        told.idle,
    )
    with tempfile.TemporaryDirectory(prefix="readiness-load-", dir=told.folder) as folder:
        found = play(Path(folder), load)
    found["load_average"] = round(os.getloadavg()[0], 2)
    if told.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:22} {value}")
    return 0 if found["lost"] == found["doubled"] == 0 else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description="Real Slack traffic on a real `serve` process."
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live-meetings", type=int, default=0, help="that stand in the database before it begins")
    parser.add_argument("--duplicates", action="store_true", help="10,000 repeated and reordered requests instead")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds over which the idle bot is watched")
    parser.add_argument("--folder", type=Path, help="where the database and all else is put (default: temporary)")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
