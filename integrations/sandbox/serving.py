"""How a stand-in is served: an HTTP server on loopback whose lines can be cut, and what it noted of its callers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import flask
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher, WSGITask

from integrations.sandbox.faults import Fault, Faults

_CUT = "sandbox.cut"


class _Task(WSGITask):  # type: ignore[misc]  # waitress ships no types
    """Tells the application how to cut the line it is answering on: no WSGI server offers that."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[_CUT] = self._cut
        return environ

    def _cut(self) -> None:
        self.close_on_finish = True
        with contextlib.suppress(OSError):  # the caller may have hung up already
            self.channel.socket.shutdown(socket.SHUT_RDWR)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    task_class = _Task


class Served:
    """A running server; `url` has no slash at its end. `close` is safe from any thread, more than once."""

    def __init__(self, app: Any, port: int = 0, threads: int = 8) -> None:
        self._sockets: dict[int, Any] = {}
        self._workers = ThreadedTaskDispatcher()
        self._workers.set_thread_count(threads)
        try:
            self._server = create_server(
                app,
                map=self._sockets,
                _dispatcher=self._workers,
                host="127.0.0.1",
                port=port,
                clear_untrusted_proxy_headers=True,
            )
        except OSError:  # the port is taken; waitress leaves its half-made sockets behind
            self._shut()
            raise
        self._server.channel_class = _Channel
        self.port: int = self._server.effective_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._stopping = threading.Event()
        self._loop = threading.Thread(target=self._turn, name=f"sandbox-{self.port}", daemon=True)
        self._loop.start()

    def _turn(self) -> None:
        while not self._stopping.is_set():
            self._server.asyncore.loop(timeout=1.0, map=self._sockets, count=1)

    def close(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            self._server.pull_trigger()
            self._loop.join(5.0)
            # Only now, with the loop at rest: before, the trigger that wakes it could be closed under our hands.
            self._shut()

    def _shut(self) -> None:
        for each in list(self._sockets.values()):
            with contextlib.suppress(OSError):
                each.close()
        self._workers.set_thread_count(0)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(app: Any, port: int = 0, threads: int = 8) -> Served:
    """Serve a WSGI application on 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
    return Served(app, port, threads)


def cut() -> flask.Response:
    """Close the line of the request at hand without an answer."""
    hang_up = flask.request.environ.get(_CUT)
    if hang_up is None:
        raise RuntimeError("Only a server started by integrations.sandbox.serving can cut a line.")
    hang_up()
    return flask.Response(status=500)


@dataclass(frozen=True)
class Call:
    """One request that reached a stand-in, whatever became of it. `target` is a calendar, a channel, a record."""

    operation: str
    target: str
    at: datetime
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


class Traffic:
    """Every call a stand-in received, in order; thread-safe. Found under `app.extensions["traffic"]`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def note(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def calls(self, operation: str | None = None, target: str = "") -> list[Call]:
        with self._lock:
            return [c for c in self._calls if operation in (None, c.operation) and target in c.target]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()


# What a whole request can suffer; `calendar_error` is the stand-in's own business.
WHOLE = ("status", "slow", "hang", "drop_before", "drop_after", "late")


def suffer(
    faults: Faults,
    service: str,
    operation: str,
    target: str,
    refuse: Callable[[Fault], flask.Response],
    act: Callable[[], flask.Response],
) -> flask.Response:
    """Answer a request as the fault switches say: `refuse` words a `status` fault, `act` does what was asked."""
    fault = faults.take(service, operation, target, WHOLE)
    if fault is None:
        return act()
    if fault.kind == "status":
        return refuse(fault)
    if fault.kind == "late":
        answer = act()
        time.sleep(fault.seconds)
        return answer
    if fault.kind in ("slow", "hang"):
        time.sleep(fault.seconds)
    if fault.kind in ("slow", "drop_after"):
        answer = act()
        return answer if fault.kind == "slow" else cut()
    return cut()
