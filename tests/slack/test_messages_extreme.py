"""Whatever people, records and calendars are called: Slack takes every message, and nothing in it calls or leads away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.core import facts as f
from bot.core.agreements import Sort
from bot.core.attested import Attestation
from bot.core.authority import Decider
from bot.core.by_day import Day, Line, Told
from bot.core.people import Directory, Person
from bot.core.record import Named, Record
from bot.core.refusals import refuse
from bot.core.release_week import Day as CalendarDay
from bot.core.release_week import Planned, Week
from bot.core.span import Span
from bot.slack.blocks import Message, checked, checked_view
from bot.slack.messages.agreement_answered import agreement_answered
from bot.slack.messages.agreement_asked import agreement_asked
from bot.slack.messages.agreement_direct import agreement_direct
from bot.slack.messages.agreements import needs_words
from bot.slack.messages.approve_dialog import approve_dialog
from bot.slack.messages.approving import approving
from bot.slack.messages.attest_dialog import attest_dialog
from bot.slack.messages.attested import stated, taken_back
from bot.slack.messages.audit_page import audit_dialog, audit_page
from bot.slack.messages.audit_summary import audit_summary
from bot.slack.messages.blocked import blocked
from bot.slack.messages.card import card
from bot.slack.messages.confirmed import confirmed
from bot.slack.messages.connections import Connection
from bot.slack.messages.disagree_dialog import disagree_dialog
from bot.slack.messages.ended import cancelled, ended
from bot.slack.messages.escalated import climbed, escalated, mail_words, page_words, resolved, taken
from bot.slack.messages.exception_dialog import exception_dialog
from bot.slack.messages.extended import extended
from bot.slack.messages.held import held
from bot.slack.messages.home import home, outsider_home, unknown_home
from bot.slack.messages.listing import listing
from bot.slack.messages.looking import looking, looking_again
from bot.slack.messages.not_held import not_held
from bot.slack.messages.noted import noted
from bot.slack.messages.offers import offers
from bot.slack.messages.points import waiting
from bot.slack.messages.quiet_offer import quiet_offer
from bot.slack.messages.refused import refused
from bot.slack.messages.reject_dialog import reject_dialog
from bot.slack.messages.reminder import reminder
from bot.slack.messages.sorry import sorry
from bot.slack.messages.status import status
from bot.slack.messages.stopped import stopped
from bot.slack.messages.substitute_dialog import substitute_dialog
from bot.slack.messages.unknown_word import unknown_word
from bot.slack.messages.view import ReviewView
from bot.slack.messages.why_not import verdict, verdict_dialog, why_not
from bot.slack.text import length
from tests.slack.identity_review import (
    CHOSEN,
    CONFIRMED,
    DRAFT,
    HELD,
    KIND,
    NEW_YORK,
    PEOPLE,
    RECORD,
    REQUESTED,
    SEARCHED,
    TO_CONFIRMED,
    TO_HELD,
    at,
    later,
    review,
    slot,
)  # fmt: skip
from tests.slack.test_home import page

NASTY = (
    "<!channel>", "<!here> <!everyone>", "<!subteam^S0OTHER>", "<@U0LEE> approved", "<#C0SECRET>",
    "<https://evil.example.com|Approve and send>", "https://evil.example.com/x", "\u202eevil\u2066\u200b\u2028txt",
    "ok\n*Approved by Dana Osei*", "&lt;!channel&gt;", "<!date^1^{time}|x>", "{person:dana}{clock:x}", "x" * 5000, "👩🏽" * 900,
    "Z\u0301\u0302\u0303" * 800, " ", "|>", "\ud800", "`*_~", "&" * 4000,
)  # fmt: skip
words = st.lists(
    st.integers(0, len(NASTY) - 1) | st.text(max_size=60), min_size=8, max_size=8
)  # indices of NASTY, or any text
ALLOWED = re.compile(
    r"<!date\^\d+\^[{}_a-z ]+\|[^<>|]+>|<#C0RELEASES>|<!subteam\^S0LEADS>"
    r"|<https://(change\.example\.com|meet\.google\.com|example\.slack\.com)/[^<>|\s]*\|[^<>|]*>"
)

ROLES = tuple(f"role_{i}" for i in range(12))
Question = Literal["search", "placing", "recheck", "unanswered"]
CROWD = tuple(f"p{i}" for i in range(72))


def _need(number: int, nasty: list[str]) -> f.Need:
    return f.Need(
        rule=nasty[number % 8], approvers=(nasty[0], "release_leads"), role=ROLES[number], person=CROWD[number]
    )


def _requests(nasty: list[str], slots: tuple[f.Slot, ...]) -> tuple[f.AgreementAsked, ...]:
    """One of each sort, with nine points of many deciders each; then many more of them."""
    points = tuple(f.AgreementPoint(need=_need(i, nasty), deciders=CROWD, own=bool(i % 2)) for i in range(9))
    one = f.AgreementAsked(by="p1", number=1, sort="exception", slot=slots[0], points=points, reason="r",
                           concerns=tuple(nasty * 4), role=nasty[2], person=CROWD[5], instead_of=CROWD[6])  # fmt: skip
    sorts: tuple[Sort, ...] = ("exception", "substitute", "ask")
    return tuple(
        one.model_copy(update={"number": i + 1, "sort": sorts[i % 3], "slot": slots[i % 25]}) for i in range(30)
    )


def _questions(nasty: list[str]) -> tuple[f.Escalated, ...]:
    sorts: tuple[Question, ...] = ("search", "placing", "recheck", "unanswered")
    return tuple(
        f.Escalated(number=i + 1, to="release_leads" if i % 2 else nasty[4], cause=nasty[i % 8], sort=sorts[i % 4],
                    deadline=at(3, 9))
        for i in range(8)
    )  # fmt: skip


def extreme(drawn: list[int | str]) -> ReviewView:
    """The worked story with twelve roles of six people each, 500 reasons, and hostile words in every free text."""
    nasty = [NASTY[one] if isinstance(one, int) else one for one in drawn]
    people = {
        p: Person(**{**PEOPLE.people["dana"].model_dump(), "id": p, "name": nasty[i % 8] or "x"})
        for i, p in enumerate(CROWD)
    }
    seats = {role: f.Seat(person=CROWD[i], standing="delegate" if i % 2 else "holder") for i, role in enumerate(ROLES)}
    slots = tuple(numbered_slot(i, seats) for i in range(25))
    need = f.Need(rule=nasty[6], approvers=(nasty[0], "release_leads"), role=ROLES[0], person=CROWD[3])
    searched = SEARCHED.model_copy(
        update={
            "offers": slots, "opens_by": f"evidence:{nasty[1]}", "closes_by": f"evidence:{nasty[2]}",
            "options": tuple(f.Option(slot=s, needs=(need,) * 9) for s in slots),
            "asks": tuple(f.Ask(span=s.span, person=CROWD[i], role=ROLES[2], rules=("busy",)) for i, s in enumerate(slots)),
            "roles": tuple(f.RoleHolders(role=r, people=CROWD[6 * i : 6 * i + 6]) for i, r in enumerate(ROLES)),
            "ruled_out": tuple((nasty[i % 8], i) for i in range(500)), "blocking": tuple(nasty * 4),
            "warnings": tuple(nasty), "missing_facts": tuple(nasty), "missing_roles": tuple(nasty),
            "unreadable": CROWD, "revision": nasty[4],
        }
    )  # fmt: skip
    request = REQUESTED.model_copy(
        update={"record_title": nasty[0], "title": nasty[1], "record": nasty[2], "owner": CROWD[0]}
    )
    planned = tuple(planned_on(p) for p in CROWD[:40])
    chosen = CHOSEN.model_copy(
        update={"slot": slots[0], "planned": planned, "not_held": tuple((p, nasty[5]) for p in CROWD[40:])}
    )
    told = (
        (later(), request),
        (later(), f.SearchStarted(search=1)),
        (later(), searched),
        (later(), chosen),
        (later(), HELD),
        *((later(), asked) for asked in _requests(nasty, slots)),
        *(
            (later(), f.AgreementAnswered(by="p2", number=i + 1, point=p, granted=True))
            for i in range(6)
            for p in range(9)
        ),
        (later(), f.AgreementAnswered(by="p2", number=7, point=0, granted=False, reason="r")),
        *((later(), question) for question in _questions(nasty)),
        *((later(), f.EscalationClimbed(escalation=i + 1, rung="team", asked=CROWD)) for i in range(8)),
    )
    record = Record(**{**RECORD.model_dump(), "title": nasty[0], "url": nasty[6], "owner": CROWD[0],
                       "state": nasty[3], "roles": {r: Named(people=CROWD[6 * i : 6 * i + 6]) for i, r in enumerate(ROLES)}})  # fmt: skip
    return replace(
        review(*told), people=Directory(people=people, teams=PEOPLE.teams), record=record, words=lambda _: nasty[7],
        draft=DRAFT.model_copy(update={"title": nasty[0], "text": "\n".join(nasty * 3)}),
        kind=KIND.model_copy(update={"title": nasty[1], "states": tuple(nasty)}),
        deciders=tuple(Decider(person=p, capacity=nasty[3]) for p in CROWD),
    )  # fmt: skip


def planned_on(person: str) -> f.PlannedHold:
    return f.PlannedHold(key=person, person=person, provider="google", calendar=person)


def numbered_slot(number: int, seats: dict[str, f.Seat]) -> f.Slot:
    first = slot(1, 9)
    start = first.span.start + timedelta(minutes=45 * number)
    return first.model_copy(update={"span": first.span._replace(start=start, end=start + timedelta(minutes=45)),
                                    "seats": seats, "delegates": number % 3})  # fmt: skip


def _week(words: str) -> Week:
    """Full days of what others wrote."""
    span = Span(at(1, 9), at(1, 10))
    things = [
        Planned(sort="booked", name=words, spans=(span,) * (n % 3 + 1), services=(words,) * 9, binds="reviews")
        for n in range(25)
    ]
    return Week(
        kept=False,
        days=tuple(CalendarDay(span=Span(at(d, 0), at(d + 1, 0)), planned=tuple(things)) for d in range(1, 8)),
    )


def every_message(view: ReviewView) -> Iterator[Message | dict[str, Any]]:
    """All that can be said about one review that is held."""
    found, hold, words = view.meeting.search, view.meeting.set(1), view.words("any") or ""
    assert found is not None
    yield from (card(view), status(view), held(view, hold), offers(view, found, 60), audit_summary(view))
    for outcome in ("needs_exception", "none", "no_window", "incomplete"):
        yield blocked(view, found.model_copy(update={"outcome": outcome}))
        yield blocked(view, found.model_copy(update={"outcome": outcome, "options": (), "asks": (), "blocking": ()}))
    yield blocked(view, f.SearchStopped(search=1, why=words))
    for why in ("let_go", "expired", "rejected", "failed"):
        fact = f.SlotEnded(by="p1", set=1, why=why, reason="r", reason_words=words)
        yield not_held(view, fact, later(), words) if why == "failed" else ended(view, fact, later())
    yield extended(view, f.SlotExtended(by="p2", set=1, expires_at=later(hours=9)), later())
    yield approving(view, f.Approved(by="p2", set=1), later())
    yield stopped(view, f.Stopped(set=1, changes=(words,) * 30), later(), found.offers)
    yield confirmed(view, CONFIRMED.model_copy(update={"join_url": words, "invited": ("p1",)}), later())
    yield cancelled(view, f.Cancelled(by="p1", reason="r"), later())
    yield noted(view, f.Noted(by="p1", words="n"), later())
    yield looking_again(view, f.SearchStarted(by="p1", search=2, why=words), later())
    yield from (reminder(replace(view, card=words), which) for which in ("turn", "half", "last"))
    yield from _asked(view, words)
    yield from _attested(view)
    yield from _private(view, words)


def _asked(view: ReviewView, words: str) -> Iterator[Message | dict[str, Any]]:
    """Requests, answers and questions that went up: while a slot is held, and while none is."""
    found = view.meeting.search
    assert found is not None
    free = replace(view, meeting=view.meeting.model_copy(update={"state": "blocked"}))
    requests = {e.fact.number: e.fact for e in view.history if isinstance(e.fact, f.AgreementAsked)}
    for seen, number in ((view, 1), (free, 2), (view, 3), (free, 7), (free, 13), (view, 14), (free, 15)):
        agreement = seen.meeting.agreements[number - 1]
        yield agreement_asked(seen, requests[number], later())
        yield agreement_direct(seen, agreement, "p5", requests[number].concerns)
        yield disagree_dialog(seen, agreement, number % 2)
        for granted in (True, False):
            fact = f.AgreementAnswered(by="p3", number=number, point=1, granted=granted, reason="r")
            yield agreement_answered(seen, fact, later())
    yield agreement_direct(view, view.meeting.agreements[0], "p99")
    yield from (card(free), substitute_dialog(view), substitute_dialog(free), blocked(free, found, later(hours=1)))
    yield home(page(decisions=waiting(view, "p5") * 20, waiting=[view] * 25))
    for escalation in view.meeting.escalations:
        yield escalated(view, escalation, later(hours=1), later(hours=2))
        yield taken(view, f.EscalationAcknowledged(by="p1", escalation=escalation.number), later())
        for rung in ("team", "pager", "mail"):
            yield climbed(
                view, f.EscalationClimbed(escalation=escalation.number, rung=rung, asked=(words, *CROWD)), later()
            )
        said = resolved(view, f.EscalationResolved(escalation=escalation.number, why=words), later())
        assert said is not None
        yield said
    yield verdict(view, words, False, [words] * 40, [words] * 9, ("2026-12-02T22:15:00+00:00", words))
    yield verdict_dialog(view, words, False, [words] * 40, [words] * 9, ("2026-12-02T22:15:00+00:00", words))


def _attested(view: ReviewView) -> Iterator[Message | dict[str, Any]]:
    """Statements about everybody, each of as many windows as may be stated."""
    windows = tuple(slot(1, 9).span._replace(start=at(n, 9), end=at(n, 10)) for n in range(1, 21))
    told = tuple(Attestation(person=f"p{n}", windows=windows, by="p3", at=later(), source="w") for n in range(30))
    found = view.meeting.search
    assert found is not None
    seen = replace(view, meeting=view.meeting.model_copy(update={"attestations": told}))
    free = replace(seen, meeting=seen.meeting.model_copy(update={"state": "blocked"}))
    yield from (
        card(seen),
        card(free),
        approve_dialog(seen, seen.meeting.set(1)),
        attest_dialog(seen),
        blocked(free, found),
    )
    yield stated(seen, f.Attested(by="p1", person="p2", windows=windows, source="w"), later())
    yield taken_back(seen, f.AttestationTakenBack(by="p1", person="p2", source="w"), later())


def _private(view: ReviewView, words: str) -> Iterator[Message | dict[str, Any]]:
    hold = view.meeting.set(1)
    lines = (Line(((at(1, 9), at(1, 10)),) * 40, words),) * 40
    dates = [date(2026, 12, 1) + timedelta(days=2 * i) for i in range(90)]
    days = Told(tuple(Day(day, day + timedelta(days=1), 7, lines) for day in dates), True)
    yield from (
        approve_dialog(view, hold),
        reject_dialog(view, hold),
        why_not(view, days),
        why_not(view, None, ask=False),
        why_not(view, Told((), False)),
    )
    yield verdict(view, words, False, [words] * 40, [words] * 9)
    yield verdict_dialog(view, words, True, [], [])
    yield verdict_dialog(view, words, False, [words] * 40, [words] * 9, (at(1, 9).isoformat(), words))
    for option in view.meeting.search.options[:2] if view.meeting.search else ():
        yield exception_dialog(view, at(1, 9), needs_words(view, option), t=at(1, 9).isoformat())
    longer = replace(view, history=view.history * 5)
    yield from (audit_page(longer, words), audit_dialog(longer, words))
    hostile = [Connection(words, trouble, seen) for trouble in (words, None) for seen in (later(), None)] * 5
    yield from (
        listing([numbered(view, i) for i in range(25)]),
        listing([], mine=True),
        unknown_home(words),
        outsider_home(),
    )
    yield home(
        page(
            waiting=[view] * 25,
            mine=[view] * 25,
            lapsing=[(view, view.meeting.holds[0])] * 25,
            connections=hostile,
            week=_week(words),
        )
    )
    assert view.record is not None
    yield quiet_offer(view.record, view.kind, view.people, NEW_YORK)
    yield looking(words, words, 5, 9)
    yield from (sorry(words, words), unknown_word(words, words, words), refused(refuse("x", words * 3), view.speech))


def numbered(view: ReviewView, number: int) -> ReviewView:
    return replace(view, meeting=view.meeting.model_copy(update={"id": f"CHG-{number}"}))


def _texts(thing: Any) -> Iterator[tuple[str, str]]:
    """Every text in a message with its type, wherever it sits."""
    if isinstance(thing, dict):
        if isinstance(thing.get("text"), str):
            yield thing["type"], thing["text"]
        for inner in thing.values():
            yield from _texts(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from _texts(inner)


def _elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        e for b in blocks for e in (*(b.get("elements", ()) if b["type"] == "actions" else ()), b.get("accessory")) if e
    ]


@given(words)
@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
def test_slack_takes_every_message_whatever_it_is_about(drawn: list[int | str]) -> None:
    view = extreme(drawn)
    for made in every_message(view):
        if isinstance(made, Message):
            checked(made.blocks, "message")
            assert 1 <= len(made.text) <= 3000
        else:
            checked_view(made)


@given(words)
@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
def test_nothing_in_a_message_calls_anybody_or_leads_away(drawn: list[int | str]) -> None:
    """Mentions, links and tokens in titles, names and reasons are shown as text; only our own are live."""
    view = extreme(drawn)
    for made in every_message(view):
        blocks = made.blocks if isinstance(made, Message) else made["blocks"]
        marked = [text for kind, text in _texts(blocks) if kind == "mrkdwn"]
        marked += [made.text] if isinstance(made, Message) else []
        for text in marked:
            assert not set(ALLOWED.sub("", text)) & set("<>"), text
            assert not set(text) & set("\u202e\u2066\u200b\u2028")


@given(words)
@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
def test_buttons_carry_ids_only_and_none_is_there_twice(drawn: list[int | str]) -> None:
    view = extreme(drawn)
    for made in every_message(view):
        pressed = [(e["action_id"], e["value"]) for e in _elements(made.blocks)] if isinstance(made, Message) else []
        assert len(pressed) == len(set(pressed))
        for _, value in pressed:
            assert set(json.loads(value)) <= {"m", "s", "o", "a", "p", "e", "t"}
            assert len(value) <= 2000


@given(words)
@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
def test_a_page_is_one_short_line_and_a_mail_plain_text(drawn: list[int | str]) -> None:
    """No address leads away, and no header can be slipped in through a subject."""
    view = extreme(drawn)
    for escalation in view.meeting.escalations:
        page, (subject, body) = page_words(view, escalation), mail_words(view, escalation)
        for line in (page, subject):
            assert 1 <= length(line) <= 200
            assert not set(line) & set("\n\r\u202e\u2066\u200b\u2028")
        assert not set(body) & set("\r\u202e\u2066\u200b\u2028")
        assert len(body) < 20_000
        addresses = re.findall(r"^The (?:record|review in Slack): (.*)$", body, re.MULTILINE)
        assert all(address.startswith("https://change.example.com/") for address in addresses)


@pytest.mark.parametrize(
    "address", ["https://evil.example.com/x", "https://slack.com.evil.example.com/", "http://a.slack.com/"]
)
def test_a_card_is_linked_only_where_it_leads_to_slack(address: str) -> None:
    texts = [text for _, text in _texts(reminder(review(*TO_HELD, card=address), "half").blocks)]

    assert not any("Open the card" in text for text in texts)


@pytest.mark.parametrize("told", [TO_HELD, TO_CONFIRMED])
def test_a_message_is_the_same_every_time(told: Any) -> None:
    """A card drawn twice from the same state is the same card: nothing in it hangs on chance or the machine."""
    assert card(review(*told)) == card(review(*told))
