"""The release calendar: freezes, launch blackouts, booked review slots, planned releases (release-calendar.yaml)."""

from __future__ import annotations

from typing import Literal

from bot.core.people import Frozen, Weekly
from bot.core.span import Span


class Entry(Frozen):
    """One freeze, blackout or booked slot: one span, or weekly hours in a zone."""

    type: Literal["freeze", "blackout", "booked"]
    name: str | None = None
    span: Span | None = None
    hours: Weekly | None = None
    time_zone: str | None = None
    services: tuple[str, ...] | None = None
    binds: tuple[Literal["reviews", "cutovers"], ...] = ("reviews", "cutovers")


class Release(Frozen):
    id: str
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    cutover: Span | None = None
    record: str | None = None
    depends_on: tuple[str, ...] = ()


class ReleaseCalendar(Frozen):
    entries: tuple[Entry, ...] = ()
    releases: tuple[Release, ...] = ()
