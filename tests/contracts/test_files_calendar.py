"""Calendars that are files sign the calendar contracts; their holds live in the data folder and survive what disks do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.people import Availability, Busy
from bot.core.span import Span
from bot.ports import Denied, PlacedHold
from integrations.calendars.files import FilesCalendar, StoredHold
from tests.contracts.calendar_contract import FreeBusyContract, PlacingContract, SetAsideContract
from tests.contracts.calendar_world import CANARY, TAG, World, at, between, blocked

DAY = between(0, 24)


@dataclass(frozen=True)
class KeptEvent:
    """An event as its owner's calendar shows it: their own, or one of our holds."""

    id: str
    calendar: str
    start: datetime
    end: datetime
    title: str
    text: str
    show_as: str = "busy"
    private: bool = True
    attendees: tuple[tuple[str, str], ...] = ()
    cancelled: bool = False


class FilesWorld:
    """A folder of iCalendar files, a data folder, and the adapter between them."""

    def __init__(self, folder: Path) -> None:
        self.calendars, self.data = folder / "calendars", folder / "data"
        self.calendars.mkdir()
        self.zones: dict[str, list[str]] = {}
        self.own: list[KeptEvent] = []
        self.unreadable: set[str] = set()
        self.adapter = FilesCalendar(self.read, lambda c: self.zones.get(c, []), self.data)

    def read(self, calendar: str) -> bytes | None:
        path = self.calendars / f"{calendar}.ics"
        return path.read_bytes() if path.is_file() else None

    def calendar(self, name: str = "ines", time_zone: str = "UTC", readable: bool = True, writable: bool = True) -> str:
        self.zones[name] = [time_zone]
        if not readable:
            self.unreadable.add(name)
        if not writable:
            (self.data / "holds").mkdir(parents=True)
            (self.data / "holds" / name).write_text("in the way")
        self.write(name)
        return name

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
            lines += [
                "BEGIN:VEVENT",
                f"UID:{event.id}",
                f"SUMMARY:{event.title}",
                *times(event, zone),
                *shown(event),
            ]
            lines += ["END:VEVENT"]
        end = [] if calendar in self.unreadable else ["END:VCALENDAR", ""]
        (self.calendars / f"{calendar}.ics").write_text("\r\n".join(lines + end))

    def stored(self, calendar: str) -> list[tuple[Path, StoredHold]]:
        folder = self.data / "holds" / calendar
        return [(p, StoredHold.model_validate_json(p.read_bytes())) for p in sorted(folder.glob("*.json"))]

    def events(self, calendar: str) -> list[KeptEvent]:
        own = [e for e in self.own if e.calendar == calendar and not e.cancelled]
        return own + [
            KeptEvent(h.event_id, calendar, h.start, h.end, h.title, h.words, "tentative")
            for _, h in self.stored(calendar)
            if h.live
        ]

    def delete(self, calendar: str, event_id: str) -> None:
        """A human removes it: their own event, or the file of our hold."""
        (self.data / "holds" / calendar / f"{event_id}.json").unlink(missing_ok=True)
        self.own = [e for e in self.own if e.id != event_id]
        self.write(calendar)

    def move(self, calendar: str, event_id: str, to: Span) -> None:
        path = self.data / "holds" / calendar / f"{event_id}.json"
        kept = json.loads(path.read_text()) | {"start": to.start.isoformat(), "end": to.end.isoformat()}
        path.write_text(json.dumps(kept))

    def goes_wrong(self, act: str, kind: str = "status", **what: Any) -> None:
        """The only thing that can: from now on no file can be read."""
        assert act == "read"
        self.adapter = FilesCalendar(lambda _: None, lambda c: self.zones[c], self.data)

    def mails(self) -> list[object]:
        return []

    request = World.request


def times(event: KeptEvent, zone: ZoneInfo) -> list[str]:
    """Whole local days as dates, everything else in UTC."""
    local = event.start.astimezone(zone), event.end.astimezone(zone)
    if zone.key != "UTC" and all(t.time() == datetime.min.time() for t in local):
        return [f"DTSTART;VALUE=DATE:{local[0]:%Y%m%d}", f"DTEND;VALUE=DATE:{local[1]:%Y%m%d}"]
    return [
        f"DTSTART:{event.start.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTEND:{event.end.astimezone(UTC):%Y%m%dT%H%M%SZ}",
    ]


def shown(event: KeptEvent) -> list[str]:
    return {"tentative": ["STATUS:TENTATIVE"], "free": ["TRANSP:TRANSPARENT"]}.get(event.show_as, [])


@pytest.fixture
def world(tmp_path: Path) -> FilesWorld:
    return FilesWorld(tmp_path)


class TestFilesRead(FreeBusyContract):
    """Free-busy."""


class TestFilesHold(PlacingContract):
    """Holds."""


class TestFilesSetAside(SetAsideContract):
    """The truth under our own hold."""


class TestOwnHolds:
    """We know our own holds exactly: whose record they serve, and which of them are burned."""

    def test_a_hold_makes_nobody_busy_for_its_own_record(self, world: FilesWorld) -> None:
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11)))

        mine = world.adapter.free_busy_for("CHG-1042", [ines], DAY)[ines]
        others = world.adapter.free_busy_for("CHG-7", [ines], DAY)[ines]

        assert mine == Availability()
        assert others.busy == (Busy(at(10), at(11), "tentative"),)

    def test_a_hold_of_another_record_under_ours_is_found(self, world: FilesWorld) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.adapter.place(world.request(ines, between(10.5, 12), key="other", record="CHG-7"))

        assert blocked(world.adapter.under(placed)) == [between(10.5, 12)]

    def test_a_place_through_another_bot_on_the_same_folder_is_the_same_event(self, world: FilesWorld) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))
        other = FilesCalendar(world.read, lambda c: world.zones[c], world.data)

        assert other.place(request) == world.adapter.place(request)
        assert other.still_there(world.adapter.place(request)) is not None

    def test_what_a_crash_left_half_written_is_not_a_hold(self, world: FilesWorld) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        (world.data / "holds" / ines / "tmpabc.new").write_text('{"key": "half')

        assert [h.event_id for h in world.adapter.holds(ines, TAG)] == [placed.event_id]
        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(10, 11)]

    def test_nothing_but_the_hold_is_left_behind(self, world: FilesWorld) -> None:
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11)))
        world.adapter.place(world.request(ines, between(10, 11)))

        (only,) = (world.data / "holds" / ines).iterdir()
        assert only.suffix == ".json"
        assert only.stat().st_mode & 0o077 == 0

    def test_words_are_forgotten_when_the_hold_is_let_go(self, world: FilesWorld) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))
        world.adapter.let_go(world.adapter.place(request))

        ((_, kept),) = world.stored(ines)
        assert (kept.live, kept.title, kept.words) == (False, "", "")

    def test_burned_ids_of_meetings_long_past_are_forgotten(self, world: FilesWorld) -> None:
        ines = world.calendar()
        world.adapter.let_go(world.adapter.place(world.request(ines, between(10, 11))))
        later = Span(at(10) + timedelta(days=200), at(11) + timedelta(days=200))

        placed = world.adapter.place(world.request(ines, later))

        assert [h.event_id for _, h in world.stored(ines)] == [placed.event_id]

    @pytest.mark.parametrize("content", ["", "{}", '{"key": 1}', "\udcff"])
    def test_a_hold_that_somebody_spoilt_makes_the_calendar_unknown_and_is_told(
        self, world: FilesWorld, content: str
    ) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        path = world.data / "holds" / ines / f"{placed.event_id}.json"
        path.write_bytes(content.encode("utf-8", "surrogateescape"))

        found = world.adapter.free_busy([ines, noor], DAY)

        assert found == {ines: Availability(unknown=(DAY,)), noor: Availability()}
        with pytest.raises(Denied, match=placed.event_id):
            world.adapter.still_there(placed)

    @pytest.mark.parametrize("calendar", ["../ines", "", "a/b", ".hidden", "ines\n"])
    def test_an_id_that_is_none_opens_nothing(self, world: FilesWorld, calendar: str) -> None:
        opened: list[str] = []

        def read(name: str) -> bytes:
            opened.append(name)
            return b""

        adapter = FilesCalendar(read, lambda _: ["UTC"], world.data)

        assert adapter.free_busy([calendar], DAY) == {calendar: Availability(unknown=(DAY,))}
        with pytest.raises(Denied):
            adapter.place(world.request(calendar, between(10, 11)))
        with pytest.raises(Denied):
            adapter.let_go(PlacedHold(calendar=calendar, event_id="x", key="k", generation=0, span=DAY))
        assert opened == []
        assert not world.data.exists()


class TestZones:
    """Dates and floating times are read where the owner lives."""

    FLOATING: Mapping[str, str] = {"start": "DTSTART:20261201T090000", "end": "DTEND:20261201T100000"}

    def floating(self, world: FilesWorld) -> str:
        team = world.calendar("team")
        lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", *self.FLOATING.values(), "END:VEVENT", "END:VCALENDAR"]
        (world.calendars / "team.ics").write_text("\n".join(lines))
        return team

    def test_a_shared_calendar_is_read_for_each_person_in_their_zone(self, world: FilesWorld) -> None:
        team = self.floating(world)

        assert blocked(world.adapter.availability(team, "Europe/Berlin", DAY)) == [between(8, 9)]
        assert blocked(world.adapter.availability(team, "America/New_York", DAY)) == [between(14, 15)]

    def test_where_nobody_is_named_it_is_busy_in_every_zone_of_those_who_share_it(self, world: FilesWorld) -> None:
        team = self.floating(world)
        world.zones[team] = ["Europe/Berlin", "America/New_York"]

        assert blocked(world.adapter.free_busy([team], DAY)[team]) == [between(8, 9), between(14, 15)]

    def test_a_calendar_that_nobody_owns_is_unknown(self, world: FilesWorld) -> None:
        team = self.floating(world)
        world.zones[team] = []

        assert world.adapter.free_busy([team], DAY)[team] == Availability(unknown=(DAY,))
