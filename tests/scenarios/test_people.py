"""Who is who: people of the files may ask; guests, strangers, bots and the unknown decide nothing and are told why."""

from __future__ import annotations

import pytest

from tests.world import World

SENTENCES = {
    "nina": ("I do not know you yet: people.yaml has neither your Slack id nor your e-mail address.", "U0NINA"),
    "jess": (
        "Guests of this workspace cannot decide, ask for reviews or read of them. Nothing changed.",
        "full member",
    ),
    "hugo": ("This Slack account is deactivated and decides nothing. Nothing changed.", ""),
}


@pytest.mark.parametrize("who", sorted(SENTENCES))
def test_who_may_not_ask_is_told_why_and_nothing_begins(still_world: World, who: str) -> None:
    told = still_world.asks("/readiness-review CHG-1047", by=who)

    for words in SENTENCES[who]:
        assert words in told.words
    assert not still_world.review("CHG-1047").exists


@pytest.mark.parametrize("who", [*sorted(SENTENCES), "acme"])
def test_who_may_not_read_opens_no_dialog(still_world: World, who: str) -> None:
    """Dialogs name people: guests, strangers and the unknown get a sentence in private instead."""
    if not still_world.review("CHG-1042").exists:
        still_world.reviews()
    still_world.slack.state.channels["C0RELEASES"].members.append("U0ACME")

    told = still_world.opens("Why not", by=who)

    assert told.dialog is None
    assert "Nothing changed." in told.words


@pytest.mark.parametrize("who", [*sorted(SENTENCES), "acme"])
def test_who_may_not_decide_presses_in_vain(still_world: World, who: str) -> None:
    if not still_world.review("CHG-1042").exists:
        still_world.reviews()
    still_world.slack.state.channels["C0RELEASES"].members.append("U0ACME")

    told = still_world.presses("Hold", by=who)

    assert "Nothing changed." in told.words
    assert still_world.review().state == "choosing"
