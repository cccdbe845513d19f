"""Who sits where: a different person for every role, at the lowest price, the earliest in line where prices are equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

Line = Sequence[tuple[str, int]]
"""The people who could fill one role, in order, each with their price."""


def choose(lines: Sequence[Line]) -> tuple[int, tuple[str, ...]] | None:
    """The lowest total price and who sits in each role; of equal totals, role by role, who stands earliest. None: nobody can."""
    if not all(lines):
        return None
    cheapest = [min(line, key=lambda each: each[1]) for line in lines]
    people = tuple(person for person, _ in cheapest)
    if len(set(people)) < len(lines):
        return _match(lines)
    return sum(price for _, price in cheapest), people


def _match(lines: Sequence[Line]) -> tuple[int, tuple[str, ...]] | None:
    """As `choose`, where roles compete for people: the places in line become the small change of the price.

    Places get sixteen bits a role, the first role's the most, so that the cheapest is exactly one assignment.
    """
    size = len(lines)
    weights = [
        {who: price << 16 * size | place << 16 * (size - 1 - row) for place, (who, price) in enumerate(line)}
        for row, line in enumerate(lines)
    ]
    seats = _cheapest_matching(weights)
    if seats is None:
        return None
    total = sum(weight[who] for weight, who in zip(weights, seats, strict=True))
    return total >> 16 * size, tuple(seats)


def _cheapest_matching(weights: Sequence[dict[str, int]]) -> list[str] | None:
    """The Hungarian method, row by row, over the pairs that exist; whole numbers throughout, so always exact."""
    row_price = [0] * len(weights)
    column_price: dict[str, int] = {}
    holder: dict[str, int] = {}
    for fresh in range(len(weights)):
        slack: dict[str, int] = {}
        reached_from: dict[str, str | None] = {}
        settled: dict[str, None] = {}
        row, column = fresh, None
        while True:
            for who, weight in weights[row].items():
                if who not in settled:
                    gap = weight - row_price[row] - column_price.get(who, 0)
                    if who not in slack or gap < slack[who]:
                        slack[who], reached_from[who] = gap, column
            if not slack:
                return None
            column = min(slack, key=lambda who: slack[who])
            step = slack.pop(column)
            row_price[fresh] += step
            for who in settled:
                row_price[holder[who]] += step
                column_price[who] = column_price.get(who, 0) - step
            slack = {who: gap - step for who, gap in slack.items()}
            settled[column] = None
            if column not in holder:
                break
            row = holder[column]
        _hand_over(column, fresh, holder, reached_from)
    return [who for _, who in sorted((row, who) for who, row in holder.items())]


def _hand_over(column: str, fresh: int, holder: dict[str, int], reached_from: dict[str, str | None]) -> None:
    """Walk back to the fresh row, each row moving over by one person."""
    while (before := reached_from[column]) is not None:
        holder[column] = holder[before]
        column = before
    holder[column] = fresh


def too_few(people: Sequence[Iterable[str]]) -> tuple[int, ...] | None:
    """A smallest set of roles with fewer people than roles; of several the first by the order of roles. None: there is none."""
    sets = [frozenset(each) for each in people]
    for size in range(1, len(sets) + 1):
        small = [row for row, each in enumerate(sets) if len(each) < size]
        for rows in combinations(small, size):
            if len(frozenset().union(*(sets[row] for row in rows))) < size:
                return rows
    return None
