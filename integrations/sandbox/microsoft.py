"""The Microsoft stand-in: login and calendars of Microsoft Graph as one HTTP application, by its rules."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import flask

from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.microsoft_events import Refused, changed, etag, shown, zone_named
from integrations.sandbox.microsoft_gate import Gate
from integrations.sandbox.microsoft_login import (
    READER,
    TENANT,
    WRITER,
    Application,
    LoginDesk,
    Tokens,
    registered,
)
from integrations.sandbox.microsoft_schedule import asked, found, schedule
from integrations.sandbox.serving import Traffic

_BASIC = frozenset({"Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"})
_READ = frozenset({"Calendars.Read", "Calendars.ReadWrite"})
_WRITE = frozenset({"Calendars.ReadWrite"})
_TEXT = r"'((?:[^']|'')*)'"
_BY_PROPERTY = re.compile(
    rf"singleValueExtendedProperties/Any\(ep: ?ep/id eq {_TEXT} and ep/value eq {_TEXT}\)", re.IGNORECASE
)
_EXPANDED = re.compile(rf"id eq {_TEXT}")


class Graph:
    """The calendar paths. `zone_imposed` answers in that zone whatever was asked, as some national clouds do;
    `items_cut` cuts items to the question, which Microsoft neither promises nor rules out."""

    def __init__(self, book: CalendarBook, faults: Faults, clock: SandboxClock, gate: Gate) -> None:
        self.book, self.faults, self.clock, self.gate = book, faults, clock, gate
        self.zone_imposed: str | None = None
        self.items_cut = False

    def open(self, app: flask.Flask) -> None:
        app.add_url_rule("/v1.0/users/<user>/calendar/getSchedule", view_func=self.get_schedule, methods=["POST"])
        for kind, root in (
            ("own", "/v1.0/users/<user>/events"),
            ("main", "/v1.0/users/<user>/calendar/events"),
        ):
            for verb, path, view in (
                ("POST", root, self.create),
                ("GET", root, self.listing),
                ("GET", f"{root}/<event_id>", self.get),
                ("PATCH", f"{root}/<event_id>", self.update),
                ("DELETE", f"{root}/<event_id>", self.delete),
                ("POST", f"{root}/<event_id>/cancel", self.cancel),
            ):
                app.add_url_rule(path, f"{kind}-{view.__name__}", view, methods=[verb])

    # What the caller prefers.

    def _zone(self) -> str:
        preferred = re.search(r'outlook\.timezone="([^"]+)"', flask.request.headers.get("Prefer", ""))
        name = self.zone_imposed or (preferred.group(1) if preferred else "UTC")
        zone_named(name)
        return name

    def _immutable(self) -> bool:
        return 'IdType="ImmutableId"' in flask.request.headers.get("Prefer", "")

    def _mailbox(self, user: str) -> BookCalendar:
        calendar = found(self.book, user)
        if calendar is None:
            raise Refused(404, "ErrorInvalidUser", f"The requested user '{user}' is invalid.")
        return calendar

    def _writable(self, user: str) -> BookCalendar:
        calendar = self._mailbox(user)
        if not calendar.writable:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return calendar

    def _event(self, calendar: BookCalendar, event_id: str, condition: bool = False) -> BookEvent:
        event = self.book.get(calendar.id, event_id.removesuffix("-by-folder"))
        if event is None or event.cancelled:
            raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        if condition and flask.request.headers.get("If-Match", etag(event)) not in ("*", etag(event)):
            raise Refused(412, "ErrorIrresolvableConflict", "The change key does not match the current one.")
        return event

    def _shown(self, event: BookEvent, calendar: BookCalendar) -> dict[str, Any]:
        """Only what `$select` names, and the extended properties that `$expand` names."""
        whole = shown(event, calendar, self._zone(), self._immutable())
        if select := flask.request.args.get("$select"):
            whole = {k: v for k, v in whole.items() if k in {"@odata.etag", "id", *select.split(",")}}
        expand = flask.request.args.get("$expand", "")
        if expand.startswith("singleValueExtendedProperties"):
            named = {name.replace("''", "'") for name in _EXPANDED.findall(expand)}
            present = [{"id": name, "value": value} for name, value in event.tags if name in named]
            if present:
                whole["singleValueExtendedProperties"] = present
        return whole

    # The deeds.

    def get_schedule(self, user: str) -> flask.Response:
        body = _body()
        names = body.get("schedules", body.get("Schedules"))
        target = " ".join(map(str, names)) if isinstance(names, list) else user
        return self.gate.answer("getSchedule", user, _BASIC, lambda: self._schedules(user, body), target)

    def _schedules(self, user: str, body: dict[str, Any]) -> flask.Response:
        self._mailbox(user)
        names, start, end, minutes = asked(body)

        def broken(calendar: str) -> Fault | None:
            return self.faults.take("microsoft", "getSchedule", calendar, ("calendar_error",))

        zone = self._zone()
        told = [schedule(self.book, n, start, end, minutes, zone, broken, self.items_cut) for n in names]
        return flask.jsonify(value=[each for each in told if each is not None])

    def create(self, user: str) -> flask.Response:
        return self.gate.answer("events.create", user, _WRITE, lambda: self._created(user, _body()))

    def _created(self, user: str, body: dict[str, Any]) -> flask.Response:
        calendar, transaction = self._writable(user), body.get("transactionId")
        print_of = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        with self.book.lock:
            used = [e for e in self.book.events(calendar.id, live=False) if e.raw.get("transactionId") == transaction]
            if transaction and used:
                return self._again(used[0], calendar, print_of)
            event = self.book.put(self._fresh(calendar, body, print_of))
            if event.attendees:
                self.book.deliver(event, "request")
        return _made(self._shown(event, calendar))

    def _again(self, event: BookEvent, calendar: BookCalendar, print_of: str) -> flask.Response:
        """A transaction that was seen before: the same create is discarded, anything else is refused."""
        if event.cancelled or event.raw.get("print") != print_of:
            raise Refused(
                409,
                "ErrorDuplicateTransactionId",
                "The transactionId has already been used to create a different event.",
            )
        return _made(self._shown(event, calendar))

    def _fresh(self, calendar: BookCalendar, body: dict[str, Any], print_of: str) -> BookEvent:
        if "start" not in body or "end" not in body:
            raise Refused(400, "ErrorInvalidRequest", "A start and an end are needed.")
        now, name = self.clock.now(), self.book.fresh_id("AAkALg")
        blank = BookEvent(name, calendar.id, now, now, organizer=calendar.mail, uid=f"040000008200E00{name}")
        event = changed(blank, body)
        raw = {**event.raw, "transactionId": body.get("transactionId"), "print": print_of}
        if body.get("isOnlineMeeting"):
            raw["joinUrl"] = f"https://meet.example.com/l/meetup-join/{name}"
        return replace(event, raw=raw)

    def listing(self, user: str) -> flask.Response:
        asks_extensions = "singleValueExtendedProperties" in flask.request.query_string.decode()
        needs = _READ if asks_extensions else _BASIC
        return self.gate.answer("events.list", user, needs, lambda: self._listed(user))

    def _listed(self, user: str) -> flask.Response:
        calendar, query = self._mailbox(user), flask.request.args
        events = self._matching(calendar, query.get("$filter"))
        top, skip = int(query.get("$top", 10)), int(query.get("$skip", 0))
        if not 1 <= top <= 1000:
            raise Refused(400, "ErrorInvalidUrlQuery", "$top must be 1 to 1000.")
        page: dict[str, Any] = {"value": [self._shown(e, calendar) for e in events[skip : skip + top]]}
        if len(events) > skip + top:
            rest = urllib.parse.urlencode({**query.to_dict(), "$skip": skip + top})
            page["@odata.nextLink"] = f"{flask.request.base_url}?{rest}"
        return flask.jsonify(page)

    def _matching(self, calendar: BookCalendar, condition: str | None) -> list[BookEvent]:
        events = self.book.events(calendar.id)
        if condition is None:
            return events
        read = _BY_PROPERTY.fullmatch(condition)
        if read is None:
            raise Refused(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
        name, value = (text.replace("''", "'") for text in read.groups())
        return [e for e in events if dict(e.tags).get(name, "\0").lower() == value.lower()]

    def get(self, user: str, event_id: str) -> flask.Response:
        needs = _READ if "$expand" in flask.request.args else _BASIC

        def read() -> flask.Response:
            calendar = self._mailbox(user)
            return flask.jsonify(self._shown(self._event(calendar, event_id), calendar))

        return self.gate.answer("events.get", user, needs, read)

    def update(self, user: str, event_id: str) -> flask.Response:
        def change() -> flask.Response:
            calendar = self._writable(user)
            with self.book.lock:
                event = self.book.put(changed(self._event(calendar, event_id, condition=True), _body()))
                if event.attendees and event.organizer == calendar.mail:
                    self.book.deliver(event, "update")
            return flask.jsonify(self._shown(event, calendar))

        return self.gate.answer("events.update", user, _WRITE, change)

    def delete(self, user: str, event_id: str) -> flask.Response:
        def remove() -> flask.Response:
            calendar = self._writable(user)
            with self.book.lock:
                event = self._event(calendar, event_id, condition=True)
                self.book.remove(calendar.id, event.id)
                if event.attendees and event.organizer == calendar.mail:
                    self.book.deliver(event, "cancel")
            return flask.Response(status=204)

        return self.gate.answer("events.delete", user, _WRITE, remove)

    def cancel(self, user: str, event_id: str) -> flask.Response:
        def withdraw() -> flask.Response:
            calendar = self._writable(user)
            with self.book.lock:
                event = self._event(calendar, event_id)
                if event.organizer != calendar.mail or not event.attendees:
                    raise Refused(400, "ErrorInvalidRequest", "You need to be an organizer to cancel a meeting.")
                self.book.remove(calendar.id, event.id)
                self.book.deliver(event, "cancel")
            return flask.Response(status=202)

        return self.gate.answer("events.cancel", user, _WRITE, withdraw)


def _body() -> dict[str, Any]:
    body = flask.request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _made(event: dict[str, Any]) -> flask.Response:
    answer = flask.jsonify(event)
    answer.status_code = 201
    return answer


def microsoft_app(
    book: CalendarBook,
    faults: Faults,
    clock: SandboxClock,
    *,
    applications: Iterable[Application] = (READER, WRITER),
    tenant: str = TENANT,
) -> flask.Flask:
    """Login and Graph in one application: MICROSOFT_LOGIN_URL and MICROSOFT_GRAPH_URL may both be its address.

    `app.extensions`: `traffic` (every call, `GraphCall`s), `tokens` (`revoke()`), `graph` (`zone_imposed`, `items_cut`)."""
    app = flask.Flask("microsoft-sandbox")
    tokens, traffic = Tokens(), Traffic()
    graph = Graph(book, faults, clock, Gate(faults, clock, tokens, traffic))
    LoginDesk(tokens, registered(applications), tenant, faults, clock, traffic).open(app)
    graph.open(app)
    app.extensions.update(traffic=traffic, tokens=tokens, graph=graph)
    return app
