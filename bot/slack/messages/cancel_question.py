"""Before a meeting is called off that has an invite out or a slot held: once more, with all that goes with it."""

from __future__ import annotations

from bot.core.meeting import Hold
from bot.slack.blocks import Block, Message, button, buttons, confirmation, message, says
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.speech import counted
from bot.slack.text import safe, unmarked

_TITLE, _YES, _KEEP = "Call the meeting off?", "Yes, cancel it", "Keep it"


def cancel_question(view: ReviewView) -> Message:
    """To who typed the command. *Keep it* takes the question away; nothing else ever happened."""
    title = f"{view.id} *{safe(view.request.record_title, 150)}*"
    words = f"{goes_with_it(view)} This cannot be taken back; a new one can be asked for at any time."
    return message(
        f"Call the meeting for {view.id} off? Nothing has changed yet. {words}",
        says(f"Call the meeting for {title} off? Nothing has changed yet."),
        says(words),
        buttons(
            button(_YES, presses.CANCEL, view.carries(w=view.meeting.at_stake, q=1), style="danger"),
            button(_KEEP, presses.NOT_NOW, view.carries()),
        ),
    )


def cancel_button(view: ReviewView) -> Block:
    """The same question in the small dialog that Slack shows at the press."""
    asked = confirmation(_TITLE, unmarked(goes_with_it(view)), _YES, _KEEP)
    return button("Cancel the meeting", presses.CANCEL, view.carries(w=view.meeting.at_stake), confirm=asked)


def goes_with_it(view: ReviewView) -> str:
    """Whose invites are withdrawn, and which holds come off."""
    meeting = view.meeting
    sent = meeting.confirmed or (meeting.kept.confirmed if meeting.kept else None)
    parts = [_held(view, hold) for hold in meeting.live_holds]
    if sent is not None:
        slot = view.speech.span(meeting.set(sent.set).slot.span)
        people = counted(len(sent.invited), "person", "people")
        named = f" ({view.speech.shorts(sent.invited, most=6)})" if sent.invited else ""
        parts.insert(0, f"The invite for {slot} is withdrawn from {people}{named}, who are told.")
    return " ".join(parts)


def _held(view: ReviewView, hold: Hold) -> str:
    slot, people = view.speech.span(hold.slot.span), tuple(p.person for p in hold.planned)
    if not people:
        return f"{slot} is held no longer."
    calendars = counted(len(people), "calendar")
    return f"The hold of {slot} comes off {calendars} ({view.speech.shorts(people, most=6)})."
