"""Microsoft calendars: who is free, and our holds, through Microsoft Graph."""

from __future__ import annotations

import itertools
import logging
import math
import urllib.parse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from bot.core.people import Availability, Busy
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
    Unreachable,
)
from integrations.calendars import microsoft_hold as hold_words
from integrations.calendars.microsoft_failures import SERVICE, DuplicateTransaction
from integrations.calendars.microsoft_values import Unreadable, said_utc, schedule_items, within
from integrations.calendars.microsoft_wire import AT_ONCE, MicrosoftGraph, by_property, events_of

SCHEDULES = 20  # a call
STRETCH = timedelta(days=60)  # a call; Microsoft's own limit lies just under 62 days
_SHORTEST = timedelta(minutes=5)  # Microsoft's smallest interval, so the least we ask about
_MARGIN = timedelta(minutes=15)
_CREATES = 4  # sendings of one create, all under one transaction
_GENERATIONS = 20
_MOMENT = 1.0  # seconds until what was just written can be searched for
_FREE_BUSY, _PLACE, _LOOK, _REMOVE, _SEARCH = (
    "who is free",
    "to place a hold",
    "to look at a hold",
    "to let go of a hold",
    "for our holds",
)
_log = logging.getLogger(__name__)

Items = list[Busy | Span]


class MicrosoftCalendar:
    """Free-busy as the reader, holds as the writer. Items are told one by one, so ours can be set aside."""

    provider = "microsoft"
    can = Capabilities(writable=True, under_hold="set_aside", tells_tentative=True)

    def __init__(self, graph: MicrosoftGraph) -> None:
        self._graph = graph

    # Who is free.

    def free_busy(self, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        asked = list(dict.fromkeys(calendars))
        if not asked or span.start >= span.end:
            return dict.fromkeys(asked, Availability())
        items = self._items(asked, span)
        return {c: _told(items[c], span) for c in asked}

    def _items(self, asked: list[str], span: Span) -> dict[str, Items | None]:
        """Everybody's items that meet `span`, uncut; None for who could not be read. Failures end here."""
        try:
            self._graph.signed_in("reader")
        except Failure as closed:
            _log.warning("Free-busy is unknown for %d calendars: %s", len(asked), closed)
            return dict.fromkeys(asked)
        groups = [asked[n : n + SCHEDULES] for n in range(0, len(asked), SCHEDULES)]
        jobs = [(group, stretch) for group in groups for stretch in _stretches(span)]
        if len(jobs) == 1:
            answers = [self._schedules(*jobs[0])]
        else:
            with ThreadPoolExecutor(min(AT_ONCE, len(jobs)), thread_name_prefix="microsoft") as pool:
                answers = list(pool.map(lambda job: self._schedules(*job), jobs))
        told: dict[str, Items | None] = {c: [] for c in asked}
        for answer in answers:
            for calendar, items in answer.items():
                before = told[calendar]
                told[calendar] = None if items is None or before is None else before + items
        return told

    def _schedules(self, group: list[str], stretch: Span) -> dict[str, Items | None]:
        """One call for up to twenty calendars. Any of their mailboxes can be asked through: one that does not exist
        or is closed to us must not hide the others, so another is tried."""
        body = _question(group, stretch)
        for door in group[:3]:
            path = f"/users/{urllib.parse.quote(door, safe='@')}/calendar/getSchedule"
            try:
                answer = self._graph.ask("reader", "POST", path, _FREE_BUSY, body=body, repeatable=True)
            except (Gone, Denied) as shut:
                _log.warning("Free-busy of %d calendars, through one of them: %s", len(group), shut)
            except Failure as failed:
                _log.warning("Free-busy is unknown for %d calendars: %s", len(group), failed)
                break
            else:
                return _by_calendar(group, answer)
        return dict.fromkeys(group)

    # Holds.

    def place(self, request: HoldRequest) -> PlacedHold:
        """Looked for first: how long Microsoft remembers a transaction is not promised."""
        there = self.look_up(request)
        if there is not None:
            return there
        for generation in range(request.generation, request.generation + _GENERATIONS):
            made = self._made(request.model_copy(update={"generation": generation}))
            if made is not None:
                return made
        raise Conflict("This hold was placed and deleted too often to place it once more.", service=SERVICE)

    def _made(self, request: HoldRequest) -> PlacedHold | None:
        """Created and read again; None when this generation was used up by a deletion.

        An unknown outcome is looked up, and only when nothing is there sent again, under the same transaction."""
        lost: Unreachable | None = None
        for _ in range(_CREATES):
            try:
                event = self._graph.ask(
                    "writer", "POST", events_of(request.calendar), _PLACE, body=hold_words.body_of(request)
                )
                return self._read_again(hold_words.id_of(event, _PLACE), request)
            except DuplicateTransaction:
                return self._owner_of_transaction(request, lost)
            except Unreachable as unknown:
                lost = unknown
                there = self._found_after(request, unknown)
                if there is not None:
                    return there
        raise lost or AssertionError("at least one create is sent")

    def _read_again(self, event_id: str, request: HoldRequest) -> PlacedHold | None:
        """The event as it stands. If it is not there, Microsoft told us of one that was deleted before: it is deleted
        again, lest it appear late, and the generation is spent."""
        made = PlacedHold(
            calendar=request.calendar,
            event_id=event_id,
            key=request.key,
            generation=request.generation,
            span=request.span,
        )
        there = self.still_there(made)
        if there is None:
            self.let_go(made)
        return there

    def _owner_of_transaction(self, request: HoldRequest, lost: Unreachable | None) -> PlacedHold | None:
        """The event that our transaction made: it may take a moment to be found. After a lost answer, not finding it is
        no proof of a deletion."""
        there = self.look_up(request)
        if there is None and lost is not None:
            self._graph.sleep(_MOMENT)
            there = self.look_up(request)
            if there is None:
                raise lost
        return there

    def _found_after(self, request: HoldRequest, unknown: Unreachable) -> PlacedHold | None:
        try:
            return self.look_up(request)
        except Failure as blind:
            raise Unreachable(
                "Whether Microsoft placed the hold is unknown: it could not be looked up either.",
                service=SERVICE,
            ) from blind

    def look_up(self, request: HoldRequest) -> PlacedHold | None:
        query = _query(by_property(hold_words.KEY, hold_words.digest(request.key)))
        events = self._graph.pages(events_of(request.calendar), _SEARCH, query)
        there = [hold_words.placed(e, request.calendar, _SEARCH) for e in events if hold_words.live(e)]
        ours = [hold for hold in there if hold is not None and hold.key == request.key]
        return max(ours, key=lambda hold: (hold.generation, hold.event_id), default=None)

    def let_go(self, hold: PlacedHold) -> None:
        try:
            self._graph.ask("writer", "DELETE", events_of(hold.calendar, hold.event_id), _REMOVE, repeatable=True)
        except Gone:
            return

    def still_there(self, hold: PlacedHold) -> PlacedHold | None:
        path = events_of(hold.calendar, hold.event_id)
        try:
            event = self._graph.ask(
                "writer", "GET", path, _LOOK, query={"$select": hold_words.SELECTED}, repeatable=True
            )
        except Gone:
            return None
        if not hold_words.live(event):
            return None
        seen = {"span": hold_words.span_now(event, _LOOK), "etag": hold_words.etag_of(event)}
        return hold.model_copy(update=seen)

    def lift(self, hold: PlacedHold) -> PlacedHold:
        raise Denied("A hold in a Microsoft calendar is set aside, not lifted.", service=SERVICE)

    def put_back(self, hold: PlacedHold) -> PlacedHold:
        raise Denied("A hold in a Microsoft calendar is set aside, not lifted.", service=SERVICE)

    def under(self, hold: PlacedHold) -> Availability:
        """Raises Gone when a human deleted the hold, Conflict when they moved it: then nothing can be told apart."""
        there = self.still_there(hold)
        if there is None:
            raise Gone("The hold is no longer in the calendar.", service=SERVICE)
        if there.span != hold.span:
            raise Conflict("The hold was moved to another time.", service=SERVICE)
        # Asked a little wider: an item that Microsoft cut to the question must not look as long as ours.
        wider = Span(hold.span.start - _MARGIN, hold.span.end + _MARGIN)
        items = self._items([hold.calendar], wider)[hold.calendar]
        ours = Busy(hold.span.start, hold.span.end, "tentative")
        if items is None or ours not in items:
            return Availability(unknown=(hold.span,))
        items.remove(ours)
        return within(items, hold.span)

    def holds(self, calendar: str, tag: str) -> Sequence[FoundHold]:
        events = self._graph.pages(events_of(calendar), _SEARCH, _query(by_property(hold_words.TAG, tag)))
        return [hold_words.found(e, calendar, _SEARCH) for e in events if hold_words.live(e)]

    # For an operator.

    def check(self, calendar: str, at: datetime) -> list[tuple[bool, str]]:
        """Whether both identities can do their work on that calendar: (it works, one sentence) for each."""
        hour = Span(at, at + timedelta(hours=1))
        return [self._reader_works(calendar, hour), self._writer_works(calendar)]

    def _reader_works(self, calendar: str, hour: Span) -> tuple[bool, str]:
        path = f"/users/{urllib.parse.quote(calendar, safe='@')}/calendar/getSchedule"
        try:
            body = _question([calendar], hour)
            answer = self._graph.ask("reader", "POST", path, _FREE_BUSY, body=body, repeatable=True)
        except Failure as failed:
            return (
                False,
                f"Microsoft reader: {failed} It needs the application right Calendars.ReadBasic.All.",
            )
        if _by_calendar([calendar], answer)[calendar] is None:
            return False, f"Microsoft reader: signed in, but {calendar} does not show its free-busy."
        return True, "Microsoft reader: signed in and may read free-busy."

    def _writer_works(self, calendar: str) -> tuple[bool, str]:
        """Looks for holds: the same right as writing them, and nothing is written."""
        try:
            self.holds(calendar, "readiness-check")
        except Failure as failed:
            return False, f"Microsoft writer: {failed} It needs the application right Calendars.ReadWrite."
        return True, f"Microsoft writer: signed in and reaches the events of {calendar}."


def _told(items: Items | None, span: Span) -> Availability:
    return Availability(unknown=(span,)) if items is None else within(items, span)


def _stretches(span: Span) -> list[Span]:
    """`span` in as few pieces as may be asked about, without a gap."""
    count = math.ceil(span.duration / STRETCH)
    edges = [span.start + n * STRETCH for n in range(count)] + [span.end]
    return [Span(start, end) for start, end in itertools.pairwise(edges)]


def _question(group: list[str], stretch: Span) -> dict[str, Any]:
    """The interval only shapes a digest that we do not read: as coarse as allowed, never null."""
    length = max(stretch.duration, _SHORTEST)
    return {
        "schedules": group,
        "startTime": said_utc(stretch.start),
        "endTime": said_utc(stretch.start + length),
        "availabilityViewInterval": min(1440, length // timedelta(minutes=1)),
    }


def _by_calendar(group: list[str], answer: Mapping[str, Any]) -> dict[str, Items | None]:
    """Every calendar's items; None where the answer leaves it out, reports an error or cannot be read."""
    schedules = answer.get("value")
    said = {
        str(s.get("scheduleId")).lower(): s
        for s in (schedules if isinstance(schedules, list) else ())
        if isinstance(s, dict)
    }
    return {calendar: _readable(said.get(calendar.lower())) for calendar in group}


def _readable(schedule: Mapping[str, Any] | None) -> Items | None:
    try:
        return None if schedule is None else schedule_items(schedule)
    except Unreadable as why:
        _log.warning("A Microsoft calendar is unknown: %s", why)
        return None


def _query(condition: str) -> dict[str, str]:
    return {
        "$filter": condition,
        "$expand": hold_words.EXPANDED,
        "$select": hold_words.SELECTED,
        "$top": "50",
    }
