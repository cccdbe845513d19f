"""Google's own description of its calendar interface, as strict JSON Schemas to hold requests and answers against."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import googleapiclient
import jsonschema


@functools.cache
def discovery() -> dict[str, Any]:
    """The description that is bundled with Google's client."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    document: dict[str, Any] = json.loads((folder / "calendar.v3.json").read_text())
    return document


def method(operation: str) -> dict[str, Any]:
    """`events.insert` as the description has it: parameters, scopes, request and response."""
    group, _, name = operation.lower().rpartition(".")
    found: dict[str, Any] = discovery()["resources"][group]["methods"][name]
    return found


def hold_against(kind: str, body: Any) -> None:
    """Raises when `body` is not a `kind` (`Event`, `FreeBusyRequest` …) to the letter: no key that Google has not."""
    jsonschema.validate(body, {"$ref": f"#/$defs/{kind}", "$defs": _schemas()})


@functools.cache
def _schemas() -> dict[str, Any]:
    return {name: _strict(schema) for name, schema in discovery()["schemas"].items()}


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    kept: dict[str, Any] = {k: schema[k] for k in ("type", "enum") if k in schema and schema[k] != "any"}
    if "properties" in schema:
        kept["properties"] = {name: _strict(each) for name, each in schema["properties"].items()}
        kept["additionalProperties"] = False
    if "additionalProperties" in schema:
        kept["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        kept["items"] = _strict(schema["items"])
    return kept
