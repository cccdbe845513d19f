"""A process dies between a decision and the end of the press that made it: the press is run again, and nobody is told no
to what is their own doing, nor is it done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.core.refusals import Refusal
from bot.ports import Unreachable
from tests.world import Told, World


@pytest.fixture
def dies(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], None]:
    """The next decision by a person is written, and then nothing more happens for a while."""

    def arm(world: World) -> None:
        decide = world.bot.journal.decide
        left = [1]

        def decides_and_dies(meeting: str, choice: Any) -> Any:
            outcome = decide(meeting, choice)
            if not isinstance(outcome, Refusal) and left:
                left.pop()
                raise Unreachable("The process died here.")
            return outcome

        monkeypatch.setattr(world.bot.journal, "decide", decides_and_dies)

    return arm


def _note(world: World) -> Told:
    return world.asks("/readiness-review note CHG-1042 The runbook moved.", by="priya")


ACTS: dict[str, tuple[tuple[str, ...], Callable[[World], Told], str]] = {
    "hold": ((), lambda w: w.holds(), "slot.chosen"),
    "extend": (("hold",), lambda w: w.extends(by="priya"), "slot.extended"),
    "let go": (("hold",), lambda w: w.lets_go(), "slot.ended"),
    "approve": (("hold",), lambda w: w.approves(), "slot.approved"),
    "reject": (("hold",), lambda w: w.rejects("Not then."), "slot.ended"),
    "note": ((), _note, "note.added"),
    "look again": ((), lambda w: w.presses("Look again", by="priya"), "search.started"),
    "cancel": ((), lambda w: w.asks("/readiness-review cancel CHG-1042", by="priya"), "meeting.cancelled"),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_a_press_that_was_decided_is_answered_as_if_it_had_just_succeeded(
    world: World, dies: Callable[[World], None], act: str
) -> None:
    before, press, tag = ACTS[act]
    review = world.reviews()
    for earlier in before:
        ACTS[earlier][1](world)
    known = review.tags.count(tag)

    dies(world)
    told = press(world)

    assert told.lines == ()
    assert review.tags.count(tag) == known + 1


@pytest.mark.parametrize(("label", "sort"), [("Ask for this", "exception"), ("Ask Noor", "ask")])
def test_what_was_asked_of_people_is_not_asked_twice(
    world: World, dies: Callable[[World], None], label: str, sort: str
) -> None:
    review = world.reviews("CHG-1050", by="grace")
    opened = world.opens(label, "grace", "CHG-1050") if sort == "exception" else None

    dies(world)
    told = (
        world.submits("grace", reason="The vendor leaves at five.")
        if opened
        else world.presses(label, "grace", "CHG-1050")
    )

    assert told.lines == ()
    assert [(a.sort, a.by) for a in review.meeting.agreements] == [(sort, "grace")]


def test_a_time_that_somebody_named_is_not_asked_for_twice(world: World, dies: Callable[[World], None]) -> None:
    """Whether it takes the approvers or one person's own word."""
    review = world.reviews("CHG-1050", by="grace")
    world.asks("/readiness-review why CHG-1050 2026-12-09 12:00", by="grace")
    world.opens(world.whispered("Ask for this…", "grace"), "grace", "CHG-1050")

    dies(world)
    told = world.submits("grace", reason="Everybody is in the building.")

    assert told.lines == ()
    assert [a.sort for a in review.meeting.agreements] == ["ask"]


def test_a_request_that_was_decided_says_that_it_is_being_looked_at(
    world: World, dies: Callable[[World], None]
) -> None:
    dies(world)
    told = world.asks("/readiness-review CHG-1042", by="priya")

    assert "Looking at people and calendars for CHG-1042." in told.words
    assert world.review().tags.count("review.requested") == 1


def test_somebody_else_s_deed_is_not_taken_for_theirs(world: World) -> None:
    """Run again or not: Dana's hold does not make Lee's press on it succeed."""
    review = world.reviews()
    other = review.button("Hold")
    world.holds(by="dana")
    world.holds(by="dana", offer=2)

    told = world.presses(other, by="lee")

    assert "already holds" in told.words
