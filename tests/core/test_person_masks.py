"""What is remembered of people's calendars never answers for another calendar, other hours or another time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import calendars
from bot.core.people import Availability, Busy, Window
from bot.core.plan import plan_bytes
from bot.core.search import Problem, search
from bot.core.span import Span
from tests.core.random_workspace import random_problem

law = settings(deadline=None, max_examples=40)


def edited(problem: Problem, random: Random) -> Problem:
    """The same with one thing changed of all that the masks rest on, or with what they do not rest on."""
    who = random.choice(sorted(problem.people.people))
    person, known = problem.people.people[who], problem.availability.get(who, Availability())
    span = Span(problem.now + timedelta(minutes=random.randint(0, 600)), problem.now + timedelta(minutes=700))
    other = problem.people.people[random.choice(sorted(problem.people.people))]
    match random.randrange(9):
        case 0:
            known = known._replace(busy=(*known.busy, Busy(*span, "busy")))
        case 1:
            known = known._replace(busy=known.busy[1:], unknown=(span,))
        case 2:
            person = person.model_copy(update={"working_hours": other.working_hours, "time_zone": other.time_zone})
        case 3:
            person = person.model_copy(update={"protected": (*person.protected, Window(span=span))})
        case 4:
            person = person.model_copy(update={"roster": None if person.roster else (Window(span=span),)})
        case 5:
            person = person.model_copy(update={"holiday_dates": frozenset({span.start.date()}), "calendars": ()})
        case 6:
            statuses = (
                frozenset({"busy"}) if len(problem.policy.busy_statuses) > 1 else frozenset({"tentative", "free"})
            )
            return replace(problem, policy=problem.policy.model_copy(update={"busy_statuses": statuses}))
        case 7:
            duration = problem.kind.duration + timedelta(minutes=random.choice((-5, 5)))
            return replace(problem, kind=problem.kind.model_copy(update={"duration": duration}))
        case _:
            return replace(problem, now=problem.now + timedelta(minutes=random.randint(1, 90)))
    people = problem.people.model_copy(update={"people": {**problem.people.people, who: person}})
    return replace(problem, people=people, availability={**problem.availability, who: known})


@law
@given(st.integers(0, 2**48), st.integers(0, 10**6))
def test_what_is_remembered_changes_no_answer(seed: int, pick: int) -> None:
    """Through any row of edits, and back, a search that remembers says what one says that has forgotten everything."""
    random, history = Random(pick), [random_problem(seed)]
    for _ in range(4):
        history.append(edited(history[-1], random))
    first, again = ([plan_bytes(search(problem)) for problem in history] for _ in range(2))
    for problem, told, repeated in zip(history, first, again, strict=True):
        calendars.forget()
        assert told == repeated == plan_bytes(search(problem))


def test_a_list_that_grows_is_another_calendar() -> None:
    """Even where somebody passes lists, which can change after they were judged, no stale mask is ever used."""
    problem = next(p for p in map(random_problem, range(100)) if search(p).feasible)
    who, busy = next(iter(search(problem).offers[0].assignment.values())).person, list[Busy]()
    known = Availability(busy, ())  # type: ignore[arg-type]  # a list on purpose
    problem = replace(problem, availability={**problem.availability, who: known})
    before = search(problem).feasible
    busy.append(Busy(problem.now - timedelta(days=9), problem.now + timedelta(days=99), "busy"))

    assert all(seat.person != who for offer in search(problem).offers for seat in offer.assignment.values())
    assert len(search(problem).feasible) <= len(before)


def test_searches_with_windows_of_their_own_share_masks() -> None:
    """The same people, read once, are worked out once: windows are cut from what lies ahead."""
    problem = next(p for p in map(random_problem, range(1000)) if search(p).counts.starts > 20)
    calendars.forget()
    search(problem)
    found = calendars._memory.cache_info().misses
    later = problem.record.model_copy(update={"evidence_cutoff": problem.now + problem.kind.horizon / 2})
    search(replace(problem, record=later))

    assert found > 0
    assert calendars._memory.cache_info().misses == found


def test_what_is_remembered_is_bounded() -> None:
    """Neither more lives than the bound, nor masks of endless lists of starts."""
    assert calendars._memory.cache_info().maxsize == 2048
    assert calendars.LARGEST <= 1 << 16
