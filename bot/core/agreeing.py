"""Asking people to agree, and their answers: who may answer what, once, and never for oneself."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.core.authority import decider_of, with_stand_ins
from bot.core.explanation import rule_words
from bot.core.meeting import LIVE_HOLD, Hold, Meeting
from bot.core.people import Directory
from bot.core.policy import Kind
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.core.words import clock, listed, role_words, when, who

Facts = tuple[f.AnyFact, ...]


def ask(meeting: Meeting, asked: f.AgreementAsked, now: datetime) -> Facts | Refusal:
    """One request for each thing: a second one for the same is answered with the first."""
    if meeting.state in ("confirmed", "confirming", "cancelled"):
        return refuse(meeting.state, f"The review of {meeting.request.record} is {meeting.state}. Nothing was asked.")
    if asked.slot is not None and asked.slot.span.start <= now:
        return refuse(
            "past",
            f"{when(asked.slot.span.start)} has begun already. Nothing was asked. Choose a later time, or look again.",
        )
    same = next((a for a in meeting.agreements if a.standing != "refused" and _same(a, asked)), None)
    if same is not None:
        return refuse("asked", f"{who(same.by)} asked for this at {clock(same.at)} already. Nothing new was asked.")
    if not asked.points:
        return refuse("no_need", "Nothing has to be agreed for that. Nothing was asked.")
    silent = [p for p in asked.points if not [d for d in p.deciders if p.own or d != asked.by]]
    if silent:
        return refuse("nobody", "Nobody but you could decide this, and nobody approves their own request. Nothing was asked. "
                      "Somebody else involved can ask for it.")  # fmt: skip
    return (asked.model_copy(update={"number": meeting.agreements_told + 1}),)


def _same(agreement: Agreement, asked: f.AgreementAsked) -> bool:
    if agreement.sort != asked.sort:
        return False
    if asked.sort == "substitute":
        return (agreement.role, agreement.person) == (asked.role, asked.person)
    spans = agreement.slot is not None and asked.slot is not None and agreement.slot.span == asked.slot.span
    return spans and {p.need for p in agreement.points} == {p.need for p in asked.points}


def answer(
    meeting: Meeting, by: str, number: int, point: int, granted: bool, reason: str | None,
    deciders: tuple[str, ...] | None = None, stand_ins: tuple[str, ...] = (),
) -> Facts | Refusal:  # fmt: skip
    """A yes or a no to one point; the last yes to a substitute starts a new search with them in it; a no to what a held
    slot rests on ends that hold. `deciders` are those who may decide it now, where that is known better than when it was
    asked; `stand_ins` may too, and are not spoken of."""
    agreement = meeting.agreement(number)
    refusal = _cannot(meeting, agreement, by, point, deciders, stand_ins)
    if refusal is not None or agreement is None:
        return refusal or refuse("unknown", "That request is not known. Nothing changed.")
    resting = _resting(meeting, agreement) if not granted else ()
    if resting and meeting.state == "confirming":
        return refuse(
            "confirming", "The slot is being approved at this moment. Nothing changed. Try again in a minute."
        )
    answered = f.AgreementAnswered(by=by, number=number, point=point, granted=granted, reason=reason)
    complete = granted and agreement.granted_with(point)
    if agreement.sort == "substitute" and complete and meeting.state not in LIVE_HOLD:
        return answered, f.SearchStarted(by=by, search=meeting.searches + 1, why="a substitute was approved")
    return answered, *(f.SlotEnded(by=by, set=h.set, why="rejected", reason=reason) for h in resting)


def deciders_now(
    meeting: Meeting, number: int, point: int, record: Record, kind: Kind, people: Directory, now: datetime
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Who may decide that point now: those behind the policy's names by the record, and with them the confirmed delegates
    of whoever is away or has not answered in time. None: whose own word it is, as when it was asked. What a customer's
    people say is told by those who confirm the meeting."""
    asked = meeting.agreement(number)
    open_point = asked.points[point] if asked and 0 <= point < len(asked.points) else None
    if asked is None or open_point is None or open_point.deciders == (open_point.need.person,):
        return None, ()
    named = decider_of(kind.confirmed_by if open_point.own else open_point.need.approvers, record, people, now)
    everybody = with_stand_ins(named, people, now, asked.at, meeting.request.escalation_after)
    return tuple(x.person for x in named), tuple(x.person for x in everybody)


def _resting(meeting: Meeting, agreement: Agreement) -> tuple[Hold, ...]:
    """The live holds of the very slot that this, granted, allows."""
    return tuple(h for h in meeting.live_holds if agreement.waives(h.slot))


def _cannot(
    meeting: Meeting, agreement: Agreement | None, by: str, point: int, deciders: tuple[str, ...] | None,
    stand_ins: tuple[str, ...],
) -> Refusal | None:  # fmt: skip
    if agreement is None or not 0 <= point < len(agreement.points):
        return refuse("unknown", "That request is not known. Nothing changed.")
    if meeting.state in ("confirmed", "cancelled"):
        return refuse(meeting.state, f"The review of {meeting.request.record} is {meeting.state}. Nothing changed.")
    said = agreement.points[point]
    if said.standing != "open" and said.at is not None:
        verb = "agreed to" if said.standing == "granted" else "refused"
        return refuse("decided", f"{who(said.by or 'bot')} {verb} this at {clock(said.at)} already. Nothing changed.")
    if agreement.standing == "refused":
        return refuse("gone", "That request was refused already. Nothing changed.")
    named = said.deciders if deciders is None else deciders
    asked = _deciders(tuple(d for d in named if said.own or d != agreement.by))
    if by == agreement.by and not said.own:
        return refuse("own_request", f"Nobody approves their own request. Nothing changed. It waits for {asked}.")
    if by not in named + stand_ins:
        return refuse("not_yours", f"This is for {asked}. Nothing changed.")
    return None


def _deciders(people: tuple[str, ...]) -> str:
    return listed([who(p) for p in people], "or") or "nobody"


def need_words(need: f.Need) -> str:
    """What would be agreed to, in words: `Sam Ortiz outside working hours`."""
    match need.rule:
        case "substitution":
            return f"{who(need.person or '')} sits as {role_words(need.role or '')} without confirmed authority"
        case "move":
            return f"{who(need.person or '')} moves what stands in their calendar"
        case _ if need.person:
            return f"{who(need.person)} {rule_words(need.rule)}"
        case _:
            return rule_words(need.rule)
