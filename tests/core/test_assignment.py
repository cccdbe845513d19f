"""Who sits where: held against trying everybody."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.assignment import choose, too_few
from bot.core.matching import groups_sharing_people, matchable, prices
from bot.core.starts import bits

PEOPLE = "abcde"
lines = st.lists(
    st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 3), max_size=5).map(lambda d: list(d.items())),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(lines)
def test_the_cheapest_seating_is_chosen_and_the_earliest_in_line(roles: list[list[tuple[str, int]]]) -> None:
    """Lowest total; of equal totals, role by role, who stands earliest."""
    seatings = [
        (
            sum(price for _, price in seats),
            tuple(line.index(seat) for line, seat in zip(roles, seats, strict=True)),
            seats,
        )
        for seats in product(*roles)
        if len({who for who, _ in seats}) == len(seats)
    ]
    best = min(seatings, default=None)
    expected = None if best is None else (best[0], tuple(who for who, _ in best[2]))

    assert choose(roles) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sets(st.sampled_from(PEOPLE)), min_size=1, max_size=5))
def test_too_few_people_are_found_in_the_smallest_first_set_of_roles(roles: list[set[str]]) -> None:
    """Nothing smaller fails, nothing earlier of that size, and where nothing fails everybody can sit."""
    short = [
        rows
        for size in range(1, len(roles) + 1)
        for rows in combinations(range(len(roles)), size)
        if len(set().union(*(roles[row] for row in rows))) < size
    ]
    seated = choose([[(who, 0) for who in sorted(role)] for role in roles])

    assert too_few(roles) == (short[0] if short else None)
    assert (seated is None) is bool(short)


chances = st.dictionaries(
    st.sampled_from(PEOPLE), st.tuples(st.integers(0, 255), st.integers(0, 2)), min_size=0, max_size=4
)


@settings(max_examples=300, deadline=None)
@given(st.lists(chances, min_size=1, max_size=4))
def test_prices_of_all_starts_at_once_are_those_of_each(roles: list[dict[str, tuple[int, int]]]) -> None:
    """Eight starts at a time, or one by one: the same lowest prices; and the same starts at which all can sit."""
    at_once = {
        k: price
        for price, mask in prices([{who: [(p, m)] for who, (m, p) in role.items()} for role in roles], 255).items()
        for k in bits(mask)
    }
    each = {}
    for k in range(8):
        best = choose([[(who, p) for who, (m, p) in role.items() if m >> k & 1] for role in roles])
        if best is not None:
            each[k] = best[0]

    assert at_once == each
    assert set(bits(matchable([{who: m for who, (m, _) in role.items()} for role in roles], 255))) == set(each)


def test_roles_that_share_people_are_one_group() -> None:
    """a joins the first and the third, d the third and the fourth; the second stands alone."""
    assert groups_sharing_people(["ab", "xy", "ad", "d"]) == [[0, 2, 3], [1]]
