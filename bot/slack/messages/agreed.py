"""How requests for agreement stand: what waits and for whom, what was agreed and by whom, and what a slot rests on."""

from __future__ import annotations

from bot.core import facts as f
from bot.core.agreements import Agreement, Point
from bot.slack.blocks import Block, says
from bot.slack.messages import presses
from bot.slack.messages.points import deciders_words, deciding, need_words, room_to_hold, subject
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, some

_MOST = 6


def standing_blocks(view: ReviewView) -> list[Block]:
    """For the card: what the slot rests on, then a line for each request that waits or was granted, the newest last."""
    if not view.meeting.live:
        return []
    slot = view.meeting.slot
    rests = exceptions_of(view, slot) if slot else []
    lines = [line for a in view.meeting.agreements if (line := _line(view, a)) is not None]
    return [*([says(f"*Exceptions:* {some(rests, '; ', 6)}.")] if rests else []), *lines[-_MOST:]]


def _line(view: ReviewView, agreement: Agreement) -> Block | None:
    """None for what is of no use any more: refused, for a time that is past, or overtaken by a slot that is held."""
    past = agreement.slot is not None and agreement.slot.span.start <= view.now
    if agreement.standing == "refused" or past or view.meeting.state in ("confirming", "confirmed"):
        return None
    if agreement.standing == "open":
        return says(waiting_line(view, agreement))
    if agreement.sort == "substitute":
        return says(granted_line(view, agreement))
    standing = any(agreement.waives(hold.slot) for hold in view.meeting.live_holds)
    if standing or not room_to_hold(view):
        return None
    return says(granted_line(view, agreement), presses.hold_agreed(view, agreement))


def waiting_line(view: ReviewView, agreement: Agreement) -> str:
    """`*Waiting:* Priya or Dana decides whether *Ines Brandt* may sit as database migration owner in place of Mei.`"""
    waits = [p for p in deciding(agreement) if p.standing == "open"]
    who = some(list(dict.fromkeys(deciders_words(view, agreement, p) for p in waits)), "; ", 4)
    match agreement.sort:
        case "substitute":
            name, rest = view.speech.name(agreement.person or ""), subject(view, agreement).partition("* ")[2]
            return f"*Waiting:* {who} decides whether *{name}* may sit {rest}."
        case "ask":
            return f"*Waiting:* {who} says whether what stands against {subject(view, agreement)} can be moved."
        case "exception":
            needs = some([need_words(view, p.need) for p in waits], "; ", 3)
            return f"*Waiting:* {who} decides on {subject(view, agreement)}: {needs}."


def granted_line(view: ReviewView, agreement: Agreement) -> str:
    by = view.speech.shorts(tuple(dict.fromkeys(p.by for p in deciding(agreement) if p.by)))
    if agreement.sort == "substitute":
        return f"*Agreed by {by}:* {subject(view, agreement)}, for this meeting only."
    return f"*Agreed by {by}:* {subject(view, agreement)} can be held."


def seated_by(view: ReviewView, slot: f.Slot, role: str, person: str) -> Agreement | None:
    """What lets somebody sit without a confirmed authority of their own: their approval for this review, or this slot."""
    for agreement in view.meeting.agreements:
        if agreement.standing != "granted":
            continue
        if agreement.sort == "substitute" and (agreement.role, agreement.person) == (role, person):
            return agreement
        needs = [p.need for p in agreement.points if agreement.waives(slot)]
        if any((n.rule, n.role, n.person) == ("substitution", role, person) for n in needs):
            return agreement
    return None


def approver_of(agreement: Agreement, person: str) -> str | None:
    """Who approved that this person sits."""
    said = [p.by for p in deciding(agreement) if p.need.person == person and p.standing == "granted"]
    return next((by for by in said if by), None)


def exceptions_of(view: ReviewView, slot: f.Slot) -> list[str]:
    """What was granted for this very slot: each need with who said yes, and whose evening it costs."""
    granted = [a for a in view.meeting.agreements if a.waives(slot)]
    points = [(a, p) for a in granted for p in deciding(a) if p.need.rule != "substitution"]
    return [_granted(view, agreement, point) for agreement, point in points]


def _granted(view: ReviewView, agreement: Agreement, point: Point) -> str:
    words = capital(need_words(view, point.need))
    if point.own:
        return f"{words} (their own word)"
    by = view.speech.short(point.by) if point.by else "the approvers"
    return f"{words} (approved by {by}{_own_word(view, agreement, point)})"


def _own_word(view: ReviewView, agreement: Agreement, point: Point) -> str:
    """What the person whose evening it costs said to it; a no would have ended the request."""
    own = [p for p in agreement.points if p.own and p.need == point.need]
    who = view.speech.short(point.need.person or "")
    return "".join(f"; {who} agreed" if p.standing == "granted" else f"; {who} has not answered" for p in own)
