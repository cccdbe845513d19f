"""To each confirmer in private: a slot is held and waits for them. Said when it is their turn, half-way, and at the end."""

from __future__ import annotations

from typing import Literal

from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.speech import duration
from bot.slack.text import host_of, link, safe

Which = Literal["turn", "half", "last"]


def reminder(view: ReviewView, which: Which) -> Message:
    """Nobody is asked for what is over: then it says that. The card is linked where its address is known."""
    hold = view.hold
    if hold is None or view.meeting.state != "held":
        words = f"Nothing of {view.id} waits for you any more."
        return message(words, says(words))
    speech, title = view.speech, safe(view.request.record_title, 150)
    slot = f"*{speech.span(hold.slot.span)}*"
    left = duration(max(hold.expires_at - view.now, hold.expires_at - hold.expires_at))
    first = {
        "turn": f"It is your turn: {speech.short(hold.by)} holds {slot} for {view.id} *{title}*.",
        "half": f"Still waiting for you: {slot} for {view.id} *{title}*. Half of the time is up.",
        "last": f"Last call, {left} left: {slot} for {view.id} *{title}* lapses unless somebody approves it.",
    }[which]
    return message(
        first.replace("*", ""),
        says(first),
        says(
            f"{view.deciders_short()} can approve it until "
            f"{speech.day_and_time(hold.expires_at)}, {speech.left(hold.expires_at, view.now)}. "
            "Nothing is sent without that."
        ),
        small(f"In {speech.place}: {speech.bare_span(hold.slot.span)}.{card_link(view)}"),
        buttons(presses.approve(view, hold), presses.reject(view, hold)),
    )


def card_link(view: ReviewView) -> str:
    """Slack made this address itself, for a message of ours: it leads to Slack, or it is not shown."""
    host = host_of(view.card)
    ours = host is not None and host.endswith((".slack.com", ".slack-gov.com"))
    found = link(view.card, "Open the card", frozenset({host})) if host and ours else None
    return f" {found}" if found else ""
