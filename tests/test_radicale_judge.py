"""A CalDAV server that others wrote judges our interval arithmetic: the same events, the same question, the same busy time."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest

from bot.core.span import Span
from integrations.calendars.icalendar_reading import read_availability

CALENDARS, QUESTIONS, EVENTS = 25, 5, 12
# Both clock changes of both zones lie in the time that is asked about.
FIRST, LAST = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
# Where the two read the same text differently, the text is not written:
# - Radicale reads dates and floating times in UTC; so does the owner here. That they are the owner's is held elsewhere.
# - Radicale keeps the length of a repeated event by the wall clock; RFC 5545 says the exact length. No timed event in a
#   zone reaches over a night, so none meets a change of the clock.
# - Radicale takes an event of no length for one of a second (RFC 4791, 9.9, for its filters). None is written.
# - Radicale forgets that one day of an all-day series was moved: it compares the date of RECURRENCE-ID with date-times. RFC
#   5545 says that the moved one replaces it. Days of all-day series are left out (EXDATE) and added, and never moved.
# - Radicale lets each day of an all-day series without an end last a second; RFC 5545 says a day. Such series state one.
# - Radicale counts a first start that is outside its own rule as one of COUNT; RFC 5545 leaves it open. First starts fit.
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
_DEFINED = {
    "Europe/Berlin": ("+0100", "+0200", "3;BYDAY=-1SU", "20070325T020000", "10;BYDAY=-1SU", "20071028T030000"),
    "America/New_York": ("-0500", "-0400", "3;BYDAY=2SU", "20070311T020000", "11;BYDAY=1SU", "20071104T020000"),
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Radicale:
    """The server, in a process of its own, on loopback, with a folder that goes with it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.at = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}",
             "--storage-filesystem-folder", str(folder), "--auth-type", "none", "--rights-type", "authenticated",
             "--logging-level", "error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def answers(self) -> bool:
        """Within ten seconds."""
        for _ in range(200):
            try:
                with urlopen(Request(f"{self.at}/.web/"), timeout=1):
                    return True
            except HTTPError:
                return True
            except (URLError, OSError):
                time.sleep(0.05)
        return False

    def _ask(self, method: str, path: str, body: str, kind: str) -> str:
        asked = Request(f"{self.at}{path}", body.encode(), method=method)
        asked.add_header("Content-Type", kind)
        asked.add_header("Authorization", "Basic cHJpeWE6")  # priya, whom nobody asks for a password
        with urlopen(asked, timeout=10) as answer:
            return str(answer.read().decode())

    def keep(self, name: str, calendar: str) -> None:
        self._ask("PUT", f"/priya/{name}/", calendar, "text/calendar; charset=utf-8")

    def busy(self, name: str, span: Span) -> dict[str, list[Span]]:
        """The merged answer of a `free-busy-query`, by FBTYPE."""
        wanted = (
            '<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">'
            f'<C:time-range start="{stamp(span.start)}" end="{stamp(span.end)}"/></C:free-busy-query>'
        )
        answer = self._ask("REPORT", f"/priya/{name}/", wanted, "application/xml; charset=utf-8")
        found: dict[str, list[Span]] = {}
        for line in re.sub(r"\r?\n[ \t]", "", answer).splitlines():
            if shape := re.fullmatch(r"FREEBUSY(?:;FBTYPE=([A-Z-]+))?:(.+)", line):
                found.setdefault(shape[1] or "BUSY", []).extend(period(text) for text in shape[2].split(","))
        return {kind: merged(spans, span) for kind, spans in found.items() if kind != "FREE"}


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    server = Radicale(tmp_path_factory.mktemp("radicale"))
    try:
        assert server.answers(), "Radicale did not start"
        yield server
    finally:
        server.process.terminate()
        server.process.wait(10)


def stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def period(text: str) -> Span:
    begin, end = text.split("/")
    start = datetime.strptime(begin, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if not end.startswith("P"):
        return Span(start, datetime.strptime(end, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    shape = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", end)
    assert shape
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in shape.groups())
    return Span(start, start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds))


def merged(spans: list[Span], within: Span) -> list[Span]:
    """What of `within` they cover, as the fewest spans."""
    found: list[Span] = []
    for span in sorted(spans):
        start, end = max(span.start, within.start), min(span.end, within.end)
        if start >= end:
            continue
        if found and start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(end, found[-1].end))
        else:
            found.append(Span(start, end))
    return found


class Writer:
    """Random calendars: timed and all-day, in zones and not, once and again, tentative, transparent, cancelled."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def calendar(self) -> str:
        events = [line for number in range(EVENTS) for line in self.event(number)]
        return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:judge", *zones(), *events, "END:VCALENDAR", ""])

    def span(self) -> Span:
        start = FIRST + timedelta(hours=self.chance.randrange(24 * 250), minutes=self.chance.choice((0, 15, 37)))
        return Span(start, start + timedelta(hours=self.chance.choice((1, 5, 24, 24 * 7, 24 * 40))))

    def event(self, number: int) -> list[str]:
        day = (FIRST + timedelta(days=self.chance.randrange(250))).date()
        series = self.chance.random() < 0.6
        start, lasts, where = self._timed(day) if self.chance.random() < 0.7 else self._whole_days(day, series)
        lines = [f"DTSTART{where}:{start}", *lasts, *self._state()]
        again = self._again(day, where) if series else []
        beside = self._beside(day, start, where) if again else []
        main = event(f"{number}@example.com", [*lines, *again, *beside])
        return main + (self._moved(number, start, where) if again and not beside and "DATE" not in where else [])

    def _timed(self, day: date) -> tuple[str, list[str], str]:
        """Within a day of its zone; in UTC perhaps over several."""
        zone = self.chance.choice((*_ZONES, ""))
        begin = datetime(day.year, day.month, day.day, self.chance.randrange(6, 18), self.chance.choice((0, 30, 45)))
        length = timedelta(minutes=self.chance.choice((15, 60, 90, 240)))
        if not zone:
            length *= self.chance.choice((1, 1, 20))
        where, mark = (f";TZID={zone}", "") if zone else ("", "Z")
        end = f"DTEND{where}:{begin + length:%Y%m%dT%H%M%S}{mark}"
        lasts = end if self.chance.random() < 0.6 else f"DURATION:PT{int(length.total_seconds()) // 60}M"
        return f"{begin:%Y%m%dT%H%M%S}{mark}", [lasts], where

    def _whole_days(self, day: date, series: bool) -> tuple[str, list[str], str]:
        days = self.chance.choice((1, 1, 2, 5))
        end = f"DTEND;VALUE=DATE:{day + timedelta(days=days):%Y%m%d}"
        stated = [[end], [f"DURATION:P{days}D"], *([] if series or days > 1 else [[]])]
        return f"{day:%Y%m%d}", self.chance.choice(stated), ";VALUE=DATE"

    def _state(self) -> list[str]:
        status = self.chance.choice((None, None, "CONFIRMED", "TENTATIVE", "TENTATIVE", "CANCELLED"))
        shown = self.chance.choice((None, None, None, "OPAQUE", "TRANSPARENT"))
        return [*([f"STATUS:{status}"] if status else []), *([f"TRANSP:{shown}"] if shown else [])]

    def _again(self, day: date, where: str) -> list[str]:
        sort = self.chance.choice(("DAILY", "WEEKLY", "BYDAY", "MONTHLY", "NTH"))
        rule = {
            "DAILY": "FREQ=DAILY", "WEEKLY": "FREQ=WEEKLY", "MONTHLY": f"FREQ=MONTHLY;BYMONTHDAY={day.day}",
            "BYDAY": f"FREQ=WEEKLY;BYDAY={','.join(sorted({_DAYS[day.weekday()], *self.chance.sample(_DAYS, 2)}))}",
            "NTH": f"FREQ=MONTHLY;BYDAY={(day.day - 1) // 7 + 1}{_DAYS[day.weekday()]}",
        }[sort]  # fmt: skip
        if self.chance.random() < 0.5:
            rule += f";INTERVAL={self.chance.choice((2, 3))}"
        last = day + timedelta(days=self.chance.randrange(5, 120))
        until = f"{last:%Y%m%d}" if "DATE" in where else f"{last:%Y%m%d}T235959Z"
        rule += self.chance.choice((f";COUNT={self.chance.randrange(1, 30)}", f";UNTIL={until}", ""))
        return [f"RRULE:{rule}"]

    def _beside(self, day: date, start: str, where: str) -> list[str]:
        """A day added, and perhaps the first one left out."""
        added = f"{day + timedelta(days=self.chance.randrange(3, 60)):%Y%m%d}{start[8:]}"
        lines = [f"RDATE{where}:{added}"] if self.chance.random() < 0.3 else []
        return [*lines, f"EXDATE{where}:{start}"] if self.chance.random() < 0.3 else lines

    def _moved(self, number: int, start: str, where: str) -> list[str]:
        """The first of a series, at some other time."""
        if self.chance.random() < 0.5:
            return []
        day = (FIRST + timedelta(days=self.chance.randrange(250))).date()
        moved = [f"RECURRENCE-ID{where}:{start}", f"DTSTART:{day:%Y%m%d}T100000Z", f"DTEND:{day:%Y%m%d}T113000Z"]
        return event(f"{number}@example.com", [*moved, *self._state()])


def event(uid: str, lines: list[str]) -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "SUMMARY:something", "END:VEVENT"]


def zones() -> Iterator[str]:
    """Radicale is told what the zones are; we know them by their names."""
    for name in _ZONES:
        yield from ("BEGIN:VTIMEZONE", f"TZID:{name}")
        if name not in _DEFINED:
            yield from observance("STANDARD", "19700101T000000", "+0530", "+0530", "")
        else:
            winter, summer, spring, spring_first, autumn, autumn_first = _DEFINED[name]
            yield from observance("DAYLIGHT", spring_first, winter, summer, f"RRULE:FREQ=YEARLY;BYMONTH={spring}")
            yield from observance("STANDARD", autumn_first, summer, winter, f"RRULE:FREQ=YEARLY;BYMONTH={autumn}")
        yield "END:VTIMEZONE"


def observance(sort: str, start: str, before: str, after: str, rule: str) -> list[str]:
    lines = [f"BEGIN:{sort}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", rule, f"END:{sort}"]
    return [line for line in lines if line]


def ours(calendar: str, span: Span) -> dict[str, list[Span]]:
    read = read_availability(calendar.encode(), "UTC", span)
    assert read.unknown == ()
    kinds = {"busy": "BUSY", "tentative": "BUSY-TENTATIVE"}
    found: dict[str, list[Span]] = {}
    for item in read.busy:
        if item.status in kinds:
            found.setdefault(kinds[item.status], []).append(Span(item.start, item.end))
    return {kind: merged(spans, span) for kind, spans in found.items()}


@pytest.mark.parametrize("seed", range(CALENDARS))
def test_the_same_events_make_the_same_busy_time_for_radicale_and_for_us(radicale: Radicale, seed: int) -> None:
    """Busy and tentative apart, merged: recurrence, exceptions, tentative, transparent, cancelled, all-day, zones."""
    writer = Writer(seed)
    calendar, spans = writer.calendar(), [writer.span() for _ in range(QUESTIONS)]
    radicale.keep(f"week{seed}", calendar)

    judged = [radicale.busy(f"week{seed}", span) for span in [*spans, Span(FIRST, LAST)]]
    read = [ours(calendar, span) for span in [*spans, Span(FIRST, LAST)]]

    assert read == judged
    assert judged[-1], "a calendar on which nothing is judges nothing"


def test_the_zones_that_radicale_was_told_are_the_ones_that_we_know() -> None:
    """Else the two would agree on something else."""
    moments = [datetime(2026, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 9, 26, 28)]
    for name, (winter, summer, *_) in _DEFINED.items():
        offsets = {f"{moment.astimezone(ZoneInfo(name)):%z}" for moment in moments}

        assert offsets == {winter, summer}
