"""Google's adapter signs the calendar contracts, over real HTTP to the stand-in, and Google's own rules are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from integrations.calendars.google import GoogleCalendar, GoogleIdentity, GoogleInvitations
from integrations.sandbox.calendar_book import BookCalendar, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.google import google_app
from tests.contracts.calendar_contract import HoldContract, LiftContract, RemoteContract
from tests.contracts.calendar_world import World
from tests.contracts.invitations_contract import InvitationsContract
from tests.sandbox_servers import google_key, served

OPERATIONS = {
    "read": "freeBusy.query",
    "insert": "events.insert",
    "get": "events.get",
    "list": "events.list",
    "change": "events.patch",
    "remove": "events.delete",
}


@pytest.fixture
def world() -> Iterator[World]:
    book, faults, clock = (
        CalendarBook(),
        Faults(),
        SandboxClock(datetime(2026, 11, 30, 8, tzinfo=UTC), running=False),
    )
    for mail in ("reader@example.com", "organizer@example.com"):
        book.add_calendar(BookCalendar(id=mail, provider="google", owner=mail, mail=mail, time_zone="UTC"))
    app = google_app(book, faults, clock)
    waits: list[float] = []
    with served(app) as server:
        key, url = google_key(f"{server.url}/token"), f"{server.url}/calendar/v3"
        how = {"api_url": url, "timeout": 2.0, "sleep": waits.append}
        calendar = GoogleCalendar(GoogleIdentity(key, "reader@example.com"), GoogleIdentity(key), **how)
        invitations = GoogleInvitations(GoogleIdentity(key), "organizer@example.com", **how)
        yield World(
            provider="google",
            adapter=calendar,
            invitations=invitations,
            organizer="organizer@example.com",
            calendars_a_call=50,
            operations=OPERATIONS,
            book=book,
            faults=faults,
            traffic=app.extensions["traffic"],
            waits=waits,
        )
        calendar.close()
        invitations.close()


class TestGoogleReads(RemoteContract):
    """Free-busy."""


class TestGoogleHolds(HoldContract):
    """Holds."""


class TestGoogleLifts(LiftContract):
    """The truth under our own hold."""


class TestGoogleInvites(InvitationsContract):
    """The organiser's calendar."""
