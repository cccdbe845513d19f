"""The week's release calendar beside what the bot itself has booked, and nothing of who attends."""

from __future__ import annotations

from datetime import timedelta

from bot.core.release_week import Week
from bot.core.span import Span
from bot.flows.release_week import release_week
from tests.inner_world import InnerWorld


def _week(world: InnerWorld) -> Week:
    return release_week(world.outside, world.journal, "America/New_York")


def _booked(world: InnerWorld) -> list[tuple[str, Span]]:
    return [(p.name, p.spans[0]) for day in _week(world).days for p in day.planned if p.sort == "booked"]


def test_a_slot_is_booked_once_it_is_confirmed_and_not_before() -> None:
    """Also while another one is looked for; when the review is called off it is free."""
    world = InnerWorld.of_sandbox()
    from_the_file = _booked(world)
    world.reviews("CHG-1042", "priya")
    world.does_and_settles(world.holding.hold(world.asker("priya"), "CHG-1042", 1, 0))
    held = _booked(world)
    world.does_and_settles(world.confirming.approve(world.asker("dana"), "CHG-1042", None))
    confirmed = _booked(world)
    world.does_and_settles(world.watching.reschedule(world.asker("priya"), "CHG-1042"))
    rescheduling = _booked(world)
    world.does_and_settles(world.asking.cancel(world.asker("priya"), "CHG-1042"))

    hold = world.meeting("CHG-1042").holds[0]
    ours = ("CHG-1042 Release-readiness review", hold.slot.span)
    assert held == from_the_file
    assert set(confirmed) - set(from_the_file) == {ours} == set(rescheduling) - set(from_the_file)
    assert _booked(world) == from_the_file


def test_nothing_of_who_attends_is_in_it() -> None:
    world = InnerWorld.of_sandbox()
    world.reviews("CHG-1042", "priya")
    world.does_and_settles(world.holding.hold(world.asker("priya"), "CHG-1042", 1, 0))
    world.does_and_settles(world.confirming.approve(world.asker("dana"), "CHG-1042", None))
    week = _week(world).model_dump_json()

    assert "CHG-1042 Release-readiness review" in week
    people = world.office.people.people.values()
    assert [p.id for p in people if p.name in week or (p.email or "-@-") in week or f'"{p.id}"' in week] == []


def test_the_week_moves_with_the_clock_and_knows_whether_there_is_a_calendar() -> None:
    world = InnerWorld.of_sandbox()
    assert _week(world).kept
    assert _week(world).days

    world.clock.move(timedelta(days=365))
    world.office.policy = world.office.policy.model_copy(update={"release_calendar": "none"})

    assert _week(world).kept is False
    assert [p for day in _week(world).days for p in day.planned if p.sort != "blackout"] == []
