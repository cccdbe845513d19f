"""A slot could not be held: nothing stands on any calendar because of it."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.text import safe


def not_held(view: ReviewView, fact: f.SlotEnded, at: datetime, reference: str | None = None) -> Message:
    """For a hold set that ended with `failed`."""
    hold = view.meeting.set(fact.set)
    why = view.speech.say(fact.reason_words) if fact.reason_words else "A calendar did not take the hold."
    slot = view.speech.span(hold.slot.span)
    ref = f" Ref {safe(reference, 20)}." if reference else ""
    choosing = view.meeting.state in ("choosing", "blocked")
    return message(
        f"{view.id}: nothing was held for {slot}. {why}",
        says(f"*Nothing was held for {slot}.* {why}"),
        says(f"Holds that were placed already are taken back. Try again in a minute, or choose another time.{ref}"),
        small(
            f"{view.speech.short(hold.by)} asked at {view.speech.time(hold.asked_at)} · failed {view.speech.time(at)}"
        ),
        buttons(presses.look_again(view)) if choosing else None,
    )
