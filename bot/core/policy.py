"""What each kind of meeting demands (policy.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from bot.core.closing_plan import ClosingPolicy
from bot.core.people import BusyStatus, Frozen, Unordered, Weekly

Strength = Literal["never", "exception", "prefer"]
RuleName = Literal[
    "working_hours", "protected", "freeze", "blackout", "booked", "coverage", "customer_blackout",
    "unknown", "busy", "roster", "off_call", "language",
]  # fmt: skip


# Nobody can overrule these: what is not known, not free or not spoken cannot be agreed away.
ALWAYS_NEVER: frozenset[RuleName] = frozenset({"unknown", "busy", "roster", "off_call", "language"})
# These bind only the kinds whose rules name them.
ONLY_WHEN_NAMED: frozenset[RuleName] = frozenset({"coverage", "customer_blackout"})


class Rule(Frozen):
    strength: Strength
    approvers: tuple[str, ...] = ()


class RoleDemand(Frozen):
    """A required role, and the conditions under which it is required (all of those that are given)."""

    when_touches: tuple[str, ...] | None = None
    when_language: bool = False


class Kind(Frozen):
    id: str
    title: str
    duration: timedelta
    notice: timedelta
    horizon: timedelta
    before: Mapping[Literal["cutover", "rollback_checkpoint"], timedelta] = {}
    requires: tuple[str, ...] = ()
    states: tuple[str, ...] | None = None
    roles: Mapping[str, RoleDemand]  # in the policy's order
    rules: Mapping[RuleName, Rule] = {}  # as written; `strength_of` fills in what is not named
    hold_slots: int = 1
    hold_ttl: timedelta = timedelta(hours=4)
    offer_count: int = 5
    offers_per_day: int = 2
    confirmed_by: tuple[str, ...]
    substitutes_approved_by: tuple[str, ...] | None = None
    escalation_to: str | None = None
    escalation_after: timedelta = timedelta(minutes=30)
    channel: str | None = None
    disclosure: Literal["full", "minimal"] = "full"

    def strength_of(self, rule: RuleName) -> Strength | None:
        """How hard the rule binds this kind of meeting; None: it is not applied."""
        if rule in ALWAYS_NEVER:
            return "never"
        if rule in self.rules:
            return self.rules[rule].strength
        return None if rule in ONLY_WHEN_NAMED else "never"

    def approvers_of(self, rule: RuleName) -> tuple[str, ...]:
        """Who may agree to an exception from it, as the policy writes them."""
        return self.rules[rule].approvers if rule in self.rules else ()


class Coverage(Frozen):
    time_zone: str
    hours: Weekly


class Policy(Frozen):
    time_zone: str
    grid: timedelta
    working_hours: Weekly
    busy_statuses: Unordered[BusyStatus] = frozenset({"busy", "tentative", "out_of_office"})
    release_calendar: Literal["files", "none"]
    coverage: Coverage | None = None
    kinds: Mapping[str, Kind]
    closure: ClosingPolicy | None = None  # None: nothing is closed here
