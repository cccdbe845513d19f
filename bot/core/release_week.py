"""The release calendar of the days to come, day by day, as a release manager asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from bot.core.people import Frozen
from bot.core.release_calendar import Entry, Release
from bot.core.span import Span, ceil_second, floor_second, instant, local_date, merged, outward, zone

DAYS = 7
Sort = Literal["freeze", "blackout", "booked", "cutover"]
_ORDER: tuple[Sort, ...] = ("freeze", "blackout", "booked", "cutover")


class Planned(Frozen):
    """One thing of one day, with those of its hours that lie on that day. `services`: it is for these alone; `binds`: for
    reviews or for cutovers alone, where it is not for both."""

    sort: Sort
    name: str
    spans: tuple[Span, ...]
    services: tuple[str, ...] = ()
    binds: Literal["reviews", "cutovers"] | None = None


class Day(Frozen):
    """From midnight to midnight where the reader is. Only days on which something is."""

    span: Span
    planned: tuple[Planned, ...]


class Week(Frozen):
    """`kept`: whether the organisation has a release calendar at all."""

    kept: bool
    days: tuple[Day, ...] = ()


def week_ahead(
    entries: Sequence[Entry], releases: Sequence[Release], policy_zone: str, reader_zone: str, now: datetime
) -> tuple[Day, ...]:
    """Today and the six days after it, by the reader's calendar: what is not over yet."""
    days = [_bounds(reader_zone, day) for day in _dates(reader_zone, now)]
    whole = Span(days[0].start, days[-1].end)
    things = [*(_of_entry(e, policy_zone, whole) for e in entries), *(_of_release(r) for r in releases if r.cutover)]
    found = (Day(span=day, planned=_on(day, things, now)) for day in days)
    return tuple(day for day in found if day.planned)


def _dates(zone_name: str, now: datetime) -> Iterable[date]:
    today = now.astimezone(zone(zone_name)).date()
    return (today + timedelta(days=n) for n in range(DAYS))


def _bounds(zone_name: str, day: date) -> Span:
    noon = floor_second(datetime(day.year, day.month, day.day, 12, tzinfo=zone(zone_name)))
    here = local_date(zone_name, day, noon - 86_400, noon + 86_400)
    return Span(instant(here[0][0]), instant(here[-1][1]))


def _of_entry(entry: Entry, policy_zone: str, whole: Span) -> Planned:
    """With all its hours in the week: a recurring one has several."""
    stretches = entry.stretches(policy_zone, floor_second(whole.start), ceil_second(whole.end))
    # A booked slot is for reviews alone by what it is: that need not be said.
    alone = entry.binds[0] if len(entry.binds) == 1 and entry.type != "booked" else None
    return Planned(
        sort=entry.type, name=entry.name or "", services=entry.services or (), binds=alone,
        spans=tuple(Span(instant(start), instant(end)) for start, end in merged(stretches)),
    )  # fmt: skip


def _of_release(release: Release) -> Planned:
    named = f"{release.id} ({release.record})" if release.record else release.id
    spans = tuple(Span(instant(a), instant(b)) for a, b in outward([release.cutover] if release.cutover else []))
    return Planned(sort="cutover", name=named, spans=spans)


def _on(day: Span, things: Sequence[Planned], now: datetime) -> tuple[Planned, ...]:
    here = [thing.model_copy(update={"spans": _within(day, thing.spans, now)}) for thing in things]
    ordered = sorted((t for t in here if t.spans), key=lambda t: (t.spans[0], _ORDER.index(t.sort), t.name))
    return tuple(ordered)


def _within(day: Span, spans: Sequence[Span], now: datetime) -> tuple[Span, ...]:
    cut = (Span(max(s.start, day.start), min(s.end, day.end)) for s in spans if s.meets(day))
    return tuple(s for s in cut if s.end > now)
