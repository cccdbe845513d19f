"""Approve and send: only by the right person, and only while nothing has changed since the offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.world import World, hours

HELD = {"dana", "lee", "ravi", "mei", "noor"}


def test_the_wrong_person_is_told_who_may(world: World) -> None:
    review = world.reviews()
    world.holds()

    told = world.approves(by="lee")

    assert told.dialog is None
    assert "Approving this review is for Priya Nair (release owner) or Dana Osei (release manager)" in told.words
    assert review.state == "held"
    assert world.mails == []


def test_a_confirmer_may_confirm_what_they_held_themselves(world: World) -> None:
    review = world.reviews()
    world.holds(by="dana")

    world.approves(by="dana")

    assert review.state == "confirmed"


def test_the_dialog_names_the_slot_the_people_and_the_delegates(world: World) -> None:
    world.reviews()
    world.holds(offer=3)

    shown = world.opens("Approve and send", by="dana").dialog

    assert shown is not None
    for words in ("Approve and send?", "Omar", "database migration owner", "Substitutes", "Exceptions: none"):
        assert words in shown
    world.submits("dana")
    assert world.invites == ["dana", "lee", "omar", "sam", "tom"]


def test_who_approves_second_hears_who_was_first(world: World) -> None:
    review = world.reviews()
    world.holds()
    button = review.button("Approve and send")
    world.opens("Approve and send", by="priya")
    world.opens("Approve and send", by="dana")
    world.submits("dana")

    late = world.submits("priya")

    said = late.words + "\n".join(world.directs("priya"))
    assert "Dana Osei already approved this slot at" in said
    assert len(world.invites) == 5
    told = world.opens(button, by="priya")
    assert told.dialog is None
    assert "Nothing changed." in told.words


def busy_on_google(world: World) -> None:
    world.makes_busy("dana", "2026-12-01T15:45Z")


def busy_on_microsoft(world: World) -> None:
    world.makes_busy("noor", "2026-12-01T15:30Z", minutes=45)


def on_hold(world: World) -> None:
    world.record("CHG-1042", state="on_hold")


def moved(world: World) -> None:
    world.record("CHG-1042", revision="8", evidence_cutoff="2026-12-03T10:00:00-05:00")


def postponed(world: World) -> None:
    later = {"start": "2026-12-04T19:00:00-05:00", "end": "2026-12-04T23:00:00-05:00"}
    world.record("CHG-1042", revision="8", cutover=later)


def frozen(world: World) -> None:
    world.freeze("Emergency freeze", "2026-12-01T10:00:00-05:00", "2026-12-01T11:00:00-05:00")


def swapped(world: World) -> None:
    world.edits("people.yaml", "{person: ravi, start: 2026-11-30T14:00:00Z, end: 2026-12-02T19:00:00Z}",
                "{person: tom, start: 2026-11-30T14:00:00Z, end: 2026-12-02T19:00:00Z}")  # fmt: skip


def deleted(world: World) -> None:
    world.frees(world.hold_on("lee"))


def deleted_on_google(world: World) -> None:
    world.frees(world.hold_on("dana"))


def unreadable(world: World) -> None:
    world.breaks("microsoft", "getSchedule", "calendar_error", match="lee@example.com", times=None)
    world.breaks("microsoft", "events.*", "status", status=503, match="lee@example.com", times=None)


CHANGES: list[tuple[Callable[[World], None], tuple[str, ...], set[str]]] = [
    (busy_on_google, ("Release manager", "busy"), HELD),
    (busy_on_microsoft, ("Security reviewer", "busy"), HELD),
    (on_hold, ("CHG-1042 changed", "state"), HELD),
    (moved, ("CHG-1042 changed from revision 7 to 8", "evidence cutoff"), HELD),
    (postponed, ("CHG-1042 changed from revision 7 to 8: cutover (Dec 3 19:00, now Dec 4 19:00)",), HELD),
    (frozen, ("Freeze: Emergency freeze",), HELD),
    (swapped, ("The on-call reliability lead is not on call then any more",), HELD),
    (deleted, ("the hold on the service owner's calendar was deleted there",), HELD - {"lee"}),
    (deleted_on_google, ("the hold on the release manager's calendar was deleted there",), HELD - {"dana"}),
]


@pytest.mark.parametrize(("change", "words", "still"), CHANGES, ids=lambda v: getattr(v, "__name__", None))
def test_what_changed_before_the_click_stops_the_sending(
    world: World, change: Callable[[World], None], words: tuple[str, ...], still: set[str]
) -> None:
    """Nothing is sent, the thread says what changed, the hold stays as solid as it was, and new times are looked for."""
    review = world.reviews()
    world.holds()
    change(world)

    world.approves()

    assert world.mails == []
    assert review.state == "held"
    [line] = [line for line in review.thread() if line.startswith("Nothing was sent.")]
    for word in words:
        assert word.lower() in line.lower()
    assert world.held() == still
    assert {world.hold_on(name).show_as for name in still} == {"tentative"}
    assert review.meeting.searches == 2


def test_a_hold_that_somebody_moved_stops_the_sending(world: World) -> None:
    review = world.reviews()
    world.holds()
    event = world.hold_on("lee")
    world.book.put(replace(event, start=event.start + hours(1), end=event.end + hours(1)))

    world.approves()

    assert world.mails == []
    assert review.said("Nothing was sent.")
    assert any("calendar was moved there" in line for line in review.thread())
    world.lets_go()
    assert world.held() == set()


def test_a_new_revision_with_nothing_moved_does_not_stop_the_sending(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.record("CHG-1042", revision="8")

    world.approves()

    assert review.state == "confirmed"


def test_once_it_is_settled_the_same_slot_can_be_approved_again(world: World) -> None:
    review = world.reviews()
    world.holds()
    event = world.makes_busy("dana", "2026-12-01T15:45Z")
    world.approves()
    assert review.state == "held"
    world.frees(event)

    world.approves()

    assert review.state == "confirmed"
    assert world.invites == sorted(HELD)
    assert world.held() == set()


def test_a_hold_of_an_older_record_is_not_sent_however_often_it_is_approved(world: World) -> None:
    """The search that follows knows the new record; the invite that was shown does not. A new hold does."""
    review = world.reviews()
    world.holds()
    moved(world)
    world.approves()
    assert review.meeting.searches == 2

    world.approves()
    assert review.state == "held"
    assert world.mails == []

    world.lets_go()
    world.holds()
    world.approves()
    assert review.state == "confirmed"
    [sent] = world.meetings_of("lee")
    assert "Evidence cutoff: Thu 3 Dec 2026 10:00 New York" in sent.text


def test_a_hold_whose_time_comes_while_it_is_being_approved_runs_out_afterwards(world: World) -> None:
    """The calendars do not answer at the click until the hold's time is over: then it is over."""
    review = world.reviews()
    world.holds()
    world.breaks("microsoft", "*", "status", status=503, times=None)
    world.given_up = ("confirm",)
    world.opens("Approve and send", by="dana")
    view = world.slack.modal("U0DANA")
    assert view is not None
    world.slack.submit("U0DANA", view["id"], {})
    world.clock.move(hours(4))
    world.mends()
    world.settled()

    assert review.state in ("choosing", "confirmed")
    assert world.held() == set()


def test_an_approval_that_cannot_be_read_again_is_not_sent(world: World) -> None:
    """Lee's calendar does not answer at the click: unknown is never free."""
    review = world.reviews()
    world.holds()
    unreadable(world)
    world.given_up = ("confirm",)

    world.approves()

    assert world.mails == []
    assert review.state == "held"
    assert review.said("Nothing was sent.")
    world.mends()
    world.approves()
    assert review.state == "confirmed"


def test_an_organiser_who_cannot_send_keeps_the_hold(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.breaks("google", "events.insert", "status", status=403, word="requiredAccessLevel",
                 match="releases@example.com", times=None)  # fmt: skip

    world.approves()

    assert review.state == "held"
    assert world.held() == HELD
    assert {world.hold_on(name).show_as for name in HELD} == {"tentative"}
    assert review.said("Nothing was sent.")
    assert review.said("The invite could not be sent: This identity may not write to that calendar.")


def test_an_invite_whose_answer_was_lost_is_sent_once(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.breaks("google", "events.insert", "drop_after", match="releases@example.com")

    world.approves()

    assert review.state == "confirmed"
    assert world.invites == sorted(HELD)


ORGANISER = "releases@example.com"


def test_an_invite_is_never_denied_while_nobody_knows_whether_it_went_out(world: World) -> None:
    """It went out, the answer was lost, and then the organiser's calendar says nothing for longer than we try."""
    review = world.reviews()
    world.holds()
    world.breaks("google", "events.insert", "drop_after", match=ORGANISER)
    world.breaks("google", "events.get", "slow", match=ORGANISER)  # the look before the sending is answered
    world.breaks("google", "events.get", "status", status=503, match=ORGANISER, times=40)

    world.approves()

    assert review.state == "confirmed"
    assert world.invites == sorted(HELD)
    assert not review.said("Nothing was sent.")


def test_lifted_holds_are_put_back_however_long_that_takes(world: World) -> None:
    """The calendars fail after the lift for longer than we try: the approval does not rest half way."""
    review = world.reviews()
    world.holds()
    world.breaks("google", "freeBusy.query", "status", status=503, times=None)
    world.given_up = ("confirm",)
    world.breaks("google", "events.patch", "slow", match="dana@")  # hers alone is a Google calendar
    world.breaks("google", "events.patch", "status", status=503, times=40)

    world.approves()

    assert review.state == "held"
    assert {world.hold_on(name).show_as for name in HELD} == {"tentative"}
    assert review.said("Nothing was sent.")
    assert world.mails == []
