"""A slot is held: who holds it until when, on whose calendars, and exactly what would be sent."""

from __future__ import annotations

from bot.core.meeting import Hold
from bot.slack.blocks import Block, Message, message, quoted, says, small
from bot.slack.messages.card import decision_buttons
from bot.slack.messages.standing import tentative
from bot.slack.messages.view import ReviewView


def held(view: ReviewView, hold: Hold) -> Message:
    speech = view.speech
    words = f"{speech.short(hold.by)} holds {speech.span(hold.slot.span)} until {speech.time(hold.expires_at)}."
    return message(
        f"{view.id}: {words} {view.deciders_short()} can approve it.",
        says(
            f"{speech.short(hold.by)} holds *{speech.span(hold.slot.span)}* until {speech.time(hold.expires_at)}. "
            f"{tentative(view, hold)}"
        ),
        *draft(view),
        says(f"{view.deciders_named()} approves or rejects. Anyone involved can extend the hold or let it go."),
        small(f"Times are in your own zone. In {speech.place}: {speech.bare_span(hold.slot.span)}."),
        *(decision_buttons(view, hold) if view.meeting.state == "held" and hold.ended is None else ()),
    )


def draft(view: ReviewView, limit: int = 2900) -> list[Block]:
    """The invite word for word: these bytes are what is sent."""
    if view.draft is None:
        return []
    whole = f"{view.draft.title}\n\n{view.draft.text}"
    return [says(f"This is the invite that would go out, to {_invitees(view)}:"), quoted(whole, limit)]


def _invitees(view: ReviewView) -> str:
    count = len(view.draft.invitees) if view.draft else 0
    return f"{count} {'person' if count == 1 else 'people'}"
