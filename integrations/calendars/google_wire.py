"""The line to Google: who we are there, a token for each, patience where asking again is safe, and nothing overheard."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import google_auth_httplib2
import httplib2
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from bot.ports import Denied, Failure, Throttled, Unreachable
from integrations.calendars.google_failures import EDGE, SERVICE, failure_of

_SCOPE = "https://www.googleapis.com/auth/"
FREEBUSY = _SCOPE + "calendar.freebusy"
EVENTS_OWNED = _SCOPE + "calendar.events.owned"
EVENTS = _SCOPE + "calendar.events"

ATTEMPTS = 3
_LONGEST_WAIT = 10.0  # seconds; a longer pause is the caller's to plan
_FIRST_WAIT = 0.25

T = TypeVar("T")
Ask = Callable[[Any], Any]  # from the client's service object to the request that it builds


@dataclass(frozen=True)
class GoogleIdentity:
    """A service account's key and the user in whose name it acts. A writer without `subject` acts as the owner of each
    calendar (domain-wide delegation); with one, as that user everywhere."""

    key: Mapping[str, Any] = field(repr=False)
    subject: str | None = None


class Checked(NamedTuple):
    """One connection as `readiness-bot check` tells of it."""

    fine: bool
    words: str


class Wire:
    """One identity and scope at Google. Thread-safe: no http object is ever in two threads' hands at once (httplib2
    objects break when shared), and each subject's token is fetched once, whoever needs it first."""

    def __init__(
        self,
        identity: GoogleIdentity,
        scope: str,
        *,
        api_url: str | None = None,
        timeout: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.identity, self.scope = identity, scope
        self._timeout, self._sleep = timeout, sleep
        self._key = _credentials(identity.key, scope)
        self._tokens: dict[str | None, _Token] = {}
        self._lock = threading.Lock()
        self._idle: deque[httplib2.Http] = deque()
        options = {"api_endpoint": api_url.rstrip("/") + "/"} if api_url else None
        # The bundled description of the interface: nothing is fetched. Requests are sent by `_send`, not through
        # this http object.
        built = build("calendar", "v3", http=httplib2.Http(), static_discovery=True, client_options=options)
        self._service = _Service(built.events(), built.freebusy())

    def once(self, subject: str | None, ask: Ask) -> Any:
        """One request, one answer. Raises a Failure that carries nothing of what Google or its client said: it is
        raised outside the `except`, so that not even its context does."""
        try:
            return self._send(subject, ask)
        except EDGE as broken:
            failure = failure_of(broken)
        raise failure

    def patiently(self, act: Callable[[], T]) -> T:
        """`act`, again while Google is not well or asks for a short pause. For what may safely be done twice."""
        for attempt in range(ATTEMPTS):
            try:
                return act()
            except (Throttled, Unreachable) as failure:
                wait = _wait(failure, attempt)
                if wait is None:
                    raise
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def ask(self, subject: str | None, ask: Ask) -> Any:
        """`once`, patiently."""
        return self.patiently(lambda: self.once(subject, ask))

    def pause(self, seconds: float) -> None:
        self._sleep(seconds)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _send(self, subject: str | None, ask: Ask) -> Any:
        """A token that Google no longer takes is replaced once: such a request was certainly not done."""
        token = self._token(subject)
        with self._line() as line:
            bearer = token.fresh(line)
            try:
                return _execute(ask(self._service), bearer, line)
            except HttpError as refused:
                if int(refused.resp.status) != 401:
                    raise
            return _execute(ask(self._service), token.fresh(line, instead_of=bearer), line)

    def _token(self, subject: str | None) -> _Token:
        with self._lock:
            if subject not in self._tokens:
                self._tokens[subject] = _Token(self._key.with_subject(subject) if subject else self._key)
            return self._tokens[subject]

    @contextmanager
    def _line(self) -> Iterator[httplib2.Http]:
        """An http object for one request, lent to this thread alone. A line that broke is not used again."""
        try:
            line = self._idle.pop()
        except IndexError:
            line = httplib2.Http(timeout=self._timeout)
        try:
            yield line
        except HttpError:
            self._idle.append(line)
            raise
        except BaseException:
            line.close()
            raise
        self._idle.append(line)


class _Service:
    """The client's parts that are used, each made once: the client makes them, with all their documentation, at each call."""

    def __init__(self, events: Any, freebusy: Any) -> None:
        self.events: Callable[[], Any] = lambda: events
        self.freebusy: Callable[[], Any] = lambda: freebusy


class _Token:
    """One subject's access token, renewed by whoever finds it stale."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials
        self._lock = threading.Lock()

    def fresh(self, line: httplib2.Http, instead_of: str | None = None) -> str:
        with self._lock:
            if not self._credentials.valid or self._credentials.token == instead_of:
                self._credentials.refresh(google_auth_httplib2.Request(line))
            return str(self._credentials.token)


def _execute(request: Any, bearer: str, line: httplib2.Http) -> Any:
    """Send the client's request by our own hand. Its `execute` writes Google's reasons and, in places, whole bodies
    into the log; google-auth's `AuthorizedHttp` starts a thread that asks another Google service for "regional access
    boundaries", which a calendar does not need."""
    headers = request.headers | {"authorization": f"Bearer {bearer}"}
    answer, content = line.request(request.uri, method=request.method, body=request.body, headers=headers)
    if answer.status >= 300:
        raise HttpError(answer, content, uri=request.uri)
    return request.postproc(answer, content)


def _credentials(key: Mapping[str, Any], scope: str) -> Any:
    try:
        account = service_account.Credentials
        return account.from_service_account_info(dict(key), scopes=[scope])  # type: ignore[no-untyped-call]  # untyped there
    except (ValueError, TypeError, KeyError):
        words = "The Google key cannot be used: it is not a service account's key file. Nothing was asked."
        failure: Failure = Denied(words, service=SERVICE)
    raise failure


def _wait(failure: Throttled | Unreachable, attempt: int) -> float | None:
    """Seconds before asking again; None when it should not be asked again here."""
    if attempt + 1 >= ATTEMPTS:
        return None
    if isinstance(failure, Throttled):
        return failure.retry_after if failure.retry_after <= _LONGEST_WAIT else None
    return float(_FIRST_WAIT * 2**attempt)
