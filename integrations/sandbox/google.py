"""A stand-in for Google Calendar: the same addresses, rules and errors, over the sandbox's book of calendars."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import flask

from integrations.sandbox import google_events as events
from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.google_access import (
    NOT_FOUND,
    GoogleAccount,
    GoogleError,
    Token,
    Tokens,
    calendar_for,
    claims_of,
    refuse,
)
from integrations.sandbox.google_answers import answered
from integrations.sandbox.google_events import instant, shown
from integrations.sandbox.serving import Call, Traffic, suffer

BASE = "/calendar/v3"
_MOST_CALENDARS = 50
_LONGEST = timedelta(days=90)
_EVENTS = f"{BASE}/calendars/<calendar>/events"


def google_app(
    book: CalendarBook,
    faults: Faults,
    clock: SandboxClock,
    accounts: Sequence[GoogleAccount] = (),
    conference_reads: int = 1,
) -> flask.Flask:
    """Google Calendar below `/calendar/v3/`, tokens at `/token`. `conference_reads` is how often an event must be read
    before its meeting link is there. `extensions["traffic"]` notes the calls, `["tokens"]` knows the tokens."""
    google = _Google(book, faults, clock, Tokens(book, tuple(accounts)), conference_reads)
    app = flask.Flask(__name__, static_folder=None)
    app.extensions |= {"traffic": google.traffic, "tokens": google.tokens}
    app.add_url_rule("/token", "token", google.token, methods=["POST"])
    for method, path, operation, act in (
        ("POST", f"{BASE}/freeBusy", "freeBusy.query", google.free_busy),
        ("POST", _EVENTS, "events.insert", google.insert),
        ("GET", _EVENTS, "events.list", google.list),
        ("GET", f"{_EVENTS}/<event>", "events.get", google.get),
        ("PATCH", f"{_EVENTS}/<event>", "events.patch", google.patch),
        ("PUT", f"{_EVENTS}/<event>", "events.update", google.update),
        ("DELETE", f"{_EVENTS}/<event>", "events.delete", google.delete),
    ):
        app.add_url_rule(path, operation, google.view(operation, act), methods=[method])
    return app


class _Google:
    """The service itself: one method for each thing that can be asked."""

    def __init__(
        self, book: CalendarBook, faults: Faults, clock: SandboxClock, tokens: Tokens, conference_reads: int
    ) -> None:
        self.book, self.faults, self.clock, self.tokens = book, faults, clock, tokens
        self.traffic = Traffic()
        self._conference_reads = conference_reads
        self._reads: dict[str, int] = {}
        self._lock = threading.Lock()

    def token(self) -> flask.Response:
        form = flask.request.form.to_dict()
        claims = claims_of(form.get("assertion", "")) or {}
        bearer = str(claims.get("sub") or claims.get("iss") or "")

        def act() -> flask.Response:
            status, body = self.tokens.issue(form)
            return answered(body, status)

        self.traffic.note(Call("token", bearer, self.clock.now(), {"scope": str(claims.get("scope", ""))}))
        return suffer(self.faults, "google", "token", bearer, refuse, act)

    def view(self, operation: str, act: Callable[..., flask.Response]) -> Callable[..., flask.Response]:
        """The address's answer: noted, spoiled by the fault switches, held to token and scopes."""

        def answer(**ids: str) -> flask.Response:
            body = flask.request.get_json(silent=True)
            target = ids.get("calendar") or ",".join(_items(body))
            self.traffic.note(Call(operation, target, self.clock.now(), flask.request.args.to_dict(), body))

            def permitted() -> flask.Response:
                try:
                    token = self.tokens.of(flask.request.headers.get("Authorization", ""), operation)
                    return act(token, body, **ids)
                except GoogleError as refused:
                    return refused.answer()

            return suffer(self.faults, "google", operation, target, refuse, permitted)

        return answer

    def free_busy(self, token: Token, body: Any) -> flask.Response:
        if not isinstance(body, dict):
            raise GoogleError(400, "parseError", "Parse Error")
        start, end = instant(body.get("timeMin", "")), instant(body.get("timeMax", ""))
        most = _number(body.get("calendarExpansionMax"), _MOST_CALENDARS)
        if most > _MOST_CALENDARS:
            raise GoogleError(400, "invalid", "Invalid value for: calendarExpansionMax")
        if end <= start:
            raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar")
        if end - start > _LONGEST:
            raise GoogleError(400, "timeRangeTooLong", "The requested time range is too long.", "calendar")
        told = {}
        for number, item in enumerate(_items(body)):
            calendar = _error("tooManyCalendarsRequested") if number >= most else self._taken(token, item, start, end)
            if calendar is not None:
                told[item] = calendar
        answer = {
            "kind": "calendar#freeBusy",
            "timeMin": shown(start),
            "timeMax": shown(end),
            "calendars": told,
        }
        return answered(answer)

    def _taken(self, token: Token, item: str, start: datetime, end: datetime) -> dict[str, Any] | None:
        fault = self.faults.take("google", "freeBusy.query", item, ("calendar_error",))
        if fault:
            odd = {"missing": None, "malformed": {"busy": [{"start": shown(start)}]}}
            return odd[fault.word] if fault.word in odd else _error(fault.word or "internalError")
        calendar = self.book.calendars.get(item)
        owned = calendar is not None and calendar.mail == token.subject
        if calendar is None or calendar.provider != "google" or not (calendar.readable or owned):
            return _error("notFound")
        busy = [
            (max(e.start, start), min(e.end, end))
            for e in self.book.events(calendar.id)
            if e.show_as not in ("free", "workingElsewhere") and max(e.start, start) < min(e.end, end)
        ]
        return {"busy": [{"start": shown(s), "end": shown(e)} for s, e in _coalesced(busy)]}

    def insert(self, token: Token, body: Any, calendar: str) -> flask.Response:
        there = calendar_for(self.book, token, calendar, write=True)
        body = _event_body(body)
        if "id" in body:
            events.new_id(body["id"])
            if "iCalUID" in body:
                raise GoogleError(400, "invalid", "Supply id or iCalUID, not both.")
        made = body.get("id") or hashlib.sha256(self.book.fresh_id("google").encode()).hexdigest()[:26]
        now = self.clock.now()
        blank = BookEvent(id=made, uid=made, calendar=there.id, start=now, end=now, organizer=there.mail)
        wanted = events.with_conference(
            events.read(body, blank, there), flask.request.args.get("conferenceDataVersion")
        )
        _may_invite(token, wanted)
        with self.book.lock:
            if self.book.get(there.id, made):
                raise GoogleError(409, "duplicate", "The requested identifier already exists.")
            event = self.book.put(wanted)
            self._tell(event, "request")
        return self._shown(event, there)

    def get(self, token: Token, _body: Any, calendar: str, event: str) -> flask.Response:
        there = calendar_for(self.book, token, calendar, write=False)
        with self.book.lock:
            found = self._event(there, event)
            if events.pending(found):
                found = self._conference(found)
        return self._shown(found, there)

    def _conference(self, event: BookEvent) -> BookEvent:
        with self._lock:
            self._reads[event.id] = self._reads.get(event.id, 0) + 1
            if self._reads[event.id] < self._conference_reads:
                return event
        return self.book.put(events.conference_made(event))

    def list(self, token: Token, _body: Any, calendar: str) -> flask.Response:
        there = calendar_for(self.book, token, calendar, write=False)
        args = flask.request.args
        wanted = [tuple(p.split("=", 1)) for p in args.getlist("privateExtendedProperty")]
        found = [
            e
            for e in self.book.events(there.id, live=args.get("showDeleted") != "true")
            # Repeated constraints are OR-ed, as the guide says (the reference says otherwise).
            if (not wanted or set(wanted) & set(e.tags)) and _meets(e, args.get("timeMin"), args.get("timeMax"))
        ]
        first, most = _number(args.get("pageToken"), 0), min(_number(args.get("maxResults"), 250), 2500)
        page = found[first : first + most]
        answer: dict[str, Any] = {
            "kind": "calendar#events",
            "etag": f'"{self.book.revision}"',
            "summary": there.owner,
            "updated": shown(self.clock.now()),
            "timeZone": there.time_zone,
            "accessRole": "owner",
            "defaultReminders": [],
            "items": [events.resource(e, there, self.clock.now()) for e in page],
        }
        if first + most < len(found):
            answer["nextPageToken"] = str(first + most)
        return answered(answer)

    def patch(self, token: Token, body: Any, calendar: str, event: str) -> flask.Response:
        return self._change(token, calendar, event, lambda before: events.merged(before, _event_body(body)))

    def update(self, token: Token, body: Any, calendar: str, event: str) -> flask.Response:
        return self._change(token, calendar, event, lambda _before: _event_body(body))

    def _change(
        self, token: Token, calendar: str, event: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> flask.Response:
        there = calendar_for(self.book, token, calendar, write=True)
        with self.book.lock:
            before = self._event(there, event)
            _if_match(before)
            if before.cancelled:
                raise GoogleError(403, "forbidden", "Forbidden")
            body = change(events.resource(before, there, self.clock.now()))
            wanted = events.with_conference(
                events.read(body, before, there), flask.request.args.get("conferenceDataVersion", "1")
            )
            _may_invite(token, wanted)
            after = self.book.put(wanted)
            left = tuple(a for a in before.attendees if a[0] not in dict(after.attendees))
            self._tell(replace(after, attendees=left), "cancel")
            self._tell(after, "update")
        return self._shown(after, there)

    def delete(self, token: Token, _body: Any, calendar: str, event: str) -> flask.Response:
        there = calendar_for(self.book, token, calendar, write=True)
        with self.book.lock:
            found = self._event(there, event)
            if found.cancelled:
                raise GoogleError(410, "deleted", "Resource has been deleted")
            _if_match(found)
            self.book.remove(there.id, found.id)
            self._tell(found, "cancel")
        return flask.Response(status=204)

    def _event(self, calendar: BookCalendar, event: str) -> BookEvent:
        found = self.book.get(calendar.id, event)
        if found is None:
            raise GoogleError(*NOT_FOUND)
        return found

    def _tell(self, event: BookEvent, kind: str) -> None:
        """Attendees' calendars always follow; their mail only with `sendUpdates=all` (its default is none)."""
        told = flask.request.args.get("sendUpdates", "none")
        if told not in ("all", "none"):
            raise GoogleError(400, "invalid", f"Invalid value for sendUpdates in the sandbox: {told}")
        if event.attendees:
            self.book.deliver(event, kind, mailed=told == "all")

    def _shown(self, event: BookEvent, calendar: BookCalendar) -> flask.Response:
        return answered(events.resource(event, calendar, self.clock.now()))


def _items(body: Any) -> list[str]:
    items = body.get("items") if isinstance(body, dict) else None
    return [str(i["id"]) for i in items or () if isinstance(i, dict) and "id" in i]


def _number(said: Any, otherwise: int) -> int:
    if said is None:
        return otherwise
    if not str(said).isdecimal():
        raise GoogleError(400, "invalidParameter", "Invalid integer value.")
    return int(str(said))


def _error(reason: str) -> dict[str, Any]:
    """A calendar that could not be read, inside an answer that is otherwise well."""
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


def _coalesced(busy: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    blocks: list[tuple[datetime, datetime]] = []
    for start, end in sorted(busy):
        if blocks and start <= blocks[-1][1]:
            blocks[-1] = (blocks[-1][0], max(end, blocks[-1][1]))
        else:
            blocks.append((start, end))
    return blocks


def _event_body(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise GoogleError(400, "parseError", "Parse Error")
    return body


def _may_invite(token: Token, event: BookEvent) -> None:
    if event.attendees and token.subject is None:
        words = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
        raise GoogleError(403, "forbiddenForServiceAccounts", words, "calendar")


def _if_match(event: BookEvent) -> None:
    wanted = flask.request.headers.get("If-Match")
    if wanted not in (None, "*", events.etag(event)):
        raise GoogleError(412, "conditionNotMet", "Precondition Failed")


def _meets(event: BookEvent, after: str | None, before: str | None) -> bool:
    return (after is None or event.end > instant(after)) and (before is None or event.start < instant(before))
