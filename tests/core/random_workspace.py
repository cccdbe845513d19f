"""Small random workspaces full of what goes wrong: clock changes, touching ranges, hand-overs, people wanted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Literal, TypeVar

from bot.core.people import (
    Availability,
    Busy,
    CalendarRef,
    Customer,
    Day,
    Delegate,
    Directory,
    Person,
    Rota,
    Shift,
    WallRange,
    Weekly,
    Window,
)  # fmt: skip
from bot.core.policy import Coverage, Kind, Policy, RoleDemand, Rule
from bot.core.record import Deadline, Evidence, Named, Record
from bot.core.release_calendar import Entry
from bot.core.search import Problem
from bot.core.span import Span

T = TypeVar("T")

# Zones, and an instant at which their clocks change (or an ordinary one): forwards, backwards, by half an hour, at
# midnight, by two hours, by a whole day.
CHANGES: tuple[tuple[str, str], ...] = (
    ("Australia/Lord_Howe", "2026-10-03T15:30"), ("Australia/Lord_Howe", "2027-04-03T15:00"),
    ("America/St_Johns", "2026-03-08T05:30"), ("America/St_Johns", "2026-11-01T04:30"),
    ("Africa/Casablanca", "2026-02-15T02:00"), ("Africa/Casablanca", "2026-03-22T02:00"),
    ("America/Santiago", "2026-04-05T03:00"), ("America/Santiago", "2026-09-06T04:00"),
    ("Pacific/Chatham", "2026-04-04T14:00"), ("Pacific/Chatham", "2026-09-26T14:00"),
    ("America/New_York", "2026-03-08T07:00"), ("America/New_York", "2026-11-01T06:00"),
    ("America/Havana", "2026-03-08T05:00"), ("America/Havana", "2026-11-01T05:00"),
    ("Asia/Beirut", "2026-03-28T22:00"), ("Asia/Beirut", "2026-10-24T21:00"),
    ("Europe/London", "2026-03-29T01:00"), ("Europe/Dublin", "2026-10-25T01:00"),
    ("Antarctica/Troll", "2026-03-29T01:00"), ("Pacific/Apia", "2011-12-30T10:00"),
    ("Asia/Kathmandu", "2026-06-10T09:00"), ("Asia/Kolkata", "2026-05-05T09:00"), ("UTC", "2026-12-31T20:00"),
)  # fmt: skip
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 1440),), ((0, 1440),), ((540, 1020),), ((480, 720), (720, 1080)), ((480, 700), (660, 1320)),
    ((1320, 360),), ((1080, 1440), (0, 360)), ((60, 90), (90, 210)), ((1350, 1440),), ((1200, 0), (0, 1199)), (),
)  # fmt: skip
NAMES = (None, "Jahresende ❄", "hand-over", "hand-over", "CAB")
PEOPLE = ("ana", "bo", "cy", "di", "ed", "flo")


class _Maker:
    """One workspace: everything in it lies near one instant."""

    def __init__(self, random: Random, as_files: bool) -> None:
        self.random = random
        self.as_files = as_files
        zone, change = random.choice(CHANGES)
        self.zone = zone if self.chance(0.8) else random.choice(CHANGES)[0]
        self.change = datetime.fromisoformat(change).replace(tzinfo=UTC)
        self.zones = (zone, zone, self.zone, random.choice(CHANGES)[0])
        self.grid = timedelta(minutes=random.choice((15, 15, 20, 30, 30, 45, 60, 60, 90, 7, 37)))
        self.duration = timedelta(minutes=random.choice((15, 30, 37, 45, 60, 90, 130)))
        self.ease = random.choice((0.3, 0.8, 0.95))  # how little stands in the way
        steps = random.randint(2, 80)
        self.horizon = max(self.grid * steps + self.duration, timedelta(minutes=30))
        if self.horizon > timedelta(hours=30):
            self.horizon = timedelta(hours=30)
        self.now = self.change - self.minutes(0, int(self.horizon / timedelta(minutes=1)))
        self.now += timedelta(seconds=random.choice((0, 0, 0, 1, 59)))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, items: Sequence[T], least: int, most: int) -> tuple[T, ...]:
        return tuple(self.random.sample(items, min(len(items), self.random.randint(least, min(most, len(items))))))

    def minutes(self, low: int, high: int) -> timedelta:
        return timedelta(minutes=self.random.randint(low, high))

    def instant(self) -> datetime:
        """Somewhere in the window or a little around it; often on the quarter of an hour."""
        whole = int(self.horizon / timedelta(minutes=1))
        step = self.random.choice((15, 15, 15, 30, 1))
        minutes = self.random.randint(-120, whole + 120) // step * step
        base = self.now.replace(minute=0, second=0)
        return base + timedelta(minutes=minutes, seconds=self.random.choice((0, 0, 0, 0, 0, 0, 1, 30)))

    def span(self, longest: int = 300) -> Span:
        start = self.instant()
        length = self.random.choice((15, 30, 45, 60, self.random.randint(1, longest)))
        return Span(start, start + timedelta(minutes=length))

    def weekly(self) -> Weekly:
        whole = self.chance(self.ease)
        ranges = tuple(WallRange(start=a, end=b) for a, b in (HOURS[0] if whole else self.random.choice(HOURS)))
        days = DAYS if whole or self.chance(0.7) else tuple(day for day in DAYS if self.chance(0.6))
        return Weekly(days=tuple((day, ranges) for day in days))

    def window(self) -> Window:
        name = self.random.choice(NAMES)
        if self.chance(0.4):
            start = self.random.randrange(0, 1440, 30)
            ranges = (WallRange(start=start, end=(start + self.random.choice((30, 60, 150))) % 1440 or 1440),)
            return Window(hours=Weekly(days=tuple((day, ranges) for day in DAYS)), name=name)
        return Window(span=self.span(), name=name)

    # -- people ------------------------------------------------------------------------------------------------------

    def busy(self) -> tuple[Busy, ...]:
        found = []
        for _ in range(self.random.choice((0, 1, 2) if self.chance(self.ease) else (2, 4, 7))):
            start, end = self.span(600)
            end = start if self.chance(0.1) else end
            status: Any = self.random.choice(
                ("busy", "busy", "tentative", "out_of_office", "working_elsewhere", "free")
            )
            found.append(Busy(start, end, status))
        return tuple(found)

    def availability(self) -> Availability:
        unknown = (self.span(),) if not self.as_files and self.chance(0.12) else ()
        return Availability(self.busy(), unknown)

    def calendars(self, name: str) -> tuple[CalendarRef, ...]:
        if self.chance(0.03):
            return (CalendarRef(provider="none", id=""),) if self.chance(0.5) else ()
        return (CalendarRef(provider="files", id=name),)

    def delegate(self, other: str, roles: Sequence[str]) -> Delegate:
        authority: Literal["confirmed", "unconfirmed"] = "confirmed" if self.chance(0.6) else "unconfirmed"
        return Delegate(
            person=other,
            roles=self.some(roles, 2, 4),
            authority=authority,
            confirmed_by="ana" if authority == "confirmed" else None,
            until=self.instant() if self.chance(0.4) else None,
        )

    def holidays(self) -> frozenset[date]:
        if self.as_files or self.chance(0.85):
            return frozenset()
        return frozenset({(self.change + timedelta(days=self.random.randint(-1, 1))).date()})

    def roster(self) -> tuple[Window, ...] | None:
        if self.chance(0.9):
            return None
        entries = []
        for _ in range(self.random.randint(0, 3)):
            span = self.span(900)
            entries.append(Window(span=span))
            if self.chance(0.5):
                entries.append(Window(span=Span(span.end, span.end + self.minutes(15, 200))))
        return tuple(entries)

    def person(self, name: str, others: Sequence[str], roles: Sequence[str]) -> Person:
        delegates = [self.delegate(other, roles) for other in self.some(others, 0, 2)] if others else []
        if delegates and self.chance(0.15):
            delegates.append(self.delegate(delegates[0].person, roles))
        return Person(
            id=name,
            name=name.title(),
            time_zone=self.random.choice(self.zones),
            working_hours=self.weekly(),
            holiday_dates=self.holidays(),
            calendars=self.calendars(name),
            protected=tuple(
                self.window() for _ in range(self.random.choice((0, 1) if self.chance(self.ease) else (0, 1, 2)))
            ),
            roster=self.roster(),
            languages=self.some(("es", "es-MX", "pt", "en"), 0, 3),
            delegates=tuple(delegates) if self.chance(0.7) else (),
        )

    def rota(self, people: Sequence[str]) -> Rota:
        shifts, begin = [], self.instant() - timedelta(hours=3)
        for _ in range(self.random.randint(0, 5)):
            end = begin + self.minutes(20, self.random.choice((200, 1500)))
            shifts.append(Shift(person=self.random.choice(people), span=Span(begin, end)))
            begin = self.random.choice((end, end, end, end - timedelta(minutes=20), end + timedelta(minutes=15)))
        if self.chance(0.3):
            self.random.shuffle(shifts)
        return Rota(id="primary", shifts=tuple(shifts))

    # -- what governs ------------------------------------------------------------------------------------------------

    def rules(self) -> dict[Any, Rule]:
        rules: dict[Any, Rule] = {}
        for rule in (
            "working_hours", "protected", "freeze", "blackout", "booked", "coverage", "customer_blackout",
        ):  # fmt: skip
            if self.chance(0.5):
                strength: Any = self.random.choice(("never", "exception", "exception", "prefer", "prefer"))
                approvers = ("release_owner", "leads") if strength == "exception" else ()
                rules[rule] = Rule(strength=strength, approvers=approvers)
        return rules

    def kind(self, roles: Sequence[str]) -> Kind:
        demands = {}
        for role in self.some(roles, 0, len(roles)):
            demands[role] = RoleDemand(
                when_touches=("authentication", "schema") if self.chance(0.15) else None,
                when_language=self.chance(0.15),
            )
        before: dict[Any, timedelta] = {}
        if self.chance(0.5):
            before["cutover"] = self.minutes(0, 120)
        if self.chance(0.3):
            before["rollback_checkpoint"] = self.minutes(0, 120)
        return Kind(
            id="review",
            title="Review",
            duration=self.duration,
            notice=self.random.choice((timedelta(0), self.minutes(0, 180))),
            horizon=self.horizon,
            before=before,
            requires=self.some(("cutover", "deadline", "services", "evidence"), 0, 2) if self.chance(0.1) else (),
            states=("approved",) if self.chance(0.5) else None,
            roles=demands,
            rules=self.rules(),
            offer_count=self.random.choice((1, 3, 5, 20)),
            offers_per_day=self.random.choice((1, 2, 9)),
            confirmed_by=("release_owner",),
            substitutes_approved_by=("release_owner",) if self.chance(0.65) else None,
        )

    def named(self, people: Sequence[str]) -> Named:
        if self.chance(0.2):
            return Named(rota="primary")
        if self.chance(0.015):
            return self.random.choice((Named(people=("nobody",)), Named(), Named(rota="nowhere")))
        return Named(people=self.some(people, 1, 3))

    def entry(self) -> Entry:
        sort: Any = self.random.choice(("freeze", "blackout", "booked"))
        window = self.window()
        both: tuple[Any, ...] = ("reviews", "cutovers")
        return Entry(
            type=sort,
            name=window.name,
            span=window.span,
            hours=window.hours,
            time_zone=self.random.choice(self.zones) if window.hours else None,
            services=self.some(("identity", "payments"), 0, 1) if self.chance(0.4) else None,
            binds=self.random.choice((both, both, both[:1], both[1:])),
        )

    def evidence(self) -> tuple[Evidence, ...]:
        middle, found = self.now + self.horizon / 2, []
        for number in range(self.random.choice((0, 0, 1, 2))):
            ready = middle - self.minutes(0, 600) if self.chance(0.6) else None
            valid = middle + self.minutes(0, 900) if self.chance(0.6) else None
            found.append(Evidence(name=f"load test {number}", ready_by=ready, valid_until=valid))
        return tuple(found)

    def deadline(self) -> Deadline | None:
        if self.chance(0.85):
            return None
        day = (self.change + timedelta(days=1)).date().isoformat()
        return Deadline(
            start=self.now - timedelta(days=self.random.randint(0, 4)),
            business_days=self.random.randint(1, 4),
            time_zone=self.random.choice(self.zones),
            holiday_dates=frozenset({day}) if not self.as_files and self.chance(0.3) else frozenset(),
            closes_at=self.random.choice(("18:00", "02:30", "00:15", "23:59")),
        )

    def record(self, roles: Sequence[str], people: Sequence[str]) -> Record:
        late = self.now + self.horizon
        begins = late + self.minutes(-120, 240)
        cutover = Span(begins, begins + self.minutes(30, 400)) if self.chance(0.6) else None
        facts: dict[str, Any] = {
            "services": self.some(("identity", "payments", "search"), 0, 2) if self.chance(0.8) else None,
            "touches": self.some(("authentication", "schema", "ui"), 0, 2) if self.chance(0.97) else None,
            "cutover": cutover,
            "rollback_checkpoint": late + self.minutes(-60, 200) if self.chance(0.3) else None,
            "evidence_cutoff": late - self.minutes(-100, 200) if self.chance(0.3) else None,
            "evidence": self.evidence(),
            "customer": "acme" if self.chance(0.5) else None,
            "language": self.random.choice(("es-MX", "es", "pt-BR", None, None)),
            "deadline": self.deadline(),
        }
        facts = {key: value for key, value in facts.items() if value is not None}
        return Record(
            id="CHG-1",
            kind="review",
            title="Identity 4.2",
            state="approved" if self.chance(0.97) else "draft",
            owner="ana",
            roles={role: self.named(people) for role in roles},
            stated=tuple(facts),
            **facts,
        )

    def problem(self) -> Problem:
        names = PEOPLE[: self.random.randint(2, len(PEOPLE))]
        every = ("manager", "owner", "reliability", "security", "interpreter")
        roles = self.some(every, 1, min(4, len(names)))
        people = {name: self.person(name, [n for n in names if n != name], every) for name in names}
        coverage = Coverage(time_zone=self.random.choice(self.zones), hours=self.weekly())
        kind = self.kind(roles)
        policy = Policy(
            time_zone=self.zone,
            grid=self.grid,
            working_hours=self.weekly(),
            release_calendar="files",
            coverage=coverage if "coverage" in kind.rules or self.chance(0.3) else None,
            kinds={"review": kind},
            **({} if self.chance(0.7) else {"busy_statuses": frozenset({"busy", "working_elsewhere"})}),
        )
        blackouts = tuple(self.window() for _ in range(self.random.randint(0, 2)))
        customer = Customer(id="acme", time_zone=self.random.choice(self.zones), blackouts=blackouts)
        directory = Directory(people=people, rotas={"primary": self.rota(names)}, customers={"acme": customer})
        known = [name for name in names if (people[name].readable if self.as_files else self.chance(0.97))]
        availability = {name: self.availability() for name in known}
        entries = tuple(
            self.entry() for _ in range(self.random.choice((0, 1) if self.chance(self.ease) else (1, 2, 4)))
        )
        record = self.record(roles, names)
        return Problem(record, kind, policy, directory, entries, self.now, availability)


def random_problem(seed: int, *, as_files: bool = False) -> Problem:
    """The workspace of that number: always the same. `as_files`: only what YAML and iCalendar files can say."""
    return _Maker(Random(seed), as_files).problem()


def reordered(problem: Problem, random: Random) -> Problem:
    """The same people in another order of the file."""
    names = list(problem.people.people)
    random.shuffle(names)
    people = {name: problem.people.people[name] for name in names}
    return replace(problem, people=problem.people.model_copy(update={"people": people}))
