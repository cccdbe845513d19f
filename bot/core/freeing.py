"""What it would take to make one start possible: the fewest agreements, of approvers and of people about their own calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.core.assignment import choose
from bot.core.findings import Need, Option, Seat
from bot.core.policy import RuleName
from bot.core.span import instant
from bot.core.study import NEED, SUBSTITUTION, Candidate, Study

MOVE = "move"
"""The need that a person moves what stands in their calendar, or says that they are free: theirs alone to grant."""

CALENDAR_RULES: tuple[RuleName, ...] = ("unknown", "busy")
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
    start = instant(study.starts.times[k])
    end = start + timedelta(seconds=study.starts.length)
    standings = {role: seat.standing for role, seat in zip(study.roles, seats, strict=True)}
    assignment = {role: Seat(each.person, each.stands_as) for role, each in standings.items()}
    return Option(start, end, tuple(_needs(study, k, seats)), assignment)


def _price(study: Study, candidate: Candidate) -> int | None:
    price = study.price(candidate, CALENDAR_RULES)
    return price if price is None or not _must_move(study, candidate) else price + _MOVING


def _must_move(study: Study, candidate: Candidate) -> bool:
    strength_of = study.problem.kind.strength_of
    return any(rule in CALENDAR_RULES and strength_of(rule) == "never" for rule in candidate.rules)


def _needs(study: Study, k: int, seats: Sequence[Candidate]) -> Iterator[Need]:
    """The meeting's rules, each once; people's rules by role; substitutions; then who must move something."""
    kind = study.problem.kind
    met = dict.fromkeys(each.rule for each in study.obstacles if each.mask >> k & 1)
    yield from (Need(rule, kind.approvers_of(rule)) for rule in met if kind.strength_of(rule) == "exception")
    by_role = list(zip(study.roles, seats, strict=True))
    for role, seat in by_role:
        for rule in seat.rules:
            if kind.strength_of(rule) == "exception":
                yield Need(rule, kind.approvers_of(rule), role, seat.standing.person)
    for role, seat in by_role:
        if not seat.standing.confirmed:
            yield Need("substitution", kind.substitutes_approved_by or (), role, seat.standing.person)
    for role, seat in by_role:
        if _must_move(study, seat):
            yield Need(MOVE, (), role, seat.standing.person)
