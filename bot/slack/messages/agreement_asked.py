"""Somebody asks people to agree: to a substitute, to an exception for one time, or to move what they have."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.points import deciders_words, deciding, need_words, point_blocks, seat_words, subject
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted, first_of


def agreement_asked(view: ReviewView, fact: f.AgreementAsked, at: datetime) -> Message:
    """`view` is the review with this request in it."""
    agreement = view.meeting.agreement(fact.number)
    assert agreement is not None
    words = request_words(view, agreement)
    return message(
        f"{view.id}: {words} {whose(view, agreement)}",
        says(" ".join([words, *concerns(view, fact.concerns), *reason(view, agreement)])),
        *point_blocks(view, agreement, range(len(agreement.points))),
        small(f"{view.speech.day_and_time(at)} · {scope(view, agreement)}"),
    )


def request_words(view: ReviewView, agreement: Agreement) -> str:
    """`Lee asks that *Ines Brandt* sit as database migration owner in place of Mei.`"""
    speech, asker = view.speech, view.speech.short(agreement.by)
    match agreement.sort:
        case "substitute":
            instead = f" in place of {speech.short(agreement.instead_of)}" if agreement.instead_of else ""
            who = speech.name(agreement.person or "")
            return f"{asker} asks that *{who}* sit as {speech.role(agreement.role or '')}{instead}."
        case "ask":
            need = agreement.points[0].need
            who = f"*{seat_words(view, need.person or '', need.role)}*"
            return f"{asker} asks {who} whether what stands against {subject(view, agreement)} can be moved."
        case "exception":
            needed = counted(len(deciding(agreement)), "agreement")
            return f"{asker} asks for {subject(view, agreement)}. It takes {needed}."


def concerns(view: ReviewView, said: tuple[str, ...]) -> list[str]:
    return [first_of(said, view.speech.say, " ", 8)] if said else []


def reason(view: ReviewView, agreement: Agreement) -> list[str]:
    return [f"The reason: {view.said(agreement.reason)}"] if agreement.reason else []


def whose(view: ReviewView, agreement: Agreement) -> str:
    """Who answers, in a sentence without buttons."""
    if agreement.sort == "ask":
        return f"Only {deciders_words(view, agreement, agreement.points[0])} can say."
    points = deciding(agreement)
    parts = [f"{deciders_words(view, agreement, p)} decides" for p in points[:1]]
    if len(points) > 1:
        parts = [
            f"{capital(need_words(view, p.need))}: {deciders_words(view, agreement, p)} decides" for p in points[:4]
        ]
    return f"{'; '.join(parts)}."


def scope(view: ReviewView, agreement: Agreement) -> str:
    if agreement.sort == "substitute":
        return "it would hold for this meeting only"
    bare = f" · in {view.speech.place}: {view.speech.bare_span(agreement.slot.span)}" if agreement.slot else ""
    return f"nothing is held yet; it would hold for this meeting and this time only{bare}"
