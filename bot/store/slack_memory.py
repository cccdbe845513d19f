"""What the Slack room remembers, in the same database as everything else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.ports import Begun, Clock, PostKept, SlackUserCopy
from bot.store.store import Store
from bot.store.transaction import record_sent
from bot.store.values import Due, Post, SlackUser

LATE = timedelta(seconds=30)
"""After so long nobody is writing a message any more who began to before: not even somebody who was frozen for a while."""


class StoredSlackMemory:
    """`bot.ports.SlackMemory` over the store."""

    def __init__(self, store: Store, clock: Clock, late: timedelta = LATE) -> None:
        self._store = store
        self._clock = clock
        self._late = late

    def hear(self, key: str, kind: str, lane: str | None, payload: Mapping[str, Any]) -> bool:
        return self._store.owe(Due(key=key, kind=kind, stream="", lane=lane, payload=payload, due_at=self._clock.now()))

    def user(self, user: str, team: str) -> SlackUserCopy | None:
        kept = self._store.slack_user(user, team)
        return SlackUserCopy(kept.body, kept.seen_at) if kept else None

    def keep_user(self, user: str, team: str, body: Mapping[str, Any]) -> None:
        with self._store.transaction() as tx:
            tx.keep_slack_user(SlackUser(id=user, team=team, body=dict(body), seen_at=datetime.now(UTC)))

    def post(self, key: str) -> PostKept | None:
        kept = self._store.post(key)
        return None if kept is None or kept.state == "gone" else _kept(kept)

    def posts(self, stream: str, kind: str) -> Mapping[str, PostKept]:
        return {p.key: _kept(p) for p in self._store.posts(stream=stream, kind=kind) if p.state != "gone"}

    def sending(self, key: str, stream: str, channel: str, thread_ts: str | None, kind: str) -> Begun:
        with self._store.transaction() as tx:
            kept = tx.intend(Post(key=key, stream=stream, channel=channel, kind=kind, thread_ts=thread_ts))
            if kept.state == "sent" and kept.ts:
                return Begun(kept.sendings, kept.ts)
            tx.sending(key)
            if kept.state == "sending" and kind != "picture":  # of two pictures the second looks by itself
                tx.owe(self._look(kept))
            return Begun(kept.sendings + 1)

    def _look(self, kept: Post) -> Due:
        since = datetime.now(UTC).isoformat()
        payload = {"key": kept.key, "channel": kept.channel, "thread": kept.thread_ts, "since": since}
        return Due(
            key=f"double:{kept.key}:{kept.sendings}", kind="double", stream="", lane="double", payload=payload,
            due_at=self._clock.now() + self._late,
        )  # fmt: skip

    def sent(self, key: str, ts: str, revision: int) -> None:
        """On SQLite the disk is not waited for: a power failure may undo it, and then it is looked for, or written over, once
        more."""
        with self._store.bookkeeping() as connection:
            record_sent(connection, key, ts, revision)

    def written(self, key: str, ts: str, revision: int) -> str:
        with self._store.transaction() as tx:
            kept = tx.post(key)
            if kept is not None and kept.ts and kept.ts != ts:
                return kept.ts
            tx.sent(key, ts, revision)
            return ts

    def lost(self, key: str, number: int) -> None:
        with self._store.transaction() as tx:
            kept = tx.post(key)
            if kept is not None and not kept.ts and kept.sendings == number:
                tx.post_gone(key)


def _kept(post: Post) -> PostKept:
    return PostKept(ts=post.ts or "", unsure=post.state == "sending", posted=post.posted, channel=post.channel)
