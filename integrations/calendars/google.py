"""Google Calendar: free-busy through one small right, holds through another, and the truth under our own hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.people import Availability
from bot.core.span import Span
from bot.ports import (
    Capabilities,
    Conflict,
    Denied,
    Failure,
    FoundHold,
    Gone,
    HoldRequest,
    PlacedHold,
    Throttled,
    Unreachable,
)
from integrations.calendars.google_availability import read_all
from integrations.calendars.google_events import (
    HOLD_FIELDS,
    event_id,
    found,
    generation_of,
    hold_body,
    kept_in,
    key_digest,
    live,
    placed,
)
from integrations.calendars.google_failures import SERVICE
from integrations.calendars.google_invitations import GoogleInvitations
from integrations.calendars.google_wire import EVENTS, EVENTS_OWNED, FREEBUSY, Checked, GoogleIdentity, Wire

__all__ = ["Checked", "GoogleCalendar", "GoogleIdentity", "GoogleInvitations"]

_GENERATIONS = 16  # how often one hold may be deleted by humans and placed again
_PAGE = 2500  # the most events that Google lists at once
_LOOKS = 4  # how often a lift is tried against somebody who edits the hold at the same time


class GoogleCalendar:
    """`bot.ports.Calendar`. Without a `writer` nothing is ever written. `api_url` stands in for
    `https://www.googleapis.com/calendar/v3/`; `timeout` is seconds for each answer, `pool` the most calls at once."""

    provider = "google"

    def __init__(
        self,
        reader: GoogleIdentity,
        writer: GoogleIdentity | None = None,
        *,
        api_url: str | None = None,
        timeout: float = 10.0,
        pool: int = 8,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._reader = Wire(reader, FREEBUSY, api_url=api_url, timeout=timeout, sleep=sleep)
        self._writer: Wire | None = None
        if writer is not None:
            scope = EVENTS if writer.subject else EVENTS_OWNED
            self._writer = Wire(writer, scope, api_url=api_url, timeout=timeout, sleep=sleep)
        self._pool = ThreadPoolExecutor(pool, thread_name_prefix="google-free-busy")
        self.can = Capabilities(
            writable=writer is not None, under_hold="lift" if writer else "none", tells_tentative=False
        )

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for wire in (self._reader, self._writer):
            if wire:
                wire.close()

    def free_busy(self, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        return read_all(calendars, span, self._query, self._pool)

    def _query(self, body: dict[str, Any]) -> Any:
        subject = self._reader.identity.subject
        return self._reader.ask(subject, lambda google: google.freebusy().query(body=body))

    def place(self, request: HoldRequest) -> PlacedHold:
        for generation in range(request.generation, request.generation + _GENERATIONS):
            event = self._written(request, generation)
            if live(event):
                return placed(event, request.calendar, request.key, generation)
        raise Conflict(f"This hold was deleted {_GENERATIONS} times; it is not placed again.", service=SERVICE)

    def _written(self, request: HoldRequest, generation: int) -> Any:
        """Insert, then read again. Asking again is safe: the id is the same, and one that exists is refused."""
        body, calendar = hold_body(request, generation), request.calendar
        lost: Unreachable | None = None
        try:
            self._insert(calendar, body)
        except Conflict:
            pass  # it is there already: an earlier try of ours, or one that was deleted
        except Unreachable as failure:
            lost = failure
        try:
            return self._read(calendar, body["id"])
        except Gone:
            raise lost or Unreachable("The hold was written but cannot be read yet.", service=SERVICE) from None

    def _insert(self, calendar: str, body: dict[str, Any]) -> None:
        self._write(
            calendar,
            lambda google: google.events().insert(
                calendarId=calendar, body=body, sendUpdates="none", fields=HOLD_FIELDS
            ),
        )

    def look_up(self, request: HoldRequest) -> PlacedHold | None:
        for generation in range(request.generation, request.generation + _GENERATIONS):
            try:
                event = self._read(request.calendar, event_id(request.key, generation))
            except Gone:
                break
            if live(event):
                return placed(event, request.calendar, request.key, generation)
        return self._looked_up_by_digest(request)

    def _looked_up_by_digest(self, request: HoldRequest) -> PlacedHold | None:
        """Under another generation than was thought: by the property that all of them carry."""
        events = self._list(request.calendar, f"rrHold={key_digest(request.key)}")
        ours = [e for e in events if kept_in(e).get("rrKey") == request.key]
        latest = max(ours, key=generation_of, default=None)
        return placed(latest, request.calendar, request.key, generation_of(latest)) if latest else None

    def let_go(self, hold: PlacedHold) -> None:
        try:
            self._write(
                hold.calendar,
                lambda google: google.events().delete(
                    calendarId=hold.calendar, eventId=hold.event_id, sendUpdates="none"
                ),
            )
        except Gone:
            return

    def still_there(self, hold: PlacedHold) -> PlacedHold | None:
        try:
            event = self._read(hold.calendar, hold.event_id)
        except Gone:
            return None
        return placed(event, hold.calendar, hold.key, hold.generation) if live(event) else None

    def lift(self, hold: PlacedHold) -> PlacedHold:
        return self._turned(hold, lifted=True)

    def put_back(self, hold: PlacedHold) -> PlacedHold:
        return self._turned(hold, lifted=False)

    def _turned(self, hold: PlacedHold, lifted: bool) -> PlacedHold:
        """Read, change on condition that nobody else did, and look again when that failed or its answer was lost."""
        failure: Failure = Conflict("Somebody keeps changing this hold.", service=SERVICE)
        for attempt in range(_LOOKS):
            now = self.still_there(hold)
            if now is None:
                raise Gone("The hold is not in the calendar any more.", service=SERVICE)
            if now.lifted == lifted:
                return now
            try:
                return self._patched(now, {"transparency": "transparent" if lifted else "opaque"})
            except (Conflict, Unreachable, Throttled) as failed:
                failure = failed
            self._wire().pause(min(getattr(failure, "retry_after", 0.25 * 2**attempt), 10.0))
        raise failure

    def _patched(self, hold: PlacedHold, change: dict[str, Any]) -> PlacedHold:
        def ask(google: Any) -> Any:
            request = google.events().patch(
                calendarId=hold.calendar,
                eventId=hold.event_id,
                body=change,
                sendUpdates="none",
                fields=HOLD_FIELDS,
            )
            request.headers["If-Match"] = hold.etag
            return request

        event = self._wire().once(self._subject(hold.calendar), ask)
        return placed(event, hold.calendar, hold.key, hold.generation)

    def under(self, hold: PlacedHold) -> Availability:
        if not hold.lifted:
            return Availability(unknown=(hold.span,))
        return self.free_busy([hold.calendar], hold.span)[hold.calendar]

    def holds(self, calendar: str, tag: str) -> Sequence[FoundHold]:
        events = self._list(calendar, f"rrTag={tag}")
        return tuple(found(e, calendar) for e in events if kept_in(e).get("rrTag") == tag)

    def _list(self, calendar: str, wanted: str) -> list[Any]:
        """All live events with that private property. One property alone: Google's texts differ on what several mean."""
        events: list[Any] = []
        page: str | None = None
        while True:
            answer = self._page(calendar, wanted, page)
            items = answer.get("items", []) if isinstance(answer, dict) else []
            events += [e for e in items if live(e)]
            page = answer.get("nextPageToken") if isinstance(answer, dict) else None
            if not page:
                return events

    def _page(self, calendar: str, wanted: str, page: str | None) -> Any:
        return self._write(
            calendar,
            lambda google: google.events().list(
                calendarId=calendar,
                privateExtendedProperty=wanted,
                showDeleted=False,
                singleEvents=True,
                maxResults=_PAGE,
                pageToken=page,
                fields=f"nextPageToken,items({HOLD_FIELDS})",
            ),
        )

    def _read(self, calendar: str, event: str) -> Any:
        """The event, cancelled ones too. Raises Gone when there never was one."""
        return self._write(
            calendar,
            lambda google: google.events().get(calendarId=calendar, eventId=event, fields=HOLD_FIELDS),
        )

    def _write(self, calendar: str, ask: Callable[[Any], Any]) -> Any:
        """With the writer's right, patiently: for what may be done twice."""
        return self._wire().ask(self._subject(calendar), ask)

    def _wire(self) -> Wire:
        if self._writer is None:
            raise Denied("No Google identity may write here; nothing was changed.", service=SERVICE)
        return self._writer

    def _subject(self, calendar: str) -> str:
        """In whose name a calendar is written: one user's for all, or its owner's (whose address its id is)."""
        return self._wire().identity.subject or calendar

    def check(self, calendar: str | None = None) -> Sequence[Checked]:
        """Each identity tried, in a sentence. `calendar` is one to try them on; else the subjects' own."""
        told = [self._checked_reader(calendar or self._reader.identity.subject)]
        if self._writer is not None:
            told.append(self._checked_writer(calendar or self._writer.identity.subject))
        return told

    def _checked_reader(self, calendar: str | None) -> Checked:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        body = {
            "timeMin": start.isoformat(),
            "timeMax": (start + timedelta(minutes=1)).isoformat(),
            "items": [{"id": calendar}] if calendar else [],
        }
        try:
            self._query(body)
        except Failure as failure:
            return Checked(False, f"Google, reading free-busy: {failure}")
        return Checked(True, "Google, reading free-busy: the token and its scope work.")

    def _checked_writer(self, calendar: str | None) -> Checked:
        if calendar is None:
            return Checked(False, "Google, writing holds: no calendar was named to try this on.")
        try:
            # An id that nobody has: whoever may read events is told that it is not there.
            self._read(calendar, event_id("readiness check"))
        except Gone:
            return Checked(True, "Google, writing holds: the token and its scope work.")
        except Failure as failure:
            return Checked(False, f"Google, writing holds: {failure}")
        return Checked(True, "Google, writing holds: the token and its scope work.")
