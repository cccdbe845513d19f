"""The whole bot on the sandbox, over real HTTP, with a clock turned by hand: what scenarios are told in."""

from __future__ import annotations

import itertools
import logging
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bot.app import LIMITS, Bot
from bot.core.facts import AnyFact, Searched, Slot
from bot.core.meeting import Meeting
from bot.engine import Patience
from bot.serving import Server, web
from bot.settings import read
from bot.slack.posting import EVENT_TYPE
from integrations.sandbox.calendar_book import BookEvent, Mail
from integrations.sandbox.closing_story import furnish
from integrations.sandbox.keys import private_key
from integrations.sandbox.sandbox import WORKSPACE, Sandbox

RELEASES = "C0RELEASES"
SETTLE_SECONDS = 30.0
STANDSTILL = 10.0  # seconds
_UNSPOKEN = re.compile(r"\{(person|instant|clock):")


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def slack_id(name: str) -> str:
    return f"U0{name.upper()}"


class Stage:
    """What all scenarios share: the stand-ins and one address at which the bot of the moment answers."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(frozen_clock=True).start()
        self.sandbox.slack.desk.moment = 0.01  # what comes of an act is waited for where it is looked for
        self.key = private_key(1024)
        self.bot: Any = None
        self._server = Server(self._answer, "127.0.0.1", 0)
        self._serving = threading.Thread(target=self._server.run, daemon=True)
        self._serving.start()
        self.address = f"http://127.0.0.1:{self._server.port}"
        self.sandbox.bot_url = f"{self.address}/slack/events"

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if self.bot is None:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"no bot"]
        answer: Iterable[bytes] = self.bot(environ, start_response)
        return answer

    def close(self) -> None:
        self._server.close()
        self._serving.join(timeout=5)
        self.sandbox.stop()


class Button(NamedTuple):
    """A button as somebody saw it: it can still be pressed when the message has changed since."""

    channel: str
    ts: str
    element: Mapping[str, Any]
    block_id: str

    @property
    def label(self) -> str:
        return str(self.element["text"]["text"])


class Told(NamedTuple):
    """What one act brought the person who acted: private lines, the dialog that opened, and Slack's own complaint."""

    lines: tuple[str, ...]
    dialog: str | None
    error: str | None
    errors: Mapping[str, str]

    @property
    def words(self) -> str:
        return "\n".join(self.lines)


class Review:
    """One review as people and the ledger tell it."""

    def __init__(self, world: World, id: str) -> None:
        self._world = world
        self.id = id

    @property
    def meeting(self) -> Meeting:
        found = self._world.bot.journal.meeting(self.id)
        assert found is not None, f"there is no review of {self.id}"
        return found

    @property
    def exists(self) -> bool:
        return self._world.bot.journal.meeting(self.id) is not None

    @property
    def state(self) -> str:
        return self.meeting.state

    @property
    def found(self) -> Searched:
        assert self.meeting.search is not None, f"{self.id} was never searched"
        return self.meeting.search

    @property
    def offers(self) -> tuple[Slot, ...]:
        return self.found.offers

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        return tuple(entry.fact for entry in self._world.bot.journal.history(self.id))

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(fact.tag for fact in self.facts)

    @property
    def _root(self) -> dict[str, Any]:
        roots = [m for m in self._world.messages(self.meeting.request.channel) if self.id in m.get("text", "")]
        assert roots, f"{self.id} has no card in {self.meeting.request.channel}"
        return roots[-1]

    def cards(self) -> int:
        return len([m for m in self._world.messages(self.meeting.request.channel) if self.id in m.get("text", "")])

    def card(self, by: str = "priya") -> str:
        return self._world.plain(self._root, by)

    def thread_messages(self) -> list[dict[str, Any]]:
        return self._world.slack.thread(self.meeting.request.channel, self._root["ts"])

    def thread(self, by: str = "priya") -> list[str]:
        return [self._world.plain(m, by) for m in self.thread_messages()]

    def said(self, words: str) -> bool:
        """Whether some line of the thread holds these words."""
        return any(words in line for line in self.thread())

    def buttons(self) -> list[Button]:
        """Newest line first, the card last; those of one message in the order in which they are seen."""
        channel = self.meeting.request.channel
        return [b for m in [*reversed(self.thread_messages()), self._root] for b in buttons_of(channel, m)]

    def button(self, label: str, number: int = 1) -> Button:
        """The `number`th button of that label on the newest message that has one."""
        found = [b for b in self.buttons() if b.label.rstrip("…") == label.rstrip("…")]
        assert found, f"{self.id} shows no button {label}: {[b.label for b in self.buttons()]}"
        newest = [b for b in found if b.ts == found[0].ts]
        return newest[number - 1]


def buttons_of(channel: str, message: Mapping[str, Any]) -> list[Button]:
    found = []
    for block in message.get("blocks", []):
        elements = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory") or {}]
        found += [Button(channel, message["ts"], e, block["block_id"]) for e in elements if e.get("type") == "button"]
    return found


class Complaints(logging.Handler):
    """Every traceback that anybody logs while the bot runs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.tracebacks: list[str] = []
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            self.tracebacks.append(f"{record.name}: {record.getMessage()} ({record.exc_info[1]!r})")
        if record.levelno >= logging.ERROR:
            self.errors.append(f"{record.name}: {record.getMessage()}")


class World:
    """People act in Slack, calendars and files change, hours pass; then one looks at what everybody sees."""

    def __init__(self, stage: Stage, folder: Path, **settings: Any) -> None:
        self.stage, self.sandbox, self.slack = stage, stage.sandbox, stage.sandbox.slack
        self.book, self.clock = stage.sandbox.book, stage.sandbox.clock
        self.sandbox.reset()
        self.slack.courier.retries_at_once = False
        self.workspace = folder / "workspace"
        shutil.copytree(WORKSPACE, self.workspace)
        furnish(self.workspace, self.sandbox.urls["archive"])
        self._environment = self.sandbox.credentials(folder, stage.key)
        self._settings = {"readiness_workspace": self.workspace, "readiness_data": folder / "data", **settings}
        self._numbers = itertools.count(1)
        self.complaints = Complaints()
        logging.getLogger().addHandler(self.complaints)
        self.given_up: tuple[str, ...] = ()  # kinds of work that a scenario expects to be given up
        self.bot = self._begin()

    def _begin(self) -> Bot:
        values = {name.lower(): value for name, value in self._environment.items()}
        patience = Patience(base=0.02, soon=0.01, cap=0.1, limits=LIMITS)
        bot = Bot(read(values | self._settings), self.clock, patience, sleep=_briefly, late=timedelta(seconds=0.2))
        # A machine that tests may stand still for longer than Slack waits. What is refused then has tests of its own.
        bot.store._together._patience = STANDSTILL
        bot.start()
        self.stage.bot = web(bot)
        return bot

    def starts_again(self) -> None:
        """The process ends and another begins on the same database."""
        self.stage.bot = None
        self.bot.stop()
        self.bot = self._begin()
        self.settled()

    def close(self) -> None:
        self.stage.bot = None
        self.bot.stop()
        logging.getLogger().removeHandler(self.complaints)

    # -- time

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def passes(self, time_passed: timedelta) -> None:
        self.clock.move(time_passed)
        self.settled()

    def settled(self) -> None:
        """Nothing is owed by now and nothing runs."""
        self.bot.engine.nudge()
        owed = (
            [] if self.bot.engine.idle(SETTLE_SECONDS) else [(p.key, p.last_error) for p in self.bot.engine.pending()]
        )
        assert owed == []

    # -- people act

    def asks(self, text: str, by: str, channel: str = RELEASES, thread: str | None = None) -> Told:
        """Types a line: a command or a message."""
        return self._does(by, lambda user: self.slack.command(user, channel, text, thread))

    def reviews(self, record: str = "CHG-1042", by: str = "priya", channel: str = RELEASES) -> Review:
        """Asks for a review and waits for what comes of it."""
        self.asks(f"/readiness-review {record}", by, channel)
        return self.review(record)

    def review(self, record: str = "CHG-1042") -> Review:
        return Review(self, record)

    def presses(self, what: str | Button, by: str, record: str = "CHG-1042", offer: int = 1) -> Told:
        """Presses a button by its label, or one that was seen earlier (even if it is not there any more)."""
        button = self.review(record).button(what, offer) if isinstance(what, str) else what
        return self._does(by, lambda user: self._press(user, button))

    def _press(self, user: str, button: Button) -> Any:
        stale = {**button.element, "block_id": button.block_id}
        return self.slack.press(user, button.channel, button.ts, action_id=button.element["action_id"], stale=stale)

    def opens(self, what: str | Button, by: str, record: str = "CHG-1042") -> Told:
        """Presses a button that opens a dialog, and waits for the dialog or for the refusal."""
        before = self._dialog_id(by), len(self.whispers(by)), len(self.slack.deliveries)
        told = self.presses(what, by, record)
        self.slack.wait_until(lambda: (self._dialog_id(by), len(self.whispers(by))) != before[:2], 5)
        view = self.slack.modal(slack_id(by))
        return told._replace(
            lines=tuple(self.whispers(by)[before[1] :]),
            dialog=self.slack.plain_view(view, slack_id(by)) if view and view["id"] != before[0] else None,
        )

    def asks_for(self, by: str, record: str = "CHG-1042", button: Button | None = None, because: str = "") -> Told:
        """*Ask for this…* on the first option, or on a button that was seen; what was refused stands in `lines`."""
        told = self.opens(button or "Ask for this", by, record)
        return self.submits(by, reason=because) if told.dialog else told

    def submits(self, by: str, **typed: str) -> Told:
        """Sends the dialog that is open, with `action_id=text` typed into its fields."""
        view = self.slack.modal(slack_id(by))
        assert view is not None, f"no dialog is open for {by}"
        return self.submits_view(view, by, **typed)

    def submits_view(self, view: Mapping[str, Any], by: str, **typed: str) -> Told:
        values = {
            block["block_id"]: {block["element"]["action_id"]: typed[block["element"]["action_id"]]}
            for block in view["blocks"]
            if block["type"] == "input" and block["element"]["action_id"] in typed
        }
        return self._does(by, lambda user: self.slack.submit(user, view["id"], values))

    def holds(self, by: str = "priya", offer: int = 1, record: str = "CHG-1042") -> Told:
        return self.presses("Hold", by, record, offer)

    def lets_go(self, by: str = "priya", record: str = "CHG-1042") -> Told:
        return self.presses("Let go", by, record)

    def extends(self, by: str = "priya", record: str = "CHG-1042") -> Told:
        return self.presses("Extend", by, record)

    def approves(self, by: str = "dana", record: str = "CHG-1042") -> Told:
        """*Approve and send*, and the same in the dialog; what was refused stands in `lines`."""
        told = self.opens("Approve and send", by, record)
        return self.submits(by) if told.dialog else told

    def rejects(self, because: str, by: str = "dana", record: str = "CHG-1042") -> Told:
        told = self.opens("Reject", by, record)
        return self.submits(by, reason=because) if told.dialog else told

    def cancels(self, by: str = "priya", record: str = "CHG-1042") -> Told:
        """Types *cancel*, and means it when asked once more."""
        self.asks(f"/readiness-review cancel {record}", by)
        return self.presses(self.whispered("Yes, cancel it", by), by)

    def whispered(self, label: str, by: str, channel: str = RELEASES) -> Button:
        """A button on the newest private line that has one of that label."""
        lines = reversed(self.slack.ephemerals(slack_id(by)))
        return next(b for line in lines for b in buttons_of(channel, line) if b.label == label)

    def uses_shortcut(self, by: str, channel: str, ts: str) -> Told:
        [shortcut] = self.slack.state.organisation["shortcuts"]
        return self._does(by, lambda user: self.slack.shortcut(user, channel, ts, shortcut["callback_id"]))

    def opens_home(self, by: str) -> str:
        self._does(by, self.slack.open_home)
        view = self.slack.home(slack_id(by))
        return self.slack.plain_view(view, slack_id(by)) if view else ""

    def _does(self, by: str, act: Any) -> Told:
        user = slack_id(by)
        lines, dialog = len(self.whispers(by)), self._dialog_id(by)
        seen = act(user)
        self.settled()
        view = self.slack.modal(user)
        shown = self.slack.plain_view(view, user) if view and view["id"] != dialog else None
        return Told(tuple(self.whispers(by)[lines:]), shown, seen.error, dict(seen.errors))

    def _dialog_id(self, by: str) -> str | None:
        view = self.slack.modal(slack_id(by))
        return str(view["id"]) if view else None

    # -- what people see

    def plain(self, message: Mapping[str, Any], by: str) -> str:
        return self.slack.plain(dict(message), slack_id(by))

    def messages(self, channel: str = RELEASES) -> list[dict[str, Any]]:
        """The bot's own messages at the top of a channel."""
        return [m for m in self.slack.messages(channel) if m.get("bot_id")]

    def whispers(self, by: str) -> list[str]:
        """The private lines that only this person sees, oldest first."""
        return [self.plain(m, by) for m in self.slack.ephemerals(slack_id(by))]

    def directs(self, by: str) -> list[str]:
        return [self.plain(m, by) for m in self.slack.dms(slack_id(by))]

    # -- calendars

    def events(self, name: str) -> list[BookEvent]:
        return self.book.events(f"{name}@example.com")

    def held(self) -> set[str]:
        """On whose calendars a hold of ours stands."""
        return {calendar.split("@")[0] for calendar in self.book.calendars for _ in self.holds_on(calendar)}

    def holds_on(self, calendar: str) -> list[BookEvent]:
        return [e for e in self.book.events(calendar) if e.title.startswith("Hold: ")]

    def hold_on(self, name: str) -> BookEvent:
        [event] = self.holds_on(f"{name}@example.com")
        return event

    def meetings_of(self, name: str) -> list[BookEvent]:
        """The real invitations on somebody's calendar."""
        return [e for e in self.events(name) if e.organizer == "releases@example.com" and e.attendees]

    @property
    def mails(self) -> list[Mail]:
        return list(self.book.mails)

    @property
    def invites(self) -> list[str]:
        """To whom an invite was mailed."""
        return sorted(m.to.split("@")[0] for m in self.book.mails if m.kind == "request")

    @property
    def cancellations(self) -> list[str]:
        return sorted(m.to.split("@")[0] for m in self.book.mails if m.kind == "cancel")

    def makes_busy(self, name: str, start: str, minutes: int = 30, title: str = "Interview") -> BookEvent:
        begin = instant(start)
        return self.book.put(
            BookEvent(
                id=f"scene{next(self._numbers):04d}", calendar=f"{name}@example.com", start=begin,
                end=begin + timedelta(minutes=minutes), title=title, organizer=f"{name}@example.com",
            )
        )  # fmt: skip

    def frees(self, event: BookEvent) -> None:
        self.book.remove(event.calendar, event.id)

    # -- files

    def edits(self, name: str, before: str, after: str) -> None:
        """Replaces the first place of some text in a file of the workspace."""
        path = self.workspace / name
        text = path.read_text("utf-8")
        assert before in text, f"{name} does not hold {before!r}"
        path.write_text(text.replace(before, after, 1), "utf-8")

    def record(self, record: str, without: str | None = None, **changes: Any) -> None:
        """Edits a record. Values are written as YAML would read them."""
        path = self.workspace / "records" / f"{record}.yaml"
        told = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
        told.update(changes)
        told.pop(without, None)
        path.write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")

    def freeze(self, name: str, start: str, end: str) -> None:
        line = f"  - {{type: freeze, start: {start}, end: {end}, name: {name}}}\n"
        self.edits("release-calendar.yaml", "entries:\n", f"entries:\n{line}")

    # -- what breaks

    def breaks(self, service: str, operation: str, kind: str, **more: Any) -> None:
        self.sandbox.faults.add(service=service, operation=operation, kind=kind, **more)

    def mends(self) -> None:
        self.sandbox.faults.clear()

    # -- what must always be so

    def complains(self) -> list[str]:
        """Whatever is not as it must be after any story."""
        return [
            *self._ledger(), *self._owed(), *self._calendars(), *self._mails(), *self._posts(), *self._spoken(),
            *(f"a traceback was logged: {t}" for t in self.complaints.tracebacks),
        ]  # fmt: skip

    def _ledger(self) -> Iterable[str]:
        verified = self.bot.store.verify()
        if not verified.ok:
            yield f"the chain breaks at entry {verified.first_bad}"
        yield from (f"a projection differs from the ledger: {d}" for d in self.bot.store.projections_differ())

    def _owed(self) -> Iterable[str]:
        yield from (f"still owed: {item.key} ({item.last_error})" for item in self.bot.engine.pending())
        for item in self.bot.store.due(open=False):
            if item.state == "failed" and item.kind not in self.given_up:
                yield f"given up: {item.key} ({item.last_error})"

    def _calendars(self) -> Iterable[str]:
        """Every hold is owned by a live meeting, and stands where the meeting says."""
        owned = Counter(
            (plan.calendar, hold.slot.span.start)
            for meeting in self.bot.journal.meetings()
            for hold in meeting.holds
            if hold.ended is None
            for plan in hold.planned
        )
        for calendar in self.book.calendars:
            for event in self.holds_on(calendar):
                if not owned[calendar, event.start] and event.version < 1000:
                    yield f"a hold on {calendar} at {event.start} that nobody owns"

    def _mails(self) -> Iterable[str]:
        several = Counter((m.to, m.uid, m.kind) for m in self.book.mails)
        yield from (f"{count} mails: {mail}" for mail, count in several.items() if count > 1)

    def _everything(self) -> Iterable[dict[str, Any]]:
        with self.slack.state.lock:
            for channel in self.slack.state.channels.values():
                yield from list(channel.messages.values())

    def _posts(self) -> Iterable[str]:
        keys = Counter(
            (m["metadata"]["event_payload"]["key"])
            for m in self._everything()
            if (m.get("metadata") or {}).get("event_type") == EVENT_TYPE
        )
        keys.update(file["name"] for m in self._everything() for file in m.get("files", ()))
        yield from (f"{count} messages under the key {key}" for key, count in keys.items() if count > 1)

    def _spoken(self) -> Iterable[str]:
        for message in [*self._everything(), *self.slack.state.ephemerals]:
            if _UNSPOKEN.search(str(message)):
                yield f"a mark that nobody spoke: {self.slack.plain(message)}"


def _briefly(seconds: float) -> None:
    """Adapters wait in real time before they ask again; a scenario waits as long in spirit."""
    time.sleep(min(seconds, 0.02))
