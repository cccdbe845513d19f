"""The seeded workloads of the bench: S, M, L and a batch of reviews over one directory. All cross changes of the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple, cast

from bot.core.people import (
    DAYS,
    Availability,
    Busy,
    BusyStatus,
    CalendarRef,
    Delegate,
    Directory,
    Person,
    Rota,
    Shift,
    WallRange,
    Weekly,
    Window,
)
from bot.core.policy import Coverage, Kind, Policy, RoleDemand, Rule
from bot.core.record import Evidence, Named, Record
from bot.core.release_calendar import Entry
from bot.core.search import Problem
from bot.core.span import Span, instant, zone

DAY = timedelta(days=1)
ZONES = (
    "America/New_York", "America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide",
)  # fmt: skip
HOURS = ((8, 18), (9, 17), (10, 20), (7, 15))
STATUSES = (*("busy",) * 16, "tentative", "tentative", "out_of_office", "free")


class Size(NamedTuple):
    """How large a workload is: `each` people may fill a role, `busy` spans lie in all calendars together."""

    roles: int
    each: int
    people: int
    busy: int
    days: int
    grid: int  # minutes
    begins: datetime


SIZES: Mapping[str, Size] = {
    "S": Size(5, 2, 8, 200, 5, 15, datetime(2026, 10, 28, 14, 3, tzinfo=UTC)),
    "M": Size(8, 5, 40, 4_400, 30, 5, datetime(2026, 10, 12, 14, 3, tzinfo=UTC)),
    "L": Size(12, 42, 500, 12_000, 90, 5, datetime(2026, 9, 21, 14, 3, tzinfo=UTC)),
    "B": Size(0, 0, 500, 12_000, 90, 5, datetime(2026, 9, 21, 14, 3, tzinfo=UTC)),
}


SEEDS: Mapping[str, int] = {"S": 20261028, "M": 20261012, "L": 20261012}


def weekly(begin: int, end: int, days: Sequence[str] = DAYS[:5]) -> Weekly:
    """The same hours on these days."""
    ranges = (WallRange(start=begin * 60, end=end * 60),)
    return Weekly(days=tuple((day, ranges) for day in DAYS if day in days))


class Organisation:
    """Everybody there is, with what their calendars say for as many days as the workload looks ahead."""

    def __init__(self, size: Size, seed: int = 20261012) -> None:
        self.size = size
        self._random = Random(seed)
        self._lunch = Window(hours=weekly(12, 13), name="lunch")
        self._usual = [weekly(begin, end) for begin, end in HOURS]
        self.names = [f"p{number:03d}" for number in range(size.people)]
        self.people = {name: self._person(name) for name in self.names}
        self.availability = {name: self._availability(person) for name, person in self.people.items()}

    def _person(self, name: str) -> Person:
        random = self._random
        return Person(
            id=name,
            name=name.upper(),
            time_zone=random.choice(ZONES),
            working_hours=random.choice(self._usual),
            calendars=(CalendarRef(provider="google", id=name),),
            protected=(self._lunch,) if random.random() < 0.5 else (),
        )

    def _availability(self, person: Person) -> Availability:
        """Mostly in the person's own day, mostly on the quarter of an hour; some spans lie on any minute, some overlap."""
        random, size = self._random, self.size
        local = size.begins.astimezone(zone(person.time_zone)).replace(hour=0, minute=0, tzinfo=None)
        found = []
        for _ in range(size.busy // size.people):
            step = random.choice((15, 15, 15, 15, 5, 1))
            minute = (
                random.randrange(7 * 60, 20 * 60, step) if random.random() < 0.8 else random.randrange(0, 1440, step)
            )
            wall = local + timedelta(days=random.randrange(size.days), minutes=minute)
            start = wall.replace(tzinfo=zone(person.time_zone)).astimezone(UTC)
            status = cast(BusyStatus, random.choice(STATUSES))
            found.append(Busy(start, start + timedelta(minutes=random.choice((15, 30, 30, 45, 60, 60, 90))), status))
        return Availability(tuple(sorted(found)))

    def entries(self) -> tuple[Entry, ...]:
        begins, days = self.size.begins, self.size.days
        return (
            Entry(
                type="freeze", name="ledger close", span=Span(begins + days * DAY / 3, begins + days * DAY / 3 + DAY)
            ),
            Entry(
                type="freeze", name="region move", span=Span(begins + days * DAY / 2, begins + days * DAY / 2 + DAY / 2)
            ),
            Entry(type="blackout", name="no Friday evenings", hours=weekly(15, 24, ("fri",))),
            *(
                Entry(type="booked", name=f"review {day}", span=Span(begins + day * DAY, begins + day * DAY + DAY / 24))
                for day in range(1, days, max(3, days // 8))
            ),
        )


def problem(organisation: Organisation, seats: Sequence[Sequence[str]], minutes: int = 60, number: int = 0) -> Problem:
    """One review: for each role these people, two of them delegates of the first where there are four or more. The last
    role is on call, its people a week at a time."""
    size, roles = organisation.size, [f"role{place}" for place in range(len(seats))]
    people, shifts = dict(organisation.people), list[Shift]()
    named: dict[str, Named] = {}
    for role, line in zip(roles, seats, strict=True):
        holders = list(line if len(line) < 4 else line[:-2])
        for other in line[len(holders) :]:
            trusted = Delegate(person=other, roles=(role,), authority="confirmed", confirmed_by="p000")
            first = people[holders[0]]
            people[first.id] = first.model_copy(update={"delegates": (*first.delegates, trusted)})
        named[role] = Named(people=tuple(holders))
    for week in range(size.days // 7 + 2):
        begin = size.begins + (week - 1) * 7 * DAY
        shifts.append(Shift(person=seats[-1][week % len(seats[-1])], span=Span(begin, begin + 7 * DAY)))
        shifts.append(Shift(person=seats[-1][(week + 1) % len(seats[-1])], span=Span(begin, begin + 7 * DAY)))
    named[roles[-1]] = Named(rota="primary")
    policy = _policy(size, roles, minutes)
    record = Record(
        id=f"CHG-{number}", kind="review", title="Identity 4.2", state="approved", owner="p000", roles=named,
        services=("identity",), evidence=_evidence(organisation, number),
    )  # fmt: skip
    directory = Directory(people=people, rotas={"primary": Rota(id="primary", shifts=tuple(shifts))})
    everybody = {who: organisation.availability[who] for line in seats for who in line}
    return Problem(record, policy.kinds["review"], policy, directory, organisation.entries(), size.begins, everybody)


def _policy(size: Size, roles: Sequence[str], minutes: int) -> Policy:
    leave = Rule(strength="exception", approvers=("release_owner",))
    kind = Kind(
        id="review",
        title="Review",
        duration=timedelta(minutes=minutes),
        notice=timedelta(hours=2),
        horizon=size.days * DAY,
        roles={role: RoleDemand() for role in roles},
        rules={"working_hours": leave, "protected": leave, "coverage": Rule(strength="prefer")},
        offer_count=10,
        confirmed_by=("release_owner",),
    )
    return Policy(
        time_zone="America/New_York",
        grid=timedelta(minutes=size.grid),
        working_hours=weekly(9, 17),
        release_calendar="files",
        coverage=Coverage(time_zone="America/New_York", hours=weekly(6, 22, DAYS)),
        kinds={"review": kind},
    )


def _evidence(organisation: Organisation, number: int) -> tuple[Evidence, ...]:
    """In a batch every record has a window of its own."""
    if number == 0:
        return ()
    random, size = Random(number), organisation.size
    ready = size.begins + timedelta(minutes=random.randrange(0, size.days * 1440 // 3))
    return (Evidence(name="load test", ready_by=ready, valid_until=ready + random.randrange(14, 61) * DAY),)


def workload(name: str, **changed: object) -> Problem:
    """S, M or L, or the like with another number of people, days, ...: everybody has a seat, in turn. Each has starts of
    every sort: feasible, options, asks and others."""
    size = SIZES[name]._replace(**changed)
    organisation = Organisation(size, SEEDS[name])
    line = list(organisation.names)
    Random(7).shuffle(line)
    seats = [[line[(row * size.each + place) % size.people] for place in range(size.each)] for row in range(size.roles)]
    return problem(organisation, seats)


def batch(count: int = 1_000) -> Iterator[Problem]:
    """Reviews of 5 to 12 roles with 2 to 6 people each, over one directory; meetings of three lengths."""
    organisation, random = Organisation(SIZES["B"]), Random(4711)
    for number in range(1, count + 1):
        rows = range(random.randint(5, 12))
        seats = [random.sample(organisation.names, random.randint(2, 6)) for _ in rows]
        yield problem(organisation, seats, random.choice((30, 45, 60, 60)), number)


def windows(person: Person, begins: datetime, days: int) -> list[tuple[int, int]]:
    """A person's working hours in seconds, for those who reckon in intervals."""
    opens = int(begins.timestamp())
    return list(person.working_hours.stretches(person.time_zone, opens, opens + days * 86_400))


__all__ = ["SIZES", "Organisation", "Size", "batch", "instant", "problem", "windows", "workload"]
