"""Laws of the search, held over random workspaces: odd zones, clock changes, hand-overs, people wanted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.findings import DistinctReason, MeetingReason, Need, RoleReason, Unfilled
from bot.core.people import DAYS, Availability, Busy, CalendarRef, Person, WallRange, Weekly
from bot.core.plan import plan_bytes, plan_object, plan_text, reason_object
from bot.core.policy import Rule
from bot.core.record import Named
from bot.core.search import Found, Problem, reading, search
from bot.core.span import Span, instant
from tests.core.random_workspace import random_problem, reordered
from tests.reference_search import Reference, as_bytes

ALWAYS = Weekly(days=tuple((day, (WallRange(start=0, end=1440),)) for day in DAYS))
seeds = st.integers(min_value=0, max_value=2**48)
law = settings(deadline=None, max_examples=60)


def reference(problem: Problem) -> Reference:
    return Reference(
        problem.record,
        problem.kind,
        problem.policy,
        problem.people,
        problem.entries,
        problem.now,
        problem.availability,
    )


def searched(seed: int) -> Found:
    found = search(random_problem(seed))
    assume(found.study is not None)
    return found


def with_person(problem: Problem, person: Person) -> Problem:
    people = {**problem.people.people, person.id: person}
    return replace(problem, people=problem.people.model_copy(update={"people": people}))


def preferring(problem: Problem, rule: str) -> Problem:
    """The same under a policy in which that rule only prefers."""
    rules = {**problem.kind.rules, rule: Rule(strength="prefer")}
    return replace(problem, kind=problem.kind.model_copy(update={"rules": rules}))


def with_newcomer(problem: Problem, role: str) -> Problem:
    """The same with somebody in that role who is always free."""
    newcomer = Person(
        id=f"new-{role}",
        name="Zed",
        time_zone="UTC",
        working_hours=ALWAYS,
        calendars=(CalendarRef(provider="files", id="zed"),),
        languages=(problem.record.language or "en",),
    )
    named = problem.record.roles[role]
    roles = {**problem.record.roles, role: Named(people=(*named.people, newcomer.id), rota=named.rota)}
    return replace(
        with_person(problem, newcomer),
        record=problem.record.model_copy(update={"roles": roles}),
        availability={**problem.availability, newcomer.id: Availability()},
    )


def waived(problem: Problem, need: Need) -> Problem:
    """The same where that leave need not be given."""
    if need.person is None:
        return preferring(problem, need.rule)
    person = problem.people.people[need.person]
    if need.rule == "working_hours":
        always = {"working_hours": ALWAYS, "holiday_dates": frozenset()}
        return with_person(problem, person.model_copy(update=always))
    if need.rule == "protected":
        return with_person(problem, person.model_copy(update={"protected": ()}))
    assert need.rule == "substitution"
    for other in problem.people.people.values():
        delegates = tuple(
            each.model_copy(update={"authority": "confirmed", "until": None}) if each.person == need.person else each
            for each in other.delegates
        )
        problem = with_person(problem, other.model_copy(update={"delegates": delegates}))
    return problem


@settings(deadline=None, max_examples=150)
@given(seeds)
def test_the_search_agrees_with_the_reference(seed: int) -> None:
    """What the masks find is what the contract's text says, to the byte."""
    problem = random_problem(seed)

    assert plan_bytes(search(problem)) == as_bytes(reference(problem).plan())


@law
@given(seeds, st.integers(0, 10**6))
def test_one_more_busy_span_never_adds_a_feasible_start(seed: int, pick: int) -> None:
    """Being busier never helps."""
    found = searched(seed)
    problem, random = found.problem, Random(pick)
    who = random.choice(sorted(problem.people.people))
    start = found.window.opens + timedelta(minutes=random.randint(-60, 600)) if found.window else problem.now
    known = problem.availability.get(who, Availability())
    busier = known._replace(busy=(*known.busy, Busy(start, start + timedelta(minutes=70), "busy")))
    assume(who in problem.availability)

    after = search(replace(problem, availability={**problem.availability, who: busier}))

    assert set(after.feasible) <= set(found.feasible)


@law
@given(seeds, st.integers(0, 10**6))
def test_the_order_of_people_in_their_file_changes_nothing(seed: int, shuffle: int) -> None:
    """Order matters where the contract says so (holders, delegates, shifts), and nowhere else."""
    problem = random_problem(seed)

    assert plan_bytes(search(reordered(problem, Random(shuffle)))) == plan_bytes(search(problem))


@law
@given(seeds)
def test_feasible_and_rejected_make_all_starts(seed: int) -> None:
    """Every start is one or the other, once, and every rejected one says why."""
    found = searched(seed)
    grid = found.problem.policy.grid
    rejected = []
    for run in found.rejected:
        assert run.reasons
        rejected += [run.first + grid * step for step in range((run.last - run.first) // grid + 1)]

    assert sorted([*rejected, *found.feasible]) == list(reference(found.problem).starts())
    assert len(rejected) == found.counts.rejected


@law
@given(seeds)
def test_every_option_becomes_feasible_when_its_needs_are_waived(seed: int) -> None:
    """What an option needs is enough."""
    found = searched(seed)
    for option in found.options[:4]:
        problem = found.problem
        for need in option.needs:
            problem = waived(problem, need)

        assert search(problem).at(option.start).feasible


@law
@given(seeds)
def test_every_ask_becomes_feasible_when_that_calendar_is_free(seed: int) -> None:
    """Asking one person is enough, and the role they are asked for is the one they then fill."""
    found = searched(seed)
    for ask in found.asks[:4]:
        person = found.problem.people.people[ask.person]
        free = person.model_copy(update={"calendars": (CalendarRef(provider="files", id=ask.person),)})
        problem = with_person(found.problem, free)
        availability = {**problem.availability, ask.person: Availability()}

        verdict = search(replace(problem, availability=availability)).at(ask.start)

        assert verdict.assignment is not None
        assert verdict.assignment[ask.role].person == ask.person
        assert verdict.assignment == ask.assignment


@law
@given(seeds, st.integers(0, 10**6))
def test_every_reason_is_true(seed: int, pick: int) -> None:
    """Take a reason away, and it is gone while the others stay (a conflict it hid may come to light)."""
    found = searched(seed)
    assume(found.rejected)
    run = Random(pick).choice(found.rejected)
    for reason in run.reasons:
        problem = found.problem
        match reason:
            case MeetingReason():
                problem = preferring(problem, reason.rule)
                others = {each for each in run.reasons if getattr(each, "rule", None) != reason.rule}
            case RoleReason():
                problem = with_newcomer(problem, reason.role)
                others = set(run.reasons) - {reason}
            case DistinctReason():
                for role in reason.roles:
                    problem = with_newcomer(problem, role)
                others = set(run.reasons) - {reason}
        left = set(search(problem).at(run.first).reasons)

        assert reason not in left
        assert {each for each in left if not isinstance(each, DistinctReason)} == {
            each for each in others if not isinstance(each, DistinctReason)
        }


@law
@given(seeds)
def test_a_verdict_on_a_start_says_what_the_lists_say(seed: int) -> None:
    """*Why not Tuesday 13:00* and the list of rejected ranges never differ."""
    found = searched(seed)
    options = {option.start: option for option in found.options}
    asks = {ask.start: ask for ask in found.asks}
    for run in found.rejected:
        verdict = found.at(run.last)
        assert (verdict.place, verdict.reasons, verdict.feasible) == ("start", run.reasons, False)
        if found.counts.options <= len(found.options):
            assert verdict.option == options.get(run.last)
        if found.counts.asks <= len(found.asks):
            assert verdict.ask == asks.get(run.last)
    for offer in found.offers:
        assert found.at(offer.start).assignment == offer.assignment
        assert found.at(offer.start).feasible


@law
@given(seeds, st.integers(0, 3000))
def test_a_verdict_between_the_starts_is_what_the_reference_says(seed: int, minutes: int) -> None:
    """People propose times that are on no grid, or outside the window: the same rules, and where it lies is said."""
    found = searched(seed)
    assert found.window is not None
    start = found.window.opens.replace(second=0, microsecond=0) + timedelta(minutes=minutes - 60)
    by_text = reference(found.problem)
    verdict = found.at(start)

    reasons = [each for each in map(reason_object, verdict.reasons) if each.get("rule") != "window"]
    assert reasons == by_text.reasons(by_text.judge(start))
    inside = found.window.opens <= start and start + found.problem.kind.duration <= found.window.closes
    assert (verdict.place in ("start", "off_grid")) is inside
    assert verdict.feasible is (inside and by_text.feasible(by_text.judge(start)) is not None)


@law
@given(seeds)
def test_an_offer_still_fits_when_nothing_changed(seed: int) -> None:
    """Read again, an offered slot with its people has nothing against it; with one of them busy it has just that."""
    found = searched(seed)
    for offer in found.offers[:2]:
        people = {role: seat.person for role, seat in offer.assignment.items()}
        assert found.fits(offer.start, people, ignore_notice=False) == ()
        for role, who in list(people.items())[:2]:
            busy = Availability(busy=(Busy(offer.start, offer.end, "busy"),))
            problem = replace(found.problem, availability={**found.problem.availability, who: busy})
            against = search(problem).fits(offer.start, people)

            assert [(each.role, each.people[0].rules) for each in against if isinstance(each, RoleReason)] == [
                (role, ("busy",))
            ]


@law
@given(seeds)
def test_what_is_read_before_a_search_is_all_it_needs(seed: int) -> None:
    """Calendars of other people, and what lies outside the window, change nothing."""
    problem = random_problem(seed)
    ahead = reading(problem.record, problem.kind, problem.policy, problem.people, problem.now)
    assume(ahead.span is not None)
    assert ahead.span is not None
    within = {
        who: Availability(
            tuple(each for each in known.busy if Span(each.start, each.end).meets(ahead.span)),
            tuple(each for each in known.unknown if each.meets(ahead.span)),
        )
        for who, known in problem.availability.items()
        if who in ahead.people
    }

    assert plan_object(search(replace(problem, availability=within))) == plan_object(search(problem))


@law
@given(seeds)
def test_the_text_for_people_names_nobody_by_a_mark(seed: int) -> None:
    """Every plan can be told in words: no mark, key or value of the program is left in it."""
    text = plan_text(search(random_problem(seed)))

    assert text.endswith("\n")
    assert "{" not in text
    assert "None " not in text.replace("None of", "")


@law
@given(seeds)
def test_what_stands_against_starts_says_what_the_ranges_say(seed: int) -> None:
    """Told thing by thing without a word on persons, or start by start with everything: the same starts, the same things."""
    found = searched(seed)
    grid = found.problem.policy.grid
    told = set()
    for run in found.rejected:
        for step in range((run.last - run.first) // grid + 1):
            for reason in run.reasons:
                what = Unfilled(reason.role) if isinstance(reason, RoleReason) else reason
                told.add((what, run.first + grid * step))
    by_thing = {
        (each.what, instant(first) + grid * step)
        for each in found.against
        for first, last in each.ranges
        for step in range((last - first) // int(grid.total_seconds()) + 1)
    }

    assert by_thing == told
