"""What a search finds, in values: reasons, offers, options with what they need, asks, and the verdict on one start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from bot.core.policy import RuleName

Outcome = Literal["viable", "needs_exception", "none", "incomplete", "no_window"]


@dataclass(frozen=True, slots=True)
class MeetingReason:
    """A rule of the meeting stands against it (a freeze, by name where it has one)."""

    rule: RuleName
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PersonReason:
    """All that stands against one person. At confirmation also `unconfirmed` (authority), and of who does
    not stand in the role any more `not_eligible`, or `not_on_call` where a rota fills it."""

    person: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleReason:
    """Nobody can fill the role: each holder and confirmed delegate with all that stands against them."""

    role: str
    people: tuple[PersonReason, ...]


@dataclass(frozen=True, slots=True)
class DistinctReason:
    """Each role can be filled, but not by different people: a smallest set of roles whose people are too few."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WindowReason:
    """The time lies outside what may be: `now`, or a bound of the window by its name, and where that bound lies.

    `ends`: whether the window ends there, or begins; the bound's name alone does not say it of a piece of evidence."""

    bound: str
    instant: datetime
    ends: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class MissingReason:
    """The record does not say enough to judge any time."""

    facts: tuple[str, ...]
    roles: tuple[str, ...]


Reason = MeetingReason | RoleReason | DistinctReason | WindowReason | MissingReason


class Seat(NamedTuple):
    """Who fills a role, and as what."""

    person: str
    stands_as: Literal["holder", "delegate"]


Assignment = Mapping[str, Seat]
"""Who fills each required role, in the order of the roles."""


class Need(NamedTuple):
    """Leave that somebody must give: to overrule a rule once, or (`substitution`) to let a delegate decide."""

    rule: str
    approvers: tuple[str, ...]
    role: str | None = None
    person: str | None = None


class Offer(NamedTuple):
    """A feasible start that is shown."""

    start: datetime
    end: datetime
    delegates: int
    preferences_broken: int
    assignment: Assignment


class Option(NamedTuple):
    """A start that would do if people agree."""

    start: datetime
    end: datetime
    needs: tuple[Need, ...]
    assignment: Assignment


class Ask(NamedTuple):
    """A start against which only one person's calendar stands: they may say that they can move that."""

    start: datetime
    end: datetime
    person: str
    role: str
    rules: tuple[str, ...]
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class Rejected:
    """A run of starts, from the first to the last, that the same reasons rule out."""

    first: datetime
    last: datetime
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Nobody can fill the role: who stands in it, and what stands against each, is not looked at."""

    role: str


class Against(NamedTuple):
    """One thing that stands against starts, by itself: a rule of the meeting, a role, roles that have too few people.

    `ranges` are the starts, each range by its first and its last (in whole seconds since 1970). A start may lie in the
    ranges of several; every start that does not fit lies in one at least.
    """

    what: MeetingReason | Unfilled | DistinctReason
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many starts there are of each sort; feasible and rejected make all."""

    starts: int = 0
    feasible: int = 0
    rejected: int = 0
    options: int = 0
    asks: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one instant as a start.

    `place` says whether it is one that the search looked at (`start`), lies between two of them (`off_grid`), or outside
    the window (`too_early`, `too_late`); outside nothing was read, so nothing is feasible there. For every instant
    `reasons` are the rules and people that stand against it, in full; `assignment` who would sit if none does.
    """

    start: datetime
    end: datetime
    place: Literal["start", "off_grid", "too_early", "too_late", "not_searched"]
    reasons: tuple[Reason, ...] = ()
    assignment: Assignment | None = None
    option: Option | None = None
    ask: Ask | None = None

    @property
    def feasible(self) -> bool:
        """Whether it may be offered as it is."""
        return self.place in ("start", "off_grid") and self.assignment is not None
