"""What can go wrong on the way to Google, in our five kinds of failure and in words that give nothing away."""

from __future__ import annotations

import http.client
import re

import google.auth.exceptions
import googleapiclient.errors
import httplib2

from bot.ports import Conflict, Denied, Failure, Gone, Throttled, Unreachable

SERVICE = "Google"

# Everything that Google's client, its sign-in, the http library below them and Python's own network code raise.
# ValueError is what an answer that is not JSON (or not UTF-8) becomes.
EDGE = (
    googleapiclient.errors.Error,
    google.auth.exceptions.GoogleAuthError,
    httplib2.HttpLib2Error,
    http.client.HTTPException,
    OSError,
    ValueError,
)

_A_DAY_IS_SPENT = 3600.0  # "Calendar usage limits exceeded" lasts for hours: nobody should sit it out
_UNREADABLE = "Google's answer could not be read. Ask again."
_THROTTLED = {"rateLimitExceeded", "userRateLimitExceeded"}
_DENIED = {
    "quotaExceeded": "Google's limit for calendar use is reached; nothing was changed. Try again in some hours.",
    "forbiddenForServiceAccounts": (
        "Google lets this service account invite nobody: give it domain-wide delegation and name the organiser as its "
        "subject. Nothing was changed."
    ),
    "insufficientPermissions": (
        "The token lacks the scope that this needs: authorise it in Google's admin console. Nothing was changed."
    ),
    "accessNotConfigured": "The Calendar API is not enabled in the Google project. Nothing was changed.",
    "requiredAccessLevel": "This identity may not write to that calendar. Nothing was changed.",
}


def failure_of(broken: BaseException) -> Failure:
    """The failure that stands for an SDK's error. Nothing of the error's own text is kept: it may quote an event."""
    if isinstance(broken, googleapiclient.errors.HttpError):
        return _refused(broken)
    if isinstance(broken, google.auth.exceptions.TransportError):
        return Unreachable("Google's sign-in did not answer.", service=SERVICE)
    if isinstance(broken, google.auth.exceptions.RefreshError):
        return _no_token(broken)
    if isinstance(broken, google.auth.exceptions.GoogleAuthError):
        return Denied("The Google key cannot be used: it is not a service account's key file.", service=SERVICE)
    if isinstance(broken, TimeoutError):
        return Unreachable("Google did not answer in time.", service=SERVICE)
    if isinstance(broken, OSError | httplib2.HttpLib2Error | http.client.HTTPException):
        return Unreachable("Google could not be reached, or hung up.", service=SERVICE)
    return Unreachable(_UNREADABLE, service=SERVICE)


def _refused(answer: googleapiclient.errors.HttpError) -> Failure:
    status, reasons = int(answer.resp.status), _reasons(answer)
    if status == 429 or (status == 403 and reasons & _THROTTLED):
        wait = _retry_after(answer)
        return Throttled("Google asks for a pause; nothing was changed.", service=SERVICE, retry_after=wait)
    if status == 403 and "quotaExceeded" in reasons:
        return Throttled(_DENIED["quotaExceeded"], service=SERVICE, retry_after=_A_DAY_IS_SPENT)
    if status in (404, 410):
        return Gone("Google knows no such calendar or event (any more), or it is not shared.", service=SERVICE)
    if status in (409, 412):
        return Conflict("The event was made or changed by somebody else meanwhile.", service=SERVICE)
    if status >= 500 or status == 408:
        return Unreachable(f"Google is not well (status {status}).", service=SERVICE)
    if 200 <= status < 300:
        return Unreachable(_UNREADABLE, service=SERVICE)
    return Denied(_why_not(status, reasons), service=SERVICE)


def _why_not(status: int, reasons: set[str]) -> str:
    if status == 401:
        return "Google does not accept the token. Check the key and its rights in Google's admin console."
    known = next((words for reason, words in _DENIED.items() if reason in reasons), None)
    return known or f"Google refused this (status {status}); nothing was changed."


def _reasons(answer: googleapiclient.errors.HttpError) -> set[str]:
    """Google's own short words for why; only ever compared, never shown."""
    details = answer.error_details if isinstance(answer.error_details, list) else []
    return {str(d.get("reason")) for d in details if isinstance(d, dict)}


def _retry_after(answer: googleapiclient.errors.HttpError) -> float:
    said = str(answer.resp.get("retry-after", "1"))
    return float(said) if re.fullmatch(r"\d{1,6}(\.\d+)?", said) else 5.0


def _no_token(refused: google.auth.exceptions.RefreshError) -> Failure:
    if refused.retryable:
        return Unreachable("Google's sign-in is not well.", service=SERVICE)
    said = {str(a.get("error")) for a in refused.args if isinstance(a, dict)}
    if "unauthorized_client" in said:
        words = "authorise the service account's client id and this scope in Google's admin console"
    elif "invalid_grant" in said:
        words = "there is no such user or service account, or the key was revoked"
    else:
        words = "check the key file"
    return Denied(f"Google gives no token: {words}. Nothing was changed.", service=SERVICE)
