"""What people decide about slots: hold one, let it go, turn it down, extend it, approve it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core import commands as c
from bot.core import facts as f
from bot.core.meeting import Hold, Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.words import clock, listed, when, who

Facts = tuple[f.AnyFact, ...]


def _holders(holds: Sequence[Hold]) -> str:
    """`Priya already holds Tue 10:30 since 09:03 and Lee already holds Wed 09:30 since 09:05`."""
    return listed([f"{who(h.by)} already holds {when(h.slot.span.start)} since {clock(h.asked_at)}" for h in holds])


def choose(meeting: Meeting, chosen: f.SlotChosen, now: datetime) -> Facts | Refusal:
    if meeting.state in ("confirmed", "confirming", "cancelled"):
        return refuse(meeting.state, over(meeting))
    live = meeting.live_holds
    if meeting.state == "placing" and live:
        return refuse(
            "placing",
            f"{who(live[-1].by)} already holds {when(live[-1].slot.span.start)}, and that is still being placed. "
            "Nothing changed. Try again in a moment.",
        )
    same = tuple(h for h in live if h.slot.span == chosen.slot.span)
    if same:
        return refuse("held", f"{_holders(same)}. Nothing changed. It waits to be approved, rejected or let go.")
    if len(live) >= meeting.request.hold_slots:
        which = "that slot go first, or approve it" if len(live) == 1 else "one of them go first, or approve one"
        return refuse("held", f"{_holders(live)}. Nothing changed. Let {which}.")
    if chosen.slot.span.start <= now:
        return refuse(
            "past",
            f"{when(chosen.slot.span.start)} has begun already. Nothing was held. Look for times again.",
        )
    return (chosen.model_copy(update={"set": len(meeting.holds) + 1}),)


def on_hold(meeting: Meeting, command: c.LetGo | c.Reject | c.Extend | c.Approve, now: datetime) -> Facts | Refusal:
    hold = meeting.hold if command.set is None else meeting.live_hold(command.set)
    refusal = _not_held(meeting, hold, command.set)
    if refusal is not None or hold is None:
        return refusal or refuse("not_held", "Nothing is held. Nothing changed.")
    match command:
        case c.LetGo():
            return (f.SlotEnded(by=command.by, set=hold.set, why="let_go"),)
        case c.Reject():
            return (f.SlotEnded(by=command.by, set=hold.set, why="rejected", reason=command.words),)
        case c.Extend():
            return _lapsed(hold, "Nothing changed", now) or _extend(hold, command)
        case c.Approve():
            return _lapsed(hold, "Nothing was sent", now) or (f.Approved(by=command.by, set=hold.set),)


def _not_held(meeting: Meeting, hold: Hold | None, number: int | None) -> Refusal | None:
    if meeting.state in ("confirmed", "cancelled"):
        return refuse(meeting.state, over(meeting))
    if meeting.state == "confirming":
        approved = meeting.hold
        return refuse(
            "confirming",
            f"{who(approved.approved_by or 'bot') if approved else 'Somebody'} approved this slot a moment ago, and everything is being read again. "
            "Nothing changed.",
        )
    if meeting.state == "placing":
        return refuse("placing", "The holds are still being placed. Nothing changed. Try again in a moment.")
    if not meeting.live_holds:
        return refuse("not_held", "No slot is held any more. Nothing changed. The card shows how things stand.")
    if hold is None:
        return refuse(
            "old", "That button belongs to an earlier hold. Nothing changed. The card shows how things stand."
        )
    return None


def _lapsed(hold: Hold, nothing: str, now: datetime) -> Refusal | None:
    """It has run out, whether or not that is on record yet."""
    if now < hold.expires_at:
        return None
    return refuse("lapsed", f"The hold ran out at {clock(hold.expires_at)}. {nothing}. Hold a slot again.")


def _extend(hold: Hold, command: c.Extend) -> Facts | Refusal:
    if hold.extended:
        return refuse(
            "extended",
            f"This hold was extended once already, until {clock(hold.expires_at)}. Nothing changed.",
        )
    until = min(hold.expires_at + command.ttl, hold.slot.span.start)
    if until <= hold.expires_at:
        return refuse("at_start", "The hold already runs until the meeting begins. Nothing changed.")
    return (f.SlotExtended(by=command.by, set=hold.set, expires_at=until),)


def over(meeting: Meeting) -> str:
    if meeting.state == "cancelled":
        return f"The review of {meeting.request.record} was cancelled. Nothing changed. Ask for a new one."
    hold = meeting.hold
    by, at = (
        (hold.approved_by or "bot", hold.approved_at or meeting.confirmed_at) if hold else ("bot", meeting.confirmed_at)
    )
    return f"{who(by)} already approved this slot at {clock(at) if at else 'an earlier time'}. Nothing changed."
