"""A hold is over, or the whole review is: who ended it, why, and that nothing of it stays on calendars."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.speech import counted, enumerated


def ended(view: ReviewView, fact: f.SlotEnded, at: datetime) -> Message:
    """For `let_go`, `rejected`, `vetoed` and `expired`; the other endings have messages of their own."""
    speech, hold = view.speech, view.meeting.set(fact.set)
    words, why = ended_words(view, fact)
    live = view.meeting.state in ("choosing", "blocked")
    off = _off(len(hold.planned), fact)
    return message(
        f"{view.id}: {words}",
        says(f"*{words}* {why}".rstrip()),
        says(f"{off} {_then(view)}"),
        small(f"{speech.day_and_time(at)} · in {speech.place}: {speech.bare_span(hold.slot.span)}"),
        buttons(presses.look_again(view)) if live else None,
    )


def ended_words(view: ReviewView, fact: f.SlotEnded) -> tuple[str, str]:
    """What ended a hold, and why."""
    slot, who = view.speech.span(view.meeting.set(fact.set).slot.span), view.speech.name(fact.by)
    match fact.why:
        case "let_go":
            return f"{who} let go of {slot}.", ""
        case "rejected":
            return f"{who} rejected {slot}.", f"The reason: {view.said(fact.reason)}"
        case "vetoed":
            return f"{who} took the hold of {slot} off their calendar.", "That is their word: the slot is let go."
        case "lost":
            return f"The hold of {slot} is gone from all calendars.", speech_of(view, fact)
        case "expired":
            return f"The hold of {slot} ran out: nobody approved it in time.", ""
        case _:
            return f"The hold of {slot} is over.", ""


def speech_of(view: ReviewView, fact: f.SlotEnded) -> str:
    return view.speech.say(fact.reason_words or "")


def _off(calendars: int, fact: f.SlotEnded) -> str:
    """What became of the tentative events, and that nobody was invited, where that is known."""
    return "Nothing is held." if fact.why == "lost" else f"{_taken_off(calendars, fact)} No invite was sent."


def _taken_off(calendars: int, fact: f.SlotEnded) -> str:
    if fact.why == "vetoed":  # the one is off already
        others = counted(calendars - 1, "other calendar")
        return f"The tentative events come off {others}." if calendars > 1 else "It was on no other calendar."
    return f"The tentative events come off {counted(calendars, 'calendar')}." if calendars else "It was on no calendar."


def _then(view: ReviewView) -> str:
    held = [view.speech.span(hold.slot.span) for hold in view.meeting.live_holds]
    if held:
        return f"{enumerated(held, 'and', 4)} {'is' if len(held) == 1 else 'are'} still held."
    if view.meeting.state == "choosing":
        return "The other offers may still stand: hold one of them, or look again."
    return "Look again for times that fit now."


def cancelled(view: ReviewView, fact: f.Cancelled, at: datetime) -> Message:
    """The review is called off. An invite that was out is withdrawn properly."""
    speech, kept = view.speech, view.meeting.kept
    sent = view.meeting.confirmed or (kept.confirmed if kept else None)
    words = cancelled_words(view, fact)
    why = f" The reason: {view.said(fact.reason)}" if fact.reason else ""
    then = (
        f"The invite is withdrawn from {counted(len(sent.invited), 'person', 'people')}."
        if sent
        else "No invite was out."
    )
    return message(
        words,
        says(f"*{words}*{why}"),
        says(f"{then} Holds that stood come off the calendars. A new review can be asked for at any time."),
        small(speech.day_and_time(at)),
    )


def cancelled_words(view: ReviewView, fact: f.Cancelled) -> str:
    return f"{view.speech.name(fact.by)} cancelled the meeting for {view.id}."
