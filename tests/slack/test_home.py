"""The home tab: the week's release calendar and the connections, as a person reads them; and how much a page bears."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.closure_facts import Halted
from bot.core.people import WallRange, Weekly
from bot.core.release_calendar import Entry, Release
from bot.core.release_week import Week, week_ahead
from bot.core.span import Span
from bot.core.words import when
from bot.slack.messages.connections import Connection, connections
from bot.slack.messages.home import HomeView, home, outsider_home
from bot.slack.messages.release_week import release_week
from bot.slack.speech import Speech
from tests.slack.identity_review import NEW_YORK, PEOPLE, TO_TWO_HELD, at, review
from tests.slack.printed import plain, told
from tests.slack.test_messages_closures import played, reopened_after_the_checklist, view

NOW = at(1, 14, 2)  # Tuesday in New York
BERLIN = "Europe/Berlin"


def page(zone: str = NEW_YORK, now: datetime = NOW, **parts: Any) -> HomeView:
    """A home in which nothing is, but for these parts."""
    empty: dict[str, Any] = {"week": Week(kept=True), "connections": ()}
    return HomeView(speech=Speech(PEOPLE, zone), now=now, **{**empty, **parts})


def weekly(day: Any, begin: int, end: int) -> Weekly:
    return Weekly(days=((day, (WallRange(start=begin * 60, end=end * 60),)),))


def entry(sort: Any, name: str | None, start: datetime, hours: float, **more: Any) -> Entry:
    return Entry(type=sort, name=name, span=Span(start, start + timedelta(hours=hours)), **more)


def cutover(id: str, start: datetime, hours: int, record: str | None = None) -> Release:
    return Release(id=id, cutover=Span(start, start + timedelta(hours=hours)), record=record)


ENTRIES = (
    entry("freeze", "Month-end <ledger> freeze", at(1, 0), 16),
    entry("freeze", "Card-network certification", at(4, 12), 6, services=("payments", "cards")),
    entry("freeze", "Quiet days", at(5, 0), 48),
    entry("booked", "Payments readiness review", at(1, 15), 1, binds=("reviews",)),
    entry("booked", "CHG-1046 Release-readiness review", at(4, 10, 30), 0.75),
    entry("booked", "Over already", at(1, 9), 1),
    entry("freeze", "Beyond the week", at(8, 0), 24),
    Entry(type="blackout", name="No Friday launches", hours=weekly("fri", 15, 24), time_zone=NEW_YORK, binds=("cutovers",)),
    Entry(type="blackout", hours=weekly("wed", 22, 6), time_zone=NEW_YORK, binds=("reviews",)),
)  # fmt: skip
RELEASES = (
    cutover("identity-4.2", at(3, 19), 4, "CHG-1042"),
    cutover("payments-9.1", at(3, 23), 2),
    Release(id="undated"),
)


def week(zone: str = NEW_YORK, entries: tuple[Entry, ...] = ENTRIES, releases: tuple[Release, ...] = RELEASES) -> str:
    days = week_ahead(entries, releases, NEW_YORK, zone, NOW)
    return plain(release_week(Week(kept=True, days=days), Speech(PEOPLE, zone)))


def test_the_week_reads_day_by_day() -> None:
    """Recurring entries are expanded, what is over or beyond is left out, a long freeze is said once."""
    assert (
        week()
        == """\
*Tue 1 Dec*
• until 16:00 freeze: Month-end <ledger> freeze
• 15:00 – 16:00 booked: Payments readiness review
*Wed 2 Dec*
• from 22:00 blackout (reviews only)
*Thu 3 Dec*
• until 06:00 blackout (reviews only)
• 19:00 – 23:00 cutover: identity-4.2 (CHG-1042)
• from 23:00 cutover: payments-9.1
*Fri 4 Dec*
• until 01:00 cutover: payments-9.1
• 10:30 – 11:15 booked: CHG-1046 Release-readiness review
• 12:00 – 18:00 freeze: Card-network certification (payments, cards only)
• from 15:00 blackout: No Friday launches (cutovers only)
*Sat 5 Dec – Sun 6 Dec*
• all day freeze: Quiet days
(Days and times are those of New York.)"""
    )


def test_the_days_are_those_of_the_reader() -> None:
    """What begins on Thursday evening in New York is on Friday in Berlin."""
    shown = week(BERLIN, entries=ENTRIES[:1])

    assert shown == (
        "*Tue 1 Dec*\n• 06:00 – 22:00 freeze: Month-end <ledger> freeze\n"
        "*Fri 4 Dec*\n• 01:00 – 05:00 cutover: identity-4.2 (CHG-1042)\n• 05:00 – 07:00 cutover: payments-9.1\n"
        "(Days and times are those of Berlin.)"
    )


def test_a_day_of_25_hours_is_a_whole_day() -> None:
    """The night in which New York's clocks go back."""
    now = datetime(2026, 10, 31, 14, 0, tzinfo=UTC)
    freeze = entry("freeze", "All of it", now - timedelta(days=9), 24 * 30)
    days = week_ahead((freeze,), (), NEW_YORK, NEW_YORK, now)

    assert [day.span.duration / timedelta(hours=1) for day in days] == [24, 25, 24, 24, 24, 24, 24]
    assert plain(release_week(Week(kept=True, days=days), Speech(PEOPLE, NEW_YORK))).startswith(
        "*Sat 31 Oct – Fri 6 Nov*\n• all day freeze: All of it\n"
    )


def test_a_full_day_says_how_much_more_there_is() -> None:
    crowd = tuple(entry("booked", f"Review {n:02d}", at(2, 10), 1) for n in range(13))

    assert week(entries=crowd, releases=()).endswith("Review 09\n3 more\n(Days and times are those of New York.)")


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (True, "Nothing in the next seven days: no freeze, no blackout, no booked slot, no cutover."),
        (False, "There is no release calendar: policy.yaml says `release_calendar: none`."),
    ],
)
def test_that_there_is_nothing_is_said(kept: bool, words: str) -> None:
    assert plain(release_week(Week(kept=kept), Speech(PEOPLE, NEW_YORK))) == words


def test_the_bots_own_slots_stand_there_without_a_release_calendar_too() -> None:
    days = week_ahead(ENTRIES[4:5], (), NEW_YORK, NEW_YORK, NOW)
    shown = plain(release_week(Week(kept=False, days=days), Speech(PEOPLE, NEW_YORK)))

    assert shown.startswith("There is no release calendar")
    assert "booked: CHG-1046 Release-readiness review" in shown


GOOD = (Connection("the database", None, NOW), Connection("Google's calendars", None, at(1, 9)))


def shown(*all: Connection) -> str:
    return plain(connections(all, Speech(PEOPLE, NEW_YORK), NOW))


def test_all_is_well_in_one_calm_line_and_only_of_what_was_looked_at() -> None:
    files = Connection("the workspace's files", None, NOW - timedelta(seconds=2))

    assert shown(GOOD[0], files, GOOD[1], Connection("published feeds")) == (
        "Nothing is known to be wrong.\n"
        "(Well when last looked at: the database and the workspace's files just now; Google's calendars Tue 1 Dec 09:00 New York. "
        "Not looked at since the last start, so nothing is known: published feeds.)"
    )


def test_what_is_wrong_has_a_line_each() -> None:
    feeds = Connection("published feeds", f"2 of 9 could not be read {when(at(1, 13))}.", at(1, 13))
    work = Connection(
        "work", "Two things were given up and wait for an operator: `readiness-bot effects list` says what."
    )

    assert shown(feeds, *GOOD, work) == (
        "• *Published feeds*: 2 of 9 could not be read Tue 1 Dec 13:00 New York.\n"
        "• *Work*: Two things were given up and wait for an operator: `readiness-bot effects list` says what.\n"
        "(Well when last looked at: the database just now; Google's calendars Tue 1 Dec 09:00 New York.)"
    )


def test_the_home_has_both_below_what_is_ones_own() -> None:
    days = week_ahead(ENTRIES[:1], (), NEW_YORK, NEW_YORK, NOW)

    assert """\
# Holds about to lapse
No hold runs out soon.
---
# Release calendar: the next seven days
*Tue 1 Dec*
• until 16:00 freeze: Month-end <ledger> freeze
(Days and times are those of New York.)
---
# Connections
Nothing is known to be wrong.
(Well when last looked at: the database just now; Google's calendars Tue 1 Dec 09:00 New York.)
---
# How to ask
""" in told(home(page(week=Week(kept=True, days=days), connections=GOOD)))


def test_however_much_waits_the_page_is_within_what_slack_takes_and_its_end_is_there() -> None:
    """A page that is full leaves out of one's own lists, and says so."""
    crowd = tuple(
        entry("booked", f"{day}.{n} " + "<&*long*> " * 60, at(1 + day, 15), 1, services=("service " * 40,))
        for day in range(7) for n in range(30)
    )  # fmt: skip
    days = week_ahead(crowd, (), NEW_YORK, NEW_YORK, NOW)
    bad = [Connection(f"provider {n}", "words " * 80) for n in range(30)]
    held = review(*TO_TWO_HELD)
    full = page(
        waiting=[held] * 25, mine=[held] * 25, lapsing=[(held, held.meeting.live_holds[0])] * 25, connections=bad, week=Week(kept=True, days=days),
        closures=[view(played(watch=reopened_after_the_checklist), Halted)] * 25,
    )  # fmt: skip
    printed = told(home(full))

    assert "further lines do not fit here" in printed
    for words in ("# Release calendar", "# Connections", "# How to ask", "is the same command under another name"):
        assert words in printed


def test_who_is_not_of_this_workspace_sees_nothing() -> None:
    assert told(outsider_home()) == (
        "# For members of this workspace\n"
        "Guests and people of other workspaces see and decide nothing here. Ask your contact in this workspace.\n"
    )
