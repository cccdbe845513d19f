"""A right is judged by dated copies and by the meeting as it stands: what is too old, or of other rules, decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.core.authority import Act
from bot.core.warrant import OLD, Warrant
from tests.inner_world import InnerWorld
from tests.presses_office import BEGIN, office

ACTS: tuple[Act, ...] = get_args(Act)
REAL = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MINUTE = timedelta(seconds=60)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def held() -> InnerWorld:
    world = InnerWorld(office(1, away=False), BEGIN)
    world.reviews("CHG-1", "olga")
    world.holding.hold(world.asker("olga"), "CHG-1", 1, 0)
    world.settle()
    return world


def warrant(world: InnerWorld, act: Act, person: str) -> Warrant:
    meeting = world.meeting("CHG-1")
    return Warrant(
        act=act, asker=world.asker(person).model_copy(update={"seen_at": REAL}), record=world.office.read("CHG-1"),
        kind=world.searching.kind_of(meeting), people=world.office.people, now=world.now, read_at=REAL,
        policy=meeting.request.policy,
    )  # fmt: skip


def in_charge(act: Act) -> str:
    return "lena" if act == "holds_release" else "mara"


@pytest.mark.parametrize("act", ACTS)
def test_copies_of_a_minute_ago_are_good_and_older_ones_are_not(held: InnerWorld, act: Act) -> None:
    """Of the record and of the Slack user alike, whatever the act."""
    good, meeting = warrant(held, act, in_charge(act)), held.meeting("CHG-1")

    assert good.refusal(meeting, REAL + MINUTE) is None
    for old in (
        good.model_copy(update={"read_at": REAL - MOMENT}),
        good.model_copy(update={"asker": good.asker.model_copy(update={"seen_at": REAL - MOMENT})}),
        good.model_copy(update={"asker": good.asker.model_copy(update={"seen_at": None})}),
    ):
        refused = old.refusal(meeting, REAL + MINUTE)
        assert refused is not None
        assert refused.codes == (OLD,)


def test_a_copy_from_the_future_decides_nothing(held: InnerWorld) -> None:
    """The clock of the replica that made it, or ours, is wrong."""
    refused = warrant(held, "hold", "mara").refusal(held.meeting("CHG-1"), REAL - MINUTE - MOMENT)

    assert refused is not None
    assert refused.codes == (OLD,)


@pytest.mark.parametrize("act", ACTS)
def test_a_review_asked_again_under_other_rules_is_judged_by_those(held: InnerWorld, act: Act) -> None:
    meeting = held.meeting("CHG-1")
    other = meeting.model_copy(update={"request": meeting.request.model_copy(update={"policy": "another digest"})})
    refused = warrant(held, act, in_charge(act)).refusal(other, REAL)

    assert refused is not None
    assert refused.codes == (OLD,)


def test_the_words_say_that_nothing_changed_and_what_to_do(held: InnerWorld) -> None:
    refused = warrant(held, "hold", "mara").refusal(held.meeting("CHG-1"), REAL + 2 * MINUTE)

    assert refused is not None
    assert refused.words.endswith("was read more than a minute ago. Nothing changed. Press again.")
