"""What Slack accepts in messages, dialogs and the home tab: counts and lengths, checked without asking Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, TypeVar

from bot.slack.text import length

T = TypeVar("T")
Surface = Literal["message", "modal", "home"]
BLOCKS: dict[str, int] = {"message": 50, "modal": 100, "home": 100}
# Undocumented for messages: refusals were seen from about 13,200 on. A view's limit is 250 kB of JSON.
MOST_TEXT: dict[str, int] = {"message": 12_000, "modal": 60_000, "home": 60_000}
_KINDS = frozenset({"header", "section", "context", "actions", "divider", "input", "rich_text", "image"})
_TEXT_ELEMENT = frozenset({"button", "plain_text_input", "static_select"})


def measure(blocks: list[dict[str, Any]]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False).encode())


def checked(blocks: list[dict[str, Any]], surface: Surface) -> list[dict[str, Any]]:
    """The blocks themselves, if Slack would take them; otherwise ValueError with every complaint."""
    return _without_complaints(blocks, list(_complaints(blocks, surface)))


def checked_view(view: dict[str, Any]) -> dict[str, Any]:
    found = list(_complaints(view["blocks"], view["type"]))
    for key in ("title", "submit", "close"):
        found += _text(view.get(key, {"type": "plain_text", "text": "-"}), 24, key, plain=True)
    for key, most in (("private_metadata", 3000), ("callback_id", 255)):
        found += _length(view.get(key, ""), most, key, least=0)
    if any(b["type"] == "input" for b in view["blocks"]) and "submit" not in view:
        found.append("an input without submit")
    if view["type"] == "modal" and "title" not in view:
        found.append("a modal without title")
    if len(json.dumps(view)) > 250_000:
        found.append("a view of more than 250 kB")
    return _without_complaints(view, found)


def _without_complaints(thing: T, found: list[str]) -> T:
    if found:
        raise ValueError("Slack would refuse this: " + "; ".join(found))
    return thing


def _complaints(blocks: list[dict[str, Any]], surface: Surface) -> Iterator[str]:
    if not 1 <= len(blocks) <= BLOCKS[surface]:
        yield f"{len(blocks)} blocks in a {surface}"
    if measure(blocks) > MOST_TEXT[surface]:
        yield f"{measure(blocks)} bytes of blocks in a {surface}"
    named = [b["block_id"] for b in blocks if "block_id" in b]
    if len(named) != len(set(named)):
        yield "a block_id twice"
    for i, block in enumerate(blocks):
        yield from (f"block {i} ({block.get('type')}): {words}" for words in _of_block(block))


def _of_block(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    yield from _length(block.get("block_id", "-"), 255, "block_id")
    match kind:
        case "header":
            yield from _text(block["text"], 150, "text", plain=True)
        case "section":
            yield from _section(block)
        case "context":
            yield from _count(block["elements"], 10)
            for element in block["elements"]:
                yield from _text(element, 3000, "element")
        case "actions":
            yield from _count(block["elements"], 25)
            yield from _elements(block["elements"])
        case "input":
            yield from _text(block["label"], 2000, "label", plain=True)
            yield from _elements([block["element"]])
        case "rich_text":
            yield from _count(block["elements"], 1000)
        case _ if kind not in _KINDS:
            yield "an unknown type"


def _section(block: dict[str, Any]) -> Iterator[str]:
    if "text" in block:
        yield from _text(block["text"], 3000, "text")
    if "fields" in block:
        yield from _count(block["fields"], 10)
        for field in block["fields"]:
            yield from _text(field, 2000, "field")
    if "accessory" in block:
        yield from _elements([block["accessory"]])


def _elements(elements: list[dict[str, Any]]) -> Iterator[str]:
    actions = [e.get("action_id", "") for e in elements]
    if len(actions) != len(set(actions)):
        yield "an action_id twice"
    for element in elements:
        if element["type"] not in _TEXT_ELEMENT:
            yield f"an unknown element {element['type']}"
        yield from _length(element.get("action_id", ""), 255, "action_id")
        if element["type"] == "button":
            yield from _button(element)
        if element["type"] == "static_select":
            yield from _options(element["options"])
        if "placeholder" in element:
            yield from _text(element["placeholder"], 150, "placeholder", plain=True)
        if not 1 <= element.get("max_length", 1) <= 3000:
            yield "max_length"


def _button(element: dict[str, Any]) -> Iterator[str]:
    yield from _text(element["text"], 75, "label", plain=True)
    yield from _length(element.get("value", "-"), 2000, "value")
    yield from _length(element.get("accessibility_label", "-"), 75, "accessibility_label")
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "an unknown style"
    if "confirm" in element:
        asked = element["confirm"]
        for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            yield from _text(asked[key], most, key, plain=True)


def _options(options: list[dict[str, Any]]) -> Iterator[str]:
    yield from _count(options, 100)
    if len({option["value"] for option in options}) != len(options):
        yield "a choice twice"
    for option in options:
        yield from _text(option["text"], 75, "choice", plain=True)
        yield from _length(option["value"], 150, "value")


def _text(value: dict[str, Any], most: int, name: str, *, plain: bool = False) -> Iterator[str]:
    if value.get("type") != "plain_text" and (plain or value.get("type") != "mrkdwn"):
        yield f"{name} is {value.get('type')}"
    if value.get("type") == "mrkdwn" and value.get("verbatim") is not True:
        yield f"{name} is not verbatim"
    yield from _length(value.get("text", ""), most, name)


def _length(text: str, most: int, name: str, least: int = 1) -> Iterator[str]:
    if not least <= length(text) <= most:
        yield f"{name} has {length(text)} characters, {least} to {most} are allowed"


def _count(elements: list[Any], most: int) -> Iterator[str]:
    if not 1 <= len(elements) <= most:
        yield f"{len(elements)} elements, 1 to {most} are allowed"
