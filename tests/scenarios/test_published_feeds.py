"""Somebody outside publishes a feed: the bot reads it like a calendar, holds nothing on it, and says who is not held."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.checking import check
from bot.settings import read
from tests.contracts.calendar_world import CANARY
from tests.contracts.feed_server import Page, feed_server
from tests.world import World

LEE = "calendars: [{provider: microsoft, id: lee@example.com}]"
FEED = "calendars: [{provider: ics, id: agency-lee}]"


def _feed(*lines: str) -> Page:
    return Page("\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode())


def test_a_feed_is_read_held_around_and_never_named_by_its_address(
    new_world: Callable[..., World], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it tells of Tuesday and Wednesday counts; what its free-busy does not cover is unknown."""
    with feed_server(secure=False) as server:
        path = f"/{CANARY}.ifb"
        server.pages[path] = _feed(
            "BEGIN:VFREEBUSY", "DTSTART:20261130T000000Z", "DTEND:20261202T170000Z", f"SUMMARY:{CANARY}",
            "FREEBUSY:20261201T140000Z/20261201T220000Z", "END:VFREEBUSY",
        )  # fmt: skip
        address = f"agency-lee=http://127.0.0.1:{server.port}{path}"
        world = new_world(readiness_feeds=address, readiness_feeds_here=True)
        world.edits("people.yaml", LEE, FEED)

        review = world.reviews()
        assert review.offers
        assert {f"{offer.span.start:%d}" for offer in review.offers} == {"02"}
        assert max(f"{offer.span.end:%H%M}" for offer in review.offers) <= "1700"
        world.holds()
        assert "lee" not in world.held()
        assert "Lee (their calendar cannot be written)" in review.card()

        server.pages[path] = Page(status=500)
        world.approves()
        assert review.state == "held"
        assert review.said("Nothing was sent.")
        seen = "\n".join([*review.thread(), review.card(), caplog.text, repr(world.bot.settings)])
        assert CANARY not in seen

    told = [line for _, line in check(read({**world._settings, "readiness_feeds": None})) if "agency-lee" in line]
    assert told == ["Feed agency-lee: READINESS_FEEDS gives no address for it. It counts as unknown."]
