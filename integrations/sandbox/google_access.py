"""Who may do what in the sandbox's Google: service accounts, the tokens they are given, scopes, and refusals."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

import flask

from integrations.sandbox.calendar_book import BookCalendar, CalendarBook
from integrations.sandbox.faults import Fault

_SCOPE = "https://www.googleapis.com/auth/"
FREEBUSY = _SCOPE + "calendar.freebusy"
EVENTS_OWNED = _SCOPE + "calendar.events.owned"
EVENTS = _SCOPE + "calendar.events"

_FREEBUSY_SCOPES = {
    FREEBUSY,
    _SCOPE + "calendar.events.freebusy",
    _SCOPE + "calendar.readonly",
    _SCOPE + "calendar",
}
_WRITE_SCOPES = {EVENTS_OWNED, EVENTS, _SCOPE + "calendar"}
_READ_SCOPES = _WRITE_SCOPES | {
    _SCOPE + "calendar.events.readonly",
    _SCOPE + "calendar.events.owned.readonly",
    _SCOPE + "calendar.readonly",
}
# The least each method asks for, as Google's own description of the interface lists them.
SCOPES = {
    "freeBusy.query": _FREEBUSY_SCOPES,
    "events.get": _READ_SCOPES,
    "events.list": _READ_SCOPES,
    "events.insert": _WRITE_SCOPES,
    "events.patch": _WRITE_SCOPES,
    "events.update": _WRITE_SCOPES,
    "events.delete": _WRITE_SCOPES,
}
_TOKEN_SECONDS = 3599


class GoogleError(Exception):
    """An error in Google's own words and shape."""

    def __init__(self, status: int, reason: str, message: str, domain: str = "global") -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.domain = status, reason, message, domain

    def answer(self) -> flask.Response:
        error = {"domain": self.domain, "reason": self.reason, "message": self.message}
        body = {"error": {"errors": [error], "code": self.status, "message": self.message}}
        return flask.Response(json.dumps(body), self.status, content_type="application/json; charset=UTF-8")


NOT_FOUND = (404, "notFound", "Not Found")
_REASONS = {
    400: "badRequest",
    401: "authError",
    403: "rateLimitExceeded",
    404: "notFound",
    409: "duplicate",
    410: "deleted",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
}


def refuse(fault: Fault) -> flask.Response:
    """The error that a fault switch asks for. The reason stands in the message too, as Google has it."""
    reason = fault.word or _REASONS.get(fault.status, "backendError")
    domain = "usageLimits" if "imit" in reason or reason == "quotaExceeded" else "global"
    answer = GoogleError(fault.status, reason, f"{reason} (sandbox)", domain).answer()
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


@dataclass(frozen=True)
class GoogleAccount:
    """A service account, and the scopes that the admin console lets it use in the name of users."""

    email: str
    delegated: tuple[str, ...] = (FREEBUSY, EVENTS_OWNED)


@dataclass(frozen=True)
class Token:
    account: str
    subject: str | None
    scopes: frozenset[str]
    until: float


class Tokens:
    """The token endpoint. Without any account named, every service account is known and may use every scope."""

    def __init__(self, book: CalendarBook, accounts: tuple[GoogleAccount, ...]) -> None:
        self._book = book
        self._accounts = {a.email: a for a in accounts}
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()

    def issue(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Exchange a signed claim for an access token; the signature is not looked at."""
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _oauth_error(400, "unsupported_grant_type", "Invalid grant_type")
        claims = claims_of(form.get("assertion", ""))
        if claims is None or not claims.get("iss") or not claims.get("scope"):
            return _oauth_error(400, "invalid_grant", "Invalid JWT: it must hold iss and scope.")
        refused = self._refused(claims)
        if refused:
            return refused
        scopes = frozenset(str(claims["scope"]).split())
        token = Token(claims["iss"], claims.get("sub"), scopes, time.monotonic() + _TOKEN_SECONDS)
        words = f"sandbox-{secrets.token_hex(8)}"
        with self._lock:
            self._tokens[words] = token
        return 200, {"access_token": words, "expires_in": _TOKEN_SECONDS, "token_type": "Bearer"}

    def _refused(self, claims: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        account = self._accounts.get(claims["iss"])
        if self._accounts and account is None:
            return _oauth_error(400, "invalid_grant", "Invalid grant: account not found")
        subject = claims.get("sub")
        if subject and account and not set(str(claims["scope"]).split()) <= set(account.delegated):
            words = "Client is unauthorized to retrieve access tokens using this method, or client not authorized"
            return _oauth_error(401, "unauthorized_client", f"{words} for any of the scopes requested.")
        if subject and self._book.by_mail(subject) is None:
            return _oauth_error(400, "invalid_grant", "Invalid email or User ID")
        return None

    def of(self, authorization: str, operation: str) -> Token:
        """The bearer of a request, if they may do this. Raises GoogleError."""
        with self._lock:
            token = self._tokens.get(authorization.removeprefix("Bearer "))
        if token is None or token.until < time.monotonic():
            raise GoogleError(401, "authError", "Invalid Credentials")
        if not token.scopes & SCOPES[operation]:
            raise GoogleError(403, "insufficientPermissions", "Insufficient Permission")
        return token

    def revoke(self) -> None:
        """Every token stops working at once, as when a key is rolled."""
        with self._lock:
            self._tokens.clear()


def calendar_for(book: CalendarBook, token: Token, calendar_id: str, write: bool) -> BookCalendar:
    """That calendar, if the bearer may look into it (or write). Raises GoogleError."""
    calendar = book.by_mail(token.subject) if calendar_id == "primary" and token.subject else None
    calendar = calendar or book.calendars.get(calendar_id)
    owned = calendar is not None and token.subject is not None and calendar.mail.lower() == token.subject.lower()
    if calendar is None or calendar.provider != "google" or not (owned or calendar.readable):
        raise GoogleError(*NOT_FOUND)
    if not owned and not token.scopes - {EVENTS_OWNED}:
        raise GoogleError(403, "requiredAccessLevel", "You need to have owner access to this calendar.", "calendar")
    if write and not calendar.writable:
        raise GoogleError(403, "requiredAccessLevel", "You need to have writer access to this calendar.", "calendar")
    return calendar


def claims_of(assertion: str) -> dict[str, Any] | None:
    """What a signed claim says; None when it is no claim at all."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _oauth_error(status: int, error: str, words: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": error, "error_description": words}
