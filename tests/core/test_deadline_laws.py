"""The contractual deadline, judged by a second calculation that shares only the pinned rules of clocks with the first."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
from dateutil import rrule

from bot.core.record import Deadline
from bot.workspace_holidays import holiday_dates
from bot.workspace_records import _dates

TRIPLES = 2000
# Both ends of the world, half and quarter hours, clocks that change at midnight, and a date that a zone left out.
ZONES = (
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Chatham", "Pacific/Apia", "Asia/Kathmandu", "Asia/Kolkata",
    "America/St_Johns", "America/Mexico_City", "America/New_York", "America/Havana", "America/Asuncion", "America/Santiago",
    "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Europe/London", "Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo", "UTC",
)  # fmt: skip
HOLIDAYS = (None, "MX", "US", "US-IL", "DE-BY", "ES", "JP", "IN", "GB-ENG", "BR", "CO", "ZA", "AE", "CN")
CLOSES = ("18:00", "17:30", "09:00", "00:00", "00:15", "12:00", "22:45", "23:45")


class Case(NamedTuple):
    zone: str
    holidays: str | None
    start: datetime
    business_days: int
    closes_at: str


def cases() -> Iterator[Case]:
    """The same on every run: any instant of eleven years, and as many again close to a local midnight, where dates part."""
    chance = random.Random("deadlines")
    for number in range(TRIPLES):
        zone = chance.choice(ZONES)
        start = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(11 * 365 * 86400))
        if number % 2:
            midnight = datetime.combine(start.date(), time(), ZoneInfo(zone)).astimezone(UTC)
            start = midnight + timedelta(seconds=chance.randrange(-90, 91))
        yield Case(
            zone, chance.choice(HOLIDAYS), start, chance.choice((1, 2, 3, 5, 5, 5, 10, 40)), chance.choice(CLOSES)
        )


@cache
def calendar(code: str) -> holidays.HolidayBase:
    country, _, part = code.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)


def local_date(instant: datetime, zone: str) -> date:
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return (instant.astimezone(UTC).replace(tzinfo=None) + offset).date()


def second_calculation(case: Case) -> datetime:
    """Weekdays by a recurrence rule, holidays by asking the library about each day, the instant by searching UTC for the
    first second at which a clock in that zone shows the closing time of that day."""
    first = datetime.combine(local_date(case.start, case.zone) + timedelta(days=1), time())
    weekdays = rrule.rrule(rrule.DAILY, dtstart=first, byweekday=(rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR))
    working = (day.date() for day in weekdays if case.holidays is None or day.date() not in calendar(case.holidays))
    last = [next(working) for _ in range(case.business_days)][-1]
    return first_showing(last, time.fromisoformat(case.closes_at), case.zone)


def first_showing(day: date, clock: time, zone: str) -> datetime:
    """Quarter hours are enough: no closing time here, and no clock change, lies between them."""
    wanted, here = datetime.combine(day, clock), ZoneInfo(zone)
    earliest = wanted.replace(tzinfo=UTC) - timedelta(hours=15)
    quarters = [earliest + timedelta(minutes=15 * step) for step in range(4 * 30)]
    shown = [instant for instant in quarters if instant.astimezone(here).replace(tzinfo=None) == wanted]
    if shown:
        return shown[0]
    before = [instant for instant in quarters if instant.astimezone(here).replace(tzinfo=None) < wanted]
    offset = before[-1].astimezone(here).utcoffset()  # a time that was skipped: with the offset before the change
    assert offset is not None
    return (wanted - offset).replace(tzinfo=UTC)


def deadline(case: Case) -> Deadline:
    """As the files are read."""
    return Deadline(
        start=case.start,
        business_days=case.business_days,
        time_zone=case.zone,
        holidays=case.holidays,
        holiday_dates=_dates(case.holidays, case.start, case.business_days),
        closes_at=case.closes_at,
    )


def test_the_deadline_is_what_a_second_calculation_says_on_two_thousand_random_triples() -> None:
    """Business days after an instant, in a zone, with holidays: the same instant, twice."""
    every = list(cases())
    assert len({(c.zone, c.holidays, c.start) for c in every}) >= 1000

    differ = [c for c in every if deadline(c).instant() != second_calculation(c)]

    assert differ == []


def test_the_triples_meet_what_is_hard() -> None:
    """Weekends, holidays on the way, the two ends of the world, local dates that are not UTC's, and offsets that change."""
    every = list(cases())

    def offsets(case: Case) -> set[timedelta | None]:
        return {i.astimezone(ZoneInfo(case.zone)).utcoffset() for i in (case.start, deadline(case).instant())}

    def holiday_between(case: Case) -> bool:
        first, last = local_date(case.start, case.zone), local_date(deadline(case).instant(), case.zone)
        days = [first + timedelta(days=n) for n in range(1, (last - first).days)]
        return case.holidays is not None and any(d.weekday() < 5 and d in calendar(case.holidays) for d in days)

    assert sum(local_date(c.start, c.zone).weekday() >= 5 for c in every) > 200
    assert sum(local_date(c.start, c.zone) in calendar(c.holidays) for c in every if c.holidays) > 50
    assert sum(holiday_between(c) for c in every) > 200
    assert sum(local_date(c.start, c.zone) != c.start.date() for c in every) > 400
    assert sum(len(offsets(c)) > 1 for c in every) > 50
    assert {c.zone for c in every} == set(ZONES)


def test_thanksgiving_moves_five_business_days_by_one() -> None:
    start = datetime.fromisoformat("2026-11-25T10:15:00-06:00")
    closing = {
        code: deadline(Case("America/Mexico_City", code, start, 5, "18:00")).instant() for code in (None, "US", "MX")
    }

    assert closing[None] == closing["MX"] == datetime.fromisoformat("2026-12-02T18:00:00-06:00")
    assert closing["US"] == datetime.fromisoformat("2026-12-03T18:00:00-06:00")


def test_the_days_that_the_files_name_are_the_library_s() -> None:
    assert {d.isoformat() for d in holiday_dates("MX", 2026, 2026)} == {
        d.isoformat() for d in calendar("MX") if d.year == 2026
    } | {d.isoformat() for d in holidays.country_holidays("MX", years=2026)}
