"""Processes of their own that need not read the program first: a server that has read it forks them. What runs is the same
code, in a process that can be killed and stopped like any other; it only begins a second or two sooner."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["bot.app", "bot.running", "bot.serving", "tests.torture.laws"])


class Forked:
    """`python -m module arguments` with that environment, its streams appended to files."""

    def __init__(
        self, module: str, arguments: list[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path
    ) -> None:
        self._process = _SERVER.Process(
            target=_become, args=(module, arguments, dict(environment), str(folder), str(out), str(err)), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """The exit code; fails when it does not end in time."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"process {self.pid} did not end in {seconds} s"
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _become(module: str, arguments: list[str], environment: dict[str, str], folder: str, out: str, err: str) -> None:
    for path, stream in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
