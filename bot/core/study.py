"""A search as masks: for each start at once whether it fits, would fit with leave, or hangs on one person's calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from bot.core.assignment import too_few
from bot.core.calendars import Calendars, Cases, Pricing, all_ahead, pricing
from bot.core.findings import DistinctReason, MeetingReason, PersonReason, Reason, RoleReason
from bot.core.matching import Chances, added, groups_sharing_people, prices, union
from bot.core.people import Availability, Directory
from bot.core.policy import Kind, Policy, RuleName
from bot.core.record import Record
from bot.core.release_calendar import Entry
from bot.core.roles import Cast, Standing, casts, required_roles
from bot.core.rules import INTERPRETER, MEETING_RULES, PERSON_RULES, Ground, obstacles
from bot.core.span import Span
from bot.core.starts import Starts, split

# A price is a total that sums up and compares as the contract orders: needs first, then substitutions, then delegates,
# then preferences broken; sixteen bits each.
PREFERENCE, DELEGATE, SUBSTITUTION, NEED = 1, 1 << 16, 1 << 32, 1 << 48
_PRICES: Mapping[str | None, int] = {"exception": NEED, "prefer": PREFERENCE}  # of a broken rule, by how hard it binds


@dataclass(frozen=True)
class Problem:
    """All that the answer depends on. Somebody who is missing in `availability` is unknown over everything."""

    record: Record
    kind: Kind
    policy: Policy
    people: Directory
    entries: tuple[Entry, ...]
    now: datetime
    availability: Mapping[str, Availability]


class Candidate(NamedTuple):
    """Somebody who stands in a role at one start, with every rule they break there, in the contract's order."""

    standing: Standing
    rules: tuple[RuleName, ...]


class Chair:
    """One required role over all starts: its casts, and for each person in them the starts at which they stand and how."""

    def __init__(self, role: str, found: Sequence[tuple[Cast, int]]) -> None:
        self.role = role
        self.casts = found
        cast, mask = found[0]  # mostly there is no other
        self.standings: dict[Standing, int] = dict.fromkeys(cast, mask)
        for cast, mask in found[1:]:
            for standing in cast:
                self.standings[standing] = self.standings.get(standing, 0) | mask
        self.people = dict.fromkeys([standing.person for standing in self.standings])

    def cast_at(self, here: int) -> Cast:
        """Who stands in it at one start (its bit)."""
        if len(self.casts) > 1:
            for cast, mask in self.casts:
                if mask & here:
                    return cast
        return self.casts[0][0]


class Study:
    """One problem over one list of starts (which is not empty; the record is complete)."""

    def __init__(self, problem: Problem, starts: Starts) -> None:
        record, kind, people = problem.record, problem.kind, problem.people
        self.problem = problem
        self.starts = starts = all_ahead(starts, Span(problem.now, problem.now + kind.horizon))
        self.strengths = {rule: kind.strength_of(rule) for rule in (*MEETING_RULES, *PERSON_RULES)}
        costs = {rule: self._cost(rule) for rule in PERSON_RULES}
        self._as_they_are = pricing(tuple(costs.items()), freed=False)
        without_leave = tuple([(rule, None if cost == NEED else cost) for rule, cost in costs.items()])
        self._freed_without_leave = pricing(without_leave, freed=True)
        self.roles = required_roles(record, kind)
        customer = people.customers.get(record.customer) if record.customer is not None else None
        ground = Ground(record, kind, problem.policy, problem.entries, customer)
        self._calendars = Calendars(problem.policy, starts, problem.availability)
        self.obstacles = obstacles(ground, starts, self._calendars)
        self.chairs = [Chair(role, casts(role, record.roles[role], people, starts)) for role in self.roles]
        self._clear: dict[int, Mapping[str, int]] = {}
        self._weigh()

    def _weigh(self) -> None:
        """Prices of all starts, group of roles by group of roles: which fit as they are, and which with leave."""
        self.groups = groups_sharing_people([chair.people for chair in self.chairs])
        self.chances = [self._chances_of(chair, self._as_they_are) for chair in self.chairs]
        every, never, exception = self.starts.every, self.obstructed("never"), self.obstructed("exception")
        allowed = every ^ (every & never)
        self.group_prices = [prices([self.chances[row] for row in rows], every) for rows in self.groups]
        self.filled_groups = [union([s for price, s in each.items() if price < NEED]) for each in self.group_prices]
        self.feasible = _common(self.filled_groups, allowed ^ (allowed & exception))
        willing = _common([union(each.values()) for each in self.group_prices], allowed)
        self.options = willing ^ self.feasible

    # -- what stands against whom ---------------------------------------------------------------------------------

    def obstructed(self, strength: str) -> int:
        """The starts that break a meeting rule of that strength."""
        return union([each.mask for each in self.obstacles if self.strengths[each.rule] == strength])

    @cached_property
    def waivable(self) -> Mapping[RuleName, int]:
        """The meeting's rules that somebody may waive, with the starts that break them."""
        found: dict[RuleName, int] = {}
        for each in self.obstacles:
            if self.strengths[each.rule] == "exception":
                found[each.rule] = found.get(each.rule, 0) | each.mask
        return found

    def broken(self, role: str, standing: Standing) -> Mapping[RuleName, int]:
        """Every rule that this person breaks in this role, with the starts, others than those searched among them."""
        rules = self.broken_by(standing.person)
        always = self._always(role, standing)
        return {**rules, **dict.fromkeys(always, self.starts.every)} if always else rules

    def broken_by(self, who: str) -> Mapping[RuleName, int]:
        """What somebody breaks in every role."""
        return self._calendars.of(self.problem.people.people[who]).masks

    def _always(self, role: str, standing: Standing) -> tuple[RuleName, ...]:
        """What somebody breaks in this role at whatever start: neither ever bends."""
        off_call: tuple[RuleName, ...] = ("off_call",) if standing.off_call else ()
        if role != INTERPRETER:
            return off_call
        language = self.problem.record.language
        if not language or self.problem.people.people[standing.person].speaks(language):
            return off_call
        return (*off_call, "language")

    def price(self, candidate: Candidate, waived: Iterable[RuleName] = ()) -> int | None:
        """What it costs to seat this person; None: not with anybody's leave."""
        total = self._price_of(candidate.standing)
        if total is None:
            return None
        for rule in candidate.rules:
            cost = self._cost(rule)
            if cost is None and rule not in waived:
                return None
            total += cost or 0
        return total

    def _price_of(self, standing: Standing) -> int | None:
        """What it costs to seat somebody who breaks nothing."""
        if standing.stands_as == "holder":
            return 0
        if standing.confirmed:
            return DELEGATE
        return DELEGATE + NEED + SUBSTITUTION if self.problem.kind.substitutes_approved_by else None

    def _chances_of(self, chair: Chair, how: Pricing, below: int = NEED << 16) -> Chances:
        """For each person in the role, price -> the starts at which they can fill it at that price, if who breaks nothing can
        for less than `below`. Others than those searched may be among the starts: to cut every person's would take long."""
        chances: dict[str, Cases] = {}
        everybody, every = self.problem.people.people, self.starts.every
        interprets = chair.role == INTERPRETER
        for standing, mask in chair.standings.items():
            price = self._price_of(standing)
            barred = standing.off_call or (interprets and self._always(chair.role, standing))
            if price is None or price >= below or barred:
                continue
            cases, who = self._calendars.of(everybody[standing.person]).cases(how), standing.person
            if price or mask != every:
                cases = [(price + more, starts if mask == every else starts & mask) for more, starts in cases]
            chances[who] = (*chances[who], *cases) if who in chances else cases
        return chances

    def _cost(self, rule: RuleName) -> int | None:
        """What it costs that a person breaks it; None: it never bends."""
        strength = self.strengths[rule]
        return None if strength == "never" else _PRICES.get(strength, 0)

    def binds(self, rule: RuleName) -> bool:
        """Whether breaking the rule keeps a start from being feasible."""
        return self.strengths[rule] in ("never", "exception")

    # -- who can fill a role -------------------------------------------------------------------------------------

    def clear(self, row: int) -> Mapping[str, int]:
        """For one role, the starts at which each person can fill it without anybody's leave."""
        found = self._clear.get(row)
        if found is None:
            people = self.chances[row].items()
            found = {who: union([mask for price, mask in each if price < NEED]) for who, each in people}
            self._clear[row] = found
        return found

    @cached_property
    def unfilled(self) -> list[int]:
        """For each role, the starts at which nobody can fill it without leave."""
        every, found = self.starts.every, [0] * len(self.roles)
        for rows, filled in zip(self.groups, self.filled_groups, strict=True):
            for row in rows:
                found[row] = every ^ (filled if len(rows) == 1 else every & union(self.clear(row).values()))
        return found

    @cached_property
    def indistinct(self) -> int:
        """The starts at which every role can be filled, but not by different people."""
        lacking = self.starts.every ^ _common(self.filled_groups, self.starts.every)
        return lacking ^ (lacking & union(self.unfilled))

    def freed(self, row: int) -> Chances:
        """For one role, at which price and which starts each person could fill it if it were not for their calendar alone."""
        if row not in self._freed_rows:
            self._freed_rows[row] = self._chances_of(self.chairs[row], self._freed_without_leave, NEED)
        return self._freed_rows[row]

    @cached_property
    def _freed_rows(self) -> dict[int, Chances]:
        return {}

    def rules_at(self, row: int, standing: Standing, k: int) -> tuple[RuleName, ...]:
        """All that somebody breaks in a role at the k-th start."""
        here = 1 << k
        rules = [rule for rule, mask in self.broken_by(standing.person).items() if mask & here]
        return (*rules, *self._always(self.chairs[row].role, standing))

    # -- order -----------------------------------------------------------------------------------------------------

    def ranked_feasible(self) -> list[tuple[int, int]]:
        """The feasible starts by (delegates, then preferences broken, the meeting's too), cheapest first."""
        clear = [{price: s for price, s in group.items() if price < NEED} for group in self.group_prices]
        return sorted(added([*clear, self._meeting_price("prefer", PREFERENCE)], self.feasible).items())

    def ranked_options(self, enough: int | None = None) -> list[tuple[int, int]]:
        """The options by their number of needs, fewest first; all of them, or those that need so few that there are enough."""
        needs: list[dict[int, int]] = [self._meeting_price("exception", 1)]
        for group in self.group_prices:
            counted: dict[int, int] = {}
            for price, starts in group.items():
                counted[price // NEED] = counted.get(price // NEED, 0) | starts
            needs.append(counted)
        everything = sum(max(counted, default=0) for counted in needs)
        most = everything if enough is None else 1
        while True:
            ranked = sorted(added(needs, self.options, most).items())
            if most >= everything or sum(starts.bit_count() for _, starts in ranked) >= (enough or 0):
                return ranked
            most *= 2

    def _meeting_price(self, strength: str, price: int) -> dict[int, int]:
        """A price for each rule of the meeting of that strength, once a rule."""
        total = {0: self.starts.every}
        for rule in MEETING_RULES:
            if self.problem.kind.strength_of(rule) == strength:
                hit = union(each.mask for each in self.obstacles if each.rule == rule)
                total = added([total, {0: self.starts.every & ~hit, price: hit}], self.starts.every)
        return total

    # -- reasons ---------------------------------------------------------------------------------------------------

    def candidates(self, k: int) -> list[list[Candidate]]:
        """For each role, who stands in it at the k-th start, in order, with all that they break."""
        return [
            [Candidate(standing, self.rules_at(row, standing, k)) for standing in chair.cast_at(1 << k)]
            for row, chair in enumerate(self.chairs)
        ]

    def reasons(self, within: int) -> list[dict[Reason, int]]:
        """For each place in the order of reasons, each reason with the starts of `within` that it rules out."""
        hard = [each for each in self.obstacles if self.binds(each.rule)]
        slots: list[dict[Reason, int]] = [{MeetingReason(each.rule, each.name): within & each.mask} for each in hard]
        slots += [self._role_reasons(row, within & self.unfilled[row]) for row in range(len(self.roles))]
        slots.append(dict(self.distinct_reasons(within & self.indistinct).items()))
        return slots

    def _role_reasons(self, row: int, within: int) -> dict[Reason, int]:
        found: dict[Reason, int] = {}
        chair = self.chairs[row]
        for cast, mask in chair.casts:
            named = [standing for standing in cast if standing.confirmed]
            broken = [
                (number, rule, starts)
                for number, standing in enumerate(named)
                for rule, starts in self.broken(chair.role, standing).items()
                if self.binds(rule)
            ]
            for case, starts in split(within & mask, [starts for *_, starts in broken]).items():
                rules: list[set[RuleName]] = [set() for _ in named]
                for each in case:
                    rules[broken[each][0]].add(broken[each][1])
                reason = RoleReason(chair.role, tuple(map(_person_reason, named, rules)))
                found[reason] = found.get(reason, 0) | starts
        return found

    def distinct_reasons(self, within: int) -> dict[DistinctReason, int]:
        """Where different people are too few: a smallest set of such roles, with the starts, in the order of roles."""
        if not within:
            return {}
        # Roles that share nobody with another lack nobody here.
        shared = sorted(row for rows in self.groups if len(rows) > 1 for row in rows)
        clear = [(place, who, mask) for place, row in enumerate(shared) for who, mask in self.clear(row).items()]
        found: dict[tuple[int, ...], int] = {}
        for case, starts in split(within, [mask for *_, mask in clear]).items():
            people: list[list[str]] = [[] for _ in shared]
            for each in case:
                people[clear[each][0]].append(clear[each][1])
            places = too_few(people)
            assert places is not None, "different people could sit here after all"
            found[places] = found.get(places, 0) | starts
        return {
            DistinctReason(tuple([self.roles[shared[each]] for each in places])): found[places]
            for places in sorted(found)
        }


def _person_reason(standing: Standing, rules: set[RuleName]) -> PersonReason:
    return PersonReason(standing.person, tuple(rule for rule in PERSON_RULES if rule in rules))


def _common(masks: Iterable[int], within: int) -> int:
    for mask in masks:
        within &= mask
    return within
