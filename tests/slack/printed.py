"""Blocks as plain text: what a reader in New York sees, so that a test can hold a message whole."""

from __future__ import annotations

from typing import Any

from bot.slack.blocks import Message, checked, checked_view
from bot.slack.text import aloud, unescaped


def plain(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(_block(block) for block in blocks)


def plain_view(view: dict[str, Any]) -> str:
    """A dialog or the home tab."""
    title = [f"== {view['title']['text']} =="] if "title" in view else []
    last = [_button(view[key]["text"]) for key in ("submit", "close") if key in view]
    return "\n".join([*title, plain(view["blocks"]), *([" ".join(last)] if last else [])])


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"# {block['text']['text']}"
        case "section":
            parts = [block[key] for key in ("text",) if key in block] + block.get("fields", [])
            pressed = [_element(block["accessory"])] if "accessory" in block else []
            return "  ".join([*(_text(part) for part in parts), *pressed])
        case "context":
            return "\n".join(f"({_text(part)})" for part in block["elements"])
        case "actions":
            return " ".join(_element(element) for element in block["elements"])
        case "divider":
            return "---"
        case "input":
            hint = f" ({block['hint']['text']})" if "hint" in block else ""
            return f"{block['label']['text']} {_asked(block['element'])}{hint}"
        case "rich_text":
            quoted = block["elements"][0]["elements"][0]["text"]
            return "\n".join(f"> {line}".rstrip() for line in quoted.split("\n"))
        case other:
            raise AssertionError(f"no way to print a {other}")


def _asked(element: dict[str, Any]) -> str:
    """A line to write in, or a list to choose from."""
    if element["type"] != "static_select":
        return "____"
    return f"<{' | '.join(option['text']['text'] for option in element['options'])}>"


def _text(part: dict[str, Any]) -> str:
    return unescaped(aloud(part["text"])) if part["type"] == "mrkdwn" else str(part["text"])


def _element(element: dict[str, Any]) -> str:
    return _button(element["text"]["text"])


def _button(label: str) -> str:
    return f"[{label}]"


def told(message: Message | dict[str, Any]) -> str:
    """A message or a view that Slack would take, as text: first what is read aloud, then what is seen."""
    if isinstance(message, Message):
        return f"{message.text}\n\n{plain(checked(message.blocks, 'message'))}\n"
    return plain_view(checked_view(message)) + "\n"
