"""Calendars, invites, the pager and the mail without HTTP: adapters that write straight into the sandbox's book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from bot.core.people import Availability, Busy, BusyStatus
from bot.core.span import Span
from bot.ports import (
    Capabilities,
    Conflict,
    Denied,
    Failure,
    FoundHold,
    Gone,
    HoldRequest,
    Invite,
    PlacedHold,
    SentInvite,
    Severity,
    Unreachable,
)
from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook

Reply = Literal["accepted", "declined", "tentative", "none"]
_STATUS: Mapping[str, BusyStatus] = {
    "free": "free", "tentative": "tentative", "busy": "busy", "oof": "out_of_office",
    "workingElsewhere": "working_elsewhere",
}  # fmt: skip
_REPLY: Mapping[str, Reply] = {"accepted": "accepted", "declined": "declined", "tentative": "tentative"}


class MemoryCalendar:
    """`bot.ports.Calendar` over the book. `merges`: like Google, busy blocks without their sorts, and holds that are
    lifted; otherwise like Microsoft, item by item, our own set aside.

    `unreadable` calendars are unknown; while `down`, all are, and nothing can be written; `broken` names single acts
    (`place`, `let_go`, `look`, `lift`) that fail with what is given.
    """

    def __init__(self, provider: str, book: CalendarBook, *, merges: bool) -> None:
        self.provider = provider
        self._book = book
        self._merges = merges
        self.can = Capabilities(writable=True, under_hold="lift" if merges else "set_aside", tells_tentative=not merges)
        self.unreadable: set[str] = set()
        self.down = False
        self.broken: dict[str, Failure] = {}

    # -- reading

    def free_busy(self, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        return {each: self._availability(each, span) for each in calendars}

    def _availability(self, calendar: str, span: Span) -> Availability:
        known = self._book.calendars.get(calendar)
        if self.down or known is None or not known.readable or calendar in self.unreadable:
            return Availability(unknown=(span,))
        taken = [
            Busy(e.start, e.end, _STATUS[e.show_as])
            for e in self._book.events(calendar)
            if span.meets(Span(e.start, e.end)) and e.show_as != "free"
        ]
        return Availability(_merged(taken) if self._merges else tuple(taken))

    def under(self, hold: PlacedHold) -> Availability:
        if self._merges:
            known = hold.lifted
            return self._availability(hold.calendar, hold.span) if known else Availability(unknown=(hold.span,))
        there = self.still_there(hold)
        if there is None:
            raise Gone("The hold is no longer in the calendar.", service=self.provider)
        if there.span != hold.span:
            raise Conflict("The hold was moved to another time.", service=self.provider)
        seen = self._availability(hold.calendar, hold.span)
        ours = Busy(hold.span.start, hold.span.end, "tentative")
        if seen.unknown or ours not in seen.busy:
            return Availability(unknown=(hold.span,))
        left = list(seen.busy)
        left.remove(ours)
        return Availability(tuple(left))

    # -- holds

    def place(self, request: HoldRequest) -> PlacedHold:
        self._may("place")
        known = self._book.calendars.get(request.calendar)
        if known is None or not known.writable:
            raise Denied("This calendar may not be written.", service=self.provider)
        standing = self.look_up(request)
        if standing is not None:
            return standing
        generation = request.generation
        while self._book.get(request.calendar, _id(request, generation)) is not None:
            generation += 1
        self._book.put(_event(request, generation))
        found = self.look_up(request)
        assert found is not None
        return found

    def look_up(self, request: HoldRequest) -> PlacedHold | None:
        self._may("look")
        mine = [e for e in self._book.events(request.calendar) if dict(e.tags).get("key") == request.key]
        return _placed(mine[-1]) if mine else None

    def let_go(self, hold: PlacedHold) -> None:
        self._may("let_go")
        self._book.remove(hold.calendar, hold.event_id)

    def still_there(self, hold: PlacedHold) -> PlacedHold | None:
        self._may("look")
        event = self._book.get(hold.calendar, hold.event_id)
        return None if event is None or event.cancelled else _placed(event)

    def lift(self, hold: PlacedHold) -> PlacedHold:
        return self._shown(hold, "free")

    def put_back(self, hold: PlacedHold) -> PlacedHold:
        return self._shown(hold, "tentative")

    def _shown(self, hold: PlacedHold, show_as: str) -> PlacedHold:
        self._may("lift")
        event = self._book.get(hold.calendar, hold.event_id)
        if event is None or event.cancelled:
            raise Gone("The hold is no longer in the calendar.", service=self.provider)
        return _placed(event if event.show_as == show_as else self._book.put(replace(event, show_as=show_as)))

    def holds(self, calendar: str, tag: str) -> Sequence[FoundHold]:
        self._may("look")
        return [_found(e) for e in self._book.events(calendar) if dict(e.tags).get("tag") == tag]

    def _may(self, act: str) -> None:
        if self.down:
            raise Unreachable(f"{self.provider} does not answer.", service=self.provider)
        if act in self.broken:
            raise self.broken[act]


def _merged(taken: Sequence[Busy]) -> tuple[Busy, ...]:
    blocks: list[Busy] = []
    for each in sorted(taken):
        if each.status == "working_elsewhere":
            continue
        if blocks and each.start <= blocks[-1].end:
            blocks[-1] = blocks[-1]._replace(end=max(blocks[-1].end, each.end))
        else:
            blocks.append(Busy(each.start, each.end, "busy"))
    return tuple(blocks)


def _id(request: HoldRequest, generation: int) -> str:
    return sha256(f"{request.key}|{generation}".encode()).hexdigest()[:20]


def _event(request: HoldRequest, generation: int) -> BookEvent:
    tags = {
        "key": request.key, "tag": request.tag, "record": request.record, "generation": str(generation),
        "expires_at": request.expires_at.isoformat(),
    }  # fmt: skip
    return BookEvent(
        id=_id(request, generation), calendar=request.calendar, start=request.span.start, end=request.span.end,
        title=request.title, text=request.words, show_as="tentative", private=True, organizer=request.calendar,
        tags=tuple(tags.items()),
    )  # fmt: skip


def _placed(event: BookEvent) -> PlacedHold:
    tags = dict(event.tags)
    return PlacedHold(
        calendar=event.calendar, event_id=event.id, key=tags["key"], generation=int(tags["generation"]),
        span=Span(event.start, event.end), lifted=event.show_as == "free",
    )  # fmt: skip


def _found(event: BookEvent) -> FoundHold:
    tags = dict(event.tags)
    return FoundHold(
        calendar=event.calendar, event_id=event.id, key=tags["key"], record=tags["record"],
        span=Span(event.start, event.end), expires_at=datetime.fromisoformat(tags["expires_at"]),
        lifted=event.show_as == "free",
    )  # fmt: skip


class MemoryInvitations:
    """`bot.ports.Invitations` over the book. `broken` names acts (`send`, `find`, `cancel`, `replies`) that fail."""

    def __init__(self, book: CalendarBook, organizer: str) -> None:
        self._book = book
        self.organizer = organizer
        self.broken: dict[str, Failure] = {}
        if organizer not in book.calendars:
            book.add_calendar(BookCalendar(organizer, "memory", organizer, organizer, "UTC"))

    def send(self, invite: Invite) -> SentInvite:
        self._may("send")
        standing = self._live(invite.key)
        if standing is not None:
            return self._sent(standing)
        made = self._book.fresh_id("invite")
        link = f"https://meet.example.com/{made}" if invite.online else ""
        event = BookEvent(
            id=made, uid=made, calendar=self.organizer, start=invite.span.start, end=invite.span.end,
            title=invite.title, text=invite.text, organizer=self.organizer, place=link,
            attendees=tuple((p.email, "needsAction") for p in invite.invitees), tags=(("invite", invite.key),),
        )  # fmt: skip
        self._book.put(event)
        self._book.deliver(event, "request")
        return self._sent(event)

    def find(self, key: str) -> SentInvite | None:
        self._may("find")
        standing = self._live(key)
        return self._sent(standing) if standing else None

    def cancel(self, key: str, words: str) -> None:
        self._may("cancel")
        standing = self._live(key)
        if standing is not None:
            self._book.remove(self.organizer, standing.id)
            self._book.deliver(standing, "cancel")

    def replies(self, key: str) -> Mapping[str, Reply]:
        self._may("replies")
        standing = self._live(key)
        if standing is None:
            raise Gone("The invite is no longer in the organiser's calendar.", service="memory")
        return {mail.lower(): _REPLY.get(reply, "none") for mail, reply in standing.attendees}

    @property
    def live(self) -> tuple[str, ...]:
        """The keys of all invites that stand, in the order of their times."""
        return tuple(dict(e.tags)["invite"] for e in self._book.events(self.organizer) if "invite" in dict(e.tags))

    def _live(self, key: str) -> BookEvent | None:
        every = self._book.events(self.organizer)
        return next((e for e in every if dict(e.tags).get("invite") == key), None)

    def _sent(self, event: BookEvent) -> SentInvite:
        return SentInvite(event_id=event.id, key=dict(event.tags)["invite"], join_url=event.place or None)

    def _may(self, act: str) -> None:
        if act in self.broken:
            raise self.broken[act]


class MemoryPager:
    """`bot.ports.Pager`: every incident by its key, and how it stands."""

    def __init__(self) -> None:
        self.incidents: dict[str, Literal["triggered", "acknowledged", "resolved"]] = {}
        self.pages: list[tuple[str, str]] = []
        self.broken: Failure | None = None

    def page(self, key: str, words: str, *, severity: Severity, link: str | None) -> None:
        if self.broken is not None:
            raise self.broken
        self.pages.append((key, words))
        self.incidents.setdefault(key, "triggered")

    def acknowledge(self, key: str) -> None:
        if self.incidents.get(key) == "triggered":
            self.incidents[key] = "acknowledged"

    def resolve(self, key: str) -> None:
        if key in self.incidents:
            self.incidents[key] = "resolved"


class MemoryMailer:
    """`bot.ports.Mailer`: every mail as (key, to, subject, body)."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, tuple[str, ...], str, str]] = []
        self.broken: Failure | None = None

    def send(self, key: str, to: Sequence[str], subject: str, body: str) -> None:
        if self.broken is not None:
            raise self.broken
        self.mails.append((key, tuple(to), subject, body))
