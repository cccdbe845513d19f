"""Modals and home tabs in the sandbox's Slack: who has which open, on what trigger, and at which state."""

from __future__ import annotations

import copy
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.slack_blocks import accept_view, elements_of
from integrations.sandbox.slack_inputs import view_values
from integrations.sandbox.slack_state import Json, SlackError, SlackState

TRIGGER_SECONDS = 3.0  # real time, as Slack measures it
STACK = 3


@dataclass
class Trigger:
    user: str
    born: float
    used: bool = False


class Views:
    """Shares the state's lock and revision."""

    def __init__(self, state: SlackState) -> None:
        self._state = state
        self.clear()

    def clear(self) -> None:
        self.stacks: dict[str, list[Json]] = {}
        self.homes: dict[str, Json] = {}
        self._triggers: dict[str, Trigger] = {}
        self._changes = 0

    # -- triggers

    def trigger(self, user: str) -> str:
        """A fresh trigger id: good once, for three seconds."""
        with self._state.lock:
            number = self._state.fresh("")
            digest = hashlib.sha256(f"{number}{user}".encode()).hexdigest()[:32]
            trigger_id = f"{int(number)}.{int(self._state.clock.now().timestamp())}.{digest}"
            self._triggers[trigger_id] = Trigger(user, self._state.real_time())
            return trigger_id

    def _spend(self, trigger_id: Any) -> str:
        if not isinstance(trigger_id, str) or not re.fullmatch(r"\d+\.\d+\.[0-9a-f]+", trigger_id):
            raise SlackError("invalid_trigger_id")
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._state.real_time() - trigger.born > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    # -- what the bot does (views.*)

    def open(self, view: Any, trigger_id: Any) -> Json:
        accept_view(view, "modal")
        with self._state.lock:
            self._unique(view)
            user = self._spend(trigger_id)
            made = self._made(user, view, None)
            self.stacks[user] = [made]
            return self._changed(made)

    def push(self, view: Any, trigger_id: Any) -> Json:
        accept_view(view, "modal")
        with self._state.lock:
            self._unique(view)
            return self.push_for(self._spend(trigger_id), view)

    def push_for(self, user: str, view: Json) -> Json:
        with self._state.lock:
            stack = self.stacks.setdefault(user, [])
            if len(stack) >= STACK:
                raise SlackError("push_limit_reached")
            made = self._made(user, view, stack[-1] if stack else None)
            stack.append(made)
            return self._changed(made)

    def update(self, view: Any, view_id: str | None, external_id: str | None, hash_: str | None) -> Json:
        accept_view(view, "modal")
        with self._state.lock:
            old = self._named(view_id, external_id)
            if hash_ and hash_ != old["hash"]:
                raise SlackError("hash_conflict")
            return self.replace(old, view)

    def publish(self, user: str, view: Any, hash_: str | None) -> Json:
        accept_view(view, "home")
        with self._state.lock:
            self._state.user(user)
            old = self.homes.get(user)
            if hash_ and old and hash_ != old["hash"]:
                raise SlackError("hash_conflict")
            if old:
                return self.replace(old, view)
            self.homes[user] = self._made(user, view, None)
            return self._changed(self.homes[user])

    # -- what happens to them

    def find(self, view_id: str) -> tuple[str, Json] | None:
        """Whose view it is, and the view itself."""
        for user, stack in self.stacks.items():
            for view in stack:
                if view["id"] == view_id:
                    return user, view
        return next(((u, v) for u, v in self.homes.items() if v["id"] == view_id), None)

    def replace(self, old: Json, view: Json) -> Json:
        """The view keeps its id and place; what was typed into inputs that are still there stays."""
        with self._state.lock:
            kept = {k: old[k] for k in ("id", "root_view_id", "previous_view_id", "state")}
            fresh = self._shaped(view) | kept
            fresh["state"] = {"values": view_values(fresh, {})}
            old.clear()
            old.update(fresh)
            return self._changed(old)

    def remember(self, view: Json, values: Json) -> None:
        with self._state.lock:
            view["state"] = {"values": view_values(view, values)}

    def close(self, user: str, view_id: str) -> None:
        """A view closes, and with it those above it."""
        with self._state.lock:
            stack = self.stacks.get(user, [])
            at = next((i for i, v in enumerate(stack) if v["id"] == view_id), len(stack))
            del stack[at:]
            self._state.touch()

    def close_all(self, user: str) -> None:
        with self._state.lock:
            self.stacks.pop(user, None)
            self._state.touch()

    def _unique(self, view: Json) -> None:
        wanted = view.get("external_id")
        views = [v for stack in self.stacks.values() for v in stack] + list(self.homes.values())
        if wanted and any(v["external_id"] == wanted for v in views):
            raise SlackError("duplicate_external_id")

    def _named(self, view_id: str | None, external_id: str | None) -> Json:
        for stack in self.stacks.values():
            for view in stack:
                if (view_id and view["id"] == view_id) or (external_id and view["external_id"] == external_id):
                    return view
        raise SlackError("not_found")

    def _made(self, user: str, view: Json, below: Json | None) -> Json:
        made = self._shaped(view) | {"id": self._state.fresh("V")}
        made["root_view_id"] = below["root_view_id"] if below else made["id"]
        made["previous_view_id"] = below["id"] if below else None
        made["state"] = {"values": view_values(made, {})}
        return made

    def _shaped(self, view: Json) -> Json:
        bot, team = self._state.bot, self._state.team["id"]
        defaults = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": None,
            "submit": None,
        }
        flags = {"close": None, "clear_on_close": False, "notify_on_close": False}
        owner = {
            "team_id": team,
            "app_id": bot["app_id"],
            "bot_id": bot["bot_id"],
            "app_installed_team_id": team,
        }
        shaped = {**defaults, **flags, **copy.deepcopy(view), **owner}
        shaped["blocks"] = with_ids(shaped["blocks"], self._state)
        return shaped

    def _changed(self, view: Json) -> Json:
        self._changes += 1
        digest = hashlib.sha256(f"{view['id']}{self._changes}".encode()).hexdigest()[:8]
        view["hash"] = f"{int(self._state.clock.now().timestamp())}.{digest}"
        self._state.touch()
        return copy.deepcopy(view)


def with_ids(blocks: list[Json], state: SlackState) -> list[Json]:
    """Slack gives an id to each block and each element that came without one."""
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", state.fresh("b"))
        for element in elements_of(block):
            if element.get("type") != "image":
                element.setdefault("action_id", state.fresh("a"))
    return named
