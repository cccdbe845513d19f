"""What a search rested on, kept and read again (C4): the same search, whichever version kept it."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from bot.core.inputs import kept_from, problem_from, record_from
from bot.core.search import Problem
from tests.core.random_workspace import random_problem

_whole: TypeAdapter[Problem] = TypeAdapter(Problem)


@pytest.mark.parametrize("seed", range(40))
def test_what_was_kept_is_the_same_search_again(seed: int) -> None:
    """Through JSON, as the database has it, and as searches of an older version were kept."""
    problem = random_problem(seed)
    kept = json.loads(json.dumps(kept_from(problem)))
    whole = _whole.dump_json(problem).decode()

    assert problem_from(kept) == problem_from(whole)
    assert _whole.dump_json(problem_from(kept)) == whole.encode()
    assert record_from(kept) == record_from(whole) == problem.record


def test_searches_among_the_same_people_share_them() -> None:
    """A directory of thousands is neither written nor taken apart for each search."""
    problem = random_problem(1)
    once, again = kept_from(problem), kept_from(problem)
    assert once["people"] is again["people"]

    first, second = (problem_from(json.loads(json.dumps(each))) for each in (once, again))
    assert first.people is second.people and first.policy is second.policy


@pytest.mark.parametrize("junk", [None, 7, [], {}, "", "{}", {"policy": "{}", "people": 1, "own": "{}"},
                                  {"policy": "{", "people": "{}", "own": "{}"}])  # fmt: skip
def test_what_is_no_inputs_is_said_to_be_none(junk: object) -> None:
    with pytest.raises(ValueError):
        problem_from(junk)
