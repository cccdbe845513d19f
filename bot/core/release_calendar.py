"""The release calendar: freezes, launch blackouts, booked review slots, planned releases (release-calendar.yaml)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from bot.core.people import Frozen, Weekly
from bot.core.span import Span, Stretch, ceil_second, floor_second, instant, outward


class Entry(Frozen):
    """One freeze, blackout or booked slot: one span, or weekly hours in a zone."""

    type: Literal["freeze", "blackout", "booked"]
    name: str | None = None
    span: Span | None = None
    hours: Weekly | None = None
    time_zone: str | None = None
    services: tuple[str, ...] | None = None
    binds: tuple[Literal["reviews", "cutovers"], ...] = ("reviews", "cutovers")

    def binds_record(self, what: Literal["reviews", "cutovers"], services: Collection[str]) -> bool:
        """Whether it binds the reviews, or the cutovers, of a record that touches these services."""
        return what in self.binds and (self.services is None or any(service in services for service in self.services))

    def meets(self, policy_zone: str, span: Span) -> bool:
        """Whether it shares an instant with the span."""
        if self.span is not None and self.span.meets(span):
            return True
        here = self.stretches(policy_zone, floor_second(span.start), ceil_second(span.end)) if self.hours else []
        return any(Span(instant(start), instant(end)).meets(span) for start, end in here)

    def stretches(self, policy_zone: str, start: int, end: int) -> list[Stretch]:
        """Where it lies between two instants (in seconds)."""
        spans = [] if self.span is None else outward([self.span])
        if self.hours is not None:
            spans.extend(self.hours.stretches(self.time_zone or policy_zone, start, end))
        return spans


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
