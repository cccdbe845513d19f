"""A private no: what is so, that nothing changed, and what to do."""

from __future__ import annotations

from bot.core.refusals import Refusal
from bot.slack.blocks import Message, message, says
from bot.slack.speech import Speech


def refused(refusal: Refusal, speech: Speech) -> Message:
    words = speech.say(refusal.words)
    return message(words, says(words))
