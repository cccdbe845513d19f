"""What only one person sees: dialogs, reminders, answers, the home tab."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core import facts as f
from bot.core.by_day import Day, Line, Told
from bot.core.refusals import refuse
from bot.slack.messages.approve_dialog import approve_dialog
from bot.slack.messages.audit_page import audit_page
from bot.slack.messages.connections import Connection
from bot.slack.messages.greeting import greeting
from bot.slack.messages.help import help_text
from bot.slack.messages.home import home
from bot.slack.messages.listing import listing
from bot.slack.messages.refused import refused
from bot.slack.messages.reject_dialog import reject_dialog
from bot.slack.messages.reminder import reminder
from bot.slack.messages.sorry import sorry
from bot.slack.messages.status import status
from bot.slack.messages.unknown_word import unknown_word
from bot.slack.messages.why_not import verdict, why_not
from bot.slack.speech import Speech
from tests.slack.identity_review import NEW_YORK, PEOPLE, TO_CHOOSING, TO_CONFIRMED, TO_HELD, at, later, review
from tests.slack.printed import told
from tests.slack.test_home import page


def test_the_confirm_dialog() -> None:
    """Slot, people, substitutes, exceptions, who is not held, and the exact invite."""
    view = review(*TO_HELD)

    assert (
        told(approve_dialog(view, view.meeting.set(1)))
        == """\
== Approve and send? ==
CHG-1042 *Identity 4.2 login flow and schema migration*
*Tue 1 Dec 10:30 – 11:15 New York*
(In New York: Tue 1 Dec 10:30 – 11:15.)
• release manager: *Dana Osei*
• service owner: *Lee Park*
• on-call reliability lead: *Ravi Shah*
• database migration owner: *Mei Tan*
• security reviewer: *Noor Haddad*
Substitutes: none. Exceptions: none.
*Not held:* Ravi (their calendar cannot be written).
This is the invite that would go out, to 5 people:
> Release-readiness review CHG-1042: Identity 4.2 login flow
>
> Record: https://change.example.com/changes/CHG-1042 (revision 7)
>
> Who decides here:
> - release manager: Dana Osei
On *Approve and send* everything is read again. If anything has changed, nothing is sent and the thread says what \
changed. If not, one invite goes out.
[Approve and send] [Not now]
"""
    )


def test_the_reject_dialog() -> None:
    """A reason is required, and where it will stand is said."""
    view = review(*TO_HELD)

    assert (
        told(reject_dialog(view, view.meeting.set(1)))
        == """\
== Reject this time? ==
CHG-1042: *Tue 1 Dec 10:30 – 11:15 New York*, held by Priya. The tentative events come off all calendars; other \
times can be held then.
Why? ____ (It stands in the thread and in the log, with your name.)
[Reject] [Not now]
"""
    )


def test_the_reminder_at_half_time() -> None:
    """To a confirmer, with the card."""
    view = review(*TO_HELD, now=later(hours=2), card="https://example.slack.com/archives/C0RELEASES/p1")

    assert (
        told(reminder(view, "half"))
        == """\
Still waiting for you: Tue 1 Dec 10:30 – 11:15 New York for CHG-1042 Identity 4.2 login flow and schema \
migration. Half of the time is up.

Still waiting for you: *Tue 1 Dec 10:30 – 11:15 New York* for CHG-1042 *Identity 4.2 login flow and schema \
migration*. Half of the time is up.
Priya or Dana can approve it until Mon 30 Nov 18:02 New York, in 2 h. Nothing is sent without that.
(In New York: Tue 1 Dec 10:30 – 11:15. Open the card)
[Approve and send…] [Reject…]
"""
    )


def test_a_reminder_of_a_hold_that_was_extended_afterwards() -> None:
    """Half of the time is not up any more."""
    longer = f.SlotExtended(by="lee", set=1, expires_at=later(hours=8))
    view = review(*TO_HELD, (later(hours=2), longer))

    assert (
        told(reminder(view, "half", view.meeting.set(1), "lee"))
        == """\
Still waiting for you: Tue 1 Dec 10:30 – 11:15 New York for CHG-1042 Identity 4.2 login flow and schema \
migration. Extended until Mon 30 Nov 22:02 New York.

Still waiting for you: *Tue 1 Dec 10:30 – 11:15 New York* for CHG-1042 *Identity 4.2 login flow and schema \
migration*. Extended until Mon 30 Nov 22:02 New York.
Lee extended it. Priya or Dana can approve it until Mon 30 Nov 22:02 New York, in 6 h. Nothing is sent without that.
(In New York: Tue 1 Dec 10:30 – 11:15.)
[Approve and send…] [Reject…]
"""
    )


@pytest.mark.parametrize(
    ("told_since", "words"),
    [
        (
            [f.SlotEnded(by="dana", set=1, why="rejected", reason="r1")],
            "Dana Osei rejected Tue 1 Dec 10:30 – 11:15 New York. The reason: “Lee is travelling; take Wednesday.”",
        ),
        (
            [f.Approved(by="dana", set=1)],
            "Dana Osei approved Tue 1 Dec 10:30 – 11:15 New York at 15:02 New York. Everything is being read again "
            "before the invite goes out.",
        ),
        (
            [f.SlotEnded(by="lee", set=1, why="cancelled"), f.Cancelled(by="lee")],
            "Lee Park cancelled the meeting for CHG-1042.",
        ),
    ],
)
def test_a_reminder_of_what_is_over(told_since: list[f.AnyFact], words: str) -> None:
    """What became of it, and no buttons."""
    view = review(*TO_HELD, *((later(hours=1), fact) for fact in told_since))

    assert (
        told(reminder(view, "turn", view.meeting.set(1)))
        == f"""\
CHG-1042: {words}

CHG-1042 *Identity 4.2 login flow and schema migration*
{words}
(Nothing waits for you here. In New York: Tue 1 Dec 10:30 – 11:15.)
"""
    )


def test_the_last_reminder() -> None:
    """How much time is left stands first."""
    view = review(*TO_HELD, now=later(hours=3, minutes=30))

    assert (
        told(reminder(view, "last"))
        == """\
Last call, 30 min left: Tue 1 Dec 10:30 – 11:15 New York for CHG-1042 Identity 4.2 login flow and schema \
migration lapses unless somebody approves it.

Last call, 30 min left: *Tue 1 Dec 10:30 – 11:15 New York* for CHG-1042 *Identity 4.2 login flow and schema \
migration* lapses unless somebody approves it.
Priya or Dana can approve it until Mon 30 Nov 18:02 New York, in 30 min. Nothing is sent without that.
(In New York: Tue 1 Dec 10:30 – 11:15.)
[Approve and send…] [Reject…]
"""
    )


def test_a_reminder_that_comes_too_late() -> None:
    """Nobody is asked for what is over."""
    view = review(*TO_CHOOSING)

    assert (
        told(reminder(view, "turn"))
        == """\
Nothing of CHG-1042 waits for you any more.

Nothing of CHG-1042 waits for you any more.
"""
    )


def test_why_not() -> None:
    """By day, with names: it is private."""
    view = review(*TO_CHOOSING)
    busy = Line(((at(1, 9), at(1, 10, 15)), (at(1, 14), at(1, 14))), "database migration owner: {person:mei} is busy")
    booked = Line(((at(1, 13), at(1, 13)),), "already booked: Payments readiness review")
    frozen = Line((), "freeze: Year-end freeze")
    first, second, last = (date(2026, 12, day) for day in (1, 2, 4))
    days = (Day(first, first, 5, (busy, booked)), Day(second, last, 0, (frozen,)))

    assert (
        told(why_not(view, Told(days, True)))
        == """\
== Why not another time? ==
What rules out the other starts for CHG-1042:
*Tue 1 Dec* (five starts fit)
• 09:00 to 10:15 and 14:00: database migration owner: Mei Tan is busy.
• 13:00: already booked: Payments readiness review.
*Wed 2 Dec to Fri 4 Dec*
• all day: freeze: Year-end freeze.
Every other start that does not fit lies outside the working hours of somebody who must come.
(Each line goes from the first start to the last, in New York's time. Where several things rule a start out, \
not all of them are told. Only free and busy is known.)
Ask about one time ____ (A day and a time in New York, such as Tue 13:00 or 2026-12-01 13:00.)
[Ask] [Close]
"""
    )


def test_why_one_time_does_not_fit() -> None:
    """The verdict, and the nearest that fits."""
    view = review(*TO_CHOOSING)
    near = "The nearest that fits: {instant:2026-12-01T15:30:00+00:00}."
    why = ["booked: Payments readiness review has the slot. Nobody can overrule this."]

    assert (
        told(verdict(view, "{instant:2026-12-01T18:00:00+00:00}", False, why, [near]))
        == """\
CHG-1042: Tue 1 Dec 13:00 New York does not fit.

*Tue 1 Dec 13:00 New York* does not fit CHG-1042:
• booked: Payments readiness review has the slot. Nobody can overrule this.
The nearest that fits: Tue 1 Dec 10:30 New York.
(Times are in your own zone. What you type is read in that of New York.)
"""
    )


def test_status() -> None:
    """One review in words."""
    view = review(*TO_HELD)

    assert (
        told(status(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: Held Tue 1 Dec 10:30 – 11:15 New \
York. Next: Priya or Dana approves or rejects.

*Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration*
Held *Tue 1 Dec 10:30 – 11:15 New York* · asked by Priya · held by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
At that time: everyone named (Ravi as on-call reliability lead, Noor as security reviewer)
Tentative on 4 of 5 calendars: Dana, Lee, Mei and Noor. *Not held:* Ravi (their calendar cannot be written).
Next: Priya or Dana approves or rejects. The hold runs out Mon 30 Nov 18:02 New York, in 3 h 57 min.
(Times are in your own zone. In New York: Tue 1 Dec 10:30 – 11:15. Record CHG-1042 revision 7.)
"""
    )


def test_several_reviews() -> None:
    """A line each, with a button that shows it."""
    views = [review(*TO_HELD), review(*TO_CHOOSING)]

    assert (
        told(listing(views))
        == """\
Two meetings are under way.

*Two meetings are under way.*
*CHG-1042 Identity 4.2 login flow and schema migration*
Held *Tue 1 Dec 10:30 – 11:15 New York* · asked by Priya · held by Priya · for Priya or Dana to approve  [Show]
*CHG-1042 Identity 4.2 login flow and schema migration*
Choosing a time · asked by Priya · for Priya or Dana to approve  [Show]
"""
    )


def test_no_reviews() -> None:
    """An empty list says how to begin."""
    assert (
        told(listing([], mine=True))
        == """\
No meeting waits for you or has you in it. /readiness-review and the id of a record asks for one.

No meeting waits for you or has you in it. `/readiness-review` and the id of a record asks for one.
"""
    )


def test_the_home_tab() -> None:
    """What waits for me, my reviews, what lapses, the week, what is wrong, how to ask."""
    view = review(*TO_HELD)
    of = page(
        waiting=[view],
        mine=[review(*TO_CHOOSING)],
        lapsing=[(view, view.meeting.live_holds[0])],
        connections=[Connection("Microsoft's calendars", "none of 4 could be read.")],
    )

    assert (
        told(home(of))
        == """\
# Waiting for you
*CHG-1042 Identity 4.2 login flow and schema migration*
Held *Tue 1 Dec 10:30 – 11:15 New York* · asked by Priya · held by Priya · for Priya or Dana to approve  [Show]
(The hold runs out Mon 30 Nov 18:02 New York, in 3 h 57 min.)
[Approve and send…] [Reject…]
---
# Your meetings
*CHG-1042 Identity 4.2 login flow and schema migration*
Choosing a time · asked by Priya · for Priya or Dana to approve  [Show]
---
# Holds about to lapse
*CHG-1042* Tue 1 Dec 10:30 – 11:15 New York. The hold runs out Mon 30 Nov 18:02 New York, in 3 h 57 min.
---
# Release calendar: the next seven days
Nothing in the next seven days: no freeze, no blackout, no booked slot, no cutover.
---
# Connections
• *Microsoft's calendars*: none of 4 could be read.
---
# How to ask
`/readiness-review CHG-1042`  look for a time for that record; a link to it does as well
`/readiness-review status CHG-1042`  how its meeting stands
`/readiness-review list`  every meeting that is under way, and every review that is being closed
`/readiness-review mine`  what waits for you, what you attend, and what you close
`/readiness-review why CHG-1042 Tue 13:00`  why that time does not fit
`/readiness-review audit CHG-1042`  everything that happened, in order
`/readiness-review note CHG-1042 the runbook changed`  add a note to the thread and the log
`/readiness-review reschedule CHG-1042`  look for another slot; the confirmed one is kept until then
`/readiness-review keep CHG-1042`  keep the confirmed slot after all
`/readiness-review cancel CHG-1042`  call the meeting off
`/readiness-review close REL-77`  close that release's accepted review: checklist, tracker, evidence links, queue, notice
`/readiness-review metrics`  how long it takes, how often it goes smoothly, what went wrong
`/readiness-review help`  this text
(`/rca-readout ESC-2207` is the same command under another name.)
"""
    )


def test_the_empty_home_tab() -> None:
    """Nothing waits, and that is said."""
    assert (
        told(home(page()))
        == """\
# Waiting for you
Nothing waits for you.
---
# Your meetings
You are in no meeting. `/readiness-review CHG-1042` asks for one.
---
# Holds about to lapse
No hold runs out soon.
---
# Release calendar: the next seven days
Nothing in the next seven days: no freeze, no blackout, no booked slot, no cutover.
---
# Connections
Nothing is known to be wrong.
---
# How to ask
`/readiness-review CHG-1042`  look for a time for that record; a link to it does as well
`/readiness-review status CHG-1042`  how its meeting stands
`/readiness-review list`  every meeting that is under way, and every review that is being closed
`/readiness-review mine`  what waits for you, what you attend, and what you close
`/readiness-review why CHG-1042 Tue 13:00`  why that time does not fit
`/readiness-review audit CHG-1042`  everything that happened, in order
`/readiness-review note CHG-1042 the runbook changed`  add a note to the thread and the log
`/readiness-review reschedule CHG-1042`  look for another slot; the confirmed one is kept until then
`/readiness-review keep CHG-1042`  keep the confirmed slot after all
`/readiness-review cancel CHG-1042`  call the meeting off
`/readiness-review close REL-77`  close that release's accepted review: checklist, tracker, evidence links, queue, notice
`/readiness-review metrics`  how long it takes, how often it goes smoothly, what went wrong
`/readiness-review help`  this text
(`/rca-readout ESC-2207` is the same command under another name.)
"""
    )


def test_the_log() -> None:
    """In order of time, in plain words, with the state of the chain."""
    view = review(*TO_CONFIRMED)

    assert (
        told(audit_page(view, "Chain verified: 9 entries."))
        == """\
The log of CHG-1042: 9 entries. Chain verified: 9 entries.

*The log of CHG-1042*, round 1
Mon 30 Nov 14:02 New York · Priya Nair asked for Release-readiness review CHG-1042 (policy a41c)
Mon 30 Nov 14:02 New York · search 1 began
Mon 30 Nov 14:02 New York · search 1 finished: 5 of 190 starts fit; nine calendars read
Mon 30 Nov 14:04 New York · Priya Nair chose Tue 1 Dec 10:30 – 11:15 New York until Mon 30 Nov 18:02 New York
Mon 30 Nov 14:04 New York · the slot was held on four calendars
Mon 30 Nov 16:12 New York · Dana Osei approved the slot
Mon 30 Nov 16:12 New York · nothing had changed (nine calendars read)
Mon 30 Nov 16:12 New York · confirmed: one invite to five people
Mon 30 Nov 16:12 New York · the hold gave way to the invite
(Chain verified: 9 entries.)
(Times are in your own zone. Nothing here can be changed afterwards.)
"""
    )


def test_the_greeting() -> None:
    """What it does, one example, what it can see, who decides."""
    assert (
        told(greeting())
        == """\
Hello. I find times for the meetings that records demand: /readiness-review CHG-1042.

Hello. I find the time for the meeting that a record demands, hold it, and send one invite once a person with the \
right to it has approved. Type `/readiness-review CHG-1042`, or paste the link to a record.
*What I can see:* when people are free or busy, never what their events are about; the records; the release \
calendar.
*Who decides:* people. The policy of your organisation says who may approve, and I send nothing without them.
(Everything I do here stands in a log that anybody may read: `/readiness-review audit CHG-1042`.)
"""
    )


def test_help() -> None:
    """Every word with an example to copy."""
    assert (
        told(help_text())
        == """\
/readiness-review and the id of a record looks for a time; also status, list, mine, why, audit, note, reschedule, keep, cancel, close, metrics, help.

I find the time for the meeting that a record demands, and say why. People decide: nothing is sent before somebody \
with the right to it presses *Approve and send*.
`/readiness-review CHG-1042`  look for a time for that record; a link to it does as well
`/readiness-review status CHG-1042`  how its meeting stands
`/readiness-review list`  every meeting that is under way, and every review that is being closed
`/readiness-review mine`  what waits for you, what you attend, and what you close
`/readiness-review why CHG-1042 Tue 13:00`  why that time does not fit
`/readiness-review audit CHG-1042`  everything that happened, in order
`/readiness-review note CHG-1042 the runbook changed`  add a note to the thread and the log
`/readiness-review reschedule CHG-1042`  look for another slot; the confirmed one is kept until then
`/readiness-review keep CHG-1042`  keep the confirmed slot after all
`/readiness-review cancel CHG-1042`  call the meeting off
`/readiness-review close REL-77`  close that release's accepted review: checklist, tracker, evidence links, queue, notice
`/readiness-review metrics`  how long it takes, how often it goes smoothly, what went wrong
`/readiness-review help`  this text
(`/rca-readout ESC-2207` is the same command under another name.)
(In a thread, where commands do not work, use the message menu: *Schedule the meeting*.)
"""
    )


def test_an_unknown_word() -> None:
    """The nearest known one."""
    assert (
        told(unknown_word("statsu <!here>", "status"))
        == """\
I do not know “statsu &lt;!here&gt;”. Did you mean /readiness-review status? Nothing changed. /readiness-review \
help shows what can be asked.

I do not know “statsu <!here>”. Did you mean `/readiness-review status`? Nothing changed. `/readiness-review \
help` shows what can be asked.
"""
    )


def test_a_refusal() -> None:
    """In the core's words, names and times spoken."""
    refusal = refuse(
        "confirmed", "{person:dana} already approved this slot at {clock:2026-11-30T21:12:00+00:00}. Nothing changed."
    )

    assert (
        told(refused(refusal, Speech(PEOPLE, NEW_YORK)))
        == """\
Dana Osei already approved this slot at 16:12 New York. Nothing changed.

Dana Osei already approved this slot at 16:12 New York. Nothing changed.
"""
    )


def test_sorry() -> None:
    """An apology, whether anything changed, and a reference."""
    assert (
        told(sorry("RR-7F3A"))
        == """\
Sorry, that went wrong on my side. Nothing changed. Try again in a minute. Ref RR-7F3A.

Sorry, that went wrong on my side. Nothing changed. Try again in a minute.
(If it happens again, give whoever runs this bot the reference *RR-7F3A*.)
"""
    )
