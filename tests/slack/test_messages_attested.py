"""Who is free by somebody's word: as plain text, with whose word it is and that nothing is held for it."""

from __future__ import annotations

from dataclasses import replace

from bot.core import facts as f
from bot.core.people import Directory
from bot.core.span import Span
from bot.slack.messages.approve_dialog import approve_dialog
from bot.slack.messages.attest_dialog import attest_dialog
from bot.slack.messages.attested import attested_line, stated, taken_back
from bot.slack.messages.blocked import blocked
from bot.slack.messages.card import card
from bot.slack.messages.entries import entry
from bot.slack.messages.view import ReviewView
from tests.slack.identity_review import (
    ASKED,
    CHOSEN,
    HELD,
    PEOPLE,
    REQUESTED,
    SEARCHED,
    WORDS,
    at,
    later,
    review,
)
from tests.slack.printed import plain_view, told

LISBON = Directory(
    people={**PEOPLE.people, "lee": PEOPLE.people["lee"].model_copy(update={"time_zone": "Europe/Lisbon"})},
    teams=PEOPLE.teams,
    rotas=PEOPLE.rotas,
)
FOUND = SEARCHED.model_copy(update={"unreadable": ("lee",)})
WINDOWS = (Span(at(1, 10), at(1, 12)), Span(at(2, 9), at(2, 11, 30)))
ATTESTED = f.Attested(by="priya", person="lee", windows=WINDOWS, source="w1")
BACK = f.AttestationTakenBack(by="dana", person="lee", source="w2")
SAID = {**WORDS, "w1": "His mail of *today*", "w2": "He is ill."}


def view(*after: f.AnyFact, found: f.Searched = FOUND) -> ReviewView:
    facts = [REQUESTED, f.SearchStarted(by="priya", search=1), found, *after]
    made = review(*((later(minutes=n) if n else ASKED, fact) for n, fact in enumerate(facts)))
    return replace(made, words=SAID.get, people=LISBON)


def test_a_statement_in_the_thread() -> None:
    assert (
        told(stated(view(ATTESTED), ATTESTED, later(minutes=3)))
        == """\
Priya Nair states for CHG-1042 when Lee Park is free.

*Priya Nair* states when *Lee Park* is free: Tue 1 Dec 10:00 – 12:00 New York · Wed 2 Dec 09:00 – 11:30 New York.
How they know: “His mail of *today*”
(By their own clock (Europe/Lisbon): Tue 1 Dec 15:00 – 17:00, Wed 2 Dec 14:00 – 16:30. At other times nothing is known, \
and unknown is never free.)
(Mon 30 Nov 14:05 New York · for this review only, and nothing is held on a calendar for it)
"""
    )


def test_what_is_taken_back() -> None:
    assert (
        told(taken_back(view(ATTESTED, BACK), BACK, later(minutes=4)))
        == """\
Dana Osei takes back when Lee Park is free.

*Dana Osei* takes back what was stated of *Lee Park*: “He is ill.”
(Mon 30 Nov 14:06 New York · nothing is known of their time now, and unknown is never free)
"""
    )


def test_the_card_says_whose_word_it_is_and_offers_to_state_more() -> None:
    printed = told(card(view(ATTESTED)))

    assert (
        "*No calendar can be read:* Lee Park (attested by Priya Mon 30 Nov 14:05 New York, not held): free "
        "Tue 1 Dec 10:00 – 12:00 New York · Wed 2 Dec 09:00 – 11:30 New York. Other times are unknown."
    ) in printed
    assert "[State when they are free…]" in printed
    assert attested_line(view(ATTESTED, BACK)) is None


def test_no_button_where_every_calendar_can_be_read() -> None:
    readable = FOUND.model_copy(update={"unreadable": ()})

    assert "State when" not in told(card(view(found=readable)))
    assert "State when" in told(card(view(ATTESTED, found=readable))), "what was stated can be taken back"


def test_of_whom_something_is_stated_it_is_not_said_that_nothing_counts() -> None:
    nothing = FOUND.model_copy(update={"outcome": "none"})

    assert "never counted as free" in told(blocked(view(), nothing))
    assert "never counted as free" not in told(blocked(view(ATTESTED), nothing))


def test_the_dialog() -> None:
    assert (
        plain_view(attest_dialog(view()))
        == """\
== When are they free? ==
CHG-1042: nobody can read when these people are free. Write when they told you that they are: those times count for \
this review, with your name. Every other time stays unknown, and unknown is never free.
Who <Lee Park · Europe/Lisbon>
When, by their own clock? ____ (One time from and to in each line, with its day. Written again, it replaces what was \
stated of them before; left empty, it takes that back.)
How do you know? ____ (Such as: her mail of today. It stands in the thread and in the log, with your name.)
[State it] [Not now]"""
    )


def test_the_dialog_where_nobody_is_to_be_spoken_for() -> None:
    assert (
        plain_view(attest_dialog(view(found=FOUND.model_copy(update={"unreadable": ()}))))
        == """\
== When are they free? ==
CHG-1042: every calendar that is asked for can be read, and what a calendar tells counts.
[Close]"""
    )


def test_before_the_invite_goes_out_it_is_said_who_is_free_by_whose_word() -> None:
    held = view(ATTESTED, CHOSEN, HELD)

    assert (
        "*Free by somebody's word, not by a calendar:* Lee Park (attested by Priya Mon 30 Nov 14:05 New York, "
        "not held) (“His mail of *today*”)."
    ) in plain_view(approve_dialog(held, held.meeting.holds[0]))


def test_the_log() -> None:
    after = view(ATTESTED, BACK)

    assert entry(after, ATTESTED).startswith("Priya Nair stated that Lee Park is free ")
    assert entry(after, BACK).startswith("Dana Osei took back when Lee Park is free: ")
