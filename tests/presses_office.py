"""A small organisation for random presses: everybody who may, may not, or may only now decide something, in few searches."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.core.authority import Asker, Standing
from bot.core.people import (
    CalendarRef,
    Day,
    Delegate,
    Directory,
    Person,
    Rota,
    Shift,
    Team,
    WallRange,
    Weekly,
)  # fmt: skip
from bot.core.policy import Kind, Policy, RoleDemand, Rule
from bot.core.record import Named, Record
from bot.core.release_calendar import Entry
from bot.core.span import Span
from tests.inner_world import Office

BEGIN = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # a Monday
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
AFTER, TTL = timedelta(minutes=30), timedelta(hours=2)


def hours(first: int, last: int) -> Weekly:
    return Weekly(days=tuple((day, (WallRange(start=first * 60, end=last * 60),)) for day in DAYS))


def person(name: str, first: int = 9, last: int = 17, provider: Any = "google", **more: Any) -> Person:
    mail = f"{name}@example.com"
    return Person(
        id=name, name=name.title(), email=mail, time_zone="UTC", working_hours=hours(first, last),
        calendars=(CalendarRef(provider=provider, id=mail),), **more,
    )  # fmt: skip


def stands_in(name: str, authority: Any = "confirmed", until: datetime | None = None) -> Delegate:
    return Delegate(person=name, roles=("release_manager",), authority=authority, confirmed_by="olga", until=until)


PEOPLE = (
    person("olga"),  # owns the records
    person("mara", delegates=(
        stands_in("dale"), stands_in("duke", "unconfirmed"), stands_in("dina", until=BEGIN + timedelta(hours=3)),
    )),  # manages releases; those who may stand in for her, and those who may not
    person("otto"),  # owns one record
    person("sven", provider="microsoft"),
    person("zoe", provider="microsoft"),  # has no free hour
    person("nora", provider="microsoft"),
    person("nick", 18, 20),  # works when the others do not
    person("rita"), person("rolf"),  # on call, one after the other
    person("lena"),  # of the release leads
    person("anna"),  # approves what touches a freeze, and nothing else
    person("dale"), person("duke"), person("dina"),
    person("una"),  # has nothing to do with any of it
)  # fmt: skip
CHANGE = BEGIN + timedelta(hours=5)  # the shift on call
_SHIFTS = (
    Shift(person="rita", span=Span(BEGIN - timedelta(days=1), CHANGE)),
    Shift(person="rolf", span=Span(CHANGE, BEGIN + timedelta(days=9))),
)
DIRECTORY = Directory(
    people={p.id: p for p in PEOPLE},
    teams={
        "release_leads": Team(id="release_leads", members=("lena", "mara")),
        "freeze_board": Team(id="freeze_board", members=("anna", "olga")),
    },
    rotas={"primary": Rota(id="primary", shifts=_SHIFTS)},
)


def kind(slots: int) -> Kind:
    return Kind(
        id="review", title="Review", duration=timedelta(hours=1), notice=timedelta(hours=1),
        horizon=timedelta(hours=34), states=("approved",),
        roles={"release_manager": RoleDemand(), "service_owner": RoleDemand(), "reviewer": RoleDemand()},
        rules={
            "working_hours": Rule(strength="exception", approvers=("release_owner", "release_leads")),
            "freeze": Rule(strength="exception", approvers=("freeze_board",)),
            "booked": Rule(strength="prefer"),
        },
        hold_slots=slots, hold_ttl=TTL, offer_count=4, offers_per_day=2,
        confirmed_by=("release_owner", "release_manager"),
        substitutes_approved_by=("release_owner", "release_manager"),
        escalation_to="release_leads", escalation_after=AFTER, channel="C0RELEASES",
    )  # fmt: skip


def record(number: int, owner: str, **roles: Named) -> Record:
    return Record(
        id=f"CHG-{number}", kind="review", title="A change", state="approved", owner=owner, revision="1",
        services=("identity",), touches=(), roles=roles,
    )  # fmt: skip


MARA, SVEN, NORA = (Named(people=(name,)) for name in ("mara", "sven", "nora"))
RECORDS = (
    record(1, "olga", release_manager=MARA, service_owner=SVEN, reviewer=NORA),
    record(2, "olga", release_manager=MARA, service_owner=Named(rota="primary"), reviewer=NORA),
    record(3, "otto", release_manager=MARA, service_owner=SVEN, reviewer=Named(people=("nick",))),
    record(4, "otto", release_manager=MARA, service_owner=Named(people=("zoe",)), reviewer=NORA),
)


def office(slots: int, away: bool, freezes: bool = False) -> Office:
    """`away`: the files record that the release manager is off today; `freezes`: noon is frozen."""
    people = DIRECTORY
    if away:
        off = people.people["mara"].model_copy(update={"holiday_dates": frozenset({date(2026, 11, 30)})})
        people = people.model_copy(update={"people": {**people.people, "mara": off}})
    policy = Policy(
        time_zone="UTC", grid=timedelta(hours=1), working_hours=hours(9, 17), release_calendar="files",
        kinds={"review": kind(slots)},
    )  # fmt: skip
    frozen = Entry(type="freeze", name="Month end", span=Span(BEGIN + timedelta(hours=4), BEGIN + timedelta(hours=5)))
    return Office(policy, people, (frozen,) if freezes else (), {r.id: r for r in RECORDS})


OUTSIDERS: tuple[Asker, ...] = (
    *(
        Asker(slack=f"U0{standing.upper()}", person=claimed, standing=standing)
        for standing in ("guest", "stranger", "bot", "deactivated")
        for claimed in (None, "mara")  # whoever they say they are
    ),
    Asker(slack="U0NOBODY", person=None, standing="member"),
)
MEMBER: Standing = "member"
ASKERS: tuple[Asker, ...] = tuple(Asker(slack=f"U0{p.id.upper()}", person=p.id, standing=MEMBER) for p in PEOPLE)
