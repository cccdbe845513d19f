"""For all starts at once: at which of them can a group of roles be filled by different people, and at what price."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from math import prod

from bot.core.assignment import choose
from bot.core.starts import split

Chances = Mapping[str, Sequence[tuple[int, int]]]
"""For one role: each person with (price, the starts at which they can fill it at that price); a start stands once at most."""

WAYS = 32
"""In up to so many ways of keeping people for one role each, trying every way is quicker than trying every start."""


def groups_sharing_people(roles: Sequence[Iterable[str]]) -> list[list[int]]:
    """The roles in groups (by number, in order), so that nobody stands in two groups."""
    groups: list[tuple[list[int], set[str]]] = []
    for number, people in enumerate(roles):
        mine = ([number], set(people))
        apart = [group for group in groups if not group[1] & mine[1]]
        for rows, others in (group for group in groups if group[1] & mine[1]):
            mine = (rows + mine[0], others | mine[1])
        groups = [*apart, mine]
    return sorted(sorted(rows) for rows, _ in groups)


def prices(roles: Sequence[Chances], within: int) -> dict[int, int]:
    """The lowest total price at each start of `within` at which different people can fill all the roles: price -> starts."""
    if len(roles) == 1:
        return _cheapest(roles[0], within)
    cheapest, lacking, hard, every = [], 0, 0, within
    wanted = _wanted(roles)
    for number, role in enumerate(roles):
        elsewhere = {who: union(rows[other] for other in rows if other != number) for who, rows in wanted.items()}
        at_price = _cheapest(role, within)
        cheapest.append(at_price)
        within &= union(at_price.values())
        contested = every ^ _uncontested(role, at_price, elsewhere)
        hard |= lacking & contested
        lacking |= contested
    # A role whose cheapest person can sit nowhere else cannot lose; nor can a single role that has no such person.
    hard &= within
    total = added(cheapest, within ^ hard)
    if hard:
        few = [_fewer(role, wanted, hard) for role in roles]
        ways = prod(len(rows) for rows in wanted.values())
        tried = _shared_out(few, wanted, hard) if ways <= WAYS else _tried(few, hard)
        for price, starts in tried.items():
            total[price] = total.get(price, 0) | starts
    return total


def _shared_out(roles: Sequence[Chances], wanted: Mapping[str, Collection[int]], within: int) -> dict[int, int]:
    """As `_tried`, for all starts at once: whoever could fill several roles is kept for one of them, each way in turn; then
    no two roles compete, and the cheapest of all ways is the price."""
    ways: list[dict[int, int]] = []
    for kept in product(*wanted.values()):
        role_of = dict(zip(wanted, kept, strict=True))
        mine = [
            {who: chances for who, chances in role.items() if role_of.get(who, number) == number}
            for number, role in enumerate(roles)
        ]
        ways.append(added([_cheapest(role, within) for role in mine], within))
    return _lowest(((price, starts) for way in ways for price, starts in way.items()), within)


def _wanted(roles: Sequence[Chances]) -> dict[str, dict[int, int]]:
    """Who can fill more than one of the roles: role by role, the starts."""
    rows: dict[str, list[int]] = {}
    for number, role in enumerate(roles):
        for who in role:
            rows.setdefault(who, []).append(number)
    several = {who: each for who, each in rows.items() if len(each) > 1}
    return {who: {row: union([mask for _, mask in roles[row][who]]) for row in each} for who, each in several.items()}


def _fewer(role: Chances, wanted: Collection[str], within: int) -> Chances:
    """The same for whoever asks for the price alone: of those who can sit nowhere else the cheapest stands for all."""
    alone = {who: chances for who, chances in role.items() if who not in wanted}
    if len(alone) < 2:
        return role
    few = {who: chances for who, chances in role.items() if who in wanted}
    return {**few, next(iter(alone)): list(_cheapest(alone, within).items())}


def _cheapest(role: Chances, within: int) -> dict[int, int]:
    """Price -> the starts at which it is the role's lowest."""
    at_price: dict[int, list[int]] = {}
    for chances in role.values():
        for price, mask in chances:
            at_price.setdefault(price, []).append(mask)
    lowest: dict[int, int] = {}
    for price in sorted(at_price):
        if here := within & union(at_price[price]):
            lowest[price] = here
            within ^= here
        if not within:  # what is dearer need not be looked at
            break
    return lowest


def _uncontested(role: Chances, lowest: Mapping[int, int], elsewhere: Mapping[str, int]) -> int:
    """The starts at which somebody who can fill the role at its lowest price can sit nowhere else."""
    found = 0
    for who, chances in role.items():
        for price, mask in chances:
            if price in lowest:
                here = lowest[price] & mask
                found |= here ^ (here & elsewhere[who]) if who in elsewhere else here
    return found


def _lowest(prices: Iterable[tuple[int, int]], within: int) -> dict[int, int]:
    """Of several prices the lowest at each start of `within`."""
    found: dict[int, int] = {}
    for price, starts in sorted(prices):
        if here := starts & within:
            found[price] = found.get(price, 0) | here
            within ^= here
    return found


def priced(within: int, costs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """What the starts of `within` cost where each mask adds its price to the starts that it holds: price -> starts."""
    total = {0: within} if within else {}
    for more, mask in costs:
        sums: dict[int, int] = {}
        for price, starts in total.items():
            inside = starts & mask
            if outside := starts ^ inside:
                sums[price] = sums.get(price, 0) | outside
            if inside:
                sums[price + more] = sums.get(price + more, 0) | inside
        total = sums
    return total


def added(parts: Iterable[Mapping[int, int]], within: int, most: int | None = None) -> dict[int, int]:
    """The sums of independent prices, those above `most` left out: price -> starts."""
    total = {0: within} if within else {}
    for part in parts:
        sums: dict[int, int] = {}
        for price, starts in total.items():
            for more, those in part.items():
                if (most is None or price + more <= most) and (both := starts & those):
                    sums[price + more] = sums.get(price + more, 0) | both
        total = sums
    return total


def _tried(roles: Sequence[Chances], within: int) -> dict[int, int]:
    """One by one, for the starts at which roles compete: all starts at which the same people are there are one case."""
    chances = [
        (row, who, price, mask) for row, role in enumerate(roles) for who, each in role.items() for price, mask in each
    ]
    found: dict[int, int] = {}
    for case, starts in split(within, [mask for *_, mask in chances]).items():
        lines: list[list[tuple[str, int]]] = [[] for _ in roles]
        for number in case:
            row, who, price, _ = chances[number]
            lines[row].append((who, price))
        if (best := choose(lines)) is not None:
            found[best[0]] = found.get(best[0], 0) | starts
    return found


def matchable(roles: Sequence[Mapping[str, int]], within: int) -> int:
    """The starts of `within` at which different people can fill all the roles."""
    if not roles:
        return within
    return union(prices([{who: [(0, mask)] for who, mask in role.items()} for role in roles], within).values())


def union(masks: Iterable[int]) -> int:
    """The starts that one of the masks holds."""
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def in_several(masks: Iterable[int]) -> int:
    """The starts that two of the masks hold, or more."""
    once = several = 0
    for mask in masks:
        several |= once & mask
        once |= mask
    return several
