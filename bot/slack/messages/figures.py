"""The product's figures in words: how long it takes, how often it goes smoothly, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.core.closure_figures import ClosureFigures
from bot.core.figures import Figures, KindFigures
from bot.slack.blocks import Message, message, says, small
from bot.slack.speech import counted, duration
from bot.slack.text import safe

_MOST_KINDS = 12


def figures_message(told: Figures, closures: ClosureFigures | None = None) -> Message:
    closing = _closing(closures) if closures is not None and closures.begun else []
    if not told.asked and closing:
        return message(
            f"{closing[0]}.", says("\n".join(f"• {line}" for line in closing)), small("Counted from the ledger.")
        )
    if not told.asked:
        words = "No meeting was asked for yet, so there are no figures."
        return message(words, says(words))
    share = told.smooth_share
    lines = [
        f"{counted(told.asked, 'meeting')} asked for, {told.viable} with a viable slot, {told.confirmed} confirmed, "
        f"{told.cancelled} cancelled",
        f"request to a viable slot: {_time(told.to_viable)} (median) · to confirmation: {_time(told.to_confirmed)}",
        f"confirmed without a decision beyond the confirmer's: {'–' if share is None else f'{share:.0%}'}",
        f"slots: {told.slots_held} held, {told.slots_let_go} let go, {told.slots_lapsed} lapsed · calendar events placed "
        f"for them: {told.events_placed}",
        f"slots found again: {_tally(told.reschedules)}",
        f"questions that went up: {_tally(told.escalations)}",
    ]
    return message(
        lines[0] + ".",
        says("\n".join(f"• {line}" for line in lines)),
        *(says(_kind(kind)) for kind in list(told.kinds.values())[:_MOST_KINDS]),
        says("*Closing*\n" + "\n".join(f"• {line}" for line in closing)) if closing else None,
        small("Counted from the ledger."),
    )


def _closing(told: ClosureFigures) -> list[str]:
    return [
        f"{counted(told.begun, 'closing')} begun, {told.closed} closed, {told.halted} halted, {told.taken_over} taken over",
        f"closed with nobody's help: {_share(told.untouched_share)} · event to closed: {_time(told.to_closed)} (median)",
        f"caught: {_tally(told.caught)}",
        f"traces that are complete: {_share(told.traced_share)} · waits that went on by themselves: {_share(told.resumed_share)}",
    ]


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _kind(told: KindFigures) -> str:
    """`*Post-incident RCA readout*: 3 asked for, 1 confirmed (100% …) · …`"""
    share = told.smooth_share
    alone = f" ({share:.0%} without a decision beyond the confirmer's)" if share is not None else ""
    parts = [f"{told.asked} asked for, {told.confirmed} confirmed{alone}"]
    if told.counted_to_viable is not None:
        parts.append(f"{duration(told.counted_to_viable)} (median) from when the contract counts to a viable slot")
    if told.lacked:
        parts.append(f"went up for: {_tally(told.lacked)}")
    return f"*{safe(told.title, 80)}*: {' · '.join(parts)}"


def _time(median: timedelta | None) -> str:
    return "–" if median is None else duration(median)


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()) or "none"
