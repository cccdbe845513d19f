"""The Slack app's manifest: least scopes, and only what the code listens to. A test holds it against the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.slack.listening import SHORTCUT
from bot.slack.messages.help import COMMANDS

# Why each scope is needed stands beside it; a test names the calls that use it.
SCOPES: dict[str, str] = {
    "commands": "the slash command, under each of its names, and the message shortcut",
    "chat:write": "the card, its thread, private lines and direct messages",
    "files:write": "the picture of a search, in its thread",
    "links:read": "a pasted link to a record earns one quiet offer",
    "users:read": "guests, strangers, bots and deactivated users decide nothing",
    "users:read.email": "a Slack user becomes a person of people.yaml by e-mail",
    "channels:read": "a channel that is shared with another organisation gets no attendees",
    "groups:read": "the same for private channels",
}
OPTIONAL_SCOPES: dict[str, str] = {
    "channels:history": "after a crash a message is looked up before it is sent again",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages",
    "im:write": "the direct conversation in which to look, and to which a picture with names goes",
}
MOST_HOSTS = 5  # so many unfurl_domains Slack takes
EVENTS = ("app_home_opened", "app_uninstalled", "link_shared", "member_joined_channel", "tokens_revoked")
HERE = "https://bot.example.com"
LINK_HOST = "change.example.com"
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def manifest(url: str = HERE, link_hosts: tuple[str, ...] = (LINK_HOST,), socket_mode: bool = False) -> dict[str, Any]:
    """For the address under which Slack reaches the bot."""
    events = f"{url.rstrip('/')}/slack/events"
    request = {} if socket_mode else {"request_url": events}
    commands = [
        {
            "command": name,
            "description": "Schedule the meeting that a record demands, and see why a time does not fit",
            "usage_hint": f"{example} | status | why {example} Tue 10:30 | help",
            "should_escape": True,
            **({} if socket_mode else {"url": events}),
        }
        for name, example in COMMANDS.items()
    ]
    shortcut = {
        "name": "Schedule the meeting",
        "type": "message",
        "callback_id": SHORTCUT,
        "description": "Use the record that this message names",
    }
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Readiness Review",
            "description": "Schedules the meetings that change governance requires, and says why.",
        },
        "features": {
            "bot_user": {"display_name": "readiness-review", "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "slash_commands": commands,
            "shortcuts": [shortcut],
            "unfurl_domains": list(link_hosts)[:MOST_HOSTS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def faults(url: str, link_hosts: tuple[str, ...]) -> Iterator[str]:
    """What Slack would refuse, in words."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        yield f"--url is {url!r}. Write the address at which Slack reaches the bot, such as {HERE}."
    for host in link_hosts:
        if not _HOST.fullmatch(host):
            yield f"--link-host is {host!r}. Write the host alone, such as {LINK_HOST}."
    if len(link_hosts) > MOST_HOSTS:
        yield f"--link-host is given {len(link_hosts)} times, and Slack takes {MOST_HOSTS} hosts."


def as_yaml(told: dict[str, Any]) -> str:
    head = "# Made by `readiness-bot manifest`. Paste it at Your Apps, Create New App, From a manifest.\n"
    return head + yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
