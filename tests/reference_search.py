"""The contract's section 7, written down a second time: slow, obvious, from the text alone, one instant after another.

It shares nothing with the search but the values of `bot.core` (their fields; never their methods). Hours are read from the
wall clock of each single minute, people are seated by trying everybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.people import Availability, Directory, Weekly, Window
from bot.core.policy import Kind, Policy
from bot.core.record import Deadline, Record
from bot.core.release_calendar import Entry

MINUTE = timedelta(minutes=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MEETING_RULES = ("freeze", "blackout", "booked", "coverage", "customer_blackout")
PERSON_RULES = ("unknown", "busy", "working_hours", "protected", "roster", "off_call", "language")
Json = dict[str, Any]


@dataclass(frozen=True)
class Stands:
    person: str
    how: str
    confirmed: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """One start: what of the meeting it breaks, and who stands in each role with all they break."""

    start: datetime
    meeting: tuple[tuple[str, str | None], ...]
    roles: Mapping[str, Sequence[Stands]]


class Reference:
    def __init__(
        self,
        record: Record,
        kind: Kind,
        policy: Policy,
        people: Directory,
        entries: Sequence[Entry],
        now: datetime,
        availability: Mapping[str, Availability],
    ) -> None:
        self.record, self.kind, self.policy, self.people = record, kind, policy, people
        self.entries, self.now, self.availability = entries, now, availability
        self.memo: dict[tuple[object, ...], bool] = {}

    # -- 7.1, 7.4 ----------------------------------------------------------------------------------------------------

    def required(self) -> list[str]:
        roles = []
        for role, demand in self.kind.roles.items():
            touched = demand.when_touches is None or set(demand.when_touches) & set(self.record.touches or ())
            spoken = not demand.when_language or self.record.language is not None
            if touched and spoken:
                roles.append(role)
        return roles + [role for role in self.record.roles if role not in roles]

    def missing_facts(self) -> list[str]:
        facts = []
        for fact in self.kind.requires:
            if getattr(self.record, fact, None) in (None, (), {}) and fact not in (self.record.stated or ()):
                facts.append(fact)
        if self.kind.states is not None and self.record.state not in self.kind.states:
            facts.append("state")
        needed = any(demand.when_touches is not None for demand in self.kind.roles.values())
        if needed and self.record.touches is None and "touches" not in facts:
            facts.append("touches")
        return facts

    def missing_roles(self) -> list[str]:
        missing = []
        for role in self.required():
            named = self.record.roles.get(role)
            if (
                named is None
                or not (named.people or named.rota)
                or (named.rota and named.rota not in self.people.rotas)
                or any(person not in self.people.people for person in named.people)
            ):
                missing.append(role)
        return missing

    # -- 7.2, 7.3 ----------------------------------------------------------------------------------------------------

    def window(self) -> tuple[datetime, str, datetime, str]:
        record, kind = self.record, self.kind
        opens, opens_by = self.now + kind.notice, "notice"
        for evidence in record.evidence:
            if evidence.ready_by and evidence.ready_by > opens:
                opens, opens_by = evidence.ready_by, "evidence:" + evidence.name
        closes, closes_by = self.now + kind.horizon, "horizon"
        later: list[tuple[datetime | None, str]] = [(record.evidence_cutoff, "evidence_cutoff")]
        later += [(evidence.valid_until, "evidence:" + evidence.name) for evidence in record.evidence]
        if record.cutover and "cutover" in kind.before:
            later.append((record.cutover.start - kind.before["cutover"], "cutover"))
        if record.rollback_checkpoint and "rollback_checkpoint" in kind.before:
            before = kind.before["rollback_checkpoint"]
            later.append((record.rollback_checkpoint - before, "rollback_checkpoint"))
        if record.deadline:
            later.append((self.deadline(record.deadline), "deadline"))
        for bound, name in later:
            if bound is not None and bound < closes:
                closes, closes_by = bound, name
        return opens, opens_by, closes, closes_by

    def deadline(self, deadline: Deadline) -> datetime:
        zone = ZoneInfo(deadline.time_zone)
        day = deadline.start.astimezone(zone).date()
        business_day = 0
        while business_day < deadline.business_days:
            day = day + timedelta(days=1)
            if day.weekday() < 5 and str(day) not in deadline.holiday_dates:
                business_day += 1
        hour, minute = deadline.closes_at.split(":")
        return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).astimezone(UTC)

    def starts(self) -> Iterator[datetime]:
        opens, _, closes, _ = self.window()
        minute = opens.astimezone(UTC).replace(second=0, microsecond=0)
        while minute + self.kind.duration <= closes:
            clock = minute.astimezone(ZoneInfo(self.policy.time_zone))
            since_midnight = timedelta(hours=clock.hour, minutes=clock.minute)
            if minute >= opens and since_midnight % self.policy.grid == timedelta(0):
                yield minute
            minute += MINUTE

    # -- wall clocks -------------------------------------------------------------------------------------------------

    def in_hours(self, hours: Weekly, zone: str, instant: datetime, off: frozenset[date] = frozenset()) -> bool:
        key = (id(hours), zone, instant, id(off))
        if key not in self.memo:
            self.memo[key] = self._in_hours(hours, zone, instant, off)
        return self.memo[key]

    def _in_hours(self, hours: Weekly, zone: str, instant: datetime, off: frozenset[date]) -> bool:
        clock = instant.astimezone(ZoneInfo(zone))
        if clock.date() in off:
            return False
        today, yesterday = WEEKDAYS[clock.weekday()], WEEKDAYS[clock.weekday() - 1]
        minute = clock.hour * 60 + clock.minute
        for day, ranges in hours.days:
            for each in ranges:
                if each.start < each.end:
                    if day == today and each.start <= minute < each.end:
                        return True
                elif (day == today and minute >= each.start) or (day == yesterday and minute < each.end):
                    return True
        return False

    def minutes(self, start: datetime) -> Iterator[datetime]:
        instant = start
        while instant < start + self.kind.duration:
            yield instant
            instant += MINUTE

    def always(self, start: datetime, hours: Weekly, zone: str, off: frozenset[date] = frozenset()) -> bool:
        return all(self.in_hours(hours, zone, minute, off) for minute in self.minutes(start))

    def ever(self, start: datetime, hours: Weekly, zone: str) -> bool:
        return any(self.in_hours(hours, zone, minute) for minute in self.minutes(start))

    def meets(self, start: datetime, begin: datetime, end: datetime) -> bool:
        return begin < end and begin < start + self.kind.duration and start < end

    def window_meets(self, start: datetime, window: Window, zone: str) -> bool:
        if window.hours is not None:
            return self.ever(start, window.hours, zone)
        return window.span is not None and self.meets(start, *window.span)

    def within_spans(self, start: datetime, spans: Sequence[tuple[datetime, datetime]]) -> bool:
        """Whether every instant of the meeting lies in some span: where one ends, another must go on."""
        reached, end = start, start + self.kind.duration
        while reached < end:
            further = [finish for begin, finish in spans if begin <= reached < finish]
            if not further:
                return False
            reached = max(further)
        return True

    # -- 7.5 ---------------------------------------------------------------------------------------------------------

    def strength(self, rule: str) -> str | None:
        if rule in ("unknown", "busy", "roster", "off_call", "language"):
            return "never"
        named = {str(name): each for name, each in self.kind.rules.items()}
        if rule in named:
            return named[rule].strength
        return None if rule in ("coverage", "customer_blackout") else "never"

    def binds(self, entry: Entry, what: str) -> bool:
        return what in entry.binds and (entry.services is None or bool(set(entry.services) & set(self.record.services)))

    def meeting_rules(self, start: datetime) -> tuple[tuple[str, str | None], ...]:
        broken: list[tuple[str, str | None]] = []
        for rule in MEETING_RULES[:3]:
            for entry in self.entries:
                if entry.type == rule and self.binds(entry, "reviews") and self.entry_meets(start, entry):
                    broken.append((rule, entry.name))
        coverage = self.policy.coverage
        if coverage is None or not self.always(start, coverage.hours, coverage.time_zone):
            broken.append(("coverage", None))
        if self.record.customer is not None:
            customer = self.people.customers[self.record.customer]
            for blackout in customer.blackouts:
                if self.window_meets(start, blackout, customer.time_zone):
                    broken.append(("customer_blackout", blackout.name))
        applied = [each for each in broken if self.strength(each[0]) is not None]
        return tuple(dict.fromkeys(applied))

    def entry_meets(self, start: datetime, entry: Entry) -> bool:
        if entry.hours is not None:
            return self.ever(start, entry.hours, entry.time_zone or self.policy.time_zone)
        return entry.span is not None and self.meets(start, *entry.span)

    # -- 7.6, 7.7 ----------------------------------------------------------------------------------------------------

    def standing(self, role: str, start: datetime) -> list[Stands]:
        named, end = self.record.roles[role], start + self.kind.duration
        throughout: dict[str, bool] = {}
        for person in named.people:
            throughout.setdefault(person, True)
        if named.rota is not None:
            shifts = self.people.rotas[named.rota].shifts
            for shift in shifts:
                if self.meets(start, *shift.span):
                    own = [other.span for other in shifts if other.person == shift.person]
                    throughout.setdefault(shift.person, self.within_spans(start, own))
        mentions = []
        for person, all_of_it in throughout.items():
            if all_of_it:
                for delegate in self.people.people[person].delegates:
                    if role in delegate.roles:
                        good = delegate.until is None or end <= delegate.until
                        mentions.append((delegate.person, delegate.authority == "confirmed" and good))
        standing: list[Stands] = []
        for person, all_of_it in throughout.items():
            if all_of_it:
                standing.append(Stands(person, "holder", True))
            elif (person, True) not in mentions:
                standing.append(Stands(person, "holder", True, ("off_call",)))
        for person, _ in mentions:
            if person not in [each.person for each in standing]:
                standing.append(Stands(person, "delegate", (person, True) in mentions))
        return [
            Stands(each.person, each.how, each.confirmed, self.person_rules(each, role, start)) for each in standing
        ]

    def person_rules(self, standing: Stands, role: str, start: datetime) -> tuple[str, ...]:
        broken = set(standing.rules)
        person = self.people.people[standing.person]
        known = self.availability.get(person.id)
        if (
            known is None
            or not person.calendars
            or any(each.provider == "none" for each in person.calendars)
            or any(self.meets(start, *span) for span in known.unknown)
        ):
            broken.add("unknown")
        for begin, end, status in known.busy if known is not None else ():
            if status in self.policy.busy_statuses and self.meets(start, begin, end):
                broken.add("busy")
        if not self.always(start, person.working_hours, person.time_zone, person.holiday_dates):
            broken.add("working_hours")
        if any(self.window_meets(start, window, person.time_zone) for window in person.protected):
            broken.add("protected")
        if person.roster is not None:
            entries = [entry.span for entry in person.roster if entry.span is not None]
            if not self.within_spans(start, entries):
                broken.add("roster")
        if role == "interpreter" and not self.speaks(person.languages):
            broken.add("language")
        return tuple(rule for rule in PERSON_RULES if rule in broken)

    def speaks(self, languages: Sequence[str]) -> bool:
        wanted = self.record.language
        return wanted is None or any(wanted == own or wanted.startswith(own + "-") for own in languages)

    # -- 7.8, 7.9, 7.12 ----------------------------------------------------------------------------------------------

    def hard(self, rules: Sequence[str]) -> list[str]:
        return [rule for rule in rules if self.strength(rule) in ("never", "exception")]

    def of(self, strength: str, rules: Sequence[str]) -> list[str]:
        return [rule for rule in rules if self.strength(rule) == strength]

    def seatings(self, lines: Sequence[Sequence[Stands]]) -> Iterator[tuple[Stands, ...]]:
        """Every way to seat a different person in each role."""
        if not lines:
            yield ()
            return
        for rest in self.seatings(lines[:-1]):
            for each in lines[-1]:
                if each.person not in [seated.person for seated in rest]:
                    yield (*rest, each)

    def ordinary(self, seats: Sequence[Stands], lines: Sequence[Sequence[Stands]]) -> tuple[Any, ...]:
        delegates = sum(each.how == "delegate" for each in seats)
        preferences = sum(len(self.of("prefer", each.rules)) for each in seats)
        places = tuple(line.index(each) for each, line in zip(seats, lines, strict=True))
        return delegates, preferences, places

    def assignment(self, judged: Judged, freed: str | None = None) -> tuple[Stands, ...] | None:
        lines = []
        for role in judged.roles.values():
            line = []
            for each in role:
                rules = [rule for rule in each.rules if not (each.person == freed and rule in ("busy", "unknown"))]
                if each.confirmed and not self.hard(rules):
                    line.append(each)
            lines.append(line)
        seatings = list(self.seatings(lines))
        return min(seatings, key=lambda seats: self.ordinary(seats, lines)) if seatings else None

    def feasible(self, judged: Judged) -> tuple[Stands, ...] | None:
        return None if self.hard([rule for rule, _ in judged.meeting]) else self.assignment(judged)

    def option(self, judged: Judged) -> tuple[list[Json], tuple[Stands, ...]] | None:
        rules = [rule for rule, _ in judged.meeting]
        if self.of("never", rules):
            return None
        may_substitute = bool(self.kind.substitutes_approved_by)
        lines = [
            [each for each in role if not self.of("never", each.rules) and (each.confirmed or may_substitute)]
            for role in judged.roles.values()
        ]

        def cost(seats: tuple[Stands, ...]) -> tuple[Any, ...]:
            substitutions = sum(not each.confirmed for each in seats)
            exceptions = sum(len(self.of("exception", each.rules)) for each in seats)
            return exceptions + substitutions, substitutions, self.ordinary(seats, lines)

        seatings = list(self.seatings(lines))
        if not seatings:
            return None
        seats = min(seatings, key=cost)
        return self.needs(rules, list(judged.roles), seats), seats

    def needs(self, meeting: Sequence[str], roles: Sequence[str], seats: Sequence[Stands]) -> list[Json]:
        approvers = {str(rule): list(each.approvers) for rule, each in self.kind.rules.items()}
        needs: list[Json] = []
        for rule in MEETING_RULES:
            if rule in self.of("exception", meeting):
                needs.append({"rule": rule, "approvers": approvers[rule]})
        for role, each in zip(roles, seats, strict=True):
            for rule in self.of("exception", each.rules):
                needs.append({"rule": rule, "role": role, "person": each.person, "approvers": approvers[rule]})
        for role, each in zip(roles, seats, strict=True):
            if not each.confirmed:
                approved_by = list(self.kind.substitutes_approved_by or ())
                needs.append({"rule": "substitution", "role": role, "person": each.person, "approvers": approved_by})
        return needs

    # -- 7.10, 7.11, 7.13, 7.14 --------------------------------------------------------------------------------------

    def offers(self, good: Sequence[tuple[Judged, tuple[Stands, ...]]]) -> list[Json]:
        def rank(found: tuple[Judged, tuple[Stands, ...]]) -> tuple[int, int, datetime]:
            judged, seats = found
            delegates = sum(each.how == "delegate" for each in seats)
            return delegates, self.preferences(judged, seats), judged.start

        taken: list[datetime] = []
        offers = []
        zone = ZoneInfo(self.policy.time_zone)
        for judged, seats in sorted(good, key=rank):
            start, date_of = judged.start, judged.start.astimezone(zone).date()
            overlaps = any(abs(start - other) < self.kind.duration for other in taken)
            same_day = sum(other.astimezone(zone).date() == date_of for other in taken)
            if overlaps or same_day >= self.kind.offers_per_day or len(taken) >= self.kind.offer_count:
                continue
            taken.append(start)
            delegates, broken, _ = rank((judged, seats))
            offers.append(
                {
                    **self.slot(start),
                    "delegates": delegates,
                    "preferences_broken": broken,
                    "assignment": seating(list(judged.roles), seats),
                }
            )
        return offers

    def preferences(self, judged: Judged, seats: Sequence[Stands]) -> int:
        of_meeting = set(self.of("prefer", [rule for rule, _ in judged.meeting]))
        return len(of_meeting) + sum(len(self.of("prefer", each.rules)) for each in seats)

    def reasons(self, judged: Judged) -> list[Json]:
        reasons: list[Json] = []
        for rule, name in judged.meeting:
            if self.hard([rule]):
                reasons.append({"rule": rule} if name is None else {"rule": rule, "name": name})
        fillers = {
            role: {each.person for each in line if each.confirmed and not self.hard(each.rules)}
            for role, line in judged.roles.items()
        }
        for role, line in judged.roles.items():
            if not fillers[role]:
                people = [{"person": each.person, "rules": self.hard(each.rules)} for each in line if each.confirmed]
                reasons.append({"role": role, "people": people})
        if all(fillers.values()) and self.assignment(judged) is None:
            reasons.append({"rule": "distinct", "roles": self.too_few(fillers)})
        return reasons

    def too_few(self, fillers: Mapping[str, set[str]]) -> list[str]:
        for size in range(1, len(fillers) + 1):
            for roles in combinations(fillers, size):
                if len(set().union(*(fillers[role] for role in roles))) < size:
                    return list(roles)
        raise AssertionError("enough people everywhere")

    def ask(self, judged: Judged) -> Json | None:
        if self.hard([rule for rule, _ in judged.meeting]):
            return None
        roles = list(judged.roles)
        found = []
        for who in {each.person for line in judged.roles.values() for each in line}:
            seats = self.assignment(judged, freed=who)
            if seats is None:
                continue
            for number, seat in enumerate(seats):
                if seat.person == who:
                    place = [each.person for each in judged.roles[roles[number]]].index(who)
                    rules = [rule for rule in seat.rules if rule in ("unknown", "busy")]
                    found.append((number, place, who, rules))
        if not found:
            return None
        number, _, who, rules = min(found)
        return {**self.slot(judged.start), "person": who, "role": roles[number], "rules": rules}

    def warnings(self) -> list[Json]:
        cutover = self.record.cutover
        if cutover is None:
            return []
        met: list[tuple[str, str | None]] = []
        for rule in MEETING_RULES[:3]:
            for entry in self.entries:
                if entry.type == rule and self.binds(entry, "cutovers"):
                    if entry.span is not None:
                        hit = max(entry.span.start, cutover.start) < min(entry.span.end, cutover.end)
                    else:
                        zone = entry.time_zone or self.policy.time_zone
                        assert entry.hours is not None
                        hit, instant = False, cutover.start
                        while instant < cutover.end:
                            hit = hit or self.in_hours(entry.hours, zone, instant)
                            instant += MINUTE
                    if hit:
                        met.append((rule, entry.name))
        return [{"rule": r} if n is None else {"rule": r, "name": n} for r, n in dict.fromkeys(met)]

    # -- 8 -----------------------------------------------------------------------------------------------------------

    def slot(self, start: datetime) -> Json:
        return {"start": utc(start), "end": utc(start + self.kind.duration)}

    def listing(self, role: str, span: tuple[datetime, datetime] | None, end: datetime) -> Json:
        named = self.record.roles.get(role)
        if role in self.missing_roles() or named is None:
            return {"role": role, "people": []}
        holders = list(named.people)
        if named.rota is not None:
            for shift in self.people.rotas[named.rota].shifts:
                begin, finish = shift.span
                if span is None or max(begin, span[0]) < min(finish, span[1]):
                    holders.append(shift.person)
        rows: dict[str, Json] = {}
        for person in holders:
            rows.setdefault(person, {"person": person, "as": "holder", "authority": "confirmed"})
        for person in dict.fromkeys(holders):
            for delegate in self.people.people[person].delegates:
                if role in delegate.roles:
                    good = delegate.until is None or end <= delegate.until
                    authority = "confirmed" if delegate.authority == "confirmed" and good else "unconfirmed"
                    row = rows.setdefault(
                        delegate.person, {"person": delegate.person, "as": "delegate", "authority": authority}
                    )
                    if authority == "confirmed":
                        row["authority"] = authority
        return {"role": role, "people": list(rows.values())}

    def plan(self) -> Json:
        facts, roles = self.missing_facts(), self.missing_roles()
        plan: Json = {
            "record": self.record.id,
            "kind": self.kind.id,
            "now": utc(self.now),
            "missing_facts": facts,
            "missing_roles": roles,
            "duration_minutes": self.kind.duration // MINUTE,
            "grid_minutes": self.policy.grid // MINUTE,
            "counts": {"starts": 0, "feasible": 0, "rejected": 0, "options": 0, "asks": 0},
            "window": None,
            **{key: [] for key in ("feasible", "offers", "rejected", "options", "asks", "warnings")},
        }
        if facts or roles:
            listed = [self.listing(role, None, self.now) for role in self.required()]
            return {**plan, "outcome": "incomplete", "roles": listed}
        opens, opens_by, closes, closes_by = self.window()
        plan["window"] = {
            "opens": utc(opens), "opens_by": opens_by, "closes": utc(closes), "closes_by": closes_by,
        }  # fmt: skip
        plan["roles"] = [self.listing(role, (opens, closes), opens + self.kind.duration) for role in self.required()]
        judged = [self.judge(start) for start in self.starts()]
        return {**plan, **self.searched(judged)} if judged else {**plan, "outcome": "no_window"}

    def judge(self, start: datetime) -> Judged:
        standing = {role: self.standing(role, start) for role in self.required()}
        return Judged(start, self.meeting_rules(start), standing)

    def searched(self, judged: Sequence[Judged]) -> Json:
        good, rejected, options, asks = [], [], [], []
        for each in judged:
            if (seats := self.feasible(each)) is not None:
                good.append((each, seats))
                continue
            rejected.append((each.start, self.reasons(each)))
            if (option := self.option(each)) is not None:
                options.append((each, *option))
            elif (ask := self.ask(each)) is not None:
                asks.append(ask)
        options.sort(key=lambda option: (len(option[1]), option[0].start))
        return {
            "outcome": "viable" if good else "needs_exception" if options else "none",
            "counts": {
                "starts": len(judged), "feasible": len(good), "rejected": len(rejected), "options": len(options),
                "asks": len(asks),
            },
            "feasible": [utc(each.start) for each, _ in good],
            "offers": self.offers(good),
            "rejected": self.ranges(rejected),
            "options": [
                {**self.slot(each.start), "needs": needs, "assignment": seating(list(each.roles), seats)}
                for each, needs, seats in options[:20]
            ],
            "asks": asks[:20],
            "warnings": self.warnings(),
        }  # fmt: skip

    def ranges(self, rejected: Sequence[tuple[datetime, list[Json]]]) -> list[Json]:
        ranges: list[tuple[datetime, datetime, list[Json]]] = []
        for start, reasons in rejected:
            if ranges and ranges[-1][1] + self.policy.grid == start and ranges[-1][2] == reasons:
                ranges[-1] = (ranges[-1][0], start, reasons)
            else:
                ranges.append((start, start, reasons))
        return [{"from": utc(first), "to": utc(last), "reasons": why} for first, last, why in ranges]


def seating(roles: Sequence[str], seats: Sequence[Stands]) -> Json:
    return {role: {"person": seat.person, "as": seat.how} for role, seat in zip(roles, seats, strict=True)}


def utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_bytes(plan: Json) -> bytes:
    return (json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
