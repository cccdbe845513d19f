"""To one person in private: what of one request waits for their answer."""

from __future__ import annotations

from bot.core.agreements import Agreement
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.agreement_asked import concerns, reason, request_words, scope
from bot.slack.messages.points import asked_of, own_line, point_blocks
from bot.slack.messages.reminder import card_link
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital
from bot.slack.text import safe


def agreement_direct(view: ReviewView, agreement: Agreement, person: str, concerned: tuple[str, ...] = ()) -> Message:
    """`concerned`: what would change, in the core's words (the request's `concerns`). Nobody is asked for what is over."""
    points = asked_of(agreement, person)
    if not points or view.meeting.state in ("confirmed", "cancelled"):
        words = f"Nothing of that request for {view.id} waits for you any more."
        return message(words, says(words))
    words = request_words(view, agreement)
    return message(
        f"Your answer is asked for {view.id}: {words}",
        says(f"Your answer is asked for {view.id} *{safe(view.request.record_title, 150)}*."),
        says(" ".join([words, *concerns(view, concerned), *reason(view, agreement)])),
        *point_blocks(view, agreement, points, own_line),
        small(f"{capital(scope(view, agreement))}.{card_link(view)}"),
    )
