"""Pages the people on call through PagerDuty's Events API v2: one incident for each key, however often it is told."""

from __future__ import annotations

import email.utils
import hashlib
import math
import re
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import requests
import urllib3

from bot.ports import Denied, Failure, Severity, Throttled, Unreachable

SERVICE = "PagerDuty"
PUBLIC_EVENTS = "https://events.pagerduty.com"
LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
DEFAULT_PAUSE = 30.0  # seconds; PagerDuty counts events by the minute and does not always say how long to wait
_CHECK_KEY = "readiness-check"

# What requests and the library below it raise, and Python's own network code; ValueError is for addresses and proxies
# that are none.
EDGE = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
# Wrong before anything was sent: an address, a proxy or a certificate file in the settings. Asking again is no use.
_MISCONFIGURED = (
    requests.exceptions.URLRequired,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidHeader,
)
Action = Literal["trigger", "acknowledge", "resolve"]


class PagerDuty:
    """`bot.ports.Pager`. Thread-safe. The routing key is the secret: it travels in the body alone, is never followed to
    another address, and stands in no log and no failure. `source` names this installation on the incident."""

    def __init__(
        self,
        routing_key: str,
        source: str,
        *,
        events_url: str = PUBLIC_EVENTS,
        timeout: float = 10.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        parts = urllib.parse.urlsplit(events_url)
        self._here = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and self._here)):
            raise Denied("PAGERDUTY_EVENTS_URL must begin with https:// (http:// only for this machine itself).")
        self._url = f"{events_url.rstrip('/')}/v2/enqueue"
        self._key, self._source, self._timeout, self._now = routing_key, source, timeout, now

    def page(self, key: str, words: str, *, severity: Severity, link: str | None) -> None:
        payload = {
            "summary": _summary(words),
            "source": self._source,
            "severity": severity,
            "timestamp": self._now().isoformat(timespec="seconds"),
        }
        event: dict[str, Any] = {"payload": payload}
        # A page that comes without its link is better than one that is refused for it.
        if link is not None and urllib.parse.urlsplit(link).scheme in ("http", "https"):
            event["links"] = [{"href": link, "text": "Open it in Slack"}]
        self._enqueue("trigger", key, event)

    def acknowledge(self, key: str) -> None:
        self._enqueue("acknowledge", key, {})

    def resolve(self, key: str) -> None:
        self._enqueue("resolve", key, {})

    def check(self) -> None:
        """Raises what stands in the way of paging. It resolves an incident that never was: that wakes nobody."""
        self.resolve(_CHECK_KEY)

    def _enqueue(self, action: Action, key: str, more: Mapping[str, Any]) -> None:
        event = {"routing_key": self._key, "event_action": action, "dedup_key": dedup_key(key), **more}
        failure = self._sent(event)
        if failure is not None:
            raise failure

    def _sent(self, event: Mapping[str, Any]) -> Failure | None:
        """The failure is raised by the caller, outside the `except`: the library's errors carry the request, key and
        all, and would be its context."""
        try:
            with requests.Session() as session:
                session.trust_env = not self._here
                answer = session.post(self._url, json=event, timeout=self._timeout, allow_redirects=False)
        except EDGE as broken:
            return from_line(broken)
        return from_answer(answer.status_code, answer.headers)


def dedup_key(key: str) -> str:
    """The key itself, or, where PagerDuty would not take it whole, its beginning and a digest of all of it."""
    if not key:
        raise Denied("A page needs a key: without one each repetition would be a new incident.", service=SERVICE)
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - 1 - len(digest)]}~{digest}"


def _summary(words: str) -> str:
    """One line, as long as PagerDuty lets it be: phones read it aloud."""
    line = " ".join(words.split())
    if not line:
        raise Denied("A page needs words: nothing was sent.", service=SERVICE)
    return line if len(line) <= LONGEST_SUMMARY else f"{line[: LONGEST_SUMMARY - 1]}…"


def from_line(broken: BaseException) -> Failure:
    """What kept the event from its answer. It may be sent again: the same key is the same incident."""
    if isinstance(broken, requests.exceptions.Timeout):
        return Unreachable("PagerDuty did not answer in time.", service=SERVICE)
    known = isinstance(broken, requests.exceptions.RequestException | urllib3.exceptions.HTTPError | OSError)
    if isinstance(broken, _MISCONFIGURED) or not known:
        return Denied("PagerDuty could not be asked: check PAGERDUTY_EVENTS_URL and the proxy.", service=SERVICE)
    if isinstance(broken, requests.exceptions.SSLError):
        return Unreachable("No secure connection to PagerDuty could be made.", service=SERVICE)
    return Unreachable("The connection to PagerDuty was lost.", service=SERVICE)


def from_answer(status: int, headers: Mapping[str, str]) -> Failure | None:
    """None for 202. Nothing of the body is read: it may quote what we sent."""
    if status == 202:
        return None
    if status == 429:
        wait = _retry_after(headers.get("Retry-After", ""))
        return Throttled("PagerDuty asks for a pause; nobody was paged yet.", service=SERVICE, retry_after=wait)
    if status >= 500 or status == 408 or 200 <= status < 300:
        return Unreachable(f"PagerDuty is not well (status {status}).", service=SERVICE)
    if status == 400:
        words = "PagerDuty does not accept the event: check PAGERDUTY_ROUTING_KEY. Nobody was paged."
        return Denied(words, service=SERVICE)
    words = f"PagerDuty refused the event (status {status}): check PAGERDUTY_EVENTS_URL. Nobody was paged."
    return Denied(words, service=SERVICE)


def _retry_after(said: str) -> float:
    """Seconds, from a number or a date."""
    if re.fullmatch(r"\d{1,6}(\.\d+)?", said.strip()):
        return float(said)
    try:
        until = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return DEFAULT_PAUSE
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return float(max(0, math.ceil((until - datetime.now(UTC)).total_seconds())))
