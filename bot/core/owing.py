"""What the bot owes the world after something happened: each fact's effects and deadlines, with their keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core import facts as f
from bot.core.meeting import Escalation, Meeting
from bot.core.people import Frozen


class Owed(Frozen):
    """One effect or deadline: done once under its key, not before `due_at` (business time), in order within its lane."""

    key: str
    kind: str
    lane: str | None
    due_at: datetime
    payload: Mapping[str, str | int]


LAST_CALL = timedelta(minutes=30)
NEAR = timedelta(days=1)  # before a window closes


def owed(meeting: Meeting, new: tuple[f.AnyFact, ...], now: datetime) -> tuple[Owed, ...]:
    """What `new`, the facts that have just brought the meeting to its version, owe."""
    what = [effect for fact in new for effect in _owed_by(meeting, fact, now)]
    first = meeting.version - len(new) + 1
    what.append(_announce(meeting, first, now))
    return tuple(what)


def _announce(meeting: Meeting, first: int, now: datetime) -> Owed:
    payload: dict[str, str | int] = {"meeting": meeting.id, "first": first, "last": meeting.version}
    lane = f"slack:{meeting.request.channel}"
    return Owed(
        key=f"announce:{meeting.id}:{meeting.version}",
        kind="announce",
        lane=lane,
        due_at=now,
        payload=payload,
    )


def _world(meeting: Meeting, kind: str, number: int, now: datetime) -> Owed:
    """One external deed at a time for each meeting."""
    key = f"{kind}:{meeting.id}:{meeting.request.round}:{number}"
    payload: dict[str, str | int] = {"meeting": meeting.id, "number": number}
    return Owed(key=key, kind=kind, lane=f"meeting:{meeting.id}", due_at=now, payload=payload)


def _owed_by(meeting: Meeting, fact: f.AnyFact, now: datetime) -> list[Owed]:
    match fact:
        case f.SearchStarted():
            return [_world(meeting, "search", fact.search, now)]
        case f.SlotChosen():
            return [
                _world(meeting, "place", fact.set, now),
                *_deadlines(meeting, fact.set, now, fact.expires_at),
            ]
        case f.SlotExtended():
            return _deadlines(meeting, fact.set, now, fact.expires_at)
        case f.SlotEnded():
            return [_world(meeting, "release", fact.set, now)]
        case f.Approved():
            # A set may be approved again after a re-check stopped it: each approval is a deed of its own.
            deed = _world(meeting, "confirm", fact.set, now)
            return [deed.model_copy(update={"key": f"{deed.key}:{meeting.version}"})]
        case f.Escalated():
            return _ladder(meeting, fact, now)
        case f.EscalationAcknowledged():
            return [_silence(meeting, fact, now), *_rising(meeting, fact, now)]
        case f.EscalationResolved():
            return [_silence(meeting, fact, now)]
        case f.AgreementAsked():
            return [_patience(meeting, fact, now)]
        case f.Cancelled() if fact.withdraws is not None:
            return [_withdraw(meeting, fact.withdraws, now)]
        case f.Confirmed() if fact.replaces is not None:
            return [_withdraw(meeting, fact.replaces, now)]
        case _:
            return []


def _withdraw(meeting: Meeting, invite: str, now: datetime) -> Owed:
    payload: dict[str, str | int] = {"meeting": meeting.id, "invite": invite}
    return Owed(key=f"withdraw:{invite}", kind="withdraw", lane=f"meeting:{meeting.id}", due_at=now, payload=payload)


def _deadlines(meeting: Meeting, number: int, now: datetime, expires_at: datetime) -> list[Owed]:
    """Expiry, half-time, and half an hour before: each names the instant, so that an extension brings new ones."""
    stamp = int(expires_at.timestamp())

    def deadline(kind: str, due_at: datetime, which: str = "") -> Owed:
        payload: dict[str, str | int] = {"meeting": meeting.id, "number": number, "which": which}
        key = f"{kind}{which}:{meeting.id}:{meeting.request.round}:{number}:{stamp}"
        return Owed(key=key, kind=kind, lane=f"meeting:{meeting.id}", due_at=due_at, payload=payload)

    due = [deadline("expire", expires_at)]
    half, last = now + (expires_at - now) / 2, expires_at - LAST_CALL
    if half < last:
        due.append(deadline("remind", half, "half"))
    if last > now:
        due.append(deadline("remind", last, "last"))
    return due


RUNGS: tuple[str, ...] = ("team", "pager", "mail")


def rung_at(after: timedelta, raised_at: datetime, deadline: datetime | None, rung: str) -> datetime:
    """When a rung's turn comes: the team at once, each next one `after` later, closer together when the window is near."""
    step = after
    if deadline is not None:
        step = min(step, max((deadline - raised_at) / 8, timedelta(minutes=1)))
    return raised_at + step * RUNGS.index(rung)


def _ladder(meeting: Meeting, fact: f.Escalated, now: datetime) -> list[Owed]:
    """The rungs, each once."""

    def owed_rung(name: str) -> Owed:
        payload: dict[str, str | int] = {"meeting": meeting.id, "number": fact.number, "which": name}
        key = f"climb:{meeting.id}:{meeting.request.round}:{fact.number}:{name}"
        due_at = rung_at(meeting.request.escalation_after, now, fact.deadline, name)
        return Owed(key=key, kind="climb", lane=f"climb:{meeting.id}", due_at=due_at, payload=payload)

    return [owed_rung(name) for name in RUNGS]


def _silence(meeting: Meeting, fact: f.EscalationAcknowledged | f.EscalationResolved, now: datetime) -> Owed:
    """The pager is told that somebody has it, or that it is settled."""
    payload: dict[str, str | int] = {"meeting": meeting.id, "number": fact.escalation}
    key = f"silence:{meeting.id}:{meeting.request.round}:{fact.escalation}:{fact.tag}"
    return Owed(key=key, kind="silence", lane=f"climb:{meeting.id}", due_at=now, payload=payload)


def rises_at(taken: Escalation, now: datetime) -> datetime | None:
    """When a question that is taken `now` rises once more, if it is not settled by then; None when it does not."""
    if taken.again or taken.deadline is None or taken.deadline <= now:
        return None
    return taken.deadline - min(NEAR, (taken.deadline - now) / 2)


def _rising(meeting: Meeting, fact: f.EscalationAcknowledged, now: datetime) -> list[Owed]:
    """Who takes a question has it to themselves for half of what is left, or until a day is left; not settled by then, it
    rises once more."""
    taken = meeting.escalation(fact.escalation)
    due_at = rises_at(taken, now) if taken else None
    if taken is None or due_at is None:
        return []
    payload: dict[str, str | int] = {"meeting": meeting.id, "number": taken.number, "which": "again"}
    key = f"climb:{meeting.id}:{meeting.request.round}:{taken.number}:again"
    return [Owed(key=key, kind="climb", lane=f"climb:{meeting.id}", due_at=due_at, payload=payload)]


def _patience(meeting: Meeting, fact: f.AgreementAsked, now: datetime) -> Owed:
    """An approver who does not answer in time: the question goes up."""
    payload: dict[str, str | int] = {"meeting": meeting.id, "number": fact.number}
    key = f"unanswered:{meeting.id}:{meeting.request.round}:{fact.number}"
    due_at = now + meeting.request.escalation_after
    return Owed(key=key, kind="unanswered", lane=f"meeting:{meeting.id}", due_at=due_at, payload=payload)
