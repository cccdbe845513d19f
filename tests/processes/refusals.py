"""Commands are refused in words, with a status that Slack takes for an answer."""

from __future__ import annotations

from bot.back_pressure import BUSY
from bot.slack.listening import SORRY


def refused(answer: str) -> bool:
    """Whether Slack was told that nothing was kept."""
    return BUSY in answer or SORRY in answer
