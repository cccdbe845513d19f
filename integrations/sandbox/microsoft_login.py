"""The Microsoft stand-in's front desk: applications show who they are and get a token that says what they may do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.serving import Call, Traffic, suffer

AUTHORITY = "https://login.microsoftonline.com"
AUDIENCE = "https://graph.microsoft.com"
TOKEN_SECONDS = 3599
_BY_CERTIFICATE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Application:
    """One registered application: how it shows who it is, and the rights an administrator consented to."""

    client_id: str
    secret: str = field(default="", repr=False)
    thumbprint: str = ""  # of its certificate: SHA-256, base64url without padding
    roles: tuple[str, ...] = ()


READER = Application("sandbox-reader", "sandbox-reader-secret", roles=("Calendars.ReadBasic.All",))
WRITER = Application("sandbox-writer", "sandbox-writer-secret", roles=("Calendars.ReadWrite",))
TENANT = "sandbox.example.com"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Tokens:
    """Access tokens in the usual three parts, signed with a key that dies with the stand-in. Real time rules them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._revoked_before = 0.0

    def mint(self, application: Application) -> str:
        now = time.time()
        claims = {
            "aud": AUDIENCE,
            "appid": application.client_id,
            "roles": list(application.roles),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "uti": secrets.token_urlsafe(9),
        }
        head = _encoded(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
        signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
        return f"{signed}.{self._signature(signed)}"

    def roles(self, bearer: str) -> frozenset[str] | None:
        """What the holder may do; None when the token is not ours, too old or revoked."""
        signed, _, signature = bearer.rpartition(".")
        if not hmac.compare_digest(self._signature(signed), signature):
            return None
        claims = _decoded(signed.split(".")[1])
        live = claims["exp"] > time.time() and claims["iat"] >= self._revoked_before
        return frozenset(claims["roles"]) if live else None

    def revoke(self) -> None:
        """Every token given so far is worth nothing from now on."""
        self._revoked_before = time.time()

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())


def _refusal(status: int, error: str, number: int, words: str) -> flask.Response:
    answer = flask.jsonify(
        error=error,
        error_description=f"AADSTS{number}: {words} Trace ID: {secrets.token_hex(8)}",
        error_codes=[number],
        trace_id=secrets.token_hex(8),
        correlation_id=secrets.token_hex(8),
    )
    answer.status_code = status
    return answer


def _broken(fault: Fault) -> flask.Response:
    """A `status` switch: a gateway's page when the word is `html`, else an error of the login service."""
    if fault.word == "html":
        answer = flask.Response("<html><body>Service Unavailable</body></html>", fault.status, mimetype="text/html")
    else:
        answer = _refusal(fault.status, fault.word or "temporarily_unavailable", 90033, "A transient error.")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


@dataclass
class LoginDesk:
    """The login paths of one stand-in: discovery and tokens, for one tenant and its applications."""

    tokens: Tokens
    applications: Mapping[str, Application]
    tenant: str
    faults: Faults
    clock: SandboxClock
    traffic: Traffic

    def open(self, app: flask.Flask) -> None:
        app.add_url_rule("/<tenant>/v2.0/.well-known/openid-configuration", view_func=self.discovery)
        app.add_url_rule("/<tenant>/oauth2/v2.0/token", view_func=self.token, methods=["POST"])

    def discovery(self, tenant: str) -> flask.Response:
        self.traffic.note(Call("discovery", tenant, self.clock.now()))
        return suffer(self.faults, "microsoft", "discovery", tenant, _broken, lambda: self._described(tenant))

    def _described(self, tenant: str) -> flask.Response:
        """Endpoints are always https, wherever the stand-in itself listens: the clients insist."""
        if tenant != self.tenant:
            return _refusal(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        base = f"{AUTHORITY}/{tenant}"
        return flask.jsonify(
            issuer=f"{base}/v2.0",
            authorization_endpoint=f"{base}/oauth2/v2.0/authorize",
            token_endpoint=f"{base}/oauth2/v2.0/token",
            device_authorization_endpoint=f"{base}/oauth2/v2.0/devicecode",
            jwks_uri=f"{base}/discovery/v2.0/keys",
            response_types_supported=["code", "token"],
            token_endpoint_auth_methods_supported=[
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
        )

    def token(self, tenant: str) -> flask.Response:
        client_id, _ = self._shown()
        self.traffic.note(Call("token", client_id, self.clock.now()))
        return suffer(self.faults, "microsoft", "token", client_id, _broken, lambda: self._given(tenant))

    def _given(self, tenant: str) -> flask.Response:
        client_id, secret = self._shown()
        application = self.applications.get(client_id)
        if tenant != self.tenant:
            return _refusal(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        if flask.request.form.get("grant_type") != "client_credentials":
            return _refusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if flask.request.form.get("scope") != f"{AUDIENCE}/.default":
            return _refusal(400, "invalid_scope", 70011, "The provided value for 'scope' is not valid.")
        if application is None:
            return _refusal(400, "unauthorized_client", 700016, "Application was not found in the directory.")
        if flask.request.form.get("client_assertion_type") == _BY_CERTIFICATE:
            return self._by_certificate(application)
        if not application.secret or not hmac.compare_digest(application.secret, secret):
            return _refusal(401, "invalid_client", 7000215, "Invalid client secret provided.")
        return self._token_for(application)

    def _shown(self) -> tuple[str, str]:
        """Who asks, and their secret: in the form, or in a Basic header as OAuth prefers it."""
        form, basic = flask.request.form, flask.request.authorization
        if basic is not None and basic.type == "basic":
            return urllib.parse.unquote_plus(basic.username or ""), urllib.parse.unquote_plus(basic.password or "")
        return form.get("client_id", ""), form.get("client_secret", "")

    def _by_certificate(self, application: Application) -> flask.Response:
        """The assertion's shape, subject, age and thumbprint; judging its signature would take a library."""
        try:
            head, claims, _ = flask.request.form["client_assertion"].split(".")
            header, said = _decoded(head), _decoded(claims)
            good = (
                header["x5t#S256"].rstrip("=") == application.thumbprint
                and said["iss"] == said["sub"] == application.client_id
                and said["aud"].endswith("/oauth2/v2.0/token")
                and said["exp"] > time.time()
            )
        except (KeyError, ValueError, binascii.Error):
            good = False
        if not good:
            return _refusal(401, "invalid_client", 700027, "The certificate used to sign the assertion is not known.")
        return self._token_for(application)

    def _token_for(self, application: Application) -> flask.Response:
        return flask.jsonify(
            token_type="Bearer",  # noqa: S106 - the kind of token, not a secret
            expires_in=TOKEN_SECONDS,
            ext_expires_in=TOKEN_SECONDS,
            access_token=self.tokens.mint(application),
        )


def registered(applications: Iterable[Application]) -> dict[str, Application]:
    return {application.client_id: application for application in applications}
