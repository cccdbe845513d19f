"""Direct messages: who gets one because of what happened, how it reads as things stand, and what changes it later."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import facts as f
from bot.core.meeting import At
from bot.slack.blocks import Message
from bot.slack.messages.agreement_direct import agreement_direct
from bot.slack.messages.reminder import Which, reminder
from bot.slack.messages.view import ReviewView

Told = tuple[str, Message]  # the person's id, and what they read


def directs(view: ReviewView, entry: At) -> list[Told]:
    """Who gets a direct message because of one entry: the confirmers when it is their turn, and whoever is asked."""
    people = directed(view, entry)
    return [(person, said) for person in people if (said := direct(view, entry, person)) is not None]


def directed(view: ReviewView, entry: At) -> list[str]:
    match entry.fact:
        case f.AgreementAsked() as fact:  # everybody who may answer, but who asked
            asked = dict.fromkeys(p for point in fact.points for p in point.deciders if point.own or p != fact.by)
            found = list(asked)
        case f.SlotHeld() | f.ConfirmersReminded():
            found = [d.person for d in view.deciders]
        case _:
            found = []
    return [person for person in found if person in view.people.people]


def direct(view: ReviewView, entry: At, person: str) -> Message | None:
    """What that entry's message to that person says, as the review stands in `view`."""
    match entry.fact:
        case f.AgreementAsked() as fact:
            agreement = view.meeting.agreement(fact.number)
            return agreement_direct(view, agreement, person, fact.concerns) if agreement else None
        case f.SlotHeld(set=number):
            return _waiting(view, entry, number, "turn")
        case f.ConfirmersReminded(set=number, which=which):
            return _waiting(view, entry, number, which)
        case _:
            return None


def _waiting(view: ReviewView, entry: At, number: int, which: Which) -> Message:
    since = [e.fact for e in view.history if e.version > entry.version]
    longer = [fact for fact in since if isinstance(fact, f.SlotExtended) and fact.set == number]
    return reminder(view, which, view.meeting.set(number), longer[-1].by if longer else None)


def changed_at(round_: Sequence[At], entry: At) -> int:
    """The newest entry of the same round that changes what that entry's messages say."""
    return max((e.version for e in round_ if e.version > entry.version and _changes(e.fact, entry.fact)), default=0)


_OF_ALL = (f.Confirmed, f.Cancelled, f.RescheduleAsked, f.RescheduleDropped)


def _changes(fact: f.AnyFact, told: f.AnyFact) -> bool:
    match told:
        case f.AgreementAsked(number=number):
            return isinstance(fact, _OF_ALL) or (isinstance(fact, f.AgreementAnswered) and fact.number == number)
        case f.SlotHeld(set=number) | f.ConfirmersReminded(set=number):
            ours = isinstance(fact, f.SlotExtended | f.SlotEnded) and fact.set == number
            return ours or isinstance(fact, (f.Approved, f.Stopped, *_OF_ALL))
        case _:
            return False
