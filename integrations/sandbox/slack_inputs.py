"""What a person filled in: the state of each input of a view, as Slack sends it."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.slack_blocks import elements_of
from integrations.sandbox.slack_elements import MENUS
from integrations.sandbox.slack_state import Json

_SINGLE = {"users": "selected_user", "conversations": "selected_conversation", "channels": "selected_channel"}
_PICKERS = {
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}


def key_of(kind: str) -> str | None:
    """Under which name the value of an element of this kind travels; None for buttons without a value of their own."""
    if kind in _PICKERS:
        return _PICKERS[kind][0]
    if kind == "checkboxes":
        return "selected_options"
    if kind in ("radio_buttons", "overflow"):
        return "selected_option"
    if kind in MENUS:
        many = "s" if kind.startswith("multi_") else ""
        return _SINGLE.get(MENUS[kind], "selected_option") + many
    return "value" if kind.endswith("_input") else None


def options_of(element: Json) -> list[Json]:
    grouped = [o for g in element.get("option_groups", []) for o in g.get("options", [])]
    return list(element.get("options", [])) + grouped


def initial(element: Json) -> Any:
    kind = element.get("type", "")
    if kind in _PICKERS:
        return element.get(_PICKERS[kind][1])
    key = key_of(kind) or "value"
    started = element.get(key.replace("selected", "initial") if key != "value" else "initial_value")
    return [] if started is None and key.endswith("s") else started


def chosen(element: Json, given: Any) -> Json:
    """The element's state after `given`: a whole state as Slack writes it, or just the value (an option's value will
    do for a menu). None means untouched."""
    kind = element.get("type", "")
    key = key_of(kind)
    if isinstance(given, dict) and key and key in given:
        given = given[key]
    if key is None:
        return {"type": kind}
    value = initial(element) if given is None else _with_options(element, key, given)
    return {"type": kind, key: None if value == "" else value}


def _with_options(element: Json, key: str, given: Any) -> Any:
    if key == "selected_option":
        return _option(element, given)
    if key == "selected_options":
        return [_option(element, g) for g in (given if isinstance(given, list) else [given])]
    return given


def _option(element: Json, given: Any) -> Any:
    wanted = given.get("value") if isinstance(given, dict) else given
    fallback = given if isinstance(given, dict) and MENUS.get(element.get("type", "")) == "external" else None
    return next((o for o in options_of(element) if o["value"] == wanted), fallback)


def view_values(view: Json, given: Json) -> Json:
    """`state.values` of a view: what was given over what was remembered over what the view began with."""
    values: Json = {}
    remembered = view.get("state", {}).get("values", {})
    for block in view.get("blocks", []):
        for element in elements_of(block):
            block_id, action_id = block["block_id"], element["action_id"]
            if key_of(element.get("type", "")) is None or element["type"] == "overflow":
                continue
            now = given.get(block_id, {}).get(action_id)
            now = remembered.get(block_id, {}).get(action_id) if now is None else now
            values.setdefault(block_id, {})[action_id] = chosen(element, now)
    return values


def unfilled(view: Json, values: Json) -> dict[str, str]:
    """What Slack's own form check says before anything is sent: by block id."""
    wrong: dict[str, str] = {}
    for block in view.get("blocks", []):
        if block.get("type") != "input":
            continue
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        value = state.get(key_of(element["type"]) or "")
        if value in (None, "", []):
            if not block.get("optional"):
                wrong[block["block_id"]] = "Please complete this required field."
        elif isinstance(value, str) and (sentence := _length(element, value)):
            wrong[block["block_id"]] = sentence
    return wrong


def _length(element: Json, value: str) -> str:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if element["type"] == "plain_text_input" and len(value) > element.get("max_length", 3000):
        return f"Please enter at most {element.get('max_length', 3000)} characters."
    return ""
