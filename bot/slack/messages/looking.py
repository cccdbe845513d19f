"""The first answer, at once and private: what is being looked at, and where the offers will come."""

from __future__ import annotations

import re
from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.view import ReviewView
from bot.slack.speech import counted
from bot.slack.text import safe

_CHANNEL = re.compile("[CGD][A-Z0-9]+")


def looking(record: str, channel: str | None = None, roles: int | None = None, calendars: int | None = None) -> Message:
    """`channel` is a channel id; `roles` and `calendars` are left out while they are not known yet."""
    what = [counted(roles, "role")] if roles is not None else []
    what += [counted(calendars, "calendar")] if calendars is not None else []
    where = f"The answer comes in {channel_mention(channel)}." if channel else "The answer comes here."
    words = f"Looking at {' over '.join(what) or 'people and calendars'} for {safe(record, 80)}. {where}"
    return message(words, says(words))


def channel_mention(channel: str | None) -> str:
    return f"<#{channel}>" if channel and _CHANNEL.fullmatch(channel) else "the channel"


def looking_again(view: ReviewView, fact: f.SearchStarted, at: datetime) -> Message:
    """In the thread, from the second search on."""
    why = f": {view.say_by_role(fact.why)}" if fact.why and fact.why != "asked" else ""
    words = f"{_asker(view, fact.by)} times for {view.id} again{why}."
    return message(words, says(words), small(f"{view.speech.time(at)} · search {fact.search}"))


def _asker(view: ReviewView, by: str) -> str:
    return "Looking for" if by == "bot" else f"{view.speech.short(by)} asked to look for"
