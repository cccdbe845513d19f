"""What a person does in the sandbox's Slack: types a line, opens a message's menu or the home tab, invites the bot."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from integrations.sandbox.slack_blocks import check_blocks
from integrations.sandbox.slack_chat import Chat
from integrations.sandbox.slack_delivery import Courier, Delivery
from integrations.sandbox.slack_payloads import Payloads
from integrations.sandbox.slack_reply_urls import ReplyUrls
from integrations.sandbox.slack_state import Channel, Json, SlackError, SlackState
from integrations.sandbox.slack_text import links, typed
from integrations.sandbox.slack_views import Views

SENTENCES = {
    "operation_timeout": "{what} failed with the error “operation_timeout”: the app did not answer within 3 seconds.",
    "dispatch_failed": "{what} failed with the error “dispatch_failed”: the app could not be reached or refused it.",
    "bad_answer": "{what} failed: Slack did not understand the app's answer ({why}).",
}


@dataclass
class Seen:
    """What the person saw at once. `status` and `elapsed_ms` are those of the bot's acknowledgement (None when nothing
    was sent), `error` a word and `text` its sentence or the private answer, `errors` the complaints beside the inputs,
    `view` a modal that opened or changed within a moment, `ephemerals` the private lines that came."""

    status: int | None = None
    elapsed_ms: int | None = None
    error: str | None = None
    text: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    view: Json | None = None
    ephemerals: list[Json] = field(default_factory=list)
    message: Json | None = None

    def shown(self) -> Json:
        return asdict(self)


class Desk:
    """What both rooms of acts share: the workspace, the way to the bot, and the look at what came of an act."""

    def __init__(self, state: SlackState, views: Views, chat: Chat, urls: ReplyUrls, courier: Courier) -> None:
        self.state, self.views, self.chat, self.urls, self.courier = state, views, chat, urls, courier
        self.payloads = Payloads(state)
        self.base_url = ""
        self.should_escape = True
        self.moment = 0.3  # seconds of real time in which something may still open after the acknowledgement

    def place(self, user: Json, channel_id: str) -> Channel:
        channel = self.state.channels.get(channel_id)
        if channel is None or not channel.seen_by(user["id"]):
            raise SlackError("channel_not_found")
        return channel

    def watch(self, user: str, do: Callable[[Seen], None]) -> Seen:
        """Do it, then look for a moment at what it brought this person."""
        seen = Seen()
        before, lines = self._looks(user), len(self._lines(user))
        do(seen)
        if seen.status is not None and not seen.errors:
            self.state.wait_until(lambda: self._looks(user) != before, self.moment)
        with self.state.lock:
            stack = self.views.stacks.get(user) or []
            if stack and (stack[-1]["id"], stack[-1]["hash"]) not in before[0]:
                seen.view = copy.deepcopy(stack[-1])
            seen.ephemerals = copy.deepcopy(self._lines(user)[lines:])
        if not seen.text and seen.ephemerals:
            seen.text = seen.ephemerals[-1].get("text", "")
        return seen

    def _lines(self, user: str) -> list[Json]:
        return [e for e in self.state.ephemerals if e["to"] == user]

    def _looks(self, user: str) -> tuple[Any, ...]:
        with self.state.lock:
            stack = [(v["id"], v["hash"]) for v in self.views.stacks.get(user) or []]
            return stack, len(self._lines(user)), self.views.homes.get(user, {}).get("hash")

    def note(self, seen: Seen, delivery: Delivery, user: str, what: str, channel_id: str = "") -> bool:
        """Write down how the bot acknowledged; False, with Slack's sentence to the person, when it did not."""
        seen.status, seen.elapsed_ms, seen.error = delivery.status, delivery.elapsed_ms, delivery.error
        if delivery.error:
            seen.text = SENTENCES[delivery.error].format(what=what)
            self.state.complain(user, delivery.operation, delivery.error, seen.text, channel_id)
        return delivery.error is None

    def misunderstood(self, seen: Seen, operation: str, user: str, what: str, why: str, channel_id: str = "") -> None:
        seen.error, seen.text = "bad_answer", SENTENCES["bad_answer"].format(what=what, why=why)
        self.state.complain(user, operation, "bad_answer", seen.text, channel_id)


class Acts:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.state

    def command(self, as_: str, channel: str, text: str, thread_ts: str | None = None) -> Seen:
        """A line typed by a person: a slash command, or a message."""
        user = self._state.user(as_)
        place = self._desk.place(user, channel)
        if text.startswith("/"):
            return self._desk.watch(as_, lambda seen: self._command(seen, user, place, text.strip(), thread_ts))
        if place.is_archived:
            raise SlackError("is_archived")
        return self._desk.watch(as_, lambda seen: self._say(seen, user, place, text, thread_ts))

    def _command(self, seen: Seen, user: Json, place: Channel, line: str, thread_ts: str | None) -> None:
        word, _, rest = line.partition(" ")
        known = self._state.organisation.get("commands", [])
        if word not in known or user["team_id"] != self._state.team["id"]:
            return self._refuse(seen, user, place, "unknown_command", f"{word} is not a valid command.")
        if thread_ts:
            return self._refuse(seen, user, place, "not_in_threads", f"{word} is not supported in threads. Sorry!")
        text = typed(rest.strip(), self._state) if self._desk.should_escape else rest.strip()
        url = self._desk.urls.make(self._desk.base_url, user["id"], place.id)
        trigger = self._desk.views.trigger(user["id"])
        body = self._desk.payloads.command(user, place, word, text, url, trigger)
        ack = self._desk.courier.deliver("deliver.command", body)
        if self._desk.note(seen, ack, user["id"], word, place.id):
            self._answered(seen, ack, user, place, line)
        return None

    def _refuse(self, seen: Seen, user: Json, place: Channel, word: str, sentence: str) -> None:
        """Slack itself says no; the bot hears nothing of it."""
        seen.error, seen.text = word, sentence
        self._state.whisper(place.id, user["id"], {"user": "USLACKBOT", "text": sentence, "is_error": True})

    def _answered(self, seen: Seen, ack: Delivery, user: Json, place: Channel, line: str) -> None:
        """The acknowledgement of a command may itself be an answer: plain text, or a message as JSON."""
        if not ack.answer.strip():
            return
        said = _read(ack.answer) if ack.answer_type == "application/json" else {"text": ack.answer}
        if why := _unsayable(said):
            self._desk.misunderstood(seen, ack.operation, user["id"], line, why, place.id)
        elif said.get("text") or said.get("blocks"):
            if said.get("response_type") == "in_channel":
                self._state.post(place, {"user": user["id"], "text": line})
            message = self._desk.urls.add(user["id"], place.id, said)
            seen.text, seen.message = message["text"], copy.deepcopy(message)

    def _say(self, seen: Seen, user: Json, place: Channel, text: str, thread_ts: str | None) -> None:
        found = links(text, self._state.organisation.get("unfurl_domains", []))
        heard = found and user["team_id"] == self._state.team["id"] and not place.partner
        if heard:
            self._share(seen, user, place, found, {"source": "composer", "message_ts": "COMPOSING"})
        message: Json = {"user": user["id"], "text": typed(text, self._state)}
        if thread_ts:
            message["thread_ts"] = thread_ts
        stored = self._state.post(place, message)
        seen.message = copy.deepcopy(stored)
        if heard:
            where = {k: stored[k] for k in ("thread_ts",) if k in stored}
            where |= {"source": "conversations_history", "message_ts": stored["ts"]}
            self._share(seen, user, place, found, where)

    def _share(self, seen: Seen, user: Json, place: Channel, found: list[Json], where: Json) -> None:
        event = {
            "type": "link_shared",
            "channel": place.id,
            "is_bot_user_member": place.bot_member,
            "user": user["id"],
            "unfurl_id": self._state.fresh("U-"),
            "links": found,
            **where,
        }
        self._desk.chat.offered[event["unfurl_id"]] = event
        self.send_event(seen, event, place)

    def send_event(self, seen: Seen, event: Json, place: Channel | None = None) -> None:
        """People see nothing of a failed event; the answer says how the first attempt went."""
        ack = self._desk.courier.deliver_event(self._desk.payloads.event(event, place))
        seen.status, seen.elapsed_ms, seen.error = ack.status, ack.elapsed_ms, ack.error

    def shortcut(self, as_: str, channel: str, ts: str, callback_id: str) -> Seen:
        """An entry of a message's own menu; unlike a command it also works in threads."""
        user = self._state.user(as_)
        place = self._desk.place(user, channel)
        message = place.messages.get(ts)
        if message is None:
            raise SlackError("message_not_found")
        if callback_id not in {s["callback_id"] for s in self._state.organisation.get("shortcuts", [])}:
            raise SlackError("unknown_shortcut")

        def do(seen: Seen) -> None:
            url = self._desk.urls.make(self._desk.base_url, as_, channel, message)
            trigger = self._desk.views.trigger(as_)
            body = self._desk.payloads.shortcut(user, place, message, callback_id, url, trigger)
            ack = self._desk.courier.deliver("deliver.shortcut", body)
            self._desk.note(seen, ack, as_, "The shortcut", channel)

        return self._desk.watch(as_, do)

    def open_home(self, as_: str) -> Seen:
        self._state.user(as_)
        event: Json = {"type": "app_home_opened", "user": as_, "tab": "home", "channel": "D" + as_[1:]}
        if view := self._desk.views.homes.get(as_):
            event["view"] = copy.deepcopy(view)
        return self._desk.watch(as_, lambda seen: self.send_event(seen, event))

    def invite(self, as_: str, channel: str) -> Seen:
        """`/invite @bot`: the bot becomes a member and hears of it."""
        place = self._desk.place(self._state.user(as_), channel)
        bot, team = self._state.bot["user_id"], self._state.team["id"]
        place.bot_member = True
        self._state.post(place, {"subtype": "channel_join", "user": bot, "text": f"<@{bot}> has joined the channel"})
        event = {
            "type": "member_joined_channel",
            "user": bot,
            "channel": channel,
            "team": team,
            "inviter": as_,
        }
        event["channel_type"] = "G" if place.is_private else "C"
        return self._desk.watch(as_, lambda seen: self.send_event(seen, event, place))

    def tell(self, sort: str, **more: Any) -> Seen:
        """What Slack tells an app of itself: no person acts."""
        seen = Seen()
        self.send_event(seen, {"type": sort, **more})
        return seen

    def verify_url(self, challenge: str = "sandbox-challenge") -> bool:
        """Slack's question before it sends events to a new address."""
        body = self._desk.payloads.url_verification(challenge)
        ack = self._desk.courier.deliver("deliver.event", body, "application/json")
        answer = _read(ack.answer) if ack.error is None else None
        return ack.answer == challenge or (isinstance(answer, dict) and answer.get("challenge") == challenge)


def _unsayable(said: Any) -> str:
    if not isinstance(said, dict):
        return "not an object"
    findings = check_blocks(said.get("blocks") or [], "message")
    return findings.messages("/blocks")[0] if findings.found else ""


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
