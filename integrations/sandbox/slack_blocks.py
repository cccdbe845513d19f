"""Slack's rules for blocks, messages and views: what may stand where, how many, how long."""

from __future__ import annotations

import json
from typing import Any

from integrations.sandbox.slack_elements import (
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    Findings,
    check_element,
    check_image,
    kind_of,
)
from integrations.sandbox.slack_state import Json, SlackError

_EVERYWHERE = {"message", "modal", "home"}
SURFACES: dict[str, set[str]] = {
    "actions": _EVERYWHERE,
    "alert": {"modal"},
    "card": {"message", "home"},
    "carousel": {"message", "home"},
    "container": {"message"},
    "context": _EVERYWHERE,
    "context_actions": {"message"},
    "data_table": {"message"},
    "data_visualization": {"message"},
    "divider": _EVERYWHERE,
    "header": _EVERYWHERE,
    "image": _EVERYWHERE,
    "input": _EVERYWHERE,
    "markdown": {"message"},
    "plan": {"message"},
    "rich_text": _EVERYWHERE,
    "section": _EVERYWHERE,
    "table": {"message"},
    "task_card": {"message"},
    "video": _EVERYWHERE,
}
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
_KEYS: dict[str, set[str]] = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text", "level"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set(),
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "input": {"label", "element", "dispatch_action", "hint", "optional"},
    "rich_text": {"elements"},
    "markdown": {"text"},
    "table": {"rows", "column_settings"},
}
_RICH = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}


def check_blocks(blocks: Any, surface: str, at: str = "") -> Findings:
    """Every broken rule in a list of blocks meant for a message, a modal or the home tab."""
    findings = Findings()
    if not isinstance(blocks, list):
        findings.add(at, "invalid_type", "must be an array")
        return findings
    if len(blocks) > MOST_BLOCKS[surface]:
        findings.add(at, "too_many", f"no more than {MOST_BLOCKS[surface]} items allowed")
    for i, block in enumerate(blocks):
        _check_block(block, f"{at}/{i}", surface, findings)
    _check_whole(blocks, at, findings)
    return findings


def _check_block(block: Any, at: str, surface: str, findings: Findings) -> None:
    kind = kind_of(block)
    if kind not in SURFACES:
        return findings.add(at, "unsupported_block", f"unsupported type: {kind or 'none'}")
    if surface not in SURFACES[kind]:
        return findings.add(at, "unsupported_surface", f"block of type {kind} is not allowed in a {surface}")
    if kind in _KEYS:
        findings.known(block, {"type", "block_id"} | _KEYS[kind], at)
    findings.string(block, "block_id", at, 255)
    check = _CHECKS.get(kind)
    if check:
        check(block, at, findings)
    _check_action_ids(block, at, findings)
    return None


def _check_whole(blocks: list[Any], at: str, findings: Findings) -> None:
    """Rules over all blocks together."""
    known = [b for b in blocks if isinstance(b, dict)]
    ids = [b["block_id"] for b in known if isinstance(b.get("block_id"), str)]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        findings.add(at, "duplicate_block_id", f'block_id "{twice}" already exists')
    if sum(b.get("type") in ("table", "data_table") for b in known) > 1:
        findings.add(at, "only_one_table_allowed", "only one table is allowed in a message")
    if sum(len(str(b.get("text", ""))) for b in known if b.get("type") == "markdown") > 12_000:
        findings.add(at, "too_long", "markdown text must be less than 12001 characters in all")


def _check_action_ids(block: Json, at: str, findings: Findings) -> None:
    ids = [e["action_id"] for e in elements_of(block) if isinstance(e.get("action_id"), str)]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        findings.add(at, "duplicate_action_id", f'action_id "{twice}" already exists in this block')


def elements_of(block: Any) -> list[Json]:
    """The interactive elements of one block, wherever they sit in it."""
    if not isinstance(block, dict):
        return []
    within = [block.get("accessory"), block.get("element")]
    if block.get("type") in ("actions", "context_actions") and isinstance(block.get("elements"), list):
        within += block["elements"]
    return [e for e in within if isinstance(e, dict)]


def _section(block: Json, at: str, findings: Findings) -> None:
    if "text" not in block and "fields" not in block:
        findings.add(at, "missing_field", "missing required field: text or fields")
    findings.text(block, "text", at, 3000, plain=False, required=False)
    if "fields" in block:
        for i, field in enumerate(findings.count(block, "fields", at, 1, 10)):
            findings.text_object(field, f"{at}/fields/{i}", 2000)
    if "accessory" in block:
        check_element(block["accessory"], f"{at}/accessory", IN_SECTION, findings)


def _header(block: Json, at: str, findings: Findings) -> None:
    findings.text(block, "text", at, 150)


def _context(block: Json, at: str, findings: Findings) -> None:
    for i, element in enumerate(findings.count(block, "elements", at, 1, 10)):
        place = f"{at}/elements/{i}"
        if kind_of(element) == "image":
            check_image(element, place, findings)
        else:
            findings.text_object(element, place, 3000)


def _actions(block: Json, at: str, findings: Findings) -> None:
    for i, element in enumerate(findings.count(block, "elements", at, 1, 25)):
        check_element(element, f"{at}/elements/{i}", IN_ACTIONS, findings)


def _input(block: Json, at: str, findings: Findings) -> None:
    findings.text(block, "label", at, 2000)
    findings.text(block, "hint", at, 2000, required=False)
    check_element(block.get("element"), f"{at}/element", IN_INPUT, findings)


def _image(block: Json, at: str, findings: Findings) -> None:
    check_image(block, at, findings)
    findings.text(block, "title", at, 2000, required=False)


def _rich_text(block: Json, at: str, findings: Findings) -> None:
    for i, element in enumerate(findings.count(block, "elements", at, 1, 1000)):
        if kind_of(element) not in _RICH:
            findings.add(f"{at}/elements/{i}", "invalid_element", "unsupported rich text element")


def _table(block: Json, at: str, findings: Findings) -> None:
    for i, row in enumerate(findings.count(block, "rows", at, 1, 100)):
        findings.count({"row": row}, "row", f"{at}/rows/{i}", 1, 20)


def _markdown(block: Json, at: str, findings: Findings) -> None:
    findings.string(block, "text", at, 12_000, required=True)


def _alert(block: Json, at: str, findings: Findings) -> None:
    findings.text(block, "text", at, 200, plain=False)


_CHECKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "table": _table,
    "markdown": _markdown,
    "alert": _alert,
}

_VIEW_KEYS = {
    "type",
    "title",
    "blocks",
    "close",
    "submit",
    "private_metadata",
    "callback_id",
    "clear_on_close",
}
_VIEW_KEYS |= {"notify_on_close", "external_id", "submit_disabled"}


def check_view(view: Any) -> Findings:
    findings = Findings()
    if kind_of(view) not in ("modal", "home"):
        findings.add("", "invalid_type", "must be a view of type modal or home")
        return findings
    findings.known(view, _VIEW_KEYS, "")
    for key, longest in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        findings.string(view, key, "", longest)
    inner = check_blocks(view.get("blocks"), view["type"], "/blocks")
    findings.found += inner.found
    if view["type"] == "modal":
        _check_modal(view, findings)
    return findings


def _check_modal(view: Json, findings: Findings) -> None:
    findings.text(view, "title", "", 24)
    findings.text(view, "submit", "", 24, required=False)
    findings.text(view, "close", "", 24, required=False)
    blocks = view["blocks"] if isinstance(view.get("blocks"), list) else []
    if "submit" not in view and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks):
        findings.add("", "missing_field", "`submit` is required when there is an input block")


def accept_blocks(blocks: Any, surface: str = "message", root: str = "/blocks") -> None:
    """For the Web API: raises Slack's refusal when a rule is broken."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    findings = check_blocks(blocks, surface)
    if findings.found:
        raise SlackError(
            "invalid_blocks",
            errors=findings.errors(),
            response_metadata={"messages": findings.messages(root)},
        )


def accept_view(view: Any, kind: str) -> None:
    """The views.* methods call every broken rule `invalid_arguments`; only the size has a word of its own."""
    if len(json.dumps(view)) > 250_000:
        raise SlackError("view_too_large")
    findings = check_view(view)
    if not findings.found and view["type"] != kind:
        findings.add("/type", "invalid_type", f"must be {kind}")
    if findings.found:
        raise SlackError(
            "invalid_arguments",
            errors=findings.errors(),
            response_metadata={"messages": findings.messages("/view")},
        )
