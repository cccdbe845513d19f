"""Laws of being right about no, over random workspaces: what blocks, what would free a start, and what a day is told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.blocking import SMALL, Blocker
from bot.core.by_day import told_by_day
from bot.core.explanation import hours_alone, sentence_by_role
from bot.core.findings import MeetingReason, Need, Rejected, RoleReason
from bot.core.freeing import MOVE
from bot.core.people import Availability, CalendarRef
from bot.core.search import Found, Problem, search
from bot.core.span import zone
from tests.core.random_workspace import random_problem
from tests.core.test_search_laws import preferring, searched, seeds, waived, with_person

law = settings(deadline=None, max_examples=60)


def blocked(seed: int) -> Found:
    """A random search that finds nothing: the first from this seed on."""
    found = (search(random_problem(seed + n)) for n in range(40))
    return next((each for each in found if each.study is not None and not each.feasible), None) or searched(seed)


def without(problem: Problem, blocker: Blocker) -> Problem:
    """The same world, but for that one fact."""
    fact = blocker.fact
    if isinstance(fact, RoleReason):
        record = problem.record.model_copy(
            update={"roles": {role: named for role, named in problem.record.roles.items() if role != fact.role}}
        )
        kind = problem.kind.model_copy(
            update={"roles": {role: demand for role, demand in problem.kind.roles.items() if role != fact.role}}
        )
        return replace(problem, record=record, kind=kind)
    if fact.rule == "coverage":
        return preferring(problem, fact.rule)
    if fact.rule == "customer_blackout":
        return _without_blackout(problem, fact.name)
    entries = tuple(each for each in problem.entries if (each.type, each.name) != (fact.rule, fact.name))
    return replace(problem, entries=entries)


def _without_blackout(problem: Problem, name: str | None) -> Problem:
    customers = {
        key: customer.model_copy(update={"blackouts": tuple(b for b in customer.blackouts if b.name != name)})
        for key, customer in problem.people.customers.items()
    }
    return replace(problem, people=problem.people.model_copy(update={"customers": customers}))


@law
@given(seeds)
def test_none_of_the_facts_that_rule_everything_out_can_be_left_away(seed: int) -> None:
    """Each of them left out of the world in turn, and there is room; or, for the set, nobody could do with fewer."""
    found = blocked(seed)
    assume(found.blocking)
    for blocker in found.blocking:
        facts = [each for each in found.blocking if each is not blocker]
        only = _with_these_alone(found.problem, facts)
        assert search(only).feasible, (blocker, found.blocking)


@law
@given(seeds)
def test_the_facts_that_rule_everything_out_do_it_by_themselves(seed: int) -> None:
    """In a world that knows only these facts nothing fits either; where something fits there are none."""
    found = blocked(seed)
    assert bool(found.blocking) is (found.study is not None and not found.feasible)
    assume(found.blocking)

    assert not search(_with_these_alone(found.problem, list(found.blocking))).feasible


def _with_these_alone(problem: Problem, facts: list[Blocker]) -> Problem:
    """The world with every fact taken away that is not one of these."""
    kept_roles = {each.fact.role for each in facts if isinstance(each.fact, RoleReason)}
    kept = {(each.fact.rule, each.fact.name) for each in facts if isinstance(each.fact, MeetingReason)}
    found = search(problem)
    assert found.study is not None
    for role in found.roles:
        if role not in kept_roles:
            problem = without(problem, Blocker(RoleReason(role, ()), 0))
    for each in found.study.obstacles:
        if (each.rule, each.name) not in kept:
            problem = without(problem, Blocker(MeetingReason(each.rule, each.name), 0))
    return problem


def test_a_blocking_set_is_the_smallest_where_few_facts_do() -> None:
    """Found among random workspaces: sets of one, two and more facts, and no smaller one hidden in those."""
    sizes = {len(search(random_problem(seed)).blocking) for seed in range(120)}

    assert {0, 1, 2} <= sizes
    assert SMALL >= 2


@law
@given(seeds, st.integers(0, 10**6))
def test_a_start_fits_once_everybody_agreed_to_what_would_free_it(seed: int, pick: int) -> None:
    """The agreements that `why` names are enough."""
    searches = (search(random_problem(seed + n)) for n in range(40))
    ways = ((found, way) for found in searches for run in _shuffled(found, pick) if (way := found.freeing(run.first)))
    found, way = next(ways, (None, None))
    assume(found is not None)
    assert found is not None and way is not None and way.needs
    start = way.start

    problem = found.problem
    for need in way.needs:
        problem = _free(problem, need) if need.rule == MOVE else waived(problem, need)

    assert search(problem).at(start).feasible


@law
@given(seeds, st.integers(0, 10**6))
def test_no_smaller_set_of_agreements_would_free_a_start(seed: int, pick: int) -> None:
    """Where the approvers alone, or one person alone, could free it, no more than that is named."""
    found = blocked(seed)
    verdict = found.at(_some_start(found, pick))
    way = found.freeing(verdict.start)
    if verdict.option is not None:
        assert way is not None and len(way.needs) <= len(verdict.option.needs)
    if verdict.ask is not None:
        assert way is not None and len(way.needs) == 1
    if way is not None and len(way.needs) == 1:
        assert verdict.option is not None or verdict.ask is not None


def _shuffled(found: Found, pick: int) -> list[Rejected]:
    return Random(pick).sample(found.rejected, len(found.rejected))


def _some_start(found: Found, pick: int) -> datetime:
    assume(found.study is not None and found.rejected)
    run = Random(pick).choice(found.rejected)
    return run.first


def _free(problem: Problem, need: Need) -> Problem:
    assert need.person is not None
    person = problem.people.people[need.person]
    free = person.model_copy(update={"calendars": (CalendarRef(provider="files", id=need.person),)})
    availability = {**problem.availability, need.person: Availability()}
    return replace(with_person(problem, free), availability=availability)


@law
@given(seeds)
def test_every_start_that_does_not_fit_is_told_of_on_its_day(seed: int) -> None:
    """A line of its day covers it, truly, or it lies outside working hours and that is said; none that fits is covered."""
    found = blocked(seed) if seed % 2 else searched(seed)
    told, grid = told_by_day(found), found.problem.policy.grid
    here = zone(found.problem.policy.time_zone)
    lines = [(day, line) for day in told.days for line in day.lines]
    for run in found.rejected:
        hours = any(hours_alone(reason) for reason in run.reasons)
        said = {sentence_by_role(reason, found.roles) for reason in run.reasons}
        for step in range((run.last - run.first) // grid + 1):
            start = run.first + step * grid
            date = start.astimezone(here).date()
            about = [
                line.words
                for day, line in lines
                if day.first <= date <= day.last
                and (any(a <= start <= b for a, b in line.stretches) or (not line.stretches and not hours))
            ]
            assert set(about) <= said
            assert about or (hours and told.hours)
    for start in found.feasible:
        covering = [line for _, line in lines if any(a <= start <= b for a, b in line.stretches)]
        assert not covering


@law
@given(seeds)
def test_the_days_come_in_order_and_no_more_lines_than_there_are_things(seed: int) -> None:
    found = searched(seed)
    days = told_by_day(found).days
    assert all(before.last < after.first for before, after in pairwise(days))
    for day in days:
        assert day.lines and day.first <= day.last
        assert len({line.words for line in day.lines}) == len(day.lines)
        assert day.last - day.first == timedelta() or not day.fits
