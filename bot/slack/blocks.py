"""The few words that every message is built from, and how a message is kept within what Slack accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from bot.slack.limits import BLOCKS, MOST_TEXT, checked, checked_view, measure
from bot.slack.text import aloud, clean, clean_lines, length, shortened, shortened_marks

__all__ = [
    "Block", "Choice", "Message", "button", "buttons", "checked", "checked_view", "confirmation", "divider", "fields",
    "heading", "home_view", "ids", "input_choice", "input_text", "message", "modal", "quoted", "says", "small", "within",
]  # fmt: skip

Block = dict[str, Any]
_NOTHING = "–"


@dataclass(frozen=True)
class Message:
    """What is posted. `text` is the whole message in a sentence: notifications and screen readers have only that."""

    text: str
    blocks: list[Block]


def message(text: str, *blocks: Block | None) -> Message:
    """A message that Slack will take, whatever went into it. `text` is mrkdwn; None stands for a block left out."""
    told = shortened_marks(aloud(text).replace("*", ""), 3000).strip()
    return Message(told or _NOTHING, fitted([b for b in blocks if b is not None], "message"))


def ids(**values: str | int) -> str:
    """What a button or a dialog carries: ids only; everything else is read again when it is pressed."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def heading(text: str) -> Block:
    """`text` is plain: it is never read as mrkdwn."""
    return {"type": "header", "text": _plain(text, 150)}


def says(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": _marked(text, 2900)}
    return block if accessory is None else {**block, "accessory": accessory}


def small(*texts: str) -> Block:
    return {"type": "context", "elements": [_marked(text, 1500) for text in texts[:10]]}


def fields(*texts: str) -> Block:
    return {"type": "section", "fields": [_marked(text, 1900) for text in texts[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def quoted(text: str, limit: int = 2900) -> Block:
    """Somebody's exact words, line by line, in a form in which nothing is read as a mark."""
    words = {"type": "text", "text": clean_lines(text, limit) or _NOTHING}
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [words]}]}


def button(label: str, action: str, value: str, *, style: Literal["primary", "danger"] | None = None,
           spoken: str | None = None, confirm: Block | None = None) -> Block:  # fmt: skip
    """`spoken` is what a screen reader says where several buttons carry one label."""
    element: Block = {"type": "button", "text": _plain(label, 75), "action_id": action, "value": value}
    extra = {"style": style, "accessibility_label": spoken and clean(spoken, 75), "confirm": confirm}
    return element | {key: given for key, given in extra.items() if given}


def confirmation(title: str, text: str, yes: str, no: str = "Not now") -> Block:
    """The small question that a button asks before it does something outward."""
    return {"title": _plain(title, 100), "text": _plain(text, 300), "confirm": _plain(yes, 30), "deny": _plain(no, 30)}


def buttons(*elements: Block | None) -> Block | None:
    present = [element for element in elements if element is not None]
    return {"type": "actions", "elements": present[:25]} if present else None


def input_text(label: str, action: str, *, hint: str | None = None, placeholder: str | None = None,
               optional: bool = False, multiline: bool = False, longest: int = 2000) -> Block:  # fmt: skip
    """A line, or several, to write in. Its block id is its action id: complaints are shown beside it by that name."""
    element: Block = {"type": "plain_text_input", "action_id": action, "multiline": multiline, "max_length": longest}
    if placeholder:
        element["placeholder"] = _plain(placeholder, 150)
    block: Block = {"type": "input", "block_id": action, "label": _plain(label, 2000), "element": element}
    block["optional"] = optional
    return block | ({"hint": _plain(hint, 2000)} if hint else {})


class Choice(NamedTuple):
    """One of several to choose from: what is read (plain text), and the id it stands for."""

    label: str
    value: str


def input_choice(label: str, action: str, choices: Sequence[Choice], *, hint: str | None = None) -> Block:
    """One of several, in a list that opens; Slack takes 1 to 100. Its block id is its action id, as for a line."""
    options = [{"text": _plain(choice.label, 75), "value": choice.value} for choice in choices[:100]]
    element: Block = {"type": "static_select", "action_id": action, "options": options}
    block: Block = {"type": "input", "block_id": action, "label": _plain(label, 2000), "element": element}
    return block | ({"hint": _plain(hint, 2000)} if hint else {})


def modal(title: str, callback: str, blocks: Sequence[Block | None], *, submit: str | None = None,
          close: str = "Close", carries: str = "") -> Block:  # fmt: skip
    view: Block = {
        "type": "modal", "callback_id": callback, "title": _plain(title, 24), "close": _plain(close, 24),
        "blocks": fitted([b for b in blocks if b is not None], "modal"), "private_metadata": carries,
    }  # fmt: skip
    return view | ({"submit": _plain(submit, 24)} if submit else {})


def home_view(blocks: Sequence[Block | None]) -> Block:
    return {"type": "home", "blocks": fitted([b for b in blocks if b is not None], "home")}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": clean(text, limit) or _NOTHING}


def _marked(text: str, limit: int) -> Block:
    # verbatim: Slack turns nothing into a mention or a link by itself
    return {"type": "mrkdwn", "text": shortened_marks(text, limit) or _NOTHING, "verbatim": True}


def fitted(blocks: list[Block], surface: Literal["message", "modal", "home"]) -> list[Block]:
    """The blocks, with the longest texts cut and middle blocks left out only where Slack would refuse the whole."""
    blocks = within(blocks, BLOCKS[surface])
    allowed = MOST_TEXT[surface]
    while measure(blocks) > allowed:
        text, cut = _longest(blocks)
        if length(text["text"]) < 60:
            break
        text["text"] = cut(text["text"], max(40, length(text["text"]) * 2 // 3))
    return blocks


def within(blocks: list[Block], most: int) -> list[Block]:
    """At most so many of them: middle ones are left out, and it is said how many."""
    if len(blocks) <= most:
        return blocks
    left_out = small(f"{len(blocks) - most + 1} further lines do not fit here.")
    kept = most - 1 - _closing(blocks)
    return [*blocks[:kept], left_out, *blocks[len(blocks) - _closing(blocks) :]]


def _closing(blocks: list[Block]) -> int:
    """How many blocks at the end are there to be pressed: they stay, whatever goes."""
    count = 0
    while count < min(5, len(blocks)) and blocks[-1 - count]["type"] in ("actions", "input"):
        count += 1
    return count


def _longest(blocks: list[Block]) -> tuple[Block, Callable[[str, int], str]]:
    found: list[tuple[Block, Callable[[str, int], str]]] = []
    for block in blocks:
        for part in [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]:
            if isinstance(part, dict) and part.get("type") == "mrkdwn":
                found.append((part, shortened_marks))
            elif isinstance(part, dict) and part.get("type") == "rich_text_quote":
                found.append((part["elements"][0], shortened))
    return max(found, key=lambda pair: length(pair[0]["text"]), default=({"text": ""}, shortened))
