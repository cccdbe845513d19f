"""A small Slack workspace on real HTTP with a real bolt app behind it, for the tests of the Slack stand-in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.serving import serve
from integrations.sandbox.slack import SlackStandIn

SECRET, TOKEN = "sandbox-signing", "xoxb-sandbox"
PRIYA, DANA, GUEST, PARTNER = "U01PRIYA", "U02DANA", "U03GUEST", "U04PARTNER"
RELEASES, SECRETS, OTHERS, OLD, SHARED = "C01RELEASES", "C02SECRETS", "C03OTHERS", "C04OLD", "C05SHARED"
NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)

ORGANISATION: dict[str, Any] = {
    "team": {"id": "T01ACME", "name": "Acme", "domain": "acme-example"},
    "bot": {"user_id": "U00BOT", "bot_id": "B00BOT", "app_id": "A00BOT", "name": "readiness-review"},
    "scopes": [
        "commands",
        "chat:write",
        "links:read",
        "links:write",
        "users:read",
        "users:read.email",
        "usergroups:read",
        "channels:read",
        "groups:read",
        "channels:history",
        "im:write",
    ],
    "users": [
        {
            "id": PRIYA,
            "name": "priya",
            "real_name": "Priya Nair",
            "email": "priya@example.com",
            "tz": "America/New_York",
        },
        {"id": DANA, "name": "dana", "real_name": "Dana Osei", "email": "dana@example.com", "tz": "Europe/London"},
        {"id": GUEST, "name": "gus", "real_name": "Gus", "email": "", "tz": "UTC", "is_restricted": True},
        {
            "id": PARTNER,
            "name": "pat",
            "real_name": "Pat",
            "email": "",
            "tz": "UTC",
            "is_stranger": True,
            "team_id": "T99ELSE",
        },
    ],
    "usergroups": [{"id": "S01LEADS", "handle": "release-leads", "name": "Release leads", "users": [PRIYA, DANA]}],
    "channels": [
        {"id": RELEASES, "name": "releases", "members": [PRIYA, DANA], "bot_member": True},
        {"id": SECRETS, "name": "secrets", "members": [DANA], "bot_member": False, "is_private": True},
        {"id": OTHERS, "name": "others", "members": [PRIYA], "bot_member": False},
        {"id": OLD, "name": "old", "members": [PRIYA], "bot_member": True, "is_archived": True},
        {"id": SHARED, "name": "shared", "members": [PRIYA, PARTNER], "bot_member": True, "is_ext_shared": True},
    ],
    "shortcuts": [{"callback_id": "rr_from_message", "name": "Start readiness review"}],
    "commands": ["/readiness-review"],
    "unfurl_domains": ["change.example.com"],
}


def section(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str, value: str = "v", label: str = "Go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "value": value, "text": plain(label), **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def question(block_id: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "words"}
    return {"type": "input", "block_id": block_id, "label": plain("Why"), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Reject"), "submit": plain("Send"), "blocks": list(blocks), **more}


class SlackWorld:
    """`slack` is the stand-in, `client` the SDK the bot uses, `bolt` its app; `raw` each request the bot received."""

    def __init__(self) -> None:
        self.faults, self.clock = Faults(), SandboxClock(NOW, running=False)
        self.slack = SlackStandIn(self.faults, self.clock, SECRET, TOKEN, "", copy.deepcopy(ORGANISATION))
        self.url = self.slack.serve()
        self.client = self.new_client()
        self.bolt = self._new_app()
        self.raw: list[tuple[bytes, dict[str, str]]] = []
        self.answer_instead: Callable[[], tuple[str, int]] | None = None
        self._bot = serve(self._bot_app(), threads=16)
        self.slack.bot_url = self._bot.url

    def new_client(self, token: str = TOKEN, **more: Any) -> WebClient:
        return WebClient(token=token, base_url=f"{self.url}/api/", retry_handlers=[], **more)

    def _new_app(self) -> App:
        return App(client=self.client, signing_secret=SECRET, token_verification_enabled=False)

    def _bot_app(self) -> Flask:
        flask, handler = Flask(__name__), SlackRequestHandler(self.bolt)

        @flask.post("/slack/events")
        def events() -> Any:
            self.raw.append((request.get_data(), {k.lower(): v for k, v in request.headers.items()}))
            if self.answer_instead:
                return self.answer_instead()
            return handler.handle(request)

        return flask

    def reset(self) -> None:
        """The same servers with a fresh workspace and a bot that knows nothing."""
        self.faults.clear()
        self.clock.set(NOW)
        self.slack.reset(copy.deepcopy(ORGANISATION))
        self.slack.courier.retries_at_once = False
        self.slack.courier.ack_seconds = 3.0
        self.slack.desk.moment = 0.02  # most acts of these tests bring nothing, and would wait for it
        self.slack.api.posts_per_second = None
        self.answer_instead = None
        self.raw.clear()
        self.bolt._listeners.clear()

    def close(self) -> None:
        self._bot.close()
        self.slack.close()

    def post(self, *blocks: dict[str, Any], text: str = "hello", **more: Any) -> str:
        """A message of the bot in #releases; gives its ts."""
        if blocks:
            more["blocks"] = list(blocks)
        return str(self.client.chat_postMessage(channel=RELEASES, text=text, **more)["ts"])
