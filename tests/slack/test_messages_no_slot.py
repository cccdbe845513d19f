"""When no time fits: what blocks, what helps, who is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core import facts as f
from bot.core.by_day import Told
from bot.core.policy import RoleDemand
from bot.slack.messages.blocked import blocked
from bot.slack.messages.card import card, next_step
from bot.slack.messages.view import ReviewView
from bot.slack.messages.why_not import why_not
from tests.slack.identity_review import KIND, RECORD, SEARCHED, TO_CHOOSING, at, later, review, slot
from tests.slack.printed import told

_SAM = slot(2, 17, 15, security_reviewer=f.Seat(person="sam"))
_NEED = f.Need(
    rule="working_hours", approvers=("release_owner", "release_leads"), role="security_reviewer", person="sam"
)
_EXCEPTION = SEARCHED.model_copy(
    update={
        "outcome": "needs_exception", "feasible": 0, "offers": (), "options": (f.Option(slot=_SAM, needs=(_NEED,)),),
        "asks": (f.Ask(span=slot(2, 14).span, person="noor", role="security_reviewer", rules=("busy",)),),
        "blocking": ("security reviewer: everyone is busy until {instant:2026-12-02T22:00:00+00:00}",
                     "freeze until {instant:2026-12-02T17:00:00+00:00}", "load test evidence"),
    }
)  # fmt: skip


def _searched(**changes: Any) -> tuple[ReviewView, f.Searched]:
    found = _EXCEPTION.model_copy(update=changes)
    return review(*TO_CHOOSING[:2], (later(seconds=3), found)), found


def test_one_agreement_would_do() -> None:
    """What blocks, whose agreement each option needs, whom alone a time hangs on, and who is asked."""
    view, found = _searched()

    assert (
        told(blocked(view, found))
        == """\
No time fits CHG-1042 before Thu 3 Dec 09:00 New York (load test evidence goes stale). One agreement would do.

No time fits CHG-1042 before Thu 3 Dec 09:00 New York (*load test* evidence goes stale). 190 starts were looked \
at. These three together rule everything out: _security reviewer: everyone is busy until Wed 2 Dec 17:00 New \
York_ · _freeze until Wed 2 Dec 12:00 New York_ · _load test evidence_. Leave any one away and there is room.
One agreement would do:
*A · Wed 2 Dec 17:15 – 18:00 New York*
• Sam Ortiz (security reviewer) outside working hours: Priya Nair (release owner) or Dana Osei (release leads) \
must agree; Sam is asked too  [Ask for this…]
*B · Wed 2 Dec 14:00 – 14:45 New York*
Only Noor Haddad (security reviewer) stands against it.  [Ask Noor]
Asked: Priya (record owner). This goes to the release leads too, and further up if nobody answers. Nothing is \
held.
(Times are in your own zone. In New York: *A* Wed 2 Dec 17:15 – 18:00 · *B* Wed 2 Dec 14:00 – 14:45)
[Why not…] [Look again]
"""
    )


def test_nothing_helps() -> None:
    """The most frequent reasons, unreadable calendars by role, and what would have to move."""
    view, found = _searched(outcome="none", options=(), asks=(), blocking=(), unreadable=("mei",))

    assert (
        told(blocked(view, found))
        == """\
No time fits CHG-1042 before Thu 3 Dec 09:00 New York (load test evidence goes stale). No single agreement would \
make room: the window, the evidence or the people must change. Priya (record owner) decides what moves.

No time fits CHG-1042 before Thu 3 Dec 09:00 New York (*load test* evidence goes stale). 190 starts were looked \
at. What rules out most: _outside working hours_ (96) · _database migration owner: busy_ (61) · \
_security reviewer: both busy_ (16) · _booked: Payments readiness review_ (12).
Not readable, and so never counted as free: calendars of the database migration owner. Whoever knows when they are \
free can state it.
No single agreement would make room: the window, the evidence or the people must change. Priya (record owner) \
decides what moves.
Asked: Priya (record owner). This goes to the release leads too, and further up if nobody answers. Nothing is \
held.
(Times are in your own zone.)
[Why not…] [State when they are free…] [Look again]
"""
    )


def test_an_incomplete_record() -> None:
    """Each missing fact with what to add; nothing was read."""
    kind = KIND.model_copy(update={"roles": {"security_reviewer": RoleDemand(when_touches=("authentication",))}})
    record = RECORD.model_copy(update={"state": "draft"})
    view, found = _searched(
        outcome="incomplete",
        roles=(),
        missing_facts=("evidence_cutoff", "state", "touches"),
        missing_roles=("security_reviewer",),
    )
    view = replace(view, kind=kind, record=record)

    assert (
        told(blocked(view, found))
        == """\
CHG-1042 is incomplete, so nothing was searched. It lacks: evidence cutoff, state, touches and security reviewer.

CHG-1042 does not say enough to look for a time, so nothing was searched. It lacks:
• when evidence closes (add *evidence_cutoff*)
• a state in which a meeting may be held. It is *draft*; the policy asks for *approved* or *scheduled*
• whether it touches authentication, and that decides if a security reviewer must sit (add *touches*; an empty \
list is an answer)
• somebody who can sit as *security reviewer*: name a person or rota that people.yaml knows
Priya (record owner) is asked to add this to the record; then look again. This goes to the release leads too, and \
further up if nobody answers. Nothing is held.
[Look again]
"""
    )


def test_no_window() -> None:
    """What bounds the window and what could move."""
    view, found = _searched(outcome="no_window", opens=at(3, 8, 30), opens_by="notice")

    assert (
        told(blocked(view, found))
        == """\
No time is left for CHG-1042: the window is shorter than the meeting.

No time is left for CHG-1042: the meeting takes 45 min, and no start fits into its window. Between Thu 3 Dec 08:30 \
New York (2 h of notice) and Thu 3 Dec 09:00 New York (*load test* evidence goes stale).
What would help: less notice, or fresher *load test* evidence. That is for Priya (record owner) to see to; then \
look again.
Asked: Priya (record owner). This goes to the release leads too, and further up if nobody answers. Nothing is \
held.
[Look again]
"""
    )


def test_a_window_that_closes_before_it_opens() -> None:
    """Said as that, not as a span that runs backwards."""
    view, found = _searched(outcome="no_window", opens=at(3, 10), opens_by="notice", closes_by="cutover")

    assert (
        told(blocked(view, found))
        == """\
No time is left for CHG-1042: the window is shorter than the meeting.

No time is left for CHG-1042: the meeting takes 45 min, and no start fits into its window. It opens Thu 3 Dec \
10:00 New York (2 h of notice), and by then it is over: Thu 3 Dec 09:00 New York (4 h before the cutover).
What would help: less notice, or a later cutover. That is for Priya (record owner) to see to; then look again.
Asked: Priya (record owner). This goes to the release leads too, and further up if nobody answers. Nothing is \
held.
[Look again]
"""
    )


def test_a_search_that_stopped() -> None:
    """The record could not be read: nothing was searched."""
    fact = f.SearchStopped(search=1, why="The record system does not know CHG-1042.")
    view = review(*TO_CHOOSING[:2], (later(seconds=3), fact))

    assert (
        told(blocked(view, fact))
        == """\
Nothing was searched for CHG-1042. The record system does not know CHG-1042.

Nothing was searched for CHG-1042. The record system does not know CHG-1042.
Nothing is held. Look again once that is put right; Priya (record owner) knows the record.
[Look again]
"""
    )


def test_the_card_of_a_blocked_review() -> None:
    """Who must act next depends on what blocks."""
    view, _ = _searched()

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: No time fits without an \
agreement. Next: Priya (record owner) and the approvers; what would help stands in the thread.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
No time fits without an agreement · asked by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
Nothing is on any calendar yet.
(Next: Priya (record owner) and the approvers; what would help stands in the thread.)
(Times are in your own zone. Record CHG-1042 revision 7.)
[Substitute…] [Look again]
"""
    )


def test_where_nothing_fits_all_starts_are_ruled_out_not_the_others() -> None:
    view, _ = _searched()

    assert told(why_not(view, Told((), True))).splitlines()[1] == "What rules out the starts for CHG-1042:"


def test_when_the_window_is_over_nobody_is_sent_to_what_would_have_helped() -> None:
    view, found = _searched()

    assert next_step(view) == "Next: Priya (record owner) and the approvers; what would help stands in the thread."
    assert (
        next_step(replace(view, now=found.closes or view.now))
        == "Its window is over. Next: Priya (record owner) decides what moves in the record; then *Look again*."
    )
