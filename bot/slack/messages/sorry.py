"""Something broke on our side: whether anything changed, what to do, and a reference to give to an operator."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small
from bot.slack.text import safe

UNCHANGED = "Nothing changed."


def sorry(reference: str, changed: str = UNCHANGED) -> Message:
    """`changed`: one sentence of ours on what did or did not happen."""
    words = f"Sorry, that went wrong on my side. {safe(changed)} Try again in a minute."
    ref = safe(reference, 40)
    return message(
        f"{words} Ref {ref}.",
        says(words),
        small(f"If it happens again, give whoever runs this bot the reference *{ref}*."),
    )
