"""The bot with less patience than it has in life, so that a torture of minutes sees what takes hours: the same code."""

from __future__ import annotations

import sys
from datetime import timedelta

from bot.__main__ import main
from bot.app import Bot
from bot.engine import Pace, Patience

LATE = timedelta(seconds=12)  # until somebody who was frozen writes nothing any more
LEASE, TAKEOVER = 6.0, 1.5  # seconds until a dead replica counts as dead, and between two looks
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0  # seconds between tries


def quickened() -> None:
    """Leases and waits are numbers, not logic."""
    pace, patience = Pace(), Patience()
    Pace.__init__.__defaults__ = (pace.sweep, TAKEOVER, LEASE, pace.starters, pace.remember)
    untouched = (Patience.__init__.__defaults__ or ())[2:]
    Patience.__init__.__defaults__ = (FIRST_WAIT, LONGEST_WAIT, *untouched)
    Bot.__init__.__defaults__ = (*(Bot.__init__.__defaults__ or ())[:-1], LATE)
    assert (Pace().lease, Patience().cap, Patience().soon) == (LEASE, LONGEST_WAIT, patience.soon)


if __name__ == "__main__":
    quickened()
    sys.exit(main())
