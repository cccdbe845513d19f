"""Everything that can go wrong with Microsoft, told in our five kinds of failure and in words fit for people."""

from __future__ import annotations

import email.utils
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
import urllib3

from bot.ports import Conflict, Denied, Failure, Gone, Throttled, Unreachable

SERVICE = "Microsoft"
# Wrong before anything was sent: an address, a proxy or a certificate file in the settings. Asking again is no use.
_MISCONFIGURED = (
    requests.exceptions.URLRequired,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.UnrewindableBodyError,
    requests.exceptions.TooManyRedirects,
)


class TimedOut(Unreachable):
    """We waited as long as we may: whoever asks again waits as long again."""


class Overloaded(Unreachable):
    """A 5xx that may name its wait."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message, service=SERVICE)
        self.retry_after = retry_after


class Rejected(Denied):
    """The token is not accepted: once, a new one may be."""


class DuplicateTransaction(Conflict):
    """This transactionId has made an event before."""


def from_line(error: OSError | urllib3.exceptions.HTTPError, doing: str) -> Failure:
    """What the library under us raised. Anything it cannot name may have reached Microsoft: unknown, not refused."""
    if isinstance(error, requests.exceptions.Timeout):
        return TimedOut(f"Microsoft did not answer in time when asked {doing}.", service=SERVICE)
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(f"No secure connection to Microsoft could be made {doing}.", service=SERVICE)
    known = isinstance(error, requests.exceptions.RequestException | urllib3.exceptions.HTTPError)
    if isinstance(error, _MISCONFIGURED) or not known:
        return Denied(
            f"Microsoft could not be asked {doing}: an address or a file in the settings is wrong.",
            service=SERVICE,
        )
    return Unreachable(f"The connection to Microsoft was lost when asking {doing}.", service=SERVICE)


def from_answer(response: requests.Response, doing: str) -> Failure:
    """What an answer other than 2xx means. Of the body only the error code is read, and only if it looks like one."""
    status, code = response.status_code, error_code(response)
    said = f"{status} {code}".strip()
    if code == "ErrorDuplicateTransactionId":
        return DuplicateTransaction("Microsoft has seen this request before.", service=SERVICE)
    if status == 429:
        wait = retry_after(response.headers)
        return Throttled("Microsoft asks us to slow down.", service=SERVICE, retry_after=1.0 if wait is None else wait)
    if status >= 500 or status == 408:
        return Overloaded(
            f"Microsoft is out of order ({said}) and could not be asked {doing}.",
            retry_after(response.headers),
        )
    if status in (404, 410):
        return Gone(f"Microsoft has no such thing ({said}) when asked {doing}.", service=SERVICE)
    if status in (409, 412):
        return Conflict(f"It changed at Microsoft meanwhile ({said}).", service=SERVICE)
    if status == 401:
        return Rejected(
            f"Microsoft does not accept our sign-in ({said}) {doing}: an operator must look.", service=SERVICE
        )
    if status == 403:
        return Denied(
            f"Microsoft does not let us ({said}) when asked {doing}: an operator must grant it.",
            service=SERVICE,
        )
    return Denied(f"Microsoft refused the request ({said}) {doing}: an operator must look.", service=SERVICE)


def unreadable(doing: str) -> Unreachable:
    """It answered, but not what was agreed (a gateway's page, half an answer): what became of the request is unknown."""
    return Unreachable(f"Microsoft's answer could not be read when asked {doing}.", service=SERVICE)


def error_code(response: requests.Response) -> str:
    try:
        error: Any = json.loads(response.content)
    except ValueError:
        return ""
    error = error.get("error") if isinstance(error, Mapping) else None
    return plain(error.get("code") if isinstance(error, Mapping) else None)


def plain(code: object) -> str:
    """A code of Microsoft's if it is one word; anything else might be somebody's words."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]{0,79}", code) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: Retry-After as a number or as a date."""
    said = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,7}(\.\d+)?", said):
        return float(said)
    try:
        until = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return float(max(0, math.ceil((until - datetime.now(UTC)).total_seconds())))
