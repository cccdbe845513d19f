"""One HTTP line to one configured tracker: each call bounded in time and size, followed nowhere else, and silent about secrets."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import requests
import urllib3

from bot.ports import Denied, Failure, Unreachable

LARGEST = 8 * 1024 * 1024  # of an answer
_PIECE = 64 * 1024

# What requests and the library below it raise, and Python's own network code; ValueError is for addresses that are none.
EDGE = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


class Answer(NamedTuple):
    """`document` is what the JSON said; None when it was none."""

    status: int
    headers: Mapping[str, str]
    document: Any


Judge = Callable[[Answer], "Failure | None"]


class Line:
    """Thread-safe. `judge` words what an answer means that is no success; `settings` names what an operator should look at."""

    def __init__(
        self,
        service: str,
        base: str,
        headers: Mapping[str, str],
        judge: Judge,
        *,
        settings: str,
        login: tuple[str, str] | None = None,
        timeout: float = 10.0,
    ) -> None:
        parts = urllib.parse.urlsplit(base)
        self._here = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and self._here)):
            raise Denied(f"{settings} must begin with https:// (http:// only for this machine itself).")
        self.service, self.base = service, base.rstrip("/")
        self._headers, self._judge, self._settings = dict(headers), judge, settings
        self._login, self._timeout = login, timeout

    def ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None) -> Answer:
        """The answer, when it is a good one. Raises a Failure outside every `except`: the library's errors carry the request,
        secrets and all, and would be its context."""
        found = self._tried(method, path, query, body)
        failure = found if isinstance(found, Failure) else self._judged(found)
        if failure is not None:
            raise failure
        assert isinstance(found, Answer)
        return found

    def _judged(self, answer: Answer) -> Failure | None:
        if 200 <= answer.status < 300:
            if answer.document is None and answer.status != 204:
                return Unreachable(f"{self.service} answered with something else than JSON.", service=self.service)
            return None
        if 300 <= answer.status < 400:
            return Denied(f"{self.service} sends us to another address: what was asked for was moved or renamed. "
                          f"Nothing is followed; check {self._settings} and the closure's file.", service=self.service)  # fmt: skip
        if answer.status >= 500 or answer.status == 408:
            return Unreachable(f"{self.service} is not well (status {answer.status}).", service=self.service)
        return self._judge(answer)

    def _tried(self, method: str, path: str, query: Mapping[str, str] | None, body: Any) -> Answer | Failure:
        until = time.monotonic() + self._timeout
        try:
            with requests.Session() as session:
                session.trust_env = not self._here
                session.headers.update(self._headers)
                session.auth = self._login or _as_it_is
                with session.request(
                    method, f"{self.base}{path}", params=query, json=body, timeout=self._timeout, allow_redirects=False, stream=True,
                ) as answer:  # fmt: skip
                    return Answer(answer.status_code, answer.headers, _document(answer, until))
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader):
            return Denied(f"{self.service} could not be asked: check {self._settings}.", service=self.service)
        except EDGE:
            return Unreachable(f"{self.service} did not answer, or the line broke.", service=self.service)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A login of its own, so that no .netrc exchanges our credentials for others."""
    return request


def _document(answer: requests.Response, until: float) -> Any:
    """What the body says. Raises ValueError for what is too large and OSError for what drips."""
    read = bytearray()
    while piece := answer.raw.read1(_PIECE, decode_content=True):  # as it comes: what drips is noticed
        read += piece
        if len(read) > LARGEST:
            raise ValueError("too large")
        if time.monotonic() > until:
            raise TimeoutError
    try:
        return json.loads(read)
    except (ValueError, RecursionError):
        return None


def seconds(said: str | None, otherwise: float) -> float:
    """A Retry-After in seconds."""
    word = (said or "").strip()
    return float(word) if word.isascii() and word.isdigit() and len(word) < 6 else otherwise
