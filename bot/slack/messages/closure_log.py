"""The log of one closure: which event, what changed from what to what, which links, what was so already."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.closure_lines import told
from bot.slack.messages.closure_view import ClosureView

_MOST = 60
_A_BLOCK = 8


def closure_log(view: ClosureView, chain: str) -> Message:
    lines = [f"{view.speech.day_and_time(e.at)} · {words}" for e in view.history if (words := told(view, e))]
    if len(lines) > _MOST:
        middle = f"_{len(lines) - _MOST} entries in between: `readiness-bot audit {view.id}` prints them all._"
        lines = [*lines[: _MOST // 2], middle, *lines[-(_MOST // 2) :]]
    parts = ["\n".join(lines[i : i + _A_BLOCK]) for i in range(0, len(lines), _A_BLOCK)]
    return message(
        f"The log of {view.id}: {len(view.history)} entries. {view.speech.say(chain)}",
        says(f"*The log of {view.id}*"),
        *(says(part) for part in parts),
        small(view.speech.say(chain), "Times are in your own zone. Nothing here can be changed afterwards."),
    )
