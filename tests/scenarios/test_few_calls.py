"""Slack is asked little: what it said a moment ago is believed, and nothing is drawn that is out of date already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core import facts as f
from bot.slack.quiet import Quiet
from tests.world import RELEASES, World

SHARED = "C0ACME"


def _times(world: World, method: str) -> int:
    return [name for name, _ in world.slack.calls].count(method)


def test_that_a_channel_is_our_own_is_believed_for_a_minute(world: World) -> None:
    """A channel of two organisations is asked about each time: nobody takes it for our own."""
    now = datetime(2026, 12, 1, tzinfo=UTC)
    quiet = Quiet(world.bot.world, world.bot.journal, world.bot.posting, frozenset(), lambda: now)

    assert [quiet.is_shared(RELEASES) for _ in range(3)] == [False] * 3
    assert _times(world, "conversations.info") == 1
    now += timedelta(seconds=61)
    assert not quiet.is_shared(RELEASES)
    assert _times(world, "conversations.info") == 2

    assert [quiet.is_shared(SHARED) for _ in range(2)] == [True] * 2
    assert _times(world, "conversations.info") == 4


def test_a_card_that_is_out_of_date_is_not_written_before_what_is_new(world: World) -> None:
    """What was announced before the newest entry leaves the card to the announcement of that one."""
    review = world.reviews()
    world.bot.engine.drain()  # what is owed from here on is done by hand
    before = review.meeting.version
    world.bot.journal.decide(review.id, lambda meeting, desk: (f.Noted(by="priya", words=desk.keep_words("Late.")),))
    written = _times(world, "chat.update")

    world.bot.announcer.announce({"meeting": review.id, "first": before, "last": before})
    assert _times(world, "chat.update") == written
    world.bot.announcer.announce({"meeting": review.id, "first": before + 1, "last": before + 1})
    assert _times(world, "chat.update") == written + 1
    world.starts_again()
