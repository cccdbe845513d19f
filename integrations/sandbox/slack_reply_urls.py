"""The answering addresses Slack hands out with each command and press: five uses in half an hour, then no more."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.slack_blocks import check_blocks
from integrations.sandbox.slack_state import Json, SlackError, SlackState
from integrations.sandbox.slack_views import with_ids

USES = 5
LIFE = timedelta(minutes=30)  # of business time: the sandbox's clock can be moved past it


@dataclass
class ReplyUrl:
    """`source` is where the pressed message lives; `latest` the last thing said through this address."""

    user: str
    channel: str
    born: datetime
    source: Json | None
    uses: int = 0
    latest: Json | None = None


class ReplyUrls:
    def __init__(self, state: SlackState) -> None:
        self._state = state
        self._urls: dict[str, ReplyUrl] = {}

    def clear(self) -> None:
        self._urls.clear()

    def make(self, base_url: str, user: str, channel: str, source: Json | None = None) -> str:
        with self._state.lock:
            key = self._state.fresh("R")
            self._urls[key] = ReplyUrl(user, channel, self._state.clock.now(), source)
            return f"{base_url}/response/{self._state.team['id']}/{key}"

    def use(self, key: str, said: Any) -> None:
        """Do what the bot says through the address; raises Slack's refusal. Refused content does not count as a use."""
        with self._state.lock:
            url = self._urls.get(key)
            if url is None:
                raise SlackError("no_such_url")
            if self._state.clock.now() - url.born > LIFE:
                raise SlackError("expired_url")
            if url.uses >= USES:
                raise SlackError("used_url")
            self._say(url, self._checked(said))
            url.uses += 1
            self._state.touch()

    def _checked(self, said: Any) -> Json:
        if not isinstance(said, dict):
            raise SlackError("invalid_payload")
        if said.get("delete_original"):
            return said
        if not said.get("text") and not said.get("blocks"):
            raise SlackError("no_text")
        if said.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
            raise SlackError("invalid_payload")
        findings = check_blocks(said.get("blocks") or [], "message")
        if findings.found:
            raise SlackError("invalid_blocks", errors=findings.errors())
        return said

    def _say(self, url: ReplyUrl, said: Json) -> None:
        target = url.latest or url.source
        if said.get("delete_original"):
            self._delete(url, target)
        elif said.get("replace_original") and target is not None:
            self._replace(target, said)
        else:
            url.latest = self.add(url.user, url.channel, said)

    def add(self, user: str, channel_id: str, said: Json) -> Json:
        """A new line in answer to a command or press; private unless it says `in_channel`."""
        message = self._shaped(said)
        if said.get("thread_ts") and not said.get("replace_original"):
            message["thread_ts"] = said["thread_ts"]
        if said.get("response_type") == "in_channel":
            return self._state.post(self._state.channels[channel_id], message)
        return self._state.whisper(channel_id, user, message)

    def _replace(self, target: Json, said: Json) -> None:
        if target.get("is_ephemeral") and said.get("response_type") == "in_channel":
            raise SlackError("invalid_payload")
        fresh = self._shaped(said)
        target.pop("blocks", None)
        target.update({k: fresh[k] for k in ("text", "blocks") if k in fresh})

    def _delete(self, url: ReplyUrl, target: Json | None) -> None:
        if target is None:
            raise SlackError("message_not_found")
        if target.get("is_ephemeral"):
            kept = [e for e in self._state.ephemerals if e is not target]
            self._state.ephemerals[:] = kept
        elif self._state.find(url.channel, target["ts"]):
            self._state.delete(self._state.channels[url.channel], target["ts"])
        url.latest = None

    def _shaped(self, said: Json) -> Json:
        message: Json = {"text": said.get("text") or "", **self._state.bot_author()}
        if said.get("blocks"):
            message["blocks"] = with_ids(said["blocks"], self._state)
        if said.get("metadata"):
            message["metadata"] = copy.deepcopy(said["metadata"])
        return message
