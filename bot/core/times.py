"""Which instant a person means by “Tue 10:30”: read in one zone, near now, and refused when it could mean two things."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from bot.core.mentions import plain
from bot.core.refusals import Refusal, refuse
from bot.core.span import zone

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(?:^|[\sT])(\d{1,2})[:.h](\d{2})\s*(am|pm)?(?:\s|$|[Z+])", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def instant_meant(text: str, time_zone: str, now: datetime) -> datetime | Refusal:
    """`Tue 10:30`, `2026-12-01 10:30`, `10:30` (the next such time), or ISO 8601 with an offset. Days are local ones."""
    clean = plain(text).strip("\"' ")
    try:
        exact = datetime.fromisoformat(clean)
    except ValueError:
        exact = None
    if exact is not None and exact.tzinfo is not None:
        return exact
    time = _TIME.search(f" {clean} ")
    if time is None or (time[3] and not 1 <= int(time[1]) <= 12):
        return _unclear(text)
    hour = int(time[1]) % 12 + (12 if time[3].lower() == "pm" else 0) if time[3] else int(time[1])
    if hour > 23 or int(time[2]) > 59:
        return _unclear(text)
    day = _day(clean, now.astimezone(zone(time_zone)), (hour, int(time[2])))
    if day is None:
        return _unclear(text)
    return datetime(day.year, day.month, day.day, hour, int(time[2]), tzinfo=zone(time_zone))


def _day(text: str, local: datetime, time: tuple[int, int]) -> date | None:
    """The day that is written, else the next one on which that time is still to come."""
    written = _DATE.search(text)
    if written:
        try:
            return date(int(written[1]), int(written[2]), int(written[3]))
        except ValueError:
            return None
    named = [i for word in text.lower().split() for i, day in enumerate(_DAYS) if word[:3] == day]
    gone = (local.hour, local.minute) >= time
    if not named:
        return local.date() + timedelta(days=1 if gone else 0)
    ahead = (named[0] - local.weekday()) % 7
    return local.date() + timedelta(days=7 if ahead == 0 and gone else ahead)


def _unclear(text: str) -> Refusal:
    return refuse(
        "no_time",
        f"I cannot read “{plain(text)[:40]}” as a time. Nothing changed. Write a day and a time, such as Tue 10:30 or "
        "2026-12-01 10:30.",
    )
