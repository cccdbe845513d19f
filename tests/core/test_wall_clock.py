"""Hours on the wall, grids and deadlines, on both sides of a clock change."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.people import DAYS, WallRange, Weekly
from bot.core.record import Deadline
from bot.core.span import instant, local_date, merged, offsets, wall_clock, zone
from bot.core.starts import Starts, bits, grid_times, runs, split


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def daily(*ranges: tuple[int, int]) -> Weekly:
    return Weekly(days=tuple((day, tuple(WallRange(start=a, end=b) for a, b in ranges)) for day in DAYS))


def local_hours(weekly: Weekly, zone: str, start: str, end: str, *off: str) -> list[tuple[str, str]]:
    days = frozenset(date.fromisoformat(day) for day in off)
    stretches = wall_clock(weekly.week, zone, at(start), at(end), days)
    return [tuple(f"{instant(edge):%d %H:%M}" for edge in each) for each in stretches]  # type: ignore[misc] # pairs


def test_nine_is_nine_on_both_sides_of_a_clock_change() -> None:
    """New York goes from UTC-5 to UTC-4 on 8 March 2026; 09:00 moves from 14:00 to 13:00 UTC."""
    hours = local_hours(daily((540, 1020)), "America/New_York", "2026-03-07T00:00Z", "2026-03-10T00:00Z")

    assert hours == [("07 14:00", "07 22:00"), ("08 13:00", "08 21:00"), ("09 13:00", "09 21:00")]


def test_a_repeated_hour_counts_both_times() -> None:
    """01:00 to 01:30 comes twice on 1 November."""
    hours = local_hours(daily((60, 90)), "America/New_York", "2026-11-01T00:00Z", "2026-11-01T12:00Z")

    assert hours == [("01 05:00", "01 05:30"), ("01 06:00", "01 06:30")]


def test_a_skipped_hour_counts_not_at_all() -> None:
    """02:00 to 03:00 does not exist on 8 March; 01:00 to 04:00 is two hours long."""
    gone = local_hours(daily((120, 180)), "America/New_York", "2026-03-08T00:00Z", "2026-03-08T12:00Z")
    shorter = local_hours(daily((60, 240)), "America/New_York", "2026-03-08T00:00Z", "2026-03-08T12:00Z")

    assert gone == []
    assert shorter == [("08 06:00", "08 08:00")]


def test_half_an_hour_is_repeated_on_lord_howe() -> None:
    """At 02:00 on 4 April 2027 the clocks go back to 01:30."""
    hours = local_hours(daily((105, 115)), "Australia/Lord_Howe", "2027-04-03T12:00Z", "2027-04-03T18:00Z")

    assert hours == [("03 14:45", "03 14:55"), ("03 15:15", "03 15:25")]


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    """Friday's night ends on Saturday morning, and Saturday has none of its own."""
    friday = Weekly(days=(("fri", (WallRange(start=1320, end=360),)),))

    hours = local_hours(friday, "UTC", "2026-11-30T00:00Z", "2026-12-07T00:00Z")

    assert hours == [("04 22:00", "05 06:00")]


@pytest.mark.parametrize("year", [2000, 2011, 2026, 2040])
def test_no_change_of_any_clock_is_overlooked(year: int) -> None:
    """Wherever one looks, every zone is as far from UTC as its stretch says: those that changed back within a week too."""
    begin, end = at(f"{year}-01-01T00:00Z"), at(f"{year + 1}-01-01T00:00Z")
    for name in sorted(zoneinfo.available_timezones()):
        here = zone(name)
        stretches = offsets(name, begin, end)
        assert [stretches[0][0], *(until for _, until, _ in stretches)] == [
            *(since for since, _, _ in stretches),
            end,
        ]
        for since, until, offset in stretches:
            for second in (*range(since, until, 86_400), until - 1):
                assert datetime.fromtimestamp(second, here).utcoffset() == timedelta(seconds=offset), (name, second)


def test_days_that_touch_at_midnight_are_one() -> None:
    """The whole day, every day, is one stretch; and so are 18:00-24:00 and 00:00-06:00."""
    whole = local_hours(daily((0, 1440)), "UTC", "2026-12-01T00:00Z", "2026-12-04T00:00Z")
    nights = local_hours(daily((1080, 1440), (0, 360)), "UTC", "2026-12-01T12:00Z", "2026-12-02T12:00Z")

    assert whole == [("01 00:00", "04 00:00")]
    assert nights == [("01 18:00", "02 06:00")]


def test_a_holiday_takes_the_hours_of_its_own_date() -> None:
    """What of a night lies on the holiday is gone; the evening before and the morning after stay."""
    hours = local_hours(daily((1320, 360)), "UTC", "2026-12-24T12:00Z", "2026-12-26T12:00Z", "2026-12-25")

    assert hours == [("24 22:00", "25 00:00"), ("26 00:00", "26 06:00")]


def test_a_day_that_a_zone_left_out_has_no_hours() -> None:
    """Samoa went from 29 to 31 December 2011."""
    hours = local_hours(daily((540, 600)), "Pacific/Apia", "2011-12-29T00:00Z", "2012-01-01T00:00Z")

    assert hours == [("29 19:00", "29 20:00"), ("30 19:00", "30 20:00"), ("31 19:00", "31 20:00")]
    assert local_date("Pacific/Apia", date(2011, 12, 30), at("2011-12-28T00:00Z"), at("2012-01-02T00:00Z")) == []


def test_changes_are_found_to_the_second() -> None:
    """Casablanca goes back for Ramadan and forward again five weeks later."""
    pieces = offsets("Africa/Casablanca", at("2026-02-01T00:00Z"), at("2026-04-01T00:00Z"))

    assert [(f"{instant(start):%m-%d %H:%M:%S}", offset) for start, _, offset in pieces] == [
        ("02-01 00:00:00", 3600),
        ("02-15 02:00:00", 0),
        ("03-22 02:00:00", 3600),
    ]


@pytest.mark.parametrize(
    ("zone", "grid", "first", "last", "expected"),
    [
        ("America/New_York", 60, "2026-03-08T05:00Z", "2026-03-08T09:00Z", "05:00 06:00 07:00 08:00 09:00"),
        ("America/New_York", 90, "2026-03-08T05:00Z", "2026-03-08T09:00Z", "05:00 06:30 07:00 08:30"),
        ("Asia/Kathmandu", 30, "2026-06-10T00:00Z", "2026-06-10T01:00Z", "00:15 00:45"),
        ("UTC", 7, "2026-06-10T23:40Z", "2026-06-11T00:10Z", "23:41 23:48 23:55 00:00 00:07"),
        ("Australia/Lord_Howe", 60, "2027-04-03T14:00Z", "2027-04-03T16:30Z", "14:00 15:30 16:30"),
    ],
)
def test_starts_are_read_off_the_wall(zone: str, grid: int, first: str, last: str, expected: str) -> None:
    """Whole grid steps after local midnight, whatever the distance from UTC."""
    times = grid_times(zone, grid * 60, at(first), at(last))

    assert " ".join(f"{instant(each):%H:%M}" for each in times) == expected


def test_half_open_means_that_touching_is_not_meeting() -> None:
    """With starts at every quarter and meetings of 45 minutes, busy 10:00-11:00 rules out 09:30 to 10:45."""
    starts = Starts(range(at("2026-12-01T09:00Z"), at("2026-12-01T12:00Z"), 900), 2700, 900)
    busy = [(at("2026-12-01T10:00Z"), at("2026-12-01T11:00Z"))]

    ruled_out = [f"{instant(starts.times[k]):%H:%M}" for k in bits(starts.meeting(busy))]
    within = [f"{instant(starts.times[k]):%H:%M}" for k in bits(starts.inside(busy))]

    assert ruled_out == ["09:30", "09:45", "10:00", "10:15", "10:30", "10:45"]
    assert within == ["10:00", "10:15"]


def test_even_and_uneven_starts_are_ruled_out_alike() -> None:
    """The quick way for evenly spaced starts and the careful way for others give the same masks."""
    times = range(at("2026-12-01T09:00Z"), at("2026-12-01T15:00Z"), 420)
    base = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    busy = [
        (base, base, "busy"),
        (base.replace(microsecond=1), base.replace(minute=20, second=59, microsecond=999_999), "busy"),
        (base.replace(hour=8), base.replace(hour=9, minute=7), "tentative"),
        (base.replace(hour=12), base.replace(hour=13), "free"),
        (base.replace(hour=14, minute=33), base.replace(hour=23), "busy"),
    ]
    even, uneven = Starts(times, 2220, 420), Starts(tuple(times), 2220, 420)

    assert even.meeting_busy(busy, {"busy", "tentative"}) == uneven.meeting_busy(busy, {"busy", "tentative"})


def test_masks_are_read_as_runs_and_parted_by_masks() -> None:
    """A mask is runs of ones; parting keeps every start once."""
    assert list(runs(0b1101110)) == [(1, 4), (5, 7)]
    assert list(runs(0)) == []
    assert split(0b1111, [0b0011, 0, 0b0110]) == {(0, 2): 0b0010, (0,): 0b0001, (2,): 0b0100, (): 0b1000}
    assert merged([(5, 9), (1, 3), (3, 4), (6, 7), (11, 11)]) == [(1, 4), (5, 9)]


@pytest.mark.parametrize(
    ("start", "days", "closes_at", "holidays", "expected"),
    [
        ("2026-12-01T10:15-06:00", 5, "18:00", (), "2026-12-09T00:00Z"),
        ("2026-12-01T10:15-06:00", 1, "18:00", ("2026-12-02",), "2026-12-04T00:00Z"),
        ("2026-12-04T23:59-06:00", 1, "09:00", (), "2026-12-07T15:00Z"),
        ("2026-12-05T05:59Z", 1, "09:00", (), "2026-12-07T15:00Z"),
    ],
)
def test_a_deadline_counts_business_days(
    start: str, days: int, closes_at: str, holidays: tuple[str, ...], expected: str
) -> None:
    """Day 1 is the first business day after the local date of the beginning."""
    deadline = Deadline(
        start=datetime.fromisoformat(start),
        business_days=days,
        time_zone="America/Mexico_City",
        holiday_dates=frozenset(holidays),
        closes_at=closes_at,
    )

    assert deadline.instant() == datetime.fromisoformat(expected)


def test_a_deadline_at_a_skipped_or_repeated_time() -> None:
    """A skipped time is read with the offset before the change, a repeated one the first time."""

    def closing(start: str, closes_at: str) -> datetime:
        return Deadline(
            start=datetime.fromisoformat(start),
            business_days=1,
            time_zone="Africa/Cairo",
            closes_at=closes_at,
        ).instant()

    # Egypt's clocks change on weekdays: 00:00 to 01:00 is skipped on Friday 24 April, 23:00 repeated on Thursday 29 October.
    assert closing("2026-04-23T12:00+02:00", "00:30") == datetime(2026, 4, 23, 22, 30, tzinfo=UTC)
    assert closing("2026-10-28T12:00+03:00", "23:30") == datetime(2026, 10, 29, 20, 30, tzinfo=UTC)
