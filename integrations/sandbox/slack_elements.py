"""Slack's rules for what stands inside blocks: texts, buttons, menus, pickers, and how long each may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from integrations.sandbox.slack_state import Json


@dataclass(frozen=True)
class Finding:
    """One broken rule; `pointer` is a JSON pointer into what was sent."""

    pointer: str
    code: str
    message: str


@dataclass
class Findings:
    """Collects broken rules; the words are Slack's own as far as they are known."""

    found: list[Finding] = field(default_factory=list)

    def add(self, at: str, code: str, message: str) -> None:
        self.found.append(Finding(at, code, message))

    def errors(self) -> list[Json]:
        return [asdict(f) for f in self.found]

    def messages(self, root: str = "") -> list[str]:
        return [f"[ERROR] {f.message} [json-pointer:{root}{f.pointer}]" for f in self.found]

    def string(self, owner: Json, key: str, at: str, longest: int, required: bool = False) -> None:
        value = owner.get(key)
        if value is None:
            if required:
                self.add(at, "missing_field", f"missing required field: {key}")
        elif not isinstance(value, str):
            self.add(f"{at}/{key}", "invalid_type", "must be a string")
        elif required and not value:
            self.add(f"{at}/{key}", "too_short", "must be more than 0 characters")
        elif len(value) > longest:
            self.add(f"{at}/{key}", "too_long", f"must be less than {longest + 1} characters")

    def text(self, owner: Json, key: str, at: str, longest: int, plain: bool = True, required: bool = True) -> None:
        value = owner.get(key)
        if value is None:
            if required:
                self.add(at, "missing_field", f"missing required field: {key}")
            return
        self.text_object(value, f"{at}/{key}", longest, plain)

    def text_object(self, value: Any, at: str, longest: int, plain: bool = False) -> None:
        if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
            return self.add(at, "invalid_type", "must be a text object")
        if plain and value["type"] != "plain_text":
            return self.add(at, "invalid_type", "must be a plain_text object")
        extra = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}[value["type"]]
        self.known(value, {"type", "text"} | extra, at)
        return self.string(value, "text", at, longest, required=True)

    def known(self, owner: Json, keys: Iterable[str], at: str) -> None:
        for key in sorted(set(owner) - set(keys)):
            self.add(at, "additional_property", f"invalid additional property: {key}")

    def count(self, owner: Json, key: str, at: str, low: int, high: int) -> list[Any]:
        value = owner.get(key)
        if not isinstance(value, list):
            self.add(f"{at}/{key}", "invalid_type", "must be an array")
            return []
        if len(value) < low:
            self.add(f"{at}/{key}", "too_few", f"no fewer than {low} items allowed")
        if len(value) > high:
            self.add(f"{at}/{key}", "too_many", f"no more than {high} items allowed")
        return value


MENUS = {
    f"{many}{kind}_select": kind
    for many in ("", "multi_")
    for kind in ("static", "users", "conversations", "channels", "external")
}
_COMMON = {"type", "action_id", "confirm"}
_FOCUS = {"focus_on_load"}
_KEYS: dict[str, set[str]] = {
    "button": {"text", "url", "value", "style", "accessibility_label", "agent_prompt"},
    "workflow_button": {"text", "workflow", "style", "accessibility_label"},
    "overflow": {"options"},
    "checkboxes": {"options", "initial_options"} | _FOCUS,
    "radio_buttons": {"options", "initial_option"} | _FOCUS,
    "datepicker": {"initial_date", "placeholder"} | _FOCUS,
    "timepicker": {"initial_time", "placeholder", "timezone"} | _FOCUS,
    "datetimepicker": {"initial_date_time"} | _FOCUS,
    "image": {"image_url", "alt_text", "slack_file"},
}
_MENU_KEYS = {
    "static": {"options", "option_groups", "initial_option"},
    "users": {"initial_user", "initial_users"},
    "conversations": {
        "initial_conversation",
        "filter",
        "response_url_enabled",
        "default_to_current_conversation",
    },
    "channels": {"initial_channel", "response_url_enabled"},
    "external": {"initial_option", "min_query_length"},
}
_WRITTEN = {"placeholder", "initial_value", "dispatch_action_config"} | _FOCUS
_INPUTS = {
    "plain_text_input": _WRITTEN | {"multiline", "min_length", "max_length"},
    "email_text_input": _WRITTEN,
    "url_text_input": _WRITTEN,
    "number_input": _WRITTEN | {"is_decimal_allowed", "min_value", "max_value"},
    "rich_text_input": _WRITTEN | {"min_lines", "max_lines"},
    "file_input": {"filetypes", "max_files"},
}
_PICKED = {"checkboxes", "radio_buttons", "datepicker", "timepicker", *MENUS}
IN_ACTIONS = _PICKED | {"button", "workflow_button", "overflow", "datetimepicker", "rich_text_input"}
IN_SECTION = _PICKED | {"button", "workflow_button", "overflow", "image"}
IN_INPUT = _PICKED | {"datetimepicker", *_INPUTS}


def kind_of(thing: Any) -> str:
    """The `type` of a block or element; empty when it has none that could be one."""
    kind = thing.get("type") if isinstance(thing, dict) else None
    return kind if isinstance(kind, str) else ""


def check_element(element: Any, at: str, allowed: set[str], findings: Findings) -> None:
    kind = kind_of(element)
    if kind not in allowed:
        return findings.add(at, "invalid_element", f"unsupported element: {kind or 'without a type'}")
    findings.known(element, _keys(kind), at)
    findings.string(element, "action_id", at, 255)
    if "confirm" in element:
        _check_confirm(element["confirm"], f"{at}/confirm", findings)
    if "placeholder" in element:
        findings.text(element, "placeholder", at, 150)
    if kind in ("button", "workflow_button"):
        return _check_button(element, at, findings)
    if kind == "image":
        return check_image(element, at, findings)
    return _check_choices(element, kind, at, findings)


def _keys(kind: str) -> set[str]:
    if kind in MENUS:
        several = {"max_selected_items", "initial_options", "initial_conversations", "initial_channels"}
        own = _MENU_KEYS[MENUS[kind]] | {"placeholder"} | _FOCUS
        return _COMMON | own | (several if kind.startswith("multi_") else set())
    return _COMMON | _KEYS.get(kind, set()) | _INPUTS.get(kind, set())


def _check_button(button: Json, at: str, findings: Findings) -> None:
    findings.text(button, "text", at, 75)
    findings.string(button, "value", at, 2000)
    findings.string(button, "url", at, 3000)
    findings.string(button, "accessibility_label", at, 75)
    if "style" in button and button["style"] not in ("primary", "danger"):
        findings.add(f"{at}/style", "invalid_value", "must be primary or danger")


def check_image(image: Json, at: str, findings: Findings) -> None:
    findings.string(image, "alt_text", at, 2000, required=True)
    findings.string(image, "image_url", at, 3000, required="slack_file" not in image)


def _check_confirm(confirm: Any, at: str, findings: Findings) -> None:
    if not isinstance(confirm, dict):
        return findings.add(at, "invalid_type", "must be a confirm object")
    findings.known(confirm, {"title", "text", "confirm", "deny", "style"}, at)
    findings.text(confirm, "title", at, 100)
    findings.text(confirm, "text", at, 300, plain=False)
    findings.text(confirm, "confirm", at, 30)
    return findings.text(confirm, "deny", at, 30)


def _check_choices(element: Json, kind: str, at: str, findings: Findings) -> None:
    if kind == "overflow":
        _check_options(element, "options", at, 1, 5, findings)
    elif kind in ("checkboxes", "radio_buttons"):
        _check_options(element, "options", at, 1, 10, findings)
    elif MENUS.get(kind) == "static":
        _check_static_menu(element, at, findings)
    elif kind == "plain_text_input":
        _check_text_input(element, at, findings)
    elif kind == "number_input" and "is_decimal_allowed" not in element:
        findings.add(at, "missing_field", "missing required field: is_decimal_allowed")


def _check_static_menu(menu: Json, at: str, findings: Findings) -> None:
    if ("options" in menu) == ("option_groups" in menu):
        return findings.add(at, "missing_field", "exactly one of options and option_groups is required")
    if "options" in menu:
        return _check_options(menu, "options", at, 1, 100, findings)
    for i, group in enumerate(findings.count(menu, "option_groups", at, 1, 100)):
        if not isinstance(group, dict):
            findings.add(f"{at}/option_groups/{i}", "invalid_type", "must be an option group")
            continue
        findings.text(group, "label", f"{at}/option_groups/{i}", 75)
        _check_options(group, "options", f"{at}/option_groups/{i}", 1, 100, findings)
    return None


def _check_options(owner: Json, key: str, at: str, low: int, high: int, findings: Findings) -> None:
    options = findings.count(owner, key, at, low, high)
    for i, option in enumerate(options):
        place = f"{at}/{key}/{i}"
        if not isinstance(option, dict):
            findings.add(place, "invalid_type", "must be an option object")
            continue
        findings.known(option, {"text", "value", "description", "url"}, place)
        findings.text(option, "text", place, 75, plain=owner.get("type") not in ("checkboxes", "radio_buttons"))
        findings.string(option, "value", place, 150, required=True)
        findings.text(option, "description", place, 75, plain=False, required=False)
    several = owner.get("initial_options")
    for chosen in [owner.get("initial_option"), *(several if isinstance(several, list) else [])]:
        if chosen is not None and key == "options" and chosen not in options:
            findings.add(at, "invalid_initial_option", "initial option must be one of the options")


def _check_text_input(element: Json, at: str, findings: Findings) -> None:
    for key, lowest in (("min_length", 0), ("max_length", 1)):
        value = element.get(key)
        if value is not None and not (isinstance(value, int) and lowest <= value <= 3000):
            findings.add(f"{at}/{key}", "out_of_range", f"must be between {lowest} and 3000")
    longest = element.get("max_length")
    findings.string(element, "initial_value", at, longest if isinstance(longest, int) else 3000)
