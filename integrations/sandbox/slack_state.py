"""What the sandbox's Slack workspace holds: its people, its channels, what was said there, and who sees which of it."""

from __future__ import annotations

import copy
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.clock import SandboxClock

Json = dict[str, Any]

SLACKBOT = "USLACKBOT"


class SlackError(Exception):
    """Slack's answer `{"ok": false, "error": word}`; `more` are further fields of that answer."""

    def __init__(self, word: str, **more: Any) -> None:
        super().__init__(word)
        self.word = word
        self.more = more


@dataclass
class Channel:
    """A channel, or a direct conversation of the bot with `partner`. `members` are people; the bot is counted apart."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    bot_member: bool = True
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    partner: str = ""
    messages: dict[str, Json] = field(default_factory=dict)  # by ts, in the order of posting

    def seen_by(self, user: str) -> bool:
        return user == self.partner if self.partner else (not self.is_private or user in self.members)


class SlackState:
    """Thread-safe: everything happens under `lock`; `revision` grows with each change and wakes those who wait."""

    def __init__(self, clock: SandboxClock, organisation: Json) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.revision = 0
        self.reset(organisation)

    def reset(self, organisation: Json | None = None) -> None:
        with self.lock:
            if organisation is not None:
                self.organisation: Json = copy.deepcopy(organisation)
            self.team: Json = self.organisation["team"]
            self.bot: Json = self.organisation["bot"]
            self.scopes: list[str] = list(self.organisation.get("scopes", []))
            self.groups: dict[str, Json] = {g["id"]: dict(g) for g in self.organisation.get("usergroups", [])}
            self.users = {u["id"]: self._person(u) for u in self.organisation.get("users", [])}
            self.users[self.bot["user_id"]] = self._person(
                {
                    "id": self.bot["user_id"],
                    "name": self.bot["name"],
                    "real_name": self.bot["name"],
                    "is_bot": True,
                }
            )
            self.channels = {c["id"]: Channel(**c) for c in copy.deepcopy(self.organisation.get("channels", []))}
            self.ephemerals: list[Json] = []
            self.delivery_errors: list[Json] = []
            self._ids = itertools.count(1)
            self._second, self._count = 0, 0
            self.touch()

    def _person(self, given: Json) -> Json:
        flags = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
        known = {"team_id": self.team["id"], "email": "", "tz": "Etc/UTC", **dict.fromkeys(flags, False)}
        return {**known, "name": given["id"].lower(), "real_name": given["id"], **given}

    # -- change and waiting

    def touch(self) -> None:
        with self.lock:
            self.revision += 1
            self.changed.notify_all()

    def wait_until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait in real time for something to become so; False when it did not."""
        with self.lock:
            return self.changed.wait_for(true, timeout=seconds)

    def fresh(self, prefix: str) -> str:
        with self.lock:
            return f"{prefix}{next(self._ids):08d}"

    def fresh_ts(self) -> str:
        """Business seconds and a counter: repeatable, and strictly increasing even when the clock was set back."""
        with self.lock:
            self._second = max(self._second, int(self.clock.now().timestamp()))
            self._count += 1
            if self._count > 999_999:
                self._second, self._count = self._second + 1, 1
            return f"{self._second}.{self._count:06d}"

    # -- finding

    def user(self, user_id: str) -> Json:
        found = self.users.get(user_id)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, channel_id: str) -> Channel:
        """As the bot may know it: a private channel without the bot does not exist for it."""
        found = self.channels.get(channel_id)
        if found is None or (found.is_private and not found.bot_member):
            raise SlackError("channel_not_found")
        return found

    def writable(self, channel_id: str) -> Channel:
        """Where the bot may post. A user's id means the direct conversation with that user."""
        if channel_id in self.users:
            return self.open_dm(channel_id)
        found = self.channel(channel_id)
        if found.is_archived:
            raise SlackError("is_archived")
        if not found.bot_member:
            raise SlackError("not_in_channel")
        return found

    def open_dm(self, user_id: str) -> Channel:
        with self.lock:
            self.user(user_id)
            channel_id = "D" + user_id[1:]
            if channel_id not in self.channels:
                self.channels[channel_id] = Channel(channel_id, "directmessage", [user_id], partner=user_id)
                self.touch()
            return self.channels[channel_id]

    def find(self, channel_id: str, ts: str) -> Json | None:
        channel = self.channels.get(channel_id)
        return channel.messages.get(ts) if channel else None

    def find_ephemeral(self, user: str, ts: str) -> Json | None:
        return next((e for e in self.ephemerals if e["ts"] == ts and e["to"] == user), None)

    def replies(self, channel: Channel, root: str) -> list[Json]:
        return [m for m in channel.messages.values() if m.get("thread_ts") == root and m["ts"] != root]

    # -- saying

    def post(self, channel: Channel, message: Json) -> Json:
        """Put a message into a channel; with `thread_ts` it joins that thread. Gives the stored message itself."""
        with self.lock:
            stored = {"type": "message", "team": self.team["id"], **message, "ts": self.fresh_ts()}
            root = self._root(channel, stored.get("thread_ts"))
            channel.messages[stored["ts"]] = stored
            if root is not None:
                self._count_reply(root, stored)
            self.touch()
            return stored

    def _root(self, channel: Channel, thread_ts: str | None) -> Json | None:
        if not thread_ts:
            return None
        root = channel.messages.get(thread_ts)
        if root is None or root.get("thread_ts", thread_ts) != thread_ts:
            raise SlackError("cannot_reply_to_message")
        return root

    def _count_reply(self, root: Json, reply: Json) -> None:
        root["thread_ts"] = root["ts"]
        root["reply_count"] = root.get("reply_count", 0) + 1
        root["reply_users"] = sorted({*root.get("reply_users", []), reply.get("user", "")})
        root["latest_reply"] = reply["ts"]

    def whisper(self, channel_id: str, to: str, message: Json) -> Json:
        """A line that only `to` sees; kept apart from the channel's history."""
        with self.lock:
            stored = {"type": "message", "is_ephemeral": True, **message}
            stored |= {"ts": self.fresh_ts(), "channel": channel_id, "to": to}
            self.ephemerals.append(stored)
            self.touch()
            return stored

    def delete(self, channel: Channel, ts: str) -> None:
        """A root with replies leaves a tombstone, everything else is gone."""
        with self.lock:
            message = channel.messages.pop(ts)
            root_ts = message.get("thread_ts")
            if message.get("reply_count"):
                stone = {k: message[k] for k in ("type", "team", "ts", "thread_ts", "reply_count", "reply_users")}
                gone = {"subtype": "tombstone", "user": SLACKBOT, "text": "This message was deleted."}
                channel.messages[ts] = stone | gone
                channel.messages = dict(sorted(channel.messages.items()))
            elif root_ts and root_ts != ts and root_ts in channel.messages:
                channel.messages[root_ts]["reply_count"] -= 1
            self.touch()

    def complain(self, user: str, operation: str, error: str, text: str, channel_id: str = "") -> None:
        """What Slack itself tells a person when the bot did not answer as it should."""
        with self.lock:
            where = {"channel": channel_id} if channel_id else {}
            at = self.clock.now().isoformat()
            self.delivery_errors.append(
                {"at": at, "to": user, "operation": operation, "error": error, "text": text, **where}
            )
            if channel_id:
                self.whisper(channel_id, user, {"user": SLACKBOT, "text": text, "is_error": True, "error": error})
            self.touch()

    def bot_author(self) -> Json:
        return {"user": self.bot["user_id"], "bot_id": self.bot["bot_id"], "app_id": self.bot["app_id"]}

    def real_time(self) -> float:
        """For what Slack measures in real seconds: triggers, acknowledgements, rates."""
        return time.monotonic()
