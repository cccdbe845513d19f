"""Where a policy allows two slots to be held at once, both are in sight, each with its own buttons."""

from __future__ import annotations

from typing import Any

from bot.slack.messages import presses
from bot.slack.messages.card import card
from bot.slack.messages.held import held
from bot.slack.messages.home import home
from tests.slack.identity_review import TO_TWO_HELD, review
from tests.slack.printed import told
from tests.slack.test_home import page


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
    shown = home(page(waiting=[view], lapsing=[(view, view.meeting.set(2))]))

    assert _carried(shown["blocks"], presses.APPROVE) == [view.carries(s=2), view.carries(s=1)]
    assert told(shown).count("*CHG-1042* Wed 2 Dec 09:30 – 10:15 New York. The hold runs out") == 1
    assert "*CHG-1042* Tue 1 Dec" not in told(shown), "that one does not lapse yet"
