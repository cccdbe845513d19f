"""The bot may not speak in the channel where the card belongs: who asked is told, and what to do."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says
from bot.slack.messages.looking import channel_mention
from bot.slack.messages.view import ReviewView
from bot.slack.text import safe


def cannot_post(view: ReviewView, why: str) -> Message:
    where = channel_mention(view.request.channel)
    words = (
        f"I cannot post in {where}, where the card of {view.id} belongs ({safe(why, 120)}). Your request is kept and no "
        f"calendar was touched. Type `/invite @readiness-review` in {where}; then ask again: "
        f"`/readiness-review {view.id}`."
    )
    return message(words.replace("`", ""), says(words))
