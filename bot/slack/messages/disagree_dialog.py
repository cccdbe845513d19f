"""The question before somebody says no to what they were asked: the reason, which everybody in the thread will read."""

from __future__ import annotations

from bot.core.agreements import Agreement
from bot.slack.blocks import Block, input_text, modal, says
from bot.slack.messages.points import need_words, subject
from bot.slack.messages.presses import DISAGREE_DIALOG
from bot.slack.messages.reject_dialog import REASON
from bot.slack.messages.view import ReviewView

__all__ = ["REASON", "disagree_dialog"]


def disagree_dialog(view: ReviewView, agreement: Agreement, point: int) -> Block:
    own = agreement.points[point].own
    hint = "It stands in the thread and in the log, with your name."
    if own:
        hint += " What stands in your calendar is nobody's business: “it cannot be moved” is enough."
    return modal(
        "Not then?" if own else "Reject this request?",
        DISAGREE_DIALOG,
        [
            says(f"{view.id}: {view.speech.short(agreement.by)} asks for {subject(view, agreement)}."),
            None if agreement.sort == "substitute" else says(f"• {need_words(view, agreement.points[point].need)}"),
            says("Your no closes this request for all. Other options stay open."),
            input_text("Why?", REASON, multiline=True, longest=1000, hint=hint),
        ],
        submit="Say no" if own else "Reject",
        close="Not now",
        carries=view.carries(a=agreement.number, p=point),
    )
