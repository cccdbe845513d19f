"""A note that somebody added, in the thread and in the log."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.view import ReviewView


def noted(view: ReviewView, fact: f.Noted, at: datetime) -> Message:
    who = view.speech.name(fact.by)
    return message(
        f"{who} noted on {view.id}: {view.said(fact.words)}",
        says(f"*{who}* notes: {view.said(fact.words)}"),
        small(f"{view.speech.day_and_time(at)} · kept in the log of {view.id}"),
    )
