"""A slot is held, kept, extended, let go or turned down: by those who may, once, and with the calendars following."""

from __future__ import annotations

import threading

from tests.world import World, hours, instant, minutes

HELD = {"dana", "lee", "ravi", "mei", "noor"}


def test_who_is_not_involved_may_not_hold(world: World) -> None:
    """Carlos has nothing to do with this change: he is told who may, and no calendar is touched."""
    review = world.reviews()

    told = world.holds(by="carlos")

    assert "Holding a slot is for the record's owner" in told.words
    assert "Nothing changed." in told.words
    assert review.state == "choosing"
    assert world.held() == set()


def test_an_attendee_may_hold(world: World) -> None:
    review = world.reviews()

    told = world.holds(by="mei", offer=2)

    assert told.lines == ()
    assert review.state == "held"
    assert review.meeting.hold is not None
    assert review.meeting.hold.slot == review.offers[1]
    assert review.said("Mei holds")


def test_a_hold_is_private_has_no_attendees_and_says_whom_to_ask_and_when_it_ends(world: World) -> None:
    world.reviews()
    world.holds(by="lee")

    ends = {"dana": "12:02 Chicago", "ravi": "18:02 London", "noor": "18:02 London"}
    for name in HELD:
        event = world.hold_on(name)
        assert event.attendees == ()
        assert event.private
        assert "Lee Park" in event.text
        assert (
            f"by Mon 30 Nov 2026 {ends.get(name, '13:02 New York')}, later if somebody extends it, unless" in event.text
        )
        assert "Identity 4.2" not in event.title + event.text
    assert world.mails == []


def test_pressing_hold_twice_holds_once(world: World) -> None:
    """The second press is told who holds the slot since when."""
    review = world.reviews()
    button = review.button("Hold")
    world.presses(button, by="priya")

    told = world.presses(button, by="priya")

    assert "Priya Nair already holds" in told.words
    assert "Nothing changed." in told.words
    assert review.tags.count("slot.chosen") == 1
    assert len(review.meeting.holds) == 1


def test_of_two_who_press_at_once_one_wins_and_the_other_hears_who(world: World) -> None:
    review = world.reviews()
    hold = review.button("Hold", 1)
    both = [threading.Thread(target=world._press, args=(user, hold)) for user in ("U0PRIYA", "U0LEE")]
    for press in both:
        press.start()
    for press in both:
        press.join()
    world.settled()

    assert review.tags.count("slot.chosen") == 1
    winner = "Priya Nair" if review.meeting.holds[0].by == "priya" else "Lee Park"
    loser = "lee" if winner == "Priya Nair" else "priya"
    assert any(f"{winner} already holds" in line for line in world.whispers(loser))


def test_as_many_slots_are_held_at_once_as_the_policy_allows(world: World) -> None:
    """The demo's policy allows two: the confirmed one ends the other, and nothing of it stays."""
    review = world.reviews()
    world.holds(offer=1)
    world.holds(offer=2, by="lee")
    world.holds(offer=3, by="priya")

    assert [h.ended for h in review.meeting.holds] == [None, None]
    [told] = [line for line in world.whispers("priya") if "already holds" in line]
    assert "Priya Nair already holds" in told
    assert "Lee Park already holds" in told
    assert "Let one of them go first, or approve one." in told

    world.approves(by="dana")

    assert [h.ended for h in review.meeting.holds] == ["superseded", "confirmed"]
    assert world.held() == set()


def test_the_dialog_of_the_older_of_two_held_slots_shows_that_one_s_invite(world: World) -> None:
    """What is read there is what is sent."""
    review = world.reviews()
    world.holds(offer=1)
    older = review.button("Approve and send")
    world.holds(offer=2, by="lee")

    told = world.opens(older, by="dana")

    assert told.dialog is not None
    assert "Tue 1 Dec 2026 10:30 – 11:15 New York" in told.dialog
    assert "Wed 2 Dec 2026 09:30" not in told.dialog
    world.submits("dana")
    assert review.meeting.slot == review.offers[0]


def test_letting_go_clears_every_calendar_and_leaves_the_offers(world: World) -> None:
    review = world.reviews()
    world.holds()

    world.lets_go(by="noor")

    assert world.held() == set()
    assert review.state == "choosing"
    assert review.said("Noor Haddad let go of")
    assert "Nothing is held." in review.card()
    assert world.mails == []


def test_a_slot_that_was_let_go_can_be_held_again(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.lets_go()

    world.holds(by="dana")

    assert review.state == "held"
    assert world.held() == HELD
    world.approves()
    assert review.state == "confirmed"


def test_an_old_button_of_a_hold_that_is_over_says_how_things_stand(world: World) -> None:
    review = world.reviews()
    world.holds()
    extend, let_go = review.button("Extend"), review.button("Let go")
    world.lets_go()

    for button in (extend, let_go):
        told = world.presses(button, by="priya")
        assert told.words == "No slot is held any more. Nothing changed. The card shows how things stand."
    world.holds(offer=2)
    told = world.presses(let_go, by="priya")
    assert told.words == "That button belongs to an earlier hold. Nothing changed. The card shows how things stand."
    assert review.state == "held"


def test_a_late_approval_is_told_who_ended_the_hold(world: World) -> None:
    """Dana's direct message still has its button when Priya has let the slot go."""
    review = world.reviews()
    world.holds()
    approve = review.button("Approve and send…")
    world.lets_go()

    told = world.opens(approve, by="dana")

    assert told.words.startswith("CHG-1042: Priya Nair let this slot go today")
    assert told.words.endswith("Nothing changed. The card shows how it stands.")


def test_an_old_offer_cannot_be_held_after_a_newer_search(world: World) -> None:
    review = world.reviews()
    old = review.button("Hold")
    world.presses("Look again", by="priya")

    told = world.presses(old, by="priya")

    assert "Those offers are older than the newest ones. Nothing was held." in told.words
    assert world.held() == set()


def test_a_hold_runs_out_by_itself(world: World) -> None:
    """After four hours nobody has approved: all holds go, the thread says so, the offers stand."""
    review = world.reviews()
    world.holds()

    world.passes(hours(4))

    assert world.held() == set()
    assert review.state == "choosing"
    assert review.said("ran out: nobody approved it in time.")
    assert "slot.ended" in review.tags


def test_confirmers_hear_when_it_is_their_turn_at_half_time_and_before_the_end(world: World) -> None:
    review = world.reviews()
    world.holds()
    assert len(world.directs("dana")) == len(world.directs("priya")) == 1

    world.passes(hours(2))
    assert len(world.directs("dana")) == 2
    world.passes(minutes(90))
    assert len(world.directs("dana")) == 3
    assert world.directs("lee") == []
    assert review.state == "held"


def test_nobody_is_reminded_of_a_hold_that_is_over(world: World) -> None:
    world.reviews()
    world.holds()
    world.lets_go()

    world.passes(hours(3))

    assert len(world.directs("dana")) == 1


def test_a_hold_is_extended_once(world: World) -> None:
    """By one ttl; a second time is refused; it still runs out in the end."""
    review = world.reviews()
    world.holds()
    extend = review.button("Extend")

    world.extends(by="lee")

    assert review.meeting.hold is not None
    assert review.meeting.hold.expires_at == instant("2026-11-30T22:02Z")
    told = world.presses(extend, by="lee")
    assert "This hold was extended once already" in told.words
    assert "Nothing changed." in told.words

    world.passes(hours(4))
    assert review.state == "held"
    world.passes(hours(4))
    assert review.state == "choosing"
    assert world.held() == set()


def test_an_extension_never_reaches_past_the_start(world: World) -> None:
    world.passes(hours(21))  # Tue 11:02 UTC; the first slot begins at 15:30
    review = world.reviews()
    start = review.offers[0].span.start
    assert start - world.now < hours(8)
    world.holds()

    world.extends()

    assert review.meeting.hold is not None
    assert review.meeting.hold.expires_at == start


def test_a_rejection_needs_a_reason_and_shows_it_to_all(world: World) -> None:
    review = world.reviews()
    world.holds()

    empty = world.rejects(because="   ")
    assert list(empty.errors.values()) == ["Say in a sentence why."]
    assert review.state == "held"

    world.submits("dana", reason="The load test is not signed off <!channel> yet.")

    assert review.state == "choosing"
    assert world.held() == set()
    [line] = [line for line in review.thread() if "rejected" in line and "Dana" in line]
    assert "The load test is not signed off" in line
    assert "<!channel>" not in str(review.thread_messages())


def test_only_who_may_approve_may_reject(world: World) -> None:
    review = world.reviews()
    world.holds()

    told = world.rejects(because="I am on holiday", by="lee")

    assert told.dialog is None
    assert "Rejecting this slot is for Priya Nair (release owner) or Dana Osei (release manager)" in told.words
    assert review.state == "held"


def test_a_dialog_that_is_sent_after_the_hold_ran_out_changes_nothing(world: World) -> None:
    """Dana left the dialog open over lunch."""
    review = world.reviews()
    world.holds()
    world.opens("Approve and send", by="dana")
    world.passes(hours(4))

    told = world.submits("dana")

    assert review.state == "choosing"
    assert world.mails == []
    assert "Nothing" in told.words or "Nothing" in "\n".join(world.directs("dana")[-1:])


def test_a_slot_that_has_begun_cannot_be_held(world: World) -> None:
    review = world.reviews()
    button = review.button("Hold")
    world.passes(hours(26))

    told = world.presses(button, by="priya")

    assert "has begun already. Nothing was held." in told.words
    assert review.state == "choosing"


def test_a_deleted_card_does_not_stop_the_review(world: World) -> None:
    review = world.reviews()
    root = world.messages()[0]
    channel = world.slack.state.channels["C0RELEASES"]
    button = review.button("Hold")
    world.slack.state.delete(channel, root["ts"])

    world.presses(button, by="priya")

    assert review.state == "held"
    assert world.held() == HELD
