"""Everybody's calendars in the sandbox: the events that the Google and Microsoft stand-ins serve and the page shows."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class BookCalendar:
    """One calendar. `readable`/`writable` are the owner's sharing; `mail` is the owner's address."""

    id: str  # as the provider knows it: an address
    provider: str  # google | microsoft
    owner: str
    mail: str
    time_zone: str
    readable: bool = True
    writable: bool = True


@dataclass(frozen=True)
class BookEvent:
    """One event. `show_as`: free | tentative | busy | oof | workingElsewhere. `tags` are private properties, `raw` what
    the stand-in must give back word for word. `cancelled` events stay: their ids are burned."""

    id: str
    calendar: str
    start: datetime
    end: datetime
    title: str = ""
    place: str = ""
    text: str = ""
    show_as: str = "busy"
    private: bool = False
    organizer: str = ""
    attendees: tuple[tuple[str, str], ...] = ()  # (mail, accepted|declined|tentative|needsAction)
    uid: str = ""  # the same on every attendee's copy
    tags: tuple[tuple[str, str], ...] = ()
    cancelled: bool = False
    version: int = 1
    raw: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class Mail:
    """One message that a calendar service sent to a human: kind is request | update | cancel."""

    to: str
    kind: str
    uid: str
    title: str


class CalendarBook:
    """Thread-safe. `revision` grows with every change, so that the page knows when to look again."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.calendars: dict[str, BookCalendar] = {}
        self._events: dict[tuple[str, str], BookEvent] = {}
        self.mails: list[Mail] = []
        self.revision = 0
        self._ids = itertools.count(1)

    def add_calendar(self, calendar: BookCalendar) -> None:
        with self.lock:
            self.calendars[calendar.id] = calendar
            self.revision += 1

    def fresh_id(self, prefix: str) -> str:
        with self.lock:
            return f"{prefix}{next(self._ids):08d}"

    def put(self, event: BookEvent) -> BookEvent:
        """Insert or replace; the version grows on replacement."""
        with self.lock:
            before = self._events.get((event.calendar, event.id))
            kept = replace(event, version=before.version + 1) if before else event
            self._events[event.calendar, event.id] = kept
            self.revision += 1
            return kept

    def get(self, calendar: str, event_id: str) -> BookEvent | None:
        with self.lock:
            return self._events.get((calendar, event_id))

    def remove(self, calendar: str, event_id: str) -> None:
        """Cancelled events stay, so that their ids are burned."""
        with self.lock:
            event = self._events.get((calendar, event_id))
            if event:
                self.put(replace(event, cancelled=True))

    def events(self, calendar: str, live: bool = True) -> list[BookEvent]:
        with self.lock:
            found = [e for (c, _), e in self._events.items() if c == calendar and not (live and e.cancelled)]
            return sorted(found, key=lambda e: (e.start, e.id))

    def by_mail(self, mail: str) -> BookCalendar | None:
        with self.lock:
            return next((c for c in self.calendars.values() if c.mail.lower() == mail.lower()), None)

    def deliver(self, event: BookEvent, kind: str, mailed: bool = True) -> None:
        """An organiser's event with attendees reaches their calendars and their mail: request, update or cancel.
        Private properties stay behind; `mailed=False` leaves the mail out (Google's `sendUpdates=none`)."""
        with self.lock:
            for mail, response in event.attendees:
                if mail.lower() == event.organizer.lower():
                    continue
                if mailed:
                    self.mails.append(Mail(mail, kind, event.uid, event.title))
                calendar = self.by_mail(mail)
                if calendar is None or calendar.id == event.calendar:
                    continue
                if kind == "cancel":
                    self.remove(calendar.id, event.uid)
                else:
                    shown = _shown(response)
                    copy = replace(event, id=event.uid, calendar=calendar.id, show_as=shown, tags=(), version=1, raw={})
                    self.put(copy)

    def respond(self, uid: str, mail: str, response: str) -> None:
        """An attendee answers (accepted | declined | tentative): every copy knows, their own shows it."""
        with self.lock:
            for event in [e for e in self._events.values() if e.uid == uid and not e.cancelled]:
                replies = tuple((m, response if m.lower() == mail.lower() else r) for m, r in event.attendees)
                calendar = self.calendars.get(event.calendar)
                theirs = calendar is not None and calendar.mail.lower() == mail.lower()
                self.put(replace(event, attendees=replies, show_as=_shown(response) if theirs else event.show_as))

    def clear(self) -> None:
        with self.lock:
            self.calendars.clear()
            self._events.clear()
            self.mails.clear()
            self.revision += 1


def _shown(response: str) -> str:
    """How an invitation stands in the attendee's own calendar."""
    return {"accepted": "busy", "declined": "free"}.get(response, "tentative")
