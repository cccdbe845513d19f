"""After confirmation something changed that touches the slot: what, and that nothing was moved; or all is well again."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.cancel_question import cancel_button
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, some


def disturbed(view: ReviewView, fact: f.Disturbed, at: datetime) -> Message:
    if not fact.changes:
        words = f"What had changed for {view.id} is as it was again. Nothing was moved."
        return message(words, says(words), small(view.speech.time(at)))
    changes = some([f"• {capital(view.say_by_role(change))}" for change in fact.changes], "\n", 10)
    summary = f"{view.id} is confirmed, and since then something changed."
    return message(
        summary,
        says(f"Since the confirmation:\n{changes}"),
        says(
            "Nothing was moved: the invite stands. Another slot can be looked for; this one is kept until a new one is confirmed."
        ),
        buttons(presses.reschedule(view), cancel_button(view)),
        small(f"Read again {view.speech.time(at)}"),
    )


def rescheduling(view: ReviewView, fact: f.RescheduleAsked, at: datetime) -> Message:
    kept = view.meeting.kept
    slot = f" {view.speech.span(kept.slot.span)} stays until a new one is confirmed." if kept else ""
    words = f"{view.speech.name(fact.by)} asks for another slot.{slot}"
    return message(words, says(words), buttons(presses.keep_slot(view)), small(view.speech.time(at)))


def kept_after_all(view: ReviewView, fact: f.RescheduleDropped, at: datetime) -> Message:
    slot = view.meeting.slot
    which = f" {view.speech.span(slot.span)}" if slot else ""
    words = f"{view.speech.name(fact.by)} keeps the confirmed slot{which}. The invite stands."
    return message(words, says(words), small(view.speech.time(at)))
