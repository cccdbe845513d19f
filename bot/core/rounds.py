"""What one round of a review, from a request to its end, adds to the figures: worked out once, since what happened stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from bot.core import facts as f
from bot.core.meeting import At


class Round(NamedTuple):
    """`smooth`: confirmed with no decision beyond the confirmer's. Times count from the request, but `counted_to_viable` from
    when the contract does; None where it did not come to that. `ended`: why held slots are so no more."""

    kind: str
    title: str
    to_viable: timedelta | None
    counted_to_viable: timedelta | None
    to_confirmed: timedelta | None
    cancelled: int
    smooth: bool
    slots_held: int
    events_placed: int
    ended: Mapping[str, int]
    causes: Mapping[str, int]
    escalations: Mapping[str, int]
    lacked: Mapping[str, int]


def rounds(history: Sequence[At]) -> tuple[Round, ...]:
    """A stream's rounds: each begins with a request."""
    found: list[list[At]] = []
    for entry in history:
        if isinstance(entry.fact, f.Requested):
            found.append([])
        if found:
            found[-1].append(entry)
    return tuple(map(_round, found))


def _round(entries: Sequence[At]) -> Round:
    requested, facts = entries[0].fact, [entry.fact for entry in entries]
    assert isinstance(requested, f.Requested)
    viable = _first(entries, lambda fact: isinstance(fact, f.Searched) and fact.outcome == "viable")
    before = None if requested.counts_from is None else entries[0].at - requested.counts_from
    held = [fact for fact in facts if isinstance(fact, f.SlotHeld)]
    return Round(
        kind=requested.kind,
        title=requested.title,
        to_viable=viable,
        counted_to_viable=None if viable is None or before is None else before + viable,
        to_confirmed=_first(entries, lambda fact: isinstance(fact, f.Confirmed)),
        cancelled=sum(isinstance(fact, f.Cancelled) for fact in facts),
        smooth=_smooth(facts),
        slots_held=len(held),
        events_placed=sum(len(fact.placed) for fact in held),
        ended=_ends(facts),
        causes=_causes(facts),
        escalations=Counter(fact.sort for fact in facts if isinstance(fact, f.Escalated)),
        lacked=_lacked(facts),
    )


def _first(entries: Sequence[At], wanted: Callable[[f.AnyFact], bool]) -> timedelta | None:
    """How long after the request the first such fact came."""
    return next((entry.at - entries[0].at for entry in entries if wanted(entry.fact)), None)


def _ends(facts: Sequence[f.AnyFact]) -> Counter[str]:
    """What could not be placed was never held."""
    held = {fact.set for fact in facts if isinstance(fact, f.SlotHeld)}
    return Counter(fact.why for fact in facts if isinstance(fact, f.SlotEnded) and fact.set in held)


def _smooth(facts: Sequence[f.AnyFact]) -> bool:
    """Confirmed, with one approval and nobody else asked to decide anything."""
    confirmed = any(isinstance(fact, f.Confirmed) for fact in facts)
    approvals = sum(isinstance(fact, f.Approved) for fact in facts)
    asked = any(isinstance(fact, f.AgreementAsked | f.Stopped | f.Escalated) for fact in facts)
    return confirmed and approvals == 1 and not asked


def _causes(facts: Iterable[f.AnyFact]) -> Counter[str]:
    """Why a slot had to be found again: what the last reading found, a hold that ran out, or what changed after the
    confirmation; `by_request` where nothing had."""
    tally: Counter[str] = Counter()
    changed: tuple[str, ...] = ()
    for fact in facts:
        match fact:
            case f.Requested() | f.Confirmed():
                changed = ()
            case f.Disturbed():
                changed = fact.causes
            case f.RescheduleAsked():
                tally.update(changed or ("by_request",))
            case f.Stopped():
                tally.update(fact.causes or ("missed_constraint",))
            case f.SlotEnded() if fact.why == "expired":
                tally["lapsed_hold"] += 1
            case _:
                pass
    return tally


def _lacked(facts: Sequence[f.AnyFact]) -> Counter[str]:
    """For each question that went up because of a search: what that search lacked, or how it ended before it looked."""
    tally: Counter[str] = Counter()
    found: f.Searched | None = None
    for fact in facts:
        match fact:
            case f.Searched():
                found = fact
            case f.Escalated(sort="search") if found is not None:
                tally.update(found.lacking or (found.outcome,))
            case _:
                pass
    return tally
