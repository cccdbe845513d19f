"""The flows without Slack, HTTP and SQL: an organisation, calendars and a journal in memory, and a clock turned by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from bot.app import LIMITS, SWEEP
from bot.core.authority import Asker, Standing
from bot.core.commands import FailPlacing
from bot.core.decisions import decide
from bot.core.facts import AnyFact
from bot.core.meeting import Meeting
from bot.core.owing import Owed
from bot.core.people import Directory
from bot.core.policy import Policy
from bot.core.record import Record
from bot.core.refusals import Refusal
from bot.core.release_calendar import Entry, Release
from bot.core.span import Span
from bot.engine import Patience
from bot.flows.agreeing import Agreeing
from bot.flows.asking import Asked, Asking
from bot.flows.confirming import Confirming
from bot.flows.escalating import Escalating
from bot.flows.holding import Holding
from bot.flows.rights import Rights
from bot.flows.searching import Searching
from bot.flows.watching import Watching
from bot.flows.world import World
from bot.ports import Calendar, Clock, Denied, Failure, Gone
from bot.workspace import Workspace, WorkspaceError, load
from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.sandbox import WORKSPACE, Sandbox
from tests.memory_calendars import MemoryCalendar, MemoryInvitations, MemoryMailer, MemoryPager
from tests.memory_journal import Item, MemoryJournal

CHANNEL = "C0RELEASES"
INSTALLATION = "readiness-tests"
ORGANIZER = "releases@example.com"
PATIENCE = Patience(limits=LIMITS)
T = TypeVar("T")


class HandClock:
    """Stands still until somebody turns it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by


class _Ended(Generic[T]):
    """A job that was done when it was handed in."""

    def __init__(self, job: Callable[..., T], arguments: tuple[Any, ...]) -> None:
        self._failed: Exception | None = None
        try:
            self._result = job(*arguments)
        except Failure as failed:
            self._failed = failed

    def result(self) -> T:
        if self._failed is not None:
            raise self._failed
        return self._result

    def exception(self) -> Exception | None:
        return self._failed


class _AtOnce:
    """In place of the flows' pools of threads: a story is the same each time it is told, and told quickly."""

    def submit(self, job: Callable[..., T], *arguments: Any) -> _Ended[T]:
        return _Ended(job, arguments)

    def shutdown(self, **_: Any) -> None:
        """Nothing runs."""


@dataclass
class Office:
    """The workspace and the record system as values, which a test may replace at any time."""

    policy: Policy
    people: Directory
    entries: tuple[Entry, ...] = ()
    records: dict[str, Record | Failure] = field(default_factory=dict)  # a Failure is raised on reading
    policy_digest: str = "by hand"
    digests: Mapping[str, str] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()

    @classmethod
    def of_folder(cls, path: Path) -> Office:
        workspace = load(path)
        records = {record_id: _record(workspace, record_id) for record_id in workspace.record_ids()}
        entries = workspace.release_calendar.entries
        return cls(workspace.policy, workspace.people, entries, records, workspace.policy_digest)

    def current(self) -> Office:
        return self

    def read(self, record_id: str) -> Record:
        found = self.records.get(record_id)
        if found is None:
            raise Gone(f"There is no record {record_id}.", service="files")
        if isinstance(found, Failure):
            raise found
        return found


def _record(workspace: Workspace, record_id: str) -> Record | Failure:
    try:
        return workspace.record(record_id)
    except WorkspaceError as error:
        return Denied(str(error), service="files")


def _told(item: Item) -> tuple[str, int, Any]:
    """Meeting, number and which, where the payload has them."""
    return item.payload.get("meeting", ""), item.payload.get("number", 0), item.payload.get("which", "")


class InnerWorld:
    """The flows, wired as the bot wires them. People press by calling the flows with `asker(...)`; `settle` does what is
    owed by now; hours pass; then one looks at meetings, facts and calendars.

    What is changed in calendars is seen by searches that begin a minute later, as with the bot; holding and confirming
    always read afresh.
    """

    def __init__(
        self, office: Office, now: datetime, book: CalendarBook | None = None, *, shadow: bool = False,
        watches: bool = True,
    ) -> None:  # fmt: skip
        self.office, self.clock = office, HandClock(now)
        self.book = book or CalendarBook()
        self._open_calendars()
        self.journal = MemoryJournal(self.clock)
        self.invitations = MemoryInvitations(self.book, ORGANIZER)
        self.pager, self.mailer = MemoryPager(), MemoryMailer()
        self.given_up: list[tuple[str, Failure]] = []
        self.slack_says: dict[str, Standing] = {}  # by Slack id
        self._numbers = itertools.count(1)
        self._wire(shadow)
        if watches:
            for kind in ("watch", "sweep"):
                self._owe_round(kind, timedelta(minutes=1))

    @classmethod
    def of_sandbox(cls, **more: Any) -> InnerWorld:
        """The demo's organisation with everything that stands in its calendars."""
        sandbox = Sandbox(frozen_clock=True)
        return cls(Office.of_folder(WORKSPACE), sandbox.clock.now(), sandbox.book, **more)

    def _open_calendars(self) -> None:
        """A calendar for everybody who has one; those that the book knows stay as they are."""
        refs = {ref for person in self.office.people.people.values() for ref in person.calendars}
        for ref in sorted(refs, key=lambda ref: ref.id):
            if ref.provider != "none" and ref.id not in self.book.calendars:
                self.book.add_calendar(BookCalendar(ref.id, ref.provider, ref.id, ref.id, "UTC"))
        self.google = MemoryCalendar("google", self.book, merges=True)
        self.microsoft = MemoryCalendar("microsoft", self.book, merges=False)
        self.files = MemoryCalendar("files", self.book, merges=False)

    def _wire(self, shadow: bool) -> None:
        calendars: dict[str, Calendar] = {c.provider: c for c in (self.google, self.microsoft, self.files)}
        clock: Clock = self.clock
        self.outside = World(self.office, self.office, calendars, clock, lambda: self.clock.now().timestamp())
        self.searching = Searching(self.outside, self.journal)
        rights = Rights(self.outside, self.journal, self.searching, self.clock.now, self.again)
        shared = (self.outside, self.journal, self.searching, rights)
        self.asking = Asking(self.outside, self.journal, rights)
        self.holding = Holding(*shared, INSTALLATION, shadow)
        self.agreeing = Agreeing(*shared)
        self.confirming = Confirming(*shared, self.invitations, INSTALLATION)
        self.watching = Watching(*shared, self.invitations)
        self.escalating = Escalating(
            *shared, self.pager, self.mailer, lambda m, n: f"{m} {n}", lambda m, n: (m, f"{m} {n}")
        )
        for flow in (self.outside, self.holding):
            flow.close()
            flow._pool = _AtOnce()  # type: ignore[assignment] # it is a pool as far as the flows know

    # -- what is owed

    def settle(self) -> None:
        """Do what is owed by now, each lane in its order, until nothing is left that can be done. What failed and is never
        given up stays owed, and is tried again when `settle` is called next."""
        for item in self.journal.open.values():
            item.waits = False
        while ready := self.journal.ready():
            self.does(ready[0])

    def does(self, item: Item) -> None:
        """One owed deed, as the engine does it: done, later, again, or given up."""
        try:
            until = self._work(item)
        except Failure as failure:
            self._failed(item, failure)
            return
        if until is None:
            del self.journal.open[item.key]
        else:
            item.due_at = until

    def _work(self, item: Item) -> datetime | None:
        """An instant when it must wait until then."""
        meeting, number, which = _told(item)
        match item.kind:
            case "search":
                self.searching.search(meeting, number)
            case "place":
                self.holding.place(meeting, number)
            case "release":
                self.holding.release(meeting, number)
            case "expire":
                self.holding.expire(meeting, number)
            case "confirm":
                self.confirming.confirm(meeting, number)
            case "remind":
                self.holding.remind(meeting, number, which)
            case "climb":
                return self.escalating.climb(meeting, number, which)
            case "silence":
                self.escalating.silence(meeting, number)
            case "unanswered":
                self.agreeing.unanswered(meeting, number)
            case "withdraw":
                self.confirming.withdraw(meeting, item.payload["invite"])
            case "watch" | "sweep":
                self._round(item.kind)
            case _:
                assert item.kind == "announce", f"nobody here does {item.kind}"
        return None

    def _failed(self, item: Item, failure: Failure) -> None:
        item.attempts += 1
        item.waits = True
        if PATIENCE.wait(item.kind, failure, item.attempts, 0, 0.0) is not None:
            item.waits = item.kind not in LIMITS  # what is tried only a few times is tried at once
            return
        del self.journal.open[item.key]
        self.given_up.append((item.key, failure))
        self._give_up(item, failure)

    def _give_up(self, item: Item, failure: Failure) -> None:
        meeting, number, _ = _told(item)
        match item.kind:
            case "search":
                self.searching.give_up(meeting, number, f"{failure} Nothing was searched.")
            case "place":
                command = FailPlacing(set=number, words=str(failure))
                self.journal.decide(meeting, lambda m, _: decide(m, command, self.clock.now()))
            case "confirm":
                words = f"not everything could be read again: {failure}"
                self.confirming.stop(meeting, number, (words,), again=False)

    def _round(self, kind: str) -> None:
        self._owe_round(kind, SWEEP)
        if kind == "sweep":
            self.holding.sweep()
        else:
            self.watch()

    def watch(self) -> None:
        """Every confirmed meeting is looked at, and every hold; one that cannot be read keeps nothing from the others."""
        for look, meetings in (
            (self.watching.watch, self.watching.due()),
            (self.watching.look_for_vetoes, self.watching.held()),
        ):
            for meeting in meetings:
                try:
                    look(meeting)
                except Failure as failure:
                    self.given_up.append((f"watch:{meeting}", failure))

    def _owe_round(self, kind: str, ahead: timedelta) -> None:
        due_at = self.clock.now() + ahead
        quarter = due_at.replace(minute=due_at.minute - due_at.minute % 15, second=0, microsecond=0)
        self.journal.owe(Owed(key=f"{kind}:{quarter}", kind=kind, lane=kind, due_at=due_at, payload={}))

    # -- time and people

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def passes(self, time_passed: timedelta) -> None:
        self.clock.move(time_passed)
        self.settle()

    def asker(self, name: str, standing: Standing = "member") -> Asker:
        """Whoever is called so: a person of the directory, or somebody whom nobody knows."""
        known = name in self.office.people.people and standing == "member"
        slack = f"U0{name.upper()}"
        return Asker(slack=slack, person=name if known else None, standing=standing, seen_at=self.now)

    def again(self, asker: Asker) -> Asker:
        """Who somebody is by Slack when it is asked anew: who they were, unless `slack_says` knows better."""
        standing = self.slack_says.get(asker.slack, asker.standing)
        return asker.model_copy(update={"standing": standing, "seen_at": self.now})

    def reviews(self, record: str, by: str) -> Meeting:
        """Asks for a review and waits for what comes of it."""
        asked = self.asking.ask(self.asker(by), record, CHANNEL)
        assert isinstance(asked, Asked), asked
        self.settle()
        return self.meeting(record)

    def does_and_settles(self, outcome: T) -> T:
        """`world.does_and_settles(world.holding.hold(...))`: what was pressed, and all that came of it."""
        self.settle()
        return outcome

    # -- what there is

    def meeting(self, record: str) -> Meeting:
        found = self.journal.meeting(record)
        assert found is not None, f"there is no review of {record}"
        return found

    def facts(self, record: str) -> tuple[AnyFact, ...]:
        return tuple(entry.fact for entry in self.journal.history(record))

    def tags(self, record: str) -> tuple[str, ...]:
        return tuple(fact.tag for fact in self.facts(record))

    def holds(self) -> list[BookEvent]:
        """Every hold of ours that stands on a calendar."""
        return [
            event
            for calendar in self.book.calendars
            for event in self.book.events(calendar)
            if dict(event.tags).get("tag") == INSTALLATION
        ]

    def held(self) -> set[str]:
        """On whose calendars a hold of ours stands."""
        return {event.calendar.split("@")[0] for event in self.holds()}

    # -- what changes

    def makes_busy(self, name: str, start: str | datetime, minutes: int = 30, show_as: str = "busy") -> BookEvent:
        begin = datetime.fromisoformat(start) if isinstance(start, str) else start
        begin = begin.astimezone(UTC)
        return self.book.put(
            BookEvent(
                id=f"scene{next(self._numbers):04d}", calendar=self.calendar(name), start=begin,
                end=begin + timedelta(minutes=minutes), title="Interview", show_as=show_as,
            )
        )  # fmt: skip

    def calendar(self, name: str) -> str:
        """The id of their first calendar."""
        return self.office.people.people[name].calendars[0].id

    def frees(self, event: BookEvent) -> None:
        self.book.remove(event.calendar, event.id)

    def record(self, record: str, **changes: Any) -> None:
        """Edits a record. Values are those of the core."""
        before = self.office.read(record)
        self.office.records[record] = before.model_copy(update=changes)

    def person(self, name: str, **changes: Any) -> None:
        people = dict(self.office.people.people)
        people[name] = people[name].model_copy(update=changes)
        self.office.people = self.office.people.model_copy(update={"people": people})

    def freeze(self, name: str, span: Span, services: tuple[str, ...] | None = None) -> None:
        self.office.entries = (*self.office.entries, Entry(type="freeze", name=name, span=span, services=services))

    def refused(self, outcome: object) -> tuple[str, ...]:
        """The codes of a refusal; none when it was allowed."""
        return tuple(outcome.codes) if isinstance(outcome, Refusal) else ()
