"""A question that goes up: the team's line, the pager's and the mail's words, who took it, and how it was settled."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.core import facts as f
from bot.core.people import Team
from bot.slack.messages import presses
from bot.slack.messages.audit_page import audit_page
from bot.slack.messages.blocked import blocked
from bot.slack.messages.card import card
from bot.slack.messages.escalated import climbed, escalated, mail_words, page_words, resolved, taken
from bot.slack.messages.view import ReviewView
from tests.slack.agreements_asked import BLOCKED, TO_BLOCKED
from tests.slack.identity_review import PEOPLE, TO_HELD, at, later, review
from tests.slack.printed import told

RAISED = f.Escalated(
    number=1, to="release_leads", cause="no time fits CHG-1042 within policy; 2 would do if people agree", sort="search",
    deadline=at(3, 9), search=1,
)  # fmt: skip
RECHECK = f.Escalated(
    number=1, to="release_leads", sort="recheck", deadline=at(3, 9),
    cause="the approval of CHG-1042 was stopped: release manager: {person:dana} is busy.",
)  # fmt: skip
TEAM = f.EscalationClimbed(escalation=1, rung="team", asked=("dana", "priya"))
PAGED = f.EscalationClimbed(escalation=1, rung="pager", asked=("dana", "priya"))


def raised(*more: tuple[datetime, f.AnyFact], fact: f.Escalated = RAISED, **changes: Any) -> ReviewView:
    return review(*TO_BLOCKED, (later(seconds=3), fact), *more, **changes)


def test_the_team_is_called() -> None:
    """What waits, until when an answer helps, whose record it is, what stands ready, what comes next."""
    view = raised((later(seconds=4), TEAM))

    assert (
        told(escalated(view, view.meeting.escalations[0], later(minutes=30), later(hours=1)))
        == """\
CHG-1042 needs the release leads: No time fits CHG-1042 within policy; 2 would do if people agree. The window \
closes Thu 3 Dec 09:00 New York, in 67 h.

S0LEADS: No time fits CHG-1042 within policy; 2 would do if people agree. The window closes Thu 3 Dec 09:00 \
New York, in 67 h.
Priya owns the record. Two options and one question to one person stand above. If nobody takes it, this goes to \
the pager at 14:32 New York and an e-mail goes out at 15:02 New York.
[I take this]
"""
    )


def test_the_team_is_mentioned_once_and_only_there() -> None:
    """The group's token stands in the team's own line; the line about the search and the card name it."""
    view = raised((later(seconds=4), TEAM))
    escalation = view.meeting.escalations[0]
    others = [blocked(view, BLOCKED), card(view), climbed(view, PAGED, later(minutes=30))]

    assert str(escalated(view, escalation).blocks).count("<!subteam^S0LEADS>") == 1
    assert "<!subteam" not in str([m.blocks for m in others])


@pytest.mark.parametrize(
    ("slack", "words"), [(None, "Dana and Priya (release leads):"), ("S0> <!channel", "Dana and Priya")]
)
def test_a_team_without_a_group_is_called_by_name(slack: str | None, words: str) -> None:
    people = PEOPLE.model_copy(
        update={"teams": {"release_leads": Team(id="release_leads", members=("dana", "priya"), slack=slack)}}
    )
    view = replace(raised(), people=people)

    said = str(escalated(view, view.meeting.escalations[0]).blocks)

    assert words in said
    assert "<!channel" not in said
    assert "<!subteam" not in said


def test_a_role_is_called_where_the_policy_names_no_team() -> None:
    view = raised(fact=RAISED.model_copy(update={"to": "release_manager"}))

    assert "For the release manager: " in told(escalated(view, view.meeting.escalations[0]))


def test_no_rung_is_promised_that_does_not_come() -> None:
    view = raised()

    assert "If nobody takes it" not in told(escalated(view, view.meeting.escalations[0]))
    assert "If nobody takes it, an e-mail goes out at 14:32 New York." in told(
        escalated(view, view.meeting.escalations[0], None, later(minutes=30))
    )


def test_a_reason_about_a_person_is_said_by_role() -> None:
    """Others read along."""
    view = raised(fact=RECHECK)

    assert "The approval of CHG-1042 was stopped: the release manager is busy." in told(
        escalated(view, view.meeting.escalations[0])
    )


def test_taking_it_carries_the_question() -> None:
    view = raised()
    button = escalated(view, view.meeting.escalations[0]).blocks[-1]["elements"][0]

    assert (button["text"]["text"], button["action_id"]) == ("I take this", presses.TAKE_IT)
    assert json.loads(button["value"]) == {"m": "CHG-1042", "e": 1}


def test_paged() -> None:
    view = raised((later(seconds=4), TEAM), (later(minutes=30), PAGED))

    assert (
        told(climbed(view, PAGED, later(minutes=30, seconds=3)))
        == """\
CHG-1042: Paged the release leads (Dana and Priya): nobody has taken this for 30 min.

Paged the release leads (Dana and Priya): nobody has taken this for 30 min.
(Mon 30 Nov 14:32 New York)
[I take this]
"""
    )


def test_written_to() -> None:
    fact = PAGED.model_copy(update={"rung": "mail"})
    view = raised((later(seconds=4), TEAM), (later(hours=1), fact))

    assert (
        told(climbed(view, fact, later(hours=1, seconds=3)))
        == """\
CHG-1042: Wrote an e-mail to the release leads (Dana and Priya): nobody has taken this for 1 h.

Wrote an e-mail to the release leads (Dana and Priya): nobody has taken this for 1 h.
(Mon 30 Nov 15:02 New York)
[I take this]
"""
    )


def test_taken() -> None:
    """Who has it, and that nobody else is called; the button is gone from then on."""
    fact = f.EscalationAcknowledged(by="dana", escalation=1)
    view = raised((later(seconds=4), TEAM), (later(minutes=8), fact))

    assert (
        told(taken(view, fact, later(minutes=8)))
        == """\
CHG-1042: Dana Osei takes this.

*Dana Osei* takes this. Nobody else is called for it. What was asked stays open until it is settled; \
if it is not by Wed 2 Dec 09:00 New York, it goes up once more.
(Mon 30 Nov 14:10 New York)
"""
    )
    assert "[I take this]" not in told(climbed(view, PAGED, later(minutes=30)))


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("search.finished", "Settled: a search found times that fit."),
        ("slot.held", "Settled: a time is held."),
        ("meeting.confirmed", "Settled: the meeting is confirmed."),
        ("meeting.cancelled", "Settled: the meeting was called off."),
        ("slot.ended", "Settled: that hold is over."),
        ("", "Settled: nothing waits any more."),
    ],
)
def test_settled(why: str, words: str) -> None:
    fact = f.EscalationResolved(escalation=1, why=why)
    view = raised((later(seconds=4), TEAM), (later(minutes=8), fact))
    said = resolved(view, fact, later(minutes=8))

    assert said is not None
    assert f"{words} Nobody is called for it any more." in told(said)


def test_what_is_settled_cannot_be_taken() -> None:
    view = raised((later(seconds=4), TEAM), (later(minutes=8), f.EscalationResolved(escalation=1, why="slot.held")))

    assert "[I take this]" not in told(escalated(view, view.meeting.escalations[0]))


def test_a_window_that_has_closed_is_said_to_have_closed() -> None:
    view = raised(now=at(3, 9))

    assert "The window closed Thu 3 Dec 09:00 New York." in told(escalated(view, view.meeting.escalations[0]))


def test_what_was_settled_before_anybody_was_called_is_not_told() -> None:
    fact = f.EscalationResolved(escalation=1, why="slot.held")

    assert resolved(raised((later(minutes=8), fact)), fact, later(minutes=8)) is None


def test_the_card_says_who_was_called_and_who_took_it() -> None:
    called = raised((later(seconds=4), TEAM))
    took = raised((later(seconds=4), TEAM), (later(minutes=8), f.EscalationAcknowledged(by="dana", escalation=1)))
    settled = raised((later(seconds=4), TEAM), (later(minutes=8), f.EscalationResolved(escalation=1)))

    assert "*Called:* the release leads, Mon 30 Nov 14:02 New York; nobody has taken it yet." in told(card(called))
    assert "*Called:* the release leads, Mon 30 Nov 14:02 New York; Dana has taken it." in told(card(took))
    assert "*Called:*" not in told(card(settled))


def test_the_ladder_stands_under_what_blocks() -> None:
    """When the next ones are asked, where that is not at once."""
    view = raised()

    assert "Nobody has answered? At 14:32 New York this goes to the release leads, then further up." in told(
        blocked(view, BLOCKED, later(minutes=30))
    )


def test_the_pager_gets_one_line() -> None:
    view = raised()

    assert page_words(view, view.meeting.escalations[0]) == (
        "CHG-1042: no time fits without an agreement. The window closes Thu 3 Dec 09:00 New York. Owner: Priya."
    )


@pytest.mark.parametrize("sort", ["search", "placing", "recheck", "unanswered"])
def test_a_page_says_nothing_of_anybodys_calendar_and_stays_short(sort: Any) -> None:
    """However long the record's id, and whatever the cause says about people."""
    fact = RECHECK.model_copy(update={"sort": sort})
    view = raised(fact=fact)
    long = view.meeting.model_copy(
        update={"request": view.request.model_copy(update={"record": "CHG\n<!channel> " * 60})}
    )
    said = [page_words(view, view.meeting.escalations[0]), page_words(replace(view, meeting=long), long.escalations[0])]

    for words in said:
        assert "busy" not in words
        assert "Dana" not in words
        assert "\n" not in words
        assert len(words) <= 200


def test_the_mail() -> None:
    """Plain text: the record, why, until when, the options in words, where to answer."""
    view = raised((later(seconds=4), TEAM), card="https://example.slack.com/archives/C0RELEASES/p1")
    subject, body = mail_words(view, view.meeting.escalations[0])

    assert subject == "CHG-1042 waits for a decision: no time fits without an agreement"
    assert (
        body
        == """\
Release-readiness review CHG-1042: Identity 4.2 login flow and schema migration

No time fits CHG-1042 within policy; 2 would do if people agree.
The window closes Thu 3 Dec 09:00 New York, in 67 h.
Owner of the record: Priya Nair.

What would make room:
- Wed 2 Dec 17:15 – 18:00 New York: security reviewer outside working hours
- Wed 2 Dec 11:00 – 11:45 New York: during a freeze; security reviewer outside working hours
- Wed 2 Dec 14:00 – 14:45 New York: one person could move what stands there

Nobody has taken this in Slack yet. To answer, open the thread and press “I take this” or one of the buttons.
The record: https://change.example.com/changes/CHG-1042
The card in Slack: https://example.slack.com/archives/C0RELEASES/p1
"""
    )


def test_a_mail_does_not_ask_to_move_what_nobody_can_read() -> None:
    asks = tuple(ask.model_copy(update={"rules": ("unknown",)}) for ask in BLOCKED.asks)
    view = raised()
    unread = view.meeting.model_copy(update={"search": BLOCKED.model_copy(update={"asks": asks})})
    _, body = mail_words(replace(view, meeting=unread), unread.escalations[0])

    assert "- Wed 2 Dec 14:00 – 14:45 New York: one person could say whether they are free\n" in body


def test_a_mail_about_a_stopped_approval_names_roles() -> None:
    view = review(*TO_HELD, (later(hours=1), RECHECK))
    subject, body = mail_words(view, view.meeting.escalations[0])

    assert "Dana" not in subject + body.partition("Owner")[0]
    assert "The approval of CHG-1042 was stopped: the release manager is busy." in body


def test_a_mail_leads_nowhere_that_was_not_allowed() -> None:
    """Neither a record's own address on a foreign host nor a card that is not Slack's."""
    view = replace(raised(card="https://evil.example.com/p1"), link_hosts=frozenset())
    subject, body = mail_words(view, view.meeting.escalations[0])

    assert "http" not in subject + body


def test_the_log_tells_the_ladder() -> None:
    resolved_ = f.EscalationResolved(escalation=1, why="slot.held")
    view = raised((later(seconds=4), TEAM), (later(minutes=30), PAGED),
                  (later(minutes=31), f.EscalationAcknowledged(by="dana", escalation=1)), (later(minutes=40), resolved_))  # fmt: skip

    assert (
        told(audit_page(view, "Chain verified: 8 entries."))
        == """\
The log of CHG-1042: 8 entries. Chain verified: 8 entries.

*The log of CHG-1042*, round 1
Mon 30 Nov 14:02 New York · Priya Nair asked for Release-readiness review CHG-1042 (policy a41c)
Mon 30 Nov 14:02 New York · search 1 began
Mon 30 Nov 14:02 New York · search 1 finished: none of 190 starts fits without an agreement; nine calendars read
Mon 30 Nov 14:02 New York · escalated to release leads: no time fits CHG-1042 within policy; 2 would do if people \
agree
Mon 30 Nov 14:02 New York · in the thread: question 1 went to the release leads (Dana and Priya)
Mon 30 Nov 14:32 New York · by pager: question 1 went to the release leads (Dana and Priya)
Mon 30 Nov 14:33 New York · Dana Osei took on question 1
Mon 30 Nov 14:42 New York · question 1 was settled
(Chain verified: 8 entries.)
(Times are in your own zone. Nothing here can be changed afterwards.)
"""
    )
