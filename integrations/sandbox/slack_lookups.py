"""The methods that only read: who is who, which groups and channels there are, what was said."""

from __future__ import annotations

import base64
import binascii
import copy
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.slack_blocks import check_blocks, check_view
from integrations.sandbox.slack_state import Channel, Json, SlackError, SlackState


class Lookups:
    """Each method takes the call's arguments and gives the fields of Slack's answer."""

    def __init__(self, state: SlackState) -> None:
        self._state = state

    def auth_test(self, args: Json) -> Json:
        team, bot = self._state.team, self._state.bot
        url = f"https://{team['domain']}.slack.com/"
        ids = {"team_id": team["id"], "user_id": bot["user_id"], "bot_id": bot["bot_id"]}
        return {"url": url, "team": team["name"], "user": bot["name"], **ids, "is_enterprise_install": False}

    # -- people

    def user(self, args: Json) -> Json:
        return {"user": self.shown_user(self._state.user(str(args.get("user"))))}

    def user_by_email(self, args: Json) -> Json:
        wanted = str(args.get("email", "")).lower()
        for user in self._state.users.values():
            if user["email"] and user["email"].lower() == wanted and not user["deleted"]:
                return {"user": self.shown_user(user)}
        raise SlackError("users_not_found")

    def user_list(self, args: Json) -> Json:
        members, more = _page(list(self._state.users.values()), args, 1000)
        return {"members": [self.shown_user(u) for u in members], **more}

    def shown_user(self, user: Json) -> Json:
        """As the bot sees it: the address only with the scope for it."""
        shown = {k: v for k, v in user.items() if k != "email"}
        profile = {"real_name": user["real_name"], "display_name": user["name"]}
        if user["email"] and "users:read.email" in self._state.scopes:
            profile["email"] = user["email"]
        now = self._state.clock.now().astimezone(ZoneInfo(user["tz"]))
        offset = round((now.utcoffset() or timedelta()).total_seconds())
        return {**shown, "tz_label": now.tzname() or user["tz"], "tz_offset": offset, "profile": profile}

    def groups(self, args: Json) -> Json:
        return {"usergroups": [self._shown_group(g, args) for g in self._state.groups.values()]}

    def _shown_group(self, group: Json, args: Json) -> Json:
        shown = {k: v for k, v in group.items() if k != "users" or args.get("include_users")}
        return {**shown, "team_id": self._state.team["id"], "user_count": len(group["users"])}

    def group_members(self, args: Json) -> Json:
        group = self._state.groups.get(str(args.get("usergroup")))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": list(group["users"])}

    # -- places

    def channel(self, args: Json) -> Json:
        found = self._state.channel(str(args.get("channel")))
        if found.partner:
            return {"channel": {"id": found.id, "is_im": True, "user": found.partner, "is_archived": False}}
        return {"channel": shown_channel(found)}

    def members(self, args: Json) -> Json:
        found = self._state.channel(str(args.get("channel")))
        bot = [self._state.bot["user_id"]] if found.bot_member else []
        members, more = _page(found.members + bot, args, 100)
        return {"members": members, **more}

    def open(self, args: Json) -> Json:
        users = args.get("users") or ""
        named = users if isinstance(users, list) else [u for u in str(users).split(",") if u]
        if len(named) != 1:
            raise SlackError("users_list_not_supplied" if not named else "not_enough_users")
        return {"channel": {"id": self._state.open_dm(named[0]).id}}

    # -- what was said

    def history(self, args: Json) -> Json:
        channel = self._readable(args)
        tops = [m for m in channel.messages.values() if _on_top(m)]
        found, more = _page(_between(tops, args)[::-1], args, 100)
        return {"messages": [_shown(m, args) for m in found], "has_more": bool(_next(more)), **more}

    def replies(self, args: Json) -> Json:
        channel = self._readable(args)
        root = str(args.get("ts"))
        if root not in channel.messages:
            raise SlackError("thread_not_found")
        answers = _between(self._state.replies(channel, root), args)
        found, more = _page([channel.messages[root], *answers], args, 1000)
        return {"messages": [_shown(m, args) for m in found], "has_more": bool(_next(more)), **more}

    def _readable(self, args: Json) -> Channel:
        channel = self._state.channel(str(args.get("channel")))
        if not channel.bot_member:
            raise SlackError("not_in_channel")
        return channel

    # -- blocks

    def validate(self, args: Json) -> Json:
        """Slack's own validator of blocks, messages and views; needs no token."""
        given = [k for k in ("blocks", "message", "view") if args.get(k) is not None]
        if len(given) != 1:
            raise SlackError("invalid_arguments")
        what = args[given[0]]
        if given[0] == "view":
            findings = check_view(what)
        else:
            blocks = what.get("blocks", []) if given[0] == "message" and isinstance(what, dict) else what
            findings = check_blocks(blocks, "message", "/blocks" if given[0] == "message" else "")
        if findings.found:
            raise SlackError(f"invalid_{given[0]}", errors=findings.errors())
        return {}


def shown_channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_ext_shared,
        "is_shared": channel.is_ext_shared,
        "is_member": channel.bot_member,
        "num_members": len(channel.members) + channel.bot_member,
    }


def _on_top(message: Json) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"


def _between(messages: list[Json], args: Json) -> list[Json]:
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "")
    ends = bool(args.get("inclusive"))

    def inside(ts: str) -> bool:
        moment = _moment(ts)
        after = not oldest or moment > _moment(oldest) or (ends and moment == _moment(oldest))
        before = not latest or moment < _moment(latest) or (ends and moment == _moment(latest))
        return after and before

    return [m for m in messages if inside(m["ts"])]


def _moment(ts: str) -> tuple[int, int]:
    seconds, _, parts = ts.partition(".")
    try:
        return int(seconds), int(parts.ljust(6, "0")) if parts else 0
    except ValueError:
        raise SlackError("invalid_ts_latest") from None


def _shown(message: Json, args: Json) -> Json:
    shown = copy.deepcopy(message)
    if not args.get("include_all_metadata"):
        shown.pop("metadata", None)
    return shown


def _page(items: list[Any], args: Json, most: int) -> tuple[list[Any], Json]:
    try:
        size = min(int(args.get("limit") or most), most)
        start = int(base64.b64decode(str(args.get("cursor") or "")) or 0)
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None
    end = start + max(size, 1)
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}


def _next(more: Json) -> str:
    return str(more["response_metadata"]["next_cursor"])
