"""One paragraph at the end: what was looked at, what was held, why a person decided, and how long it took."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, buttons, message, says
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.speech import duration, enumerated, first_of, number, some
from bot.slack.text import safe


def audit_summary(view: ReviewView) -> Message:
    parts = [_basis(view), _searches(view), _reading(view), _holds(view), _decision(view), _time_taken(view)]
    return message(
        f"Audit summary of {view.id}: {_decision(view)}; {_time_taken(view)}.",
        says(" · ".join(part for part in parts if part)),
        buttons(presses.full_log(view)),
    )


def _basis(view: ReviewView) -> str:
    found, request = view.meeting.search, view.request
    revision = (found and found.revision) or request.revision
    policy = (found and found.policy) or request.policy
    return f"{view.id}{f' revision {safe(revision, 20)}' if revision else ''}, policy {safe(policy[:4], 4)}"


def _searches(view: ReviewView) -> str:
    searched = [e.fact for e in view.history if isinstance(e.fact, f.Searched)]
    if not searched:
        return "nothing was searched"
    last, several = searched[-1], f" in the last of {number(len(searched))} searches" if len(searched) > 1 else ""
    reasons = first_of(last.ruled_out, lambda told: f"{view.say_by_role(told[0])} {told[1]}", ", ", 5)
    out = f"{last.starts - last.feasible} ruled out{f' ({reasons})' if reasons else ''}"
    return f"{last.starts} starts looked at{several}: {last.feasible} fitted, {out}"


def _reading(view: ReviewView) -> str:
    reads: list[tuple[int, datetime]] = []
    unreadable: set[str] = set()
    for entry in view.history:
        if isinstance(entry.fact, f.Searched | f.Checked) and entry.fact.read_at:
            reads.append((entry.fact.calendars_read, entry.fact.read_at))
        if isinstance(entry.fact, f.Searched):
            unreadable |= set(entry.fact.unreadable)
    if not reads:
        return "no calendar was read"
    times = enumerated(list(dict.fromkeys(view.speech.day_and_time(at) for _, at in reads)), "and", 4)
    return f"{max(n for n, _ in reads)} calendars read {times}, {len(unreadable)} unreadable"


def _holds(view: ReviewView) -> str:
    sets = {e.fact.set for e in view.history if isinstance(e.fact, f.SlotChosen)}
    holds = [h for h in view.meeting.holds if h.set in sets]
    if not holds:
        return "nothing was held"
    on = sum(len(h.planned) for h in holds)
    gone = "all removed" if all(h.gone for h in holds) else "being removed"
    holds_, calendars = "hold" if len(holds) == 1 else "holds", "calendar" if on == 1 else "calendars"
    return f"{len(holds)} {holds_} on {on} {calendars}, {gone}"


def _decision(view: ReviewView) -> str:
    said: list[str] = []
    for entry in view.history:
        if isinstance(entry.fact, f.Stopped) and said:
            said[-1] += " (nothing was sent)"
        elif words := _decided(view, entry.fact):
            said.append(words)
    if not said:
        return "no person decided anything"
    return f"a person decided because policy asks for it: {some(said, ', ', 6)}"


def _decided(view: ReviewView, fact: f.AnyFact) -> str | None:
    match fact:
        case f.Approved():
            return f"approval by {view.speech.short(fact.by)}"
        case f.SlotEnded() if fact.why == "rejected":
            return f"rejection by {view.speech.short(fact.by)}"
        case f.AgreementAnswered():
            return f"{'yes' if fact.granted else 'no'} to a request by {view.speech.short(fact.by)}"
        case f.Cancelled():
            return f"cancellation by {view.speech.short(fact.by)}"
        case _:
            return None


def _time_taken(view: ReviewView) -> str:
    meeting = view.meeting
    viable, confirmed = meeting.first_viable_at, meeting.confirmed_at
    first = (
        f"request to viable slot {duration(viable - meeting.requested_at)}" if viable else "no viable slot was found"
    )
    if confirmed is None:
        return f"{first}, never confirmed"
    return f"{first}, to confirmation {duration(confirmed - meeting.requested_at)}"
