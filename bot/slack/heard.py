"""What came in from Slack, reduced to what is needed to act on it; and the short-lived ways to answer in private."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

KEEP_SECONDS = 25 * 60.0  # Slack takes answers for 30 minutes
MOST = 10_000


class Heard(NamedTuple):
    """One act of one user. `what` is a command, or a button's or dialog's action id; `carries` the ids that came with it."""

    what: str
    user: str
    team: str
    channel: str
    thread: str | None = None
    text: str = ""
    carries: Mapping[str, Any] = {}
    reply: str = ""  # where to answer: a key of Replies, never the address itself
    typed: Mapping[str, str] = {}  # what was typed or chosen in a dialog, by the input's action id

    def stored(self) -> dict[str, Any]:
        return {**self._asdict(), "carries": dict(self.carries), "typed": dict(self.typed)}

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Heard:
        return cls(**payload)


def carried(value: str | None) -> dict[str, Any]:
    """The ids behind a button or in a dialog: what a client sent, so anything at all; what is no JSON object is nothing."""
    try:
        found = json.loads(value or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Replies:
    """response_urls by key, in memory alone: each is a key to a conversation and is never stored nor logged."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._urls: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: str, url: str | None) -> None:
        if not url:
            return
        with self._lock:
            self._urls[key] = (self._ticks(), url)
            while len(self._urls) > MOST:
                self._urls.popitem(last=False)

    def take(self, key: str) -> str | None:
        with self._lock:
            kept = self._urls.get(key)
        return kept[1] if kept and self._ticks() - kept[0] < KEEP_SECONDS else None
