"""The stand-ins in a process of their own, with a tally of what the bot posted and when; asked and answered in JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from integrations.sandbox.keys import private_key
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.serving import Call, Traffic
from integrations.sandbox.slack_views import Trigger

BURST = 3  # messages that Slack takes at once in a channel before it insists on one a second


class Tally(Traffic):
    """Counts instead of keeping: a load of minutes would fill memory with bodies."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: Counter[str] = Counter()
        self.asked_at: dict[str, float] = {}  # by the message's key: when it was first sent

    def note(self, call: Call) -> None:
        with self._lock:
            self.operations[call.operation] += 1
            key = _key(call.body) if call.operation == "chat.postMessage" else None
            if key:
                self.asked_at.setdefault(key, time.time())


def _key(body: Any) -> str | None:
    metadata = body.get("metadata") if isinstance(body, dict) else None
    found = (metadata or {}).get("event_payload", {}).get("key")
    return str(found) if found else None


class StandIns:
    """What the generator asks of the stand-ins' process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._slack = sandbox, sandbox.slack
        self._tally = self._slack.api.traffic = Tally()
        self._slack.api.posts_per_second, self._slack.api.posts_at_once = 1.0, BURST

    def credentials(self, folder: str) -> dict[str, str]:
        return self._sandbox.credentials(Path(folder), private_key(1024))

    def reply_urls(self, places: list[list[str]]) -> list[str]:
        desk = self._slack.desk
        return [desk.urls.make(desk.base_url, user, channel) for user, channel in places]

    def triggers(self, users: list[str]) -> list[str]:
        """Good once, as ever; their three seconds begin when they are used, for they are made long before."""
        views, made = self._slack.views, []
        for user in users:
            made.append(views.trigger(user))
            views._triggers[made[-1]] = Trigger(user, self._slack.state.real_time() + 24 * 3600)
        return made

    def figures(self) -> dict[str, Any]:
        """Who was posted what, how often each key, and the time that it all took this process."""
        with self._slack.state.lock:
            channels = list(self._slack.state.channels.values())
            messages = [m for c in channels for m in c.messages.values() if m.get("bot_id")]
        keys = Counter(key for m in messages if (key := _key(m)))
        events = [e for c in list(self._sandbox.book.calendars) for e in self._sandbox.book.events(c)]
        return {
            "keys": keys, "operations": self._tally.operations, "asked_at": self._tally.asked_at,
            "refused_posts": self._slack.api.posts_refused, "cpu_seconds": time.process_time(),
            "holds": sum(e.title.startswith("Hold: ") for e in events),
        }  # fmt: skip


def main(organisation: str) -> None:
    with Sandbox(organisation=Path(organisation)) as sandbox:
        stand_ins = StandIns(sandbox)
        for line in sys.stdin:
            asked, *arguments = json.loads(line)
            print(json.dumps(getattr(stand_ins, asked)(*arguments)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
