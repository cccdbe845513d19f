"""Who would sit at a start: the cheapest different people for the roles, and whose leave it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.core.assignment import choose
from bot.core.matching import Chances
from bot.core.policy import RuleName
from bot.core.roles import Standing
from bot.core.rules import PERSON_RULES
from bot.core.starts import parted
from bot.core.study import Study


def seats_at(study: Study, k: int, below: int, freed: str | None = None) -> tuple[Standing, ...] | None:
    """The cheapest people for the roles at the k-th start, each another person and for less than that price; the earliest
    in line where prices are equal. `freed` is somebody whose calendar is set aside. None: it cannot be."""
    found, here = list[Standing](), 1 << k
    for row in range(len(study.roles)):
        standing = _cheapest(study, row, here, below, freed)
        if standing is None:
            return None
        found.append(standing)
    if len({each.person for each in found}) == len(found):
        return tuple(found)
    for rows in study.groups:
        if len({found[row].person for row in rows}) < len(rows):
            others = _different([_able(study, row, here, below, freed) for row in rows])
            if others is None:
                return None
            for row, standing in zip(rows, others, strict=True):
                found[row] = standing
    return tuple(found)


def _cheapest(study: Study, row: int, here: int, below: int, freed: str | None) -> Standing | None:
    """The first of those in the role who can fill it at the lowest price, at one start (its bit)."""
    lowest, found = below, None
    chances = study.chances[row] if freed is None else _chances_with(study, row, freed)
    for standing in study.chairs[row].cast_at(here):
        for price, mask in chances.get(standing.person, ()):
            if price < lowest and mask & here:
                lowest, found = price, standing
        if not lowest:
            break
    return found


def _able(study: Study, row: int, here: int, below: int, freed: str | None) -> dict[Standing, int]:
    """Everybody who can fill the role at one start (its bit), in order, with their price."""
    chances = _chances_with(study, row, freed)
    return {
        standing: price
        for standing in study.chairs[row].cast_at(here)
        for price, mask in chances.get(standing.person, ())
        if price < below and mask & here
    }


def _chances_with(study: Study, row: int, freed: str | None) -> Chances:
    """The role's chances, somebody's among them as if their calendar said nothing."""
    chances = study.chances[row]
    if freed is None or freed not in study.chairs[row].people:
        return chances
    return {**chances, freed: (*chances.get(freed, ()), *study.freed(row).get(freed, ()))}


def alike_within(study: Study, within: int, freed: Iterable[int] = ()) -> Iterable[int]:
    """The starts of `within`, parted by who stands where, and at which price they could sit."""
    casts = [mask for chair in study.chairs if len(chair.casts) > 1 for _, mask in chair.casts]
    chances = [mask for role in study.chances for each in role.values() for _, mask in each]
    return parted(within, [*casts, *chances, *freed])


def _different(lines: Sequence[Mapping[Standing, int]]) -> tuple[Standing, ...] | None:
    """The cheapest different people for the roles; the earliest in line where prices are equal."""
    chosen = choose([[(standing.person, price) for standing, price in line.items()] for line in lines])
    if chosen is None:
        return None
    return tuple(
        [next(each for each in line if each.person == who) for line, who in zip(lines, chosen[1], strict=True)]
    )


def leave(study: Study, seats: Sequence[Standing], within: int) -> Iterator[tuple[RuleName, int, int | None]]:
    """The rules that need leave somewhere in `within` if these people sit in the roles: the meeting's, each once, then
    those of people by role; each with the starts, and the number of the role."""
    for rule, mask in study.waivable.items():
        if here := mask & within:
            yield rule, here, None
    waived = [rule for rule in PERSON_RULES if study.strengths[rule] == "exception"]
    for row, standing in enumerate(seats):
        broken = study.broken_by(standing.person)
        for rule in waived:
            if here := broken.get(rule, 0) & within:
                yield rule, here, row
