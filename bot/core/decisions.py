"""What may be done to a meeting as it stands: each command gives facts, or a refusal that says why not. The one entrance."""

from __future__ import annotations

from datetime import datetime

from bot.core import agreeing, attesting, deeds, escalating, holding
from bot.core import commands as c
from bot.core import facts as f
from bot.core.meeting import Meeting
from bot.core.refusals import Refusal, refuse

Facts = tuple[f.AnyFact, ...]


def decide(meeting: Meeting | None, command: c.Command, now: datetime) -> Facts | Refusal:
    """Facts to record, or why not. An empty tuple means that it is so already. What a fact raises or silences comes with
    it."""
    chosen = _chosen(meeting, command, now)
    if isinstance(chosen, Refusal) or meeting is None:
        return chosen
    return (*chosen, *escalating.following(meeting, chosen))


def _chosen(meeting: Meeting | None, command: c.Command, now: datetime) -> Facts | Refusal:
    if isinstance(command, c.Request):
        return _request(meeting, command)
    if meeting is None:
        return refuse("no_meeting", "There is no review for that record yet. Nothing changed. Ask for one first.")
    if isinstance(command, c.Deed):
        return deeds.told(meeting, command, now)
    return _decided(meeting, command, now)


def _decided(meeting: Meeting, command: c.Decision, now: datetime) -> Facts | Refusal:
    match command:
        case c.Request():
            return _request(meeting, command)
        case c.SearchAgain():
            return _search_again(meeting, command)
        case c.Choose():
            return holding.choose(meeting, command.chosen, now)
        case c.LetGo() | c.Reject() | c.Extend() | c.Approve():
            return holding.on_hold(meeting, command, now)
        case c.Cancel():
            return _cancel(meeting, command)
        case c.AskAgreement():
            return agreeing.ask(meeting, command.asked, now)
        case c.Answer():
            return agreeing.answer(
                meeting, command.by, command.number, command.point, command.granted, command.reason, command.deciders,
                command.stand_ins,
            )  # fmt: skip
        case c.Acknowledge():
            return escalating.acknowledge(meeting, command.by, command.escalation)
        case c.Attest() | c.TakeBack():
            return attesting.stated(meeting, command)
        case c.Reschedule():
            return _reschedule(meeting, command)
        case c.KeepSlot():
            return _keep(meeting, command)
        case c.Note():
            return (f.Noted(by=command.by, words=command.words),)


def _request(meeting: Meeting | None, command: c.Request) -> Facts | Refusal:
    if meeting is not None and meeting.live:
        return refuse("exists", f"{meeting.request.record} has a review already. Nothing changed: here is its card.")
    number = meeting.request.round + 1 if meeting else 1
    requested = command.requested.model_copy(update={"round": number})
    return requested, f.SearchStarted(by=requested.by, search=meeting.searches + 1 if meeting else 1)


def _search_again(meeting: Meeting, command: c.SearchAgain) -> Facts | Refusal:
    if meeting.state in ("confirmed", "cancelled"):
        return refuse(meeting.state, holding.over(meeting))
    return (f.SearchStarted(by=command.by, search=meeting.searches + 1, why=command.why),)


def _cancel(meeting: Meeting, command: c.Cancel) -> Facts | Refusal:
    if meeting.state == "cancelled":
        return refuse("cancelled", holding.over(meeting))
    if meeting.state == "confirming":
        return refuse(
            "confirming", "The slot is being approved at this moment. Nothing changed. Try again in a minute."
        )
    ended = tuple(f.SlotEnded(by=command.by, set=h.set, why="cancelled") for h in meeting.live_holds)
    standing = meeting.confirmed or (meeting.kept.confirmed if meeting.kept else None)
    invite = standing.invite if standing else None
    return *ended, f.Cancelled(by=command.by, reason=command.reason, withdraws=invite)


def _reschedule(meeting: Meeting, command: c.Reschedule) -> Facts | Refusal:
    hold = meeting.hold
    if meeting.state != "confirmed" or hold is None:
        return refuse(
            "not_confirmed", f"The review of {meeting.request.record} has no confirmed slot. Nothing changed. "
            "Hold one of the offered times, or let the held one go."
        )  # fmt: skip
    again = f.SearchStarted(by=command.by, search=meeting.searches + 1, why="another slot was asked for")
    return f.RescheduleAsked(by=command.by, set=hold.set), again


def _keep(meeting: Meeting, command: c.KeepSlot) -> Facts | Refusal:
    if meeting.state == "cancelled":
        return refuse("cancelled", holding.over(meeting))
    if meeting.kept is None:
        return refuse("nothing_kept", "No other slot is being looked for. Nothing changed.")
    if meeting.state == "confirming":
        return refuse(
            "confirming", "The new slot is being approved at this moment. Nothing changed. Try again in a minute."
        )
    ended = tuple(f.SlotEnded(by=command.by, set=h.set, why="let_go") for h in meeting.live_holds)
    return *ended, f.RescheduleDropped(by=command.by, set=meeting.kept.set)
