"""The question before somebody says no to what they were asked: the reason, which everybody in the thread will read."""

from __future__ import annotations

from bot.core.agreements import Agreement
from bot.slack.blocks import Block, input_text, modal, says
from bot.slack.messages.agreement_asked import request_words
from bot.slack.messages.points import need_words
from bot.slack.messages.presses import DISAGREE_DIALOG
from bot.slack.messages.reject_dialog import REASON
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital

__all__ = ["REASON", "disagree_dialog"]


def disagree_dialog(view: ReviewView, agreement: Agreement, point: int) -> Block:
    own = agreement.points[point].own
    need = capital(need_words(view, agreement.points[point].need))
    then = "The roles stay as they are." if agreement.sort == "substitute" else "Other options stay open."
    hint = "It stands in the thread and in the log, with your name."
    if own:
        hint += " What stands in your calendar is nobody's business: “it cannot be moved” is enough."
    return modal(
        "Not then?" if own else "Reject this request?",
        DISAGREE_DIALOG,
        [
            says(f"{view.id}: {request_words(view, agreement)}"),
            says(f"• {need}") if agreement.sort == "exception" else None,
            says(f"Your no ends this request. {then}"),
            input_text("Why?", REASON, multiline=True, longest=1000, hint=hint),
        ],
        submit="Say no" if own else "Reject",
        close="Not now",
        carries=view.carries(a=agreement.number, p=point),
    )
