"""How endings read: nothing is left in doubt."""

from __future__ import annotations

from bot.core import facts as f
from bot.slack.messages.audit_summary import audit_summary
from bot.slack.messages.cancel_question import cancel_question
from bot.slack.messages.card import card
from bot.slack.messages.ended import cancelled, ended
from bot.slack.messages.not_held import not_held
from bot.slack.messages.noted import noted
from bot.slack.messages.view import ReviewView
from tests.slack.identity_review import TO_CHOOSING, TO_CONFIRMED, TO_HELD, TO_TWO_HELD, later, review
from tests.slack.printed import told


def _ended(fact: f.SlotEnded) -> tuple[ReviewView, f.SlotEnded]:
    return review(*TO_HELD, (later(hours=1), fact)), fact


def test_let_go() -> None:
    """Who let go, and that no invite went out."""
    view, fact = _ended(f.SlotEnded(by="lee", set=1, why="let_go"))

    assert (
        told(ended(view, fact, later(hours=1)))
        == """\
CHG-1042: Lee Park let go of Tue 1 Dec 10:30 – 11:15 New York.

*Lee Park let go of Tue 1 Dec 10:30 – 11:15 New York.*
The tentative events come off four calendars. No invite was sent. The other offers may still stand: hold one of \
them, or look again.
(Mon 30 Nov 15:02 New York · in New York: Tue 1 Dec 10:30 – 11:15)
[Look again]
"""
    )


def test_expired() -> None:
    """Nobody approved in time: nobody is blamed."""
    view, fact = _ended(f.SlotEnded(set=1, why="expired"))

    assert (
        told(ended(view, fact, later(hours=1)))
        == """\
CHG-1042: The hold of Tue 1 Dec 10:30 – 11:15 New York ran out: nobody approved it in time.

*The hold of Tue 1 Dec 10:30 – 11:15 New York ran out: nobody approved it in time.*
The tentative events come off four calendars. No invite was sent. The other offers may still stand: hold one of \
them, or look again.
(Mon 30 Nov 15:02 New York · in New York: Tue 1 Dec 10:30 – 11:15)
[Look again]
"""
    )


def test_rejected() -> None:
    """By whom, with the reason that they gave."""
    view, fact = _ended(f.SlotEnded(by="dana", set=1, why="rejected", reason="r1"))

    assert (
        told(ended(view, fact, later(hours=1)))
        == """\
CHG-1042: Dana Osei rejected Tue 1 Dec 10:30 – 11:15 New York.

*Dana Osei rejected Tue 1 Dec 10:30 – 11:15 New York.* The reason: “Lee is travelling; take Wednesday.”
The tentative events come off four calendars. No invite was sent. The other offers may still stand: hold one of \
them, or look again.
(Mon 30 Nov 15:02 New York · in New York: Tue 1 Dec 10:30 – 11:15)
[Look again]
"""
    )


def test_a_hold_that_its_owner_took_off_comes_off_the_others() -> None:
    """Theirs is off already."""
    view, fact = _ended(f.SlotEnded(by="mei", set=1, why="vetoed"))

    assert "The tentative events come off three other calendars." in told(ended(view, fact, later(hours=1)))


def test_where_one_of_two_held_slots_ends_the_other_is_named() -> None:
    """Nobody is sent to look for times while one is held."""
    view = review(*TO_TWO_HELD, (later(hours=1), fact := f.SlotEnded(by="dana", set=2, why="rejected", reason="r1")))
    said = told(ended(view, fact, later(hours=1)))

    assert "Tue 1 Dec 10:30 – 11:15 New York is still held." in said
    assert "ook again" not in said


def test_not_held() -> None:
    """Nothing is left half held, and there is a reference."""
    why = "Microsoft did not answer for {person:mei}'s calendar."
    fact = f.SlotEnded(set=1, why="failed", reason_words=why)
    view = review(*TO_HELD[:4], (later(minutes=3), fact))

    assert (
        told(not_held(view, fact, later(minutes=3), "RR-7F3A"))
        == """\
CHG-1042: nothing was held for Tue 1 Dec 10:30 – 11:15 New York. Microsoft did not answer for Mei Tan's calendar.

*Nothing was held for Tue 1 Dec 10:30 – 11:15 New York.* Microsoft did not answer for Mei Tan's calendar.
Holds that were placed already are taken back. Try again in a minute, or choose another time. Ref RR-7F3A.
(Priya asked at 14:04 New York · failed 14:05 New York)
[Look again]
"""
    )


def test_cancelled_after_the_invite_was_out() -> None:
    """The invite is withdrawn, with the reason."""
    fact = f.Cancelled(by="priya", reason="c1")
    view = review(*TO_CONFIRMED, (later(hours=3), fact))

    assert (
        told(cancelled(view, fact, later(hours=3)))
        == """\
Priya Nair cancelled the meeting for CHG-1042.

*Priya Nair cancelled the meeting for CHG-1042.* The reason: “The change was withdrawn.”
The invite is withdrawn from five people. Holds that stood come off the calendars. A new review can be asked for \
at any time.
(Mon 30 Nov 17:02 New York)
"""
    )


def test_the_card_of_a_cancelled_review() -> None:
    """No slot, no window and no button any more."""
    view = review(*TO_CONFIRMED, (later(hours=3), f.Cancelled(by="priya")), (later(hours=3), f.HoldsGone(set=1)))

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Cancelled. A new review can be \
asked for at any time.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
Cancelled · asked by Priya
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
Nothing is on any calendar any more.
(A new review can be asked for at any time.)
(Times are in your own zone. Record CHG-1042 revision 7.)
"""
    )


def test_the_summary_of_a_review_that_was_never_confirmed() -> None:
    """Durations that never came to be are said as that."""
    view = review(*TO_CHOOSING, (later(hours=3), f.Cancelled(by="priya")))

    assert (
        told(audit_summary(view))
        == """\
Audit summary of CHG-1042: a person decided because policy asks for it: cancellation by Priya; request to viable \
slot 3 s, never confirmed.

CHG-1042 revision 7, policy a41c · 190 starts looked at: 5 fitted, 185 ruled out (outside working hours 96, \
database migration owner: busy 61, security reviewer: both busy 16, booked: Payments readiness review 12) · 9 \
calendars read Mon 30 Nov 14:02 New York, 0 unreadable · nothing was held · a person decided because policy asks \
for it: cancellation by Priya · request to viable slot 3 s, never confirmed
[Full log]
"""
    )


def test_a_note() -> None:
    """Kept in thread and log, in the person's words."""
    view = review(*TO_CHOOSING)

    assert (
        told(noted(view, f.Noted(by="lee", words="n1"), later(minutes=1)))
        == """\
Lee Park noted on CHG-1042: “The runbook moved.”

*Lee Park* notes: “The runbook moved.”
(Mon 30 Nov 14:03 New York · kept in the log of CHG-1042)
"""
    )


def test_before_a_review_with_an_invite_is_called_off() -> None:
    """Whose invites go is said before anything happens."""
    view = review(*TO_CONFIRMED)

    assert (
        told(cancel_question(view))
        == """\
Call the meeting for CHG-1042 off? Nothing has changed yet. The invite for Tue 1 Dec 10:30 – 11:15 New York is \
withdrawn from five people (Dana, Lee, Ravi, Mei and Noor), who are told. This cannot be taken back; a new \
one can be asked for at any time.

Call the meeting for CHG-1042 *Identity 4.2 login flow and schema migration* off? Nothing has changed yet.
The invite for Tue 1 Dec 10:30 – 11:15 New York is withdrawn from five people (Dana, Lee, Ravi, Mei and Noor), \
who are told. This cannot be taken back; a new one can be asked for at any time.
[Yes, cancel it] [Keep it]
"""
    )
