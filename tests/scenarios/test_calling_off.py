"""Calling a review off asks once more where an invite or a hold goes with it, and names what goes."""

from __future__ import annotations

from tests.world import World

CANCEL = "/readiness-review cancel CHG-1042"


def test_with_nothing_on_any_calendar_nobody_is_asked_twice(world: World) -> None:
    review = world.reviews()

    told = world.asks(CANCEL, by="priya")

    assert told.lines == ()
    assert review.state == "cancelled"


def test_who_types_it_reads_whose_invites_and_which_holds_go(world: World) -> None:
    """Nothing has happened by then, and *Keep it* leaves it so."""
    review = world.reviews()
    world.holds()
    world.approves()
    before = review.meeting.version

    told = world.asks(CANCEL, by="dana")

    assert "Nothing has changed yet." in told.words
    assert "is withdrawn from five people (Dana, Lee, Ravi, Mei and Noor), who are told." in told.words
    world.presses(world.whispered("Keep it", "dana"), by="dana")
    assert (review.state, review.meeting.version) == ("confirmed", before)
    assert world.cancellations == []


def test_a_held_review_names_the_calendars_from_which_the_hold_comes_off(world: World) -> None:
    review = world.reviews()
    world.holds()

    told = world.asks(CANCEL, by="priya")

    assert "comes off" in told.words
    assert "calendars (" in told.words
    assert review.state == "held"
    world.presses(world.whispered("Yes, cancel it", "priya"), by="priya")
    assert review.state == "cancelled"
    assert world.held() == set()


def test_who_agreed_to_less_is_asked_again(world: World) -> None:
    """Priya was asked while a slot was held; Dana approves it before she answers: the invite is news to her."""
    review = world.reviews()
    world.holds()
    world.asks(CANCEL, by="priya")
    yes = world.whispered("Yes, cancel it", "priya")
    world.approves(by="dana")

    told = world.presses(yes, by="priya")

    assert review.state == "confirmed"
    assert "The invite for" in told.words
    world.presses(world.whispered("Yes, cancel it", "priya"), by="priya")
    assert review.state == "cancelled"
    assert world.cancellations != []


def test_the_card_of_a_confirmed_review_asks_in_a_dialog_of_its_own(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.approves()

    button = review.button("Cancel the meeting")
    asked = button.element["confirm"]

    assert asked["title"]["text"] == "Call the meeting off?"
    assert "is withdrawn from five people" in asked["text"]["text"]
    assert (asked["confirm"]["text"], asked["deny"]["text"]) == ("Yes, cancel it", "Keep it")
    world.presses(button, by="dana")
    assert review.state == "cancelled"
    assert review.said("Dana Osei cancelled the meeting for CHG-1042.")


def test_who_may_not_cancel_is_not_even_asked(world: World) -> None:
    review = world.reviews()
    world.holds()

    told = world.asks(CANCEL, by="carlos")

    assert "Cancelling this review is for" in told.words
    assert "Yes, cancel it" not in told.words
    assert review.state == "held"


def test_while_another_slot_is_looked_for_the_kept_invite_goes_too(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.approves()
    world.asks("/readiness-review reschedule CHG-1042", by="priya")

    told = world.asks(CANCEL, by="priya")
    assert "The invite for" in told.words
    world.presses(world.whispered("Yes, cancel it", "priya"), by="priya")

    assert review.state == "cancelled"
    assert review.said("The invite is withdrawn from five people.")
    assert world.cancellations != []
