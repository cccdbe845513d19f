"""The governing record: the change ticket or escalation that a meeting serves. It governs everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.people import Frozen
from bot.core.span import Span


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
    holiday_dates: frozenset[str] = frozenset()  # ISO dates
    closes_at: str  # local wall clock, "18:00"


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
