"""The governing record: the change ticket or escalation that a meeting serves. It governs everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.core.people import Frozen, Unordered
from bot.core.span import Span, zone


class Evidence(Frozen):
    name: str
    ready_by: datetime | None = None
    valid_until: datetime | None = None


class Deadline(Frozen):
    """A contractual deadline in business days. `holiday_dates` of the named holidays are resolved at the edge."""

    start: datetime  # `from` in the file
    business_days: int
    time_zone: str
    holidays: str | None = None
    holiday_dates: Unordered[str] = frozenset()  # ISO dates
    closes_at: str  # local wall clock, "18:00"

    def instant(self) -> datetime:
        """`closes_at` on the last business day; day 1 is the first business day after the local date of `start`.

        The first of a repeated local time; a skipped one is read with the offset before the change.
        """
        here = zone(self.time_zone)
        day, left = self.start.astimezone(here).date(), self.business_days
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < 5 and day.isoformat() not in self.holiday_dates
        hours, minutes = (int(part) for part in self.closes_at.split(":"))
        local = datetime(day.year, day.month, day.day) + timedelta(hours=hours, minutes=minutes)  # noqa: DTZ001 - a wall clock gets its zone in the next line
        return local.replace(tzinfo=here).astimezone(UTC)


class Named(Frozen):
    """Who a record names for a role: people in order of preference, or an on-call rota."""

    people: tuple[str, ...] = ()
    rota: str | None = None


class Record(Frozen):
    id: str
    kind: str
    title: str
    state: str
    owner: str
    url: str | None = None
    revision: str | None = None
    services: tuple[str, ...] = ()
    touches: tuple[str, ...] | None = None  # None: not stated, which is not the same as ()
    cutover: Span | None = None
    rollback_checkpoint: datetime | None = None
    evidence_cutoff: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    customer: str | None = None
    language: str | None = None
    deadline: Deadline | None = None
    deciders: Mapping[str, tuple[str, ...]] = {}
    roles: Mapping[str, Named]  # in the record's order
    stated: tuple[str, ...] = ()  # the keys that were written down: an empty list is an answer, a missing one is not

    def states(self, fact: str) -> bool:
        """Whether the record says so: some value, or an empty list that was written down."""
        return bool(getattr(self, fact, None)) or fact in self.stated or (fact == "touches" and self.touches == ())
