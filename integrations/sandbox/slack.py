"""A Slack workspace on this machine: the Web API a bot calls, the requests a bot receives, and people who act in it."""

from __future__ import annotations

import copy
from typing import Any

from flask import Flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.serving import Served, serve
from integrations.sandbox.slack_acts import Acts, Desk, Seen
from integrations.sandbox.slack_api import WebApi
from integrations.sandbox.slack_chat import Chat
from integrations.sandbox.slack_control import Control
from integrations.sandbox.slack_delivery import Courier, Delivery
from integrations.sandbox.slack_files import Files
from integrations.sandbox.slack_presses import Presses
from integrations.sandbox.slack_reply_urls import ReplyUrls
from integrations.sandbox.slack_state import Json, SlackState
from integrations.sandbox.slack_text import Reader
from integrations.sandbox.slack_views import Views

THREADS = 32  # each page that waits for news holds one


class SlackStandIn:
    """`app` carries both `/api/…` and `/control/slack/…`. Who serves `app` tells `base_url` (scheme, host, port), from
    which answering addresses are made; `serve` does both. `bot_url` may be told later."""

    def __init__(
        self,
        faults: Faults,
        clock: SandboxClock,
        signing_secret: str,
        bot_token: str,
        bot_url: str,
        organisation: Json,
    ) -> None:
        self.state = SlackState(clock, organisation)
        self.views = Views(self.state)
        self.chat = Chat(self.state)
        self.files = Files(self.state)
        self._urls = ReplyUrls(self.state)
        self._courier = Courier(faults, clock, signing_secret, bot_url)
        self.desk = Desk(self.state, self.views, self.chat, self._urls, self._courier)
        self._acts, self._presses = Acts(self.desk), Presses(self.desk)
        self.api = WebApi(self.state, self.views, self.chat, self.files, self._urls, faults, bot_token)
        self.app = Flask(__name__, static_folder=None)
        self.app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
        self.app.register_blueprint(self.api.blueprint)
        self.app.register_blueprint(Control(self).blueprint)
        self.app.extensions["traffic"] = self.api.traffic
        self._served: Served | None = None

    # -- the ground it stands on

    @property
    def base_url(self) -> str:
        return self.desk.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.desk.base_url = self.files.base_url = url.rstrip("/")

    @property
    def bot_url(self) -> str:
        return self._courier.bot_url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self._courier.bot_url = url

    def serve(self, port: int = 0) -> str:
        """Serve on loopback in a thread of its own; gives the address. `close` ends it."""
        self._served = serve(self.app, port, THREADS)
        self.base_url = self._served.url
        return self.base_url

    def close(self) -> None:
        self._courier.close()
        if self._served is not None:
            self._served.close()

    def reset(self, organisation: Json | None = None) -> None:
        """Back to the beginning of the story, or of another one."""
        with self.state.lock:
            self._courier.clear()
            for room in (self.views, self.chat, self.files, self._urls, self._presses):
                room.clear()
            self.api.traffic.clear()
            self.api.revoked = None
            self.state.reset(organisation)

    # -- what a test may set

    @property
    def courier(self) -> Courier:
        """How deliveries travel: `ack_seconds`, `retries_at_once`, `log`."""
        return self._courier

    @property
    def deliveries(self) -> list[Delivery]:
        return list(self._courier.log)

    @property
    def calls(self) -> list[tuple[str, Json]]:
        """Each Web API call so far: method and arguments; `response_url` and what was said through it."""
        return [(c.operation, c.body) for c in self.api.traffic.calls()]

    # -- what people do

    def command(self, as_: str, channel: str, text: str, thread_ts: str | None = None) -> Seen:
        return self._acts.command(as_, channel, text, thread_ts)

    def press(self, as_: str, channel: str | None = None, ts: str | None = None, **what: Any) -> Seen:
        """`what`: action_id, and block_id, value, selected, view_id, stale as in `Presses.press`."""
        return self._presses.press(as_, channel, ts, **what)

    def submit(self, as_: str, view_id: str, values: Json | None = None) -> Seen:
        return self._presses.submit(as_, view_id, values)

    def close_view(self, as_: str, view_id: str, all_: bool = False) -> Seen:
        return self._presses.close_view(as_, view_id, all_)

    def suggest(self, as_: str, view_id: str, action_id: str, query: str) -> list[Json]:
        return self._presses.suggest(as_, view_id, action_id, query)

    def shortcut(self, as_: str, channel: str, ts: str, callback_id: str) -> Seen:
        return self._acts.shortcut(as_, channel, ts, callback_id)

    def open_home(self, as_: str) -> Seen:
        return self._acts.open_home(as_)

    def invite(self, as_: str, channel: str) -> Seen:
        return self._acts.invite(as_, channel)

    def revoke(self) -> None:
        """An administrator revokes the bot's token: Slack says so once, and refuses every call from then on."""
        self.api.revoked = "token_revoked"
        self._acts.tell("tokens_revoked", tokens={"oauth": [], "bot": [self.state.bot["user_id"]]})

    def uninstall(self) -> None:
        """An administrator takes the app out of the workspace."""
        self.api.revoked = "account_inactive"
        self._acts.tell("app_uninstalled")

    def install_again(self) -> None:
        """The token is good again."""
        self.api.revoked = None

    def verify_url(self) -> bool:
        return self._acts.verify_url()

    def replay_last(self) -> int | None:
        """The last delivery once more, byte for byte; gives the bot's HTTP status."""
        sent = self.deliveries
        return self._courier.repeat(sent[-1]).status if sent else None

    # -- what people see

    def messages(self, channel: str) -> list[Json]:
        """The top level of a channel, oldest first."""
        with self.state.lock:
            found = self.state.channels[channel].messages.values()
            return copy.deepcopy([m for m in found if m.get("thread_ts", m["ts"]) == m["ts"]])

    def thread(self, channel: str, ts: str) -> list[Json]:
        """The replies below a root, oldest first, without the root."""
        with self.state.lock:
            return copy.deepcopy(self.state.replies(self.state.channels[channel], ts))

    def ephemerals(self, user: str) -> list[Json]:
        with self.state.lock:
            return copy.deepcopy([e for e in self.state.ephemerals if e["to"] == user])

    def dms(self, user: str) -> list[Json]:
        with self.state.lock:
            channel = self.state.channels.get("D" + user[1:])
            return copy.deepcopy(list(channel.messages.values())) if channel else []

    def modal(self, user: str) -> Json | None:
        """The view on top of this person's stack."""
        with self.state.lock:
            stack = self.views.stacks.get(user)
            return copy.deepcopy(stack[-1]) if stack else None

    def home(self, user: str) -> Json | None:
        with self.state.lock:
            return copy.deepcopy(self.views.homes.get(user))

    def plain(self, message: Json, as_: str | None = None) -> str:
        """A message as lines of text, as this person reads it (UTC and nobody in particular without `as_`)."""
        with self.state.lock:
            return Reader(self.state, as_).message(message)

    def plain_view(self, view: Json, as_: str | None = None) -> str:
        with self.state.lock:
            return Reader(self.state, as_).view(view)

    def wait_until(self, true: Any, seconds: float = 5.0) -> bool:
        """Wait (real time) until `true()` holds; looked at whenever something in the workspace changes."""
        return self.state.wait_until(true, seconds)
