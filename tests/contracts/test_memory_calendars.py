"""The calendars in memory, on which tests of the flows stand, sign what every adapter signs."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from bot.ports import Denied, Unreachable
from integrations.sandbox.calendar_book import BookCalendar, CalendarBook
from integrations.sandbox.faults import Faults
from integrations.sandbox.serving import Traffic
from tests.contracts.calendar_contract import FreeBusyContract, LiftContract, PlacingContract, SetAsideContract
from tests.contracts.calendar_world import Act, World
from tests.contracts.invitations_contract import InvitationsContract
from tests.memory_calendars import MemoryCalendar, MemoryInvitations

ORGANIZER = "organizer@example.com"


class MemoryWorld(World):
    """No line, so nothing is lost on it: what goes wrong once was tried again already."""

    def goes_wrong(self, act: Act, kind: str = "status", **what: Any) -> None:
        assert isinstance(self.adapter, MemoryCalendar)
        assert isinstance(self.invitations, MemoryInvitations)
        if act == "read" and what.get("times", 1) is None:
            self.adapter.unreadable.update(self.book.calendars)
        if act == "insert" and what.get("status") == 403:
            self.invitations.broken["send"] = Denied("The organiser's calendar may not be written.")


def _world(provider: Literal["google", "microsoft"]) -> MemoryWorld:
    book = CalendarBook()
    book.add_calendar(BookCalendar(ORGANIZER, provider, "organizer", ORGANIZER, "UTC"))
    adapter = MemoryCalendar(provider, book, merges=provider == "google")
    return MemoryWorld(
        provider, adapter, MemoryInvitations(book, ORGANIZER), ORGANIZER, 50, {}, book, Faults(), Traffic()
    )


class _Merging:
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return _world("google")


class _Itemised:
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return _world("microsoft")


class TestMergingRead(_Merging, FreeBusyContract):
    """Free-busy in blocks."""


class TestMergingHold(_Merging, PlacingContract):
    """Holds."""


class TestMergingLift(_Merging, LiftContract):
    """The truth under a hold that is lifted."""


class TestItemisedRead(_Itemised, FreeBusyContract):
    """Free-busy item by item."""


class TestItemisedHold(_Itemised, PlacingContract):
    """Holds."""


class TestItemisedSetAside(_Itemised, SetAsideContract):
    """The truth under a hold that is set aside."""


class TestInvites(_Itemised, InvitationsContract):
    """The organiser's calendar."""


def test_a_calendar_that_is_down_is_unknown_and_writes_nothing() -> None:
    world = _world("google")
    ines = world.calendar()
    request = world.request(ines, world.invite().span)
    assert isinstance(world.adapter, MemoryCalendar)
    world.adapter.down = True

    with pytest.raises(Unreachable):
        world.adapter.place(request)
    assert world.adapter.free_busy([ines], request.span)[ines].unknown == (request.span,)
    assert world.events(ines) == []
