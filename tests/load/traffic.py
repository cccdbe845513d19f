"""What people do: each delivery as Slack's bytes, with what must come of it; which sorts, and how often, is stated here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import urlencode

from bot.slack.messages import presses
from tests.load.office import TEAM, channel, crew, fresh_record, record_of, slack_id

# In a hundred deliveries. Retries are on top of what each of them repeats.
MIX: Mapping[str, int] = {
    "hold": 14, "let_go": 10, "extend": 3, "look_again": 3, "more_times": 8, "show": 9, "why_not": 4,
    "note": 12, "status": 10, "mine": 4, "help": 3, "ask": 2, "home": 4, "link": 6, "retry": 8,
}  # fmt: skip
# Deliveries that change something, for counting what was lost and what came twice.
DEEDS: Mapping[str, int] = {"note": 60, "hold": 14, "let_go": 12, "extend": 4, "show": 6, "home": 4}
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_CARD: list[Any] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "What stands on a card. " * 20}} for _ in range(8)
]


@dataclass(frozen=True)
class Delivery:
    """One request of Slack's. `key` is that of the act that must come of it (a repetition has the same), None where none
    does; `words` a note's; `record` what is asked for the first time."""

    sort: str
    key: str | None
    body: bytes
    kind: str = _FORM
    retry: int = 0
    words: str | None = None
    record: str | None = None


@dataclass(frozen=True)
class Draft:
    """A delivery before the stand-ins have told where it may be answered."""

    sort: str
    user: str
    channel: str
    finish: Callable[[str, str], Delivery]  # an answering address and a trigger
    opens: bool = False


def asking(number: int, record: str, at: int) -> Draft:
    """The command that asks for a review; `at` makes it an act of its own."""
    return _command("ask", number, at, record, record=record)


def drafts(random: Random, channels: int, count: int, mix: Mapping[str, int]) -> Iterator[Draft]:
    """As many as wanted, spread over the channels; *retry* is left to the caller."""
    sorts, weights = zip(*((s, w) for s, w in mix.items() if s != "retry"), strict=True)
    for at in range(count):
        yield _draft(random.choices(sorts, weights)[0], random.randrange(channels), at, random)


def fresh_records(made: list[Draft]) -> int:
    return sum(d.sort == "ask" for d in made)


def _draft(sort: str, number: int, at: int, random: Random) -> Draft:
    record = record_of(number)
    # In every fourth channel people look again and again; elsewhere the first offers stay good to be held.
    if sort in ("look_again", "more_times"):
        number -= number % 4
        record = record_of(number)
    elif sort in ("hold", "let_go", "extend") and number % 4 == 0:
        number += 1
        record = record_of(number)
    match sort:
        case "note":
            return _command(
                sort, number, at, f"note {record} Load test {at} is done.", words=f"Load test {at} is done."
            )
        case "status":
            return _command(sort, number, at, f"status {record}")
        case "mine" | "help":
            return _command(sort, number, at, sort)
        case "ask":
            return asking(number, fresh_record(at), at)
        case "hold":
            return _press(sort, presses.HOLD, number, at, {"m": record, "s": 1, "o": random.randrange(5)})
        case "let_go":
            return _press(sort, presses.LET_GO, number, at, {"m": record})
        case "extend":
            return _press(sort, presses.EXTEND, number, at, {"m": record})
        case "look_again":
            return _press(sort, presses.LOOK_AGAIN, number, at, {"m": record})
        case "more_times":
            return _press(sort, presses.MORE_TIMES, number, at, {"m": record, "s": 1, "o": 2})
        case "show":
            return _press(sort, presses.SHOW, number, at, {"m": record})
        case "why_not":
            return replace(_press(sort, presses.WHY_NOT, number, at, {"m": record}, acts=False), opens=True)
        case "home":
            opened = {"type": "app_home_opened", "user": _owner(number), "channel": "D0", "tab": "home"}
            return _event(sort, number, at, opened)
        case _:
            link = {"domain": "change.example.com", "url": f"https://change.example.com/changes/{fresh_record(at)}"}
            event: dict[str, Any] = {"type": "link_shared", "user": _owner(number), "channel": channel(number), "links": [link],
                     "message_ts": f"{at}.000100"}  # fmt: skip
            return _event(sort, number, at, event)


def again(delivery: Delivery) -> Delivery:
    """The same once more, as Slack retries it."""
    return replace(delivery, retry=delivery.retry + 1)


def _owner(number: int) -> str:
    return slack_id(crew(number)[0])


def _command(sort: str, number: int, at: int, text: str, words: str | None = None, record: str | None = None) -> Draft:
    user, place = _owner(number), channel(number)

    def finish(url: str, trigger: str) -> Delivery:
        unique = f"{at}.{sort}.load"
        fields = {
            "token": "sandbox-legacy-word", "team_id": TEAM, "team_domain": "load", "channel_id": place, "channel_name": place.lower(),
            "user_id": user, "user_name": user.lower(), "command": "/readiness-review", "text": text, "api_app_id": "A0READY",
            "is_enterprise_install": "false", "response_url": url, "trigger_id": unique,
        }  # fmt: skip
        return Delivery(sort, f"act:command:{unique}:{user}", urlencode(fields).encode(), words=words, record=record)

    return Draft(sort, user, place, finish)


def _press(sort: str, action: str, number: int, at: int, carries: Mapping[str, Any], acts: bool = True) -> Draft:
    user, place, ts = _owner(number), channel(number), f"{1_700_000_000 + number}.000100"

    def finish(url: str, trigger: str) -> Delivery:
        pressed: dict[str, Any] = {"type": "button", "action_id": action, "block_id": "b1", "value": json.dumps(carries),
                   "action_ts": f"{1_800_000_000 + at}.000100", "text": {"type": "plain_text", "text": action}}  # fmt: skip
        payload: dict[str, Any] = {
            "type": "block_actions", "user": {"id": user, "username": user, "name": user, "team_id": TEAM},
            "team": {"id": TEAM, "domain": "load"}, "api_app_id": "A0READY", "token": "sandbox-legacy-word",
            "enterprise": None, "is_enterprise_install": False, "trigger_id": trigger or f"{at}.1.ab", "response_url": url,
            "container": {"type": "message", "message_ts": ts, "channel_id": place, "is_ephemeral": False},
            "channel": {"id": place, "name": place.lower()}, "state": {"values": {}}, "actions": [pressed],
            "message": {"type": "message", "ts": ts, "bot_id": "B0READY", "text": "A review", "blocks": _CARD},
        }  # fmt: skip
        key = f"act:press:{ts}:{user}:{action}:{pressed['action_ts']}"
        return Delivery(sort, key if acts else None, urlencode({"payload": json.dumps(payload)}).encode())

    return Draft(sort, user, place, finish)


def _event(sort: str, number: int, at: int, event: Mapping[str, Any]) -> Draft:
    def finish(url: str, trigger: str) -> Delivery:
        unique = f"Ev{sort}{at}"
        outer = {
            "token": "sandbox-legacy-word", "type": "event_callback", "team_id": TEAM, "api_app_id": "A0READY",
            "event": {"event_ts": f"{at}.000200", **event}, "event_id": unique, "event_time": 1_700_000_000 + at,
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": "U0BOT", "is_bot": True}],
        }  # fmt: skip
        return Delivery(sort, f"act:event:{unique}", json.dumps(outer).encode(), _JSON)

    return Draft(sort, _owner(number), channel(number), finish)
