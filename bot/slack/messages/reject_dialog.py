"""The question before a held slot is rejected: the reason, which everybody in the thread will read."""

from __future__ import annotations

from bot.core.meeting import Hold
from bot.slack.blocks import Block, input_text, modal, says
from bot.slack.messages.presses import REJECT_DIALOG
from bot.slack.messages.view import ReviewView

REASON = "reason"


def reject_dialog(view: ReviewView, hold: Hold) -> Block:
    return modal(
        "Reject this time?",
        REJECT_DIALOG,
        [
            says(
                f"{view.id}: *{view.speech.span(hold.slot.span)}*, held by {view.speech.short(hold.by)}. The tentative "
                "events come off all calendars; other times can be held then."
            ),
            input_text(
                "Why?",
                REASON,
                multiline=True,
                longest=1000,
                hint="It stands in the thread and in the log, with your name.",
            ),
        ],
        submit="Reject",
        close="Not now",
        carries=view.carries(s=hold.set),
    )
