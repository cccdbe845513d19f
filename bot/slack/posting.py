"""The way out to Slack: each message is written once, found again after a crash, and updated to its newest state."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.ports import Begun, Conflict, Denied, Failure, Gone, Paced, PostKept, Shut, SlackMemory, Throttled, Unreachable
from bot.slack.admission import SHUT_OUT, Admission, shut_out
from bot.slack.blocks import Message
from bot.slack.pace import Pace

EVENT_TYPE = "readiness_bot_message"
_UNKNOWN = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "file_update_failed"})
_GONE = frozenset({"message_not_found", "channel_not_found", "user_not_found", "not_found", "users_not_found"})


def failure_of(error: Exception) -> Failure:
    """What went wrong, in the port's words: never the body of a message, never a token."""
    if isinstance(error, SlackApiError):
        return _api_failure(error)
    return Unreachable("Slack did not answer.", service="Slack")


def _api_failure(error: SlackApiError) -> Failure:
    response = error.response
    word = str(response.get("error", "")) if hasattr(response, "get") else ""
    status = getattr(response, "status_code", 200)
    if status == 429 or word in ("ratelimited", "rate_limited"):
        after = getattr(response, "headers", {}).get("Retry-After", "1")
        return Throttled("Slack asks us to slow down.", service="Slack", retry_after=float(after))
    if status >= 500 or word in _UNKNOWN:
        return Unreachable("Slack had an internal error.", service="Slack")
    if word in SHUT_OUT:
        return shut_out(word)
    if word in _GONE:
        return Gone(f"Slack does not have it ({word}).", service="Slack")
    if word == "hash_conflict":
        return Conflict("The view changed meanwhile.", service="Slack")
    return Denied(f"Slack refused: {word or status}.", service="Slack")


class Posting:
    """Posts, updates and private lines. Every call raises the port's failures and nothing else."""

    def __init__(self, client: WebClient, memory: SlackMemory, admission: Admission | None = None) -> None:
        self._client = client
        self._memory = memory
        self._admission = admission or Admission()
        self._pace = Pace(time.monotonic)

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """One Web API call. Nothing is ever sent twice by the library: its retries are off."""
        try:
            response = getattr(self._client, method)(**arguments)
        except SlackApiError as error:
            raise self._refused(error) from None
        except (SlackClientError, OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise failure_of(error) from None
        data = response.data
        return data if isinstance(data, dict) else {}

    def _refused(self, error: SlackApiError) -> Failure:
        failure = _api_failure(error)
        if isinstance(failure, Shut):
            self._admission.shut(error.response["error"])
        return failure

    def once(
        self, key: str, stream: str, channel: str, thread_ts: str | None, kind: str, message: Message, revision: int = 1
    ) -> str:
        """Write a message under its key, once; returns its `ts`. `channel` may be a user's id (a direct message)."""
        kept = self._memory.post(key)
        if kept and kept.ts:
            return kept.ts
        if kept and kept.unsure:
            found = self.standing(key, channel, thread_ts)
            if found:
                # As of when it was sent, which nobody remembers: any update is news.
                self._memory.sent(key, found[0], 0)
                return found[0]
        self._hold_pace(channel)
        begun = self._memory.sending(key, stream, channel, thread_ts, kind)
        if begun.ts:
            return begun.ts
        written = self._post(key, begun, channel, thread_ts, message)
        ts = str(written["ts"])
        counts = self._memory.written(key, ts, revision)
        if counts != ts:
            # We were frozen or slow for so long that another replica wrote the message in our place.
            self.take_back(str(written.get("channel", channel)), ts)
        return counts

    def take_back(self, channel: str, ts: str) -> None:
        """Delete a message of ours that is one too many."""
        try:
            self.call("chat_delete", channel=channel, ts=ts)
        except (Denied, Gone):
            return  # somebody else took it away

    def _hold_pace(self, channel: str) -> None:
        wait = self._pace.wait(channel)
        if wait:
            raise Paced(f"{channel} has had its messages for this second.", service="Slack", retry_after=wait)

    def _post(self, key: str, begun: Begun, channel: str, thread_ts: str | None, message: Message) -> Mapping[str, Any]:
        try:
            return self.call(
                "chat_postMessage", channel=channel, thread_ts=thread_ts, text=message.text, blocks=message.blocks,
                unfurl_links=False, unfurl_media=False,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            )  # fmt: skip
        except (Throttled, Denied, Gone) as refused:
            self._memory.lost(key, begun.number)  # certainly not written
            if isinstance(refused, Throttled) and not isinstance(refused, Shut):
                self._pace.held_back(channel, refused.retry_after)
            raise

    def standing(self, key: str, channel: str, thread_ts: str | None) -> list[str]:
        """Our messages under a key in Slack's own history, the oldest first: one, unless two processes wrote it. Without the
        optional scopes there is a small window in which a message may be written twice: then this finds nothing."""
        try:
            where = self.conversation(channel)
            if thread_ts:  # a thread is told from its beginning, a channel from its end
                found = self.call(
                    "conversations_replies", channel=where, ts=thread_ts, include_all_metadata=True, limit=1000
                )
            else:
                found = self.call("conversations_history", channel=where, include_all_metadata=True, limit=50)
        except (Denied, Gone):
            return []
        return sorted(str(m["ts"]) for m in found.get("messages", []) if _key(m) == key)

    def conversation(self, channel: str) -> str:
        """Messages are sent to a user's id, but stand in a direct conversation that has an id of its own."""
        if channel[:1] not in ("U", "W"):
            return channel
        return str(self.call("conversations_open", users=channel)["channel"]["id"])

    def stands_at(self, key: str, revision: int) -> bool:
        """Whether a message shows that revision or a newer one: then there is nothing to render."""
        kept = self._memory.post(key)
        return kept is not None and kept.posted >= revision

    def update(self, key: str, channel: str, message: Message, revision: int) -> bool:
        """Bring a message to its newest state. False when that was newer by the time that we had written it (another
        replica had taken us for dead): then it must be written again."""
        kept = self._memory.post(key)
        if kept is None or not kept.ts or kept.posted >= revision:
            return True
        self.call("chat_update", channel=channel, ts=kept.ts, text=message.text, blocks=message.blocks)
        now = self._memory.post(key)
        overtaken = now is not None and now.posted > revision
        self._memory.sent(key, kept.ts, 0 if overtaken else revision)
        return not overtaken

    def written(self, stream: str, kind: str) -> Mapping[str, PostKept]:
        """Messages of one sort that stand in Slack because of a review, by key."""
        return self._memory.posts(stream, kind)

    def update_direct(self, key: str, user: str, message: Message, revision: int) -> None:
        """The same for a direct message. One that was deleted, or may not be edited any more, is left as it is."""
        try:
            self.update(key, self.conversation(user), message, revision)
        except (Denied, Gone):
            kept = self._memory.post(key)
            if kept is not None:
                self._memory.sent(key, kept.ts, revision)

    def permalink(self, channel: str, ts: str) -> str | None:
        """Where a message can be opened; None when Slack does not say."""
        try:
            return str(self.call("chat_getPermalink", channel=channel, message_ts=ts)["permalink"])
        except Shut:
            raise
        except (Failure, KeyError):
            return None

    def whisper(
        self, channel: str, user: str, message: Message, thread_ts: str | None = None, url: str | None = None
    ) -> bool:
        """A line that only `user` sees. `url` is a response_url, which works where the bot is no member. False when
        Slack has no way to show it."""
        if url and self._respond(url, message):
            return True
        try:
            self.call(
                "chat_postEphemeral", channel=channel, user=user, text=message.text, blocks=message.blocks,
                thread_ts=thread_ts,
            )  # fmt: skip
        except Shut:
            raise  # said when we are let in again
        except Failure:
            return self._direct(user, message)
        return True

    def take_away(self, url: str) -> bool:
        """Delete the private message to which `url` belongs."""
        try:
            return WebhookClient(url, retry_handlers=[]).send(delete_original=True).status_code == 200
        except (SlackClientError, OSError, http.client.HTTPException):
            return False

    def _direct(self, user: str, message: Message) -> bool:
        try:
            self.call("chat_postMessage", channel=user, text=message.text, blocks=message.blocks, unfurl_links=False)
        except Shut:
            raise
        except Failure:
            return False
        return True

    def _respond(self, url: str, message: Message) -> bool:
        try:
            answer = WebhookClient(url, retry_handlers=[]).send(
                text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=False
            )
        except (SlackClientError, OSError, http.client.HTTPException):
            return False
        return answer.status_code == 200


def _key(message: Mapping[str, Any]) -> str | None:
    """Under which key we wrote a message, if we did."""
    key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key")
    return None if key is None else str(key)
