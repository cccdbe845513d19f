"""What it would take to make one start possible: the fewest agreements, of approvers and of people about their own calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.assignment import choose
from bot.core.calendars import CALENDAR_RULES
from bot.core.findings import Need, Option
from bot.core.study import NEED, SUBSTITUTION, Candidate, Study
from bot.core.telling import assignment_of, needs_of, span_of

MOVE = "move"
"""The need that a person moves what stands in their calendar, or says that they are free: theirs alone to grant."""

# As dear as any other agreement; of two ways with equally many, the one that leaves calendars alone.
_MOVING = NEED + SUBSTITUTION


def freeing(study: Study, k: int) -> Option | None:
    """The fewest agreements that would make the k-th start fit, with who would sit; None where nobody could agree to it
    (a freeze that is never waived, a role whose people break a rule that never bends)."""
    if study.obstructed("never") >> k & 1:
        return None
    rows = study.candidates(k)
    priced = [
        [(each.standing.person, price) for each in row if (price := _price(study, each)) is not None] for row in rows
    ]
    best = choose(priced)
    if best is None:
        return None
    seats = [next(c for c in row if c.standing.person == who) for row, who in zip(rows, best[1], strict=True)]
    standings = [seat.standing for seat in seats]
    needs = (*needs_of(study, k, standings), *_moves(study, seats))
    return Option(*span_of(study, k), needs, assignment_of(study, standings))


def _price(study: Study, candidate: Candidate) -> int | None:
    price = study.price(candidate, CALENDAR_RULES)
    return price if price is None or not _must_move(study, candidate) else price + _MOVING


def _must_move(study: Study, candidate: Candidate) -> bool:
    strength_of = study.problem.kind.strength_of
    return any(rule in CALENDAR_RULES and strength_of(rule) == "never" for rule in candidate.rules)


def _moves(study: Study, seats: Sequence[Candidate]) -> Iterator[Need]:
    """Who must move something, by role."""
    for role, seat in zip(study.roles, seats, strict=True):
        if _must_move(study, seat):
            yield Need(MOVE, (), role, seat.standing.person)
