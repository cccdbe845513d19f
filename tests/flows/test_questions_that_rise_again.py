"""Somebody who takes a question has it to themselves, but not for ever; and a hold silences a request only while it stands."""

from __future__ import annotations

from datetime import timedelta

from bot.core import facts as f
from bot.core.meeting import Escalation
from bot.ports import Done
from tests.inner_world import InnerWorld

DAY = timedelta(days=1)


def blocked() -> InnerWorld:
    """Nothing fits CHG-1050 within policy; the window closes in ten days."""
    world = InnerWorld.of_sandbox(watches=False)
    world.reviews("CHG-1050", "priya")
    return world


def open_questions(world: InnerWorld) -> list[Escalation]:
    return [e for e in world.meeting("CHG-1050").escalations if e.open]


def takes(world: InnerWorld, by: str = "grace") -> Escalation:
    [question] = open_questions(world)
    assert isinstance(world.escalating.acknowledge(world.asker(by), "CHG-1050", question.number), Done)
    world.settle()
    return question


def test_what_was_taken_and_not_settled_rises_once_more_when_the_window_is_near() -> None:
    """A day before it closes, from the first rung, with the name of who took it; taken again, it stays theirs."""
    world = blocked()
    taken = takes(world)
    assert taken.deadline is not None
    world.passes(taken.deadline - DAY - world.now - timedelta(minutes=1))
    assert [e.number for e in open_questions(world)] == [taken.number]

    world.passes(timedelta(minutes=2))

    [risen] = open_questions(world)
    assert risen.number != taken.number
    assert risen.cause.startswith("{person:grace} took this, and it is not settled yet: no time fits CHG-1050")
    assert "team" in risen.rungs
    takes(world, by="dana")
    world.passes(timedelta(hours=23))
    assert [e.number for e in open_questions(world)] == [risen.number]


def test_it_rises_exactly_once_however_often_the_deadline_is_kept() -> None:
    world = blocked()
    taken = takes(world)
    assert taken.deadline is not None
    world.passes(taken.deadline - DAY - world.now)

    for _ in range(3):
        world.escalating.climb("CHG-1050", taken.number, "again")
        world.settle()

    raised = [fact for fact in world.facts("CHG-1050") if isinstance(fact, f.Escalated) and fact.again]
    assert len(raised) == 1


def test_what_was_settled_in_time_does_not_rise() -> None:
    world = blocked()
    taken = takes(world)
    assert isinstance(world.asking.cancel(world.asker("priya"), "CHG-1050"), Done)

    assert taken.deadline is not None
    world.passes(taken.deadline - world.now)

    assert open_questions(world) == []


def test_a_request_that_a_hold_silenced_waits_again_when_the_hold_lapses() -> None:
    """An agreed time is held while another request is open; nobody answers that one, and the hold runs out."""
    world = blocked()
    for index in (0, 1):
        assert isinstance(world.agreeing.exception(world.asker("grace"), "CHG-1050", 1, index), Done)
    world.passes(timedelta(minutes=31))
    first, second = world.meeting("CHG-1050").agreements
    assert {e.agreement for e in open_questions(world)} >= {first.number, second.number}
    deciding = [i for i, p in enumerate(first.points) if not p.own]
    for point in deciding:
        assert isinstance(world.agreeing.answer(world.asker("dana"), "CHG-1050", first.number, point, True, ""), Done)
    held = world.does_and_settles(world.holding.hold_agreed(world.asker("grace"), "CHG-1050", first.number))
    assert isinstance(held, Done), held
    assert open_questions(world) == []

    world.passes(timedelta(hours=5))

    assert [e.agreement for e in open_questions(world) if e.sort == "unanswered"] == [second.number]
    numbers = [e.number for e in world.meeting("CHG-1050").escalations]
    assert len(numbers) == len(set(numbers))
