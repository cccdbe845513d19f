"""Where one person's calendar alone stands in the way: at which starts it is worth asking, and whom."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.matching import in_several, matchable, union
from bot.core.study import Study


def asks_of(study: Study) -> int:
    """The starts, neither feasible nor options, that one person's free calendar would make feasible."""
    every = study.starts.every
    stopped = study.feasible | study.options | study.obstructed("never") | study.obstructed("exception")
    hopeful = every ^ (every & stopped)
    lacking = [hopeful ^ (hopeful & filled) for filled in study.filled_groups]
    several = in_several(lacking)
    found = 0
    for rows, mask in zip(study.groups, lacking, strict=True):
        if here := mask ^ (mask & several):
            found |= _asks_in(study, rows, here)
    return found


def _asks_in(study: Study, rows: list[int], here: int) -> int:
    """Of the starts at which only this group of roles fails, those that one person would save."""
    lacking = [here & study.unfilled[row] for row in rows]
    several, found = in_several(lacking), 0
    for row, mask in zip(rows, lacking, strict=True):
        alone = mask ^ (mask & several)
        freed = alone and alone & union([mask for each in study.freed(row).values() for _, mask in each])
        if freed:
            found |= matchable([study.clear(other) for other in rows if other != row], freed)
    competing = here ^ union(lacking)
    for who in dict.fromkeys(who for row in rows for who in study.freed(row)) if competing else ():
        lines = [_with(study, row, who) for row in rows]
        freed = competing & union(mask for row in rows for _, mask in study.freed(row).get(who, ()))
        found |= matchable(lines, freed) if freed else 0
    return found


def freed_masks(study: Study, within: int) -> list[int]:
    """The starts at which only a calendar keeps somebody from a role that lacks people somewhere in `within`."""
    failing = [rows for rows, filled in zip(study.groups, study.filled_groups, strict=True) if within & ~filled]
    freed = (study.freed(row) for rows in failing for row in rows)
    return [mask for people in freed for each in people.values() for _, mask in each]


def savers(study: Study, k: int) -> Iterable[str]:
    """Whose calendar alone keeps them from some role that lacks somebody at the k-th start."""
    here = 1 << k
    failing = [rows for rows, filled in zip(study.groups, study.filled_groups, strict=True) if not filled & here]
    freed = (each for rows in failing for row in rows for each in study.freed(row).items())
    return dict.fromkeys(who for who, chances in freed if any(mask & here for _, mask in chances))


def _with(study: Study, row: int, who: str) -> dict[str, int]:
    """The role's people, with one person's calendar set aside."""
    clear = study.clear(row)
    return {**clear, who: clear.get(who, 0) | union(mask for _, mask in study.freed(row).get(who, ()))}
