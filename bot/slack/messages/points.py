"""What people are asked to agree to, point by point: what each says, who decides it, and the buttons for the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core import facts as f
from bot.core.agreements import Agreement, Point
from bot.core.explanation import rule_words
from bot.slack.blocks import Block, buttons, says
from bot.slack.messages import presses
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted

_NEEDS: Mapping[str, str] = {
    "working_hours": "outside working hours", "protected": "in a protected window", "unknown": "calendar not readable",
    "busy": "busy", "substitution": "sits in, and nobody has confirmed that authority", "freeze": "during a freeze",
    "blackout": "during a blackout", "booked": "while the slot is booked for another review",
    "coverage": "outside support coverage", "customer_blackout": "during the customer's blackout",
    "move": "moves what stands there",
}  # fmt: skip
_MOST = 12
Line = Callable[[ReviewView, Agreement, int], str]


@dataclass(frozen=True)
class Waiting:
    """One point of one review that waits for one person."""

    view: ReviewView
    agreement: Agreement
    point: int


def waiting(view: ReviewView, person: str) -> list[Waiting]:
    """Everything of a review that this person is asked and has not answered."""
    if view.meeting.state in ("confirmed", "cancelled"):
        return []
    return [Waiting(view, a, point) for a in view.meeting.agreements for point in asked_of(a, person)]


def asked_of(agreement: Agreement, person: str) -> list[int]:
    """The open points of an agreement that this person may answer: nobody approves their own request."""
    if agreement.standing == "refused":
        return []
    return [i for i, p in enumerate(agreement.points) if p.standing == "open" and person in answering(agreement, p)]


def answering(agreement: Agreement, point: Point) -> tuple[str, ...]:
    return tuple(d for d in point.deciders if point.own or d != agreement.by)


def everybody_asked(agreement: Agreement) -> tuple[str, ...]:
    """Each person once, who is asked anything by it."""
    return tuple(dict.fromkeys(d for p in agreement.points for d in answering(agreement, p)))


def room_to_hold(view: ReviewView) -> bool:
    """Whether one more slot may be held now: a policy says how many at once."""
    meeting = view.meeting
    if meeting.state in ("placing", "held"):
        return len(meeting.live_holds) < meeting.request.hold_slots
    return meeting.state in ("choosing", "blocked")


def deciding(agreement: Agreement) -> tuple[Point, ...]:
    """The points that grant it: a question to the person whose evening it costs is beside those of an exception."""
    return tuple(p for p in agreement.points if p.decides)


def seat_words(view: ReviewView, person: str, role: str | None) -> str:
    return f"{view.speech.name(person)} ({view.speech.role(role)})" if role else view.speech.name(person)


def need_words(view: ReviewView, need: f.Need) -> str:
    """`Sam Ortiz (security reviewer) outside working hours`: by need, never what stands in a calendar."""
    what = need_kind(view, need)
    return f"{seat_words(view, need.person, need.role)} {what}" if need.person else f"the meeting is {what}"


def need_kind(view: ReviewView, need: f.Need) -> str:
    return _NEEDS.get(need.rule, view.speech.role(need.rule))


def needed_words(rule: str) -> str:
    """The same in the core's words: `Sam outside working hours`, `the meeting during a freeze`."""
    return _NEEDS.get(rule) or rule_words(rule)


def deciders_words(view: ReviewView, agreement: Agreement, point: Point) -> str:
    return view.speech.shorts(answering(agreement, point), "or", 4) or "nobody"


def subject(view: ReviewView, agreement: Agreement, bold: bool = True) -> str:
    """What it is about, in a few words: who sits where, or which time."""
    mark = "*" if bold else ""
    if agreement.sort == "substitute":
        instead = f" in place of {view.speech.short(agreement.instead_of)}" if agreement.instead_of else ""
        role = view.speech.role(agreement.role or "")
        return f"{mark}{view.speech.name(agreement.person or '')}{mark} as {role}{instead}"
    return f"{mark}{view.speech.span(agreement.slot.span)}{mark}" if agreement.slot else "this"


def point_line(view: ReviewView, agreement: Agreement, index: int) -> str:
    """`• Sam Ortiz (security reviewer) outside working hours: Priya or Dana decides.`"""
    point = agreement.points[index]
    who = deciders_words(view, agreement, point)
    if agreement.sort == "substitute" and not point.own:
        return f"{who} decides."
    if point.own and _spoken_for(point):
        return f"• {capital(need_words(view, point.need))}: they are not asked here. {who} asks them and says what they answered."
    if point.own and agreement.sort == "ask":
        return f"Only {who} can say: nothing is known here of what it is."
    need = capital(need_words(view, point.need))
    if point.own and point.decides:
        return f"• {need}: only {who} can say."
    if point.own:
        return f"• {need}: {who} is asked whether that is fine; a no ends the request."
    return f"• {need}: {who} decides."


def own_line(view: ReviewView, agreement: Agreement, index: int) -> str:
    """The same to the one person who is asked, in private."""
    point = agreement.points[index]
    if not point.own or _spoken_for(point):
        return point_line(view, agreement, index)
    if point.decides:
        return "Can you move it? Only you can say, and nobody has to know what it is."
    return f"• {capital(need_words(view, point.need))}: is that fine with you? The approvers decide; your no ends the request."


def _spoken_for(point: Point) -> bool:
    """Whether somebody else answers for the person: a customer's people press no buttons here."""
    return point.deciders != (point.need.person,)


def point_blocks(
    view: ReviewView, agreement: Agreement, points: Sequence[int], line: Line = point_line
) -> list[Block | None]:
    """Each point with its buttons under it."""
    blocks: list[Block | None] = []
    for index in points[:_MOST]:
        blocks += [says(line(view, agreement, index)), answer_buttons(view, agreement, index)]
    if len(points) > _MOST:
        more = counted(len(points) - _MOST, "more point")
        blocks.append(says(f"Besides, {more} can be answered in the home tab of whoever is asked."))
    return blocks


def answer_buttons(view: ReviewView, agreement: Agreement, index: int) -> Block | None:
    if agreement.points[index].standing != "open" or agreement.standing == "refused":
        return None
    return buttons(presses.agree(view, agreement, index), presses.disagree(view, agreement, index))
