"""`demo`: everything on this machine, without an account: the stand-ins, the real bot with its real adapters, one page."""

from __future__ import annotations

import logging
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bot.app import Bot
from bot.running import quiet_logs
from bot.serving import Server, web
from bot.settings import read
from integrations.sandbox.sandbox import PortTakenError, Sandbox

log = logging.getLogger("readiness")


class _Door:
    """One address for Slack, behind which the bot may be exchanged for a new one."""

    def __init__(self) -> None:
        self.app: Callable[..., Iterable[bytes]] | None = None

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if self.app is None:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"starting"]
        return self.app(environ, start_response)


class Demo:
    """The sandbox and a bot that talks to it. *Reset* on the page begins with an empty ledger again."""

    def __init__(self, port: int = 0, frozen_clock: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="readiness-demo-"))
        self.sandbox = Sandbox(frozen_clock=frozen_clock).start({"page": port})
        self._environment = self.sandbox.credentials(self._folder)
        self._door = _Door()
        self._server = Server(self._door, "127.0.0.1", 0)
        threading.Thread(target=self._server.run, name="http", daemon=True).start()
        self.sandbox.bot_url = f"http://127.0.0.1:{self._server.port}/slack/events"
        self.sandbox.on_reset.append(self._again)
        self.bot = self._begin()

    def _begin(self) -> Bot:
        values: dict[str, Any] = {name.lower(): value for name, value in self._environment.items()}
        bot = Bot(read({**values, "readiness_data": self._folder / "data"}))
        bot.start()
        self._door.app = web(bot)
        return bot

    def _again(self) -> None:
        self._door.app = None
        self.bot.stop()
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        self.bot = self._begin()

    @property
    def url(self) -> str:
        return str(self.sandbox.urls["page"])

    def stop(self) -> None:
        self._server.close()
        self.bot.stop()
        self.sandbox.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def run(port: int) -> int:
    """Until Ctrl-C. 2 when the port is taken."""
    quiet_logs()
    logging.getLogger().setLevel(logging.WARNING)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    try:
        demo = Demo(port)
    except PortTakenError as taken:
        print(f"{taken} For instance: readiness-bot demo --port {port + 1}", file=sys.stderr)
        return 2
    try:
        print(f"The sandbox is at {demo.url}   (Ctrl-C ends it)", flush=True)
        ended.wait()
    finally:
        demo.stop()
    print("\nEnded. Nothing is left behind.")
    return 0


def script(name: str = "review") -> int:
    """A story through the real HTTP path, without a browser. 1 when a step was not as it should be."""
    from bot.story import Story
    from bot.story_readout import Readout

    logging.getLogger().setLevel(logging.ERROR)
    demo = Demo(frozen_clock=True)
    try:
        return {"review": Story, "readout": Readout}[name](demo).tell()
    finally:
        demo.stop()
