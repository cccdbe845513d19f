"""What a search rested on, as it is kept: the policy and the people apart, which many searches share and which are large."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter

from bot.core.people import Availability, Directory
from bot.core.policy import Kind, Policy
from bot.core.record import Record
from bot.core.release_calendar import Entry
from bot.core.same import Same
from bot.core.search import Problem

SHARED = 8  # policies and directories: those of today, and a few as they were or as one review sees them


class _Own(NamedTuple):
    """What no other search has."""

    record: Record
    kind: Kind
    entries: tuple[Entry, ...]
    now: datetime
    availability: Mapping[str, Availability]


_own: TypeAdapter[_Own] = TypeAdapter(_Own)
_whole: TypeAdapter[Problem] = TypeAdapter(Problem)


def kept_from(problem: Problem) -> dict[str, str]:
    """Each part as JSON text, by name: what is shared is written once, and need not be taken apart to be read."""
    own = _Own(problem.record, problem.kind, problem.entries, problem.now, problem.availability)
    return {
        "policy": _text(Same(problem.policy)),
        "people": _text(Same(problem.people)),
        "own": _own.dump_json(own).decode(),
    }


def problem_from(kept: Any) -> Problem:
    """The same again. Searches of an older version kept all in one text. Raises ValueError for what is neither."""
    if isinstance(kept, str):
        return _whole.validate_json(kept)
    policy, people, own = _parts(kept)
    return Problem(policy=_policy(policy), people=_people(people), **_own.validate_json(own)._asdict())


def record_from(kept: Any) -> Record:
    """The record alone. Raises ValueError."""
    if isinstance(kept, str):
        return Record.model_validate(json.loads(kept)["record"])
    return _own.validate_json(_parts(kept)[2]).record


def _parts(kept: Any) -> tuple[str, str, str]:
    match kept:
        case {"policy": str(policy), "people": str(people), "own": str(own)}:
            return policy, people, own
    raise ValueError("these are no inputs of a search")


@lru_cache(maxsize=SHARED)
def _text(shared: Same[BaseModel]) -> str:
    return shared.value.model_dump_json()


@lru_cache(maxsize=SHARED)
def _policy(text: str) -> Policy:
    return Policy.model_validate_json(text)


@lru_cache(maxsize=SHARED)
def _people(text: str) -> Directory:
    return Directory.model_validate_json(text)
