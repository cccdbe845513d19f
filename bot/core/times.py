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
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OF_MONTH = re.compile(
    rf"\b(?:(\d{{1,2}})\s+({'|'.join(_MONTHS)})[a-z]*|({'|'.join(_MONTHS)})[a-z]*\s+(\d{{1,2}}))\b(?![:.h])",
    re.IGNORECASE,
)
_NEAR = {"today": 0, "tomorrow": 1}


def instant_meant(text: str, time_zone: str, now: datetime) -> datetime | Refusal:
    """`Tue 10:30`, `tomorrow 10:30`, `1 Dec 10:30`, `2026-12-01 10:30`, `10:30` (the next such time), or ISO 8601 with an
    offset. Days are local ones."""
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
    of_month = _OF_MONTH.search(text)
    if of_month:
        return _next_date(int(of_month[1] or of_month[4]), (of_month[2] or of_month[3]).lower(), local.date())
    near = [_NEAR[word] for word in text.lower().split() if word in _NEAR]
    if near:
        return local.date() + timedelta(days=near[0])
    named = [i for word in text.lower().split() for i, day in enumerate(_DAYS) if word[:3] == day]
    gone = (local.hour, local.minute) >= time
    if not named:
        return local.date() + timedelta(days=1 if gone else 0)
    ahead = (named[0] - local.weekday()) % 7
    return local.date() + timedelta(days=7 if ahead == 0 and gone else ahead)


def _next_date(day: int, month: str, today: date) -> date | None:
    """That day of that month, in the year in which it is nearest."""
    found = []
    for year in range(max(today.year - 1, 1), min(today.year + 1, 9999) + 1):
        try:
            found.append(date(year, _MONTHS.index(month) + 1, day))
        except ValueError:
            continue
    return min(found, key=lambda each: abs(each - today), default=None)


def _unclear(text: str) -> Refusal:
    return refuse(
        "no_time",
        f"I cannot read “{plain(text)[:40]}” as a time. Nothing changed. Write a day and a time, such as Tue 10:30 or "
        "2026-12-01 10:30.",
    )
