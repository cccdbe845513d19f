"""Before an exception is asked for: which time, who will be asked, and why it is wanted, which those who decide will read."""

from __future__ import annotations

from datetime import datetime

from bot.slack.blocks import Block, input_text, modal, says, small
from bot.slack.messages.presses import EXCEPTION_DIALOG
from bot.slack.messages.reject_dialog import REASON
from bot.slack.messages.view import ReviewView
from bot.slack.text import safe


def exception_dialog(view: ReviewView, start: datetime, needs: str = "", **which: int | str) -> Block:
    """`needs`: what it takes and from whom. `which`: the option of a search, or the instant that somebody proposed."""
    return modal(
        "Ask for this time?",
        EXCEPTION_DIALOG,
        [
            says(f"{view.id} *{safe(view.request.record_title, 200)}*\n*{view.speech.day_and_time(start)}*"),
            says(needs) if needs else None,
            says(
                "Those who may agree are asked, and whoever's evening it costs. Nothing is held before they said yes."
            ),
            why_wanted(),
            small(f"In {view.speech.place}: {view.speech.bare(start)}."),
        ],
        submit="Ask",
        close="Not now",
        carries=view.carries(**which),
    )


def why_wanted() -> Block:
    """Asked for, not demanded: a no is easier without a reason to weigh."""
    return input_text(
        "Why is it wanted?", REASON, optional=True, multiline=True, longest=1000,
        hint="Those who decide read it. It stands in the thread and in the log, with your name.",
    )  # fmt: skip
