"""The whole sandbox in one hand: every stand-in and the page, each served on this machine, and the demo's people."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.closing_story import ClosingStory, furnish
from integrations.sandbox.control import Control
from integrations.sandbox.faults import Faults
from integrations.sandbox.google import google_app
from integrations.sandbox.keys import private_key
from integrations.sandbox.mail import MailStandIn, ServedMail
from integrations.sandbox.microsoft import microsoft_app
from integrations.sandbox.microsoft_login import READER, TENANT, WRITER
from integrations.sandbox.page_server import page_app
from integrations.sandbox.pagerduty import ROUTING_KEY, PagerStandIn
from integrations.sandbox.serving import Served, serve
from integrations.sandbox.slack import THREADS, SlackStandIn

ORGANISATION = Path(__file__).parent / "organisation"
WORKSPACE = ORGANISATION / "workspace"
ORGANIZER = "releases@example.com"
MAIL_FROM = "readiness@example.com"
LINK_HOSTS = "change.example.com,support.example.com"
SERVERS = ("page", "slack", "google", "microsoft", "pagerduty", "smtp", "github", "servicenow", "archive", "intake")
_BOT_TOKEN, _SIGNING_SECRET = "xoxb-sandbox", "sandbox-signing-secret"  # worth nothing outside


class PortTakenError(Exception):
    """A port that the sandbox was told to use is not free; the message says which, and that nothing was started."""


class Sandbox:
    """`start`, use `urls` and `credentials`, `stop`. Give `bot_url` whenever the bot is up: Slack posts to it.

    `on_reset` holds what else must forget the story when somebody presses Reset (the bot's own memory, for one).
    """

    def __init__(self, *, frozen_clock: bool = False, bot_url: str = "", organisation: Path = ORGANISATION) -> None:
        self._files = {
            name: _read(organisation / f"{name}.json") for name in ("slack", "calendars", "story", "closing")
        }
        self.workspace = organisation / "workspace"
        self.story: dict[str, Any] = self._files["story"]
        self.book, self.faults = CalendarBook(), Faults()
        self._beginning = datetime.fromisoformat(self.story["now"])
        self._runs = not frozen_clock
        self.clock = SandboxClock(self._beginning, self._runs)
        self.slack = SlackStandIn(self.faults, self.clock, _SIGNING_SECRET, _BOT_TOKEN, bot_url, self._files["slack"])
        self.pager, self.mail = PagerStandIn(self.faults, self.clock), MailStandIn(self.faults, self.clock)
        self.closing = ClosingStory(self.faults, self.clock, self._files["closing"])
        self.closing.bot_url = lambda: self.bot_url
        self.on_reset: list[Callable[[], None]] = []
        self._control = Control(
            self.book, self.pager, self.mail, self.closing, self.faults, self.clock, self.story, self.reset
        )
        self._resetting = threading.Lock()
        self._served: dict[str, Served | ServedMail] = {}
        self._fill()

    # -- serving

    def start(self, ports: Mapping[str, int] | None = None) -> Sandbox:
        """Serve all of it; `ports` may fix those that SERVERS names. Raises PortTakenError."""
        apps = {
            "page": page_app(self._control, self.slack),
            "slack": self.slack.app,
            "google": google_app(self.book, self.faults, self.clock),
            "microsoft": microsoft_app(self.book, self.faults, self.clock),
            "pagerduty": self.pager.app,
            **self.closing.apps,
        }
        for name in SERVERS:
            self._serve(name, apps.get(name), (ports or {}).get(name, 0))
        self.slack.base_url = self._served["slack"].url
        return self

    def _serve(self, name: str, app: Any, port: int) -> None:
        try:
            self._served[name] = self.mail.serve(port) if app is None else serve(app, port, THREADS)
        except OSError as taken:
            self.stop()
            raise PortTakenError(
                f"Port {port} on 127.0.0.1, wanted for the sandbox's {name}, is in use by another program. "
                "Nothing was started. Choose another port, or stop the other program."
            ) from taken

    def stop(self) -> None:
        """End every server; safe to call twice."""
        self.slack.close()
        for served in self._served.values():
            served.close()
        self._served.clear()

    def __enter__(self) -> Sandbox:
        return self if self._served else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        """Where everything is, in the form in which a bot's settings want it."""
        at = {name: served.url for name, served in self._served.items()}
        return {
            "page": f"{at['page']}/",
            "clock": f"{at['page']}/clock",
            "slack_api": f"{at['slack']}/api/",
            "google_api": f"{at['google']}/calendar/v3/",
            "google_token": f"{at['google']}/token",
            "microsoft_login": at["microsoft"],
            "microsoft_graph": at["microsoft"],
            "pagerduty_events": at["pagerduty"],
            "smtp": at["smtp"],
            **{name: at[name] for name in self.closing.apps},
        }

    @property
    def bot_url(self) -> str:
        return self.slack.bot_url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.slack.bot_url = url

    # -- what a bot needs to know

    def google_account(self, private_key_pem: str | None = None) -> dict[str, str]:
        """The content of a service-account file. Without a key of the caller's, one is made for the occasion."""
        return {
            "type": "service_account",
            "project_id": "sandbox",
            "private_key_id": "sandbox",
            "private_key": private_key_pem or private_key(),
            "client_email": "readiness@sandbox.example.com",
            "client_id": "1",
            "token_uri": self.urls["google_token"],
        }

    def credentials(self, folder: Path, private_key_pem: str | None = None) -> dict[str, str]:
        """Environment variables for a bot. Into `folder` go the service-account file, readable by its owner, and a copy of
        the workspace whose closures lead to this sandbox's archive."""
        account = folder / "sandbox-google.json"
        account.touch(mode=0o600)
        account.write_text(json.dumps(self.google_account(private_key_pem), indent=1), "utf-8")
        urls = self.urls
        workspace = shutil.copytree(self.workspace, folder / "sandbox-workspace", dirs_exist_ok=True)
        furnish(workspace, urls["archive"])
        return {
            "SLACK_BOT_TOKEN": _BOT_TOKEN,
            "SLACK_SIGNING_SECRET": _SIGNING_SECRET,
            "SLACK_API_URL": urls["slack_api"],
            "GOOGLE_APPLICATION_CREDENTIALS": str(account),
            "GOOGLE_API_URL": urls["google_api"],
            "MICROSOFT_TENANT_ID": TENANT,
            "MICROSOFT_CLIENT_ID": WRITER.client_id,
            "MICROSOFT_CLIENT_SECRET": WRITER.secret,
            "MICROSOFT_READER_CLIENT_ID": READER.client_id,
            "MICROSOFT_READER_CLIENT_SECRET": READER.secret,
            "MICROSOFT_LOGIN_URL": urls["microsoft_login"],
            "MICROSOFT_GRAPH_URL": urls["microsoft_graph"],
            "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
            "PAGERDUTY_EVENTS_URL": urls["pagerduty_events"],
            "SMTP_HOST": urls["smtp"].partition(":")[0],
            "SMTP_PORT": urls["smtp"].partition(":")[2],
            "SMTP_FROM": MAIL_FROM,
            "SMTP_STARTTLS": "0",
            "READINESS_WORKSPACE": str(workspace),
            "READINESS_ORGANIZER": f"google:{ORGANIZER}",
            "READINESS_LINK_HOSTS": LINK_HOSTS,
            "READINESS_CLOCK_URL": urls["clock"],
            **self.closing.credentials(urls),
        }

    # -- the story

    def reset(self) -> None:
        """Back to the first page of the story: clock, calendars, conversations, pages; nothing is broken any more."""
        with self._resetting:
            self._control.switches.clear()
            self.clock.set(self._beginning, self._runs)
            with self.book.lock:
                self.book.clear()
                self._fill()
            for forget in self.on_reset:
                forget()
            self.pager.clear()
            self.mail.clear()
            self.closing.clear()
            self.slack.reset()

    def _fill(self) -> None:
        for calendar in self._files["calendars"]["calendars"]:
            self.book.add_calendar(BookCalendar(**calendar))
        for number, event in enumerate(self._files["calendars"]["events"]):
            self.book.put(self._event(f"seed{number:05d}", event))

    def _event(self, event_id: str, told: dict[str, str]) -> BookEvent:
        start, end = (datetime.fromisoformat(told[key]) for key in ("start", "end"))
        owner = told["calendar"]
        words = told["title"], told["place"]
        return BookEvent(event_id, owner, start, end, *words, show_as=told["show_as"], organizer=owner, uid=event_id)


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
