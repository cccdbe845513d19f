"""release-calendar.yaml: freezes, blackouts, booked review slots, planned releases."""

from __future__ import annotations

from typing import Literal

from bot.core.release_calendar import Entry, Release, ReleaseCalendar
from bot.workspace_hours import check_one_form, weekly
from bot.workspace_problems import quoted
from bot.workspace_reading import (
    Keys,
    Place,
    Section,
    Unreadable,
    an_id,
    each,
    one_of,
    some,
    span,
    span_in,
    text,
    time_zone,
)

RELEASE_CALENDAR = Keys(optional=("entries", "releases"))
ENTRY = Keys(
    required=("type",), optional=("start", "end", "hours", "time_zone", "name", "services", "binds")
)  # fmt: skip
RELEASE = Keys(required=("id",), optional=("services", "environments", "cutover", "record", "depends_on"))

Bound = Literal["reviews", "cutovers"]
BOTH: tuple[Bound, ...] = ("reviews", "cutovers")
SORTS: tuple[Literal["freeze", "blackout", "booked"], ...] = ("freeze", "blackout", "booked")
REVIEWS: tuple[Bound, ...] = ("reviews",)


def release_calendar(place: Place, zone: str) -> ReleaseCalendar:
    """The whole file; `zone` is the policy's, for recurring entries that name none."""
    section = Section(place, RELEASE_CALENDAR)
    releases: tuple[Release, ...] = section.maybe("releases", each(_release)) or ()
    names = [release.id for release in releases]
    for name in sorted({n for n in names if names.count(n) > 1}):
        section.values["releases"].complain(f"the release {quoted(name)} stands twice; give each its own id")
    return ReleaseCalendar(entries=section.read("entries", each(lambda at: _entry(at, zone)), ()), releases=releases)


def _entry(place: Place, zone: str) -> Entry:
    section = Section(place, ENTRY)
    sort = section.maybe("type", one_of(*SORTS))
    check_one_form(section)
    hours = section.maybe("hours", weekly)
    if sort is None or ("hours" in section and hours is None):
        raise Unreadable
    return Entry(
        type=sort,
        name=section.maybe("name", text),
        span=None if hours else span_in(section),
        hours=hours,
        time_zone=section.maybe("time_zone", time_zone) or (zone if hours else None),
        services=section.maybe("services", each(text)),
        binds=section.read("binds", some(one_of(*BOTH)), REVIEWS if sort == "booked" else BOTH),
    )


def _release(place: Place) -> Release:
    section = Section(place, RELEASE)
    return Release(
        id=section.read("id", text, ""),
        services=section.read("services", each(text), ()),
        environments=section.read("environments", each(text), ()),
        cutover=section.maybe("cutover", span),
        record=section.maybe("record", an_id),
        depends_on=section.read("depends_on", each(text), ()),
    )
