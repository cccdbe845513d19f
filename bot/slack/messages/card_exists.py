"""A second request for the same record: it has a card already, and here it is."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says
from bot.slack.messages.card import state_line
from bot.slack.messages.looking import channel_mention
from bot.slack.messages.view import ReviewView
from bot.slack.text import escaped


def card_exists(view: ReviewView, permalink: str | None) -> Message:
    where = channel_mention(view.request.channel)
    card = f"<{escaped(permalink)}|Its card> is in {where}" if permalink else f"Its card is in {where}"
    words = f"{view.id} has a review already, so I started nothing new. {card}."
    return message(words, says(f"{words}\n{state_line(view)}"))
