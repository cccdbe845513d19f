"""To each confirmer in private: a slot is held and waits for them. Said when it is their turn, half-way, and at the end;
and what became of it, once it waits no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from bot.core import facts as f
from bot.core.meeting import Hold
from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.ended import cancelled_words, ended_words
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, duration
from bot.slack.text import host_of, link, safe

Which = Literal["turn", "half", "last"]


def reminder(view: ReviewView, which: Which, held: Hold | None = None, extended_by: str | None = None) -> Message:
    """`held`: the hold it is about, where that is not the newest. `extended_by`: who extended it after this was said.
    Nobody is asked for what is over: then it says what became of it. The card is linked where its address is known."""
    hold = held or view.hold
    if hold is None:
        words = f"Nothing of {view.id} waits for you any more."
        return message(words, says(words))
    over = became(view, hold)
    return _over(view, hold, over) if over else _waiting(view, hold, which, extended_by)


def _waiting(view: ReviewView, hold: Hold, which: Which, extended_by: str | None) -> Message:
    speech = view.speech
    first = _first(view, hold, "extended" if extended_by else which)
    extended = f"{speech.short(extended_by)} extended it. " if extended_by else ""
    return message(
        first.replace("*", ""),
        says(first),
        says(
            f"{extended}{view.deciders_short()} can approve it until "
            f"{speech.day_and_time(hold.expires_at)}, {speech.left(hold.expires_at, view.now)}. "
            "Nothing is sent without that."
        ),
        small(f"In {speech.place}: {speech.bare_span(hold.slot.span)}.{card_link(view)}"),
        buttons(presses.approve(view, hold), presses.reject(view, hold)),
    )


def _first(view: ReviewView, hold: Hold, which: Which | Literal["extended"]) -> str:
    about = f"*{view.speech.span(hold.slot.span)}* for {view.id} *{safe(view.request.record_title, 150)}*"
    left = duration(max(hold.expires_at - view.now, timedelta()))
    return {
        "turn": f"It is your turn: {view.speech.short(hold.by)} holds {about}.",
        "half": f"Still waiting for you: {about}. Half of the time is up.",
        "last": f"Last call, {left} left: {about} lapses unless somebody approves it.",
        "extended": f"Still waiting for you: {about}. Extended until {view.speech.day_and_time(hold.expires_at)}.",
    }[which]


def _over(view: ReviewView, hold: Hold, words: str) -> Message:
    title = safe(view.request.record_title, 150)
    return message(
        f"{view.id}: {words}",
        says(f"{view.id} *{title}*\n{capital(words)}"),
        small(
            f"Nothing waits for you here. In {view.speech.place}: {view.speech.bare_span(hold.slot.span)}.{card_link(view)}"
        ),
    )


def became(view: ReviewView, hold: Hold) -> str | None:
    """What came of a hold, in a sentence or two; None while it waits for an approval."""
    speech, slot = view.speech, view.speech.span(hold.slot.span)
    if view.meeting.state == "confirming" and hold.ended is None:
        return _being_approved(view, hold)
    match hold.ended:
        case None:
            return None
        case "confirmed" if view.meeting.state != "cancelled":
            by = speech.name(hold.approved_by or "bot")
            return f"{by} approved {slot}{_at(view, hold)}. The invite is out, and the slot is booked."
        case "superseded":
            chosen = f" ({speech.span(view.meeting.slot.span)})" if view.meeting.slot else ""
            return f"another time was approved{chosen}, so {slot} was let go."
        case _:
            return _ended(view, hold)


def _being_approved(view: ReviewView, hold: Hold) -> str:
    approved = view.hold
    if approved is None or approved.approved_by is None:
        return "a time is being approved; everything is being read again."
    slot, by = view.speech.span(approved.slot.span), view.speech.name(approved.approved_by)
    words = f"{by} approved {slot}{_at(view, approved)}. Everything is being read again before the invite goes out."
    return words if approved.set == hold.set else f"{words} {view.speech.span(hold.slot.span)} stays held until then."


def _at(view: ReviewView, hold: Hold) -> str:
    return f" at {view.speech.time(hold.approved_at)}" if hold.approved_at else ""


def _ended(view: ReviewView, hold: Hold) -> str:
    facts = [e.fact for e in view.history]
    if view.meeting.state == "cancelled":
        over = [fact for fact in facts if isinstance(fact, f.Cancelled)]
        return cancelled_words(view, over[-1]) if over else "the meeting was called off."
    ended = [fact for fact in facts if isinstance(fact, f.SlotEnded) and fact.set == hold.set]
    return " ".join(ended_words(view, ended[-1])).rstrip() if ended else "the hold is over."


def card_link(view: ReviewView) -> str:
    """Slack made this address itself, for a message of ours: it leads to Slack, or it is not shown."""
    host = host_of(view.card)
    ours = host is not None and host.endswith((".slack.com", ".slack-gov.com"))
    found = link(view.card, "Open the card", frozenset({host})) if host and ours else None
    return f" {found}" if found else ""
