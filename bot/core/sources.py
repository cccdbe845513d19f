"""What a search read, from where, when, and by digest: enough to tell later whether two searches saw the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot.core.people import Availability, Frozen


class CalendarRead(Frozen):
    """One calendar, as it was read. `digest` is of what it said: spans and their status, nothing else is ever known."""

    provider: str
    calendar: str
    read_at: datetime
    digest: str
    unreadable: bool = False


class Sources(Frozen):
    """The calendars of one search, and the workspace's files by the digest of their bytes."""

    calendars: tuple[CalendarRead, ...] = ()
    files: Mapping[str, str] = {}


def calendar_read(provider: str, calendar: str, read_at: datetime, said: Availability) -> CalendarRead:
    return CalendarRead(
        provider=provider, calendar=calendar, read_at=read_at, digest=digest_of(said), unreadable=bool(said.unknown)
    )


def digest_of(said: Availability) -> str:
    """SHA-256 over what a calendar said, in the order of time: the same answer has the same digest."""
    busy = sorted(f"{_instant(b.start)} {_instant(b.end)} {b.status}" for b in said.busy)
    unknown = sorted(f"{_instant(u.start)} {_instant(u.end)} unknown" for u in said.unknown)
    return sha256("\n".join([*busy, *unknown]).encode()).hexdigest()


def sources_from(document: Any) -> Sources | None:
    """What was kept under a search's `sources`; None where nothing was."""
    return None if document is None else Sources.model_validate(document)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
