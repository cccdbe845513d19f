"""Slack takes one message a second in each channel and a few at once: more are written when their time comes, never refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pace import AT_ONCE, EVERY, Pace


class _Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_few_messages_may_come_at_once_and_the_next_one_a_second_later() -> None:
    hands = _Hands()
    pace = Pace(hands)

    waits = [pace.wait("C1") for _ in range(AT_ONCE + 1)]

    assert waits[:-1] == [0.0] * AT_ONCE
    assert 0.9 < waits[-1] <= EVERY
    assert pace.wait("C2") == 0.0  # each channel for itself
    hands.at += waits[-1] + 0.001
    assert pace.wait("C1") == 0.0
    assert pace.wait("C1") > 0


def test_when_slack_says_how_long_it_is_that_long() -> None:
    hands = _Hands()
    pace = Pace(hands)

    pace.held_back("C1", 30.0)

    hands.at += 29.9
    assert pace.wait("C1") > 0
    hands.at += 0.2
    assert pace.wait("C1") == 0.0


@given(st.lists(st.floats(0, 3), max_size=60))
def test_whenever_messages_come_slack_never_has_a_reason_to_refuse(gaps: list[float]) -> None:
    """In no stretch of time are there more messages than were allowed at once, and one for each second of it."""
    hands = _Hands()
    pace, written = Pace(hands), []
    for gap in gaps:
        hands.at += gap
        if pace.wait("C1") == 0.0:
            written.append(hands.at)

    for first, begin in enumerate(written):
        for last in range(first, len(written)):
            assert last - first + 1 <= AT_ONCE + (written[last] - begin) + 1e-6
