"""The main story as the channel and its thread read it, whole."""

from __future__ import annotations

from bot.core import facts as f
from bot.slack.messages.approve_dialog import approve_dialog
from bot.slack.messages.approving import approving
from bot.slack.messages.audit_summary import audit_summary
from bot.slack.messages.card import card
from bot.slack.messages.confirmed import confirmed
from bot.slack.messages.extended import extended
from bot.slack.messages.held import held
from bot.slack.messages.looking import looking
from bot.slack.messages.offers import offers
from bot.slack.messages.quiet_offer import quiet_offer
from bot.slack.messages.stopped import stopped
from bot.slack.messages.view import ReviewView
from tests.slack.identity_review import (
    CHOSEN,
    CONFIRMED,
    HELD,
    KIND,
    NEW_YORK,
    OFFERS,
    PEOPLE,
    RECORD,
    SEARCHED,
    TO_CHOOSING,
    TO_CONFIRMED,
    TO_HELD,
    later,
    review,
)
from tests.slack.printed import told


def _stopped() -> tuple[ReviewView, f.Stopped]:
    fact = f.Stopped(
        set=1, changes=("release manager: {person:dana} is busy.", "CHG-1042 changed from revision 7 to 8: cutover.")
    )
    return review(*TO_HELD, (later(hours=1), f.Approved(by="dana", set=1)), (later(hours=1), fact)), fact


def test_the_quiet_offer() -> None:
    """A pasted link earns one offer, with the cutover, and nothing is searched unasked."""
    assert (
        told(quiet_offer(RECORD, KIND, PEOPLE, NEW_YORK))
        == """\
CHG-1042 has no Release-readiness review yet. Shall I look for a time?

CHG-1042 *Identity 4.2 login flow and schema migration* has no release-readiness review yet. Cutover Thu 3 Dec \
19:00 New York.
[Schedule the meeting] [Not now]
"""
    )


def test_the_first_answer_says_what_is_looked_at_and_where_offers_come() -> None:
    """The private acknowledgement."""
    assert (
        told(looking("CHG-1042", "C0RELEASES", 5, 9))
        == """\
Looking at five roles over nine calendars for CHG-1042. The answer comes in <#C0RELEASES>.

Looking at five roles over nine calendars for CHG-1042. The answer comes in <#C0RELEASES>.
"""
    )


def test_the_card_before_the_first_search() -> None:
    """Nothing is known yet, and nothing is claimed: whoever is on call stays unnamed."""
    view = review(*TO_CHOOSING[:2])

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Looking for a time. Next: the \
times come in the thread.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Looking for a time · asked by Priya · for Priya or Dana to approve
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead _whoever is on call_ · database \
migration owner *Mei Tan* · security reviewer *Noor Haddad* or *Sam Ortiz*
Nothing is on any calendar yet.
(Next: the times come in the thread.)
(Times are in your own zone. Record CHG-1042 revision 7.)
"""
    )


def test_the_card_while_a_time_is_chosen() -> None:
    """Window with what bounds it, every role with its holder, what is on calendars, who is next."""
    view = review(*TO_CHOOSING)

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Choosing a time. Next: anyone \
involved holds one of the times in the thread.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Choosing a time · asked by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
Nothing is on any calendar yet.
(Next: anyone involved holds one of the times in the thread.)
(Times are in your own zone. Record CHG-1042 revision 7.)
[Why not…] [Substitute…] [Look again]
"""
    )


def test_the_offers() -> None:
    """Each offer says who sits, who confirmed a delegate, how much room is left, and why it stands there."""
    view = review(*TO_CHOOSING)

    assert (
        told(offers(view, SEARCHED))
        == """\
CHG-1042: Five of 190 starts fit everybody. The best is Tue 1 Dec 10:30 – 11:15 New York.

Five of 190 starts fit everybody. The best three, none overlapping:
*1 · Tue 1 Dec 10:30 – 11:15 New York*  everyone named (Ravi as on-call reliability lead, Noor as security \
reviewer), 1 h 30 min after *load test* evidence is ready
_First: the earliest with everyone named._  [Hold]
*2 · Wed 2 Dec 09:30 – 10:15 New York*  everyone named (Ravi as on-call reliability lead, Noor as security \
reviewer), 22 h 45 min before *load test* evidence goes stale
_After 1: as good, but later._  [Hold]
*3 · Wed 2 Dec 14:00 – 14:45 New York*  Omar sits in for Mei as database migration owner (authority confirmed by \
Priya until Fri 1 Jan 00:00 New York), everyone else named (Ravi as on-call reliability lead, Noor as security \
reviewer), 18 h 15 min before *load test* evidence goes stale
_After 2: it takes one delegate._  [Hold]
(Times are in your own zone. In New York: *1* Tue 1 Dec 10:30 – 11:15 · *2* Wed 2 Dec 09:30 – 10:15 · *3* Wed 2 \
Dec 14:00 – 14:45)
[Why not…]
(Ruled out: outside working hours (96) · database migration owner: busy (61) · security reviewer: both busy (16) \
· booked: Payments readiness review (12))
"""
    )


def test_fewer_offers_leave_more_times_to_ask_for() -> None:
    """`shown` is how many of them stand in the message."""
    view = review(*TO_CHOOSING)

    assert (
        told(offers(view, SEARCHED, 1))
        == """\
CHG-1042: Five of 190 starts fit everybody. The best is Tue 1 Dec 10:30 – 11:15 New York.

Five of 190 starts fit everybody. The best one:
*1 · Tue 1 Dec 10:30 – 11:15 New York*  everyone named (Ravi as on-call reliability lead, Noor as security \
reviewer), 1 h 30 min after *load test* evidence is ready
_First: the earliest with everyone named._  [Hold]
(Times are in your own zone. In New York: *1* Tue 1 Dec 10:30 – 11:15)
[Why not…] [More times]
(Ruled out: outside working hours (96) · database migration owner: busy (61) · security reviewer: both busy (16) \
· booked: Payments readiness review (12))
"""
    )


def test_the_card_while_a_slot_is_held() -> None:
    """The hold's end counts down, and who could not be held is named."""
    view = review(*TO_HELD)

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Held Tue 1 Dec 10:30 – 11:15 New \
York. Next: Priya or Dana approves or rejects.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Held *Tue 1 Dec 10:30 – 11:15 New York* · asked by Priya · held by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
At that time: everyone named (Ravi as on-call reliability lead, Noor as security reviewer)
Tentative on 4 of 5 calendars: Dana, Lee, Mei and Noor. *Not held:* Ravi (their calendar cannot be written).
(Next: Priya or Dana approves or rejects.)
(The hold runs out Mon 30 Nov 18:02 New York, in 3 h 57 min.)
(Times are in your own zone. In New York: Tue 1 Dec 10:30 – 11:15. Record CHG-1042 revision 7.)
[Approve and send…] [Reject…]
[Substitute…] [Extend] [Let go]
"""
    )


def test_the_card_names_a_delegate() -> None:
    """Whoever sits in for a holder is named, with who confirmed their authority and until when."""
    chosen = CHOSEN.model_copy(update={"slot": OFFERS[2]})
    view = review(*TO_CHOOSING, (later(minutes=2), chosen), (later(minutes=2), HELD))

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Held Wed 2 Dec 14:00 – 14:45 New \
York. Next: Priya or Dana approves or rejects.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Held *Wed 2 Dec 14:00 – 14:45 New York* · asked by Priya · held by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
At that time: Omar sits in for Mei as database migration owner (authority confirmed by Priya until Fri 1 Jan \
00:00 New York), everyone else named (Ravi as on-call reliability lead, Noor as security reviewer)
Tentative on 4 of 5 calendars: Dana, Lee, Mei and Noor. *Not held:* Ravi (their calendar cannot be written).
(Next: Priya or Dana approves or rejects.)
(The hold runs out Mon 30 Nov 18:02 New York, in 3 h 58 min.)
(Times are in your own zone. In New York: Wed 2 Dec 14:00 – 14:45. Record CHG-1042 revision 7.)
[Approve and send…] [Reject…]
[Substitute…] [Extend] [Let go]
"""
    )


def test_held() -> None:
    """The thread says who holds what until when, and shows the invite word for word."""
    view = review(*TO_HELD)

    assert (
        told(held(view, view.meeting.set(1)))
        == """\
CHG-1042: Priya holds Tue 1 Dec 10:30 – 11:15 New York until 18:02 New York. Priya or Dana can approve it.

Priya holds *Tue 1 Dec 10:30 – 11:15 New York* until 18:02 New York. Tentative on 4 of 5 calendars: Dana, Lee, \
Mei and Noor. *Not held:* Ravi (their calendar cannot be written).
This is the invite that would go out, to 5 people:
> Release-readiness review CHG-1042: Identity 4.2 login flow
>
> Record: https://change.example.com/changes/CHG-1042 (revision 7)
>
> Who decides here:
> - release manager: Dana Osei
Priya Nair (release owner) or Dana Osei (release manager) approves or rejects. Anyone involved can extend the \
hold or let it go.
(Times are in your own zone. In New York: Tue 1 Dec 10:30 – 11:15.)
[Approve and send…] [Reject…]
[Substitute…] [Extend] [Let go]
"""
    )


def test_extended() -> None:
    """Who, until when, and that it is not done twice."""
    fact = f.SlotExtended(by="lee", set=1, expires_at=later(hours=8))
    view = review(*TO_HELD, (later(hours=1), fact))

    assert (
        told(extended(view, fact, later(hours=1)))
        == """\
CHG-1042: Lee extended the hold of Tue 1 Dec 10:30 – 11:15 New York until Mon 30 Nov 22:02 New York.

Lee extended the hold of Tue 1 Dec 10:30 – 11:15 New York until Mon 30 Nov 22:02 New York.
(15:02 New York · a hold is extended once · Priya or Dana can approve it until then)
"""
    )


def test_approving() -> None:
    """Between the approval and the invite everything is read again."""
    fact = f.Approved(by="dana", set=1)
    view = review(*TO_HELD, (later(hours=1), fact))

    assert (
        told(approving(view, fact, later(hours=1)))
        == """\
CHG-1042: Dana approved Tue 1 Dec 10:30 – 11:15 New York at 15:02 New York. Record, policy, on-call, freezes and \
calendars are being read again before anything is sent.

Dana approved Tue 1 Dec 10:30 – 11:15 New York at 15:02 New York. Record, policy, on-call, freezes and calendars \
are being read again before anything is sent.
"""
    )


def test_stopped_at_the_click() -> None:
    """What changed is listed, whoever cannot come by role alone; the hold is still there."""
    view, fact = _stopped()

    assert (
        told(stopped(view, fact, later(hours=1), (OFFERS[1],)))
        == """\
CHG-1042: nothing was sent, because something changed since the offer. Priya's hold of Tue 1 Dec 10:30 – 11:15 \
New York stays until 18:02 New York.

*Nothing was sent.* Since the offer (Mon 30 Nov 14:02 New York):
• The release manager is busy.
• CHG-1042 changed from revision 7 to 8: cutover.
Priya's hold of Tue 1 Dec 10:30 – 11:15 New York stays until 18:02 New York. Another time still fits: Wed 2 Dec \
09:30 – 10:15 New York.
(Read again 15:02 New York · in New York: Tue 1 Dec 10:30 – 11:15)
[Approve and send…] [Let go] [Look again]
"""
    )


def test_the_card_after_a_stopped_approval() -> None:
    """The card says what changed since the offer."""
    view, _ = _stopped()

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Held Tue 1 Dec 10:30 – 11:15 New \
York. Next: Priya or Dana approves or rejects.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Held *Tue 1 Dec 10:30 – 11:15 New York* · asked by Priya · held by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
At that time: everyone named (Ravi as on-call reliability lead, Noor as security reviewer)
Tentative on 4 of 5 calendars: Dana, Lee, Mei and Noor. *Not held:* Ravi (their calendar cannot be written).
*Changed since the offer:* the release manager is busy; CHG-1042 changed from revision 7 to 8: cutover. Nothing \
was sent.
(Next: Priya or Dana approves or rejects.)
(The hold runs out Mon 30 Nov 18:02 New York, in 3 h.)
(Times are in your own zone. In New York: Tue 1 Dec 10:30 – 11:15. Record CHG-1042 revision 7.)
[Approve and send…] [Reject…]
[Substitute…] [Extend] [Let go]
"""
    )


def test_confirmed() -> None:
    """Who approved what and when, who is invited, what became of the holds."""
    view = review(*TO_CONFIRMED)

    assert (
        told(confirmed(view, CONFIRMED, later(hours=2, minutes=10)))
        == """\
CHG-1042 is confirmed: Tue 1 Dec 10:30 – 11:15 New York, approved by Dana Osei. One invite to five people.

Approved by *Dana Osei* Mon 30 Nov 16:12 New York: *Tue 1 Dec 10:30 – 11:15 New York*. One invite to five people \
(Dana, Lee, Ravi, Mei and Noor), the holds come off, slot booked in the release calendar. Substitutes: none. \
Exceptions: none.
• release manager: *Dana Osei*
• service owner: *Lee Park*
• on-call reliability lead: *Ravi Shah*
• database migration owner: *Mei Tan*
• security reviewer: *Noor Haddad*
Join the meeting (meet.google.com)
(Times are in your own zone. In New York: Tue 1 Dec 10:30 – 11:15.)
"""
    )


def test_the_card_of_a_confirmed_review() -> None:
    """The link to join is there; what is left is another slot, or none."""
    view = review(*TO_CONFIRMED)

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Confirmed Tue 1 Dec 10:30 – 11:15 \
New York. Nothing is left to do.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Confirmed *Tue 1 Dec 10:30 – 11:15 New York* · asked by Priya · approved by Dana
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
At that time: everyone named (Ravi as on-call reliability lead, Noor as security reviewer)
One invite to five people is on their calendars. Four holds are coming off.
Join the meeting (meet.google.com)
(Nothing is left to do.)
(Times are in your own zone. In New York: Tue 1 Dec 10:30 – 11:15. Record CHG-1042 revision 7.)
[Reschedule] [Cancel the meeting]
"""
    )


def test_an_approval_that_was_stopped_is_told_apart_from_the_one_that_sent() -> None:
    stopped = f.Stopped(set=1, changes=("the security reviewer is busy",))
    view = review(*TO_HELD, (later(hours=1), f.Approved(by="dana", set=1)), (later(hours=1), stopped),
                  *TO_CONFIRMED[len(TO_HELD) :])  # fmt: skip

    assert "approval by Dana (nothing was sent), approval by Dana ·" in told(audit_summary(view))


def test_the_audit_summary() -> None:
    """One paragraph from the ledger alone."""
    view = review(*TO_CONFIRMED, (later(hours=2, minutes=11), f.HoldsGone(set=1)))

    assert (
        told(audit_summary(view))
        == """\
Audit summary of CHG-1042: a person decided because policy asks for it: approval by Dana; request to viable slot \
3 s, to confirmation 2 h 10 min.

CHG-1042 revision 7, policy a41c · 190 starts looked at: 5 fitted, 185 ruled out (outside working hours 96, \
database migration owner: busy 61, security reviewer: both busy 16, booked: Payments readiness review 12) · 9 \
calendars read Mon 30 Nov 14:02 New York and Mon 30 Nov 16:12 New York, 0 unreadable · 1 hold on 4 calendars, all \
removed · a person decided because policy asks for it: approval by Dana · request to viable slot 3 s, to \
confirmation 2 h 10 min
[Full log]
"""
    )


def test_while_another_slot_is_looked_for_the_card_says_that_the_old_one_is_on() -> None:
    """Nobody may think that there is no meeting."""
    view = review(*TO_CONFIRMED, (later(hours=3), f.RescheduleAsked(by="priya", set=1)))

    assert (
        "*Tue 1 Dec 10:30 – 11:15 New York is still on:* its invite stands until another is confirmed."
        in told(card(view)).splitlines()
    )


def test_what_changed_after_the_confirmation_stands_on_the_card_until_it_is_as_it_was() -> None:
    """Nobody may read *nothing is left to do* while the slot lies outside its window."""
    changed = (later(hours=3), f.Disturbed(changes=("{person:mei} declined the invite.",), causes=("declined",)))
    back = (later(hours=4), f.Disturbed(changes=(), causes=()))
    said = told(card(review(*TO_CONFIRMED, changed)))

    assert "Confirmed, but something has changed since: *Tue 1 Dec 10:30 – 11:15 New York*" in said
    assert (
        "*Changed since the confirmation:* the database migration owner declined the invite. The invite stands." in said
    )
    assert "Nothing is left to do." not in said
    assert "Nothing is left to do." in told(card(review(*TO_CONFIRMED, changed, back)))


def test_the_card_names_the_revision_that_was_searched_last() -> None:
    moved = SEARCHED.model_copy(update={"search": 2, "revision": "8"})
    view = review(*TO_CHOOSING, (later(hours=1), moved))

    assert "revision 8." in told(card(view))


def test_a_new_slot_says_which_invite_it_takes_the_place_of() -> None:
    """In the question before it is sent, and in the thread afterwards: nobody comes to the old one."""
    again = (
        *TO_CONFIRMED, (later(hours=3), f.RescheduleAsked(by="priya", set=1)),
        (later(hours=3), CHOSEN.model_copy(update={"set": 2, "slot": OFFERS[1]})), (later(hours=3), HELD.model_copy(update={"set": 2})),
    )  # fmt: skip
    new = CONFIRMED.model_copy(update={"set": 2, "invite": "i2", "replaces": "i1"})
    view = review(*again)

    assert "It takes the place of *Tue 1 Dec 10:30 – 11:15 New York*, whose invite is withdrawn then." in told(
        approve_dialog(view, view.meeting.set(2))
    )
    assert (
        "It takes the place of *Tue 1 Dec 10:30 – 11:15 New York*: that invite is withdrawn, and those who had it are told."
        in told(confirmed(review(*again, (later(hours=4), new)), new, later(hours=4)))
    )
    assert "takes the place" not in told(confirmed(review(*TO_CONFIRMED), CONFIRMED, later(hours=4)))


def test_a_moment_at_which_calendars_were_read_twice_is_told_once() -> None:
    again = (later(seconds=9), SEARCHED.model_copy(update={"search": 2}))

    assert "9 calendars read Mon 30 Nov 14:02 New York, 0 unreadable" in told(
        audit_summary(review(*TO_CHOOSING, again))
    )
