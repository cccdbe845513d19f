"""When somebody is free by what people say of them, where no calendar tells it: free inside the windows, unknown outside."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from bot.core.people import Availability, Directory, Frozen
from bot.core.refusals import Refusal, refuse
from bot.core.span import Span, zone
from bot.core.times import instant_meant

MOST = 20
FURTHEST = timedelta(days=366)
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = re.compile(
    r"(?:(?P<named>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?),?)?\s*"
    rf"(?P<dated>today|tomorrow|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}\.?\s+{_MONTH}|{_MONTH}\s+\d{{1,2}})?",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?P<day>.*?)\s*(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?:-|–|—|to|until)\s*"
    r"(?P<last>\d{1,2})(?:[:.](?P<end>\d{2}))?",
    re.IGNORECASE,
)


class Attestation(Frozen):
    """One person's windows for one meeting: who said so, when, and (by digest) from what they know it."""

    person: str
    windows: tuple[Span, ...]
    by: str
    at: datetime
    source: str


def spoken_for(people: Directory, attestations: Collection[Attestation]) -> Directory:
    """The people as this meeting's search may see them: of whom something was stated, something is known."""
    named = [a.person for a in attestations if a.person in people.people]
    if not named:
        return people
    told = {p: people.people[p].model_copy(update={"attested": True}) for p in named}
    return people.model_copy(update={"people": {**people.people, **told}})


def believed(people: Mapping[str, Availability], attestations: Collection[Attestation]) -> Mapping[str, Availability]:
    """What is known of everybody: a window fills in what no calendar tells, and never frees what a calendar calls busy."""
    told = {a.person: _filled(people[a.person], a.windows) for a in attestations if a.person in people}
    return {**people, **told} if told else people


def _filled(known: Availability, windows: Collection[Span]) -> Availability:
    unknown = list(known.unknown)
    for window in windows:
        unknown = [piece for gap in unknown for piece in _less(gap, window)]
    return known._replace(unknown=tuple(unknown))


def _less(gap: Span, window: Span) -> list[Span]:
    if not gap.meets(window):
        return [gap]
    return [Span(a, b) for a, b in ((gap.start, window.start), (window.end, gap.end)) if a < b]


def windows_meant(text: str, time_zone: str, now: datetime) -> tuple[Span, ...] | Refusal:
    """`Thu 3 Dec 10:00-12:00`, a line or a comma each; `14:00-15:00` alone is of the day before it. Local times of
    `time_zone`. Whatever could mean two things, or nothing, is refused: nobody is free by a guess."""
    found: list[Span] = []
    day = ""
    parts = [
        part.strip(" .\t") for part in re.split(r"[\n;]|,(?!\s*\d{1,2}\.?\s+[a-z]{3})", text) if part.strip(" .\t")
    ]
    if not parts or len(parts) > MOST:
        return refuse("no_windows", f"Write one to {MOST} times, such as Thu 3 Dec 10:00-12:00. Nothing was kept.")
    for part in parts:
        shape = _RANGE.fullmatch(part)
        day = shape["day"].strip(" ,") or day if shape else ""
        window = _window(shape, day, time_zone, now) if shape else None
        if window is None or isinstance(window, Refusal):
            return window or _unclear(part)
        found.append(window)
    return _joined(found)


def _window(shape: re.Match[str], day: str, time_zone: str, now: datetime) -> Span | Refusal | None:
    written = _DAY.fullmatch(day)
    if not day or written is None:
        return None
    hour, minute = int(shape["hour"]), int(shape["minute"] or 0)
    last, end = int(shape["last"]), int(shape["end"] or 0)
    if not (hour, minute) < (last, end) <= (24, 0) or minute > 59 or end > 59:
        return None
    wanted = (written["dated"] or written["named"]).replace(".", "")
    start = instant_meant(f"{wanted} {hour:02}:{minute:02}", time_zone, now)
    if isinstance(start, Refusal):
        return None
    local = start.astimezone(zone(time_zone))
    if written["dated"] and written["named"] and local.weekday() != _DAYS.index(written["named"][:3].lower()):
        return refuse(
            "other_day", f"{day[:40]} is no {written['named']}. Nothing was kept. Correct the day or the date."
        )
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone(time_zone))
    closes = midnight + timedelta(days=1) if last == 24 else midnight.replace(hour=last, minute=end)
    return _ahead(Span(start, closes), shape.group(), now)


def _ahead(window: Span, text: str, now: datetime) -> Span | Refusal:
    if window.end <= now:
        return refuse("past", f"“{text[:40]}” is over. Nothing was kept. Write times that are still to come.")
    if window.start > now + FURTHEST:
        return refuse("far", f"“{text[:40]}” is more than a year away. Nothing was kept. Write nearer times.")
    return window


def _unclear(part: str) -> Refusal:
    return refuse("no_window", f"I cannot read “{part[:40]}” as a day with a time from and to. Nothing was kept. Write each like "
                  "Thu 3 Dec 10:00-12:00.")  # fmt: skip


def _joined(windows: Collection[Span]) -> tuple[Span, ...]:
    """In order, and those that touch made one: a meeting may lie across."""
    found: list[Span] = []
    for window in sorted(windows):
        if found and window.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return tuple(found)
