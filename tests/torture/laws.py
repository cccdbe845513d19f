"""What must be so when it is quiet again, each law by name with every violation."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import sqlalchemy as sa

from bot.app import Bot
from bot.core import facts as f
from bot.core.meeting import Meeting
from bot.core.span import zone
from bot.settings import Settings
from bot.slack.announcer import lines
from bot.slack.dialogs import OPENING
from bot.slack.messages.card import card
from bot.slack.reviewing import card_key
from bot.store.tables import due
from integrations.calendars.google_events import event_id
from integrations.sandbox.calendar_book import BookEvent
from integrations.sandbox.sandbox import ORGANIZER
from tests.presses_laws import nobody_twice, well_formed
from tests.processes.refusals import refused
from tests.torture.installation import Installation
from tests.torture.office import blind

LAWS = (
    "holds_owned_or_gone", "one_confirmed_slot", "one_invite_each", "lines_once", "lines_missing", "cards_as_the_state",
    "nobody_held_twice", "chain_valid", "projections_as_the_ledger", "owed_done_or_visible", "acts_lost", "nothing_broke",
)  # fmt: skip
Broken = Callable[[str], None]
Message = Mapping[str, Any]


def moments(meeting: Meeting, since: datetime, until: datetime, zone_name: str) -> list[datetime]:
    """Those two, and in between each instant that the meeting knows of and each midnight (after which tomorrow is called
    today), as it comes and right after it: from one of them to the next nothing changes by itself."""
    local = since.astimezone(zone(zone_name)).replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = (local + timedelta(days=n) for n in range((until - since).days + 2))
    known = {at for at in (*_instants(meeting.model_dump()), *midnights) if since < at < until}
    between = [moment for at in sorted(known) for moment in (at, at + timedelta(microseconds=1))]
    return [since, *between, until]


def _instants(value: object) -> Iterator[datetime]:
    match value:
        case datetime():
            yield value
        case Mapping():
            for each in value.values():
                yield from _instants(each)
        case list() | tuple():
            for each in value:
                yield from _instants(each)


class Laws:
    """`violations` by law; `doubles` are lines that stand twice in channels into which the bot may not look."""

    def __init__(self, installation: Installation) -> None:
        self._installation, self._slack, self._book = (
            installation,
            installation.sandbox.slack,
            installation.sandbox.book,
        )
        # A bot that never starts: it tells from the same database how everything should look.
        self._bot = Bot(Settings(**{k.lower(): v for k, v in installation.environment.items()}))
        self.violations: dict[str, list[str]] = {law: [] for law in LAWS}
        self.doubles: list[str] = []

    def close(self) -> None:
        self._bot.stop()

    def judge(self) -> None:
        """All of them, as things stand."""
        meetings = self._bot.journal.meetings()
        self._holds(meetings)
        self._invites(meetings)
        self._thread(meetings)
        self._overlaps(meetings)
        self._memory()
        self._owed(meetings)
        self._acts()
        self._logs()

    def _broken(self, law: str) -> Broken:
        def note(what: str) -> None:
            if what not in self.violations[law]:
                self.violations[law].append(what)

        return note

    # -- calendars

    def _events(self) -> list[BookEvent]:
        return [e for c in list(self._book.calendars) for e in self._book.events(c)]

    def _holds(self, meetings: Iterable[Meeting]) -> None:
        """Each hold on a calendar is one that the ledger owns and it keeps its place; and the other way round."""
        broken = self._broken("holds_owned_or_gone")
        there = {(e.calendar, e.id): e for e in self._events() if e.title.startswith("Hold: ")}
        owned = {(h.calendar, str(h.event_id)): h for h in self._installation.store.holds() if h.state != "gone"}
        for where in there.keys() - owned.keys():
            broken(f"nobody owns {there[where].title} at {there[where].start} on {where[0]}")
        for where in owned.keys() - there.keys():
            broken(
                f"{owned[where].meeting}: the hold on {where[0]} at {owned[where].start} ({owned[where].state}) is missing"
            )
        for where in owned.keys() & there.keys():
            if there[where].show_as != "tentative" or owned[where].state != "placed":
                broken(f"{owned[where].meeting}: {where[0]} {there[where].show_as}, {owned[where].state}")
        now = self._installation.sandbox.clock.now()
        for meeting in meetings:
            for hold in meeting.holds:
                if hold.ended is None and hold.expires_at <= now:
                    broken(f"{meeting.id}: set {hold.set} outlived its end")

    def _invites(self, meetings: Iterable[Meeting]) -> None:
        one, each = self._broken("one_confirmed_slot"), self._broken("one_invite_each")
        sent = [e for e in self._book.events(ORGANIZER, live=False) if "rrInvite" in dict(e.tags)]
        live = {e.id for e in sent if not e.cancelled}
        wanted = {_invite_id(key): m.id for m in meetings for key in _standing(m)}
        for id in live ^ wanted.keys():
            told = next((e.title for e in sent if e.id == id), wanted.get(id))
            one(
                f"{told}: an invite {'stands that nobody confirmed' if id in live else 'is confirmed and does not stand'}"
            )
        by_record = Counter(dict(e.tags)["rrInviteRecord"] for e in sent if not e.cancelled)
        kept = {m.id for m in meetings if len(_standing(m)) > 1}
        for record, count in by_record.items():
            if count > 1 and record not in kept:
                one(f"{record}: {count} invites stand")
        confirmed = [
            e.fact for m in meetings for e in self._bot.journal.history(m.id) if isinstance(e.fact, f.Confirmed)
        ]  # fmt: skip
        if Counter(e.id for e in sent) != Counter(_invite_id(fact.invite) for fact in confirmed):
            each(f"{len(sent)} invites were made for {len(confirmed)} confirmations")
        self._mails(sent, each)
        self._copies({e.uid: e for e in sent if not e.cancelled}, each)

    def _mails(self, sent: list[BookEvent], broken: Broken) -> None:
        """Each invited person is mailed once; and once more where the invite was taken back."""
        mails = Counter((m.kind, m.uid, m.to) for m in self._book.mails)
        for event in sent:
            for to, _ in event.attendees:
                if to.lower() == ORGANIZER:
                    continue
                if mails["request", event.uid, to] != 1:
                    broken(f"{event.title}: {to} was invited {mails['request', event.uid, to]} times")
                if mails["cancel", event.uid, to] != event.cancelled:
                    broken(f"{event.title}: {to} was told {mails['cancel', event.uid, to]} times that it is off")

    def _copies(self, live: Mapping[str, BookEvent], broken: Broken) -> None:
        where: dict[str, Counter[str]] = defaultdict(Counter)
        for event in self._events():
            if event.attendees:
                where[event.uid][event.calendar] += 1
        for uid, event in live.items():
            expected = Counter({to: 1 for to, _ in event.attendees if to in self._book.calendars})
            if where[uid] - Counter({ORGANIZER: 1}) != expected:
                broken(f"{event.title} stands on {dict(where[uid])}")
        for uid in where.keys() - live.keys():
            broken(f"{uid} still stands on {dict(where[uid])}")

    def _overlaps(self, meetings: Iterable[Meeting]) -> None:
        broken = self._broken("nobody_held_twice")
        nobody_twice(list(meetings), lambda _, what: broken(what))
        for meeting in meetings:
            well_formed(meeting, lambda _, what: self._broken("holds_owned_or_gone")(what))
        by_person: dict[str, list[BookEvent]] = defaultdict(list)
        for event in self._events():
            if event.calendar != ORGANIZER and ("CHG-" in event.title):
                by_person[event.calendar].append(event)
        for calendar, events in by_person.items():
            for first, second in itertools.pairwise(events):
                if second.start < first.end and _record(first) != _record(second):
                    broken(f"{calendar}: {first.title} and {second.title} at {second.start}")

    # -- Slack

    def _thread(self, meetings: Iterable[Meeting]) -> None:
        written = self._written()
        for key, places in written.items():
            if len(places) > 1:
                if all(blind(channel) for channel, _ in places):
                    self.doubles += [key] if key not in self.doubles else []
                else:
                    self._broken("lines_once")(f"{key} stands {len(places)} times")
        missing = self._broken("lines_missing")
        for meeting in meetings:
            for entry in self._bot.journal.history(meeting.id):
                view = self._bot.reviewing.view(meeting.id, until=entry.version)
                for number in range(len(lines(view, entry)) if view else 0):
                    key = f"line:{meeting.id}:{entry.version}" + (f".{number}" if number else "")
                    if key not in written:
                        missing(f"{key} ({entry.fact.tag})")
            self._card(meeting, written)

    def _written(self) -> dict[str, list[tuple[str, Message]]]:
        found: dict[str, list[tuple[str, Message]]] = defaultdict(list)
        with self._slack.state.lock:
            for channel in self._slack.state.channels.values():
                for message in channel.messages.values():
                    key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key")
                    if message.get("files"):
                        key = f"picture:{message['files'][0]['name']}"
                    if key:
                        found[key].append((channel.id, message))
        return found

    def _card(self, meeting: Meeting, written: Mapping[str, list[tuple[str, Message]]]) -> None:
        broken, view = self._broken("cards_as_the_state"), self._bot.reviewing.view(meeting.id)
        cards = written.get(card_key(meeting), [])
        if not cards or view is None:
            broken(f"{meeting.id} has no card")
            return
        kept = self._bot.memory.post(card_key(meeting))
        # What has passed is left out as time goes by: a card says how things stood at some moment since the last entry.
        changes = moments(meeting, view.history[-1].at, view.now, view.zone)
        wanted = [card(replace(view, now=at)) for at in changes]
        shown = next((m for _, m in cards if kept and m["ts"] == kept.ts), cards[-1][1])
        said = self._slack.plain(dict(shown))
        should = [self._slack.plain({"text": each.text, "blocks": each.blocks}) for each in wanted]
        if said not in should:
            pairs = zip(said.splitlines(), should[-1].splitlines(), strict=False)
            differing = [pair for pair in pairs if pair[0] != pair[1]]
            broken(f"{meeting.id} at {meeting.version}, shown {kept.posted if kept else None}: {differing[:2]}")

    # -- memory

    def _memory(self) -> None:
        verified = self._installation.store.verify()
        if not verified.ok:
            self._broken("chain_valid")(f"{verified.first_bad}: {verified.why}")
        for difference in self._installation.store.projections_differ():
            self._broken("projections_as_the_ledger")(str(difference)[:300])

    def _owed(self, meetings: Iterable[Meeting]) -> None:
        broken = self._broken("owed_done_or_visible")
        for key, error in self._installation.owed():
            broken(f"{key} is still owed: {error}")
        for meeting in meetings:
            if meeting.state in ("searching", "placing", "confirming"):
                broken(f"{meeting.id} rests in {meeting.state}")

    def _acts(self) -> None:
        """Whatever was acknowledged is kept, and was done. A command may be told in words that nothing was kept."""
        broken = self._broken("acts_lost")
        with self._installation.store.reading() as connection:
            rows = connection.execute(sa.select(due.c.key).where(due.c.kind == "act")).all()
        kept = {row.key for row in rows}
        for delivery in list(self._slack.courier.log):
            if delivery.error is None and delivery.status == 200 and not refused(delivery.answer):
                mark = _mark(delivery.operation, delivery.body)
                if mark and not any(mark in key for key in kept):
                    broken(f"{delivery.operation} {mark} was acknowledged and is not kept")

    def _logs(self) -> None:
        """Nothing broke in a way that nobody foresaw."""
        for replica in self._installation.replicas:
            said = replica.said("err").splitlines()
            for number, line in enumerate(said):
                if "broke: reference" in line or line.startswith("Traceback"):
                    self._broken("nothing_broke")(" | ".join([line, *said[number + 1 : number + 40]][-3:])[-700:])


def _invite_id(key: str) -> str:
    return event_id(f"invite|{key}")


def _standing(meeting: Meeting) -> list[str]:
    """The invites that should stand for a meeting: a new slot's, and one that is kept until there is a new one."""
    found = [meeting.confirmed.invite] if meeting.state == "confirmed" and meeting.confirmed else []
    if meeting.kept is not None and meeting.state != "cancelled":
        found.append(meeting.kept.confirmed.invite)
    return found


def _record(event: BookEvent) -> str:
    return next(word for word in event.title.split() if word.startswith("CHG-"))


def _mark(operation: str, body: bytes) -> str | None:
    """The part of an act's key that tells it from all others; None for what is kept by nobody."""
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    if operation == "deliver.command":
        return form.get("trigger_id")
    if operation == "deliver.action":
        action = json.loads(form["payload"])["actions"][0]
        return None if action["action_id"] in OPENING else f":{action['action_id']}:{action['action_ts']}"
    return None
