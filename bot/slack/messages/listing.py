"""Several reviews, a line each: all that are under way, or those that are mine; and the reviews that are being closed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.blocks import Block, Message, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.card import state_line
from bot.slack.messages.closure_card import closure_line
from bot.slack.messages.closure_view import ClosureView
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted
from bot.slack.text import safe

MOST = 20
_MOST_CLOSURES = 12


def listing(
    views: Sequence[ReviewView], more: int = 0, closures: Sequence[ClosureView] = (), *, mine: bool = False
) -> Message:
    """`more`: how many there are beside `views`. `closures`: those that are not at their end."""
    words = _meetings(len(views) + more, mine)
    left = max(0, len(views) - MOST) + more
    beyond = small(f"{left} more are not shown.") if left else None
    ask = "" if views else " `/readiness-review` and the id of a record asks for one."
    said = [words, *([_closing(closures)] if closures else [])]
    first = says(f"*{words}*" if views else f"{words}{ask}")
    spoken = " ".join(said) if views or closures else f"{words}{ask}".replace("`", "")
    return message(spoken, first, *(row(view) for view in views[:MOST]), beyond, *_closures(closures))


def _meetings(count: int, mine: bool) -> str:
    if not count:
        return "No meeting waits for you or has you in it." if mine else "No meeting is under way."
    be, wait, have = ("is", "waits", "has") if count == 1 else ("are", "wait", "have")
    what = f"{wait} for you or {have} you in {'it' if count == 1 else 'them'}" if mine else f"{be} under way"
    return f"{capital(counted(count, 'meeting'))} {what}."


def _closing(closures: Sequence[ClosureView]) -> str:
    """`Two reviews are being closed, one closing halted.`"""
    halted = sum(view.closure.state == "halted" for view in closures)
    going = len(closures) - halted
    parts = [f"{counted(going, 'review')} {'is' if going == 1 else 'are'} being closed"] if going else []
    parts += [f"{counted(halted, 'closing')} halted"] if halted else []
    return f"{capital(', '.join(parts))}."


def _closures(closures: Sequence[ClosureView]) -> list[Block | None]:
    if not closures:
        return []
    left = len(closures) - _MOST_CLOSURES
    shown = sorted(closures, key=lambda v: v.closure.state != "halted")[:_MOST_CLOSURES]  # what waits for people first
    beyond = small(f"{left} more closures are not shown.") if left > 0 else None
    return [says(f"*{_closing(closures)}*"), *(says(closure_line(view)) for view in shown), beyond]


def row(view: ReviewView) -> Block:
    """One review in two lines, with a button that shows it."""
    title = f"*{view.id} {safe(view.request.record_title, 120)}*"
    return says(f"{title}\n{state_line(view)}", presses.show(view))
