"""The outside as the calendar contracts speak of it: people's events, sharing, mishaps, and what reached it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.core.people import Availability
from bot.core.span import Span
from bot.ports import Calendar, HoldRequest, Invitations, Invite, Invitee
from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook, Mail
from integrations.sandbox.faults import Faults
from integrations.sandbox.serving import Traffic

# Stands in the title, place, text and guests of everybody's own events, and in the bodies of errors: never in ours.
CANARY = "canary-in-the-mine"
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
TAG = "readiness-tests"

Act = Literal["read", "insert", "get", "list", "change", "remove"]


def at(hours: float) -> datetime:
    """So many hours into Tuesday 2026-12-01, UTC."""
    return MIDNIGHT + timedelta(hours=hours)


def between(start: float, end: float) -> Span:
    """`between(9, 10.5)`: 09:00 to 10:30 on Tuesday 2026-12-01, UTC."""
    return Span(at(start), at(end))


def blocked(availability: Availability) -> list[Span]:
    """The spans that keep a person from coming, in order."""
    return sorted(Span(b.start, b.end) for b in availability.busy if b.status not in ("free", "working_elsewhere"))


@dataclass
class World:
    """One adapter on one provider's stand-in. `operations` gives the stand-in's name for each act; `waits` fills with
    the seconds for which the adapter asked to wait before asking again (nobody waits in tests)."""

    provider: Literal["google", "microsoft"]
    adapter: Calendar
    invitations: Invitations
    organizer: str
    calendars_a_call: int
    operations: Mapping[Act, str]
    book: CalendarBook
    faults: Faults
    traffic: Traffic
    waits: list[float] = field(default_factory=list)

    def calendar(self, name: str = "ines", **sharing: Any) -> str:
        """A new calendar; `time_zone`, `readable` and `writable` may be given."""
        mail = f"{name}@example.com"
        told = {"time_zone": "UTC"} | sharing
        self.book.add_calendar(BookCalendar(id=mail, provider=self.provider, owner=name, mail=mail, **told))
        return mail

    def event(self, calendar: str, span: Span, **what: Any) -> BookEvent:
        """Something of the owner's own, with the canary wherever words can stand."""
        words: dict[str, Any] = {
            "title": f"{CANARY} title",
            "place": f"{CANARY} place",
            "text": f"{CANARY} text",
            "attendees": ((f"{CANARY}@example.com", "accepted"),),
            "organizer": calendar,
        }
        made = self.book.fresh_id("own")
        return self.book.put(
            BookEvent(id=made, uid=made, calendar=calendar, start=span.start, end=span.end, **(words | what))
        )

    def events(self, calendar: str) -> list[BookEvent]:
        """What lives on that calendar."""
        return self.book.events(calendar)

    def delete(self, calendar: str, event_id: str) -> None:
        self.book.remove(calendar, event_id)

    def move(self, calendar: str, event_id: str, to: Span) -> None:
        event = self.book.get(calendar, event_id)
        assert event is not None
        self.book.put(replace(event, start=to.start, end=to.end))

    def mails(self, kind: str | None = None) -> list[Mail]:
        return [m for m in self.book.mails if kind in (None, m.kind)]

    def goes_wrong(self, act: Act, kind: str = "status", **what: Any) -> None:
        """The next `times` requests of that act suffer (`times=None`: all of them); kinds are those of `Fault`."""
        self.faults.add(service=self.provider, operation=self.operations[act], kind=kind, **what)

    def calls(self, act: Act) -> int:
        return len(self.traffic.calls(self.operations[act]))

    def request(self, calendar: str, span: Span, **what: Any) -> HoldRequest:
        told: dict[str, Any] = {
            "key": f"{TAG}|CHG-1042|{calendar}|{span.start.isoformat()}|{span.end.isoformat()}|1",
            "tag": TAG,
            "record": "CHG-1042",
            "title": "Hold: release review",
            "words": "Held by Readiness for CHG-1042 until 13:00 UTC. Ask Priya.",
            "expires_at": at(13),
        }
        return HoldRequest(calendar=calendar, span=span, **(told | what))

    def invite(self, *names: str, **what: Any) -> Invite:
        told: dict[str, Any] = {
            "key": f"{TAG}|CHG-1042|1",
            "tag": TAG,
            "record": "CHG-1042",
            "title": "Release-readiness review: CHG-1042",
            "text": "Owner: Priya\nRollback by 18:00 <UTC> & not later.",
            "span": between(10, 11),
            "time_zone": "Europe/Berlin",
            "invitees": tuple(Invitee(name=n.title(), email=f"{n}@example.com", role=n) for n in names),
        }
        return Invite(**(told | what))
