"""At the click something had changed: nothing was sent, what changed, and what stands now."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, first_of, some


def stopped(view: ReviewView, fact: f.Stopped, at: datetime, others: tuple[f.Slot, ...] = ()) -> Message:
    """`others`: times that still fit, where they are known already."""
    speech, hold = view.speech, view.meeting.set(fact.set)
    read = view.meeting.search.read_at if view.meeting.search else None
    since = f" ({speech.day_and_time(read)})" if read else ""
    changes = (
        first_of(fact.changes, lambda words: f"• {capital(view.say_by_role(words))}", "\n", 12)
        or "• it could not be read again"
    )
    still = (
        f"{speech.short(hold.by)}'s hold of {speech.span(hold.slot.span)} stays until {speech.time(hold.expires_at)}."
    )
    live = view.meeting.state == "held" and view.hold == hold
    return message(
        f"{view.id}: nothing was sent, because something changed since the offer. {still if live else ''}".strip(),
        says(f"*Nothing was sent.* Since the offer{since}:\n{changes}"),
        says(f"{still if live else 'That hold is over by now.'} {_others(view, others, fact.causes)}"),
        small(f"Read again {speech.time(at)} · in {speech.place}: {speech.bare_span(hold.slot.span)}"),
        buttons(presses.approve(view, hold), presses.let_go(view, hold), presses.look_again(view)) if live else None,
    )


_FOR_GOOD = frozenset({"record_moved", "vetoed"})  # approving again would stop again


def _others(view: ReviewView, others: tuple[f.Slot, ...], causes: tuple[str, ...]) -> str:
    if not others and _FOR_GOOD & set(causes):
        return "Let it go and hold a time anew: the invite that was shown no longer says what is so."
    if not others:
        return "Look again for other times, or approve again once it is settled."
    times = some([view.speech.span(slot.span) for slot in others], ", ", 3)
    return f"{'Another time still fits' if len(others) == 1 else 'Other times still fit'}: {times}."
