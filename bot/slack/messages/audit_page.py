"""The log of one review as Slack can show it: what happened in order of time, and whether the chain holds."""

from __future__ import annotations

from bot.slack.blocks import Block, Message, message, modal, says, small
from bot.slack.messages.entries import entry
from bot.slack.messages.view import ReviewView

AUDIT_DIALOG = "audit_dialog"
_MOST = 200
_A_BLOCK = 8


def audit_page(view: ReviewView, chain: str) -> Message:
    """As a private message. `chain`: one sentence on the chain of the ledger, verified or not."""
    blocks = _blocks(view, chain, 60)
    return message(f"The log of {view.id}: {len(view.history)} entries. {view.speech.say(chain)}", *blocks)


def audit_dialog(view: ReviewView, chain: str) -> Block:
    return modal("Full log", AUDIT_DIALOG, _blocks(view, chain, _MOST), carries=view.carries())


def _blocks(view: ReviewView, chain: str, most: int) -> list[Block]:
    """The beginning and the end; where it is too long the middle is left to the command line."""
    lines = [f"{view.speech.day_and_time(e.at)} · {entry(view, e.fact)}" for e in view.history]
    if len(lines) > most:
        middle = f"_{len(lines) - most} entries in between: `readiness-bot audit {view.id}` prints them all._"
        lines = [*lines[: most // 2], middle, *lines[-(most // 2) :]]
    parts = ["\n".join(lines[i : i + _A_BLOCK]) for i in range(0, len(lines), _A_BLOCK)]
    return [
        says(f"*The log of {view.id}*, round {view.request.round}"),
        *(says(part) for part in parts),
        small(view.speech.say(chain), "Times are in your own zone. Nothing here can be changed afterwards."),
    ]
