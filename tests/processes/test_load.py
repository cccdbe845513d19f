"""The short form of `python -m tests.load`: real traffic on a real process; how quick it was is never asserted here."""

from __future__ import annotations

from pathlib import Path

from tests.load.run import Load, play


def test_of_mixed_traffic_with_retries_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    """Every acknowledged act is done, every note stands once in the ledger and once in its thread, and Slack refused no
    message for coming too soon."""
    found = play(tmp_path, Load(seconds=6, rate=20, channels=20, seed=7))

    assert found["statuses"] == {"200": 120}
    assert (found["lost"], found["doubled"], found["posts_refused"]) == (0, 0, 0)
    assert found["retries"] > 0 and found["facts"] > 60 and found["chain_whole"]
