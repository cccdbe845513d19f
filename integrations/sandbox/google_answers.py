"""Answers as the sandbox's Google gives them: JSON, cut down to the `fields` that the caller asked for."""

from __future__ import annotations

import json
from typing import Any

import flask


def answered(body: Any, status: int = 200) -> flask.Response:
    """An answer; `fields` keeps of it what the caller asked for."""
    fields = flask.request.args.get("fields")
    kept = _kept(body, _selection(fields)) if fields and status == 200 else body
    return flask.Response(json.dumps(kept), status, content_type="application/json; charset=UTF-8")


def _selection(fields: str) -> dict[str, Any]:
    """`id,items(id,start),a/b` as nested names."""
    chosen: dict[str, Any] = {}
    depth, part = 0, ""
    for letter in fields + ",":
        if letter == "," and depth == 0:
            name, _, rest = part.partition("(") if "(" in part.split("/")[0] else part.partition("/")
            chosen[name] = _selection(rest.removesuffix(")")) if rest else {}
            part = ""
            continue
        depth += {"(": 1, ")": -1}.get(letter, 0)
        part += letter
    return chosen


def _kept(body: Any, chosen: dict[str, Any]) -> Any:
    if isinstance(body, list):
        return [_kept(each, chosen) for each in body]
    if not isinstance(body, dict) or not chosen:
        return body
    return {k: _kept(v, chosen[k]) for k, v in body.items() if k in chosen}
