"""What the audit tells of what was ruled out is all of it, once, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.audit import RuledOutDay
from bot.core.audit_searches import content, days_ruled_out
from bot.core.explanation import HOURS, by_name, by_role
from bot.core.search import Found, search
from bot.core.span import instant, zone
from tests.core.random_workspace import random_problem

seeds = st.integers(min_value=0, max_value=2**48)
law = settings(deadline=None, max_examples=60)


def searched(seed: int) -> Found:
    found = search(random_problem(seed))
    assume(found.study is not None)
    return found


def starts_told(found: Found, days: tuple[RuledOutDay, ...]) -> Counter[datetime]:
    grid = found.problem.policy.grid
    return Counter(
        each.first + step * grid for day in days for each in day.ranges for step in range(each.starts)
    )  # fmt: skip


def starts_rejected(found: Found) -> Counter[datetime]:
    assert found.study is not None
    every = {instant(second) for second in found.study.starts.searched}
    return Counter(every - set(found.feasible))


@law
@given(seed=seeds, names=st.booleans())
def test_every_start_that_was_ruled_out_is_in_exactly_one_range_and_no_other_start_is_in_any(
    seed: int, names: bool
) -> None:
    """Also where clocks change, at local midnight, and whether reasons are told by name or by role."""
    found = searched(seed)

    assert starts_told(found, days_ruled_out(found, names)) == starts_rejected(found)


@law
@given(seed=seeds)
def test_a_range_lies_on_its_day_ends_where_it_says_and_is_counted_in_it(seed: int) -> None:
    found = searched(seed)
    here, grid = zone(found.problem.policy.time_zone), found.problem.policy.grid

    for day in days_ruled_out(found, names=False):
        assert day.starts == sum(each.starts for each in day.ranges)
        for each in day.ranges:
            assert each.last == each.first + (each.starts - 1) * grid
            assert {each.first.astimezone(here).date(), each.last.astimezone(here).date()} == {day.day}


@law
@given(seed=seeds, names=st.booleans())
def test_a_range_says_what_the_search_says_of_its_starts(seed: int, names: bool) -> None:
    """In full, but for the nights, which are told as such; and by role nobody is named."""
    found, say = searched(seed), by_name if names else by_role

    for day in days_ruled_out(found, names):
        for each in day.ranges:
            assert names or "{person:" not in " ".join(each.words)
            for at in (each.first, each.last):
                if each.words != (HOURS,):
                    assert each.words == tuple(say(reason) for reason in found.at(at).reasons)


@law
@given(seed=seeds)
def test_neighbouring_ranges_of_a_day_say_different_things(seed: int) -> None:
    """Merged: nothing is told in two lines that one would tell. Starts that a clock change parts stay apart."""
    found = searched(seed)
    grid = found.problem.policy.grid

    for day in days_ruled_out(found, names=True):
        for before, after in zip(day.ranges, day.ranges[1:], strict=False):
            assert before.last < after.first
            assert before.words != after.words or after.first - before.last != grid


@law
@given(seed=seeds)
def test_the_same_inputs_have_the_same_digests(seed: int) -> None:
    one, same = random_problem(seed), random_problem(seed)

    assert (content(one.record), content(one.people), content(one.entries)) == (
        content(same.record), content(same.people), content(same.entries),
    )  # fmt: skip
    assert content(one.record) != content(one.record.model_copy(update={"title": "Another title"}))
