"""What the bot did is put on record. Nobody's right is asked here: what a person decides goes by `flows/rights.py`."""

from __future__ import annotations

from bot.core import commands as c
from bot.core.decisions import decide
from bot.core.refusals import Refusal
from bot.flows.world import World
from bot.ports import Done, Journal


def record(world: World, journal: Journal, meeting_id: str, deed: c.Deed) -> Done | Refusal:
    """Nothing is recorded when the meeting has gone on meanwhile."""
    now = world.clock.now()
    return journal.decide(meeting_id, lambda m, _: decide(m, deed, now))
