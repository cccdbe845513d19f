"""Signing in at Microsoft: one token for each registered application, fetched once and kept until it is old."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msal
import requests
import urllib3

from bot.ports import Denied, Failure, Throttled, Unreachable
from integrations.calendars.microsoft_failures import SERVICE, Overloaded, from_line, plain, retry_after

PUBLIC_LOGIN = "https://login.microsoftonline.com"
PUBLIC_GRAPH = "https://graph.microsoft.com"
_DOING = "to sign us in"
_TRANSIENT = {"temporarily_unavailable", "server_error", "slow_down", "timeout"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Identity:
    """A registered application: its id and either a secret or a certificate (PEM: private key and public part)."""

    client_id: str
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    public_certificate: str = field(default="", repr=False)

    def credential(self) -> str | dict[str, str]:
        """As msal wants it; a certificate goes before a secret. Without a thumbprint, msal makes a SHA-256 one."""
        if self.private_key:
            return {"private_key": self.private_key, "public_certificate": self.public_certificate}
        return self.secret


def is_loopback(url: str) -> bool:
    return urllib.parse.urlsplit(url).hostname in _LOOPBACK


def secure(url: str, name: str) -> str:
    """The address without a slash at its end. Raises Denied: plain http would show secrets to whoever listens."""
    parts = urllib.parse.urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        raise Denied(f"{name} must begin with https:// (http:// only for this machine itself).", service=SERVICE)
    return url.rstrip("/")


class LoginLine:
    """What msal sends through. The authority stays a real https address, as msal insists; where `to` is another one,
    requests are sent there instead. What msal would raise, log or keep in its own way is told as a Failure here."""

    def __init__(self, to: str, timeout: float) -> None:
        self._to, self._timeout = to, timeout
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(to)

    def get(self, url: str, **how: Any) -> requests.Response:
        return self._send("GET", url, **how)

    def post(self, url: str, **how: Any) -> requests.Response:
        return self._send("POST", url, **how)

    def close(self) -> None:
        self._session.close()

    def _send(
        self, method: str, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> requests.Response:
        if url.startswith(f"{PUBLIC_LOGIN}/"):
            url = self._to + url.removeprefix(PUBLIC_LOGIN)
        try:
            answer = self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (OSError, urllib3.exceptions.HTTPError) as lost:
            raise from_line(lost, _DOING) from lost
        return _usable(answer)


def _usable(answer: requests.Response) -> requests.Response:
    """msal logs a body that is no JSON, and keeps a 429 and a 5xx without their wait: neither gets to it."""
    wait = retry_after(answer.headers)
    if answer.status_code == 429:
        raise Throttled(
            "Microsoft's sign-in asks us to slow down.",
            service=SERVICE,
            retry_after=5.0 if wait is None else wait,
        )
    if answer.status_code >= 500:
        raise Overloaded(f"Microsoft's sign-in is out of order ({answer.status_code}).", wait)
    try:
        said = json.loads(answer.content)
    except ValueError:
        said = None  # the cause would carry the body
    if not isinstance(said, dict):
        raise Unreachable("Microsoft's sign-in answered with something that cannot be read.", service=SERVICE)
    return answer


class Tokens:
    """One application's access tokens. Thread-safe: the first asker fetches, the others wait for the same one."""

    def __init__(
        self,
        tenant: str,
        identity: Identity,
        *,
        login_url: str = PUBLIC_LOGIN,
        scope: str = f"{PUBLIC_GRAPH}/.default",
        timeout: float = 15.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tenant, self._identity, self._scope = tenant, identity, scope
        login = secure(login_url, "MICROSOFT_LOGIN_URL")
        # msal takes any https address as it is; one on this machine is reached behind the public authority's name.
        self._authority = PUBLIC_LOGIN if login.startswith("http://") else login
        self._line = LoginLine(login, timeout)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None
        self._not_before = 0.0

    def bearer(self) -> str:
        """A token that is good now. Raises Denied, Throttled or Unreachable."""
        with self._lock:
            wait = self._not_before - self._monotonic()
            if wait > 0:
                raise Throttled("Microsoft's sign-in asks us to slow down.", service=SERVICE, retry_after=wait)
            try:
                return self._acquired()
            except Throttled as refused:
                self._not_before = self._monotonic() + refused.retry_after
                raise

    def forget(self) -> None:
        """Drop what is kept: a token that Graph no longer accepts."""
        with self._lock:
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def close(self) -> None:
        self._line.close()

    def _acquired(self) -> str:
        try:
            self._app = self._app or self._built()
            answer = self._app.acquire_token_for_client(scopes=[self._scope])
        except (ValueError, TypeError, LookupError, AttributeError, RuntimeError, msal.exceptions.MsalError):
            # Their words may carry the answer or the key: they end here.
            raise Denied(
                "Microsoft's sign-in does not know this tenant, or the certificate cannot be used: "
                "an operator must check MICROSOFT_TENANT_ID and the credentials.",
                service=SERVICE,
            ) from None
        token = answer.get("access_token") if isinstance(answer, Mapping) else None
        if isinstance(token, str) and token:
            return token
        raise _refused(answer or {})

    def _built(self) -> msal.ConfidentialClientApplication:
        """Lazily: the constructor already asks the network."""
        return msal.ConfidentialClientApplication(
            self._identity.client_id,
            client_credential=self._identity.credential(),
            authority=f"{self._authority}/{self._tenant}",
            http_client=self._line,
            instance_discovery=False,
        )


def _refused(answer: Mapping[str, Any]) -> Failure:
    """msal returns errors as values. The number says what; the description names tenants and is left out."""
    error = plain(answer.get("error"))
    numbers = [n for n in answer.get("error_codes") or [] if isinstance(n, int)]
    said = " ".join(filter(None, [error, f"AADSTS{numbers[0]}" if numbers else ""])) or "no reason given"
    if error in _TRANSIENT:
        return Unreachable(f"Microsoft's sign-in could not answer now ({said}).", service=SERVICE)
    return Denied(
        f"Microsoft's sign-in refused us ({said}): an operator must check the tenant, the application's id and its "
        "secret or certificate.",
        service=SERVICE,
    )
