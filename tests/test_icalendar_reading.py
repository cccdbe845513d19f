"""What an iCalendar file says of somebody's time: the contract's section 6, and RFC 5545 for what recurs."""

from __future__ import annotations

import datetime as datetime_module
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.core.people import Availability
from bot.core.span import Span
from integrations.calendars.icalendar_lines import Budget
from integrations.calendars.icalendar_reading import read_availability
from integrations.calendars.icalendar_rules import occurrences, rule

NEW_YORK = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(first: str, last: str) -> Span:
    return Span(utc(first), utc(last))


DECEMBER = span("2026-12-01", "2027-01-01")
UNKNOWN = Availability(unknown=(DECEMBER,))


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str) -> bytes:
    return calendar("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT")


def said(data: bytes, zone: str = NEW_YORK, over: Span = DECEMBER, own: str | None = None) -> list[str]:
    """`status start/end` in UTC, as people would write it down."""
    found = read_availability(data, zone, over, own)
    assert found.unknown == ()
    return [f"{b.status} {b.start:%m-%dT%H:%M}/{b.end:%m-%dT%H:%M}" for b in found.busy]


AT_NINE = ("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z")


class TestWholeFiles:
    """Readable only as one whole VCALENDAR in UTF-8."""

    def test_an_empty_calendar_is_free(self) -> None:
        assert read_availability(calendar(), NEW_YORK, DECEMBER) == Availability()

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\r\n \r\n",
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
            event(*AT_NINE)[:-16],
            event(*AT_NINE)[: -len(b"END:VEVENT\r\nEND:VCALENDAR\r\n")],
            event(*AT_NINE) + b"BEGIN:VEVENT\r\n",
            event(*AT_NINE) + calendar(),
            b"VERSION:2.0\r\n" + calendar(),
            b"BEGIN:VEVENT\r\nDTSTART:20261201T090000Z\r\nEND:VEVENT\r\n",
            calendar("BEGIN:VEVENT", "END:VTODO"),
            calendar("SUMMARY:caf\xe9").decode().encode("latin-1"),
            calendar("this is no property"),
            calendar("NAME;ONLY"),
            calendar(f"X-LONG:{'x' * (2 * 1024 * 1024)}"),
            b"<html>Please sign in</html>",
        ],
        ids=range(15),
    )
    def test_anything_less_is_unknown(self, data: bytes) -> None:
        assert read_availability(data, NEW_YORK, DECEMBER) == UNKNOWN

    def test_it_may_begin_with_a_mark_and_end_without_a_line(self) -> None:
        assert said(b"\xef\xbb\xbf" + event(*AT_NINE).rstrip()) == ["busy 12-01T09:00/12-01T10:00"]

    def test_lines_may_be_folded_anywhere_even_inside_a_character(self) -> None:
        folded = event("SUMMARY:caf\u00e9", *AT_NINE).replace(b"\xc3\xa9", b"\xc3\r\n \xa9")

        assert said(folded.replace(b"T0900", b"T09\r\n\t00")) == ["busy 12-01T09:00/12-01T10:00"]

    def test_names_may_be_written_small(self) -> None:
        assert said(event(*AT_NINE, "transp:transparent").lower().replace(b"z\r", b"Z\r").replace(b"t0", b"T0").replace(
            b"t1", b"T1")) == ["free 12-01T09:00/12-01T10:00"]  # fmt: skip

    def test_nothing_else_is_read(self) -> None:
        data = calendar(
            "BEGIN:VEVENT",
            *AT_NINE,
            'ATTENDEE;CN="a;b:c":mailto:x@example.com',
            "DTSTAMP:rubbish",
            "EXRULE:rubbish",
            "BEGIN:VALARM",
            "DURATION:rubbish",
            "TRIGGER:-PT15M",
            "END:VALARM",
            "END:VEVENT",
            "BEGIN:VTODO",
            "DTSTART:rubbish",
            "END:VTODO",
        )

        assert said(data) == ["busy 12-01T09:00/12-01T10:00"]

    @pytest.mark.parametrize(
        "lines",
        [
            ("DTSTART:20261301T090000Z",),
            ("DTSTART:20261201T250000Z",),
            ("DTSTART:yesterday",),
            ("DTSTART;VALUE=DATE:20261201T090000Z",),
            ("DTSTART;VALUE=DATE-TIME:20261201",),
            ("DTSTART:20261201T090000Z,20261202T090000Z",),
            ("DTSTART;TZID=Mars/Olympus:20261201T090000",),
            ("DTSTART;TZID=america/new_york:20261201T090000",),
            (*AT_NINE, "DTSTART:20261202T090000Z"),
            (*AT_NINE, "DURATION:PT1H"),
            ("DTSTART:20261201T090000Z", "DTEND:20261201T080000Z"),
            ("DTSTART:20261201T090000Z", "DTEND;VALUE=DATE:20261202"),
            ("DTSTART:20261201T090000Z", "DURATION:-PT1H"),
            ("DTSTART:20261201T090000Z", "DURATION:P"),
            ("DTSTART:20261201T090000Z", "DURATION:PT"),
            ("DTSTART:20261201T090000Z", "DURATION:one hour"),
            ("DTEND:20261201T090000Z",),
            (*AT_NINE, "RRULE:FREQ=SOMETIMES"),
            (*AT_NINE, "RRULE:FREQ=DAILY;FREQ=DAILY"),
            (*AT_NINE, "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20261231T000000Z"),
            (*AT_NINE, "RRULE:FREQ=DAILY;UNTIL=soon"),
            (*AT_NINE, "RRULE:FREQ=DAILY;INTERVAL=0"),
            (*AT_NINE, "RRULE:FREQ=DAILY;BYMONTH=13"),
            (*AT_NINE, "RRULE:FREQ=DAILY;BYDAY=1MO"),
            (*AT_NINE, "RRULE:FREQ=WEEKLY;BYMONTHDAY=1"),
            (*AT_NINE, "RRULE:FREQ=MONTHLY;BYSETPOS=1"),
            (*AT_NINE, "RRULE:FREQ=YEARLY;RSCALE=CHINESE"),
            ("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=HOURLY"),
            (*AT_NINE, "RDATE;VALUE=PERIOD:20261202T090000Z"),
            (*AT_NINE, "RDATE;VALUE=DATE:20261202"),
            (*AT_NINE, "EXDATE:never"),
            (*AT_NINE, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T090000Z"),
            ("DTSTART:00010101T000000", "DTEND:00010101T010000"),
            ("DTSTART:99991231T235959", "DURATION:P9999D"),
            (*AT_NINE, "STATUS:CANCELLED", "RRULE:rubbish"),
        ],
    )
    def test_one_bad_value_makes_it_unknown(self, lines: tuple[str, ...]) -> None:
        assert read_availability(event(*lines), "Asia/Tokyo", DECEMBER) == UNKNOWN


class TestStatus:
    """Which of the properties decides."""

    @pytest.mark.parametrize(
        ("lines", "status"),
        [
            ((), "busy"),
            (("STATUS:CONFIRMED",), "busy"),
            (("STATUS:TENTATIVE",), "tentative"),
            (("TRANSP:TRANSPARENT",), "free"),
            (("TRANSP:OPAQUE",), "busy"),
            (("TRANSP:TRANSPARENT", "STATUS:TENTATIVE"), "free"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), "free"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",), "tentative"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "TRANSP:TRANSPARENT", "STATUS:TENTATIVE"), "busy"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), "out_of_office"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",), "working_elsewhere"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:AWAY", "STATUS:TENTATIVE"), "tentative"),
            (("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "STATUS:CANCELLED"), "free"),
        ],
    )
    def test_the_first_that_speaks_decides(self, lines: tuple[str, ...], status: str) -> None:
        assert said(event(*AT_NINE, *lines)) == [f"{status} 12-01T09:00/12-01T10:00"]

    def test_our_own_hold_is_ignored_for_its_record_alone(self) -> None:
        data = event(*AT_NINE, "X-READINESS-RECORD:CHG-1042")

        assert said(data, own="CHG-1042") == []
        assert said(data, own="CHG-1") == said(data) == ["busy 12-01T09:00/12-01T10:00"]


class TestTimes:
    """Where a time is read, and how long it lasts."""

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (("DTSTART:20261201T090000", "DTEND:20261201T100000"), "12-01T14:00/12-01T15:00"),
            (("DTSTART;TZID=Europe/Berlin:20261201T090000", "DURATION:PT90M"), "12-01T08:00/12-01T09:30"),
            (('DTSTART;TZID="Europe/Berlin":20261201T090000', "DURATION:+P1DT1H"), "12-01T08:00/12-02T09:00"),
            (("DTSTART;VALUE=DATE:20261201",), "12-01T05:00/12-02T05:00"),
            (("DTSTART:20261201",), "12-01T05:00/12-02T05:00"),
            (("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204"), "12-01T05:00/12-04T05:00"),
            (("DTSTART;VALUE=DATE:20261201", "DURATION:P1W"), "12-01T05:00/12-08T05:00"),
            (("DTSTART:20261201T235960Z", "DTEND:20261202T010000Z"), "12-01T23:59/12-02T01:00"),
        ],
    )
    def test_dates_and_floating_times_are_the_owners(self, lines: tuple[str, ...], expected: str) -> None:
        assert said(event(*lines)) == [f"busy {expected}"]

    @pytest.mark.parametrize(
        "lines",
        [
            ("DTSTART:20261201T090000Z",),
            ("DTSTART:20261201T090000Z", "DTEND:20261201T090000Z"),
            ("DTSTART:20261201T090000Z", "DURATION:PT0S"),
            ("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261201"),
        ],
    )
    def test_an_empty_span_meets_nothing(self, lines: tuple[str, ...]) -> None:
        assert said(event(*lines)) == []

    def test_only_what_meets_the_span_is_told(self) -> None:
        asked = span("2026-12-01T10:00", "2026-12-01T11:00")

        assert said(event(*AT_NINE), over=asked) == []
        assert said(event("DTSTART:20261001T090000Z", "DTEND:20270201T090000Z"), over=asked) != []

    def test_the_first_of_a_repeated_hour_and_the_offset_before_a_skipped_one(self) -> None:
        """2026-11-01 01:30 happens twice in New York, 2026-03-08 02:30 not at all."""
        year = span("2026-01-01", "2027-01-01")

        assert said(event("DTSTART:20261101T013000", "DURATION:PT1H"), over=year) == ["busy 11-01T05:30/11-01T06:30"]
        assert said(event("DTSTART:20260308T023000", "DURATION:PT1H"), over=year) == ["busy 03-08T07:30/03-08T08:30"]

    def test_what_a_skipped_hour_makes_empty_is_empty(self) -> None:
        spring = span("2026-03-01", "2026-04-01")

        assert said(event("DTSTART:20260308T023000", "DTEND:20260308T030000"), over=spring) == []


VTIMEZONE = (
    "BEGIN:VTIMEZONE", "TZID:Our Office",
    "BEGIN:STANDARD", "DTSTART:16010101T020000", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500",
    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400",
    "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
)  # fmt: skip


class TestDefinedZones:
    """A TZID that is not IANA's, defined by the file."""

    @given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)))
    @settings(max_examples=60, deadline=None)
    def test_it_gives_the_same_instants_as_the_zone_it_describes(self, local: datetime) -> None:
        self.check(local)

    @pytest.mark.parametrize("minute", range(0, 180, 15))
    @pytest.mark.parametrize("day", [datetime(2026, 3, 8, 1), datetime(2027, 11, 7, 0)])
    def test_clock_changes_too(self, day: datetime, minute: int) -> None:
        self.check(day + timedelta(minutes=minute))

    def check(self, local: datetime) -> None:
        lines = ("BEGIN:VEVENT", f"DTSTART;TZID=%s:{local:%Y%m%dT%H%M%S}", "DURATION:PT1H", "END:VEVENT")
        over = span("2025-12-01", "2029-02-01")
        ours = read_availability(calendar(*VTIMEZONE, *(x.replace("%s", "Our Office") for x in lines)), "UTC", over)
        theirs = read_availability(calendar(*(x.replace("%s", NEW_YORK) for x in lines)), "UTC", over)

        assert ours == theirs
        assert len(ours.busy) == 1

    def test_one_that_ended_and_single_dates_are_followed(self) -> None:
        zone = (
            "BEGIN:VTIMEZONE", "TZID:Island",
            "BEGIN:STANDARD", "DTSTART:20000101T000000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0200", "END:STANDARD",
            "BEGIN:DAYLIGHT", "DTSTART:20100328T020000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0300",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20120325T000000Z", "END:DAYLIGHT",
            "BEGIN:STANDARD", "DTSTART:20101031T030000", "TZOFFSETFROM:+0300", "TZOFFSETTO:+0200",
            "RDATE:20111030T030000,20121028T030000", "END:STANDARD", "END:VTIMEZONE",
        )  # fmt: skip

        def starts(day: str) -> str:
            lines = ("BEGIN:VEVENT", f"DTSTART;TZID=Island:{day}T120000", "DURATION:PT1H", "END:VEVENT")
            return said(calendar(*zone, *lines), over=span("1990-01-01", "2030-01-01"))[0][5:16]

        assert [starts(d) for d in ("19950701", "20110701", "20120701", "20121201", "20260701")] == [
            "07-01T10:00",
            "07-01T09:00",
            "07-01T09:00",
            "12-01T10:00",
            "07-01T10:00",
        ]

    @pytest.mark.parametrize(
        "broken",
        [
            ("BEGIN:VTIMEZONE", "TZID:Our Office", "END:VTIMEZONE"),
            tuple(line.replace("TZOFFSETTO:-0500", "TZOFFSETTO:late") for line in VTIMEZONE),
            tuple(line for line in VTIMEZONE if not line.startswith("DTSTART")),
            tuple(line.replace("FREQ=YEARLY", "FREQ=OFTEN") for line in VTIMEZONE),
        ],
    )
    def test_a_bad_definition_matters_once_it_is_named(self, broken: tuple[str, ...]) -> None:
        office = ("BEGIN:VEVENT", "DTSTART;TZID=Our Office:20261201T090000", "DURATION:PT1H", "END:VEVENT")

        assert read_availability(calendar(*broken, *office), NEW_YORK, DECEMBER) == UNKNOWN
        assert read_availability(calendar(*broken), NEW_YORK, DECEMBER) == Availability()


class TestRecurrence:
    """RRULE, RDATE, EXDATE and RECURRENCE-ID, in local time."""

    def test_nine_oclock_stays_nine_oclock_over_a_clock_change(self) -> None:
        weekly = event("DTSTART;TZID=America/New_York:20261025T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2")

        assert said(weekly, over=span("2026-10-01", "2026-12-01")) == [
            "busy 10-25T13:00/10-25T14:00",
            "busy 11-01T14:00/11-01T15:00",
        ]

    def test_each_instance_is_as_long_as_the_first(self) -> None:
        """From 01:00 to 04:00 lasts four hours on the long night, and then always."""
        nightly = event(
            "DTSTART;TZID=America/New_York:20261101T010000",
            "DTEND;TZID=America/New_York:20261101T040000",
            "RRULE:FREQ=DAILY;COUNT=2",
        )

        assert said(nightly, over=span("2026-10-01", "2026-12-01")) == [
            "busy 11-01T05:00/11-01T09:00",
            "busy 11-02T06:00/11-02T10:00",
        ]

    def test_days_end_at_local_midnight_even_when_a_clock_changes(self) -> None:
        sundays = event("DTSTART;VALUE=DATE:20261025", "RRULE:FREQ=WEEKLY;COUNT=2")

        assert said(sundays, over=span("2026-10-01", "2026-12-01")) == [
            "busy 10-25T04:00/10-26T04:00",
            "busy 11-01T04:00/11-02T05:00",
        ]

    def test_a_skipped_start_is_read_with_the_offset_before_the_change(self) -> None:
        nightly = event("DTSTART;TZID=America/New_York:20260307T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")

        assert said(nightly, over=span("2026-03-01", "2026-04-01")) == [
            "busy 03-07T07:30/03-07T08:30",
            "busy 03-08T07:30/03-08T08:30",
            "busy 03-09T06:30/03-09T07:30",
        ]

    @pytest.mark.parametrize(
        ("until", "last"),
        [
            ("20261203T140000Z", "12-03T14:00/12-03T15:00"),
            ("20261203T135959Z", "12-02T14:00/12-02T15:00"),
            ("20261203T090000", "12-03T14:00/12-03T15:00"),
            ("20261203", "12-03T14:00/12-03T15:00"),
        ],
    )
    def test_until_is_included(self, until: str, last: str) -> None:
        daily = event(
            "DTSTART;TZID=America/New_York:20261201T090000",
            "DURATION:PT1H",
            f"RRULE:FREQ=DAILY;UNTIL={until}",
        )

        assert said(daily)[-1] == f"busy {last}"

    def test_dates_are_added_and_taken_away(self) -> None:
        data = event(
            "DTSTART;TZID=America/New_York:20261201T090000",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE;TZID=America/New_York:20261201T090000,20261203T090000",
            "EXDATE:20261204T140000Z",
            "RDATE;TZID=America/New_York:20261210T090000",
            "RDATE;VALUE=PERIOD:20261211T090000Z/PT3H,20261212T090000Z/20261212T093000Z",
        )

        assert said(data) == [
            "busy 12-02T14:00/12-02T15:00",
            "busy 12-10T14:00/12-10T15:00",
            "busy 12-11T09:00/12-11T12:00",
            "busy 12-12T09:00/12-12T09:30",
        ]

    def test_a_changed_instance_replaces_its_own(self) -> None:
        series = (
            "BEGIN:VEVENT",
            "UID:s",
            "DTSTART:20261201T090000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;COUNT=4",
        )
        moved = (
            "BEGIN:VEVENT",
            "UID:s",
            "RECURRENCE-ID:20261202T090000Z",
            "DTSTART:20261202T150000Z",
            "DURATION:PT2H",
        )
        dropped = (
            "BEGIN:VEVENT", "UID:s", "RECURRENCE-ID:20261203T090000Z", "DTSTART:20261203T090000Z", "STATUS:CANCELLED",
            "DURATION:PT1H",
        )  # fmt: skip
        stranger = ("BEGIN:VEVENT", "UID:t", "RECURRENCE-ID:20261204T090000Z", "DTSTART:20261205T090000Z")
        parts = [line for part in (moved, series, dropped, stranger) for line in (*part, "END:VEVENT")]

        assert said(calendar(*parts)) == [
            "busy 12-01T09:00/12-01T10:00",
            "busy 12-02T15:00/12-02T17:00",
            "free 12-03T09:00/12-03T10:00",
            "busy 12-04T09:00/12-04T10:00",
        ]

    def test_a_first_instance_that_its_rule_does_not_name_counts_all_the_same(self) -> None:
        """RFC 5545 leaves it open; a time that may be taken is not free."""
        assert said(event(*AT_NINE, "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1")) == [
            "busy 12-01T09:00/12-01T10:00",
            "busy 12-02T09:00/12-02T10:00",
        ]

    @pytest.mark.parametrize(
        "hostile",
        [
            "FREQ=SECONDLY",
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;COUNT=999999999",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
            "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1;COUNT=3",
            "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60)))
            + ";BYSECOND=" + ",".join(map(str, range(60))),
            "FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60))) + ";BYSETPOS=1",
        ],
    )  # fmt: skip
    def test_a_rule_made_to_keep_us_busy_ends_soon(self, hostile: str) -> None:
        data = calendar(
            *["BEGIN:VEVENT", "DTSTART:19700101T000000Z", "DURATION:PT1S", f"RRULE:{hostile}", "END:VEVENT"] * 40
        )
        found = read_availability(data, NEW_YORK, DECEMBER)  # a rule that were followed for ever would never come back

        assert found.unknown in ((), (DECEMBER,))

    def test_more_than_can_be_followed_is_unknown(self) -> None:
        assert read_availability(event(*AT_NINE, "RRULE:FREQ=SECONDLY"), NEW_YORK, DECEMBER) == UNKNOWN


class TestFreeBusy:
    """VFREEBUSY, and what it covers."""

    def test_its_periods_have_their_own_statuses(self) -> None:
        data = calendar(
            "BEGIN:VFREEBUSY",
            "FREEBUSY:20261201T090000Z/20261201T100000Z,20261201T110000Z/PT30M",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261202T090000Z/PT1H",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261203T090000Z/PT1H",
            "FREEBUSY;FBTYPE=FREE:20261204T090000Z/PT1H",
            "FREEBUSY;FBTYPE=X-GONE-FISHING:20261205T090000Z/PT1H",
            "END:VFREEBUSY",
        )

        assert said(data) == [
            "busy 12-01T09:00/12-01T10:00",
            "busy 12-01T11:00/12-01T11:30",
            "tentative 12-02T09:00/12-02T10:00",
            "out_of_office 12-03T09:00/12-03T10:00",
            "free 12-04T09:00/12-04T10:00",
            "busy 12-05T09:00/12-05T10:00",
        ]

    def test_outside_the_union_of_what_they_cover_nothing_is_known(self) -> None:
        covers = [
            ("20261205", "20261207"),
            ("20261207", "20261210"),
            ("20261206", "20261208"),
            ("20261220", "20261221"),
        ]
        parts = [
            line
            for first, last in covers
            for line in (
                "BEGIN:VFREEBUSY",
                f"DTSTART:{first}T000000Z",
                f"DTEND:{last}T000000Z",
                "END:VFREEBUSY",
            )
        ]

        found = read_availability(calendar(*parts, "BEGIN:VFREEBUSY", "END:VFREEBUSY"), NEW_YORK, DECEMBER)

        assert found.unknown == (
            span("2026-12-01", "2026-12-05"),
            span("2026-12-10", "2026-12-20"),
            span("2026-12-21", "2027-01-01"),
        )

    def test_where_none_says_what_it_covers_all_is_covered(self) -> None:
        data = calendar("BEGIN:VFREEBUSY", "DTSTART:20261201T000000Z", "END:VFREEBUSY")

        assert read_availability(data, NEW_YORK, DECEMBER) == Availability()

    @pytest.mark.parametrize("bad", ["20261201T090000Z", "20261201T090000Z/", "20261201T090000Z/20261201T080000Z"])
    def test_a_bad_period_makes_it_unknown(self, bad: str) -> None:
        data = calendar("BEGIN:VFREEBUSY", f"FREEBUSY:{bad}", "END:VFREEBUSY")

        assert read_availability(data, NEW_YORK, DECEMBER) == UNKNOWN


FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@st.composite
def rules(draw: Any) -> str:
    """Rules that RFC 5545 allows and another expander reads in the same way."""
    freq = draw(st.sampled_from(FREQUENCIES))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 4))}", f"WKST={draw(st.sampled_from(WEEKDAYS))}"]

    def maybe(name: str, values: st.SearchStrategy[Any]) -> bool:
        chosen = draw(st.lists(values, max_size=3, unique=True))
        if chosen:
            parts.append(f"{name}={','.join(map(str, chosen))}")
        return bool(chosen)

    maybe("BYMONTH", st.integers(1, 12))
    if freq != "WEEKLY":
        maybe("BYMONTHDAY", st.integers(1, 31) | st.integers(-31, -1))
    nth = st.integers(1, 5).map(str) | st.integers(-5, -1).map(str)
    plain = freq not in ("YEARLY", "MONTHLY")
    plain = plain or draw(st.booleans())
    by_day = maybe("BYDAY", st.tuples(st.just("") if plain else nth, st.sampled_from(WEEKDAYS)).map("".join))
    counted = any(c.isdigit() for part in parts if part.startswith("BYDAY") for c in part)
    if freq == "YEARLY":
        maybe("BYYEARDAY", st.integers(1, 366) | st.integers(-366, -1))
        if by_day and not counted:
            maybe("BYWEEKNO", st.integers(1, 53) | st.integers(-53, -1))
    maybe("BYHOUR", st.integers(0, 23))
    if maybe("BYMINUTE", st.integers(0, 59)) and freq != "WEEKLY":  # there it counts from the start, not from the week
        maybe("BYSETPOS", st.integers(1, 3) | st.integers(-3, -1))
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    return ";".join(parts)


class TestRulesAgainstAnotherExpander:
    """python-dateutil, which was written by others, names the same times."""

    @given(rules(), st.datetimes(datetime(2019, 1, 1), datetime(2021, 1, 1)), st.integers(0, 900))
    @settings(max_examples=250, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    def test_it_names_the_same_times(self, text: str, start: datetime, days: int) -> None:
        start = start.replace(microsecond=0)
        lower = start + timedelta(days=days)
        upper = lower + timedelta(days=400)

        ours = [t for t in occurrences(rule(text), start, lower, upper, Budget()) if lower <= t <= upper]

        bounded = text if "COUNT" in text else f"{text};UNTIL={upper:%Y%m%dT%H%M%S}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("dateutil.rrule.datetime", _ENDS_SOON)
            theirs = [t for t in _theirs(bounded, start, upper) if lower <= t]
        assert ours == theirs

    def test_positions_are_counted_in_the_whole_month_as_in_the_standards_example(self) -> None:
        """RFC 5545: the third of Tuesday, Wednesday and Thursday, from Thursday 1997-09-04 on."""
        start = datetime(1997, 9, 4, 9)
        text = "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"

        found = occurrences(rule(text), start, start, datetime(1998, 1, 1), Budget())

        assert [t.date() for t in found] == [date(1997, 9, 4), date(1997, 10, 7), date(1997, 11, 6)]

    def test_a_week_number_without_a_day_means_the_first_events_weekday(self) -> None:
        tuesday = datetime(2026, 5, 12, 9)
        found = occurrences(rule("FREQ=YEARLY;BYWEEKNO=20"), tuesday, tuesday, datetime(2028, 12, 1), Budget())

        assert [t.date() for t in found] == [date(2026, 5, 12), date(2027, 5, 18), date(2028, 5, 16)]


# The other expander follows a rule that names nothing to the year 9999; here the last year is 2026.
_ENDS_SOON = SimpleNamespace(**{**vars(datetime_module), "MAXYEAR": 2026})


def _theirs(text: str, start: datetime, upper: datetime) -> list[datetime]:
    try:
        return list(takewhile(lambda t: t <= upper, rrulestr(text, dtstart=start)))
    except ValueError as refused:
        assert "empty set" in str(refused)  # hours or minutes that its interval never reaches
        return []


ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
    "UTC",
)


class TestMinuteByMinute:
    """The slow and obvious reading: go through the minutes, and ask of each whether an instance covers it."""

    @given(
        st.sampled_from(ZONES),
        st.sampled_from(ZONES),
        st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 10))
        | st.datetimes(datetime(2026, 10, 1), datetime(2026, 11, 5)),
        st.integers(0, 400),
        st.integers(1, 3),
        st.integers(1, 20),
        st.sets(st.integers(0, 10), max_size=3),
    )
    @settings(max_examples=80, deadline=None)
    def test_the_same_minutes_are_busy(
        self, zone: str, owner: str, start: datetime, minutes: int, every: int, count: int, left_out: set[int]
    ) -> None:
        start = start.replace(second=0, microsecond=0)
        days = [start + timedelta(days=every * n) for n in range(count)]
        without = [f"EXDATE;TZID={zone}:{days[n]:%Y%m%dT%H%M%S}" for n in sorted(left_out) if n < count]
        data = event(
            f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}",
            f"DURATION:PT{minutes}M",
            f"RRULE:FREQ=DAILY;INTERVAL={every};COUNT={count}",
            *without,
        )
        asked = Span(days[0].replace(tzinfo=UTC) - timedelta(days=1), days[0].replace(tzinfo=UTC) + timedelta(days=4))

        found = read_availability(data, owner, asked)

        here = ZoneInfo(zone)
        begins = [d.replace(tzinfo=here).astimezone(UTC) for n, d in enumerate(days) if n not in left_out]
        minute = asked.start
        while minute < asked.end:
            expected = any(b <= minute < b + timedelta(minutes=minutes) for b in begins)
            assert any(b.start <= minute < b.end for b in found.busy) == expected, minute
            minute += timedelta(minutes=13)


class TestNoise:
    """Whatever arrives, the answer is an availability."""

    WORDS = (
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
        "BEGIN:STANDARD", "END:STANDARD", "TZID:Z", "TZOFFSETFROM:+0100", "TZOFFSETTO:+2359", "UID:1",
        "DTSTART:20261201T090000Z", "DTSTART;TZID=Z:99991231T235959", "DTSTART;VALUE=DATE:00010101", "DURATION:P9999999W",
        "RRULE:FREQ=YEARLY;BYMONTHDAY=-31", "RRULE:FREQ=HOURLY;INTERVAL=999999999", "RDATE;VALUE=PERIOD:/",
        "EXDATE:,", "FREEBUSY:20261201T090000Z/P1D", "RECURRENCE-ID:20261201T090000Z", "STATUS:", ";:", ":",
    )  # fmt: skip

    @given(st.lists(st.sampled_from(WORDS) | st.text(max_size=20), max_size=14))
    @settings(max_examples=300, deadline=None)
    def test_no_file_is_a_traceback(self, lines: list[str]) -> None:
        data = "\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode("utf-8", "replace")

        assert isinstance(read_availability(data, NEW_YORK, DECEMBER), Availability)

    @given(st.sampled_from([line for line in WORDS if not line.startswith(("BEGIN", "END"))]), st.integers(0, 3))
    def test_a_file_cut_off_anywhere_is_never_free(self, line: str, spare: int) -> None:
        whole = event(*AT_NINE, line)
        for cut in range(len(whole) - len("\r\n") - spare, 0, -7):
            if whole[:cut].rstrip().endswith(b"END:VCALENDAR"):
                continue
            assert read_availability(whole[:cut], NEW_YORK, DECEMBER) == UNKNOWN
