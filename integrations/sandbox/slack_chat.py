"""The chat.* methods: what the bot may post, change, take back and add to a link, by Slack's rules."""

from __future__ import annotations

import copy
import json
from typing import Any

from integrations.sandbox.slack_blocks import accept_blocks
from integrations.sandbox.slack_state import Channel, Json, SlackError, SlackState
from integrations.sandbox.slack_views import with_ids

LONGEST_POST = 40_000  # a longer text is cut
LONGEST_UPDATE = 4_000  # a longer text is refused
LONGEST_METADATA = 8_000


class Chat:
    """Each method takes the call's arguments and gives the fields of Slack's answer."""

    def __init__(self, state: SlackState) -> None:
        self._state = state
        self.previews: dict[str, Json] = {}  # unfurls of links that are still being typed, by unfurl_id
        self.offered: dict[str, Json] = {}  # what each link_shared event spoke of, by unfurl_id

    def clear(self) -> None:
        self.previews.clear()
        self.offered.clear()

    def post_message(self, args: Json) -> Json:
        message = self._content(args)
        with self._state.lock:
            channel = self._state.writable(_given(args, "channel"))
            if args.get("thread_ts"):
                message["thread_ts"] = str(args["thread_ts"])
            if args.get("reply_broadcast"):
                message["subtype"] = "thread_broadcast"
            stored = self._state.post(channel, message | self._state.bot_author())
            return {"channel": channel.id, "ts": stored["ts"], "message": copy.deepcopy(stored)}

    def post_ephemeral(self, args: Json) -> Json:
        message = self._content(args)
        message.pop("metadata", None)
        with self._state.lock:
            channel = self._state.writable(_given(args, "channel"))
            user = _given(args, "user")
            if user not in channel.members:
                raise SlackError("user_not_in_channel")
            if args.get("thread_ts"):
                message["thread_ts"] = str(args["thread_ts"])
            stored = self._state.whisper(channel.id, user, message | self._state.bot_author())
            return {"message_ts": stored["ts"]}

    def update(self, args: Json) -> Json:
        with self._state.lock:
            channel = self._state.channel(_given(args, "channel"))
            old = self._own(channel, args, "cant_update_message")
            if channel.is_archived:
                raise SlackError("is_inactive")
            if len(str(args.get("text") or "")) > LONGEST_UPDATE:
                raise SlackError("msg_too_long")
            fresh = self._checked(args)
            self._renew(old, args, fresh)
            self._state.touch()
            shown = copy.deepcopy(old)
            return {"channel": channel.id, "ts": old["ts"], "text": old.get("text", ""), "message": shown}

    def _renew(self, old: Json, args: Json, fresh: Json) -> None:
        """Text without blocks removes the blocks; attachments and metadata stay unless they are given."""
        if "text" in args and "blocks" not in args:
            old.pop("blocks", None)
            old["edited"] = {"user": self._state.bot["user_id"], "ts": old["ts"]}
        if "metadata" in args and not args["metadata"]:
            old.pop("metadata", None)
        old.update(fresh)

    def delete(self, args: Json) -> Json:
        with self._state.lock:
            channel = self._state.channel(_given(args, "channel"))
            message = self._own(channel, args, "cant_delete_message")
            self._state.delete(channel, message["ts"])
            return {"channel": channel.id, "ts": message["ts"]}

    def permalink(self, args: Json) -> Json:
        channel = self._state.channel(_given(args, "channel"))
        message = channel.messages.get(_given(args, "message_ts"))
        if message is None:
            raise SlackError("message_not_found")
        return {"channel": channel.id, "permalink": permalink(self._state, channel, message)}

    def unfurl(self, args: Json) -> Json:
        unfurls = args.get("unfurls")
        if not isinstance(unfurls, dict) or not unfurls:
            raise SlackError("missing_unfurls")
        with self._state.lock:
            offer, message = self._offer(args)
            for url, content in unfurls.items():
                if url not in {link["url"] for link in offer["links"]}:
                    raise SlackError("cannot_unfurl_url")
                if not isinstance(content, dict):
                    raise SlackError("invalid_unfurls_format")
                if "blocks" in content:
                    accept_blocks(content["blocks"], root=f"/unfurls/{url}/blocks")
            for url, content in unfurls.items():
                self._attach(message, url, content)
            self._state.touch()
            return {}

    def _offer(self, args: Json) -> tuple[Json, Json]:
        """Which link_shared event is answered, and where the unfurl goes: the message, or the composer's preview."""
        if args.get("unfurl_id"):
            offer = self.offered.get(str(args["unfurl_id"]))
            if offer is None or offer["source"] != args.get("source"):
                raise SlackError("cannot_find_message")
        else:
            where = (_given(args, "channel"), str(_given(args, "ts")))
            found = [o for o in self.offered.values() if (o["channel"], o["message_ts"]) == where]
            if not found:
                raise SlackError("cannot_unfurl_message")
            offer = found[-1]
        if offer["source"] == "composer":
            return offer, self.previews.setdefault(offer["unfurl_id"], {"user": offer["user"], "attachments": []})
        message = self._state.find(offer["channel"], offer["message_ts"])
        if message is None:
            raise SlackError("cannot_find_message")
        return offer, message

    def _attach(self, message: Json, url: str, content: Json) -> None:
        attached = message.setdefault("attachments", [])
        before = next((i for i, a in enumerate(attached) if a.get("app_unfurl_url") == url), None)
        number = len(attached) + 1 if before is None else attached[before]["id"]
        mine = {"id": number, "from_url": url, "app_unfurl_url": url, "is_app_unfurl": True}
        fresh = copy.deepcopy(content) | mine | self._state.bot_author()
        if "blocks" in fresh:
            fresh["blocks"] = with_ids(fresh["blocks"], self._state)
        if before is None:
            attached.append(fresh)
        else:
            attached[before] = fresh

    def _own(self, channel: Channel, args: Json, word: str) -> Json:
        message = channel.messages.get(str(_given(args, "ts")))
        if message is None or message.get("subtype") == "tombstone":
            raise SlackError("message_not_found")
        if message.get("bot_id") != self._state.bot["bot_id"]:
            raise SlackError(word)
        return message

    def _content(self, args: Json) -> Json:
        if not args.get("text") and not args.get("blocks") and not args.get("attachments"):
            raise SlackError("no_text")
        fresh = self._checked(args)
        fresh["text"] = fresh.get("text", "")[:LONGEST_POST]
        return fresh

    def _checked(self, args: Json) -> Json:
        """The parts of a message that were given, each held against its rules."""
        fresh: Json = {}
        if args.get("text") is not None:
            fresh["text"] = str(args["text"])
        if args.get("blocks") is not None:
            accept_blocks(args["blocks"])
            fresh["blocks"] = with_ids(args["blocks"], self._state)
        if args.get("attachments") is not None:
            fresh["attachments"] = self._attachments(args["attachments"])
        if args.get("metadata"):
            fresh["metadata"] = checked_metadata(args["metadata"])
        return fresh

    def _attachments(self, given: Any) -> list[Json]:
        if not isinstance(given, list) or not all(isinstance(a, dict) for a in given):
            raise SlackError("invalid_attachments")
        if len(given) > 100:
            raise SlackError("too_many_attachments")
        for i, attached in enumerate(given):
            if "blocks" in attached:
                accept_blocks(attached["blocks"], root=f"/attachments/{i}/blocks")
        return [
            a | ({"blocks": with_ids(a["blocks"], self._state)} if "blocks" in a else {}) | {"id": i + 1}
            for i, a in enumerate(copy.deepcopy(given))
        ]


def _given(args: Json, key: str) -> str:
    value = args.get(key)
    if not value:
        words = {"channel": "channel_not_found", "ts": "message_not_found", "user": "user_not_found"}
        raise SlackError(words.get(key, "invalid_arguments"))
    return str(value)


def checked_metadata(metadata: Any) -> Json:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict) or not all(_storable(v) for v in payload.values()):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > LONGEST_METADATA:
        raise SlackError("metadata_too_large")
    return copy.deepcopy(metadata)


def _storable(value: Any, deep: int = 2) -> bool:
    if isinstance(value, (str, int, float, bool)):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and deep > 0 and all(_storable(v, deep - 1) for v in inner)


def permalink(state: SlackState, channel: Channel, message: Json) -> str:
    base = f"https://{state.team['domain']}.slack.com/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    root = message.get("thread_ts")
    return base if not root or root == message["ts"] else f"{base}?thread_ts={root}&cid={channel.id}"
