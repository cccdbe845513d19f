"""The search: every start that a meeting could have is feasible, or rejected with its reasons; and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice

from bot.core import telling
from bot.core.asking import asks_of
from bot.core.blocking import Blocker, blocking
from bot.core.findings import (
    Against,
    Ask,
    Counts,
    MeetingReason,
    MissingReason,
    Offer,
    Option,
    Outcome,
    Reason,
    Rejected,
    Verdict,
    WindowReason,
)  # fmt: skip
from bot.core.freeing import freeing
from bot.core.roles import Cast
from bot.core.span import ceil_second, instant
from bot.core.starts import Starts, bits
from bot.core.study import Problem, Study
from bot.core.window import Ahead, Bounds, Reading, ahead, listings, reading

__all__ = ["Found", "Problem", "Reading", "reading", "search"]

SHOWN = 20
"""How many options and asks are told; the counts speak of all."""


def search(problem: Problem) -> Found:
    """Look at every start. What is costly and may never be shown is worked out when it is first asked for."""
    known = ahead(problem.record, problem.kind, problem.policy, problem.people, problem.now)
    return Found(problem, known, Study(problem, known.starts) if known.starts is not None else None)


@dataclass(frozen=True)
class Found:
    """What a search found. `study` is None where nothing was searched (`incomplete`, `no_window`)."""

    problem: Problem
    ahead: Ahead
    study: Study | None

    @property
    def missing_facts(self) -> tuple[str, ...]:
        return self.ahead.missing_facts

    @property
    def missing_roles(self) -> tuple[str, ...]:
        return self.ahead.missing_roles

    @property
    def window(self) -> Bounds | None:
        return self.ahead.window

    @cached_property
    def outcome(self) -> Outcome:
        if self.study is None:
            return self.ahead.outcome or "incomplete"
        return "viable" if self.study.feasible else "needs_exception" if self.study.options else "none"

    @cached_property
    def counts(self) -> Counts:
        if self.study is None:
            return Counts()
        starts, feasible = len(self.study.starts), self.study.feasible.bit_count()
        options, asks = self.study.options.bit_count(), self._asks.bit_count()
        return Counts(starts, feasible, starts - feasible, options, asks)

    @cached_property
    def roles(self) -> Mapping[str, Cast]:
        """Who stands in each required role while the window is open; for `incomplete` what is known."""
        problem = self.problem
        return listings(problem.record, problem.kind, problem.people, self.window, problem.now)

    @cached_property
    def feasible(self) -> tuple[datetime, ...]:
        """Every start that fits."""
        if self.study is None:
            return ()
        times = self.study.starts.times
        return tuple(instant(times[k]) for k in bits(self.study.feasible))

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """The best feasible starts: none overlapping, not too many on one local date."""
        return tuple(telling.offers(self.study)) if self.study else ()

    @cached_property
    def against(self) -> tuple[Against, ...]:
        """What stands against starts, each thing by itself with all its ranges, without a word on persons."""
        return tuple(telling.against(self.study)) if self.study else ()

    @cached_property
    def rejected(self) -> tuple[Rejected, ...]:
        """Every start that does not fit, in runs of equal reasons."""
        return tuple(telling.rejected(self.study)) if self.study else ()

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The first `SHOWN` starts that would do with people's leave, fewest needs first."""
        if self.study is None:
            return ()
        ranked = (k for _, starts in self.study.ranked_options(SHOWN) for k in bits(starts))
        return tuple(telling.options(self.study, list(islice(ranked, SHOWN))))

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """The first `SHOWN` starts against which only one person's calendar stands."""
        if self.study is None:
            return ()
        return tuple(telling.asks(self.study, list(islice(bits(self._asks), SHOWN))))

    @cached_property
    def _asks(self) -> int:
        return asks_of(self.study) if self.study else 0

    def options_to_show(self, most: int) -> tuple[Option, ...]:
        """The options as they stand side by side for people: picked as offers are. Two that overlap are one choice."""
        if self.study is None:
            return ()
        picked = telling.spread(self.study, self.study.ranked_options(), most)
        return tuple(telling.option_at(self.study, k) for k, _ in picked)

    def asks_to_show(self, most: int) -> tuple[Ask, ...]:
        """The same for the questions to one person."""
        if self.study is None:
            return ()
        return tuple(telling.ask_at(self.study, k) for k, _ in telling.spread(self.study, [(0, self._asks)], most))

    @cached_property
    def blocking(self) -> tuple[Blocker, ...]:
        """Where nothing fits: the few facts that together rule every start out, none of which could be left away."""
        return blocking(self.study) if self.study else ()

    @cached_property
    def warnings(self) -> tuple[MeetingReason, ...]:
        """What of the release calendar meets the record's own cutover: said, never decided here."""
        return tuple(telling.warnings(self.problem)) if self.study else ()

    def at(self, start: datetime) -> Verdict:
        """All that is to be said of one instant as a start, on the grid or not, in the window or not."""
        end = start + self.problem.kind.duration
        if self.window is None:
            return Verdict(start, end, "not_searched", (MissingReason(self.missing_facts, self.missing_roles),))
        k = self.study.starts.place(ceil_second(start)) if self.study and not start.microsecond else None
        if self.study is not None and k is not None:
            return telling.verdict(self.study, k, "start", self._asks)
        study = self._study_of(start)
        if start < self.window.opens:
            bound = WindowReason(self.window.opens_by, self.window.opens)
            return Verdict(start, end, "too_early", (bound, *telling.reasons_at(study, 0)))
        if end > self.window.closes:
            bound = WindowReason(self.window.closes_by, self.window.closes, ends=True)
            return Verdict(start, end, "too_late", (bound, *telling.reasons_at(study, 0)))
        return telling.verdict(study, 0, "off_grid", asks_of(study))

    def freeing(self, start: datetime) -> Option | None:
        """The fewest agreements (of approvers, and of people to move what they have) that would make that start fit; None
        where it fits already, lies outside the window, or nobody could agree to it."""
        verdict = self.at(start)
        if self.study is None or verdict.feasible or verdict.place not in ("start", "off_grid"):
            return None
        k = self.study.starts.place(ceil_second(start)) if verdict.place == "start" else None
        return freeing(self.study, k) if k is not None else freeing(self._study_of(start), 0)

    def fits(self, start: datetime, assignment: Mapping[str, str], *, ignore_notice: bool = True) -> tuple[Reason, ...]:
        """Everything that now stands against this start with these people (role -> person); empty: it is still good.

        For the moment of confirmation: it may lie off the grid, and `notice` no longer binds, but it must begin after now
        and after the evidence is ready, and end before the window closes. Exceptions and substitutions that were agreed
        are told like all others: who asked for them knows which to set aside.
        """
        if self.window is None:
            return (MissingReason(self.missing_facts, self.missing_roles),)
        study = self._study_of(start)
        met = [*telling.meeting_reasons(study, 0), *telling.seats_broken(study, assignment)]
        return (*telling.bounds_broken(self.problem, start, ignore_notice), *met)

    def _study_of(self, start: datetime) -> Study:
        kind, policy = self.problem.kind, self.problem.policy
        length, grid = int(kind.duration.total_seconds()), int(policy.grid.total_seconds())
        return Study(self.problem, Starts((ceil_second(start),), length, grid))
