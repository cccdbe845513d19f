"""The sandbox's page as a web server: the files, the control API, and who may speak with it (this machine's browser)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request, send_from_directory

from integrations.sandbox.control import Control
from integrations.sandbox.slack import SlackStandIn
from integrations.sandbox.slack_control import Control as SlackControl

PAGE = Path(__file__).parent / "page"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: http://127.0.0.1:*",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HERE = {"127.0.0.1", "localhost"}


def page_app(control: Control, slack: SlackStandIn) -> Flask:
    """Everything under one address, so that the page needs no other origin."""
    app = Flask("sandbox-page", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the cast is listed in the order of the story
    app.register_blueprint(control.blueprint)
    app.register_blueprint(SlackControl(slack).blueprint)
    app.add_url_rule("/", "index", lambda: send_from_directory(PAGE, "index.html"))
    app.add_url_rule("/<path:name>", "file", lambda name: send_from_directory(PAGE, name))
    app.before_request(_only_from_here)
    app.after_request(_guarded)
    app.register_error_handler(404, lambda _: _plainly(404, "There is nothing at"))
    app.register_error_handler(405, lambda _: _plainly(405, "That cannot be done with"))
    return app


def _only_from_here() -> tuple[Response, int] | None:
    """A page of another origin could otherwise reach loopback through the person's own browser."""
    asked_for = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    if asked_for not in _HERE or (origin and urlsplit(origin).netloc != request.host):
        return jsonify(error="The sandbox answers only its own page on this machine."), 403
    return None


def _guarded(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _plainly(status: int, words: str) -> tuple[Response, int]:
    return jsonify(error=f"{words} {request.path}. Nothing was changed."), status
