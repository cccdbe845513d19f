"""A word that is not known: the nearest one that is, and where the rest stands."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says
from bot.slack.text import safe


def unknown_word(
    word: str, nearest: str | None, record: str | None = None, command: str = "/readiness-review"
) -> Message:
    """`record`: the id that stood after it. Nothing is asked for: the word may have meant the opposite."""
    after = f" {safe(record, 80)}" if record else ""
    guess = f" Did you mean `{command} {safe(nearest, 40)}{after}`?" if nearest else ""
    guess += f" The id alone asks for its review: `{command}{after}`." if record else ""
    words = f"I do not know “{safe(word, 60)}”.{guess} Nothing changed. `{command} help` shows what can be asked."
    return message(words.replace("`", ""), says(words))
