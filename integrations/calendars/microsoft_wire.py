"""The line to Microsoft Graph: signed in, at most four requests at once, waits kept, every error in our own words."""

from __future__ import annotations

import json
import logging
import queue
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import requests
import urllib3

from bot.ports import Denied, Throttled, Unreachable
from integrations.calendars.microsoft_failures import (
    SERVICE,
    Overloaded,
    Rejected,
    TimedOut,
    from_answer,
    from_line,
    unreadable,
)
from integrations.calendars.microsoft_tokens import (
    PUBLIC_GRAPH,
    PUBLIC_LOGIN,
    Identity,
    Tokens,
    is_loopback,
    secure,
)

AT_ONCE = 4  # Outlook answers four requests of an application at a time
MOST_PAGES = 200
Who = Literal["reader", "writer"]
_log = logging.getLogger(__name__)


class _Bearer(requests.auth.AuthBase):
    """As an auth object, so that a .netrc of the machine cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class MicrosoftGraph:
    """One tenant, reached as a `reader` (free-busy) and a `writer` (holds and invites): two applications or one.

    `attempts` bounds how often a request is sent in all, `longest_wait` how many seconds are sat out for one of them;
    `sleep` is real time. Requests whose outcome is unknown are repeated only where that is harmless."""

    def __init__(
        self,
        *,
        tenant: str,
        writer: Identity,
        reader: Identity | None = None,
        login_url: str = PUBLIC_LOGIN,
        graph_url: str = PUBLIC_GRAPH,
        timeout: float = 60.0,
        attempts: int = 3,
        longest_wait: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = secure(graph_url, "MICROSOFT_GRAPH_URL").removesuffix("/v1.0")
        self._timeout, self._attempts, self._longest_wait = timeout, attempts, longest_wait
        self.sleep = sleep
        scope = f"{self._base if self._base.startswith('https:') else PUBLIC_GRAPH}/.default"

        def tokens(identity: Identity) -> Tokens:
            return Tokens(tenant, identity, login_url=login_url, scope=scope, timeout=min(timeout, 15.0))

        own = tokens(writer)
        self._tokens = {
            "writer": own,
            "reader": own if reader is None or reader == writer else tokens(reader),
        }
        # The permit to send is one of four sessions: never more in flight, and never one session in two threads.
        self._sessions: queue.LifoQueue[requests.Session] = queue.LifoQueue()
        for _ in range(AT_ONCE):
            session = requests.Session()
            session.trust_env = not is_loopback(self._base)
            self._sessions.put(session)

    def signed_in(self, who: Who) -> None:
        """Fetch the token now, once, before many ask for it. Raises what signing in raises."""
        self._tokens[who].bearer()

    def ask(
        self,
        who: Who,
        method: str,
        path: str,
        doing: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        repeatable: bool = False,
    ) -> dict[str, Any]:
        """The JSON that Graph answers ({} when it says nothing). Raises a Failure. `doing` completes "asked …"."""
        url = f"{self._base}/v1.0{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="$(),'")
        return self._insistent(who, method, url, doing, body, repeatable)

    def pages(self, path: str, doing: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Every element of a list, page by page; a next page on any other host is not followed."""
        page = self.ask("writer", "GET", path, doing, query=query, repeatable=True)
        for _ in range(MOST_PAGES):
            values = page.get("value")
            if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
                raise unreadable(doing)
            yield from values
            link = page.get("@odata.nextLink")
            if link is None:
                return
            if not isinstance(link, str) or _origin(link) != _origin(self._base):
                raise Denied("Microsoft's next page lies on another host: it was not followed.", service=SERVICE)
            page = self._insistent("writer", "GET", link, doing, None, True)
        raise Denied(f"Microsoft's list does not end after {MOST_PAGES} pages.", service=SERVICE)

    def close(self) -> None:
        for tokens in self._tokens.values():
            tokens.close()
        while not self._sessions.empty():
            self._sessions.get().close()

    def _insistent(self, who: Who, method: str, url: str, doing: str, body: Any, repeatable: bool) -> dict[str, Any]:
        for left in range(self._attempts - 1, -1, -1):
            pause = 0.5 * 2.0 ** (self._attempts - 1 - left)
            try:
                return self._once(who, method, url, doing, body)
            except Rejected:
                self._tokens[who].forget()
                pause = 0.0
                if not left or left < self._attempts - 1:
                    raise
            except Throttled as refused:
                pause = refused.retry_after
                if not left or pause > self._longest_wait:
                    raise
            except Unreachable as lost:
                if isinstance(lost, Overloaded) and lost.retry_after is not None:
                    pause = lost.retry_after
                if not repeatable or not left or isinstance(lost, TimedOut) or pause > self._longest_wait:
                    raise
            if pause:
                self.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, who: Who, method: str, url: str, doing: str, body: Any) -> dict[str, Any]:
        token, asked = self._tokens[who].bearer(), str(uuid.uuid4())
        session = self._sessions.get()
        try:
            answer = session.request(
                method,
                url,
                data=None if body is None else json.dumps(body).encode(),
                headers=_headers(asked, body is not None),
                auth=_Bearer(token),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (OSError, urllib3.exceptions.HTTPError) as lost:
            raise from_line(lost, doing) from lost
        finally:
            self._sessions.put(session)
        _log.debug("Microsoft was asked %s: %s (client-request-id %s)", doing, answer.status_code, asked)
        return _read(answer, doing)


def _headers(request_id: str, has_body: bool) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Prefer": 'IdType="ImmutableId", outlook.timezone="UTC"',
        "client-request-id": request_id,
        "return-client-request-id": "true",
    }
    return headers | {"Content-Type": "application/json"} if has_body else headers


def _read(answer: requests.Response, doing: str) -> dict[str, Any]:
    if not 200 <= answer.status_code < 300:
        raise from_answer(answer, doing)
    if not answer.content:
        return {}
    try:
        said = json.loads(answer.content)
    except ValueError:
        said = None  # the cause would carry the body
    if not isinstance(said, dict):
        raise unreadable(doing)
    return said


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc


def events_of(mailbox: str, event_id: str = "", deed: str = "") -> str:
    """The path of a mailbox's own calendar: what lies in the bin or in other calendars is not found there."""
    path = f"/users/{urllib.parse.quote(mailbox, safe='@')}/calendar/events"
    if event_id:
        path += f"/{urllib.parse.quote(event_id, safe='')}"
    return path + deed


def by_property(name: str, value: str) -> str:
    """The `$filter` for an extended property. Microsoft ignores the case of values: compare again."""
    said = value.replace("'", "''")
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{said}')"


def property_of(event: Mapping[str, Any], name: str) -> str | None:
    """An expanded extended property's value."""
    there = event.get("singleValueExtendedProperties")
    for each in there if isinstance(there, list) else ():
        if isinstance(each, dict) and re.sub(r"\s+", " ", str(each.get("id"))).lower() == name.lower():
            return str(each.get("value"))
    return None
