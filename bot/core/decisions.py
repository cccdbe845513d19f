"""What may be done to a meeting as it stands: each command gives facts, or a refusal that says why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.core import agreeing, escalating
from bot.core import facts as f
from bot.core.meeting import Hold, Meeting
from bot.core.people import Frozen
from bot.core.refusals import Refusal, refuse
from bot.core.words import clock, listed, when, who

Facts = tuple[f.AnyFact, ...]


class Request(Frozen):
    requested: f.Requested


class SearchAgain(Frozen):
    by: str = "bot"
    why: str = ""


class FinishSearch(Frozen):
    searched: f.Searched | f.SearchStopped


class Choose(Frozen):
    chosen: f.SlotChosen


class FinishPlacing(Frozen):
    set: int
    placed: tuple[f.PlacedKey, ...]
    not_held: tuple[tuple[str, str], ...] = ()


class FailPlacing(Frozen):
    set: int
    words: str


class LetGo(Frozen):
    by: str
    set: int | None = None


class Expire(Frozen):
    set: int


class Extend(Frozen):
    by: str
    ttl: timedelta
    set: int | None = None


class Reject(Frozen):
    by: str
    words: str  # digest of the reason
    set: int | None = None


class Approve(Frozen):
    by: str
    set: int | None = None


class Lift(Frozen):
    set: int
    keys: tuple[str, ...]


class PutBack(Frozen):
    set: int


class StopApproval(Frozen):
    set: int
    changes: tuple[str, ...]
    causes: tuple[str, ...] = ()


class Check(Frozen):
    """Nothing stands against the slot: on record before the invite, so that no crash can lose it."""

    checked: f.Checked


class Confirm(Frozen):
    confirmed: f.Confirmed


class Clear(Frozen):
    set: int


class Remind(Frozen):
    set: int
    which: Literal["half", "last"]


class Cancel(Frozen):
    by: str
    reason: str | None = None


class Note(Frozen):
    by: str
    words: str


class AskAgreement(Frozen):
    asked: f.AgreementAsked


class Answer(Frozen):
    by: str
    number: int
    point: int
    granted: bool
    reason: str | None = None  # digest
    deciders: tuple[str, ...] | None = None  # who may decide it now; None: as when it was asked
    stand_ins: tuple[str, ...] = ()


class Escalate(Frozen):
    """Raised by time alone: an approver who does not answer."""

    agreement: int


class Climb(Frozen):
    escalation: int
    rung: Literal["team", "pager", "mail"]
    asked: tuple[str, ...] = ()


class Acknowledge(Frozen):
    by: str
    escalation: int


class Veto(Frozen):
    """Somebody deleted or moved the hold on their calendar: their word about this slot."""

    set: int
    person: str


class Disturb(Frozen):
    """What watching found; nothing: all is well again."""

    changes: tuple[str, ...]
    causes: tuple[str, ...] = ()


class Reschedule(Frozen):
    by: str


class KeepSlot(Frozen):
    """Not another slot after all."""

    by: str


Command = (
    Request | SearchAgain | FinishSearch | Choose | FinishPlacing | FailPlacing | LetGo | Expire | Extend | Reject
    | Approve | Lift | PutBack | StopApproval | Check | Confirm | Clear | Remind | Cancel | Note | AskAgreement | Answer
    | Escalate | Climb | Acknowledge | Disturb | Reschedule | KeepSlot | Veto
)  # fmt: skip


def decide(meeting: Meeting | None, command: Command, now: datetime) -> Facts | Refusal:
    """Facts to record, or why not. An empty tuple means that it is so already. What a fact raises or silences comes with
    it."""
    chosen = _chosen(meeting, command, now)
    if isinstance(chosen, Refusal) or meeting is None:
        return chosen
    return (*chosen, *escalating.following(meeting, chosen))


def _chosen(meeting: Meeting | None, command: Command, now: datetime) -> Facts | Refusal:
    if isinstance(command, Request):
        return _request(meeting, command)
    if meeting is None:
        return refuse("no_meeting", "There is no review for that record yet. Nothing changed. Ask for one first.")
    match command:
        case SearchAgain():
            return _search_again(meeting, command)
        case FinishSearch():
            awaited = command.searched.search == meeting.searches and meeting.state not in ("confirmed", "cancelled")
            return (command.searched,) if awaited else ()
        case Choose():
            return _choose(meeting, command.chosen, now)
        case FinishPlacing() | FailPlacing():
            return _placing_over(meeting, command)
        case LetGo() | Reject() | Extend() | Approve():
            return _on_hold(meeting, command, now)
        case Expire():
            return _expire(meeting, command, now)
        case Lift() | PutBack() | StopApproval() | Clear() | Remind() | Check() | Confirm():
            return _saga(meeting, command, now)
        case Cancel():
            return _cancel(meeting, command)
        case AskAgreement():
            return agreeing.ask(meeting, command.asked, now)
        case Answer():
            return agreeing.answer(
                meeting, command.by, command.number, command.point, command.granted, command.reason, command.deciders,
                command.stand_ins,
            )  # fmt: skip
        case Escalate():
            return escalating.unanswered(meeting, command.agreement)
        case Climb():
            return escalating.climb(meeting, command.escalation, command.rung, command.asked)
        case Acknowledge():
            return escalating.acknowledge(meeting, command.by, command.escalation)
        case Veto():
            return _veto(meeting, command)
        case Disturb():
            return _disturb(meeting, command)
        case Reschedule():
            return _reschedule(meeting, command)
        case KeepSlot():
            return _keep(meeting, command)
        case Note():
            return (f.Noted(by=command.by, words=command.words),)


def _request(meeting: Meeting | None, command: Request) -> Facts | Refusal:
    if meeting is not None and meeting.live:
        return refuse("exists", f"{meeting.request.record} has a review already. Nothing changed: here is its card.")
    number = meeting.request.round + 1 if meeting else 1
    requested = command.requested.model_copy(update={"round": number})
    return requested, f.SearchStarted(by=requested.by, search=meeting.searches + 1 if meeting else 1)


def _search_again(meeting: Meeting, command: SearchAgain) -> Facts | Refusal:
    if meeting.state in ("confirmed", "cancelled"):
        return refuse(meeting.state, _over(meeting))
    return (f.SearchStarted(by=command.by, search=meeting.searches + 1, why=command.why),)


def _over(meeting: Meeting) -> str:
    if meeting.state == "cancelled":
        return f"The review of {meeting.request.record} was cancelled. Nothing changed. Ask for a new one."
    hold = meeting.hold
    by, at = (
        (hold.approved_by or "bot", hold.approved_at or meeting.confirmed_at) if hold else ("bot", meeting.confirmed_at)
    )
    return f"{who(by)} already approved this slot at {clock(at) if at else 'an earlier time'}. Nothing changed."


def _choose(meeting: Meeting, chosen: f.SlotChosen, now: datetime) -> Facts | Refusal:
    if meeting.state in ("confirmed", "confirming", "cancelled"):
        return refuse(meeting.state, _over(meeting))
    live = meeting.live_holds
    if meeting.state == "placing" and live:
        return refuse(
            "placing",
            f"{who(live[-1].by)} already holds {when(live[-1].slot.span.start)}, and that is still being placed. "
            "Nothing changed. Try again in a moment.",
        )
    if len(live) >= meeting.request.hold_slots or any(h.slot.span == chosen.slot.span for h in live):
        return refuse(
            "held",
            f"{who(live[-1].by)} already holds {listed([when(h.slot.span.start) for h in live])} since "
            f"{clock(live[-1].asked_at)}. Nothing changed. Let that slot go first, or approve it.",
        )
    if chosen.slot.span.start <= now:
        return refuse(
            "past",
            f"{when(chosen.slot.span.start)} has begun already. Nothing was held. Look for times again.",
        )
    return (chosen.model_copy(update={"set": len(meeting.holds) + 1}),)


def _placing_over(meeting: Meeting, command: FinishPlacing | FailPlacing) -> Facts | Refusal:
    hold = meeting.set(command.set)
    if meeting.state != "placing" or hold.ended is not None or meeting.holds[-1].set != command.set:
        return ()
    if isinstance(command, FinishPlacing):
        return (f.SlotHeld(set=command.set, placed=command.placed, not_held=command.not_held),)
    return (f.SlotEnded(set=command.set, why="failed", reason_words=command.words),)


def _on_hold(meeting: Meeting, command: LetGo | Reject | Extend | Approve, now: datetime) -> Facts | Refusal:
    hold = meeting.hold if command.set is None else meeting.live_hold(command.set)
    refusal = _not_held(meeting, hold, command.set)
    if refusal is not None or hold is None:
        return refusal or refuse("not_held", "Nothing is held. Nothing changed.")
    match command:
        case LetGo():
            return (f.SlotEnded(by=command.by, set=hold.set, why="let_go"),)
        case Reject():
            return (f.SlotEnded(by=command.by, set=hold.set, why="rejected", reason=command.words),)
        case Extend():
            return _lapsed(hold, "Nothing changed", now) or _extend(hold, command)
        case Approve():
            return _lapsed(hold, "Nothing was sent", now) or (f.Approved(by=command.by, set=hold.set),)


def _not_held(meeting: Meeting, hold: Hold | None, number: int | None) -> Refusal | None:
    if meeting.state in ("confirmed", "cancelled"):
        return refuse(meeting.state, _over(meeting))
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


def _extend(hold: Hold, command: Extend) -> Facts | Refusal:
    if hold.extended:
        return refuse(
            "extended",
            f"This hold was extended once already, until {clock(hold.expires_at)}. Nothing changed.",
        )
    until = min(hold.expires_at + command.ttl, hold.slot.span.start)
    if until <= hold.expires_at:
        return refuse("at_start", "The hold already runs until the meeting begins. Nothing changed.")
    return (f.SlotExtended(by=command.by, set=hold.set, expires_at=until),)


def _expire(meeting: Meeting, command: Expire, now: datetime) -> Facts:
    hold = meeting.live_hold(command.set)
    if hold is None or meeting.state not in ("held", "placing") or now < hold.expires_at:
        return ()
    return (f.SlotEnded(set=hold.set, why="expired"),)


def _saga(
    meeting: Meeting, command: Lift | PutBack | StopApproval | Clear | Remind | Check | Confirm, now: datetime
) -> Facts:
    """What the worker reports. A report that comes twice, or too late, changes nothing."""
    number = _set_of(command)
    hold = meeting.set(number)
    match command:
        case Lift():
            return (f.HoldsLifted(set=number, keys=command.keys),) if hold.lifted != command.keys else ()
        case PutBack():
            return (f.HoldsPutBack(set=number),) if hold.lifted else ()
        case StopApproval():
            return _stop(meeting, hold, command, now)
        case Clear():
            return (f.HoldsGone(set=number),) if hold.ended and not hold.gone else ()
        case Remind():
            live = meeting.state == "held" and hold.ended is None
            return (f.ConfirmersReminded(set=number, which=command.which),) if live else ()
        case Check():
            return (command.checked,) if meeting.state == "confirming" else ()
        case Confirm():
            if meeting.state != "confirming":
                return ()
            return _confirm(meeting, command.confirmed)


def _confirm(meeting: Meeting, confirmed: f.Confirmed) -> Facts:
    """One slot is confirmed: its hold gives way, any other held slot is let go, a kept one is replaced."""
    kept = meeting.kept.confirmed.invite if meeting.kept else None
    others = tuple(f.SlotEnded(set=h.set, why="superseded") for h in meeting.live_holds if h.set != confirmed.set)
    ended = f.SlotEnded(by=confirmed.by, set=confirmed.set, why="confirmed")
    return confirmed.model_copy(update={"replaces": kept}), ended, *others


def _stop(meeting: Meeting, hold: Hold, command: StopApproval, now: datetime) -> Facts:
    """Holds whose time came meanwhile were left alone while one was being approved: now they run out."""
    if meeting.state != "confirming":
        return ()
    stopped = f.Stopped(set=hold.set, changes=command.changes, causes=command.causes)
    return stopped, *(f.SlotEnded(set=h.set, why="expired") for h in meeting.live_holds if now >= h.expires_at)


def _set_of(command: Lift | PutBack | StopApproval | Clear | Remind | Check | Confirm) -> int:
    match command:
        case Check():
            return command.checked.set
        case Confirm():
            return command.confirmed.set
        case _:
            return command.set


def _cancel(meeting: Meeting, command: Cancel) -> Facts | Refusal:
    if meeting.state == "cancelled":
        return refuse("cancelled", _over(meeting))
    if meeting.state == "confirming":
        return refuse(
            "confirming", "The slot is being approved at this moment. Nothing changed. Try again in a minute."
        )
    ended = tuple(f.SlotEnded(by=command.by, set=h.set, why="cancelled") for h in meeting.live_holds)
    standing = meeting.confirmed or (meeting.kept.confirmed if meeting.kept else None)
    invite = standing.invite if standing else None
    return *ended, f.Cancelled(by=command.by, reason=command.reason, withdraws=invite)


def _veto(meeting: Meeting, command: Veto) -> Facts:
    hold = meeting.set(command.set)
    if hold.ended is not None or meeting.state != "held":
        return ()
    words = f"{who(command.person)} took the hold off their calendar."
    return (f.SlotEnded(set=command.set, why="vetoed", by=command.person, reason_words=words),)


def _disturb(meeting: Meeting, command: Disturb) -> Facts:
    """Said once: the same changes again are no news."""
    if meeting.state != "confirmed" or command.changes == meeting.disturbed:
        return ()
    return (f.Disturbed(changes=command.changes, causes=command.causes),)


def _reschedule(meeting: Meeting, command: Reschedule) -> Facts | Refusal:
    hold = meeting.hold
    if meeting.state != "confirmed" or hold is None:
        return refuse(
            "not_confirmed", f"The review of {meeting.request.record} has no confirmed slot. Nothing changed. "
            "Hold one of the offered times, or let the held one go."
        )  # fmt: skip
    again = f.SearchStarted(by=command.by, search=meeting.searches + 1, why="another slot was asked for")
    return f.RescheduleAsked(by=command.by, set=hold.set), again


def _keep(meeting: Meeting, command: KeepSlot) -> Facts | Refusal:
    if meeting.state == "cancelled":
        return refuse("cancelled", _over(meeting))
    if meeting.kept is None:
        return refuse("nothing_kept", "No other slot is being looked for. Nothing changed.")
    if meeting.state == "confirming":
        return refuse(
            "confirming", "The new slot is being approved at this moment. Nothing changed. Try again in a minute."
        )
    ended = tuple(f.SlotEnded(by=command.by, set=h.set, why="let_go") for h in meeting.live_holds)
    return *ended, f.RescheduleDropped(by=command.by, set=meeting.kept.set)
