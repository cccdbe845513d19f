"""When a question goes up, and when it is silenced: pure rules over a meeting and what has just happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.core import facts as f
from bot.core.meeting import Escalation, Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.words import listed, who

Facts = tuple[f.AnyFact, ...]


def following(meeting: Meeting, new: Facts) -> Facts:
    """What `new` facts raise or silence, to be recorded with them. A question that is open already is not asked again, and
    one that several facts settle at once is settled once, by the first."""
    raised: list[f.AnyFact] = []
    settled: dict[int, f.AnyFact] = {}
    for fact in new:
        raised.extend(_raised_by(meeting, fact, meeting.escalations_told + len(raised)))
        for each in _silenced_by(meeting, fact):
            settled.setdefault(each.escalation, each)
    return (*raised, *settled.values())


def _raised_by(meeting: Meeting, fact: f.AnyFact, before: int) -> Facts:
    to = meeting.request.escalation_to
    if to is None:
        return ()
    match fact:
        case f.Searched() if fact.outcome != "viable" and not _open(meeting, "search"):
            cause, until = _cause(meeting, fact), fact.closes or fact.stated_end
            return (
                f.Escalated(number=before + 1, to=to, cause=cause, sort="search", deadline=until, search=fact.search),
            )
        case f.SearchStopped() if not meeting.live_holds and not _open(meeting, "search"):
            cause = f"no time could be looked for: {fact.why}"
            return (f.Escalated(number=before + 1, to=to, cause=cause, sort="search", deadline=_closes(meeting)),)
        case f.SlotEnded() if fact.why == "failed" and not _open(meeting, "placing"):
            cause = (
                f"a slot of {meeting.request.record} could not be held: {fact.reason_words or 'no reason was given'}"
            )
            return (f.Escalated(number=before + 1, to=to, cause=cause, sort="placing", deadline=_closes(meeting)),)
        case f.SlotEnded() if fact.why in _LAPSED and not [h for h in meeting.live_holds if h.set != fact.set]:
            silenced = [
                a.number for a in meeting.agreements if a.standing == "open" and _was_silenced(meeting, a.number)
            ]
            return tuple(_unanswered(meeting, to, n, before + i) for i, n in enumerate(silenced, 1))
        case f.Stopped() if not _open(meeting, "recheck"):
            cause = f"the approval of {meeting.request.record} was stopped: {' '.join(fact.changes)}"
            return (f.Escalated(number=before + 1, to=to, cause=cause, sort="recheck", deadline=_closes(meeting)),)
        case _:
            return ()


# A question that went up for want of an answer is silent while a slot is held; when that comes to nothing it waits again.
_LAPSED = frozenset({"expired", "let_go", "rejected", "vetoed", "lost", "failed"})


def _was_silenced(meeting: Meeting, agreement: int) -> bool:
    about = [e for e in meeting.escalations if e.agreement == agreement]
    return bool(about) and not any(e.open for e in about)


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"


def _cause(meeting: Meeting, fact: f.Searched) -> str:
    record = meeting.request.record
    match fact.outcome:
        case "incomplete":
            return f"{record} lacks what a search needs: {', '.join((*fact.missing_facts, *fact.missing_roles))}"
        case "no_window":
            return f"no start of {record} fits between what opens its window and what closes it"
        case "needs_exception":
            return f"no time fits {record} within policy; {_times(len(fact.options))} would do if people agree"
        case _:
            return f"no time fits {record}, and no agreement alone would change that"


def _closes(meeting: Meeting) -> datetime | None:
    return meeting.search.closes or meeting.search.stated_end if meeting.search else None


_SILENCED: dict[str, tuple[str, ...]] = {
    "search.finished": ("search",),
    "slot.held": ("placing", "search", "recheck", "unanswered"),
    "meeting.confirmed": ("search", "placing", "recheck", "unanswered"),
    "meeting.cancelled": ("search", "placing", "recheck", "unanswered"),
    "slot.ended": ("recheck",),
}


def _silenced_by(meeting: Meeting, fact: f.AnyFact) -> tuple[f.EscalationResolved, ...]:
    if isinstance(fact, f.Searched) and fact.outcome != "viable":
        return ()
    if isinstance(fact, f.AgreementAnswered):
        return _answered(meeting, fact)
    sorts = _SILENCED.get(fact.tag, ())
    return tuple(
        f.EscalationResolved(escalation=e.number, why=fact.tag)
        for e in meeting.escalations
        if e.open and e.sort in sorts
    )


def _answered(meeting: Meeting, fact: f.AgreementAnswered) -> tuple[f.EscalationResolved, ...]:
    """A request that went up for want of an answer has it now: a no, or the last yes that it needs."""
    agreement = meeting.agreement(fact.number)
    if agreement is None or (fact.granted and not agreement.granted_with(fact.point)):
        return ()
    return tuple(
        f.EscalationResolved(escalation=e.number, why=fact.tag)
        for e in meeting.escalations
        if e.open and e.sort == "unanswered" and e.agreement == fact.number
    )


def _open(meeting: Meeting, sort: str) -> bool:
    return any(e.open and e.sort == sort for e in meeting.escalations)


def unanswered(meeting: Meeting, agreement: int) -> Facts:
    """A request that waited too long goes to the kind's escalation team."""
    asked = meeting.agreement(agreement)
    to = meeting.request.escalation_to
    if asked is None or asked.standing != "open" or to is None or meeting.state in ("confirmed", "cancelled"):
        return ()
    if any(e.open and e.agreement == agreement for e in meeting.escalations):
        return ()
    return (_unanswered(meeting, to, agreement, meeting.escalations_told + 1),)


def _unanswered(meeting: Meeting, to: str, agreement: int, number: int) -> f.Escalated:
    asked = meeting.agreement(agreement)
    points = asked.points if asked else ()
    waiting = [who(p) for point in points if point.standing == "open" for p in point.deciders]
    cause = (
        f"a request for {meeting.request.record} waits for an answer by {listed(list(dict.fromkeys(waiting)), 'or')}"
    )
    return f.Escalated(
        number=number, to=to, cause=cause, sort="unanswered", deadline=_closes(meeting), agreement=agreement
    )


RISEN = "risen"  # why a question that somebody took is closed: the same one has risen once more


def rise(meeting: Meeting, number: int) -> Facts:
    """Somebody took it and it is not settled: it goes up once more, from the first rung, with their name in it."""
    taken = meeting.escalation(number)
    if taken is None or not taken.open or taken.acknowledged_by is None or taken.again:
        return ()
    cause = f"{who(taken.acknowledged_by)} took this, and it is not settled yet: {taken.cause}"
    raised = f.Escalated(
        number=meeting.escalations_told + 1, to=taken.to, cause=cause, sort=taken.sort, deadline=taken.deadline,
        agreement=taken.agreement, again=True,
    )  # fmt: skip
    return f.EscalationResolved(escalation=number, why=RISEN), raised


def climb(meeting: Meeting, number: int, rung: Literal["team", "pager", "mail"], asked: tuple[str, ...]) -> Facts:
    """Each rung once; none after somebody has taken it or it was settled."""
    escalation = meeting.escalation(number)
    if escalation is None or not climbs(escalation, rung):
        return ()
    return (f.EscalationClimbed(escalation=number, rung=rung, asked=asked),)


def climbs(escalation: Escalation, rung: str) -> bool:
    return escalation.open and escalation.acknowledged_by is None and rung not in escalation.rungs


def acknowledge(meeting: Meeting, by: str, number: int) -> Facts | Refusal:
    escalation = meeting.escalation(number)
    if escalation is None or not escalation.open:
        return refuse("settled", "That question is settled already. Nothing changed.")
    if escalation.acknowledged_by is not None:
        return refuse("acknowledged", f"{who(escalation.acknowledged_by)} has taken this already. Nothing changed.")
    return (f.EscalationAcknowledged(by=by, escalation=number),)
