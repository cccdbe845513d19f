"""How one review stands, in words, to whoever asked."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.card import expiry, facts_lines, footer, next_step, state_line, summary
from bot.slack.messages.view import ReviewView
from bot.slack.text import safe


def status(view: ReviewView) -> Message:
    title = f"*{safe(view.request.title, 80)} · {view.id} {safe(view.request.record_title, 150)}*"
    lines = [state_line(view), *facts_lines(view)]
    last = [line for line in (next_step(view), expiry(view)) if line]
    return message(summary(view), says("\n".join([title, *lines])), says(" ".join(last)), small(footer(view)))
