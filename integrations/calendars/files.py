"""Calendars that are iCalendar files in the workspace. Holds on them live in the data folder, never in the user's git."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from bot.core.people import Availability, Busy, Frozen
from bot.core.span import Span
from bot.ports import Capabilities, Conflict, Denied, FoundHold, Gone, HoldRequest, PlacedHold, Unreachable
from integrations.calendars.icalendar_reading import read_availability

SERVICE = "files"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EVENT_ID = re.compile(r"[0-9a-f]{40}-[0-9]{1,6}")
_FORGOTTEN_AFTER = timedelta(days=90)


class StoredHold(Frozen):
    """One hold as its file keeps it. `live` is false once it was let go: then its id is burned."""

    key: str
    generation: int
    tag: str
    record: str
    calendar: str
    start: AwareDatetime
    end: AwareDatetime
    title: str
    words: str
    expires_at: AwareDatetime
    live: bool = True

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def event_id(self) -> str:
        return f"{_stem(self.calendar, self.key)}-{self.generation}"


class FilesCalendar:
    """`read` gives the bytes of calendars/ID.ics, or None; `zones` says in whose zones a calendar's dates and floating
    times are read: its owner's, or, for a calendar that several people share, each of theirs (busy in any is busy)."""

    provider = "files"
    can = Capabilities(writable=True, under_hold="set_aside", tells_tentative=True)

    def __init__(self, read: Callable[[str], bytes | None], zones: Callable[[str], Sequence[str]], data: Path) -> None:
        self._read, self._zones = read, zones
        self._folder = data / "holds"
        self._lock = threading.RLock()

    def free_busy(self, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        return self.free_busy_for(None, calendars, span)

    def free_busy_for(self, record: str | None, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        """The same for the search of one record: its own holds make nobody busy."""
        return {calendar: self._joined(calendar, self._zones(calendar), span, record) for calendar in calendars}

    def availability(self, calendar: str, owner_zone: str, span: Span, record: str | None = None) -> Availability:
        """One calendar as one person's: exact where people of different zones share it."""
        return self._joined(calendar, (owner_zone,), span, record)

    def place(self, request: HoldRequest) -> PlacedHold:
        _checked(request.calendar)
        with self._lock, _translated("The hold could not be written"):
            self._forget_old(request)
            while True:
                kept = self._generations(request)
                live = [hold for hold in kept if hold.live]
                if live:
                    return _placed(live[0])
                fresh = _stored(request, max([request.generation - 1, *(h.generation for h in kept)]) + 1)
                if self._create(fresh):
                    return _placed(self._stored_at(fresh.calendar, fresh.event_id) or fresh)

    def look_up(self, request: HoldRequest) -> PlacedHold | None:
        _checked(request.calendar)
        with self._lock, _translated("The hold could not be looked up"):
            return next((_placed(hold) for hold in self._generations(request) if hold.live), None)

    def let_go(self, hold: PlacedHold) -> None:
        with self._lock, _translated("The hold could not be let go"):
            kept = self._stored_at(_checked(hold.calendar), hold.event_id)
            if kept and kept.live:
                self._write(kept.model_copy(update={"live": False, "title": "", "words": ""}))

    def still_there(self, hold: PlacedHold) -> PlacedHold | None:
        with self._lock, _translated("The hold could not be read"):
            kept = self._stored_at(_checked(hold.calendar), hold.event_id)
            return _placed(kept) if kept and kept.live else None

    def lift(self, hold: PlacedHold) -> PlacedHold:
        raise Denied("A hold in a file is set aside, not lifted; nothing was changed.", service=SERVICE)

    def put_back(self, hold: PlacedHold) -> PlacedHold:
        """It never was lifted: the same hold, if it is there."""
        found = self.still_there(hold)
        if found is None:
            raise Gone("The hold is not there any more.", service=SERVICE)
        return found

    def under(self, hold: PlacedHold) -> Availability:
        with self._lock, _translated("The calendar could not be read"):
            kept = self._stored_at(_checked(hold.calendar), hold.event_id)
            if kept is None or not kept.live:
                raise Gone("The hold is not there any more.", service=SERVICE)
            if kept.span != hold.span:
                raise Conflict("The hold was moved; what lies under it cannot be told.", service=SERVICE)
            return self._joined(hold.calendar, self._zones(hold.calendar), hold.span, kept.record)

    def holds(self, calendar: str, tag: str) -> Sequence[FoundHold]:
        with self._lock, _translated("The holds could not be listed"):
            return tuple(_found(hold) for hold in self._live(_checked(calendar)) if hold.tag == tag)

    def _joined(self, calendar: str, zones: Sequence[str], span: Span, record: str | None) -> Availability:
        """What the file says in each of the zones, and our holds for other records."""
        content = self._read(calendar) if _ID.fullmatch(calendar) else None
        if content is None or not zones:
            return Availability(unknown=(span,))
        readings = [read_availability(content, zone, span, record) for zone in dict.fromkeys(zones)]
        try:
            with self._lock:
                held = [hold for hold in self._live(calendar) if hold.record != record and hold.span.meets(span)]
        except (OSError, Denied):  # a hold that cannot be read may stand anywhere
            return Availability(unknown=(span,))
        busy = {item for reading in readings for item in reading.busy}
        busy |= {Busy(hold.start, hold.end, "tentative") for hold in held}
        unknown = {gap for reading in readings for gap in reading.unknown}
        return Availability(tuple(sorted(busy)), tuple(sorted(unknown)))

    def _live(self, calendar: str) -> list[StoredHold]:
        folder = self._folder / calendar
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        kept = [self._stored_at(calendar, name.removesuffix(".json")) for name in names if name.endswith(".json")]
        return sorted((hold for hold in kept if hold and hold.live), key=lambda hold: (hold.start, hold.event_id))

    def _generations(self, request: HoldRequest) -> list[StoredHold]:
        """Everything that ever stood under the request's key, oldest first."""
        stem = _stem(request.calendar, request.key)
        names = sorted((self._folder / request.calendar).glob(f"{stem}-*.json"))
        kept = [self._stored_at(request.calendar, name.stem) for name in names]
        return sorted((hold for hold in kept if hold), key=lambda hold: hold.generation)

    def _stored_at(self, calendar: str, event_id: str) -> StoredHold | None:
        if not _EVENT_ID.fullmatch(event_id):
            return None
        try:
            content = (self._folder / calendar / f"{event_id}.json").read_bytes()
        except FileNotFoundError:
            return None
        return _understood(content, event_id)

    def _create(self, hold: StoredHold) -> bool:
        """False when somebody else created it first."""
        written = self._temporary(hold)
        try:
            os.link(written, self._path(hold))
        except FileExistsError:
            return False
        finally:
            os.unlink(written)
        self._settle(hold)
        return True

    def _write(self, hold: StoredHold) -> None:
        os.replace(self._temporary(hold), self._path(hold))
        self._settle(hold)

    def _settle(self, hold: StoredHold) -> None:
        """The name, too, must be on the disk before we say that it is done."""
        handle = os.open(self._folder / hold.calendar, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _path(self, hold: StoredHold) -> Path:
        return self._folder / hold.calendar / f"{hold.event_id}.json"

    def _temporary(self, hold: StoredHold) -> str:
        """The whole content, on the disk, under a name that nobody reads."""
        folder = self._folder / hold.calendar
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(hold.model_dump_json())
            file.flush()
            os.fsync(handle)
        return name

    def _forget_old(self, request: HoldRequest) -> None:
        """Burned ids of meetings long past; measured by the new hold's own time, for there is no clock here."""
        folder = self._folder / request.calendar
        for path in sorted(folder.glob("*.json")):
            kept = self._stored_at(request.calendar, path.stem)
            if kept and not kept.live and kept.end < request.span.start - _FORGOTTEN_AFTER:
                path.unlink(missing_ok=True)


def _understood(content: bytes, event_id: str) -> StoredHold:
    try:
        kept = StoredHold.model_validate_json(content)
    except ValidationError:
        kept = None
    if kept is None or kept.event_id != event_id or kept.end < kept.start:
        # Without the cause: it would quote what stands in the file.
        raise Denied(f"The hold {event_id} in the data folder cannot be understood. Remove its file.", service=SERVICE)
    return kept


def _checked(calendar: str) -> str:
    if not _ID.fullmatch(calendar):
        raise Denied(f"{json.dumps(calendar[:60])} is not a calendar's id; nothing was written.", service=SERVICE)
    return calendar


def _stem(calendar: str, key: str) -> str:
    return hashlib.sha256(json.dumps([calendar, key]).encode()).hexdigest()[:40]


def _stored(request: HoldRequest, generation: int) -> StoredHold:
    return StoredHold(
        key=request.key,
        generation=generation,
        tag=request.tag,
        record=request.record,
        calendar=request.calendar,
        start=request.span.start.astimezone(UTC),
        end=request.span.end.astimezone(UTC),
        title=request.title,
        words=request.words,
        expires_at=request.expires_at,
    )


def _placed(hold: StoredHold) -> PlacedHold:
    etag = hashlib.sha256(hold.model_dump_json().encode()).hexdigest()[:16]
    return PlacedHold(
        calendar=hold.calendar,
        event_id=hold.event_id,
        key=hold.key,
        generation=hold.generation,
        span=hold.span,
        etag=etag,
    )


def _found(hold: StoredHold) -> FoundHold:
    return FoundHold(
        calendar=hold.calendar,
        event_id=hold.event_id,
        key=hold.key,
        record=hold.record,
        span=hold.span,
        expires_at=hold.expires_at,
    )


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Errors of the disk, and of files that somebody edited, in the words of the port."""
    try:
        yield
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise Denied(f"{what}: the data folder cannot be used. Look at its rights.", service=SERVICE) from error
    except OSError as error:
        raise Unreachable(f"{what}: {error.strerror or 'the disk failed'}.", service=SERVICE) from error
