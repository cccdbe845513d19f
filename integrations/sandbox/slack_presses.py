"""What a person does with buttons, menus and forms in the sandbox's Slack, and what the bot's answer does to them."""

from __future__ import annotations

import copy
import json
from typing import Any

from integrations.sandbox.slack_acts import Desk, Seen
from integrations.sandbox.slack_blocks import check_view, elements_of
from integrations.sandbox.slack_delivery import Delivery
from integrations.sandbox.slack_elements import MENUS
from integrations.sandbox.slack_inputs import chosen, key_of, unfilled
from integrations.sandbox.slack_state import Channel, Json, SlackError

_TROUBLE = "We had some trouble connecting. Try again?"


class Presses:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.state
        self._picked: dict[tuple[str, str, str], Json] = {}  # menus in messages: by person, channel and ts

    def clear(self) -> None:
        self._picked.clear()

    # -- buttons, menus and pickers

    def press(
        self,
        as_: str,
        channel: str | None = None,
        ts: str | None = None,
        *,
        action_id: str,
        block_id: str | None = None,
        value: str | None = None,
        selected: Any = None,
        view_id: str | None = None,
        stale: Json | None = None,
    ) -> Seen:
        """Press an element of a message (channel, ts) or of a view. `selected` is what was picked in a menu;
        `stale` is an element as an old rendering showed it, pressed although the message has changed since."""
        user = self._state.user(as_)
        if view_id:
            view = self._own_view(as_, view_id)
            element, block_id = _found(view["blocks"], action_id, block_id, value, stale)
            return self._press_on_view(user, view, element, block_id, selected)
        place = self._desk.place(user, channel or "")
        message = place.messages.get(ts or "") or self._state.find_ephemeral(as_, ts or "")
        if message is None:
            raise SlackError("message_not_found")
        blocks = [*(message.get("blocks") or []), *_attached_blocks(message)]
        element, block_id = _found(blocks, action_id, block_id, value, stale)
        return self._press_on_message(user, place, message, element, block_id, selected)

    def _press_on_message(
        self, user: Json, place: Channel, message: Json, element: Json, block_id: str, selected: Any
    ) -> Seen:
        action = self._action(element, block_id, selected)
        picked = self._picked.setdefault((user["id"], place.id, message["ts"]), {})
        if key_of(element["type"]) and element["type"] != "overflow":
            picked.setdefault(block_id, {})[element["action_id"]] = chosen(element, selected)

        def do(seen: Seen) -> None:
            url = self._desk.urls.make(self._desk.base_url, user["id"], place.id, message)
            trigger = self._desk.views.trigger(user["id"])
            values = copy.deepcopy(picked)
            with self._state.lock:
                body = self._desk.payloads.press_on_message(user, place, message, action, values, url, trigger)
            ack = self._desk.courier.deliver("deliver.action", body)
            self._desk.note(seen, ack, user["id"], "The button", place.id)

        return self._desk.watch(user["id"], do)

    def _press_on_view(self, user: Json, view: Json, element: Json, block_id: str, selected: Any) -> Seen:
        if key_of(element["type"]) and element["type"] != "overflow":
            kept = copy.deepcopy(view["state"]["values"])
            kept.setdefault(block_id, {})[element["action_id"]] = chosen(element, selected)
            self._desk.views.remember(view, kept)
        block: Json = next((b for b in view["blocks"] if b["block_id"] == block_id), {})
        if block.get("type") == "input" and not block.get("dispatch_action"):
            return Seen()  # a field of a form speaks only when the form is submitted
        action = self._action(element, block_id, selected)

        def do(seen: Seen) -> None:
            trigger = self._desk.views.trigger(user["id"])
            with self._state.lock:
                body = self._desk.payloads.press_on_view(user, view, action, trigger)
            self._desk.note(seen, self._desk.courier.deliver("deliver.action", body), user["id"], "The button")

        return self._desk.watch(user["id"], do)

    def _action(self, element: Json, block_id: str, selected: Any) -> Json:
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
        action["action_ts"] = self._state.fresh_ts()
        key = key_of(element["type"])
        if key:
            action[key] = chosen(element, selected)[key]
            if element["type"] == "overflow" and action[key] is None:
                raise SlackError("no_such_option")
        for part in ("text", "value", "style", "url"):
            if part in element and not key:
                action[part] = element[part]
        return action

    def suggest(self, as_: str, view_id: str, action_id: str, query: str) -> list[Json]:
        """The options a menu with outside data offers for what was typed so far."""
        user = self._state.user(as_)
        view = self._own_view(as_, view_id)
        element, block_id = _found(view["blocks"], action_id, None, None, None)
        if MENUS.get(element["type"]) != "external":
            raise SlackError("not_an_external_select")
        container = {"type": "view", "view_id": view_id}
        body = self._desk.payloads.suggestion(user, container, block_id, action_id, query)
        ack = self._desk.courier.deliver("deliver.action", body)
        said = _json(ack.answer) if ack.error is None else None
        return list(said.get("options", [])) if isinstance(said, dict) else []

    # -- forms

    def submit(self, as_: str, view_id: str, values: Json | None = None) -> Seen:
        """Fill in a modal and send it. Slack's own form check comes first; then the bot's word decides."""
        user = self._state.user(as_)
        view = self._own_view(as_, view_id)
        self._desk.views.remember(view, view["state"]["values"] | (values or {}))
        if wrong := unfilled(view, view["state"]["values"]):
            return Seen(errors=wrong, error="form_incomplete", view=copy.deepcopy(view))

        def do(seen: Seen) -> None:
            trigger = self._desk.views.trigger(as_)
            with self._state.lock:
                body = self._desk.payloads.submission(user, view, trigger)
            ack = self._desk.courier.deliver("deliver.view", body)
            if self._desk.note(seen, ack, as_, _TROUBLE):
                self._answered(seen, ack, as_, view)

        return self._desk.watch(as_, do)

    def _answered(self, seen: Seen, ack: Delivery, user: str, view: Json) -> None:
        said = _json(ack.answer) if ack.answer.strip() else {}
        action = said.get("response_action") if isinstance(said, dict) else "?"
        wrong = ""
        if action is None:
            self._desk.views.close(user, view["id"])
        elif action == "clear":
            self._desk.views.close_all(user)
        elif action == "errors":
            wrong = self._show_errors(seen, said.get("errors"), view)
        elif action in ("update", "push"):
            wrong = self._show_view(action, said.get("view"), user, view)
        else:
            wrong = f"unknown response_action {action!r}"
        if wrong:
            self._desk.misunderstood(seen, ack.operation, user, _TROUBLE, wrong)

    def _show_errors(self, seen: Seen, errors: Any, view: Json) -> str:
        inputs = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not all(isinstance(e, str) for e in errors.values()):
            return "errors must name input blocks and say a sentence for each"
        if strange := sorted(set(errors) - inputs):
            return f"no input block has the block_id {strange[0]!r}"
        seen.errors, seen.view = errors, copy.deepcopy(view)
        return ""

    def _show_view(self, action: str, fresh: Any, user: str, view: Json) -> str:
        findings = check_view(fresh)
        if findings.found:
            return findings.messages("/view")[0]
        try:
            if action == "push":
                self._desk.views.push_for(user, fresh)
            else:
                self._desk.views.replace(view, fresh)
        except SlackError as refused:
            return refused.word
        return ""

    def close_view(self, as_: str, view_id: str, all_: bool = False) -> Seen:
        """*Cancel* closes one view; the cross (`all_`) closes the whole stack."""
        user = self._state.user(as_)
        stack = self._desk.views.stacks.get(as_) or []
        view = self._own_view(as_, view_id)
        clearing = all_ or bool(view["clear_on_close"])
        gone = [*stack] if clearing else [view]
        if clearing:
            self._desk.views.close_all(as_)
        else:
            self._desk.views.close(as_, view_id)
        seen = Seen()
        for closed in reversed(gone):
            if closed["notify_on_close"]:
                body = self._desk.payloads.closing(user, closed, is_cleared=clearing)
                ack = self._desk.courier.deliver("deliver.view", body)
                seen.status, seen.elapsed_ms, seen.error = ack.status, ack.elapsed_ms, ack.error
        return seen

    def _own_view(self, user: str, view_id: str) -> Json:
        found = self._desk.views.find(view_id)
        if found is None or found[0] != user:
            raise SlackError("view_not_found")
        return found[1]


def _attached_blocks(message: Json) -> list[Json]:
    return [b for a in message.get("attachments") or [] for b in a.get("blocks", [])]


def _found(
    blocks: list[Json], action_id: str, block_id: str | None, value: str | None, stale: Json | None
) -> tuple[Json, str]:
    """The element that is meant: by its block when that is said, by its value when several share an action id."""
    if stale is not None:
        return {"type": "button", "action_id": action_id, **stale}, str(stale.get("block_id") or block_id or "old")
    for block in blocks:
        for element in elements_of(block):
            same = element.get("action_id") == action_id and block_id in (None, block["block_id"])
            if same and (value is None or element["type"] != "button" or element.get("value") == value):
                return element, block["block_id"]
    raise SlackError("no_such_element")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
