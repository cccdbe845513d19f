"""Several reviews, a line each: all that are under way, or those that are mine."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.blocks import Block, Message, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.card import next_step, state_line
from bot.slack.messages.view import ReviewView
from bot.slack.speech import counted
from bot.slack.text import safe

_MOST = 20


def listing(views: Sequence[ReviewView], mine: bool = False) -> Message:
    whose = "waiting for you or with you in them" if mine else "under way"
    if not views:
        words = f"There are no reviews {whose}. `/readiness-review` and the id of a record asks for one."
        return message(words.replace("`", ""), says(words))
    words = f"{counted(len(views), 'review').capitalize()} {whose}."
    more = small(f"{len(views) - _MOST} more are not shown.") if len(views) > _MOST else None
    return message(words, says(f"*{words}*"), *(row(view) for view in views[:_MOST]), more)


def row(view: ReviewView) -> Block:
    """One review in two lines, with a button that shows it."""
    title = f"*{view.id} {safe(view.request.record_title, 120)}*"
    return says(f"{title}\n{state_line(view)}. {next_step(view)}", presses.show(view))
