"""A sandbox, a bot that only notes what it hears, and a browser."""

from __future__ import annotations

import json
import os
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import flask
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.serving import serve

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Where no browser is installed the page cannot be looked at; the checks that run for everybody (CI) insist on one.
if CHROMIUM is None and not os.environ.get("CI"):
    collect_ignore = ["test_page.py"]


@dataclass
class NotingBot:
    """Answers everything with 200 and what `answers` says for that kind of request; keeps what it heard."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    views: dict[str, Any] = field(default_factory=dict)  # by action id: the modal to open

    _news: threading.Condition = field(default_factory=threading.Condition)

    def listen(self, sandbox: Sandbox) -> flask.Response:
        said = self._read()
        with self._news:
            self.heard.append(said)
            self._news.notify_all()
        action = (said.get("actions") or [{}])[0].get("action_id", "")
        if action in self.views:
            tell(sandbox, "views.open", trigger_id=said["trigger_id"], view=self.views[action])
        answer = self.answers.get(said.get("type", "command"))
        return flask.jsonify(answer) if answer else flask.Response("")

    def _read(self) -> dict[str, Any]:
        form = flask.request.form.to_dict()
        if "payload" in form:
            return dict(json.loads(form["payload"]))
        return form or dict(flask.request.get_json())

    def hears(self, count: int = 1) -> bool:
        """Wait until that many requests have come; False when they did not within five seconds."""
        with self._news:
            return self._news.wait_for(lambda: len(self.heard) >= count, timeout=5)

    def presses(self) -> list[tuple[str, str]]:
        return [(h["user"]["id"], h["actions"][0]["action_id"]) for h in self.heard if h.get("type") == "block_actions"]


def tell(sandbox: Sandbox, method: str, **arguments: Any) -> dict[str, Any]:
    """One call of the Slack Web API, as a bot makes it."""
    request = urllib.request.Request(
        sandbox.urls["slack_api"] + method,
        json.dumps(arguments).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer xoxb-sandbox"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        said = dict(json.load(answer))
    assert said["ok"], said
    return said


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Sandbox, NotingBot]]:
    sandbox, bot = Sandbox(frozen_clock=True), NotingBot()
    app = flask.Flask("noting-bot")
    app.add_url_rule("/slack/events", view_func=lambda: bot.listen(sandbox), methods=["POST"])
    app.add_url_rule("/events/accepted", "accepted", lambda: flask.jsonify(said="Noted."), methods=["POST"])
    with sandbox, serve(app) as served:
        sandbox.bot_url = served.url
        yield sandbox, bot


@pytest.fixture
def sandbox(running: tuple[Sandbox, NotingBot]) -> Sandbox:
    running[0].on_reset.clear()
    running[0].reset()
    return running[0]


@pytest.fixture
def bot(running: tuple[Sandbox, NotingBot], sandbox: Sandbox) -> NotingBot:
    for each in (running[1].heard, running[1].answers, running[1].views):
        each.clear()
    return running[1]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One window for all: opening one costs more than most tests."""
    with browser.new_context(reduced_motion="reduce") as context:
        window = context.new_page()
        window.set_default_timeout(5000)
        yield window
        window.close()


@pytest.fixture
def page(window: Page, sandbox: Sandbox, bot: NotingBot) -> Iterator[Page]:
    """The page as Priya, loaded anew; a script error or a refused resource fails the test."""
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    def fail(error: Error) -> None:
        wrong.append(str(error))

    window.on("console", note)
    window.on("pageerror", fail)
    window.set_viewport_size({"width": 1440, "height": 900})
    window.goto(sandbox.urls["page"])
    window.wait_for_selector(".place")
    yield window
    window.goto("about:blank")
    window.remove_listener("console", note)
    window.remove_listener("pageerror", fail)
    assert wrong == []
