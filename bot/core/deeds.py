"""What the bot tells of its deeds: each report once; one that comes twice, or too late, changes nothing."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core import escalating
from bot.core import facts as f
from bot.core.meeting import Hold, Meeting
from bot.core.words import who

Facts = tuple[f.AnyFact, ...]
Saga = c.Lift | c.PutBack | c.StopApproval | c.Clear | c.Remind | c.Check | c.Confirm


def told(meeting: Meeting, command: c.Deed, now: datetime) -> Facts:
    """What is on record of it; nothing when the meeting has gone on meanwhile."""
    match command:
        case c.FinishSearch():
            return (command.searched,) if _awaited(meeting, command.searched) else ()
        case c.FinishPlacing() | c.FailPlacing():
            return _placing_over(meeting, command)
        case c.Expire():
            return _expire(meeting, command, now)
        case c.Veto():
            return _veto(meeting, command)
        case c.Lose():
            return _lose(meeting, command)
        case c.Disturb():
            return _disturb(meeting, command)
        case c.Escalate():
            return escalating.unanswered(meeting, command.agreement)
        case c.Rise():
            return escalating.rise(meeting, command.escalation)
        case c.Climb():
            return escalating.climb(meeting, command.escalation, command.rung, command.asked)
        case _:
            return _saga(meeting, command, now)


def _awaited(meeting: Meeting, searched: f.Searched | f.SearchStopped) -> bool:
    """Told once. A search that was given up may still be found, when an operator has it tried again."""
    given_up = isinstance(searched, f.SearchStopped) and meeting.stopped is not None
    return meeting.awaits(searched.search) and not given_up


def _placing_over(meeting: Meeting, command: c.FinishPlacing | c.FailPlacing) -> Facts:
    hold = meeting.set(command.set)
    if meeting.state != "placing" or hold.ended is not None or meeting.holds[-1].set != command.set:
        return ()
    if isinstance(command, c.FinishPlacing):
        return (f.SlotHeld(set=command.set, placed=command.placed, not_held=command.not_held),)
    return (f.SlotEnded(set=command.set, why="failed", reason_words=command.words),)


def _expire(meeting: Meeting, command: c.Expire, now: datetime) -> Facts:
    hold = meeting.live_hold(command.set)
    if hold is None or meeting.state not in ("held", "placing") or now < hold.expires_at:
        return ()
    return (f.SlotEnded(set=hold.set, why="expired"),)


def _saga(meeting: Meeting, command: Saga, now: datetime) -> Facts:
    """What is told of a slot that is held, approved and made real."""
    number = _set_of(command)
    hold = meeting.set(number)
    match command:
        case c.Lift():
            return (f.HoldsLifted(set=number, keys=command.keys),) if hold.lifted != command.keys else ()
        case c.PutBack():
            return (f.HoldsPutBack(set=number),) if hold.lifted else ()
        case c.StopApproval():
            return _stop(meeting, hold, command, now)
        case c.Clear():
            return (f.HoldsGone(set=number),) if hold.ended and not hold.gone else ()
        case c.Remind():
            live = meeting.state == "held" and hold.ended is None
            return (f.ConfirmersReminded(set=number, which=command.which),) if live else ()
        case c.Check():
            return (command.checked,) if meeting.state == "confirming" else ()
        case c.Confirm():
            if meeting.state != "confirming":
                return ()
            return _confirm(meeting, command.confirmed)


def _confirm(meeting: Meeting, confirmed: f.Confirmed) -> Facts:
    """One slot is confirmed: its hold gives way, any other held slot is let go, a kept one is replaced."""
    kept = meeting.kept.confirmed.invite if meeting.kept else None
    others = tuple(f.SlotEnded(set=h.set, why="superseded") for h in meeting.live_holds if h.set != confirmed.set)
    ended = f.SlotEnded(by=confirmed.by, set=confirmed.set, why="confirmed")
    return confirmed.model_copy(update={"replaces": kept}), ended, *others


def _stop(meeting: Meeting, hold: Hold, command: c.StopApproval, now: datetime) -> Facts:
    """Holds whose time came meanwhile were left alone while one was being approved: now they run out."""
    if meeting.state != "confirming":
        return ()
    stopped = f.Stopped(set=hold.set, changes=command.changes, causes=command.causes)
    expired = (f.SlotEnded(set=h.set, why="expired") for h in meeting.live_holds if now >= h.expires_at)
    again = (f.SearchStarted(search=meeting.searches + 1, why=command.again),) if command.again else ()
    return stopped, *expired, *again


def _set_of(command: Saga) -> int:
    match command:
        case c.Check():
            return command.checked.set
        case c.Confirm():
            return command.confirmed.set
        case _:
            return command.set


def _veto(meeting: Meeting, command: c.Veto) -> Facts:
    hold = meeting.set(command.set)
    if hold.ended is not None or meeting.state != "held":
        return ()
    words = f"{who(command.person)} took the hold off their calendar."
    return (f.SlotEnded(set=command.set, why="vetoed", by=command.person, reason_words=words),)


def _lose(meeting: Meeting, command: c.Lose) -> Facts:
    hold = meeting.set(command.set)
    if hold.ended is not None or meeting.state != "held":
        return ()
    why = "It was let go by an operator, or an older copy of the database was put back."
    if command.invited:
        why = (
            "An invite for this slot stands on the organiser's calendar, and this ledger does not know of it: an older copy of "
            "the database was put back. That invite is real. Keep to it, or cancel it on that calendar before another slot is held."
        )
    return (f.SlotEnded(set=command.set, why="lost", reason_words=why),)


def _disturb(meeting: Meeting, command: c.Disturb) -> Facts:
    """Said once: the same changes again are no news."""
    if meeting.state != "confirmed" or command.changes == meeting.disturbed:
        return ()
    return (f.Disturbed(changes=command.changes, causes=command.causes),)
