"""A hold was extended: until when, and by whom."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.view import ReviewView


def extended(view: ReviewView, fact: f.SlotExtended, at: datetime) -> Message:
    speech, hold = view.speech, view.meeting.set(fact.set)
    until = speech.day_and_time(fact.expires_at)
    words = f"{speech.short(fact.by)} extended the hold of {speech.span(hold.slot.span)} until {until}."
    return message(
        f"{view.id}: {words}",
        says(words),
        small(f"{speech.time(at)} · a hold is extended once · {view.deciders_short()} can approve it until then"),
    )
