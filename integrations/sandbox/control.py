"""What the sandbox's page may ask of the world outside Slack: clock, calendars, pages, mails, what breaks, a fresh start."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.closing_story import ClosingStory
from integrations.sandbox.faults import Faults
from integrations.sandbox.mail import Mail, MailStandIn
from integrations.sandbox.pagerduty import Incident, PagerStandIn
from integrations.sandbox.presets import Switches

Json = dict[str, Any]

WAIT_SECONDS = 20.0
_LOOK_AGAIN = 0.1
_YEAR = 527_040  # in minutes
_KINDS = {"oof": "away", "workingElsewhere": "elsewhere"}


class UnclearError(Exception):
    """A control request that cannot be understood; the message says what is wrong with it."""


class Control:
    """The blueprint under /control, and /clock, from which a bot reads business time."""

    def __init__(
        self,
        book: CalendarBook,
        pager: PagerStandIn,
        mail: MailStandIn,
        closing: ClosingStory,
        faults: Faults,
        clock: SandboxClock,
        story: Json,
        reset: Callable[[], None],
    ) -> None:
        self._book, self._pager, self._mail, self._closing = book, pager, mail, closing
        self._faults, self._clock, self._story, self._reset = faults, clock, story, reset
        self.switches = Switches(faults)
        self.blueprint = Blueprint("control", __name__)
        self._route("/clock", self.time, "GET")
        self._route("/control/clock", self.time, "GET")
        self._route("/control/clock", self.move, "POST")
        self._route("/control/faults", self.switched, "GET")
        self._route("/control/faults", self.switch_on, "POST")
        self._route("/control/faults", self.switch_off, "DELETE")
        self._route("/control/calendars", self.calendars, "GET")
        self._route("/control/calendars/event", self.make_busy, "POST")
        self._route("/control/calendars/event", self.delete_event, "DELETE")
        self._route("/control/mails", self.mails, "GET")
        self._route("/control/paging", lambda: jsonify(self._paging()), "GET")
        self._route("/control/closing", lambda: jsonify(self._closing.state()), "GET")
        self._route("/control/closing", self.close, "POST")
        self._route("/control/story", lambda: jsonify(self._story), "GET")
        self._route("/control/reset", self.start_again, "POST")
        self.blueprint.register_error_handler(UnclearError, lambda wrong: (jsonify(error=str(wrong)), 400))

    def _route(self, path: str, view: Callable[[], Response], method: str) -> None:
        self.blueprint.add_url_rule(path, f"{method} {path}".replace(".", "-"), view, methods=[method])

    # -- the clock

    def time(self) -> Response:
        return jsonify(now=_shown(self._clock.now()), running=self._clock.running)

    def move(self) -> Response:
        """By `minutes`, or `set` to an instant; `running` starts and stops it."""
        asked = _body("minutes", "set", "running")
        running = asked.get("running", self._clock.running)
        if not isinstance(running, bool):
            raise UnclearError("`running` is true or false. The clock was not moved.")
        to = _instant(asked, "set") if "set" in asked else None
        self._clock.move(_minutes(asked))
        if to is not None or "running" in asked:
            self._clock.set(to or self._clock.now(), running)
        return self.time()

    # -- what breaks

    def switched(self) -> Response:
        return jsonify(presets=self.switches.shown(), faults=self._faults.shown())

    def switch_on(self) -> Response:
        """A `preset` by its id, or a `fault` word for word."""
        asked = _body("preset", "fault")
        if "fault" in asked:
            try:
                self._faults.add(**asked["fault"])
            except TypeError as wrong:
                raise UnclearError("`fault` has a field that no fault has, or lacks `service`.") from wrong
        elif not self.switches.on(str(asked.get("preset"))):
            raise UnclearError(f"There is no preset called {asked.get('preset')!r}. Nothing was changed.")
        return self.switched()

    def switch_off(self) -> Response:
        """One `preset`, one fault by `id`, or without either all of them."""
        asked = _body("preset", "id")
        if "preset" in asked:
            self.switches.off(str(asked["preset"]))
        elif "id" in asked:
            if not isinstance(asked["id"], int):
                raise UnclearError("`id` is the number of a fault. Nothing was changed.")
            self._faults.remove(asked["id"])
        else:
            self.switches.clear()
        return self.switched()

    # -- the calendars

    def calendars(self) -> Response:
        """All of them, titles too: this is the view from above, which no bot has; with them what the pager and
        the mail server received, for a browser has few lines to wait on. With `since` it waits for a change."""
        self._await_change(request.args.get("since", type=int), request.args.get("wait", WAIT_SECONDS, type=float))
        with self._book.lock:
            revision = self._revision()  # before the reading: what comes meanwhile is news for the next look
            people = [self._person(calendar) for calendar in self._book.calendars.values()]
            told = {"paging": self._paging(), "closing": self._closing.state()}
            return jsonify(revision=revision, people=people, mails=len(self._book.mails), **told)

    def _revision(self) -> int:
        return self._book.revision + self._pager.revision + self._mail.revision + self._closing.revision

    def _await_change(self, since: int | None, seconds: float) -> None:
        until = time.monotonic() + min(max(seconds, 0.0), WAIT_SECONDS)
        while since == self._revision() and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN)

    def _person(self, calendar: BookCalendar) -> Json:
        sharing = {"readable": calendar.readable, "writable": calendar.writable}
        events = [_event(event) for event in self._book.events(calendar.id)]
        who = {"id": calendar.id, "name": calendar.owner, "provider": calendar.provider}
        return {**who, "time_zone": calendar.time_zone, **sharing, "events": events}

    def make_busy(self) -> Response:
        """Somebody puts something into their own calendar."""
        asked = _body("calendar", "start", "end", "title")
        calendar = self._book.calendars.get(str(asked.get("calendar")))
        if calendar is None:
            raise UnclearError(f"Nobody has a calendar called {asked.get('calendar')!r}. Nothing was changed.")
        start, end = _instant(asked, "start"), _instant(asked, "end")
        if end <= start:
            raise UnclearError("The end must be after the start. Nothing was changed.")
        title = str(asked.get("title") or "Something came up")
        made = BookEvent(self._book.fresh_id("own"), calendar.id, start, end, title, organizer=calendar.mail)
        return jsonify(event=_event(self._book.put(made)))

    def delete_event(self) -> Response:
        """A person deletes an event from their calendar, a hold too: that is their right."""
        asked = _body("calendar", "id")
        calendar, event_id = str(asked.get("calendar")), str(asked.get("id"))
        event = self._book.get(calendar, event_id)
        if event is None or event.cancelled:
            raise UnclearError("That event is not there any more. Nothing was changed.")
        self._book.remove(calendar, event_id)
        return jsonify(deleted=event_id)

    def mails(self) -> Response:
        """What the calendar services wrote to people, in order."""
        with self._book.lock:
            return jsonify(
                mails=[{"to": m.to, "kind": m.kind, "uid": m.uid, "title": m.title} for m in self._book.mails]
            )

    # -- pages and mails

    def _paging(self) -> Json:
        """What the people on call and the readers of mails were told, newest first."""
        incidents = [_incident(incident) for incident in reversed(self._pager.incidents())]
        return {"incidents": incidents, "mails": [_mail(mail) for mail in reversed(self._mail.mails())]}

    # -- the second story

    def close(self) -> Response:
        """One deed of those who own record, board and archive."""
        name, deeds = str(_body("do").get("do")), self._closing.deeds()
        if name not in deeds:
            raise UnclearError(f"Nobody does {name!r} here. Known: {', '.join(deeds)}. Nothing was changed.")
        deeds[name]()
        return jsonify(self._closing.state())

    # -- a fresh start

    def start_again(self) -> Response:
        self._reset()
        return self.time()


def _event(event: BookEvent) -> Json:
    said: Json = {
        "id": event.id,
        "start": _shown(event.start),
        "end": _shown(event.end),
        "kind": _kind(event),
    }
    said |= {"title": event.title, "place": event.place}
    if said["kind"] in ("hold", "invite"):
        said |= {"text": event.text, "attendees": [f"{mail} ({answer})" for mail, answer in event.attendees]}
    return said


def _incident(incident: Incident) -> Json:
    said = {name: getattr(incident, name) for name in ("key", "state", "summary", "source", "severity", "events")}
    return said | {"links": list(incident.links), "at": _shown(incident.at), "changed": _shown(incident.changed)}


def _mail(mail: Mail) -> Json:
    said = {"id": mail.message_id, "from": mail.sender, "to": list(mail.to), "subject": mail.subject}
    return said | {"text": mail.text, "at": _shown(mail.at), "copies": mail.copies}


def _kind(event: BookEvent) -> str:
    """With attendees it is an invite; private properties are how programs know their own holds again."""
    if event.attendees:
        return "invite"
    return "hold" if event.tags else _KINDS.get(event.show_as, event.show_as)


def _shown(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _body(*known: str) -> Json:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise UnclearError("The request's body must be a JSON object. Nothing was changed.")
    strange = sorted(set(asked) - set(known))
    if strange:
        raise UnclearError(f"Unknown: {', '.join(strange)}. Known: {', '.join(known)}. Nothing was changed.")
    return asked


def _minutes(asked: Json) -> timedelta:
    minutes = asked.get("minutes", 0)
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or not 0 <= minutes <= _YEAR:
        raise UnclearError(f"`minutes` is a number from 0 to {_YEAR} (a year). The clock was not moved.")
    return timedelta(minutes=minutes)


def _instant(asked: Json, key: str) -> datetime:
    try:
        instant = datetime.fromisoformat(str(asked.get(key)))
    except ValueError as wrong:
        raise UnclearError(f"`{key}` must be an instant like 2026-12-01T15:30:00Z. Nothing was changed.") from wrong
    if instant.tzinfo is None:
        raise UnclearError(f"`{key}` must say its offset, like 2026-12-01T15:30:00Z. Nothing was changed.")
    return instant.astimezone(UTC)
