"""The worked story where people must agree: no time fits, somebody asks, and those who were asked answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core import facts as f
from bot.slack.messages.view import ReviewView
from tests.slack.identity_review import SEARCHED, TO_CHOOSING, at, later, review, slot

EVENING = slot(2, 17, 15, security_reviewer=f.Seat(person="sam"))
FREEZE = slot(2, 11, 0)
MOVED = slot(2, 14)
HOURS = f.Need(
    rule="working_hours", approvers=("release_owner", "release_leads"), role="security_reviewer", person="sam"
)
FROZEN = f.Need(rule="freeze", approvers=("release_owner", "release_leads"))
MOVE = f.Need(rule="move", approvers=(), role="security_reviewer", person="noor")
SITS = f.Need(rule="substitution", approvers=("release_owner", "release_manager"), role="database_migration_owner",
              person="ines")  # fmt: skip
BLOCKED = SEARCHED.model_copy(
    update={
        "outcome": "needs_exception", "feasible": 0, "offers": (),
        "options": (f.Option(slot=EVENING, needs=(HOURS,)), f.Option(slot=FREEZE, needs=(FROZEN, HOURS))),
        "asks": (f.Ask(span=MOVED.span, person="noor", role="security_reviewer", rules=("busy",)),),
        "blocking": ("security reviewer: everyone is busy until {instant:2026-12-02T22:00:00+00:00}",),
    }
)  # fmt: skip
TO_BLOCKED: tuple[tuple[datetime, f.AnyFact], ...] = (*TO_CHOOSING[:2], (later(seconds=3), BLOCKED))

SUBSTITUTE = f.AgreementAsked(
    by="lee", number=1, sort="substitute", role="database_migration_owner", person="ines", instead_of="mei", reason="r1",
    points=(f.AgreementPoint(need=SITS, deciders=("priya", "dana")),),
    concerns=("{person:ines} is a named delegate for database migration owner, but nobody has confirmed that authority: if "
              "approved, their word counts as the holder's for this meeting only.",),
)  # fmt: skip
EXCEPTION = f.AgreementAsked(
    by="lee", number=1, sort="exception", slot=EVENING,
    points=(f.AgreementPoint(need=HOURS, deciders=("priya", "dana")),
            f.AgreementPoint(need=HOURS, deciders=("sam",), own=True)),
)  # fmt: skip
TWO_NEEDS = f.AgreementAsked(
    by="priya", number=1, sort="exception", slot=FREEZE,
    points=(f.AgreementPoint(need=FROZEN, deciders=("priya", "dana")),
            f.AgreementPoint(need=HOURS, deciders=("priya", "dana")),
            f.AgreementPoint(need=HOURS, deciders=("sam",), own=True)),
)  # fmt: skip
ASK = f.AgreementAsked(
    by="priya", number=1, sort="ask", slot=MOVED, points=(f.AgreementPoint(need=MOVE, deciders=("noor",), own=True),),
)  # fmt: skip
ASKED_AT, ANSWERED_AT = later(minutes=5), later(minutes=9)


def asked(fact: f.AgreementAsked, *more: tuple[datetime, f.AnyFact], **changes: Any) -> ReviewView:
    return review(*TO_BLOCKED, (ASKED_AT, fact), *more, **changes)


def answered(
    fact: f.AgreementAsked, by: str, granted: bool = True, point: int = 0
) -> tuple[ReviewView, f.AgreementAnswered]:
    answer = f.AgreementAnswered(by=by, number=1, point=point, granted=granted, reason=None if granted else "r1")
    return asked(fact, (ANSWERED_AT, answer)), answer


def held_agreed(fact: f.AgreementAsked, *answers: f.AgreementAnswered) -> ReviewView:
    """The agreed slot, held."""
    assert fact.slot is not None
    planned = tuple(
        f.PlannedHold(key=f"k-{p}", person=p, provider="google", calendar=f"{p}@example.com") for p in fact.slot.people
    )
    chosen = f.SlotChosen(by="lee", set=1, slot=fact.slot, planned=planned, expires_at=later(hours=4), draft="d1")
    placed = f.SlotHeld(set=1, placed=tuple(f.PlacedKey(key=p.key, event_id=p.key) for p in planned))
    said = [(ANSWERED_AT, a) for a in answers]
    return asked(fact, *said, (later(minutes=10), chosen), (later(minutes=10), placed))


SUBSTITUTED = slot(1, 10, 30, database_migration_owner=f.Seat(person="ines", standing="delegate"))
assert at(1, 10, 30) == SUBSTITUTED.span.start
