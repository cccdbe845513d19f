"""The room that knows everybody: settings become adapters, adapters flows, and flows the bot that Slack talks to."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.http_retry import RetryHandler

from bot.adapters import Adapters, Folder, adapters
from bot.clock import clock_at
from bot.closing_room import ClosingRoom
from bot.connections import Connections, no_invites
from bot.core.authority import Asker
from bot.core.commands import FailPlacing
from bot.core.decisions import decide
from bot.core.meeting import Hold, Meeting
from bot.engine import Bug, Engine, Later, Patience
from bot.flows.agreeing import Agreeing
from bot.flows.asking import Asking
from bot.flows.attesting import Attesting
from bot.flows.confirming import Confirming
from bot.flows.escalating import Escalating
from bot.flows.holding import Holding
from bot.flows.release_week import release_week
from bot.flows.rights import Rights
from bot.flows.searching import Searching
from bot.flows.watching import Watching
from bot.flows.world import World
from bot.picture import picture
from bot.ports import Clock, Failure
from bot.settings import Settings
from bot.slack.acts import Acts
from bot.slack.admission import Admission
from bot.slack.announcer import Announcer
from bot.slack.commands import Commands
from bot.slack.dialogs import Dialogs
from bot.slack.doubles import Doubles
from bot.slack.explaining import Explaining
from bot.slack.heard import Replies
from bot.slack.home import Home
from bot.slack.identity import Identity
from bot.slack.listening import Listening
from bot.slack.messages.escalated import mail_words, page_words
from bot.slack.pictures import Pictures
from bot.slack.posting import Posting
from bot.slack.quiet import Quiet
from bot.slack.reviewing import Reviewing
from bot.store import Due, DueItem, Store
from bot.store.journal import StoredJournal, rows
from bot.store.papers import papers_of
from bot.store.slack_memory import LATE, StoredSlackMemory
from bot.upkeep import OF_SLACK, Upkeep

log = logging.getLogger("readiness")
_NO_RETRIES: list[RetryHandler] = []  # the library would send again on its own

# How often a deed is tried before it is given up and told. What is not named (letting go, announcing) is never given up.
LIMITS: Mapping[str, int] = {"act": 6, "search": 6, "place": 3, "confirm": 4}


SWEEP = timedelta(minutes=15)


def clock_of(settings: Settings) -> Clock:
    return clock_at(settings.readiness_clock_url)


class Bot:
    """Everything, put together. `start` and `stop` in between which Slack may talk to `listening.app`.

    `patience` and `sleep` say how long broken things are tried again, in real time; `late`, after how long a process that was
    taken for dead writes nothing any more."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        late: timedelta = LATE,
    ) -> None:
        os.umask(0o077)  # what we write is for its owner alone
        self.settings = settings
        self._late = late
        self.clock = clock or clock_of(settings)
        self.folder = Folder(settings.readiness_workspace, self.clock.now)
        self.folder.current()  # a workspace that cannot be read is said before anything starts
        settings.readiness_data.mkdir(parents=True, exist_ok=True)
        self.adapters: Adapters = adapters(settings, self.folder, sleep, self.clock.now)
        self.store = Store(settings.database, rows)
        self.journal = StoredJournal(self.store, self.clock)
        self._flows()
        self._slack()
        self.engine = Engine(
            self.store,
            self.clock,
            self._workers(),
            patience=patience or Patience(limits=LIMITS),
            on_give_up=self._give_up,
            paused=lambda: OF_SLACK if self.admission.trouble else frozenset(),
        )

    def _flows(self) -> None:
        settings = self.settings
        self.world = World(self.folder, self.folder.records(), self.adapters.calendars, self.clock, time.monotonic)
        self.searching = Searching(self.world, self.journal)
        rights = Rights(
            self.world, self.journal, self.searching, lambda: datetime.now(UTC), self._again
        )  # fmt: skip
        self.asking = Asking(self.world, self.journal, rights)
        self.holding = Holding(
            self.world, self.journal, self.searching, rights, settings.readiness_installation, settings.readiness_shadow
        )
        self.agreeing = Agreeing(self.world, self.journal, self.searching, rights)
        self.attesting = Attesting(rights)
        self.escalating = Escalating(
            self.world, self.journal, self.searching, rights, self.adapters.pager, self.adapters.mailer,
            self._page_words, self._mail_words,
        )  # fmt: skip
        self.watching = Watching(
            self.world, self.journal, self.searching, rights, self.adapters.invitations, self._was_sent
        )
        self.confirming = Confirming(
            self.world, self.journal, self.searching, rights, self.adapters.invitations, settings.readiness_installation
        )

    def _was_sent(self, meeting: Meeting, hold: Hold) -> bool:
        found = self.adapters.invitations
        return found is not None and found.find(self.confirming.invite_of(meeting, hold).key) is not None

    def _again(self, asker: Asker) -> Asker:
        return self.identity.again(asker)

    def _page_words(self, meeting: str, escalation: int) -> str:
        view = self.reviewing.view(meeting)
        found = view.meeting.escalation(escalation) if view else None
        return page_words(view, found) if view and found else meeting

    def _mail_words(self, meeting: str, escalation: int) -> tuple[str, str]:
        view = self.reviewing.view(meeting)
        found = view.meeting.escalation(escalation) if view else None
        return mail_words(view, found) if view and found else (meeting, meeting)

    def _climb(self, item: DueItem) -> None:
        until = self.escalating.climb(item.payload["meeting"], item.payload["number"], item.payload["which"])
        if until is not None:
            raise Later(until)

    def _slack(self) -> None:
        settings, hosts = self.settings, self.settings.readiness_link_hosts
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None
        client = WebClient(token=token, base_url=settings.slack_api_url, retry_handlers=_NO_RETRIES, timeout=15)
        self.memory = StoredSlackMemory(self.store, self.clock, self._late)
        self.admission = Admission()
        self.posting = Posting(client, self.memory, self.admission)
        self.doubles = Doubles(self.posting, self.memory, lambda: datetime.now(UTC), self._late)
        self.upkeep = Upkeep(
            self.store, self.clock, self.journal, self.folder, self.posting, self.adapters.pager,
            settings.readiness_digest_channel, self._give_up,
        )  # fmt: skip
        self.replies = Replies(time.monotonic, settings.slack_api_url)
        self.bot_user: dict[str, Any] = {"token": token}
        self.identity = Identity(
            self.posting,
            self.memory,
            self.folder,
            lambda: datetime.now(UTC),
            lambda: str(self.bot_user.get("team_id", "")),
        )
        self.reviewing = Reviewing(
            self.journal, self.folder, self.searching, self.confirming, self.memory, self.clock, hosts,
            tuple(name for name, port in (("pager", self.adapters.pager), ("mail", self.adapters.mailer)) if port),
        )  # fmt: skip
        explaining = Explaining(self.searching)
        quiet = Quiet(self.world, self.journal, self.posting, hosts, lambda: datetime.now(UTC))
        self.closing = ClosingRoom(settings, self.folder, self.store, self.clock, self.posting)
        self.commands = Commands(
            self.asking, self.watching, self.reviewing, explaining, self.journal, hosts,
            lambda meeting: papers_of(self.store, meeting, self.store.verify()), self.closing.acts,
        )  # fmt: skip
        self.pictures = Pictures(
            self.journal, self.searching, self.reviewing, self.posting, self.memory, picture, settings.slack_api_url
        )
        self.acts = Acts(
            self.identity, self.asking, self.holding, self.confirming, self.agreeing, self.attesting, self.escalating, self.watching, self.reviewing, self.commands, quiet,
            self._home(), self.pictures, self.posting, self.replies, hosts, self.closing.acts,
        )  # fmt: skip
        self.announcer = Announcer(self.journal, self.reviewing, self.posting, self.pictures)
        secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None
        self.listening = Listening(
            client, secret, self.memory, self.replies, Dialogs(self.reviewing, explaining, self.identity, self.journal),
            self.posting, self.reviewing, self.bot_user,
        )  # fmt: skip

    def _home(self) -> Home:
        sends = no_invites(self.settings.readiness_shadow, self.adapters.invitations is not None)
        health = lambda: self.engine.health()  # noqa: E731, PLW0108 # the engine comes after this room
        connections = Connections(health, self.folder.folder, self.world, sends)
        week = partial(release_week, self.world, self.journal)
        return Home(self.identity, self.reviewing, self.posting, self.closing.acts, week, connections)

    def _workers(self) -> dict[str, Callable[[DueItem], str | None]]:
        """What each sort of owed thing means. Every one of them may run again after a crash."""

        def numbered(deed: Callable[[str, int], None]) -> Callable[[DueItem], None]:
            return lambda item: deed(item.payload["meeting"], item.payload["number"])

        return {
            "act": lambda i: self.acts.act(i.payload, i.due_at if i.runs > 1 or i.takeovers else None),
            "announce": lambda item: self.announcer.announce(item.payload),
            "picture": lambda item: self.pictures.show(item.payload, item.attempts),
            "double": lambda item: self.doubles.take_away(item.payload),
            "search": numbered(self.searching.search),
            "place": numbered(self.holding.place),
            "release": numbered(self.holding.release),
            "expire": numbered(self.holding.expire),
            "confirm": numbered(self.confirming.confirm),
            "remind": lambda i: self.holding.remind(i.payload["meeting"], i.payload["number"], i.payload["which"]),
            "climb": self._climb,
            "silence": numbered(self.escalating.silence),
            "unanswered": numbered(self.agreeing.unanswered),
            "watch": lambda item: self._watch(),
            "sweep": lambda item: self._sweep(),
            **self.closing.workers(),
            "digest": self.upkeep.digest,
            "alarm": self.upkeep.alarm,
            "called_off": self.upkeep.called_off,
            "withdraw": lambda item: self.confirming.withdraw(item.payload["meeting"], item.payload["invite"]),
        }

    def _sweep(self) -> str:
        """Holds that nobody owns are taken off; the next sweep is owed before this one is done."""
        self._owe_round("sweep", SWEEP)
        return "shadow" if self.settings.readiness_shadow else f"{self.holding.sweep()} let go"

    def _watch(self) -> str:
        """Every confirmed meeting is looked at; one that cannot be read does not keep the others from it."""
        self._owe_round("watch", SWEEP)
        silent = [m for m in self.watching.due() if not self._watched(self.watching.watch, m)]
        silent += [m for m in self.watching.held() if not self._watched(self.watching.look_for_vetoes, m)]
        return f"{len(silent)} not read"

    def _watched(self, look: Callable[[str], None], meeting: str) -> bool:
        try:
            look(meeting)
        except Failure as failure:
            log.warning("%s could not be watched this time: %s", meeting, failure)
            return False
        return True

    def _owe_round(self, kind: str, ahead: timedelta) -> None:
        """One round for each quarter of an hour, however many replicas owe it."""
        due_at = self.clock.now() + ahead
        quarter = due_at.replace(minute=due_at.minute - due_at.minute % 15, second=0, microsecond=0)
        with self.store.transaction() as tx:
            tx.owe(Due(key=f"{kind}:{quarter:%Y%m%dT%H%M}", kind=kind, stream="", due_at=due_at, lane=kind))

    def _give_up(self, item: DueItem, failure: Failure) -> None:
        """What will not be done is told to who waits for it, with what to do."""
        meeting, number = str(item.payload.get("meeting", "")), int(item.payload.get("number") or 0)
        match item.kind:
            case "act":
                self.acts.gave_up(item.payload, failure.reference if isinstance(failure, Bug) else item.key[-8:])
            case "search":
                self.searching.give_up(meeting, number, f"{failure} Nothing was searched.")
            case "place":
                command = FailPlacing(set=number, words=str(failure))
                self.journal.decide(meeting, lambda m, _: decide(m, command, self.clock.now()))
            case "confirm":
                self.confirming.give_up(meeting, number, str(failure))
            case "closing_check" | "closing_step":
                self.closing.gave_up(item, failure)
            case _:
                log.error("Given up: %s (%s)", item.key, failure)

    def start(self) -> None:
        """Learn who we are in Slack, open the database, take over what was left unfinished. Raises Failure."""
        self.clock.now()  # first: nothing is decided while we know neither the time nor our own workspace
        told = self.posting.call("auth_test")
        self.bot_user.update({k: told.get(k) for k in ("team_id", "user_id", "bot_id", "url", "team")})
        self.admission.begin(lambda: self.posting.call("auth_test"), self.upkeep.owe_alarm, self.engine.nudge)
        self.engine.launch()
        self._owe_round("sweep", timedelta(minutes=1))
        self._owe_round("watch", timedelta(minutes=1))
        self.upkeep.owe_digest()

    def stop(self) -> None:
        """Quietly. What is unfinished is finished by the next process."""
        self.admission.end()
        self.engine.stop()
        self.listening.close()
        self.holding.close()
        self.world.close()
        self.adapters.close()
        self.store.close()
