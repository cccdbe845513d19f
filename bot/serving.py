"""The one HTTP server: Slack's requests, liveness and readiness. What is malformed is refused before anybody reads it."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from flask import Flask, Response, jsonify, request
from slack_bolt.adapter.flask import SlackRequestHandler
from waitress.server import create_server

from bot.app import Bot
from bot.core.closure_figures import closure_metrics
from bot.core.figures import open_metrics
from bot.engine import Health

MOST_BYTES = 1_000_000  # Slack's bodies are small
LONGEST_UNSWEPT = 60.0  # seconds of real time
LONGEST_STAMP = 12  # seconds since 1970 have ten digits; Bolt chokes on hundreds of them
_INTERNAL = ("HTTP_X_SLACK_BOLT_LAZY_ONLY", "HTTP_X_SLACK_BOLT_LAZY_FUNCTION_NAME")


def web(bot: Bot) -> Flask:
    """The WSGI application of a running bot."""
    app = Flask("readiness-bot")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    handler = SlackRequestHandler(bot.listening.app)

    @app.post("/slack/events")
    def slack_events() -> Response:
        refusal = _malformed()
        return refusal or handler.handle(request)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(ok=True)

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        health = bot.engine.health()
        troubles = {"workspace": bot.folder.folder.trouble, "database": health.database, "sweep": _unswept(health)}
        told = {name: str(trouble) if trouble else "good" for name, trouble in troubles.items()}
        return jsonify(waiting=health.waiting, failed=health.failed, **told), 503 if any(troubles.values()) else 200

    @app.post("/events/accepted")
    def accepted() -> Response:
        """Signed by who tells, kept before it is answered. CloudEvents, GitHub, ServiceNow: docs/closures.md."""
        said = bot.closing.knock(dict(request.headers), request.get_data(cache=False), time.time())
        response = jsonify(said=said.words)
        response.status_code = said.status
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        text = open_metrics(bot.journal.figures(), closure_metrics(bot.closing.acts.figures()))
        return Response(text, content_type="application/openmetrics-text; version=1.0.0; charset=utf-8")

    @app.errorhandler(413)
    def too_large(_: object) -> Response:
        return _said(413, f"the body is larger than {MOST_BYTES} bytes, and nothing was kept")

    @app.errorhandler(500)
    def broken(_: object) -> Response:
        """Flask has logged it. Whoever asked learns nothing of how this is made."""
        return _said(500, "that could not be read, and nothing changed")

    return app


def _unswept(health: Health) -> str | None:
    """Deadlines come from the sweep: without it nothing expires, nobody is reminded and nothing owed begins."""
    if health.unswept < LONGEST_UNSWEPT:
        return None
    return (
        f"Nothing that is due has been looked for since {health.unswept:.0f} s; it is looked for every second. No deadline "
        "is kept and no effect begins. The log says why; restart this process if it does not recover."
    )


def _malformed() -> Response | None:
    """Bolt answers these with a 500; they are simply no request of Slack's. Headers are not signed: ours are cut off."""
    for name in _INTERNAL:
        request.environ.pop(name, None)
    stamp, signature = (
        request.headers.get("X-Slack-Request-Timestamp", ""),
        request.headers.get("X-Slack-Signature", ""),
    )
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= LONGEST_STAMP) or not signature.isascii():
        return _said(401, "not signed as Slack signs")
    try:
        body = request.get_data(cache=True).decode("utf-8")
    except UnicodeDecodeError:
        return _said(400, "not UTF-8")
    if (request.mimetype == "application/json" or body[:1] == "{") and request.get_json(
        force=True, silent=True
    ) is None:
        return _said(400, "not JSON")
    if request.form.get("payload") and not _is_json(request.form["payload"]):
        return _said(400, "not JSON")
    return None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _said(status: int, words: str) -> Response:
    response = jsonify(error=words)
    response.status_code = status
    return response


class Server:
    """Waitress on one address. `port` is the one it got."""

    def __init__(self, app: Any, host: str, port: int, threads: int = 8) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = create_server(app, host=host, port=port, threads=threads, ident="readiness-bot")
        self.port: int = self._server.effective_port

    def run(self) -> None:
        """Until it is closed."""
        self._server.run()

    def close(self) -> None:
        self._server.close()
