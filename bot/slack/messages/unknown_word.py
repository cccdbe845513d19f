"""A word that is not known: the nearest one that is, and where the rest stands."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says
from bot.slack.text import safe


def unknown_word(word: str, nearest: str | None, command: str = "/readiness-review") -> Message:
    guess = f" Did you mean `{command} {safe(nearest, 40)}`?" if nearest else ""
    words = f"I do not know “{safe(word, 60)}”.{guess} Nothing changed. `{command} help` shows what can be asked."
    return message(words.replace("`", ""), says(words))
