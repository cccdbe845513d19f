"""Published feeds sign the reading half of the calendar contract, over https; and nothing that an address can do gets past."""

from __future__ import annotations

import gzip
import itertools
import logging
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.people import Availability, Busy
from bot.core.span import Span
from bot.ports import Denied, Failure, Gone, Unreachable
from integrations.calendars.ics import IcsCalendar
from integrations.calendars.ics_addresses import allowed, target
from integrations.calendars.ics_line import FeedLine
from tests.contracts.calendar_contract import FreeBusyContract, RemoteContract
from tests.contracts.calendar_world import CANARY, Act, World, at, between, blocked
from tests.contracts.feed_server import HOST, PUBLIC, FeedServer, Page, feed_server
from tests.contracts.test_files_calendar import KeptEvent, shown, times

DAY = between(0, 24)
NOW = at(-12)


class FeedWorld:
    """A web server with feeds, and the adapter that reads them."""

    def __init__(self, server: FeedServer, days: int = 90) -> None:
        self.server, self.days = server, days
        self.zones: dict[str, list[str]] = {}
        self.own: list[KeptEvent] = []
        self.feeds: dict[str, str] = {}
        self.waits: list[float] = []
        self.adapter = self.reader()

    def reader(self, **how: Any) -> IcsCalendar:
        server = self.server
        line = FeedLine(resolve=server.resolve, dial=server.dial, trust=server.trust, **how)
        return IcsCalendar(
            self.feeds, lambda c: self.zones.get(c, []), line, lambda: NOW, days=self.days, sleep=self.waits.append
        )

    def calendar(self, name: str = "ines", time_zone: str = "UTC", readable: bool = True) -> str:
        self.zones[name] = [time_zone]
        self.feeds[name] = self.server.url(f"/{name}.ics?token={CANARY}")
        self.write(name)
        if not readable:
            self.page(name).status = 403
        return name

    def page(self, name: str) -> Page:
        return self.server.pages.setdefault(f"/{name}.ics?token={CANARY}", Page())

    def event(self, calendar: str, span: Span, show_as: str = "busy") -> KeptEvent:
        words = {"title": f"{CANARY} title", "text": f"{CANARY} text"}
        event = KeptEvent(f"own{len(self.own)}", calendar, span.start, span.end, show_as=show_as, **words)
        self.own.append(event)
        self.write(calendar)
        return event

    def write(self, calendar: str) -> None:
        zone = ZoneInfo(self.zones[calendar][0])
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
        for event in (e for e in self.own if e.calendar == calendar):
            lines += ["BEGIN:VEVENT", f"UID:{event.id}", f"SUMMARY:{event.title}", *times(event, zone), *shown(event)]
            lines += [f"ATTENDEE:mailto:{CANARY}@example.com", "END:VEVENT"]
        self.page(calendar).body = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()

    def delete(self, calendar: str, event_id: str) -> None:
        self.own = [e for e in self.own if e.id != event_id]
        self.write(calendar)

    def goes_wrong(self, act: Act, kind: str = "status", **what: Any) -> None:
        """The next answer of every feed, or all of them from now on (`times=None`)."""
        assert act == "read"
        headers = {"Retry-After": str(what["retry_after"])} if "retry_after" in what else {}
        for name in [what["match"]] if "match" in what else self.feeds:
            page = self.page(name)
            if kind == "calendar_error":
                page.body = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:{what['word']}\r\n".encode()
            elif kind.startswith("drop"):
                page.cut = True
            elif what.get("times", 1) is None:
                page.status, page.headers = what["status"], headers
            else:
                page.first.append((what["status"], headers))

    def calls(self, act: Act) -> int:
        return len(self.server.asked)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def world(server: FeedServer) -> Iterator[FeedWorld]:
    made = FeedWorld(server)
    yield made
    made.adapter.close()


class TestFreeBusy(FreeBusyContract):
    """Signed whole. Of what is asked of far providers, all that is not about asking for many calendars in one call."""

    test_an_answer_that_cannot_be_read = RemoteContract.test_an_answer_that_cannot_be_read_makes_that_calendar_unknown
    test_a_provider_that_is_down = RemoteContract.test_a_provider_that_is_down_is_unknown_for_all
    test_a_hiccup_is_asked_again = RemoteContract.test_a_hiccup_is_asked_again
    test_the_wait_is_kept = RemoteContract.test_the_wait_that_the_provider_asks_for_is_kept
    test_a_long_wait_is_not_sat_out = RemoteContract.test_a_long_wait_is_not_sat_out_but_unknown

    def test_one_request_a_feed_however_long_the_span(self, world: FeedWorld) -> None:
        asked = [world.calendar(f"person{n}") for n in range(3)]

        world.adapter.free_busy([*asked, asked[0]], Span(at(0), at(24 * 61)))

        assert world.calls("read") == 3


class TestWhatAFeedCovers:
    """Unknown is never free: beyond what a feed tells, nobody is free."""

    def test_free_busy_is_believed_for_the_range_it_states_and_no_further(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.page(ines).body = calendar(
            "BEGIN:VFREEBUSY", "DTSTART:20261201T080000Z", "DTEND:20261201T180000Z",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261201T090000Z/PT1H", "FREEBUSY:20261201T110000Z/20261201T120000Z",
            "FREEBUSY;FBTYPE=FREE:20261201T120000Z/PT1H", "END:VFREEBUSY",
        )  # fmt: skip

        found = world.adapter.free_busy([ines], DAY)[ines]

        assert found.unknown == (between(0, 8), between(18, 24))
        assert blocked(found) == [between(9, 10), between(11, 12)]
        assert found.busy[0] == Busy(at(9), at(10), "tentative")

    def test_a_feed_of_events_is_believed_for_so_many_days_and_no_further(self, world: FeedWorld) -> None:
        world.days = 30
        ines = world.calendar()
        world.event(ines, between(9, 10))

        found = world.reader().free_busy([ines], Span(at(0), at(24 * 60)))[ines]

        assert found.unknown == (Span(NOW + timedelta(days=30), at(24 * 60)),)
        assert blocked(found) == [between(9, 10)]

    def test_what_is_long_past_is_not_believed_either(self, world: FeedWorld) -> None:
        ines = world.calendar()

        assert world.adapter.free_busy([ines], between(-240, -120))[ines].unknown == (between(-240, -120),)

    def test_a_feed_that_several_share_is_read_in_each_of_their_zones(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.zones[ines] = ["Europe/Berlin", "America/New_York"]
        world.page(ines).body = calendar("BEGIN:VEVENT", "DTSTART:20261201T120000", "DURATION:PT1H", "END:VEVENT")

        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(11, 12), between(17, 18)]

    def test_nothing_can_be_written_and_nothing_of_ours_is_there(self, world: FeedWorld) -> None:
        ines = world.calendar()
        request = World.request(world, ines, between(9, 10))  # type: ignore[arg-type]  # only its words are wanted

        with pytest.raises(Denied):
            world.adapter.place(request)
        assert not world.adapter.can.writable
        assert (world.adapter.look_up(request), world.adapter.holds(ines, "tag")) == (None, ())


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


class TestAddresses:
    """An address is a wish, not a right: only public https is ever asked."""

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255",
            "168.63.129.16", "203.0.113.9", "240.0.0.1",
            "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
            "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "not an address", "",
        ],
    )  # fmt: skip
    def test_private_local_and_reserved_addresses_are_refused(self, address: str) -> None:
        assert not allowed(address)

    @pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8"])
    def test_public_addresses_are_let_through(self, address: str) -> None:
        assert allowed(address)

    @pytest.mark.parametrize(
        "url",
        [
            "http://feeds.example.com/a.ics", "file:///etc/passwd", "ftp://feeds.example.com/a.ics", "gopher://x/", "//x/a",
            "https://", "https:///a.ics", "https://user@feeds.example.com/", "https://user:pass@feeds.example.com/a",
            "https://feeds.example.com:99999/", "https://[::1/a.ics", "", "a.ics", "https://exa\ud800mple.com/",
        ],
    )  # fmt: skip
    def test_only_https_without_a_user_is_an_address(self, url: str) -> None:
        with pytest.raises(Denied):
            target(url)

    def test_webcal_means_https(self) -> None:
        assert target("webcal://feeds.example.com/a.ics?k=1") == (True, HOST, 443, "/a.ics?k=1")

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
    )  # fmt: skip
    def test_every_spelling_of_this_machine_is_refused_by_what_it_resolves_to(self, host: str) -> None:
        """With the machine's own resolver: nothing is dialled."""

        def dial(address: str, port: int, timeout: float) -> socket.socket:
            raise AssertionError("dialled")

        with pytest.raises(Failure):
            FeedLine(dial=dial).fetch(f"https://{host}/a.ics")

    def test_one_private_address_among_public_ones_spoils_the_name(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.server.names[HOST] = [PUBLIC, "10.0.0.1"]

        assert world.adapter.free_busy([ines], DAY)[ines] == Availability(unknown=(DAY,))
        assert world.server.dialled == []

    def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_that_is_asked(self, world: FeedWorld) -> None:
        """A name that means something else a moment later (rebinding) gains nothing."""
        ines = world.calendar()
        answers = iter([[PUBLIC], ["127.0.0.1"]])
        server = world.server
        line = FeedLine(resolve=lambda host, port: next(answers), dial=server.dial, trust=server.trust)

        assert line.fetch(world.feeds[ines]).startswith(b"BEGIN:VCALENDAR")
        assert server.dialled == [(PUBLIC, 443)]
        assert list(answers) == [["127.0.0.1"]]

    def test_where_one_of_several_addresses_does_not_answer_the_next_is_asked(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.server.names[HOST] = ["8.8.8.8", PUBLIC]

        def dial(address: str, port: int, timeout: float) -> socket.socket:
            if address == "8.8.8.8":
                raise TimeoutError("nobody there")
            return world.server.dial(address, port, timeout)

        asked = FeedLine(resolve=world.server.resolve, dial=dial, trust=world.server.trust)

        assert asked.fetch(world.feeds[ines]).startswith(b"BEGIN:VCALENDAR")
        assert world.server.looked_up == [HOST]

    def test_a_server_that_is_not_whom_the_address_names_is_refused(self, world: FeedWorld) -> None:
        world.server.names["other.example.com"] = [PUBLIC]
        ines = world.calendar()
        world.feeds[ines] = "https://other.example.com/a.ics"

        with pytest.raises(Denied, match="certificate"):
            line(world).fetch(world.feeds[ines])
        assert world.server.asked == []

    @pytest.mark.parametrize(
        "location",
        [
            "http://feeds.example.com/real.ics", "https://inside.example.com/real.ics", "https://127.0.0.1/real.ics",
            "https://[::1]/", "file:///etc/passwd", "//inside.example.com/real.ics", "https://[bad/", "",
            "https://user:x@feeds.example.com/real.ics",
        ],
    )  # fmt: skip
    def test_a_redirect_to_where_nobody_may_ask_is_not_followed(self, world: FeedWorld, location: str) -> None:
        ines = world.calendar()
        world.server.names |= {"inside.example.com": ["169.254.169.254"], "127.0.0.1": ["127.0.0.1"], "::1": ["::1"]}
        world.server.pages["/real.ics"] = Page(calendar())
        world.page(ines).status = 302
        world.page(ines).headers = {"Location": location}

        assert world.adapter.free_busy([ines], DAY)[ines] == Availability(unknown=(DAY,))
        assert "/real.ics" not in [path for path, _ in world.server.asked]

    def test_a_few_redirects_are_followed_each_looked_up_afresh(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.server.names["other.example.com"] = ["127.0.0.1"]
        for here, there in itertools.pairwise(["/1", "/2", "/3", "/4", "/5"]):
            world.server.pages[here] = Page(status=301, headers={"Location": there})
        world.server.pages["/5"] = Page(calendar())

        world.feeds[ines] = world.server.url("/2")
        assert world.adapter.free_busy([ines], DAY)[ines] == Availability()
        assert world.server.looked_up == [HOST] * 4

        world.feeds[ines] = world.server.url("/1")
        assert world.adapter.free_busy([ines], DAY)[ines] == Availability(unknown=(DAY,))

    def test_http_and_this_machine_are_let_through_only_where_the_sandbox_says_so(self) -> None:
        with feed_server(secure=False) as plain:
            plain.pages["/a.ics"] = Page(calendar())
            here = f"http://127.0.0.1:{plain.port}/a.ics"

            assert FeedLine(local=True).fetch(here) == calendar()
            with pytest.raises(Denied):
                FeedLine().fetch(here)
            with pytest.raises(Denied):
                FeedLine(local=True, resolve=lambda h, p: [PUBLIC]).fetch(f"http://{HOST}/a.ics")


def line(world: FeedWorld, **how: Any) -> FeedLine:
    return FeedLine(resolve=world.server.resolve, dial=world.server.dial, trust=world.server.trust, **how)


class TestLimits:
    """However large, slow or odd the answer: bounded, and unknown."""

    def test_more_than_two_mebibytes_are_not_read(self, world: FeedWorld) -> None:
        ines = world.calendar()
        sent = itertools.count()
        world.page(ines).pieces = lambda: (b"X" * 65536 for _ in itertools.takewhile(lambda n: n < 1000, sent))

        with pytest.raises(Denied, match="2 MiB"):
            line(world).fetch(world.feeds[ines])
        assert next(sent) < 200  # what lies in buffers on the way, not all of it

    def test_what_is_packed_is_unpacked_and_a_bomb_is_not(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.page(ines).headers = {"Content-Type": "text/calendar", "Content-Encoding": "gzip"}
        world.page(ines).body = gzip.compress(calendar())
        assert line(world).fetch(world.feeds[ines]) == calendar()

        world.page(ines).body = gzip.compress(b" " * 200_000_000, 9)
        with pytest.raises(Denied, match="2 MiB"):
            line(world).fetch(world.feeds[ines])

        world.page(ines).body = gzip.compress(calendar())[:-4]
        with pytest.raises(Unreachable, match="broke off"):
            line(world).fetch(world.feeds[ines])

    def test_an_answer_that_drips_is_cut_off(self, world: FeedWorld) -> None:
        """Each byte comes in time; all of them together do not, and nobody waits for the last one."""
        ines = world.calendar()
        sent = itertools.count()

        def drip() -> Iterator[bytes]:
            for _ in itertools.takewhile(lambda n: n < 150, sent):
                time.sleep(0.02)
                yield b"X"

        world.page(ines).pieces = drip

        with pytest.raises(Unreachable):
            line(world, seconds=0.2).fetch(world.feeds[ines])
        assert next(sent) < 150

    def test_an_answer_that_stops_short_is_no_answer(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.page(ines).headers = {"Content-Type": "text/calendar", "Content-Length": "5000"}

        with pytest.raises(Unreachable):
            line(world).fetch(world.feeds[ines])

    @pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png", "multipart/mixed"])
    def test_what_is_no_calendar_by_its_type_is_not_read(self, world: FeedWorld, kind: str) -> None:
        ines = world.calendar()
        world.page(ines).headers = {"Content-Type": kind}

        assert world.adapter.free_busy([ines], DAY)[ines] == Availability(unknown=(DAY,))

    def test_an_odd_packing_is_refused(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.page(ines).headers = {"Content-Type": "text/calendar", "Content-Encoding": "br"}

        with pytest.raises(Denied):
            line(world).fetch(world.feeds[ines])

    @pytest.mark.parametrize(
        ("status", "failure"), [(404, Gone), (410, Gone), (401, Denied), (204, Denied), (500, Unreachable)]
    )
    def test_every_refusal_is_a_failure_of_the_port(
        self, world: FeedWorld, status: int, failure: type[Failure]
    ) -> None:
        ines = world.calendar()
        world.page(ines).status = status

        with pytest.raises(failure):
            line(world).fetch(world.feeds[ines])

    def test_nothing_of_ours_goes_along(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.page(ines).headers = {"Content-Type": "text/calendar", "Set-Cookie": "a=b"}

        world.adapter.free_busy([ines], DAY)
        world.adapter.free_busy([ines], DAY)

        for _, headers in world.server.asked:
            assert set(headers) == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}
            assert headers["Host"] == HOST

    def test_a_clock_that_does_not_answer_makes_feeds_unknown(self, world: FeedWorld) -> None:
        ines = world.calendar()

        def silent() -> datetime:
            raise Unreachable("the clock", service="clock")

        adapter = IcsCalendar(world.feeds, lambda c: ["UTC"], line(world), silent)

        assert adapter.free_busy([ines], DAY)[ines] == Availability(unknown=(DAY,))
        adapter.close()


class TestSecrets:
    """Neither the address nor anything it answers reaches a log, a value or an exception."""

    @pytest.mark.parametrize(
        "page",
        [
            Page(CANARY.encode()), Page(status=500), Page(status=404), Page(cut=True), Page(headers={"Content-Type": CANARY}),
            Page(headers={"Content-Encoding": CANARY}), Page(status=302, headers={"Location": f"http://{CANARY}/"}),
            Page(status=302, headers={"Location": f"https://[{CANARY}/"}), Page(headers={"Content-Length": CANARY}),
            Page(status=429, headers={"Retry-After": CANARY}),
        ],
    )  # fmt: skip
    def test_a_feed_that_fails_gives_nothing_away(
        self, world: FeedWorld, page: Page, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ines = world.calendar()
        world.server.pages[f"/{ines}.ics?token={CANARY}"] = page

        found = world.adapter.free_busy([ines], DAY)[ines]
        told = world.adapter.check(ines)

        assert found == Availability(unknown=(DAY,))
        assert (told.fine, told.words.startswith("Feed ines: ")) == (False, True)
        assert "Feed ines: " in caplog.text
        assert not [word for word in (CANARY, HOST, "token") if word in repr(found) + told.words + caplog.text]

    def test_a_failure_carries_no_trace_of_the_address(self, world: FeedWorld) -> None:
        ines = world.calendar()
        world.page(ines).cut = True

        with pytest.raises(Failure) as raised:
            line(world).fetch(world.feeds[ines])

        assert CANARY not in str(raised.value)
        assert (raised.value.__context__, raised.value.__cause__) == (None, None)

    def test_titles_go_nowhere_when_all_is_well(self, world: FeedWorld, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        ines = world.calendar()
        world.event(ines, between(9, 10))

        found = world.adapter.free_busy([ines], DAY)

        assert blocked(found[ines]) == [between(9, 10)]
        assert CANARY not in repr(found) + caplog.text

    def test_a_name_that_is_an_address_is_not_printed(self, world: FeedWorld, caplog: pytest.LogCaptureFixture) -> None:
        world.adapter.free_busy([world.server.url(f"/{CANARY}")], DAY)

        assert "Feed (no name)" in caplog.text
        assert CANARY not in caplog.text


_LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "DTSTART:20261201T090000Z", "DTEND:20261201T080000Z",
                "DTSTART;TZID=Mars/Olympus:20261201T090000", "RRULE:FREQ=SECONDLY", "RRULE:FREQ=DAILY;COUNT=99999999",
                "DURATION:P99999999W", "DURATION:-PT1H", "FREEBUSY:20261201T090000Z/20261201T100000Z", "FREEBUSY:/", "RDATE:,,,",
                "EXDATE;VALUE=DATE:00010101", "DTSTART:99991231T235959Z", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:X", "STATUS:",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T090000Z", "UID:a",
            ]
        ),
        st.text(max_size=40),
    ),
    max_size=12,
)  # fmt: skip


class _Said:
    """A line that answers whatever it was given."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def fetch(self, url: str) -> bytes:
        return self.body


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), _LINES.map(lambda lines: calendar(*lines))))
def test_whatever_a_feed_sends_is_free_busy_or_unknown_and_never_an_error(body: bytes) -> None:
    adapter = IcsCalendar({"ines": "https://x"}, lambda c: ["UTC"], _Said(body), lambda: NOW)  # type: ignore[arg-type]  # stands for a line
    try:
        found = adapter.free_busy(["ines"], DAY)["ines"]
    finally:
        adapter.close()

    assert isinstance(found, Availability)
    assert all(type(b.start) is datetime and b.start.tzinfo is not None for b in found.busy)
    assert all(gap.start.astimezone(UTC) >= DAY.start and gap.end <= DAY.end for gap in found.unknown)


def test_check_says_of_each_feed_in_one_line_whether_it_can_be_read(world: FeedWorld) -> None:
    ines, noor, short = world.calendar("ines"), world.calendar("noor", readable=False), world.calendar("short")
    world.page(short).body = calendar(
        "BEGIN:VFREEBUSY", "DTSTART:20261130T080000Z", "DTEND:20261201T180000Z", "END:VFREEBUSY"
    )

    told = [world.adapter.check(name) for name in (ines, noor, short, "unheard-of")]

    assert told == [
        (True, "Feed ines: can be read, and tells the next 14 days."),
        (False, "Feed noor: it may not be read (HTTP 403). It counts as unknown."),
        (
            False,
            "Feed short: what it sends is no whole calendar, or does not cover the time that is asked about (the next 14 "
            "days). What it does not tell counts as unknown.",
        ),
        (False, "Feed unheard-of: READINESS_FEEDS gives no address for it. It counts as unknown."),
    ]


def test_settings_name_feeds_and_never_quote_an_address(tmp_path: Path) -> None:
    from bot.settings import SettingsError, read

    good = read({"readiness_feeds": f"agency=https://feeds.example.com/{CANARY} b=webcal://feeds.example.com/b"})
    assert good.feeds() == {
        "agency": f"https://feeds.example.com/{CANARY}",
        "b": "webcal://feeds.example.com/b",
    }
    assert CANARY not in repr(good)

    with pytest.raises(SettingsError) as wrong:
        read({"readiness_feeds": f"agency=https://feeds.example.com/a https://feeds.example.com/{CANARY}"})
    assert str(wrong.value) == (
        "READINESS_FEEDS: entry 2 is not NAME=https://… (a name of letters, digits, dots and dashes)."
    )
