"""The sandbox as a program of its own: starts everything, prints the settings a bot needs, runs until it is stopped."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import threading
from pathlib import Path

from integrations.sandbox.sandbox import SERVERS, PortTakenError, Sandbox


def main(arguments: list[str] | None = None) -> int:
    told = _parser().parse_args(arguments)
    ports = {name: told.port + at for at, name in enumerate(SERVERS)} if told.port else None
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="readiness-sandbox-") as folder:
        try:
            sandbox = Sandbox(frozen_clock=told.frozen_clock, bot_url=told.bot_url).start(ports)
        except PortTakenError as taken:
            print(taken, file=sys.stderr)
            return 2
        with sandbox:
            _tell(sandbox, Path(folder))
            ended.wait()
    return 0


def _tell(sandbox: Sandbox, folder: Path) -> None:
    for name, value in sandbox.credentials(folder).items():
        print(f"{name}={shlex.quote(value)}")
    print(f"# The page: {sandbox.urls['page']}   Ctrl-C ends it.", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        help="of the page; those after it, one for each stand-in, are taken too (default: free ones)",
    )
    parser.add_argument("--bot-url", default="", help="where Slack's requests go, such as http://127.0.0.1:3000")
    parser.add_argument("--frozen-clock", action="store_true", help="business time moves only when it is moved")
    return parser


if __name__ == "__main__":
    sys.exit(main())
