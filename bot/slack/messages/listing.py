"""Several reviews, a line each: all that are under way, or those that are mine."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.blocks import Block, Message, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.card import state_line
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted
from bot.slack.text import safe

MOST = 20


def listing(views: Sequence[ReviewView], more: int = 0, *, mine: bool = False) -> Message:
    """`more`: how many there are beside `views`."""
    if not views:
        nothing = "No meeting waits for you or has you in it" if mine else "No meeting is under way"
        words = f"{nothing}. `/readiness-review` and the id of a record asks for one."
        return message(words.replace("`", ""), says(words))
    count = len(views) + more
    be, wait, have = ("is", "waits", "has") if count == 1 else ("are", "wait", "have")
    what = f"{wait} for you or {have} you in {'it' if count == 1 else 'them'}" if mine else f"{be} under way"
    words = f"{capital(counted(count, 'meeting'))} {what}."
    left = max(0, len(views) - MOST) + more
    beyond = small(f"{left} more are not shown.") if left else None
    return message(words, says(f"*{words}*"), *(row(view) for view in views[:MOST]), beyond)


def row(view: ReviewView) -> Block:
    """One review in two lines, with a button that shows it."""
    title = f"*{view.id} {safe(view.request.record_title, 120)}*"
    return says(f"{title}\n{state_line(view)}", presses.show(view))
