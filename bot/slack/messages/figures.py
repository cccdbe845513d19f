"""The product's figures in words: how long it takes, how often it goes smoothly, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.core.figures import Figures
from bot.slack.blocks import Message, message, says, small
from bot.slack.speech import counted, duration


def figures_message(told: Figures) -> Message:
    if not told.asked:
        words = "No review was asked for yet, so there are no figures."
        return message(words, says(words))
    share = told.smooth_share
    lines = [
        f"{counted(told.asked, 'review')} asked for, {told.viable} with a viable slot, {told.confirmed} confirmed, "
        f"{told.cancelled} cancelled",
        f"request to a viable slot: {_time(told.to_viable)} (median) · to confirmation: {_time(told.to_confirmed)}",
        f"confirmed without a decision beyond the confirmer's: {'–' if share is None else f'{share:.0%}'}",
        f"holds: {told.holds_placed} placed, {told.holds_let_go} let go, {told.holds_lapsed} lapsed",
        f"slots found again: {_tally(told.reschedules)}",
        f"questions that went up: {_tally(told.escalations)}",
    ]
    return message(lines[0] + ".", says("\n".join(f"• {line}" for line in lines)), small("Counted from the ledger."))


def _time(median: timedelta | None) -> str:
    return "–" if median is None else duration(median)


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()) or "none"
