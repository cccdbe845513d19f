"""Several reviews of the same people: one card each, nobody in two places, and proper endings."""

from __future__ import annotations

from tests.world import World

HELD = {"dana", "lee", "ravi", "mei", "noor"}
TWIN = "CHG-1142"


def twin(world: World) -> None:
    """A second change that needs the very same people in the very same window."""
    text = (world.workspace / "records" / "CHG-1042.yaml").read_text("utf-8").replace("CHG-1042", TWIN)
    text = text.replace("Identity 4.2 login flow and schema migration", "Identity 4.3 key rotation")
    (world.workspace / "records" / f"{TWIN}.yaml").write_text(text, "utf-8")


def test_a_second_request_shows_the_card_that_exists(world: World) -> None:
    review = world.reviews()

    told = world.asks("/readiness-review chg-1042", by="lee", channel="C0IDENTITY")

    assert told.words.startswith("CHG-1042 has a review already, so I started nothing new.")
    assert "Choosing a time" in told.words
    assert review.cards() == 1
    assert review.tags.count("review.requested") == 1


def test_two_reviews_never_hold_the_same_person_at_the_same_time(world: World) -> None:
    """Both were offered the same slot; who holds second is told whom the other review holds."""
    twin(world)
    first, second = world.reviews(), world.reviews(TWIN)
    assert first.offers[0].span == second.offers[0].span
    world.holds(by="priya")

    told = world.holds(by="priya", record=TWIN)

    assert "Nothing was held: another review holds" in told.words
    assert "Dana Osei (for CHG-1042)" in told.words
    assert second.state == "choosing"
    assert first.state == "held"
    world.holds(by="priya", record=TWIN, offer=2)
    assert second.state == "held"


def test_a_confirmed_review_books_its_slot_for_all_others(world: World) -> None:
    twin(world)
    first = world.reviews()
    world.holds()
    world.approves()
    slot = first.offers[0].span

    second = world.reviews(TWIN)

    assert all(not offer.span.meets(slot) for offer in second.offers)
    told = world.asks(f"/readiness-review why {TWIN} Tue 10:30", by="priya")
    assert "already booked: CHG-1042" in told.words


def test_a_hold_elsewhere_rules_the_slot_out_in_words(world: World) -> None:
    """While CHG-1042 holds Tuesday 10:30, a fresh search for its twin does not offer it."""
    twin(world)
    first = world.reviews()
    world.holds()

    second = world.reviews(TWIN)

    assert all(not offer.span.meets(first.offers[0].span) for offer in second.offers)


def test_cancelling_a_held_review_takes_its_holds_away(world: World) -> None:
    review = world.reviews()
    world.holds()

    world.cancels(by="priya")

    assert review.state == "cancelled"
    assert world.held() == set()
    assert world.mails == []
    assert review.said("Priya Nair cancelled the meeting for CHG-1042.")
    assert "Cancelled" in review.card()


def test_cancelling_a_confirmed_review_sends_one_proper_cancellation_each(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.approves()

    world.cancels(by="dana")

    assert review.state == "cancelled"
    assert world.cancellations == sorted(HELD)
    assert all(world.meetings_of(name) == [] for name in HELD)
    assert "invite.cancelled" in review.tags
    again = world.asks("/readiness-review cancel CHG-1042", by="dana")
    assert "was cancelled. Nothing changed." in again.words
    assert world.cancellations == sorted(HELD)


def test_an_invite_is_withdrawn_although_somebody_asked_anew_meanwhile(world: World) -> None:
    """The organiser's calendar does not answer for a while; Priya does not wait for it."""
    review = world.reviews()
    world.holds()
    world.approves()
    world.breaks("google", "events.delete", "status", status=503, match="releases@example.com", times=12)
    world.asks("/readiness-review cancel CHG-1042", by="dana")
    world._press("U0DANA", world.whispered("Yes, cancel it", "dana"))
    assert world.slack.wait_until(lambda: review.state == "cancelled", 5)

    world.asks("/readiness-review CHG-1042", by="priya")

    assert review.meeting.request.round == 2
    assert world.cancellations == sorted(HELD)
    assert all(world.meetings_of(name) == [] for name in HELD)
    assert review.state == "choosing"


def test_who_is_not_involved_may_not_cancel(world: World) -> None:
    review = world.reviews()

    told = world.asks("/readiness-review cancel CHG-1042", by="carlos")

    assert "Cancelling this review is for" in told.words
    assert review.state == "choosing"


def test_after_a_cancellation_a_new_request_begins_a_new_round(world: World) -> None:
    """With a card of its own; the old card's buttons do nothing any more; the second round can be confirmed."""
    review = world.reviews()
    old = review.button("Hold")
    world.holds()
    world.approves()
    world.cancels(by="dana")

    world.asks("/readiness-review CHG-1042", by="priya")

    assert review.meeting.request.round == 2
    assert review.cards() == 2
    assert review.state == "choosing"
    told = world.presses(old, by="priya")
    assert world.held() == set()
    assert "Those offers are older than the newest ones. Nothing was held." in told.words
    world.holds()
    world.approves()
    assert review.state == "confirmed"
    assert world.invites == sorted([*HELD, *HELD])


def test_a_confirmed_review_takes_no_more_holds_or_searches(world: World) -> None:
    review = world.reviews()
    hold, again = review.button("Hold", 2), review.button("Look again")
    world.holds()
    let_go = review.button("Let go")
    world.approves()

    for button in (hold, again, let_go):
        told = world.presses(button, by="priya")
        assert "Dana Osei already approved this slot at" in told.words
    assert review.state == "confirmed"
    assert world.held() == set()
