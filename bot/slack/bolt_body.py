"""Mends one fault of Bolt's parser: a slash command whose text holds the word “payload” must not be read as empty."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import slack_bolt.request.request as bolt_request

_original = vars(bolt_request)["parse_body"]  # fails loudly here if a new Bolt has it no more


def parse_body(body: str, content_type: str | None) -> dict[str, Any]:
    """Only a form that really has a `payload` key carries an interaction; every other form is its own fields."""
    if body and (content_type or "").split(";")[0].strip() == "application/x-www-form-urlencoded":
        fields = dict(parse_qsl(body, keep_blank_values=True))
        if "payload" not in fields:
            return fields
    return dict(_original(body, content_type))


def mend() -> None:
    """Once, before the first request. Doing it again changes nothing."""
    vars(bolt_request)["parse_body"] = parse_body
