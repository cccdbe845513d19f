"""A message that two processes may have written: looked at once more when neither can be at it, and left standing once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.ports import Paced, SlackMemory
from bot.slack.posting import Posting


class Doubles:
    """Each of the two takes its own back when it sees that the other was quicker; but one of them may die before that.
    `now` is real time, `late` how long after the second began the first may still write."""

    def __init__(self, posting: Posting, memory: SlackMemory, now: Callable[[], datetime], late: timedelta) -> None:
        self._posting, self._memory, self._now, self._late = posting, memory, now, late

    def take_away(self, payload: Mapping[str, Any]) -> str:
        """The worker's deed; the word is what became of it. Raises Paced while it is too early."""
        early = datetime.fromisoformat(str(payload["since"])) + self._late - self._now()
        if early > timedelta():
            raise Paced("Another process may still be writing it.", service="Slack", retry_after=early.total_seconds())
        key, channel = str(payload["key"]), str(payload["channel"])
        kept = self._memory.post(key)
        if kept is None or not kept.ts:
            return "not written"  # whoever begins to write it again owes another look
        others = [ts for ts in self._posting.standing(key, channel, payload["thread"]) if ts != kept.ts]
        for ts in others:
            self._posting.take_back(self._posting.conversation(channel), ts)
        return f"{len(others)} taken away"
