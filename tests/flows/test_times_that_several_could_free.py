"""A time that somebody proposes and that takes several people's word: each says it for themselves, and all must."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.refusals import Refusal
from bot.ports import Done
from tests.inner_world import InnerWorld

NOON = datetime(2026, 12, 2, 17, tzinfo=UTC)  # Lee, Ravi and both security reviewers are busy


def asked() -> InnerWorld:
    world = InnerWorld.of_sandbox()
    world.reviews("CHG-1042", "priya")
    assert isinstance(world.agreeing.exception_at(world.asker("priya"), "CHG-1042", NOON), Done)
    return world


def test_each_is_asked_for_themselves_and_nobody_else_is() -> None:
    [agreement] = asked().meeting("CHG-1042").agreements

    assert [(p.need.rule, p.need.person, p.deciders, p.own) for p in agreement.points] == [
        ("move", "lee", ("lee",), True),
        ("move", "ravi", ("ravi",), True),
        ("move", "noor", ("noor",), True),
    ]
    assert agreement.slot is not None and agreement.slot.people == ("dana", "lee", "ravi", "mei", "noor")


def test_nobody_answers_for_another() -> None:
    world = asked()

    for who in ("priya", "dana", "ravi", "grace"):
        assert world.refused(world.agreeing.answer(world.asker(who), "CHG-1042", 1, 0, True, "")) == ("not_yours",)


def test_only_when_all_have_said_yes_can_it_be_held() -> None:
    """One yes is not enough, nor are two; after the third the slot is held and confirmed as any other."""
    world = asked()
    for point, who in enumerate(("lee", "ravi", "noor")):
        refused = world.holding.hold_agreed(world.asker("priya"), "CHG-1042", 1)
        assert isinstance(refused, Refusal) and refused.codes == ("not_agreed",)
        assert isinstance(world.agreeing.answer(world.asker(who), "CHG-1042", 1, point, True, ""), Done)

    assert isinstance(world.holding.hold_agreed(world.asker("priya"), "CHG-1042", 1), Done)
    world.settle()
    assert world.meeting("CHG-1042").state == "held"
    assert isinstance(world.confirming.approve(world.asker("dana"), "CHG-1042", None), Done)
    world.settle()

    assert world.meeting("CHG-1042").state == "confirmed"


def test_one_no_ends_it() -> None:
    world = asked()
    answer = world.agreeing.answer(world.asker("ravi"), "CHG-1042", 1, 1, False, "A customer call")

    assert isinstance(answer, Done)
    assert world.meeting("CHG-1042").agreements[0].standing == "refused"
    refused = world.holding.hold_agreed(world.asker("priya"), "CHG-1042", 1)
    assert isinstance(refused, Refusal)
