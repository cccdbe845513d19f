"""Where a policy allows two slots to be held at once, both are in sight, each with its own buttons."""

from __future__ import annotations

from typing import Any

from bot.slack.messages import presses
from bot.slack.messages.card import card
from bot.slack.messages.held import held
from bot.slack.messages.home import HomeView, home
from tests.slack.identity_review import TO_TWO_HELD, review
from tests.slack.printed import told


def _carried(blocks: list[dict[str, Any]], action: str) -> list[str]:
    elements = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
    return [e["value"] for e in elements if e["action_id"] == action]


def test_the_card_tells_of_both_held_slots() -> None:
    """The newest on top with its buttons; under them the other, who holds it until when, and its own buttons."""
    view = review(*TO_TWO_HELD)
    said = card(view)

    assert "Held *Wed 2 Dec 09:30 – 10:15 New York*" in told(said)
    assert (
        "*Held too: Tue 1 Dec 10:30 – 11:15 New York* by Priya, until Mon 30 Nov 18:02 New York. Whichever is "
        "approved ends the other.\n[Approve and send…] [Reject…] [Extend] [Let go]\n"
    ) in told(said)
    assert _carried(said.blocks, presses.APPROVE) == [view.carries(s=2), view.carries(s=1)]


def test_the_line_of_the_first_keeps_its_own_buttons() -> None:
    view = review(*TO_TWO_HELD)

    assert _carried(held(view, view.meeting.set(1)).blocks, presses.APPROVE) == [view.carries(s=1)]


def test_the_home_tab_offers_both_to_who_may_approve() -> None:
    view = review(*TO_TWO_HELD)
    page = home(HomeView(waiting=[view], lapsing=[view]))

    assert _carried(page["blocks"], presses.APPROVE) == [view.carries(s=2), view.carries(s=1)]
    for slot in ("Tue 1 Dec 10:30 – 11:15", "Wed 2 Dec 09:30 – 10:15"):
        assert f"*CHG-1042* {slot} New York. The hold runs out" in told(page)
