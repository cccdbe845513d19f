"""How well the bot is connected: what is wrong, a line each; and when the rest was last seen to be well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.words import listed
from bot.slack.blocks import Block, says, small
from bot.slack.speech import Speech, capital, some
from bot.slack.text import safe

_MOST = 12
_JUST_NOW = timedelta(minutes=1)


class Connection(NamedTuple):
    """One thing that the bot relies on. `trouble`: what is wrong, as the core writes sentences. `seen_at`: when it was last
    looked at; None where nobody has looked."""

    name: str
    trouble: str | None = None
    seen_at: datetime | None = None


def connections(all: Sequence[Connection], speech: Speech, now: datetime) -> list[Block]:
    """Nothing is said to be well that was not looked at."""
    troubled = [f"• *{safe(capital(c.name), 80)}*: {speech.say(c.trouble)}" for c in all if c.trouble]
    unseen = [safe(c.name, 80) for c in all if not c.trouble and not c.seen_at]
    first = some(troubled, "\n", _MOST) if troubled else "Nothing is known to be wrong."
    well = _well([(safe(c.name, 80), c.seen_at) for c in all if not c.trouble and c.seen_at], speech, now)
    seen = [f"Well when last looked at: {well}."] if well else []
    not_seen = [f"Not looked at since the last start, so nothing is known: {listed(unseen)}."] if unseen else []
    return [says(first), *([small(" ".join([*seen, *not_seen]))] if seen or not_seen else [])]


def _well(seen: Sequence[tuple[str, datetime]], speech: Speech, now: datetime) -> str:
    """`the database and the files just now; Google's calendars Tue 1 Dec 09:00`: what was seen together is said together."""
    told: dict[str, list[str]] = {}
    for name, at in seen:
        words = "just now" if abs(now - at) < _JUST_NOW else speech.day_and_time(at)
        told.setdefault(words, []).append(name)
    return "; ".join(f"{listed(names)} {words}" for words, names in told.items())
