"""The one HTTP server: Slack's requests, liveness and readiness. What is malformed is refused before anybody reads it."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Flask, Response, jsonify, request
from slack_bolt.adapter.flask import SlackRequestHandler
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from bot.app import Bot
from bot.back_pressure import BackPressure, Task
from bot.connections import LONGEST_UNSWEPT
from bot.core.closure_figures import closure_metrics
from bot.core.figures import open_metrics
from bot.door import MOST_BYTES, Door, said, unreadable
from bot.engine import Health

LONGEST_ARRIVING = 15  # seconds for a whole request; Slack itself waits three for the answer
MOST_CONNECTIONS = 200
MOST_UNACCEPTED = 256  # by the kernel: whoever finds no place there is not heard at all, and Slack tells them
# What Bolt raises over a request that is not as Slack's are. Errors of our own ear never come as far as this room.
_STUMBLES = (LookupError, TypeError, AttributeError, ValueError)


def web(bot: Bot) -> Flask:
    """The WSGI application of a running bot."""
    app = Flask("readiness-bot")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    handler = SlackRequestHandler(bot.listening.app)
    secret = bot.settings.slack_signing_secret
    pressure = BackPressure()
    door = Door(secret.get_secret_value() if secret else None)

    @app.post("/slack/events")
    def slack_events() -> Response:
        refusal = door.refusal(request)
        if refusal is not None:
            return refusal
        if pressure.too_late(request):
            return pressure.refused(request)
        try:
            return handler.handle(request)
        except _STUMBLES:
            return unreadable()

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(ok=True)

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        health = bot.engine.health()
        troubles = {"workspace": bot.folder.folder.trouble, "database": health.database, "sweep": _unswept(health)}
        troubles["slack"] = bot.admission.trouble
        told = {name: str(trouble) if trouble else "good" for name, trouble in troubles.items()}
        return jsonify(waiting=health.waiting, failed=health.failed, **told), 503 if any(troubles.values()) else 200

    @app.post("/events/accepted")
    def accepted() -> Response:
        """Signed by who tells, kept before it is answered. CloudEvents, GitHub, ServiceNow: docs/closures.md."""
        told = bot.closing.knock(dict(request.headers), request.get_data(cache=False), time.time())
        response = jsonify(said=told.words)
        response.status_code = told.status
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        figures, closures = bot.journal.figures(), closure_metrics(bot.closing.acts.figures())
        text = open_metrics(figures, slack_shut=bot.admission.trouble is not None, more=closures)
        return Response(text, content_type="application/openmetrics-text; version=1.0.0; charset=utf-8")

    @app.errorhandler(413)
    def too_large(_: object) -> Response:
        return said(413, f"more than {MOST_BYTES} bytes; nothing was read and nothing changed")

    @app.errorhandler(500)
    def broken(_: object) -> Response:
        """Flask has logged it. Whoever asked learns nothing of how this is made."""
        return said(500, "that could not be read, and nothing changed")

    return app


def _unswept(health: Health) -> str | None:
    """Deadlines come from the sweep: without it nothing expires, nobody is reminded and nothing owed begins."""
    if health.unswept < LONGEST_UNSWEPT:
        return None
    return (
        f"Nothing that is due has been looked for since {health.unswept:.0f} s; it is looked for every second. No deadline "
        "is kept and no effect begins. The log says why; restart this process if it does not recover."
    )


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress says nothing of its types
    """A connection on which a request is slow to arrive is closed, even if a byte of it comes now and then."""

    task_class = Task
    # Seconds since 1970, of a request's first byte: waitress closes what has not been active for long.
    last_activity: float

    def handle_read(self) -> None:
        began = self.last_activity if self.request is not None else None
        super().handle_read()
        if began is not None:
            self.last_activity = began


class Server:
    """Waitress on one address. `port` is the one it got. A body is cut off where it is too large, before it is kept."""

    def __init__(self, app: Any, host: str, port: int, threads: int = 8, arriving: int = LONGEST_ARRIVING) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        sockets: dict[int, Any] = {}
        self._server = create_server(
            app, map=sockets, host=host, port=port, threads=threads, ident="readiness-bot", max_request_body_size=MOST_BYTES,
            max_request_header_size=64 * 1024, channel_timeout=arriving, cleanup_interval=max(1, arriving // 3),
            connection_limit=MOST_CONNECTIONS, backlog=MOST_UNACCEPTED, asyncore_use_poll=True,
        )  # fmt: skip
        listening = [each for each in sockets.values() if isinstance(each, BaseWSGIServer)]
        for each in listening:  # a name such as localhost may stand for several addresses
            each.channel_class = _Channel
        self.port: int = listening[0].effective_port

    def run(self) -> None:
        """Until it is closed."""
        self._server.run()

    def close(self) -> None:
        self._server.close()
