"""The audit of a review told by hand: what went to people and why, what was held, and what older versions kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import pytest

from bot.core import facts as f
from bot.core.audit import Audit, ChainEnd, DecisionPoint, Entry, Papers, Quote, digests_meant, words_meant
from bot.core.audit_words import sections_of
from bot.core.auditing import audit_of
from bot.core.span import Span
from tests.slack.identity_review import ASKED, OFFERS, REQUESTED, SEARCHED, TO_CHOOSING, TO_CONFIRMED, TO_HELD, later

Told = Sequence[tuple[datetime, f.AnyFact]]
WORDS = {"r1": "Lee is travelling; take Wednesday.", "c1": None}
NEED = f.Need(
    rule="working_hours", approvers=("release_owner", "release_manager"), role="security_reviewer", person="sam"
)
ASKED_FOR = f.AgreementAsked(
    by="lee", number=1, sort="exception", slot=OFFERS[1], reason="r1",
    points=(f.AgreementPoint(need=NEED, deciders=("priya", "dana")), f.AgreementPoint(need=NEED, deciders=("sam",), own=True)),
)  # fmt: skip


def papers(told: Told) -> Papers:
    entries = tuple(
        Entry(seq=10 + number, version=number, at=at, hash=sha256(str(number).encode()).hexdigest(), fact=fact)
        for number, (at, fact) in enumerate(told, 1)
    )
    chain = ChainEnd(entries=40, head="a1b2", whole=True)
    return Papers(meeting="CHG-1042", entries=entries, chain=chain, words=WORDS)


def audit(told: Told, names: bool = False) -> Audit:
    found = audit_of(papers(told), names)
    assert found is not None
    return found


def lines(told: Told, title: str, names: bool = False) -> list[str]:
    [section] = [s for s in sections_of(audit(told, names)) if s.title == title]
    return [line.words for line in section.lines]


def points(told: Told, sort: str) -> list[DecisionPoint]:
    return [p for p in audit(told).points if p.sort == sort]


def test_there_is_no_audit_of_nothing() -> None:
    assert audit_of(papers(()), names=True) is None


def test_a_confirmation_is_always_a_persons_and_says_who_was_asked_and_who_did_it() -> None:
    [point] = points(TO_CONFIRMED, "confirmation")

    assert point.why.startswith("Confirmation is always a person's, and the policy says whose")
    assert point.deciders == ("priya", "dana")
    assert [(d.by, d.words) for d in point.decisions] == [
        ("dana", "approved the slot"), ("bot", "everything was read again (9 calendars): nothing had changed"),
        ("bot", "one invite went to 5 people"),
    ]  # fmt: skip


def test_a_decision_says_by_which_record_it_was_theirs_where_that_is_known() -> None:
    """Entries of before it was recorded say nothing of it."""
    told = tuple(
        (at, x.model_copy(update={"revision": "8"}) if isinstance(x, f.Approved) else x) for at, x in TO_CONFIRMED
    )
    words = lines(told, "Why a person had to decide, and who decided")

    approved = [line for line in words if "approved the slot" in line]
    assert [line.partition(": ")[2] for line in approved] == [
        "{person:dana} approved the slot (theirs to decide by revision 8 of the record)."
    ]
    assert sum("by revision" in line for line in words) == 1


def test_a_delegate_who_sits_in_is_named_where_the_slot_is_confirmed() -> None:
    chosen = f.SlotChosen(by="priya", set=1, slot=OFFERS[2], planned=(), expires_at=later(hours=4), draft="d1")
    told = (*TO_CHOOSING, (later(minutes=2), chosen), (later(minutes=3), f.SlotHeld(set=1, placed=())))

    [point] = points(told, "confirmation")

    assert "{person:omar} sits in as database migration owner, with confirmed authority." in point.why


def test_a_rule_that_the_policy_lets_somebody_overrule_goes_to_them_and_to_whom_it_costs() -> None:
    """Each need is a question of its own; the reason is in the asker's words; a no stands with its reason too."""
    no = f.AgreementAnswered(by="sam", number=1, point=1, granted=False, reason="c1")
    yes = f.AgreementAnswered(by="priya", number=1, point=0, granted=True)
    rule, own = points(
        (*TO_CHOOSING, (later(minutes=5), ASKED_FOR), (later(minutes=6), yes), (later(minutes=7), no)), "agreement"
    )

    assert rule.question.startswith(
        "Whether “outside working hours” may be overruled once for {instant:2026-12-02T14:30"
    )
    assert rule.why == ("The policy lets release owner or release manager overrule this rule, once and for this slot, and "
                        "the bot never.")  # fmt: skip
    assert own.why == "It is their own time, so they are asked themselves; a no ends the request."
    assert rule.quote == Quote(digest="r1", text="Lee is travelling; take Wednesday.")
    assert [(d.by, d.words, d.quote) for d in own.decisions] == [("sam", "said no", Quote(digest="c1", text=None))]


def test_a_substitute_without_confirmed_authority_is_for_the_approvers() -> None:
    need = f.Need(rule="substitution", approvers=("release_owner",), role="database_migration_owner", person="ines")
    asked = f.AgreementAsked(by="lee", number=1, sort="substitute", role="database_migration_owner", person="ines", instead_of="mei",
                             points=(f.AgreementPoint(need=need, deciders=("priya",)),))  # fmt: skip
    [point] = points((*TO_HELD, (later(minutes=5), asked)), "agreement")

    assert point.question == "Whether {person:ines} may sit as database migration owner instead of {person:mei}"
    assert point.why.startswith("Nobody has confirmed that authority")
    assert point.decisions == ()


def test_what_stands_in_a_calendar_only_its_owner_can_move() -> None:
    need = f.Need(rule="move", approvers=(), role="security_reviewer", person="noor")
    point = f.AgreementPoint(need=need, deciders=("noor",), own=True)
    asked = f.AgreementAsked(by="lee", number=1, sort="ask", slot=OFFERS[0], points=(point,))

    [told] = points((*TO_CHOOSING, (later(minutes=5), asked)), "agreement")

    assert told.why == "Only they can say: the bot sees that a calendar is taken, never by what."


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("needs_exception", "None of 190 starts fits within policy; some would do if people agree."),
        ("none", "None of 190 starts fits, and no agreement would make one fit."),
        ("no_window", "No window is left in which the meeting could lie."),
        ("incomplete", "The record does not say: touches and service owner. What is missing is never assumed."),
    ],
)
def test_a_search_that_finds_no_slot_says_why_people_must_go_on(outcome: str, words: str) -> None:
    blank = {
        "outcome": outcome,
        "feasible": 0,
        "offers": (),
        "missing_facts": ("touches",),
        "missing_roles": ("service_owner",),
    }
    told = (*TO_CHOOSING[:2], (later(seconds=3), SEARCHED.model_copy(update=blank)))

    [point] = points(told, "slot")

    assert point.why == words


def test_an_escalation_says_what_the_bot_will_not_do_by_itself_and_who_took_it() -> None:
    raised = f.Escalated(
        number=1, to="release_leads", cause="the approval was stopped: {person:noor} is busy.", sort="recheck"
    )
    taken = f.EscalationAcknowledged(by="dana", escalation=1)

    [point] = points((*TO_HELD, (later(minutes=5), raised), (later(minutes=6), taken)), "escalation")

    assert (
        point.question == "Who takes it on, of release leads: the approval was stopped: the security reviewer is busy."
    )
    assert point.why.startswith("What was offered did not hold when it was read again")
    assert [(d.by, d.words) for d in point.decisions] == [("dana", "took it on")]


def test_why_somebody_cannot_come_is_told_by_name_only_where_that_is_asked_for() -> None:
    stopped = f.Stopped(set=1, changes=("security reviewer: {person:noor} is busy.",))
    told = (*TO_HELD, (later(minutes=5), f.Approved(by="dana", set=1)), (later(minutes=6), stopped))
    title = "Why a person had to decide, and who decided"

    assert any("nothing was sent: the security reviewer is busy" in words for words in lines(told, title))
    assert any(
        "nothing was sent: security reviewer: {person:noor} is busy" in words
        for words in lines(told, title, names=True)
    )


def test_who_states_when_somebody_is_free_answers_for_it_and_may_take_it_back() -> None:
    stated = f.Attested(by="lee", person="sam", windows=(OFFERS[0].span,), source="r1")
    back = f.AttestationTakenBack(by="lee", person="sam", source="c1")

    [point] = points((*TO_CHOOSING, (later(minutes=5), stated), (later(minutes=6), back)), "own")

    assert point.question == "When {person:sam} is free, whose calendar cannot be read"
    assert point.why == "What is not known is never free, and only a person can tell it."
    assert [(d.by, d.words[:26], d.quote) for d in point.decisions] == [
        ("lee", "stated that they are free ", Quote(digest="r1", text="Lee is travelling; take Wednesday.")),
        ("lee", "took back what was stated", Quote(digest="c1", text=None)),
    ]


def test_every_decision_of_a_person_is_told_once() -> None:
    """Whatever the order, also when nobody put the question: a hold that was rejected before it stood."""
    told = (
        *TO_HELD, (later(minutes=5), ASKED_FOR), (later(minutes=6), f.AgreementAnswered(by="priya", number=1, point=0, granted=True)),
        (later(minutes=7), f.SlotExtended(by="lee", set=1, expires_at=later(hours=8))),
        (later(minutes=8), f.Approved(by="dana", set=1)), (later(minutes=9), f.Stopped(set=1, changes=("x",))),
        (later(minutes=10), f.SlotEnded(by="dana", set=1, why="rejected", reason="r1")),
        (later(minutes=11), f.Escalated(number=1, to="release_leads", cause="x")),
        (later(minutes=12), f.EscalationAcknowledged(by="dana", escalation=1)),
        (later(minutes=12), f.Attested(by="lee", person="sam", windows=(OFFERS[0].span,), source="r1")),
        (later(minutes=13), f.Cancelled(by="priya", reason="c1")),
    )  # fmt: skip
    deciding = {"slot.chosen", "agreement.answered", "slot.extended", "slot.approved", "slot.ended",
                "escalation.acknowledged", "meeting.cancelled", "availability.attested"}  # fmt: skip
    page = audit(told)

    assert Counter(d.seq for p in page.points for d in p.decisions if d.by != "bot") == Counter(
        e.seq for e in page.entries if e.fact.tag in deciding
    )


def test_a_hold_says_on_which_calendars_it_stood_from_when_and_why_it_went() -> None:
    gone = (*TO_CONFIRMED, (later(hours=2, minutes=11), f.HoldsGone(set=1)))

    [hold] = audit(gone).holds

    assert [(c.person, c.event_id) for c in hold.calendars] == [(p, f"e-{p}") for p in ("dana", "lee", "mei", "noor")]
    assert hold.not_held == (("ravi", "their calendar cannot be written"),)
    assert (hold.placed_at, hold.ended, hold.gone_at) == (
        later(minutes=2, seconds=4), "confirmed", later(hours=2, minutes=11),
    )  # fmt: skip
    assert lines(gone, "What was held")[-1].startswith("Placed (")
    assert "replaced by the invite" in lines(gone, "What was held")[-1]


def test_a_hold_that_could_not_be_placed_says_so() -> None:
    failed = f.SlotEnded(set=1, why="failed", reason_words="Google did not answer.")
    told = (*TO_HELD[:-1], (later(minutes=3), failed))

    assert lines(told, "What was held")[-1].startswith("Never placed; not placed (")
    assert [d.words for p in points(told, "confirmation") for d in p.decisions] == [
        "the slot could not be held: Google did not answer."
    ]


def test_a_search_whose_inputs_were_not_kept_tells_what_was_counted() -> None:
    told = lines(TO_CHOOSING, "What search 1 ruled out")

    assert told[0] == "185 starts, by what was kept of them:"
    assert "database migration owner: busy: 61." in told


def test_a_search_of_an_older_version_still_folds_and_is_told() -> None:
    """It kept neither where it read nor which policy: the calendars are counted, the policy is the request's."""
    body = f.body_of(SEARCHED)
    old = {key: value for key, value in body.items() if key not in ("sources", "policy")}
    fact = f.fact_from("search.finished", old, "bot")
    assert isinstance(fact, f.Searched)
    assert (fact.sources, fact.policy) == (None, "")

    [search] = audit((*TO_CHOOSING[:2], (later(seconds=3), fact))).searches

    assert search.inputs is not None
    assert (search.inputs.policy, search.inputs.calendars, search.inputs.calendars_read) == (REQUESTED.policy, (), 9)


def test_a_second_round_is_told_with_the_first() -> None:
    again = REQUESTED.model_copy(update={"round": 2, "policy": "b52d11"})
    cancelled = (later(hours=3), f.Cancelled(by="priya"))

    page = audit(
        (*TO_CONFIRMED, cancelled, (later(hours=4), again), (later(hours=4), f.SearchStarted(by="lee", search=2)))
    )

    assert (page.rounds, page.policies, page.asked_at) == (2, ("a41c9f", "b52d11"), ASKED)
    assert [(s.search, s.outcome) for s in page.searches] == [(1, "viable"), (2, "running")]


def test_a_chain_that_does_not_hold_is_said_before_all_else() -> None:
    broken = ChainEnd(
        entries=40, head="a1b2", whole=False, first_bad=12, why="entry 12 was changed after it was written"
    )
    page = audit_of(papers(TO_CHOOSING).model_copy(update={"chain": broken}), names=False)
    assert page is not None

    told = [line.words for line in sections_of(page)[0].lines]

    assert any("does NOT hold from entry 12 on (entry 12 was changed after it was written)" in words for words in told)


def test_the_papers_that_the_facts_name_are_known() -> None:
    kept = SEARCHED.model_copy(update={"inputs": "i1", "sources": "s1"})
    told = papers((*TO_CHOOSING[:2], (later(seconds=3), kept), (later(minutes=5), ASKED_FOR)))

    assert digests_meant(told.entries) == ("a41c9f", "i1", "s1")
    assert words_meant(told.entries) == ("r1",)


def test_an_offer_is_told_with_its_span() -> None:
    [search] = audit(TO_CHOOSING).searches

    assert search.offers == tuple(Span(o.span.start, o.span.end) for o in OFFERS)
