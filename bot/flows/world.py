"""What the outside says now: the record, the workspace, everybody's free-busy. One reading for all who ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from bot.core.meeting import Hold, Meeting
from bot.core.people import Availability, Busy, CalendarRef, Person
from bot.core.record import Record
from bot.core.sources import CalendarRead, calendar_read
from bot.core.span import Span, united
from bot.ports import Calendar, Claim, Clock, Failure, Gone, Organisation, Organisations, Records

FRESH_SECONDS = 60.0


class Snapshot(NamedTuple):
    """Availability by person, and how it was come by."""

    people: Mapping[str, Availability]
    read_at: datetime
    calendars: int
    unreadable: tuple[str, ...]  # person ids
    reads: tuple[CalendarRead, ...] = ()


class _Seen(NamedTuple):
    at: float
    read_at: datetime
    span: Span
    availability: Availability


class Reading(NamedTuple):
    """The last time that a provider was asked for free-busy: for how many calendars, how many of them told nothing, and
    when all that were asked for had last answered."""

    at: datetime
    asked: int
    silent: int
    whole_at: datetime | None = None


class World:
    """Reads through the adapters. Searching may use what was read up to 60 s ago; holding and confirming never do."""

    def __init__(
        self,
        organisations: Organisations,
        records: Records,
        calendars: Mapping[str, Calendar],
        clock: Clock,
        ticks: Callable[[], float],
    ) -> None:
        self._organisations = organisations
        self._records = records
        self.calendars = calendars
        self.clock = clock
        self._ticks = ticks
        self._seen: dict[CalendarRef, _Seen] = {}
        self.readings: dict[str, Reading] = {}  # by provider, of this process: what is known of it without asking it
        self._flights: dict[str, threading.Lock] = {name: threading.Lock() for name in calendars}
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="free-busy")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def organisation(self) -> Organisation:
        return self._organisations.current()

    def record(self, record_id: str) -> Record:
        """The record under that id as typed, or in capitals. Raises the port's failures; Gone names the id as typed."""
        tried = dict.fromkeys((record_id, record_id.upper(), record_id.lower()))
        for spelling in tried:
            try:
                return self._records.read(spelling)
            except Gone:
                continue
        raise Gone(
            f"There is no record {record_id}. Nothing was read and nothing changed. Check the id, or whether the record "
            "system holds it."
        )

    def calendars_of(self, people: Iterable[Person]) -> tuple[CalendarRef, ...]:
        return tuple(dict.fromkeys(ref for person in people for ref in person.calendars))

    def tells_items(self, person: Person) -> bool:
        """Whether all their calendars tell each event by itself, so that one of ours can be told from the others."""
        adapters = [self.calendars.get(ref.provider) for ref in person.calendars]
        return all(adapter is not None and adapter.can.tells_tentative for adapter in adapters)

    def availability(self, people: Sequence[Person], span: Span, fresh: bool = False) -> Snapshot:
        """Everybody's free-busy over `span`: what cannot be read is unknown, never free."""
        refs = self.calendars_of(people)
        read = self._read(refs, span, fresh)
        merged = {p.id: merge([read[ref].availability for ref in p.calendars], span) for p in people}
        unreadable = tuple(p for p, a in merged.items() if a.unknown)
        reads = tuple(calendar_read(r.provider, r.id, read[r].read_at, read[r].availability) for r in refs)
        return Snapshot(merged, self.clock.now(), len(refs), unreadable, reads)

    def _read(self, refs: Sequence[CalendarRef], span: Span, fresh: bool) -> dict[CalendarRef, _Seen]:
        by_provider: dict[str, list[CalendarRef]] = {}
        for ref in refs:
            by_provider.setdefault(ref.provider, []).append(ref)
        jobs = [self._pool.submit(self._read_provider, name, some, span, fresh) for name, some in by_provider.items()]
        found: dict[CalendarRef, _Seen] = {}
        for job in jobs:
            found.update(job.result())
        return found

    def _read_provider(
        self, provider: str, refs: list[CalendarRef], span: Span, fresh: bool
    ) -> dict[CalendarRef, _Seen]:
        calendar = self.calendars.get(provider)
        if calendar is None:
            return dict.fromkeys(refs, _Seen(self._ticks(), self.clock.now(), span, unknown(span)))
        with self._flights[provider]:  # one flight at a time: who comes second finds it done
            known = {} if fresh else {r: s for r in refs if (s := self._recent(r, span)) is not None}
            missing = [r for r in refs if r not in known]
            if missing:
                known |= self._ask(calendar, missing, span)
            return known

    def _recent(self, ref: CalendarRef, span: Span) -> _Seen | None:
        seen = self._seen.get(ref)
        if seen is None or self._ticks() - seen.at > FRESH_SECONDS or not seen.span.holds(span):
            return None
        return seen

    def _ask(self, calendar: Calendar, refs: list[CalendarRef], span: Span) -> dict[CalendarRef, _Seen]:
        try:
            answer = calendar.free_busy([r.id for r in refs], span)
        except Failure:
            answer = {}  # the whole provider could not be asked: nobody of it is free
        at, read_at = self._ticks(), self.clock.now()
        read = {r: _Seen(at, read_at, span, answer.get(r.id, unknown(span))) for r in refs}
        self._seen.update({r: seen for r, seen in read.items() if not seen.availability.unknown})
        self._note(refs[0].provider, read_at, len(refs), sum(_silent(s.availability, span) for s in read.values()))
        return read

    def _note(self, provider: str, at: datetime, asked: int, silent: int) -> None:
        before = self.readings.get(provider)
        self.readings[provider] = Reading(at, asked, silent, at if not silent else before.whole_at if before else None)


def _silent(said: Availability, span: Span) -> bool:
    """Whether a calendar told nothing of all that was asked. One that does not reach so far told something."""
    return any(gap.holds(span) for gap in united(said.unknown))


def unknown(span: Span) -> Availability:
    return Availability((), (span,))


def merge(parts: Sequence[Availability], span: Span) -> Availability:
    """One person's availability over all of their calendars; with none, all is unknown."""
    if not parts:
        return unknown(span)
    return Availability(
        tuple(busy for part in parts for busy in part.busy), tuple(gap for part in parts for gap in part.unknown)
    )


def without_own(snapshot: Snapshot, hold: Hold | None) -> Snapshot:
    """The same with our own live hold set aside: we saw its span free when we claimed it."""
    if hold is None or not hold.placed:
        return snapshot
    return set_aside(snapshot, frozenset(p.person for p in hold.planned), hold.slot.span)


def set_aside(snapshot: Snapshot, held: frozenset[str], span: Span) -> Snapshot:
    """The same without what our own hold over `span` makes of those people's calendars."""
    people = {person: _set_aside(a, span) if person in held else a for person, a in snapshot.people.items()}
    return snapshot._replace(people=people)


def _set_aside(availability: Availability, span: Span) -> Availability:
    """One item that is exactly our hold goes; merged blocks lose the hold's span."""
    exact = [b for b in availability.busy if Span(b.start, b.end) == span and b.status == "tentative"]
    if exact:
        kept = list(availability.busy)
        kept.remove(exact[0])
        return availability._replace(busy=tuple(kept))
    return availability._replace(busy=tuple(piece for b in availability.busy for piece in _less(b, span)))


def without_invite(snapshot: Snapshot, invited: Collection[str], span: Span, asked: Span) -> Snapshot:
    """The same without our own invite over `span` on those people's calendars: exactly one item, which may have been cut
    to the time that was asked about."""
    ours = (span, Span(max(span.start, asked.start), min(span.end, asked.end))) if span.meets(asked) else (span,)
    people = {p: _without_one(a, ours) if p in invited else a for p, a in snapshot.people.items()}
    return snapshot._replace(people=people)


def _without_one(availability: Availability, spans: Collection[Span]) -> Availability:
    kept = list(availability.busy)
    found = next((b for b in kept if Span(b.start, b.end) in spans), None)
    if found is not None:
        kept.remove(found)
    return availability._replace(busy=tuple(kept))


def _less(busy: Busy, span: Span) -> list[Busy]:
    if not span.meets(Span(busy.start, busy.end)):
        return [busy]
    pieces = [busy._replace(end=min(busy.end, span.start)), busy._replace(start=max(busy.start, span.end))]
    return [p for p in pieces if p.start < p.end]


def with_claims(snapshot: Snapshot, claims: Sequence[Claim]) -> Snapshot:
    """Whom another meeting holds is busy then, also where no calendar shows it."""
    people = dict(snapshot.people)
    for claim in claims:
        known = people.get(claim.person)
        if known is not None:
            people[claim.person] = known._replace(busy=(*known.busy, Busy(claim.span.start, claim.span.end, "busy")))
    return snapshot._replace(people=people)


def bookings(meetings: Sequence[Meeting], other_than: str) -> tuple[tuple[str, Span], ...]:
    """(title, span) of every confirmed review but one's own: booked slots of the release calendar. A slot that is kept
    until another is confirmed is booked too."""
    found: list[tuple[str, Span]] = []
    for meeting in meetings:
        if meeting.id == other_than or meeting.state == "cancelled":
            continue
        slot = meeting.kept.slot if meeting.kept else meeting.slot if meeting.state == "confirmed" else None
        if slot is not None:
            found.append((f"{meeting.request.record} {meeting.request.title}", slot.span))
    return tuple(found)
