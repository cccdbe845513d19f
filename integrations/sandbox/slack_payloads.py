"""What Slack tells the bot: the bodies of commands, presses, submissions, shortcuts and events."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.slack_state import Channel, Json, SlackState

# Slack still sends this deprecated field; nobody may rely on it.
_LEGACY = "sandbox-legacy-word"


def form(payload: Json) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


class Payloads:
    def __init__(self, state: SlackState) -> None:
        self._state = state

    def command(
        self, user: Json, channel: Channel, command: str, text: str, response_url: str, trigger_id: str
    ) -> bytes:
        team = self._state.team
        fields = {
            "token": _LEGACY,
            "team_id": team["id"],
            "team_domain": team["domain"],
            "channel_id": channel.id,
            "channel_name": "privategroup" if channel.is_private else channel.name,
            "user_id": user["id"],
            "user_name": user["name"],
            "command": command,
            "text": text,
            "api_app_id": self._state.bot["app_id"],
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": trigger_id,
        }
        return urlencode(fields).encode()

    def _interaction(self, kind: str, user: Json, **more: Any) -> Json:
        team = {"id": self._state.team["id"], "domain": self._state.team["domain"]}
        who = {"id": user["id"], "username": user["name"], "name": user["name"], "team_id": user["team_id"]}
        common = {"type": kind, "user": who, "team": team, "api_app_id": self._state.bot["app_id"]}
        return common | {"token": _LEGACY, "enterprise": None, "is_enterprise_install": False} | more

    def press_on_message(
        self,
        user: Json,
        channel: Channel,
        message: Json,
        action: Json,
        values: Json,
        url: str,
        trigger_id: str,
    ) -> bytes:
        private = bool(message.get("is_ephemeral"))
        container = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id}
        container["is_ephemeral"] = private
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        payload = self._interaction(
            "block_actions",
            user,
            container=container,
            trigger_id=trigger_id,
            channel={"id": channel.id, "name": "privategroup" if channel.is_private else channel.name},
            state={"values": values},
            response_url=url,
            actions=[action],
        )
        if not private:  # what only one person saw does not travel back
            payload["message"] = copy.deepcopy(message)
        if attached := _attachment_with(message, action):
            container |= {"type": "message_attachment", "attachment_id": attached["id"]}
            container |= {"is_app_unfurl": True, "app_unfurl_url": attached["app_unfurl_url"]}
            payload["app_unfurl"] = copy.deepcopy(attached)
        return form(payload)

    def press_on_view(self, user: Json, view: Json, action: Json, trigger_id: str) -> bytes:
        container = {"type": "view", "view_id": view["id"]}
        more = {
            "container": container,
            "trigger_id": trigger_id,
            "view": copy.deepcopy(view),
            "actions": [action],
        }
        return form(self._interaction("block_actions", user, **more))

    def submission(self, user: Json, view: Json, trigger_id: str) -> bytes:
        shown = copy.deepcopy(view)
        payload = self._interaction("view_submission", user, trigger_id=trigger_id, view=shown, response_urls=[])
        return form(payload)

    def closing(self, user: Json, view: Json, is_cleared: bool) -> bytes:
        more = {"view": copy.deepcopy(view), "is_cleared": is_cleared}
        return form(self._interaction("view_closed", user, **more))

    def shortcut(
        self, user: Json, channel: Channel, message: Json, callback_id: str, url: str, trigger_id: str
    ) -> bytes:
        more = {
            "callback_id": callback_id,
            "trigger_id": trigger_id,
            "action_ts": self._state.fresh_ts(),
            "message_ts": message["ts"],
            "message": copy.deepcopy(message),
            "channel": {"id": channel.id, "name": "privategroup" if channel.is_private else channel.name},
            "response_url": url,
        }
        return form(self._interaction("message_action", user, **more))

    def suggestion(self, user: Json, container: Json, block_id: str, action_id: str, value: str) -> bytes:
        more = {"container": container, "block_id": block_id, "action_id": action_id, "value": value}
        return form(self._interaction("block_suggestion", user, **more))

    def event(self, event: Json, channel: Channel | None = None) -> bytes:
        team, bot = self._state.team["id"], self._state.bot
        grant = {"enterprise_id": None, "team_id": team, "user_id": bot["user_id"]}
        outer = {
            "token": _LEGACY,
            "type": "event_callback",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": None,
            "api_app_id": bot["app_id"],
            "event": {"event_ts": self._state.fresh_ts(), **event},
            "event_id": self._state.fresh("Ev"),
            "event_time": int(self._state.clock.now().timestamp()),
            "event_context": self._state.fresh("EC"),
            "authorizations": [{**grant, "is_bot": True, "is_enterprise_install": False}],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        }
        return json.dumps(outer).encode()

    def url_verification(self, challenge: str) -> bytes:
        return json.dumps({"token": _LEGACY, "challenge": challenge, "type": "url_verification"}).encode()


def _attachment_with(message: Json, action: Json) -> Json | None:
    for attached in message.get("attachments") or []:
        if attached.get("is_app_unfurl") and any(
            b.get("block_id") == action["block_id"] for b in attached.get("blocks", [])
        ):
            found: Json = attached
            return found
    return None
