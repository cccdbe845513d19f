"""Slack is asked little: what it said a moment ago is believed, and nothing is drawn that is out of date already."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core import facts as f
from bot.slack.quiet import Quiet
from integrations.sandbox.serving import WHOLE
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


@pytest.mark.parametrize(
    "together", [("users.info", "conversations.info"), ("freeBusy.query", "getSchedule", "chat.postMessage")]
)
def test_what_does_not_depend_on_each_other_is_asked_at_the_same_time(
    world: World, monkeypatch: pytest.MonkeyPatch, together: tuple[str, ...]
) -> None:
    """Who asks and whose channel it is; then everybody's free-busy while the card is posted. Here nobody answers one of these
    before all of them were asked."""
    everybody_came = threading.Barrier(len(together))
    first = set(together)
    take = world.sandbox.faults.take

    def waits(service: str, operation: str, target: str = "", kinds: tuple[str, ...] | None = None) -> Any:
        if kinds == WHOLE and operation in first:
            first.discard(operation)
            everybody_came.wait(10)  # sooner than the bot would ask again
        return take(service, operation, target, kinds)

    monkeypatch.setattr(world.sandbox.faults, "take", waits)

    review = world.reviews()

    assert not first and not everybody_came.broken
    assert review.offers and review.cards() == 1


def test_a_search_that_is_on_record_is_neither_made_nor_told_again(world: World) -> None:
    """Its process may have died right after it was recorded, and the next one takes it up."""
    review = world.reviews()
    tags = review.tags
    world.bot.world._seen.clear()  # nobody asked within the last minute
    world.breaks("google", "freeBusy.query", "status", times=None, status=503)
    world.breaks("microsoft", "getSchedule", "status", times=None, status=503)
    world.bot.searching.search(review.id, review.found.search)

    assert review.tags == tags
    assert review.offers and world.bot.world._seen == {}
