"""One small review, followed through everything that a search can answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.findings import (
    DistinctReason,
    MeetingReason,
    MissingReason,
    PersonReason,
    RoleReason,
    WindowReason,
)
from bot.core.people import (
    DAYS,
    Availability,
    Busy,
    CalendarRef,
    Delegate,
    Directory,
    Person,
    Rota,
    Shift,
    WallRange,
    Weekly,
    Window,
)  # fmt: skip
from bot.core.plan import exit_code, plan_bytes, plan_object, plan_text
from bot.core.policy import Kind, Policy, RoleDemand, Rule
from bot.core.record import Evidence, Named, Record
from bot.core.release_calendar import Entry
from bot.core.search import Problem, search
from bot.core.span import Span

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
HOURS = Weekly(days=tuple((day, (WallRange(start=540, end=1020),)) for day in DAYS))


def at(clock: str, day: int = 1) -> datetime:
    hours, minutes = clock.split(":")
    return datetime(2026, 12, day, int(hours), int(minutes), tzinfo=UTC)


def span(first: str, last: str) -> Span:
    return Span(at(first), at(last))


def person(name: str, **facts: Any) -> Person:
    calendars = (CalendarRef(provider="files", id=name),)
    return Person(id=name, name=name.title(), time_zone="UTC", working_hours=HOURS, **{"calendars": calendars, **facts})


def busy(*spans: Span) -> Availability:
    return Availability(busy=tuple(Busy(*each, "busy") for each in spans))


def review(**changes: Any) -> Problem:
    """Noor or Sam for security, Mei for the database with Omar (confirmed until 15:00) and Ines (not) behind her."""
    delegates = (
        Delegate(person="omar", roles=("database",), authority="confirmed", confirmed_by="priya", until=at("15:00")),
        Delegate(person="ines", roles=("database",), authority="unconfirmed"),
    )  # fmt: skip
    everybody = [
        person("noor"),
        person("sam"),
        person("mei", delegates=delegates),
        person("omar"),
        person("ines"),
    ]
    kind = Kind(
        id="release-readiness",
        title="Release-readiness review",
        duration=timedelta(minutes=60),
        notice=timedelta(hours=2),
        horizon=timedelta(hours=10),
        roles={"security": RoleDemand(when_touches=("authentication",)), "database": RoleDemand()},
        rules={"working_hours": Rule(strength="exception", approvers=("release_owner",))},
        offer_count=2,
        confirmed_by=("release_owner",),
        substitutes_approved_by=("release_owner", "release_manager"),
    )
    record = Record(
        id="CHG-1042",
        kind="release-readiness",
        title="Identity 4.2",
        state="approved",
        owner="priya",
        touches=("authentication",),
        evidence=(Evidence(name="load test", ready_by=at("09:30")),),
        cutover=Span(at("20:00"), at("23:00")),
        roles={"security": Named(people=("noor", "sam")), "database": Named(people=("mei",))},
    )
    policy = Policy(
        time_zone="UTC",
        grid=timedelta(minutes=60),
        working_hours=HOURS,
        release_calendar="files",
        kinds={"release-readiness": kind},
    )
    availability = {each.id: Availability() for each in everybody}
    availability["noor"] = busy(span("10:00", "12:00"))
    availability["sam"] = busy(span("11:00", "12:30"))
    availability["mei"] = busy(span("13:00", "17:30"))
    entries = (Entry(type="freeze", name="Year-end freeze", span=Span(at("22:00"), at("10:00", 3))),)
    people = Directory(people={each.id: each for each in everybody})
    problem = Problem(record, kind, policy, people, entries, NOW, availability)
    facts = {key: changes.pop(key) for key in list(changes) if key in Record.model_fields and key != "kind"}
    problem = replace(problem, **changes)
    return replace(problem, record=problem.record.model_copy(update=facts))


def test_the_plan_is_what_the_contract_prints() -> None:
    """Every key, in the contract's form: one start fits by holders, two with Omar, the evening needs leave."""
    noor, sam = {"person": "noor", "as": "holder"}, {"person": "sam", "as": "holder"}
    mei, omar, ines = (
        {"person": "mei", "as": "holder"},
        {"person": "omar", "as": "delegate"},
        {"person": "ines", "as": "delegate"},
    )
    late = {"rule": "working_hours", "approvers": ["release_owner"]}
    leave = {"rule": "substitution", "role": "database", "person": "ines"}
    both = {**leave, "approvers": ["release_owner", "release_manager"]}
    nobody_for_security = {
        "role": "security",
        "people": [{"person": "noor", "rules": ["busy"]}, {"person": "sam", "rules": ["busy"]}],
    }
    expired = {"role": "database", "people": [{"person": "mei", "rules": ["busy"]}]}
    evening = [
        {
            "role": "security",
            "people": [{"person": name, "rules": ["working_hours"]} for name in ("noor", "sam")],
        },
        {"role": "database", "people": [{"person": "mei", "rules": ["busy", "working_hours"]}]},
    ]

    plan = plan_object(search(review()))

    assert plan == {
        "record": "CHG-1042",
        "kind": "release-readiness",
        "now": "2026-12-01T08:00:00Z",
        "outcome": "viable",
        "missing_facts": [],
        "missing_roles": [],
        "window": {
            "opens": "2026-12-01T10:00:00Z",
            "opens_by": "notice",
            "closes": "2026-12-01T18:00:00Z",
            "closes_by": "horizon",
        },
        "duration_minutes": 60,
        "grid_minutes": 60,
        "roles": [
            {
                "role": "security",
                "people": [
                    {**noor, "authority": "confirmed"},
                    {**sam, "authority": "confirmed"},
                ],
            },
            {
                "role": "database",
                "people": [
                    {**mei, "authority": "confirmed"},
                    {**omar, "authority": "confirmed"},
                    {**ines, "authority": "unconfirmed"},
                ],
            },
        ],
        "counts": {"starts": 8, "feasible": 4, "rejected": 4, "options": 3, "asks": 1},
        "feasible": [f"2026-12-01T{hour}:00:00Z" for hour in (10, 12, 13, 14)],
        "offers": [
            {
                "start": "2026-12-01T10:00:00Z",
                "end": "2026-12-01T11:00:00Z",
                "delegates": 0,
                "preferences_broken": 0,
                "assignment": {"security": sam, "database": mei},
            },
            {
                "start": "2026-12-01T12:00:00Z",
                "end": "2026-12-01T13:00:00Z",
                "delegates": 0,
                "preferences_broken": 0,
                "assignment": {"security": noor, "database": mei},
            },
        ],
        "rejected": [
            {"from": "2026-12-01T11:00:00Z", "to": "2026-12-01T11:00:00Z", "reasons": [nobody_for_security]},
            {"from": "2026-12-01T15:00:00Z", "to": "2026-12-01T16:00:00Z", "reasons": [expired]},
            {"from": "2026-12-01T17:00:00Z", "to": "2026-12-01T17:00:00Z", "reasons": evening},
        ],
        "options": [
            {
                "start": f"2026-12-01T{hour}:00:00Z",
                "end": f"2026-12-01T{hour + 1}:00:00Z",
                "needs": needs,
                "assignment": {"security": noor, "database": who},
            }
            for hour, who, needs in (
                (15, omar, [{**both, "person": "omar"}]),
                (16, omar, [{**both, "person": "omar"}]),
                (
                    17,
                    omar,
                    [
                        {**late, "role": "security", "person": "noor"},
                        {**late, "role": "database", "person": "omar"},
                        {**both, "person": "omar"},
                    ],
                ),
            )
        ],
        "asks": [
            {
                "start": "2026-12-01T11:00:00Z",
                "end": "2026-12-01T12:00:00Z",
                "person": "noor",
                "role": "security",
                "rules": ["busy"],
            }
        ],
        "warnings": [{"rule": "freeze", "name": "Year-end freeze"}],
    }


def test_the_bytes_are_compact_and_sorted_with_one_newline() -> None:
    """Programs compare them: nothing in them depends on the machine."""
    found = search(review(title="Jahresende ❄"))
    printed = plan_bytes(found)

    assert printed == printed.strip() + b"\n"
    assert json.loads(printed) == plan_object(found)
    assert printed.startswith(b'{"asks":[{"end":"2026-12-01T12:00:00Z","person":"noor","role":"security"')


def test_exit_codes_say_whether_there_is_a_slot() -> None:
    """0 when something fits; 3 when it needs leave, when nothing helps, and when nothing could be searched."""
    kind = review().kind
    freeze = (Entry(type="freeze", span=Span(at("00:00"), at("00:00", 9))),)

    assert exit_code(search(review())) == 0
    for problem, outcome in (
        (review(entries=freeze), "none"),
        (review(touches=None), "incomplete"),
        (review(kind=kind.model_copy(update={"horizon": timedelta(hours=2)})), "no_window"),
        (review(availability={}), "none"),
    ):
        found = search(problem)
        assert (found.outcome, exit_code(found)) == (outcome, 3)


def test_without_approvers_of_substitutes_nobody_unconfirmed_is_in_an_option() -> None:
    """Where nobody may approve a substitute, there is nothing to ask for."""
    kind = review().kind.model_copy(update={"substitutes_approved_by": None})

    assert search(review(kind=kind)).options == ()


def test_options_that_cost_the_same_name_each_the_rule_that_its_own_start_breaks() -> None:
    """The same person at the same price: at noon for their lunch, in the evening for their hours."""
    lunch = Window(hours=Weekly(days=tuple((day, (WallRange(start=720, end=780),)) for day in DAYS)))
    always = Weekly(days=tuple((day, (WallRange(start=0, end=1440),)) for day in DAYS))
    people = (person("noor", protected=(lunch,)), person("mei").model_copy(update={"working_hours": always}))
    leave = Rule(strength="exception", approvers=("release_owner",))
    found = search(
        review(
            people=Directory(people={each.id: each for each in people}),
            kind=review().kind.model_copy(update={"rules": {"working_hours": leave, "protected": leave}}),
            availability={each.id: Availability() for each in people},
            roles={"security": Named(people=("noor",)), "database": Named(people=("mei",))},
        )
    )

    told = {each.start: [need.rule for need in each.needs] for each in found.options}
    assert told == {at("12:00"): ["protected"], at("17:00"): ["working_hours"]}


def test_a_fact_that_is_missing_stops_the_search_and_is_asked_for() -> None:
    """Whether authentication is touched decides who must sit: it is never assumed."""
    found = search(review(touches=None))

    assert plan_text(found) == (
        "Release-readiness review · CHG-1042 Identity 4.2\n"
        "CHG-1042 does not say whether it touches authentication, and that decides if a security must sit. "
        "Add *touches* to the record (an empty list is an answer), then run this again.\n"
    )
    assert found.at(at("12:00")).reasons == (MissingReason(("touches",), ()),)
    assert found.fits(at("12:00"), {}) == (MissingReason(("touches",), ()),)


def test_the_text_for_people_says_what_is_so_and_why() -> None:
    """Window and its bounds, who, offers, leave and whose, asks, what is ruled out by role, and the warning."""
    found_and_asked, ruled_out = plan_text(search(review())).split("Why the other")

    assert found_and_asked == (
        "Release-readiness review · CHG-1042 Identity 4.2\n"
        "Between Tue 1 Dec 10:00 (the notice that the policy asks for) and Tue 1 Dec 18:00 (how far the policy looks "
        "ahead), UTC time\n"
        "  security: Noor or Sam\n"
        "  database: Mei, Omar (delegate) or Ines (delegate, authority not confirmed)\n"
        "\n"
        "4 of 8 starts fit everybody.\n"
        "\n"
        "1 · Tue 1 Dec 10:00 – 11:00  Sam and Mei\n"
        "2 · Tue 1 Dec 12:00 – 13:00  Noor and Mei\n"
        "\n"
        "With somebody's agreement:\n"
        "  Tue 1 Dec 15:00 – 16:00  Omar sits in as database without confirmed authority (release owner or release "
        "manager decide)\n"
        "  Tue 1 Dec 16:00 – 17:00  Omar sits in as database without confirmed authority (release owner or release "
        "manager decide)\n"
        "  Tue 1 Dec 17:00 – 18:00  Noor (security): outside working hours (release owner decides); Omar (database): "
        "outside working hours (release owner decides); Omar sits in as database without confirmed authority (release "
        "owner or release manager decide)\n"
        "\n"
        "Only one calendar stands against it:\n"
        "  Tue 1 Dec 11:00 – 12:00  ask Noor (security): busy\n"
        "\n"
    )
    assert ruled_out == (
        " times do not fit (from the first start to the last):\n"
        "  Tue 1 Dec (4 starts fit)\n"
        "    11:00: both securitys are busy, and nobody else may sit\n"
        "    15:00 to 16:00: the database is busy, and nobody else may sit\n"
        "  Every other start that does not fit lies outside the working hours of somebody who must come.\n"
        "\n"
        "Careful: the cutover itself meets a freeze (Year-end freeze).\n"
    )


def test_a_missing_person_of_a_role_is_said_by_name() -> None:
    """People and rotas that people.yaml lacks stop the search, and the sentence says which."""
    stranger = search(review(roles={"security": Named(people=("zoe",)), "database": Named(rota="nights")}))

    assert stranger.missing_roles == ("security", "database")
    assert "names zoe as security, whom people.yaml does not know" in plan_text(stranger)
    assert "names the rota nights as database, and people.yaml has no such rota" in plan_text(stranger)


def test_at_confirmation_notice_no_longer_binds_but_the_evidence_does() -> None:
    """The slot was offered with notice; now only the evidence, the present and the end of the window count."""
    people = {"security": "sam", "database": "mei"}

    def against(start: str, now: str) -> tuple[object, ...]:
        return search(review(now=at(now))).fits(at(start), people)

    assert against("10:00", "09:59") == ()
    assert against("10:00", "10:00") == ()
    assert against("10:00", "10:01") == (WindowReason("now", at("10:01")),)
    assert against("09:15", "08:00") == (WindowReason("evidence:load test", at("09:30")),)
    assert search(review(now=at("09:59"))).fits(at("10:00"), people, ignore_notice=False) == (
        WindowReason("notice", at("11:59")),
    )
    late = review(evidence=(Evidence(name="load test", valid_until=at("12:30")),))
    assert search(late).fits(at("12:00"), {**people, "security": "noor"}) == (
        WindowReason("evidence:load test", at("12:30")),
    )


def test_at_confirmation_everything_that_changed_is_said() -> None:
    """A calendar, an authority that lapsed, somebody no longer named, a seat left empty, a person sitting twice."""
    found = search(review())
    frozen = search(review(entries=(Entry(type="freeze", name="Now", span=span("12:30", "20:00")),)))

    assert found.fits(at("13:00"), {"security": "noor", "database": "mei"}) == (
        RoleReason("database", (PersonReason("mei", ("busy",)),)),
    )
    assert found.fits(at("14:00"), {"security": "noor", "database": "omar"}) == ()
    assert found.fits(at("15:00"), {"security": "noor", "database": "omar"}) == (
        RoleReason("database", (PersonReason("omar", ("unconfirmed",)),)),
    )
    assert found.fits(at("17:00"), {"security": "omar", "database": "omar"}) == (
        RoleReason("security", (PersonReason("omar", ("working_hours", "not_eligible")),)),
        RoleReason("database", (PersonReason("omar", ("working_hours", "unconfirmed")),)),
        DistinctReason(("security", "database")),
    )
    assert found.fits(at("12:00"), {"security": "noor"}) == (RoleReason("database", ()),)
    assert frozen.fits(at("12:00"), {"security": "noor", "database": "mei"}) == (MeetingReason("freeze", "Now"),)


def test_a_hand_over_inside_the_meeting_is_nobodys_shift() -> None:
    """Whoever is on call for a part of it cannot sit, unless they are a confirmed delegate of who is there throughout."""
    shifts = (
        Shift(person="noor", span=span("00:00", "12:30")),
        Shift(person="sam", span=span("12:30", "23:00")),
        Shift(person="mei", span=span("14:00", "14:30")),
    )
    problem = review(roles={"security": Named(rota="primary")}, touches=("authentication",))
    kind = problem.kind.model_copy(update={"roles": {"security": RoleDemand()}})
    sam = person("sam", delegates=(
        Delegate(person="mei", roles=("security",), authority="confirmed", confirmed_by="priya"),
    ))  # fmt: skip
    people = problem.people.model_copy(
        update={
            "people": {**problem.people.people, "sam": sam},
            "rotas": {"primary": Rota(id="primary", shifts=shifts)},
        }
    )
    found = search(replace(problem, kind=kind, people=people, availability={n: busy() for n in problem.availability}))

    assert found.at(at("12:00")).reasons == (
        RoleReason("security", (PersonReason("noor", ("off_call",)), PersonReason("sam", ("off_call",)))),
    )
    assert found.fits(at("14:00"), {"security": "mei"}) == ()
    assert found.at(at("13:00")).feasible


def test_delegates_stand_in_the_order_of_those_on_shift_then() -> None:
    """Whoever had the first shift of the file is not first for ever, and their delegate neither (decision 11)."""
    shifts = (
        Shift(person="noor", span=span("00:00", "11:00")),
        Shift(person="sam", span=span("11:00", "23:00")),
        Shift(person="noor", span=span("13:00", "23:00")),
    )
    behind = {"noor": "omar", "sam": "ines"}
    standing_in = {
        name: person(name, delegates=(Delegate(person=other, roles=("security",), authority="confirmed"),))
        for name, other in behind.items()
    }
    problem = review(roles={"security": Named(rota="primary")}, touches=("authentication",))
    kind = problem.kind.model_copy(update={"roles": {"security": RoleDemand()}})
    rotas = {"primary": Rota(id="primary", shifts=shifts)}
    people = problem.people.model_copy(update={"people": {**problem.people.people, **standing_in}, "rotas": rotas})
    taken = busy(span("13:00", "16:00"))
    away = {"noor": taken, "sam": taken, "omar": busy(), "ines": busy()}
    found = search(replace(problem, kind=kind, people=people, availability=away))

    seated = found.at(at("14:00")).assignment

    assert seated is not None and seated["security"].person == "ines"


def test_a_name_that_stands_twice_in_the_calendar_stands_where_the_start_meets_it() -> None:
    def reasons_of(*entries: tuple[str, str, str]) -> list[tuple[str, str, list[str]]]:
        frozen = tuple(Entry(type="freeze", name=name, span=span(*hours)) for name, *hours in entries)
        everybody = {name: Availability() for name in ("noor", "sam", "mei", "omar", "ines")}
        found = plan_object(search(review(entries=frozen, availability=everybody)))["rejected"]
        return [(row["from"][11:13], row["to"][11:13], [each["name"] for each in row["reasons"]]) for row in found[:3]]

    apart = reasons_of(("A", "10:00", "11:00"), ("B", "10:00", "13:00"), ("A", "12:00", "13:00"))
    assert apart == [("10", "10", ["A", "B"]), ("11", "11", ["B"]), ("12", "12", ["B", "A"])]
    taking_over = reasons_of(("A", "10:00", "11:00"), ("B", "12:00", "13:00"), ("A", "11:00", "14:00"))
    assert taking_over == [("10", "11", ["A"]), ("12", "12", ["B", "A"]), ("13", "13", ["A"])]


def test_warnings_stand_in_the_order_of_the_entries_that_meet_the_cutover() -> None:
    def booked(name: str, first: str, last: str) -> Entry:
        return Entry(type="booked", name=name, span=span(first, last), binds=("cutovers",))

    entries = (booked("C", "08:00", "09:00"), booked("B", "20:00", "21:00"), booked("C", "21:00", "22:00"))
    found = plan_object(search(review(entries=entries)))
    assert found["warnings"] == [{"rule": "booked", "name": "B"}, {"rule": "booked", "name": "C"}]


def test_an_end_that_is_exact_is_still_inside() -> None:
    """A meeting may end with the window, begin with it, and touch what comes before and after."""
    exact = review(evidence=(Evidence(name="e", ready_by=at("12:00"), valid_until=at("13:00")),))

    assert search(exact).feasible == (at("12:00"),)
