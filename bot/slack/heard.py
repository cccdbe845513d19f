"""What came in from Slack, reduced to what is needed to act on it; and the short-lived ways to answer in private."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

KEEP_SECONDS = 25 * 60.0  # Slack takes answers for 30 minutes
MOST = 10_000
LONGEST_ID = 255
LONGEST_TEXT = 40_000  # a whole message of Slack's
LONGEST_TYPED = 3_000  # what an input of Slack's takes
LONGEST_URL = 2_000
LARGEST_NUMBER = 2**31


class Malformed(ValueError):  # noqa: N818  it reads as what is the case
    """A part is missing, or is not what it should be: that is no request of Slack's. It quotes nothing."""


def told(body: object, *path: str, longest: int = LONGEST_ID) -> str:
    """The text at the end of a path of keys, as it may be kept. Raises Malformed where there is none."""
    found = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise Malformed(f"{'.'.join(path)} is missing")
    return kept(found, longest)


def kept(text: object, longest: int = LONGEST_TEXT) -> str:
    """What may be stored: text without NUL and halves of characters, which no database takes, and not without end."""
    whole = text if isinstance(text, str) else ""
    return "".join(c for c in whole[:longest] if c != "\0" and not "\ud800" <= c <= "\udfff")


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


def carried(value: object) -> dict[str, Any]:
    """The ids behind a button or in a dialog: what a client sent, so anything at all; what is no id is nothing."""
    try:
        found = json.loads(value) if isinstance(value, str) else {}
    except (ValueError, RecursionError):
        return {}
    return {kept(k, LONGEST_ID): _id(v) for k, v in found.items() if _is_id(v)} if isinstance(found, dict) else {}


def instant_carried(heard: Heard) -> datetime | None:
    """The instant that a button or a dialog stands for, where it stands for one."""
    try:
        found = datetime.fromisoformat(str(heard.carries.get("t", "")))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _is_id(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < LARGEST_NUMBER
    return isinstance(value, str)


def _id(value: Any) -> str | int:
    return kept(value, LONGEST_TYPED) if isinstance(value, str) else int(value)


class Recent:
    """What was answered at once, and is kept nowhere, is known here for a while: the same press again is no second one."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def first(self, key: str) -> bool:
        with self._lock:
            seen = key in self._keys
            self._keys[key] = None
            while len(self._keys) > MOST:
                self._keys.popitem(last=False)
        return not seen


class Replies:
    """response_urls by key, in memory alone: each is a key to a conversation and is never stored nor logged. One that is
    not Slack's own (`home` is the address of its API) is forgotten at once: nobody makes us ask anywhere else."""

    def __init__(self, ticks: Callable[[], float], home: str) -> None:
        self._ticks = ticks
        self._home = urlsplit(home)
        self._urls: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()

    def slacks_own(self, url: object) -> str | None:
        """The address, if an answer may be sent there."""
        if not isinstance(url, str) or len(url) > LONGEST_URL:
            return None
        try:
            parts = urlsplit(url)
            plain = parts.username is None and parts.port is None
        except ValueError:
            return None
        theirs = parts.scheme == "https" and plain and (parts.hostname or "").endswith((".slack.com", ".slack-gov.com"))
        return url if theirs or parts[:2] == self._home[:2] else None

    def keep(self, key: str, url: object) -> None:
        url = self.slacks_own(url)
        if url is None:
            return
        with self._lock:
            self._urls[key] = (self._ticks(), url)
            while len(self._urls) > MOST:
                self._urls.popitem(last=False)

    def take(self, key: str) -> str | None:
        with self._lock:
            kept = self._urls.get(key)
        return kept[1] if kept and self._ticks() - kept[0] < KEEP_SECONDS else None
