"""Who there is: people, their hours, calendars and delegates; teams, on-call rotas, customers (people.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer

from bot.core.span import Span, Stretch, Week, instant, outward, wall_clock

BusyStatus = Literal["busy", "tentative", "out_of_office", "working_elsewhere", "free"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


T = TypeVar("T")
# A set has no order of its own: written in sorted order, so that the same value always has the same digest.
Unordered = Annotated[frozenset[T], PlainSerializer(sorted, when_used="json")]


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

    @property
    def week(self) -> Week:
        """The same from Monday to Sunday, every day of it."""
        found: dict[Day, tuple[tuple[int, int], ...]] = dict.fromkeys(DAYS, ())
        for day, ranges in self.days:
            found[day] = (*found[day], *((each.start, each.end) for each in ranges))
        return tuple(found.values())

    def stretches(self, time_zone: str, start: int, end: int) -> tuple[Stretch, ...]:
        """Where the ranges lie between two instants (in seconds) in that zone, those that touch made one."""
        return wall_clock(self.week, time_zone, start, end)


class CalendarRef(Frozen):
    """One calendar of a person: which provider has it, and under what id (an address; for `files` a file's name)."""

    provider: Literal["google", "microsoft", "ics", "caldav", "files", "none"]
    id: str


class Window(Frozen):
    """A published window: recurring (`hours`, in the owner's zone) or one span."""

    hours: Weekly | None = None
    span: Span | None = None
    name: str | None = None

    def spans(self, time_zone: str, start: int, end: int) -> list[Span]:
        """What of it may matter between two instants (in seconds)."""
        recurring = () if self.hours is None else self.hours.stretches(time_zone, start, end)
        return [*([self.span] if self.span else []), *(Span(instant(a), instant(b)) for a, b in recurring)]

    def stretches(self, time_zone: str, start: int, end: int) -> tuple[Stretch, ...]:
        """The same in whole seconds, rounded so that the same meetings meet it."""
        recurring = () if self.hours is None else self.hours.stretches(time_zone, start, end)
        return (*recurring, *(outward([self.span]) if self.span else ()))


class Delegate(Frozen):
    """Somebody named beforehand for some roles, and whether a human has confirmed their authority."""

    person: str
    roles: tuple[str, ...]
    authority: Literal["confirmed", "unconfirmed"]
    confirmed_by: str | None = None
    until: datetime | None = None

    def confirmed_at(self, end: datetime) -> bool:
        """Whether the authority still holds for a meeting that ends then (to the last instant is still good)."""
        return self.authority == "confirmed" and (self.until is None or end <= self.until)


class Person(Frozen):
    """One human. Calendars all count for free-busy; holds are written to the first."""

    id: str
    name: str
    email: str | None = None
    slack: str | None = None
    time_zone: str
    working_hours: Weekly
    holidays: str | None = None
    holiday_dates: Unordered[date] = frozenset()  # resolved at the edge: the core never asks a library
    calendars: tuple[CalendarRef, ...] = ()
    protected: tuple[Window, ...] = ()
    roster: tuple[Window, ...] | None = None
    languages: tuple[str, ...] = ()
    delegates: tuple[Delegate, ...] = ()
    attested: bool = False  # for one meeting's search: people said when they are free

    @property
    def readable(self) -> bool:
        """Whether there are calendars to read, and none that says it cannot be read; or people to be believed."""
        return self.attested or (
            bool(self.calendars) and "none" not in [calendar.provider for calendar in self.calendars]
        )

    def speaks(self, language: str) -> bool:
        """`es` covers `es-MX`; `es-MX` covers neither `es` nor `es-ES`; compared as written."""
        return any(language == own or language.startswith(f"{own}-") for own in self.languages)


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

    def with_holidays_of(self, first: int, last: int) -> Directory:
        """The same with nobody's holidays but those of these years: what a search keeps need not tell of 2060."""
        people = {
            id: person.model_copy(update={"holiday_dates": _in_years(person.holiday_dates, first, last)})
            if person.holiday_dates
            else person
            for id, person in self.people.items()
        }
        return self.model_copy(update={"people": people})


@lru_cache(maxsize=256)
def _in_years(days: frozenset[date], first: int, last: int) -> frozenset[date]:
    return frozenset(day for day in days if first <= day.year <= last)


class Busy(NamedTuple):
    """A span of somebody's calendar and what it says; never what it is about."""

    start: datetime
    end: datetime
    status: BusyStatus


class Availability(NamedTuple):
    """What is known of one calendar, or of one person over all of theirs. `unknown` spans could not be read."""

    busy: tuple[Busy, ...] = ()
    unknown: tuple[Span, ...] = ()
