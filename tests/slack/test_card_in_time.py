"""What stands on a card changes by itself only as an instant passes that the meeting knows of, or a day: by that the torture
judges a card that was written at some moment since the last entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.messages.card import card
from tests.slack.agreements_asked import ASK, ASKED_AT, EXCEPTION, SUBSTITUTE, TWO_NEEDS, asked
from tests.torture.laws import moments

VIEWS = {
    "ask": asked(ASK),
    "exception": asked(EXCEPTION),
    "two needs": asked(TWO_NEEDS),
    "substitute": asked(SUBSTITUTE),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("days", [1, 4])
def test_a_card_of_any_moment_is_the_card_of_one_of_these(name: str, days: int) -> None:
    view, until = VIEWS[name], ASKED_AT + timedelta(days=days)
    known = [card(replace(view, now=at)) for at in moments(view.meeting, ASKED_AT, until, view.zone)]

    seen = [card(replace(view, now=ASKED_AT + n * timedelta(minutes=7))) for n in range(days * 24 * 60 // 7)]

    assert all(each in known for each in seen)


def test_what_was_asked_for_a_time_that_has_passed_is_left_out() -> None:
    """So the card does change by itself, and these moments are more than one."""
    view = VIEWS["ask"]
    cards = [
        card(replace(view, now=at)) for at in moments(view.meeting, ASKED_AT, ASKED_AT + timedelta(days=4), view.zone)
    ]

    assert cards[0] != cards[-1]
