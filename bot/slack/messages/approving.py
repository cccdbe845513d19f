"""Somebody with the right to it approved: before anything is sent, everything is read again."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, message, says
from bot.slack.messages.view import ReviewView


def approving(view: ReviewView, fact: f.Approved, at: datetime) -> Message:
    slot = view.speech.span(view.meeting.set(fact.set).slot.span)
    words = f"{view.speech.short(fact.by)} approved {slot} at {view.speech.time(at)}."
    then = "Record, policy, on-call, freezes and calendars are being read again before anything is sent."
    return message(f"{view.id}: {words} {then}", says(f"{words} {then}"))
