"""The card: one for each meeting, always telling how things stand, drawn whole every time."""

from __future__ import annotations

from bot.core.meeting import Escalation, Hold, State
from bot.slack.blocks import Block, Message, buttons, heading, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.agreed import standing_blocks
from bot.slack.messages.attested import attested_line
from bot.slack.messages.bounds import window
from bot.slack.messages.cancel_question import cancel_button
from bot.slack.messages.seats import roles_line, who_sits
from bot.slack.messages.standing import standing
from bot.slack.messages.view import ReviewView
from bot.slack.speech import some
from bot.slack.text import host_of, link, safe

_STATES: dict[State, str] = {
    "searching": "Looking for a time", "choosing": "Choosing a time", "blocked": "No time fits", "placing": "Holding",
    "held": "Held", "confirming": "Approved and being read again:", "confirmed": "Confirmed",
    "cancelled": "Cancelled",
}  # fmt: skip
_BLOCKED = {
    "incomplete": "The record is incomplete", "no_window": "No window is left",
    "needs_exception": "No time fits without an agreement", "none": "No time fits",
}  # fmt: skip
_MOST_BESIDE = 4
_JOIN_HOSTS = frozenset({"meet.google.com", "teams.microsoft.com", "teams.live.com"})


def card(view: ReviewView) -> Message:
    request = view.request
    return message(
        summary(view),
        heading(f"{request.title} · {request.record} {request.record_title}"),
        says(state_line(view)),
        *(says(line) for line in facts_lines(view)),
        _changes(view),
        *standing_blocks(view),
        _escalations(view),
        small(*(line for line in (next_step(view), expiry(view), footer(view)) if line)),
        *_buttons(view),
        *_held_too(view),
    )


def summary(view: ReviewView) -> str:
    """The card in a sentence."""
    request, slot = view.request, view.meeting.slot
    when = f" {view.speech.span(slot.span)}" if slot and view.meeting.state != "cancelled" else ""
    return f"{safe(request.title, 80)} {view.id} {safe(request.record_title, 120)}: {_state(view)}{when}. {next_step(view)}"


def _state(view: ReviewView) -> str:
    state, searched = view.meeting.state, view.meeting.search
    if state == "blocked" and view.meeting.stopped:
        return "The record could not be used"
    if state == "blocked" and searched and searched.outcome in _BLOCKED:
        return _BLOCKED[searched.outcome]
    if state == "confirmed" and view.meeting.disturbed:
        return "Confirmed, but something has changed since:"
    return _STATES[state]


def state_line(view: ReviewView) -> str:
    """`Choosing a time · asked by Priya · for Priya or Dana to approve`."""
    hold, speech = view.hold, view.speech
    slot = f" *{speech.span(hold.slot.span)}*" if hold and view.meeting.state != "cancelled" else ""
    parts = [f"{_state(view)}{slot}", f"asked by {speech.short(view.request.by)}"]
    match view.meeting.state:
        case "placing" | "held" if hold:
            parts += [f"held by {speech.short(hold.by)}", f"for {view.deciders_short()} to approve"]
        case "confirming" | "confirmed" if hold and hold.approved_by:
            parts.append(f"approved by {speech.short(hold.approved_by)}")
        case "searching" | "choosing" | "blocked":
            parts.append(f"for {view.deciders_short()} to approve")
        case _:
            pass
    return " · ".join(parts)


def facts_lines(view: ReviewView) -> list[str]:
    """The window, the roles, and what is on calendars: as far as each is known."""
    found = view.meeting.search
    cancelled = view.meeting.state == "cancelled"
    lines = [
        None if cancelled else window(view, found),
        roles_line(view, found),
        _sitting(view),
        attested_line(view),
        standing(view),
        _kept(view),
        _join(view),
    ]
    return [line for line in lines if line]


def _sitting(view: ReviewView) -> str | None:
    """Who of several holders, and every delegate with what gives them the right, once a slot is chosen."""
    slot = view.meeting.slot if view.meeting.state != "cancelled" else None
    return f"At that time: {who_sits(view, slot)}" if slot else None


def _kept(view: ReviewView) -> str | None:
    """While another slot is looked for, the confirmed one is still on."""
    kept = view.meeting.kept if view.meeting.live else None
    return (
        f"*{view.speech.span(kept.slot.span)} is still on:* its invite stands until another is confirmed."
        if kept
        else None
    )


def _join(view: ReviewView) -> str | None:
    confirmed = view.meeting.confirmed if view.meeting.state == "confirmed" else None
    return join_link(view, confirmed.join_url) if confirmed else None


def join_link(view: ReviewView, url: str | None) -> str | None:
    if not url:
        return None
    host = safe(host_of(url) or "", 80)
    return (
        link(url, f"Join the meeting ({host})", _JOIN_HOSTS | view.link_hosts) or "The join link stands in the invite."
    )


def _changes(view: ReviewView) -> Block | None:
    meeting = view.meeting
    if meeting.last_changes and meeting.state == "held":
        return says(f"*Changed since the offer:* {_told(view, meeting.last_changes)}. Nothing was sent.")
    if meeting.disturbed and meeting.state == "confirmed":
        return says(f"*Changed since the confirmation:* {_told(view, meeting.disturbed)}. The invite stands.")
    return None


def _told(view: ReviewView, changes: tuple[str, ...]) -> str:
    return some([view.say_by_role(change).rstrip(".") for change in changes], "; ", 6)


def _escalations(view: ReviewView) -> Block | None:
    """Whom the open questions went to, and who took them."""
    lines = [_escalation(view, e) for e in view.meeting.escalations if e.open and e.rungs]
    return says("\n".join(lines[-3:])) if lines and view.meeting.live else None


def _escalation(view: ReviewView, escalation: Escalation) -> str:
    words = f"*Called:* the {view.speech.role(escalation.to)}, {view.speech.day_and_time(escalation.at)}"
    if escalation.acknowledged_by is None:
        return f"{words}; nobody has taken it yet."
    return f"{words}; {view.speech.short(escalation.acknowledged_by)} has taken it."


def _over(view: ReviewView) -> bool:
    search = view.meeting.search
    return search is not None and search.closes is not None and search.closes <= view.now


def next_step(view: ReviewView) -> str:
    """Who must act next, and what that is."""
    deciders, owner = view.deciders_short(), view.speech.short(view.request.owner)
    agreed = _agreed_next(view)
    if agreed:
        return agreed
    match view.meeting.state:
        case "searching":
            return "Next: the times come in the thread."
        case "choosing" | "blocked" if _over(view):
            return (
                f"Its window is over. Next: {owner} (record owner) decides what moves in the record; then *Look again*."
            )
        case "choosing":
            return "Next: anyone involved holds one of the times in the thread."
        case "blocked" if view.meeting.stopped:
            return "Next: *Look again*, once what stands in the thread is put right."
        case "blocked" if _outcome(view) == "incomplete":
            return f"Next: {owner} (record owner) completes the record; then *Look again*."
        case "blocked":
            return f"Next: {owner} (record owner) and the approvers; what would help stands in the thread."
        case "placing":
            return "Next: the calendars answer."
        case "held":
            return f"Next: {deciders} approves or rejects."
        case "confirming":
            return "Next: the invite goes out if nothing has changed."
        case "confirmed" if view.meeting.disturbed:
            return f"Next: {deciders} or anyone involved: *Reschedule*, or leave it as it is."
        case "confirmed":
            return "Nothing is left to do."
        case "cancelled":
            return "A new review can be asked for at any time."


def _agreed_next(view: ReviewView) -> str | None:
    """Where no time fits by itself, what people agreed to is what goes on."""
    if view.meeting.state != "blocked":
        return None
    if any(a.standing == "granted" and a.slot and a.slot.span.start > view.now for a in view.meeting.agreements):
        return "Next: anyone involved holds the time that was agreed to."
    waits = any(a.standing == "open" for a in view.meeting.agreements)
    return "Next: those who were asked answer." if waits else None


def _outcome(view: ReviewView) -> str:
    return view.meeting.search.outcome if view.meeting.search else ""


def expiry(view: ReviewView, held: Hold | None = None) -> str | None:
    """`held`: which, where it is not the newest."""
    hold = held or view.hold
    if hold is None or view.meeting.state not in ("placing", "held"):
        return None
    speech = view.speech
    return f"The hold runs out {speech.day_and_time(hold.expires_at)}, {speech.left(hold.expires_at, view.now)}."


def footer(view: ReviewView) -> str:
    """The organisation's clock beside the reader's own, and where the record is."""
    slot = view.meeting.slot if view.meeting.state != "cancelled" else None
    there = f" In {view.speech.place}: {view.speech.bare_span(slot.span)}." if slot else ""
    searched = view.meeting.search.revision if view.meeting.search else None
    newest = searched or view.request.revision
    revision = f" revision {safe(newest, 20)}" if newest else ""
    return f"Times are in your own zone.{there} Record {view.record_link}{revision}."


def _buttons(view: ReviewView) -> list[Block | None]:
    hold = view.hold
    match view.meeting.state:
        case "choosing":
            return [
                buttons(presses.why_not(view), presses.substitute(view), presses.attest(view), presses.look_again(view))
            ]
        case "blocked":
            return [buttons(_substitute_helps(view), presses.attest(view), presses.look_again(view))]
        case "held" if hold:
            return decision_buttons(view)
        case "confirmed":
            return [buttons(presses.reschedule(view), cancel_button(view))]
        case _:
            return []


def _substitute_helps(view: ReviewView) -> Block | None:
    """Somebody else in a role makes room only where times were looked at."""
    searched = not view.meeting.stopped and _outcome(view) in ("needs_exception", "none")
    return presses.substitute(view) if searched else None


def _held_too(view: ReviewView) -> list[Block | None]:
    """Where a policy allows several slots at once: each that is held beside the one above, with its own buttons."""
    main = view.hold
    others = [h for h in view.meeting.live_holds if main is not None and h.set != main.set]
    if view.meeting.state != "held":
        return []
    return [block for hold in others[:_MOST_BESIDE] for block in _beside(view, hold)]


def _beside(view: ReviewView, hold: Hold) -> list[Block | None]:
    speech = view.speech
    return [
        says(
            f"*Held too: {speech.span(hold.slot.span)}* by {speech.short(hold.by)}, until "
            f"{speech.day_and_time(hold.expires_at)}. Whichever is approved ends the other."
        ),
        buttons(
            presses.approve(view, hold),
            presses.reject(view, hold),
            presses.extend(view, hold),
            presses.let_go(view, hold),
        ),
    ]


def decision_buttons(view: ReviewView, held: Hold | None = None) -> list[Block | None]:
    """First what a decider presses, then what anyone involved may. `held`: which, where it is not the newest."""
    hold = held or view.hold
    if hold is None:
        return []
    return [
        buttons(presses.approve(view, hold), presses.reject(view, hold)),
        buttons(presses.substitute(view), presses.extend(view, hold), presses.let_go(view, hold)),
    ]
