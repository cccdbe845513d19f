"""The daily digest: where the ledger stands, what waits, and what is stuck, in one line for operators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.core.people import Frozen
from bot.slack.blocks import Message, message, says, small

_WAITING = {
    "searching": "looked for", "choosing": "waiting for a choice", "blocked": "without a time", "placing": "being held",
    "held": "held and waiting for approval", "confirming": "being confirmed", "confirmed": "confirmed and ahead",
}  # fmt: skip


class Digest(Frozen):
    """What one day's digest tells. `overdue` is owed by now and not done; `given_up` needs a person."""

    day: date
    entries: int
    head: str
    whole: bool
    reviews: Mapping[str, int]  # by state
    holds: int
    overdue: int
    given_up: int


def digest(told: Digest) -> Message:
    reviews = [f"{told.reviews[state]} {words}" for state, words in _WAITING.items() if told.reviews.get(state)]
    meetings = f"Reviews: {', '.join(reviews)}" if reviews else "No review is under way"
    stuck = "Nothing is stuck" if not told.overdue and not told.given_up else _stuck(told)
    chain = "whole" if told.whole else "*BROKEN*: `readiness-bot audit --verify` says where"
    words = (
        f"*{told.day:%a} {told.day.day} {told.day:%b}.* {meetings} · {told.holds} {_events(told.holds)} on calendars · "
        f"{stuck} · the ledger has {told.entries:,} entries and is {chain}."
    )
    note = f"Its head today: `{told.head}@{told.entries}`. `readiness-bot audit --verify --head` and this tell later whether it was rewritten."
    return message(words.replace("`", ""), says(words), small(note))


def _events(count: int) -> str:
    return "hold" if count == 1 else "holds"


def _stuck(told: Digest) -> str:
    return f"*{told.overdue} overdue, {told.given_up} given up*: `readiness-bot effects list` says what"
