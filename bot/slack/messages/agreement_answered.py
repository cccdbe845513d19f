"""An answer to a request: who said what and why, and what can be done now."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.core.meeting import LIVE_HOLD
from bot.slack.blocks import Block, Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.agreements import ask_blocks, option_blocks
from bot.slack.messages.points import deciders_words, deciding, need_words, room_to_hold, subject
from bot.slack.messages.view import ReviewView
from bot.slack.speech import some

_LEFT = " These are left:"


def agreement_answered(view: ReviewView, fact: f.AgreementAnswered, at: datetime) -> Message:
    """`view` is the review with this answer in it."""
    agreement = view.meeting.agreement(fact.number)
    assert agreement is not None
    words, then = answer_words(view, agreement, fact), _then(view, agreement, fact)
    why = reason_words(view, fact)
    return message(
        f"{view.id}: {words} {then.removesuffix(_LEFT)}",
        says(f"{words}{why}"),
        says(then),
        *_next(view, agreement, fact),
        small(f"{view.speech.day_and_time(at)} · {_footer(view, agreement)}"),
    )


def reason_words(view: ReviewView, fact: f.AgreementAnswered) -> str:
    return f" The reason: {view.said(fact.reason)}" if fact.reason else ""


def answer_words(view: ReviewView, agreement: Agreement, fact: f.AgreementAnswered) -> str:
    """`*Dana Osei* approved Ines Brandt as database migration owner in place of Mei.`"""
    point, who = agreement.points[fact.point], f"*{view.speech.name(fact.by)}*"
    what = subject(view, agreement, bold=False)
    if point.own and point.decides:
        can = "can move" if fact.granted else "cannot move"
        return f"{who} {can} what stands against {what}."
    match agreement.sort, point.own:
        case "exception", True:
            fine = "that is fine" if fact.granted else "not then"
            return f"{who} says: {fine} ({what})."
        case "substitute", _:
            return f"{who} {'approved' if fact.granted else 'rejected'} {what}."
        case _:
            return f"{who} {'approved' if fact.granted else 'rejected'} {what}: {need_words(view, point.need)}."


def completes(agreement: Agreement, fact: f.AgreementAnswered) -> bool:
    """Whether it was this answer that granted the whole."""
    deciding = agreement.points[fact.point].decides
    return fact.granted and deciding and agreement.standing == "granted"


def _then(view: ReviewView, agreement: Agreement, fact: f.AgreementAnswered) -> str:
    live = view.meeting.state in LIVE_HOLD
    if not fact.granted:
        return _gone(view, agreement)
    if not completes(agreement, fact):
        return _still(view, agreement)
    if agreement.sort == "substitute":
        who = view.speech.short(agreement.person or "")
        return f"{who} may sit. " + (
            "The hold stays as it is; *Look again* finds times with them." if live else "Looking for times again."
        )
    can = "This time can be held now" if room_to_hold(view) else "This time can be held once the held one is let go"
    return f"{can}.{_unanswered(view, agreement)}"


def _unanswered(view: ReviewView, agreement: Agreement) -> str:
    """Whose evening it costs and who has not said a word yet: their no would still end it."""
    silent = [p for p in agreement.points if p.own and not p.decides and p.standing == "open"]
    names = view.speech.shorts(tuple(dict.fromkeys(x for p in silent for x in p.deciders)))
    return f" Still open: whether it is fine with {names}; a no ends it." if silent else ""


def _still(view: ReviewView, agreement: Agreement) -> str:
    open_points = [p for p in deciding(agreement) if p.standing == "open"]
    waits = [f"{deciders_words(view, agreement, p)}: {need_words(view, p.need)}" for p in open_points]
    return f"Still waiting for {some(waits, '; ', 4)}." if waits else "Nothing else is waited for."


def _gone(view: ReviewView, agreement: Agreement) -> str:
    if agreement.sort == "substitute":
        return f"{view.speech.short(agreement.person or '')} does not sit in; the roles stay as they are."
    left = _LEFT if _left(view) else " No other option is left from this search."
    return f"{subject(view, agreement)} is gone.{left}"


def _left(view: ReviewView) -> list[Block]:
    found = view.meeting.search
    if found is None or view.meeting.state not in ("choosing", "blocked"):
        return []
    return [*option_blocks(view, found), *ask_blocks(view, found)]


def _next(view: ReviewView, agreement: Agreement, fact: f.AgreementAnswered) -> list[Block | None]:
    if not fact.granted:
        return list(_left(view)) if agreement.sort != "substitute" else []
    if agreement.sort == "substitute":
        return [buttons(presses.look_again(view))] if view.meeting.state in LIVE_HOLD else []
    if not room_to_hold(view) or not completes(agreement, fact):
        return []
    return [buttons(presses.hold_agreed(view, agreement))]


def _footer(view: ReviewView, agreement: Agreement) -> str:
    asked = f"asked by {view.speech.short(agreement.by)} at {view.speech.time(agreement.at)}"
    there = f" · in {view.speech.place}: {view.speech.bare_span(agreement.slot.span)}" if agreement.slot else ""
    return f"{asked}{there}"
