"""When people may be called on the outer rungs: in somebody's working hours, or when less than a day is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.owing import NEAR, rung_at
from bot.core.people import Person
from bot.core.span import instant, wall_clock

AHEAD = timedelta(days=8)


def call_at(people: Sequence[Person], now: datetime, deadline: datetime | None) -> datetime:
    """The first moment from `now` on at which one of them works or less than a day is left (then quiet hours do not count); `now` where nobody is known
    or ever works."""
    if not people:
        return now
    waking = [start for person in people if (start := working_from(person, now)) is not None]
    if deadline is not None:
        waking.append(deadline - NEAR)
    return max(min(waking, default=now), now)


def turn_at(
    rung: str, people: Sequence[Person], now: datetime, after: timedelta, raised_at: datetime, deadline: datetime | None
) -> datetime:
    """When an outer rung that is due `now` may be climbed. After quiet hours the e-mail still waits for the pager."""
    waking = call_at(people, now, deadline)
    step = rung_at(after, raised_at, deadline, "pager") - raised_at
    return waking + step if rung == "mail" and waking > now else waking


def working_from(person: Person, now: datetime) -> datetime | None:
    """`now` when they work now, else when they next do; None when they do not within eight days."""
    reach = int(now.timestamp()), int((now + AHEAD).timestamp())
    for start, end in wall_clock(person.working_hours.week, person.time_zone, *reach, person.holiday_dates):
        if instant(end) > now:
            return max(instant(start), now)
    return None
