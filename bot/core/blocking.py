"""When nothing fits: the few facts that together rule every start out, of which none could be left away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.core.findings import MeetingReason, PersonReason, RoleReason
from bot.core.matching import matchable
from bot.core.study import Study

SMALL = 3
"""Up to so many facts the smallest set is looked for; beyond, one of which none can be left away."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One fact of a blocking set: an entry of the release calendar, or all that keeps a role from being filled."""

    fact: MeetingReason | RoleReason
    starts: int  # how many starts it rules out by itself


def blocking(study: Study) -> tuple[Blocker, ...]:
    """The facts that leave no start, in the order of reasons; empty when some start fits.

    Rules that could be waived count as they stand. A role left away needs nobody, so it competes for nobody either.
    """
    if study.feasible:
        return ()
    return _Blocking(study).smallest()


class _Blocking:
    def __init__(self, study: Study) -> None:
        self.study = study
        met: dict[MeetingReason, int] = {}
        for each in study.obstacles:
            if study.binds(each.rule) and each.mask:
                reason = MeetingReason(each.rule, each.name)
                met[reason] = met.get(reason, 0) | each.mask
        self.met = list(met.items())
        self.roles = range(len(self.met), len(self.met) + len(study.roles))

    def smallest(self) -> tuple[Blocker, ...]:
        facts = [*range(len(self.met)), *self.roles]
        few = (some for size in range(1, SMALL + 1) for some in combinations(facts, size) if self.blocks(some))
        return tuple(map(self.blocker, next(few, None) or self.needed(facts)))

    def needed(self, facts: Sequence[int]) -> list[int]:
        """Each fact left away in turn, those that rule out least first: what can be spared is."""
        kept = list(facts)
        for fact in sorted(facts, key=lambda fact: (self.ruled_out(fact).bit_count(), -fact)):
            spared = [other for other in kept if other != fact]
            if self.blocks(spared):
                kept = spared
        return kept

    def blocks(self, facts: Iterable[int]) -> bool:
        """Whether these facts alone leave no start."""
        left, rows = self.study.starts.every, []
        for fact in facts:
            left &= ~self.ruled_out(fact)
            if fact in self.roles:
                rows.append(fact - self.roles.start)
        return not (left and matchable([self.study.clear(row) for row in rows], left))

    def ruled_out(self, fact: int) -> int:
        return self.study.unfilled[fact - self.roles.start] if fact in self.roles else self.met[fact][1]

    def blocker(self, fact: int) -> Blocker:
        starts = self.ruled_out(fact)
        if fact not in self.roles:
            return Blocker(self.met[fact][0], starts.bit_count())
        return Blocker(self._role_reason(fact - self.roles.start, starts), starts.bit_count())

    def _role_reason(self, row: int, starts: int) -> RoleReason:
        """Everybody who stands in the role at those starts, each with all that stands against them at some of them."""
        study, chair = self.study, self.study.chairs[row]
        people: dict[str, dict[str, None]] = {}
        for standing, mask in chair.standings.items():
            if standing.confirmed and mask & starts:
                rules = people.setdefault(standing.person, {})
                broken = study.broken(chair.role, standing).items()
                rules.update((rule, None) for rule, where in broken if study.binds(rule) and where & mask & starts)
        return RoleReason(chair.role, tuple(PersonReason(who, tuple(rules)) for who, rules in people.items()))
