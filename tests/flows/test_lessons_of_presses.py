"""What random presses have taught: each once a way to break a law, now an example."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from bot.core import facts as f
from bot.core.people import CalendarRef
from bot.core.refusals import Refusal
from bot.core.span import Span
from bot.ports import Done
from tests.inner_world import CHANNEL, InnerWorld
from tests.presses_office import AFTER, BEGIN, TTL, office


def world(slots: int = 1, away: bool = False) -> InnerWorld:
    made = InnerWorld(office(slots, away), BEGIN)
    made.makes_busy("zoe", BEGIN, 60 * 48)
    return made


def holds(w: InnerWorld, record: str = "CHG-1", offer: int = 0, by: str = "olga", settles: bool = True) -> int:
    """Holds an offer of the newest search; gives the set's number."""
    outcome = w.holding.hold(w.asker(by), record, w.meeting(record).searches, offer)
    assert isinstance(outcome, Done), outcome
    if settles:
        w.settle()
    return outcome.meeting.holds[-1].set


def confirms(w: InnerWorld, record: str = "CHG-1", by: str = "olga") -> None:
    assert isinstance(w.confirming.approve(w.asker(by), record, None), Done)
    w.settle()
    assert w.meeting(record).state == "confirmed"


def agreed(w: InnerWorld) -> int:
    """An exception for nick's evening, asked for by otto and granted by lena; gives its number."""
    w.reviews("CHG-3", "otto")
    asked = w.agreeing.exception(w.asker("otto"), "CHG-3", 1, 0)
    assert isinstance(asked, Done), asked
    number = asked.meeting.agreements[-1].number
    assert isinstance(w.agreeing.answer(w.asker("lena"), "CHG-3", number, 0, True, ""), Done)
    return number


def refused(outcome: object) -> tuple[str, ...]:
    assert isinstance(outcome, Refusal), outcome
    return outcome.codes


# -- several held slots


def test_a_slot_that_is_still_being_placed_is_placed_when_another_runs_out() -> None:
    w = world(slots=2)
    w.reviews("CHG-1", "olga")
    holds(w, offer=2)
    w.clock.move(TTL - timedelta(minutes=1))
    w.settle()
    second = holds(w, offer=3, settles=False)
    w.clock.move(timedelta(minutes=1))

    w.settle()

    [live] = w.meeting("CHG-1").live_holds
    assert (live.set, w.meeting("CHG-1").state, len(live.placed)) == (second, "held", 3)
    assert len(w.holds()) == 3


def test_every_hold_whose_time_came_during_an_approval_runs_out_when_that_is_stopped() -> None:
    w = world(slots=2)
    w.reviews("CHG-1", "olga")
    holds(w)
    approved = holds(w, offer=2)
    w.confirming.approve(w.asker("olga"), "CHG-1", approved)
    w.makes_busy("nora", w.meeting("CHG-1").set(approved).slot.span.start, 30)
    w.clock.move(TTL)

    w.settle()

    assert w.meeting("CHG-1").live_holds == ()
    assert w.holds() == []


# -- what was confirmed once


def test_while_another_slot_is_looked_for_no_earlier_one_is_meant() -> None:
    """Neither one that was confirmed before the kept one, nor one of an earlier round."""
    w = world()
    w.reviews("CHG-1", "olga")
    for _ in range(2):
        holds(w)
        confirms(w)
        assert isinstance(w.watching.reschedule(w.asker("olga"), "CHG-1"), Done)
        w.settle()

    assert w.meeting("CHG-1").kept is not None
    assert w.meeting("CHG-1").slot is None
    w.asking.cancel(w.asker("olga"), "CHG-1")
    w.asking.ask(w.asker("olga"), "CHG-1", CHANNEL)
    assert w.meeting("CHG-1").slot is None


def test_who_sat_in_an_earlier_round_has_no_say_in_this_one() -> None:
    w = world()
    w.reviews("CHG-2", "olga")
    holds(w, "CHG-2")
    confirms(w, "CHG-2")
    assert "rita" in w.meeting("CHG-2").slot.people  # type: ignore[union-attr] # it is confirmed
    w.asking.cancel(w.asker("olga"), "CHG-2")
    w.passes(timedelta(hours=6))  # rita's shift is over
    w.reviews("CHG-2", "olga")

    assert refused(w.asking.look_again(w.asker("rita"), "CHG-2")) == ("not_yours",)


# -- late presses


def test_a_hold_that_ran_out_cannot_be_extended_any_more() -> None:
    """Its end may not be on record yet: a late press must not bring it back."""
    w = world()
    w.reviews("CHG-1", "olga")
    number = holds(w)
    w.clock.move(TTL)

    assert refused(w.holding.extend(w.asker("olga"), "CHG-1", number)) == ("lapsed",)
    w.settle()
    assert w.meeting("CHG-1").live_holds == ()


# -- exceptions


def test_who_pays_for_an_exception_may_refuse_it_and_takes_the_held_slot_with_them() -> None:
    """Nick's own no comes after the approver's yes, and after the slot was held: it is let go everywhere."""
    w = world()
    number = agreed(w)
    assert isinstance(w.holding.hold_agreed(w.asker("otto"), "CHG-3", number), Done)
    w.settle()
    assert w.meeting("CHG-3").state == "held"

    said = w.agreeing.answer(w.asker("nick"), "CHG-3", number, 1, False, "My evening is taken.")
    w.settle()

    assert isinstance(said, Done)
    [ended] = [fact for fact in said.facts if isinstance(fact, f.SlotEnded)]
    assert (ended.why, ended.by) == ("rejected", "nick")
    assert ended.reason is not None
    assert w.journal.words(ended.reason) == "My evening is taken."
    assert w.meeting("CHG-3").live_holds == ()
    assert w.holds() == []
    assert refused(w.holding.hold_agreed(w.asker("otto"), "CHG-3", number)) == ("not_agreed",)


def test_while_the_slot_is_being_approved_its_exception_cannot_be_taken_back() -> None:
    w = world()
    number = agreed(w)
    w.holding.hold_agreed(w.asker("otto"), "CHG-3", number)
    w.settle()
    w.confirming.approve(w.asker("otto"), "CHG-3", None)

    answer = w.agreeing.answer(w.asker("nick"), "CHG-3", number, 1, False, "My evening is taken.")

    assert refused(answer) == ("confirming",)
    assert "Nothing changed. Try again in a minute." in answer.words  # type: ignore[union-attr] # it was refused


def test_a_no_about_another_time_leaves_the_held_slot_alone() -> None:
    w = world()
    number = agreed(w)
    other = w.agreeing.exception(w.asker("otto"), "CHG-3", 1, 1)
    assert isinstance(other, Done)
    w.holding.hold_agreed(w.asker("otto"), "CHG-3", number)
    w.settle()

    w.agreeing.answer(w.asker("nick"), "CHG-3", other.meeting.agreements[-1].number, 1, False, "No.")

    assert w.meeting("CHG-3").state == "held"


# -- rescheduling


def rescheduling(provider: Literal["google", "microsoft"]) -> tuple[InnerWorld, Span]:
    """A confirmed slot that nora cannot keep is looked for anew, every half hour; all calendars are of one provider."""
    w = world()
    for name in ("mara", "sven", "nora"):
        w.person(name, calendars=(CalendarRef(provider=provider, id=f"{name}@example.com"),))
    w.office.policy = w.office.policy.model_copy(update={"grid": timedelta(minutes=30)})
    w.reviews("CHG-1", "olga")
    holds(w)
    confirms(w)
    kept = w.meeting("CHG-1").slot
    assert kept is not None
    w.makes_busy("nora", kept.span.start, 30)
    w.passes(timedelta(minutes=2))
    w.watching.reschedule(w.asker("olga"), "CHG-1")
    w.settle()
    return w, kept.span


def test_a_new_slot_may_overlap_the_one_that_is_kept() -> None:
    """Our own invite stands on everybody's calendar then: it goes when the new slot is confirmed."""
    w, kept = rescheduling("microsoft")
    offers = w.meeting("CHG-1").search.offers  # type: ignore[union-attr] # it was searched
    holds(w, offer=next(i for i, o in enumerate(offers) if o.span.meets(kept)))

    assert w.meeting("CHG-1").state == "held"
    confirms(w)
    assert len(w.invitations.live) == 1


@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_what_lies_under_the_kept_invite_is_never_taken_for_free(provider: Literal["google", "microsoft"]) -> None:
    """Google tells blocks: what lies under our invite cannot be seen there, so nothing that meets it is offered."""
    w, kept = rescheduling(provider)
    offers = [o.span for o in w.meeting("CHG-1").search.offers]  # type: ignore[union-attr] # it was searched
    interview = Span(kept.start, kept.start + timedelta(minutes=30))

    assert offers
    assert not any(span.meets(interview if provider == "microsoft" else kept) for span in offers)


def test_what_was_called_off_while_another_slot_was_looked_for_is_not_kept_by_a_late_press() -> None:
    """Its invite was withdrawn: *Keep* must not bring back a meeting that nobody has in their calendar."""
    w = world()
    w.reviews("CHG-1", "olga")
    holds(w)
    confirms(w)
    w.watching.reschedule(w.asker("olga"), "CHG-1")
    w.asking.cancel(w.asker("olga"), "CHG-1")
    w.settle()

    assert refused(w.watching.keep(w.asker("olga"), "CHG-1")) == ("cancelled",)
    assert w.meeting("CHG-1").state == "cancelled"
    assert w.invitations.live == ()


# -- stand-ins


@pytest.mark.parametrize("offer", [0, 2])
def test_a_stand_in_waits_for_the_hold_that_they_approve_and_for_no_other(offer: int) -> None:
    w = world(slots=2)
    w.reviews("CHG-1", "olga")
    first = holds(w)
    w.passes(AFTER)
    second = holds(w, offer=2)

    assert refused(w.confirming.approve(w.asker("dale"), "CHG-1", second)) == ("not_yours",)
    assert isinstance(w.confirming.approve(w.asker("dale"), "CHG-1", first), Done)


def test_who_sits_in_the_slot_that_is_kept_may_keep_it() -> None:
    w = world()
    w.reviews("CHG-2", "olga")
    holds(w, "CHG-2")
    confirms(w, "CHG-2")
    w.watching.reschedule(w.asker("olga"), "CHG-2")
    w.passes(timedelta(hours=6))  # rita is not on call any more, but the kept slot is hers

    assert isinstance(w.watching.keep(w.asker("rita"), "CHG-2"), Done)


def test_a_question_that_the_confirmation_settles_in_two_ways_is_settled_once() -> None:
    """The approval was stopped and asked about; then it goes through: the slot is confirmed, and its hold is over too."""
    w = world()
    w.reviews("CHG-1", "olga")
    holds(w)
    slot = w.meeting("CHG-1").live_holds[0].slot
    meanwhile = w.makes_busy(slot.people[-1], slot.span.start)
    assert isinstance(w.confirming.approve(w.asker("olga"), "CHG-1", None), Done)
    w.settle()
    assert "approval.stopped" in w.tags("CHG-1")
    w.frees(meanwhile)
    confirms(w)

    raised = [e.number for e in w.meeting("CHG-1").escalations]
    settled = [x.escalation for x in w.facts("CHG-1") if isinstance(x, f.EscalationResolved)]
    assert raised
    assert sorted(settled) == sorted(raised)


# -- what a torture taught


def test_the_sweep_reads_the_reviews_that_holds_name_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads sixty calendars every quarter of an hour; reading all reviews for each of them kept a core busy."""
    w = world()
    w.reviews("CHG-1", "olga")
    holds(w)

    def all_of_them() -> None:
        pytest.fail("every review was read")

    keys = w.journal.hold_keys()  # the store asks its table of holds for these
    monkeypatch.setattr(w.journal, "hold_keys", lambda: keys)
    monkeypatch.setattr(w.journal, "meetings", all_of_them)
    assert (w.holding.sweep(), len(w.holds())) == (0, 3)


def test_the_sweep_takes_off_what_no_review_owns() -> None:
    """A hold that arrives when its set is over: nobody looks for it any more, but the sweep."""
    w = world()
    w.reviews("CHG-1", "olga")
    number = holds(w)
    straggler = w.holds()[0]
    assert isinstance(w.holding.let_go(w.asker("olga"), "CHG-1", number), Done)
    w.settle()
    w.book.put(straggler)

    assert w.holding.sweep() == 1
    assert w.holds() == []
