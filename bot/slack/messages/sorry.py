"""Something broke on our side: whether anything changed, what to do, and a reference to give to an operator."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.looking import channel_mention
from bot.slack.messages.view import ReviewView
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


def cannot_post(view: ReviewView, why: str) -> Message:
    """To who asked, in private: the channel does not let the bot speak."""
    channel = channel_mention(view.request.channel)
    words = f"I cannot write in {channel}, so the review of {view.id} has no card there. {safe(why)}"
    what = f"Type `/invite @readiness-review` in {channel}, then ask again. Nothing is held."
    return message(f"{words} Invite me there, then ask again.", says(words), says(what))
