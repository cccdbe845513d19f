"""Who there is: people, their hours, calendars and delegates; teams, on-call rotas, customers (people.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from bot.core.span import Span

BusyStatus = Literal["busy", "tentative", "out_of_office", "working_elsewhere", "free"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Frozen(BaseModel):
    """What every value here is: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WallRange(Frozen):
    """`from`-`to` in minutes after local midnight; `to` <= `from` crosses midnight; `to` may be 1440."""

    start: int
    end: int


class Weekly(Frozen):
    """Wall-clock ranges by day of the week, in the order mon..sun. A range belongs to the day it begins on."""

    days: tuple[tuple[Day, tuple[WallRange, ...]], ...] = ()


class CalendarRef(Frozen):
    """One calendar of a person: which provider has it, and under what id (an address; for `files` a file's name)."""

    provider: Literal["google", "microsoft", "ics", "caldav", "files", "none"]
    id: str


class Window(Frozen):
    """A published window: recurring (`hours`, in the owner's zone) or one span."""

    hours: Weekly | None = None
    span: Span | None = None
    name: str | None = None


class Delegate(Frozen):
    """Somebody named beforehand for some roles, and whether a human has confirmed their authority."""

    person: str
    roles: tuple[str, ...]
    authority: Literal["confirmed", "unconfirmed"]
    confirmed_by: str | None = None
    until: datetime | None = None


class Person(Frozen):
    """One human. Calendars all count for free-busy; holds are written to the first."""

    id: str
    name: str
    email: str | None = None
    slack: str | None = None
    time_zone: str
    working_hours: Weekly
    holidays: str | None = None
    holiday_dates: frozenset[date] = frozenset()  # resolved at the edge: the core never asks a library
    calendars: tuple[CalendarRef, ...] = ()
    protected: tuple[Window, ...] = ()
    roster: tuple[Window, ...] | None = None
    languages: tuple[str, ...] = ()
    delegates: tuple[Delegate, ...] = ()


class Team(Frozen):
    id: str
    members: tuple[str, ...]
    slack: str | None = None
    channel: str | None = None


class Shift(Frozen):
    person: str
    span: Span


class Rota(Frozen):
    """Who is on call when, in file order. `remote` is set where a service (PagerDuty) knows it instead."""

    id: str
    shifts: tuple[Shift, ...] = ()
    remote: tuple[str, str] | None = None  # (provider, schedule id)


class Customer(Frozen):
    id: str
    time_zone: str
    holidays: str | None = None
    modality: str | None = None
    blackouts: tuple[Window, ...] = ()


class Directory(Frozen):
    """people.yaml as a whole."""

    people: Mapping[str, Person]
    teams: Mapping[str, Team] = {}
    rotas: Mapping[str, Rota] = {}
    customers: Mapping[str, Customer] = {}


class Busy(NamedTuple):
    """A span of somebody's calendar and what it says; never what it is about."""

    start: datetime
    end: datetime
    status: BusyStatus


class Availability(NamedTuple):
    """What is known of one calendar, or of one person over all of theirs. `unknown` spans could not be read."""

    busy: tuple[Busy, ...] = ()
    unknown: tuple[Span, ...] = ()
