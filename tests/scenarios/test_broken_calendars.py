"""Calendars that err, hang up or refuse: holds are all or none, unknown is never free, and nothing stays behind."""

from __future__ import annotations

import pytest

from bot.core.commands import Command, FinishPlacing
from bot.ports import Unreachable
from tests.world import World

HELD = {"dana", "lee", "ravi", "mei", "noor"}


@pytest.mark.parametrize("kind", ["drop_before", "status"])
def test_when_one_provider_fails_every_hold_is_taken_back(world: World, kind: str) -> None:
    """Microsoft takes no event: the holds on Google's calendars go again, and the thread says whose calendar it was."""
    review = world.reviews()
    world.breaks("microsoft", "events.create", kind, status=503, times=None)

    world.holds()

    world.mends()
    world.settled()
    assert world.held() == set()
    assert review.state == "choosing"
    [line] = [line for line in review.thread() if line.startswith("Nothing was held for")]
    assert "Microsoft" in line
    assert "calendar" in line
    world.holds()
    assert world.held() == HELD


def test_a_calendar_that_refuses_is_named_as_not_held(world: World) -> None:
    """Marco shares his calendar for reading only: he is claimed here, and the others are held."""
    review = world.reviews("CHG-1047", by="grace")

    world.holds(by="grace", record="CHG-1047")

    assert review.state == "held"
    assert "marco" not in world.held()
    assert [person for person, _ in review.meeting.hold.not_held] == ["marco"]
    assert review.said("Not held: Marco")


def test_a_hold_whose_answer_was_lost_is_found_and_not_made_twice(world: World) -> None:
    review = world.reviews()
    world.breaks("google", "events.insert", "drop_after")
    world.breaks("microsoft", "events.create", "drop_after")

    world.holds()

    assert review.state == "held"
    assert world.held() == HELD
    assert all(len(world.holds_on(f"{name}@example.com")) == 1 for name in HELD)


def test_a_hold_that_is_placed_again_does_not_stand_in_its_own_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All holds were placed, and nothing remembered it: the next try finds them free but for themselves."""
    review = world.reviews()
    remember, lost = world.bot.holding._record, iter([True])

    def forgetful(meeting: str, command: Command) -> None:
        if isinstance(command, FinishPlacing) and next(lost, False):
            raise Unreachable("The database did not answer.")
        remember(meeting, command)

    monkeypatch.setattr(world.bot.holding, "_record", forgetful)
    world.holds()

    assert review.state == "held"
    assert world.held() == HELD
    assert review.tags.count("slot.held") == 1


def test_letting_go_goes_on_until_every_calendar_answers(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.breaks("google", "events.delete", "status", status=503, times=4)

    world.lets_go()

    assert world.held() == set()
    assert review.tags[-1] == "holds.gone"


def test_what_became_busy_between_offer_and_hold_is_not_held(world: World) -> None:
    review = world.reviews()
    world.makes_busy("lee", "2026-12-01T15:30Z")

    world.holds()

    assert review.state == "choosing"
    assert world.held() == set()
    [line] = [line for line in review.thread() if line.startswith("Nothing was held for")]
    assert "It does not fit any more: service owner: busy." in line
    assert "Lee" not in line


def test_a_provider_that_is_down_when_a_slot_is_held_is_named(world: World) -> None:
    """Whose system it is helps those who mend it; whose calendar is said by role."""
    review = world.reviews()
    world.breaks("microsoft", "getSchedule", "status", status=503, times=None)

    world.holds()

    [line] = [line for line in review.thread() if line.startswith("Nothing was held for")]
    assert "Microsoft did not show the service owner's calendar" in line
    assert "Google" not in line
    assert "Lee" not in line
    assert world.held() == set()


def test_a_provider_that_is_down_at_the_approval_is_named(world: World) -> None:
    """Dana is the only one on Google; nothing is sent."""
    review = world.reviews()
    world.holds()
    world.breaks("google", "freeBusy.query", "status", status=503, times=None)

    world.approves()

    [line] = [line for line in review.thread() if line.startswith("Nothing was sent.")]
    assert "Google did not show the" in line
    assert "Microsoft" not in line
    assert review.state == "held"
    assert world.mails == []


def test_an_unreadable_calendar_makes_its_owner_unknown(world: World) -> None:
    """Mei's calendar cannot be read: the search goes on with her delegate, never with her."""
    world.breaks("microsoft", "getSchedule", "calendar_error", match="mei@example.com", times=None)

    review = world.reviews()

    assert review.found.unreadable[:1] == ("mei",)
    assert {offer.seats["database_migration_owner"].person for offer in review.offers} == {"omar"}


def test_a_calendar_that_was_never_shared_rules_its_owner_out(world: World) -> None:
    review = world.reviews("CHG-1052")

    assert review.found.outcome == "none"
    assert review.state == "blocked"
    assert review.said("Only Kofi Mensah (security reviewer) stands against")
    assert review.said("that calendar cannot be read. Ask whether they are free.")


def test_a_dead_provider_leaves_nobody_of_it_free(world: World) -> None:
    world.breaks("microsoft", "*", "drop_before", times=None)

    review = world.reviews()

    assert set(review.found.unreadable) >= {"lee", "mei", "noor", "ravi"}
    assert review.found.outcome in ("none", "needs_exception")
    assert review.offers == ()
    world.mends()
    world.presses("Look again", by="priya")
    assert review.state == "choosing"


def test_too_many_requests_are_waited_out(world: World) -> None:
    review = world.reviews()
    world.breaks("google", "*", "status", status=429, retry_after=0, times=2)

    world.holds()

    assert review.state == "held"
    assert world.held() == HELD


def test_no_title_of_any_calendar_is_told_to_anybody(world: World) -> None:
    """What meetings are about is nobody's business here."""
    world.makes_busy("lee", "2026-12-02T14:30Z", title="Canary: pay talks")
    review = world.reviews()
    world.holds()
    world.makes_busy("dana", "2026-12-01T15:30Z", title="Canary: surgery")
    world.approves()

    told = [*review.thread(), review.card(), *world.whispers("priya"), *world.directs("dana"), *world.directs("priya")]
    assert not any("Canary" in line for line in told)
    assert not any("Canary" in str(fact) for fact in review.facts)
