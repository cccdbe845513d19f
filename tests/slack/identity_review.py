"""The worked story as values: the review of CHG-1042 at every point of its life, for the messages to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import facts as f
from bot.core.authority import decider_of
from bot.core.meeting import At, Meeting, folded
from bot.core.people import Delegate, Directory, Person, Rota, Shift, Team, Weekly
from bot.core.policy import Kind, RoleDemand
from bot.core.record import Evidence, Named, Record
from bot.core.span import Span
from bot.ports import Invite, Invitee
from bot.slack.messages.view import ReviewView

NEW_YORK = "America/New_York"
ASKED = datetime(2026, 11, 30, 19, 2, tzinfo=UTC)  # Mon 30 Nov 14:02 in New York
HOSTS = frozenset({"change.example.com"})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of December 2026 by the clock of New York."""
    return datetime(2026, 12, day, tzinfo=UTC) + timedelta(hours=hour + 5, minutes=minute)


def later(**spent: int) -> datetime:
    return ASKED + timedelta(**spent)


def slot(day: int, hour: int, minute: int = 0, **seats: f.Seat) -> f.Slot:
    start = at(day, hour, minute)
    everybody = {
        "release_manager": f.Seat(person="dana"),
        "service_owner": f.Seat(person="lee"),
        "on_call_reliability_lead": f.Seat(person="ravi"),
        "database_migration_owner": f.Seat(person="mei"),
        "security_reviewer": f.Seat(person="noor"),
    } | seats
    delegates = sum(seat.standing == "delegate" for seat in everybody.values())
    return f.Slot(span=Span(start, start + timedelta(minutes=45)), seats=everybody, delegates=delegates)


def _person(id: str, name: str, **more: Any) -> Person:
    mail = more.pop("email", f"{id}@example.com")
    return Person(
        id=id, name=name, email=mail, slack=f"U0{id.upper()}", time_zone=NEW_YORK, working_hours=Weekly(), **more
    )


_OMAR = Delegate(person="omar", roles=("database_migration_owner",), authority="confirmed", confirmed_by="priya",
                 until=datetime(2027, 1, 1, 5, tzinfo=UTC))  # fmt: skip
_INES = Delegate(person="ines", roles=("database_migration_owner",), authority="unconfirmed")
PEOPLE = Directory(
    people={
        p.id: p
        for p in (
            _person("dana", "Dana Osei"), _person("priya", "Priya Nair"), _person("lee", "Lee Park"),
            _person("ravi", "Ravi Shah"), _person("tom", "Tom Lindqvist"), _person("mei", "Mei Tan", delegates=(_OMAR, _INES)),
            _person("omar", "Omar Farouk"), _person("ines", "Ines Brandt"), _person("noor", "Noor Haddad"), _person("sam", "Sam Ortiz"),
        )
    },
    teams={"release_leads": Team(id="release_leads", members=("dana", "priya"), slack="S0LEADS", channel="C0LEADS")},
    rotas={
        "identity-primary": Rota(
            id="identity-primary",
            shifts=(
                Shift(person="ravi", span=Span(at(1, 4) - timedelta(days=1), at(2, 14))),
                Shift(person="tom", span=Span(at(2, 14), at(9, 14))),
            ),
        )
    },
)  # fmt: skip
RECORD = Record(
    id="CHG-1042", kind="release-readiness", title="Identity 4.2 login flow and schema migration", state="approved",
    owner="priya", url="https://change.example.com/changes/CHG-1042", revision="7", services=("identity",),
    touches=("authentication", "schema"), cutover=Span(at(3, 19), at(3, 23)),
    evidence=(Evidence(name="load test", ready_by=at(1, 9), valid_until=at(3, 9)),),
    roles={
        "release_manager": Named(people=("dana",)), "service_owner": Named(people=("lee",)),
        "on_call_reliability_lead": Named(rota="identity-primary"),
        "database_migration_owner": Named(people=("mei",)), "security_reviewer": Named(people=("noor", "sam")),
    },
)  # fmt: skip
KIND = Kind(
    id="release-readiness", title="Release-readiness review", duration=timedelta(minutes=45), notice=timedelta(hours=2),
    horizon=timedelta(days=14), before={"cutover": timedelta(hours=4)}, states=("approved", "scheduled"),
    roles=dict.fromkeys(RECORD.roles, RoleDemand()), confirmed_by=("release_owner", "release_manager"),
    escalation_to="release_leads", channel="C0RELEASES",
)  # fmt: skip

REQUESTED = f.Requested(
    by="priya", record="CHG-1042", kind="release-readiness", title=KIND.title, record_title=RECORD.title,
    record_url=RECORD.url, revision="7", policy="a41c9f", owner="priya", channel="C0RELEASES",
    confirmers=("priya", "dana"), escalation_to="release_leads",
)  # fmt: skip
OFFERS = (
    slot(1, 10, 30),
    slot(2, 9, 30),
    slot(2, 14, database_migration_owner=f.Seat(person="omar", standing="delegate")),
)
SEARCHED = f.Searched(
    search=1, outcome="viable", opens=at(1, 9), opens_by="evidence:load test", closes=at(3, 9),
    closes_by="evidence:load test", starts=190, feasible=5, offers=OFFERS,
    roles=tuple(f.RoleHolders(role=r, people=n.people or ("ravi", "tom")) for r, n in RECORD.roles.items()),
    ruled_out=(("outside working hours", 96), ("database migration owner: busy", 61), ("security reviewer: both busy", 16),
               ("booked: Payments readiness review", 12)),
    revision="7", policy="a41c9f", calendars_read=9, read_at=later(seconds=3),
)  # fmt: skip
PLANNED = tuple(
    f.PlannedHold(key=f"k-{p}", person=p, provider="google", calendar=f"{p}@example.com")
    for p in ("dana", "lee", "mei", "noor")
)
CHOSEN = f.SlotChosen(
    by="priya", set=1, slot=OFFERS[0], planned=PLANNED, not_held=(("ravi", "their calendar cannot be written"),),
    expires_at=later(hours=4), draft="d1",
)  # fmt: skip
HELD = f.SlotHeld(set=1, placed=tuple(f.PlacedKey(key=p.key, event_id=f"e-{p.person}") for p in PLANNED))
CONFIRMED = f.Confirmed(
    by="dana",
    set=1,
    event_id="e1",
    invite="i1",
    join_url="https://meet.google.com/abc-defg-hij",
    invited=OFFERS[0].people,
)
DRAFT = Invite(
    key="i1", tag="t", record="CHG-1042", title="Release-readiness review CHG-1042: Identity 4.2 login flow",
    text="Record: https://change.example.com/changes/CHG-1042 (revision 7)\n\nWho decides here:\n- release manager: Dana Osei",
    span=OFFERS[0].span, time_zone=NEW_YORK,
    invitees=tuple(Invitee(name=PEOPLE.people[s.person].name, email=f"{s.person}@example.com", role=r)
                   for r, s in OFFERS[0].seats.items()),
)  # fmt: skip
TO_CHOOSING: tuple[tuple[datetime, f.AnyFact], ...] = (
    (ASKED, REQUESTED),
    (ASKED, f.SearchStarted(by="priya", search=1)),
    (later(seconds=3), SEARCHED),
)
TO_HELD = (*TO_CHOOSING, (later(minutes=2), CHOSEN), (later(minutes=2, seconds=4), HELD))
TO_TWO_HELD = (
    *TO_HELD,
    (later(minutes=9), CHOSEN.model_copy(update={"by": "lee", "set": 2, "slot": OFFERS[1]})),
    (later(minutes=9, seconds=4), HELD.model_copy(update={"set": 2})),
)
TO_CONFIRMED = (
    *TO_HELD,
    (later(hours=2, minutes=10), f.Approved(by="dana", set=1)),
    (later(hours=2, minutes=10), f.Checked(set=1, revision="7", calendars_read=9, read_at=later(hours=2, minutes=10))),
    (later(hours=2, minutes=10), CONFIRMED),
    (later(hours=2, minutes=10), f.SlotEnded(by="dana", set=1, why="confirmed")),
)  # fmt: skip
WORDS = {"r1": "Lee is travelling; take Wednesday.", "n1": "The runbook moved.", "c1": "The change was withdrawn."}


def review(*told: tuple[datetime, f.AnyFact], now: datetime | None = None, **changes: Any) -> ReviewView:
    """The review after these facts."""
    history = tuple(At(version=i, at=when, fact=fact) for i, (when, fact) in enumerate(told, 1))
    meeting = folded("CHG-1042", history)
    assert meeting is not None
    now = now or told[-1][0]
    view = ReviewView(
        meeting=meeting, record=RECORD, kind=KIND, people=PEOPLE, zone=NEW_YORK, history=history, words=WORDS.get, now=now,
        draft=DRAFT if _holds(meeting) else None, deciders=decider_of(KIND.confirmed_by, RECORD, PEOPLE, now),
        link_hosts=HOSTS,
    )  # fmt: skip
    return replace(view, **changes)


def _holds(meeting: Meeting) -> bool:
    return meeting.hold is not None
