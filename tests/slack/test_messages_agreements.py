"""Substitutes, exceptions and questions to one person: how they are asked, answered, and what they lead to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core import facts as f
from bot.slack.blocks import Message
from bot.slack.messages import presses
from bot.slack.messages.agreement_answered import agreement_answered
from bot.slack.messages.agreement_asked import agreement_asked
from bot.slack.messages.agreement_direct import agreement_direct
from bot.slack.messages.agreements import needs_words
from bot.slack.messages.approve_dialog import approve_dialog
from bot.slack.messages.audit_page import audit_page
from bot.slack.messages.blocked import blocked
from bot.slack.messages.card import card
from bot.slack.messages.confirmed import confirmed
from bot.slack.messages.disagree_dialog import disagree_dialog
from bot.slack.messages.exception_dialog import exception_dialog
from bot.slack.messages.home import home
from bot.slack.messages.points import asked_of, everybody_asked, waiting
from bot.slack.messages.substitute_dialog import substitute_dialog
from bot.slack.messages.view import ReviewView
from bot.slack.messages.why_not import verdict, verdict_dialog
from tests.slack.agreements_asked import (
    ANSWERED_AT,
    ASK,
    ASKED_AT,
    BLOCKED,
    EXCEPTION,
    SUBSTITUTE,
    SUBSTITUTED,
    TO_BLOCKED,
    TWO_NEEDS,
    answered,
    asked,
    held_agreed,
)
from tests.slack.identity_review import (
    CHOSEN,
    CONFIRMED,
    HELD,
    REQUESTED,
    TO_CHOOSING,
    TO_HELD,
    at,
    later,
    review,
    slot,
)
from tests.slack.printed import told
from tests.slack.test_home import page

PRIYA_YES = f.AgreementAnswered(by="priya", number=1, point=0, granted=True)
SAM_YES = f.AgreementAnswered(by="sam", number=1, point=1, granted=True)


def pressed(made: Message | dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every button: its label, its action, and what it carries."""
    blocks = made.blocks if isinstance(made, Message) else made["blocks"]
    found = [e for b in blocks for e in [*(b["elements"] if b["type"] == "actions" else []), b.get("accessory")] if e]
    return [(e["text"]["text"], e["action_id"], json.loads(e["value"])) for e in found]


def test_a_substitute_is_asked_for() -> None:
    """Who, for whom, what changes, why; and who decides, with the buttons."""
    view = asked(SUBSTITUTE)

    assert (
        told(agreement_asked(view, SUBSTITUTE, ASKED_AT))
        == """\
CHG-1042: Lee asks that Ines Brandt sit as database migration owner in place of Mei. Priya or Dana decides.

Lee asks that *Ines Brandt* sit as database migration owner in place of Mei. Ines Brandt is a named delegate for \
database migration owner, but nobody has confirmed that authority: if approved, their word counts as the holder's \
for this meeting only. The reason: “Lee is travelling; take Wednesday.”
Priya or Dana decides.
[Approve] [Reject…]
(Mon 30 Nov 14:07 New York · it would hold for this meeting only)
"""
    )


def test_an_exception_is_asked_for() -> None:
    """Each need with its own buttons, and the person whose evening it costs is asked too."""
    view = asked(TWO_NEEDS)

    assert (
        told(agreement_asked(view, TWO_NEEDS, ASKED_AT))
        == """\
CHG-1042: Priya asks for Wed 2 Dec 11:00 – 11:45 New York. It takes two agreements. The meeting is during a \
freeze: Dana decides; Sam Ortiz (security reviewer) outside working hours: Dana decides.

Priya asks for *Wed 2 Dec 11:00 – 11:45 New York*. It takes two agreements.
• The meeting is during a freeze: Dana decides.
[Approve] [Reject…]
• Sam Ortiz (security reviewer) outside working hours: Dana decides.
[Approve] [Reject…]
• Sam Ortiz (security reviewer) outside working hours: Sam is asked whether that is fine; a no ends the request.
[That is fine] [Not then…]
(Mon 30 Nov 14:07 New York · nothing is held yet; it would hold for this meeting and this time only · in New York: \
Wed 2 Dec 11:00 – 11:45)
"""
    )


def test_one_person_is_asked_whether_they_can_move_it() -> None:
    """What stands in the calendar is not said, for it is not known."""
    view = asked(ASK)

    assert (
        told(agreement_asked(view, ASK, ASKED_AT))
        == """\
CHG-1042: Priya asks Noor Haddad (security reviewer) whether what stands against Wed 2 Dec 14:00 – 14:45 New York \
can be moved. Only Noor can say.

Priya asks *Noor Haddad (security reviewer)* whether what stands against *Wed 2 Dec 14:00 – 14:45 New York* can \
be moved.
Only Noor can say: nothing is known here of what it is.
[I can move it] [I cannot…]
(Mon 30 Nov 14:07 New York · nothing is held yet; it would hold for this meeting and this time only · in New York: \
Wed 2 Dec 14:00 – 14:45)
"""
    )


def test_the_buttons_carry_the_request_and_its_point() -> None:
    view = asked(TWO_NEEDS)

    assert pressed(agreement_asked(view, TWO_NEEDS, ASKED_AT)) == [
        ("Approve", presses.AGREE, {"m": "CHG-1042", "a": 1, "p": 0}),
        ("Reject…", presses.DISAGREE, {"m": "CHG-1042", "a": 1, "p": 0}),
        ("Approve", presses.AGREE, {"m": "CHG-1042", "a": 1, "p": 1}),
        ("Reject…", presses.DISAGREE, {"m": "CHG-1042", "a": 1, "p": 1}),
        ("That is fine", presses.AGREE, {"m": "CHG-1042", "a": 1, "p": 2}),
        ("Not then…", presses.DISAGREE, {"m": "CHG-1042", "a": 1, "p": 2}),
    ]


def test_the_one_who_is_asked_answers_in_their_own_words() -> None:
    labels = [label for label, _, _ in pressed(agreement_asked(asked(ASK), ASK, ASKED_AT))]

    assert labels == ["I can move it", "I cannot…"]


def test_nobody_is_asked_to_approve_their_own_request() -> None:
    """Priya asked: her approval is Dana's to give. Whose evening it is says so even when they asked themselves."""
    agreement = asked(TWO_NEEDS).meeting.agreements[0]

    assert asked_of(agreement, "priya") == []
    assert asked_of(agreement, "dana") == [0, 1]
    assert asked_of(agreement, "sam") == [2]
    assert everybody_asked(agreement) == ("dana", "sam")


def test_the_direct_message_to_a_decider() -> None:
    """What is asked, what changes, and the points that are theirs alone."""
    view = asked(SUBSTITUTE, card="https://example.slack.com/archives/C0RELEASES/p1")

    assert (
        told(agreement_direct(view, view.meeting.agreements[0], "dana", SUBSTITUTE.concerns))
        == """\
Your answer is asked for CHG-1042: Lee asks that Ines Brandt sit as database migration owner in place of Mei.

Your answer is asked for CHG-1042 *Identity 4.2 login flow and schema migration*.
Lee asks that *Ines Brandt* sit as database migration owner in place of Mei. Ines Brandt is a named delegate for \
database migration owner, but nobody has confirmed that authority: if approved, their word counts as the holder's \
for this meeting only. The reason: “Lee is travelling; take Wednesday.”
Priya or Dana decides.
[Approve] [Reject…]
(It would hold for this meeting only. Open the card)
"""
    )


def test_the_direct_message_to_the_person_whose_evening_it_costs() -> None:
    """Their own question, not the approvers'."""
    view = asked(EXCEPTION)

    assert (
        told(agreement_direct(view, view.meeting.agreements[0], "sam"))
        == """\
Your answer is asked for CHG-1042: Lee asks for Wed 2 Dec 17:15 – 18:00 New York. It takes one agreement.

Your answer is asked for CHG-1042 *Identity 4.2 login flow and schema migration*.
Lee asks for *Wed 2 Dec 17:15 – 18:00 New York*. It takes one agreement.
• Sam Ortiz (security reviewer) outside working hours: is that fine with you? The approvers decide; your no ends \
the request.
[That is fine] [Not then…]
(Nothing is held yet; it would hold for this meeting and this time only · in New York: Wed 2 Dec 17:15 – 18:00.)
"""
    )


def test_a_direct_message_that_comes_too_late() -> None:
    """Who answered, and when; no buttons."""
    view, _ = answered(SUBSTITUTE, "priya")

    assert (
        told(agreement_direct(view, view.meeting.agreements[0], "dana"))
        == """\
CHG-1042: Lee asks that Ines Brandt sit as database migration owner in place of Mei. Mon 30 Nov 14:11 New York: Priya \
Nair approved Ines Brandt as database migration owner in place of Mei. Nothing of it waits for you any more.

CHG-1042 *Identity 4.2 login flow and schema migration*: Lee asks that *Ines Brandt* sit as database migration owner \
in place of Mei.
Mon 30 Nov 14:11 New York: *Priya Nair* approved Ines Brandt as database migration owner in place of Mei.
(Nothing of it waits for you any more.)
"""
    )


def test_a_substitute_is_approved() -> None:
    view, fact = answered(SUBSTITUTE, "priya")

    assert (
        told(agreement_answered(view, fact, ANSWERED_AT))
        == """\
CHG-1042: Priya Nair approved Ines Brandt as database migration owner in place of Mei. Ines may sit. Looking for \
times again.

*Priya Nair* approved Ines Brandt as database migration owner in place of Mei.
Ines may sit. Looking for times again.
(Mon 30 Nov 14:11 New York · asked by Lee at 14:07 New York)
"""
    )


def test_a_substitute_is_approved_while_a_slot_is_held() -> None:
    """A hold is not taken away by it."""
    view = review(*TO_HELD, (ASKED_AT, SUBSTITUTE), (ANSWERED_AT, PRIYA_YES))

    assert (
        told(agreement_answered(view, PRIYA_YES, ANSWERED_AT))
        == """\
CHG-1042: Priya Nair approved Ines Brandt as database migration owner in place of Mei. Ines may sit. The hold \
stays as it is; Look again finds times with them.

*Priya Nair* approved Ines Brandt as database migration owner in place of Mei.
Ines may sit. The hold stays as it is; *Look again* finds times with them.
[Look again]
(Mon 30 Nov 14:11 New York · asked by Lee at 14:07 New York)
"""
    )


def test_a_substitute_is_rejected() -> None:
    view, fact = answered(SUBSTITUTE, "dana", granted=False)

    assert (
        told(agreement_answered(view, fact, ANSWERED_AT))
        == """\
CHG-1042: Dana Osei rejected Ines Brandt as database migration owner in place of Mei. Ines does not sit in; the \
roles stay as they are.

*Dana Osei* rejected Ines Brandt as database migration owner in place of Mei. The reason: “Lee is travelling; \
take Wednesday.”
Ines does not sit in; the roles stay as they are.
(Mon 30 Nov 14:11 New York · asked by Lee at 14:07 New York)
"""
    )


def test_the_last_yes_to_an_exception_lets_the_time_be_held() -> None:
    view, fact = answered(EXCEPTION, "priya")
    said = agreement_answered(view, fact, ANSWERED_AT)

    assert (
        told(said)
        == """\
CHG-1042: Priya Nair approved Wed 2 Dec 17:15 – 18:00 New York: Sam Ortiz (security reviewer) outside working \
hours. This time can be held now. Still open: whether it is fine with Sam; a no ends it.

*Priya Nair* approved Wed 2 Dec 17:15 – 18:00 New York: Sam Ortiz (security reviewer) outside working hours.
This time can be held now. Still open: whether it is fine with Sam; a no ends it.
[Hold]
(Mon 30 Nov 14:11 New York · asked by Lee at 14:07 New York · in New York: Wed 2 Dec 17:15 – 18:00)
"""
    )
    assert pressed(said) == [("Hold", presses.HOLD_AGREED, {"m": "CHG-1042", "a": 1})]


def test_a_yes_that_is_not_the_last_says_who_is_waited_for() -> None:
    view, fact = answered(TWO_NEEDS, "dana")

    assert (
        told(agreement_answered(view, fact, ANSWERED_AT))
        == """\
CHG-1042: Dana Osei approved Wed 2 Dec 11:00 – 11:45 New York: the meeting is during a freeze. Still waiting for \
Dana: Sam Ortiz (security reviewer) outside working hours.

*Dana Osei* approved Wed 2 Dec 11:00 – 11:45 New York: the meeting is during a freeze.
Still waiting for Dana: Sam Ortiz (security reviewer) outside working hours.
(Mon 30 Nov 14:11 New York · asked by Priya at 14:07 New York · in New York: Wed 2 Dec 11:00 – 11:45)
"""
    )


def test_the_person_whose_evening_it_costs_agrees() -> None:
    """Their yes decides nothing by itself."""
    view, fact = answered(EXCEPTION, "sam", point=1)
    said = agreement_answered(view, fact, ANSWERED_AT)

    assert (
        told(said)
        == """\
CHG-1042: Sam Ortiz says: that is fine (Wed 2 Dec 17:15 – 18:00 New York). Still waiting for Priya or Dana: Sam \
Ortiz (security reviewer) outside working hours.

*Sam Ortiz* says: that is fine (Wed 2 Dec 17:15 – 18:00 New York).
Still waiting for Priya or Dana: Sam Ortiz (security reviewer) outside working hours.
(Mon 30 Nov 14:11 New York · asked by Lee at 14:07 New York · in New York: Wed 2 Dec 17:15 – 18:00)
"""
    )
    assert pressed(said) == []


def test_an_exception_is_refused_and_the_rest_is_shown_again() -> None:
    """The refused option is gone; those that stand can be asked for."""
    view, fact = answered(EXCEPTION, "dana", granted=False)

    assert (
        told(agreement_answered(view, fact, ANSWERED_AT))
        == """\
CHG-1042: Dana Osei rejected Wed 2 Dec 17:15 – 18:00 New York: Sam Ortiz (security reviewer) outside working \
hours. Wed 2 Dec 17:15 – 18:00 New York is gone.

*Dana Osei* rejected Wed 2 Dec 17:15 – 18:00 New York: Sam Ortiz (security reviewer) outside working hours. The \
reason: “Lee is travelling; take Wednesday.”
*Wed 2 Dec 17:15 – 18:00 New York* is gone. These are left:
*B · Wed 2 Dec 11:00 – 11:45 New York*
• the meeting is during a freeze: Priya Nair (release owner) or Dana Osei (release leads) must agree
• Sam Ortiz (security reviewer) outside working hours: Priya Nair (release owner) or Dana Osei (release leads) \
must agree; Sam is asked too  [Ask for this…]
*C · Wed 2 Dec 14:00 – 14:45 New York*
Only Noor Haddad (security reviewer) stands against it.  [Ask Noor]
(Mon 30 Nov 14:11 New York · asked by Lee at 14:07 New York · in New York: Wed 2 Dec 17:15 – 18:00)
"""
    )


def test_the_one_person_can_move_it() -> None:
    view, fact = answered(ASK, "noor")

    assert (
        told(agreement_answered(view, fact, ANSWERED_AT))
        == """\
CHG-1042: Noor Haddad can move what stands against Wed 2 Dec 14:00 – 14:45 New York. This time can be held now.

*Noor Haddad* can move what stands against Wed 2 Dec 14:00 – 14:45 New York.
This time can be held now.
[Hold]
(Mon 30 Nov 14:11 New York · asked by Priya at 14:07 New York · in New York: Wed 2 Dec 14:00 – 14:45)
"""
    )


def test_the_one_person_cannot_move_it() -> None:
    view, fact = answered(ASK, "noor", granted=False)

    assert (
        told(agreement_answered(view, fact, ANSWERED_AT))
        == """\
CHG-1042: Noor Haddad cannot move what stands against Wed 2 Dec 14:00 – 14:45 New York. Wed 2 Dec 14:00 – 14:45 \
New York is gone.

*Noor Haddad* cannot move what stands against Wed 2 Dec 14:00 – 14:45 New York. The reason: “Lee is travelling; \
take Wednesday.”
*Wed 2 Dec 14:00 – 14:45 New York* is gone. These are left:
*A · Wed 2 Dec 17:15 – 18:00 New York*
• Sam Ortiz (security reviewer) outside working hours: Priya Nair (release owner) or Dana Osei (release leads) \
must agree; Sam is asked too  [Ask for this…]
*B · Wed 2 Dec 11:00 – 11:45 New York*
• the meeting is during a freeze: Priya Nair (release owner) or Dana Osei (release leads) must agree
• Sam Ortiz (security reviewer) outside working hours: Priya Nair (release owner) or Dana Osei (release leads) \
must agree; Sam is asked too  [Ask for this…]
(Mon 30 Nov 14:11 New York · asked by Priya at 14:07 New York · in New York: Wed 2 Dec 14:00 – 14:45)
"""
    )


def test_a_refused_option_and_a_refused_ask_are_not_offered_again() -> None:
    """Neither by its own line nor by one that needs the same refused thing."""
    no = f.AgreementAnswered(by="dana", number=1, point=0, granted=False)
    moved = ASK.model_copy(update={"number": 2})
    cannot = f.AgreementAnswered(by="noor", number=2, point=0, granted=False)
    view = asked(EXCEPTION, (ANSWERED_AT, no), (ANSWERED_AT, moved), (ANSWERED_AT, cannot))

    offered = [carried for _, action, carried in pressed(blocked(view, BLOCKED)) if action.startswith("ask_")]

    assert offered == [{"m": "CHG-1042", "s": 1, "o": 1}]


def test_what_was_asked_already_is_not_asked_twice() -> None:
    """Who asked is said in place of the button; once it is granted it can be held."""
    waits, granted = asked(EXCEPTION), answered(EXCEPTION, "priya")[0]

    assert "_Lee has asked for it._" in told(blocked(waits, BLOCKED))
    assert pressed(blocked(waits, BLOCKED))[0][2] == {"m": "CHG-1042", "s": 1, "o": 1}
    assert pressed(blocked(granted, BLOCKED))[0][1:] == (presses.HOLD_AGREED, {"m": "CHG-1042", "a": 1})


def test_options_and_asks_carry_their_search_and_place() -> None:
    view = review(*TO_BLOCKED)

    assert pressed(blocked(view, BLOCKED))[:3] == [
        ("Ask for this…", presses.ASK_EXCEPTION, {"m": "CHG-1042", "s": 1, "o": 0}),
        ("Ask for this…", presses.ASK_EXCEPTION, {"m": "CHG-1042", "s": 1, "o": 1}),
        ("Ask Noor", presses.ASK_PERSON, {"m": "CHG-1042", "s": 1, "o": 0}),
    ]


def test_the_substitute_dialog() -> None:
    """Roles, people but those who sit already, and a reason."""
    view = review(*TO_HELD)

    assert (
        told(substitute_dialog(view))
        == """\
== Ask for a substitute ==
CHG-1042: somebody sits in a role for this meeting only. Nothing changes before the people whom the policy names \
have approved it.
Role <release manager | service owner | on-call reliability lead | database migration owner | security reviewer>
Who would sit there <Ines Brandt | Omar Farouk | Priya Nair | Sam Ortiz | Tom Lindqvist>
Why? ____ (It stands in the thread and in the log, with your name.)
[Ask] [Not now]
"""
    )


def test_the_substitute_dialog_before_a_search_has_finished() -> None:
    """Nothing to choose from, and nothing to submit."""
    view = review(*TO_CHOOSING[:2])

    assert (
        told(substitute_dialog(view))
        == """\
== Substitute ==
CHG-1042: The roles are not known before a search has finished.
[Close]
"""
    )


def test_the_dialog_before_a_rejection() -> None:
    view = asked(EXCEPTION)

    assert (
        told(disagree_dialog(view, view.meeting.agreements[0], 0))
        == """\
== Reject this request? ==
CHG-1042: Lee asks for *Wed 2 Dec 17:15 – 18:00 New York*. It takes one agreement.
• Sam Ortiz (security reviewer) outside working hours
Your no ends this request. Other options stay open.
Why? ____ (It stands in the thread and in the log, with your name.)
[Reject] [Not now]
"""
    )


def test_the_dialog_before_a_persons_own_no() -> None:
    """Nobody has to say what they have on."""
    view = asked(ASK)
    made = disagree_dialog(view, view.meeting.agreements[0], 0)

    assert (
        told(made)
        == """\
== Not then? ==
CHG-1042: Priya asks *Noor Haddad (security reviewer)* whether what stands against *Wed 2 Dec 14:00 – 14:45 New \
York* can be moved.
Your no ends this request. Other options stay open.
Why? ____ (It stands in the thread and in the log, with your name. What stands in your calendar is nobody's \
business: “it cannot be moved” is enough.)
[Say no] [Not now]
"""
    )
    assert json.loads(made["private_metadata"]) == {"m": "CHG-1042", "a": 1, "p": 0}


def test_the_card_while_an_agreement_waits() -> None:
    view = asked(EXCEPTION)

    assert (
        told(card(view))
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: No time fits without an \
agreement. Next: those who were asked answer.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
No time fits without an agreement · asked by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
Nothing is on any calendar yet.
*Waiting:* Priya or Dana decides on *Wed 2 Dec 17:15 – 18:00 New York*: Sam Ortiz (security reviewer) outside \
working hours.
(Next: those who were asked answer.)
(Times are in your own zone. Record CHG-1042 revision 7.)
[Substitute…] [Look again]
"""
    )


def test_the_card_once_it_is_agreed() -> None:
    """The agreed time can be held from the card."""
    view, _ = answered(EXCEPTION, "priya")
    said = card(view)

    assert (
        told(said)
        == """\
Release-readiness review CHG-1042 Identity 4.2 login flow and schema migration: No time fits without an \
agreement. Next: anyone involved holds the time that was agreed to.

# Release-readiness review · CHG-1042 Identity 4.2 login flow and schema migration
No time fits without an agreement · asked by Priya · for Priya or Dana to approve
Between Tue 1 Dec 09:00 New York (*load test* evidence is ready) and Thu 3 Dec 09:00 New York (it goes stale)
release manager *Dana Osei* · service owner *Lee Park* · on-call reliability lead *Ravi Shah* until Wed 2 Dec \
14:00 New York, then *Tom Lindqvist* · database migration owner *Mei Tan* · security reviewer *Noor Haddad* or \
*Sam Ortiz*
Nothing is on any calendar yet.
*Agreed by Priya:* *Wed 2 Dec 17:15 – 18:00 New York* can be held.  [Hold]
(Next: anyone involved holds the time that was agreed to.)
(Times are in your own zone. Record CHG-1042 revision 7.)
[Substitute…] [Look again]
"""
    )
    assert (presses.HOLD_AGREED, {"m": "CHG-1042", "a": 1}) in [button[1:] for button in pressed(said)]


def test_the_card_while_a_substitute_waits() -> None:
    view = review(*TO_CHOOSING, (ASKED_AT, SUBSTITUTE))

    assert (
        "*Waiting:* Priya or Dana decides whether *Ines Brandt* may sit as database migration owner in place of Mei."
        in (told(card(view)).split("\n"))
    )


def test_the_card_while_an_ask_waits() -> None:
    assert "*Waiting:* Noor says whether what stands against *Wed 2 Dec 14:00 – 14:45 New York* can be moved." in (
        told(card(asked(ASK))).split("\n")
    )


def test_the_confirm_dialog_names_the_exception_and_who_approved_it() -> None:
    view = held_agreed(EXCEPTION, PRIYA_YES)

    assert (
        "Substitutes: none. Exceptions: Sam Ortiz (security reviewer) outside working hours (approved by Priya; Sam has not "
        "answered)."
    ) in told(approve_dialog(view, view.meeting.set(1))).split("\n")


def test_the_person_whose_evening_it_costs_is_named_when_they_agreed() -> None:
    view = held_agreed(EXCEPTION, PRIYA_YES, SAM_YES)

    assert "(approved by Priya; Sam agreed)." in told(approve_dialog(view, view.meeting.set(1)))


def test_the_card_of_a_held_slot_names_the_exceptions_it_rests_on() -> None:
    view = held_agreed(EXCEPTION, PRIYA_YES)
    lines = told(card(view)).split("\n")

    assert (
        "*Exceptions:* Sam Ortiz (security reviewer) outside working hours (approved by Priya; Sam has not answered)."
    ) in lines
    assert not [line for line in lines if line.startswith("*Agreed by")]


def test_the_card_forgets_requests_for_times_that_are_past() -> None:
    waits, granted = asked(EXCEPTION, now=at(2, 17, 15)), answered(EXCEPTION, "priya")[0]
    granted = replace(granted, now=at(2, 17, 15))

    assert "*Waiting:*" not in told(card(waits))
    assert "*Agreed by" not in told(card(granted))


def test_an_exception_for_another_slot_is_not_named() -> None:
    """What was granted holds for one slot only."""
    view = review(*TO_HELD, (ASKED_AT, EXCEPTION), (ANSWERED_AT, PRIYA_YES))

    assert "Exceptions: none." in told(approve_dialog(view, view.meeting.set(1)))


def _substituted(*more: Any) -> ReviewView:
    chosen = CHOSEN.model_copy(update={"slot": SUBSTITUTED})
    told_so_far = (*TO_CHOOSING, (ASKED_AT, SUBSTITUTE), (ANSWERED_AT, PRIYA_YES))
    return review(*told_so_far, (later(minutes=10), chosen), (later(minutes=10), HELD), *more)


def test_the_confirm_dialog_names_the_substitute_and_who_approved_them() -> None:
    view = _substituted()
    said = told(approve_dialog(view, view.meeting.set(1)))

    assert (
        "Substitutes: Ines sits in for Mei as database migration owner (approved by Priya for this meeting only). Exceptions: "
        "none."
    ) in said.split("\n")
    assert "• database migration owner: *Ines Brandt* (substitute)" in said.split("\n")


def test_the_confirmation_names_them_too() -> None:
    now = later(hours=1)
    view = _substituted((now, f.Approved(by="dana", set=1)), (now, CONFIRMED))

    assert "Ines sits in for Mei as database migration owner (approved by Priya for this meeting only)" in told(
        confirmed(view, CONFIRMED, now)
    )


def test_a_seat_that_an_exception_gave_is_told_as_approved() -> None:
    """An option may need a substitution: then who approved it is said, not a confirmed authority that nobody gave."""
    need = SUBSTITUTE.points[0].need
    fact = f.AgreementAsked(by="lee", number=1, sort="exception", slot=SUBSTITUTED,
                            points=(f.AgreementPoint(need=need, deciders=("priya",)),))  # fmt: skip
    view = held_agreed(fact, PRIYA_YES)

    assert (
        "Substitutes: Ines sits in for Mei as database migration owner (approved by Priya for this meeting only). Exceptions: "
        "none."
    ) in told(approve_dialog(view, view.meeting.set(1))).split("\n")


def test_what_was_refused_or_granted_for_another_slot_lets_nobody_sit() -> None:
    """Then no approval is claimed."""
    chosen = CHOSEN.model_copy(update={"slot": SUBSTITUTED})
    elsewhere = f.AgreementAsked(by="lee", number=1, sort="exception", slot=slot(2, 9), points=SUBSTITUTE.points)
    no = PRIYA_YES.model_copy(update={"granted": False})

    for request, answer in ((elsewhere, PRIYA_YES), (SUBSTITUTE, no)):
        view = review(*TO_CHOOSING, (ASKED_AT, request), (ANSWERED_AT, answer), (later(minutes=10), chosen))

        assert "for this meeting only" not in told(approve_dialog(view, view.meeting.set(1)))


def test_an_agreed_time_waits_while_another_is_held() -> None:
    """One slot at a time: nothing is there to be pressed."""
    view = review(*TO_HELD, (ASKED_AT, EXCEPTION), (ANSWERED_AT, PRIYA_YES))
    said = agreement_answered(view, PRIYA_YES, ANSWERED_AT)

    assert "This time can be held once the held one is let go." in told(said)
    assert pressed(said) == []


def test_where_the_policy_allows_two_holds_an_agreed_time_can_be_held_beside_the_first() -> None:
    two = (TO_HELD[0][0], REQUESTED.model_copy(update={"hold_slots": 2}))
    view = review(two, *TO_HELD[1:], (ASKED_AT, EXCEPTION), (ANSWERED_AT, PRIYA_YES))
    button = ("Hold", presses.HOLD_AGREED, {"m": "CHG-1042", "a": 1})

    assert "This time can be held now." in told(agreement_answered(view, PRIYA_YES, ANSWERED_AT))
    assert pressed(agreement_answered(view, PRIYA_YES, ANSWERED_AT)) == [button]
    assert button in pressed(card(view))


def test_a_long_list_of_people_is_cut_and_says_so() -> None:
    """Slack takes a hundred."""
    view = review(*TO_HELD)
    crowd = {f"p{i:03}": view.people.people["omar"].model_copy(update={"id": f"p{i:03}"}) for i in range(150)}
    said = told(substitute_dialog(replace(view, people=view.people.model_copy(update={"people": crowd}))))

    assert said.count("Omar Farouk") == 100
    assert "(The first 100 of 150 people by name.)" in said


def test_the_log_tells_who_was_asked_what_and_what_they_said() -> None:
    no = f.AgreementAnswered(by="sam", number=1, point=1, granted=False, reason="r1")
    view = asked(EXCEPTION, (ANSWERED_AT, PRIYA_YES), (ANSWERED_AT, no))

    assert (
        told(audit_page(view, "Chain verified: 6 entries."))
        == """\
The log of CHG-1042: 6 entries. Chain verified: 6 entries.

*The log of CHG-1042*, round 1
Mon 30 Nov 14:02 New York · Priya Nair asked for Release-readiness review CHG-1042 (policy a41c)
Mon 30 Nov 14:02 New York · search 1 began
Mon 30 Nov 14:02 New York · search 1 finished: none of 190 starts fits without an agreement; nine calendars read
Mon 30 Nov 14:07 New York · Lee Park asked (request 1) for an exception, Wed 2 Dec 17:15 – 18:00 New York; asked \
are Sam Ortiz (security reviewer) outside working hours: Priya or Dana; Sam Ortiz (security reviewer) outside \
working hours: Sam
Mon 30 Nov 14:11 New York · Priya Nair agreed to request 1, Sam Ortiz (security reviewer) outside working hours
Mon 30 Nov 14:11 New York · Sam Ortiz said no to request 1, Sam Ortiz (security reviewer) outside working hours: \
“Lee is travelling; take Wednesday.”
(Chain verified: 6 entries.)
(Times are in your own zone. Nothing here can be changed afterwards.)
"""
    )


def test_a_verdict_with_an_agreement_to_ask_for() -> None:
    """In the private line and in the dialog, for the very time that was asked about."""
    view = review(*TO_BLOCKED)
    time, ask = "{instant:2026-12-02T22:15:00+00:00}", ("2026-12-02T22:15:00+00:00", "Ask for this exception")
    near = ["It would do with agreement: {person:sam} outside working hours (release owner decides)."]
    line = verdict(view, time, False, ["outside working hours."], near, ask)
    dialog = verdict_dialog(view, time, False, ["outside working hours."], near, ask)

    assert (
        told(line)
        == """\
CHG-1042: Wed 2 Dec 17:15 New York does not fit.

*Wed 2 Dec 17:15 New York* does not fit CHG-1042:
• outside working hours.
It would do with agreement: Sam Ortiz outside working hours (release owner decides).
[Ask for this exception]
(Times are in your own zone. What you type is read in that of New York.)
"""
    )
    button = ("Ask for this exception", presses.ASK_EXCEPTION_AT, {"m": "CHG-1042", "t": "2026-12-02T22:15:00+00:00"})
    assert pressed(line) == [button]
    assert "Why is it wanted? ____" in told(dialog)
    assert told(dialog).endswith("[Ask for this] [Close]\n")
    assert (dialog["callback_id"], json.loads(dialog["private_metadata"])) == (presses.EXCEPTION_DIALOG, button[2])


def test_the_dialog_before_an_exception_is_asked_for() -> None:
    """What it takes, who is asked, and room for a reason that nobody must give."""
    view = review(*TO_BLOCKED)
    option = BLOCKED.options[0]

    assert (
        told(exception_dialog(view, option.slot.span.start, needs_words(view, option), s=1, o=0))
        == """\
== Ask for this time? ==
CHG-1042 *Identity 4.2 login flow and schema migration*
*Wed 2 Dec 17:15 New York*
• Sam Ortiz (security reviewer) outside working hours: Priya Nair (release owner) or Dana Osei (release leads) \
must agree; Sam is asked too
Those who may agree are asked, and whoever's evening it costs. Nothing is held before they said yes.
Why is it wanted? ____ (Those who decide read it. It stands in the thread and in the log, with your name.)
(In New York: Wed 2 Dec 17:15.)
[Ask] [Not now]
"""
    )


def test_leave_of_one_sort_for_several_people_is_one_line() -> None:
    """Who must agree is not said four times."""
    view = review(*TO_BLOCKED)
    need = BLOCKED.options[0].needs[0]
    both = (need, need.model_copy(update={"person": "tom", "role": "on_call_reliability_lead"}))

    said = needs_words(view, BLOCKED.options[0].model_copy(update={"needs": both}))

    assert said.count("must agree") == 1
    assert said.endswith("outside working hours: Priya Nair (release owner) or Dana Osei (release leads) must agree; Sam and Tom "
                         "are asked too")  # fmt: skip
    assert said.startswith("• Sam Ortiz (security reviewer) and Tom Lindqvist (on-call reliability lead) outside")


def test_the_home_tab_shows_what_waits_for_my_word() -> None:
    """Each point with its own buttons, before the slots to approve."""
    view = asked(EXCEPTION)
    made = home(page(decisions=waiting(view, "sam")))

    assert told(made).startswith(
        "# Waiting for you\n"
        "*CHG-1042* Lee asks for *Wed 2 Dec 17:15 – 18:00 New York*. It takes one agreement.\n"
        "• Sam Ortiz (security reviewer) outside working hours: is that fine with you? The approvers decide; your no ends "
        "the request.\n"
        "[That is fine] [Not then…]\n"
        "---\n"
    )


@pytest.mark.parametrize(("person", "count"), [("priya", 1), ("dana", 1), ("sam", 1), ("lee", 0), ("noor", 0)])
def test_only_what_a_person_may_answer_waits_for_them(person: str, count: int) -> None:
    assert len(waiting(asked(EXCEPTION), person)) == count


def test_nothing_waits_once_it_was_answered_or_refused_or_the_review_is_over() -> None:
    refused = answered(EXCEPTION, "dana", granted=False)[0]
    cancelled = asked(EXCEPTION, (ANSWERED_AT, f.Cancelled(by="priya")))

    assert waiting(answered(EXCEPTION, "dana")[0], "priya") == []
    assert [w.point for w in waiting(answered(EXCEPTION, "dana")[0], "sam")] == [1]
    assert waiting(refused, "sam") == []
    assert waiting(cancelled, "sam") == []


def test_every_point_of_a_request_has_its_buttons_in_the_thread() -> None:
    """Four people out of their hours are eight points; what is more than a message bears is answered at home."""
    need = EXCEPTION.points[0].need
    many = EXCEPTION.model_copy(update={"points": EXCEPTION.points[:1] * 13})
    said = told(agreement_asked(asked(many), many, ASKED_AT))

    assert need.person == "sam"
    assert said.count("[Approve] [Reject…]") == 12
    assert "Besides, one more point can be answered in the home tab of whoever is asked." in said
