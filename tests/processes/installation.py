"""A `readiness-bot serve` in a process of its own that knows nothing but environment variables, and people who use it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.slack.messages import presses
from bot.store import Store
from bot.store.journal import rows
from integrations.sandbox.calendar_book import BookEvent
from integrations.sandbox.keys import private_key
from integrations.sandbox.sandbox import Sandbox
from tests.processes.forked import Forked

RELEASES = "C0RELEASES"
RECORD = "CHG-1042"
HELD = {"dana", "lee", "ravi", "mei", "noor"}
_AT = re.compile(r"readiness-bot answers at (http://\S+)\n")
_TICK = threading.Event()
Message = dict[str, Any]


def soon(true: Callable[[], object], seconds: float = 20.0, what: str = "it") -> None:
    """Wait until it is so; fail when it does not come about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} did not come about in {seconds} s"
        _TICK.wait(0.01)


def slack_id(name: str) -> str:
    return f"U0{name.upper()}"


class Stage:
    """The stand-ins that all tests of a module share."""

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self.sandbox = (sandbox or Sandbox(frozen_clock=True)).start()
        self.sandbox.slack.desk.moment = 0.01  # what comes of an act is waited for where it is looked for
        self.key = private_key(1024)


class Installation:
    """One data folder and one environment; the process comes and goes."""

    def __init__(
        self, stage: Stage, folder: Path, program: tuple[str, ...] = ("-m", "bot"), forks: bool = False, **more: str
    ) -> None:
        """`forks`: where the test is not about how a process begins, it begins sooner."""
        self.forks = forks
        self.sandbox, self.slack, self.book = stage.sandbox, stage.sandbox.slack, stage.sandbox.book
        self.sandbox.reset()
        self.folder = folder
        self.environment = {
            **self.sandbox.credentials(folder, stage.key),
            "PATH": os.environ["PATH"], "READINESS_PORT": "0", "READINESS_DATA": str(folder / "data"), **more,
        }  # fmt: skip
        self._program = program
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._store: Store | None = None

    # -- the process

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command line beside the running process, to its end."""
        return subprocess.run(
            [sys.executable, *self._program, *arguments], check=False, env=self.environment | more, cwd=self.folder,
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip

    def starts(self) -> None:
        before = len(self.said("stdout"))
        started = self._process = self._forked() if self.forks else self._launched()
        soon(lambda: _AT.search(self.said("stdout")[before:]) or started.poll() is not None, 60.0, "the address")
        found = _AT.search(self.said("stdout")[before:])
        assert found, self.said("stderr")
        self.sandbox.bot_url = found[1]

    def _launched(self) -> subprocess.Popen[bytes]:
        with (self.folder / "stdout").open("ab") as out, (self.folder / "stderr").open("ab") as err:
            return subprocess.Popen(
                [sys.executable, *self._program, "serve"], env=self.environment, cwd=self.folder, stdout=out, stderr=err
            )

    def _forked(self) -> Forked:
        out, err = self.folder / "stdout", self.folder / "stderr"
        return Forked(self._program[-1], ["serve"], self.environment, self.folder, out, err)

    def dies(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        assert self._process.wait(10) == -signal.SIGKILL

    def ends(self) -> int:
        """SIGTERM, as an operator's system sends it; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(10)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        if self._store is not None:
            self._store.close()

    def said(self, stream: str) -> str:
        path = self.folder / stream
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def store(self) -> Store:
        """Its database, looked at from outside."""
        if self._store is None:
            self._store = Store(f"sqlite:///{self.folder / 'data' / 'readiness.db'}", rows)
        return self._store

    def settled(self, seconds: float = 30.0) -> None:
        """Nothing is owed by now."""

        def owed() -> list[tuple[str, str | None]]:
            return [(i.key, i.last_error) for i in self.store.due(open=True, before=self.sandbox.clock.now())]

        end = time.monotonic() + seconds
        while left := owed():
            assert time.monotonic() < end, f"{left}\n{self.said('stderr')}"
            _TICK.wait(0.02)

    # -- people

    def asks(self, text: str = f"/readiness-review {RECORD}", by: str = "priya") -> None:
        seen = self.slack.command(slack_id(by), RELEASES, text)
        assert (seen.status, seen.error) == (200, None)

    def holds(self, by: str = "priya") -> None:
        self.presses(presses.HOLD, by)

    def approves(self, by: str = "dana") -> None:
        self.presses(presses.APPROVE, by)
        assert self.slack.wait_until(lambda: self.slack.modal(slack_id(by)) is not None, 10), self.said("stderr")
        view = self.slack.modal(slack_id(by))
        assert view is not None
        assert self.slack.submit(slack_id(by), view["id"], {}).status == 200

    def presses(self, action: str, by: str) -> None:
        """The newest button of that action: people press what stands at the end of the thread."""
        found = [(m, b) for m in [*reversed(self.thread()), *self.cards()] for b in _blocks_with(m, action)]
        assert found, f"no button {action} in {[self.plain(m) for m in self.thread()]}"
        message, block = found[0]
        seen = self.slack.press(slack_id(by), RELEASES, message["ts"], action_id=action, block_id=block["block_id"])
        assert (seen.status, seen.error) == (200, None)

    # -- what people see

    def cards(self) -> list[Message]:
        return [m for m in self.slack.messages(RELEASES) if m.get("bot_id")]

    def thread(self) -> list[Message]:
        return [reply for card in self.cards() for reply in self.slack.thread(RELEASES, card["ts"])]

    def written(self) -> list[Message]:
        """Every message of the bot, wherever it stands."""
        people = [slack_id(p) for p in HELD | {"priya"}]
        return [*self.cards(), *self.thread(), *(m for p in people for m in self.slack.dms(p) if m.get("bot_id"))]

    def plain(self, message: Message) -> str:
        return self.slack.plain(message, slack_id("priya"))

    def counted(self) -> Counter[str]:
        """How often each message was written, by the key in its metadata; a picture by the name of its file."""
        return Counter(
            str(m["files"][0]["name"] if m.get("files") else m["metadata"]["event_payload"]["key"])
            for m in self.written()
        )

    @property
    def state(self) -> str:
        row = self.store.meeting(RECORD)
        return row.state if row else "none"

    # -- calendars

    def holds_on_calendars(self) -> list[BookEvent]:
        return [e for c in list(self.book.calendars) for e in self.book.events(c) if e.title.startswith("Hold: ")]

    def held(self) -> set[str]:
        return {e.calendar.split("@")[0] for e in self.holds_on_calendars()}

    def invites(self) -> list[tuple[str, str]]:
        """What was mailed, and to whom."""
        return sorted((m.kind, m.to.split("@")[0]) for m in self.book.mails)

    def invitations(self) -> Counter[str]:
        """On whose calendar the real meeting stands, and how often."""
        found = [(c, e) for c in list(self.book.calendars) for e in self.book.events(c)]
        return Counter(c.split("@")[0] for c, e in found if e.attendees and RECORD in e.title)


def _blocks_with(message: Mapping[str, Any], action: str) -> list[dict[str, Any]]:
    def elements(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return block.get("elements", []) if block["type"] == "actions" else [block.get("accessory") or {}]

    return [b for b in message.get("blocks", []) if any(e.get("action_id") == action for e in elements(b))]
