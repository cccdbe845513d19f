"""The demo organisation tells the story that its page promises: every record comes out as its first line says."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from bot.core.people import Availability, Busy, BusyStatus
from bot.core.plan import plan_object
from bot.core.search import Problem, search
from bot.core.span import Span
from bot.workspace import Workspace, load
from tests.sandbox_page import weeks

STATUSES: dict[str, BusyStatus] = {
    "busy": "busy",
    "tentative": "tentative",
    "oof": "out_of_office",
    "free": "free",
    "workingElsewhere": "working_elsewhere",
}
ALWAYS = Span(start=datetime.fromisoformat("2026-01-01T00:00Z"), end=datetime.fromisoformat("2028-01-01T00:00Z"))


@cache
def organisation() -> Workspace:
    return load(weeks.ORGANISATION / "workspace")


def file(name: str) -> Any:
    return json.loads((weeks.ORGANISATION / name).read_text("utf-8"))


@cache
def availability() -> dict[str, Availability]:
    """What a bot would be told of each person: spans and how they are shown, or nothing at all."""
    told = file("calendars.json")
    readable = {c["id"] for c in told["calendars"] if c["readable"]}
    known: dict[str, Availability] = {}
    for person in organisation().people.people.values():
        if any(ref.provider == "none" or ref.id not in readable for ref in person.calendars):
            known[person.id] = Availability(unknown=(ALWAYS,))
            continue
        own = {ref.id for ref in person.calendars}
        busy = [
            Busy(datetime.fromisoformat(e["start"]), datetime.fromisoformat(e["end"]), STATUSES[e["show_as"]])
            for e in told["events"]
            if e["calendar"] in own
        ]
        known[person.id] = Availability(busy=tuple(busy))
    return known


@cache
def plan(record_id: str) -> dict[str, Any]:
    workspace = organisation()
    record = workspace.record(record_id)
    problem = Problem(
        record=record,
        kind=workspace.policy.kinds[record.kind],
        policy=workspace.policy,
        people=workspace.people,
        entries=workspace.release_calendar.entries,
        now=datetime.fromisoformat(file("story.json")["now"]),
        availability=availability(),
    )
    return plan_object(search(problem))


def test_the_calendars_are_what_the_script_writes() -> None:
    assert (weeks.ORGANISATION / "calendars.json").read_text("utf-8") == weeks.text()


@pytest.mark.parametrize(
    ("record_id", "outcome"),
    [
        ("CHG-1042", "viable"),
        ("CHG-1043", "incomplete"),
        ("CHG-1044", "incomplete"),
        ("CHG-1045", "incomplete"),
        ("CHG-1046", "viable"),
        ("CHG-1047", "viable"),
        ("CHG-1048", "no_window"),
        ("CHG-1049", "incomplete"),
        ("CHG-1050", "needs_exception"),
        ("CHG-1051", "none"),
        ("CHG-1052", "none"),
        ("CHG-1060", "viable"),
        ("ESC-2207", "viable"),
        ("ESC-2208", "none"),
        ("ESC-2209", "none"),
        ("ESC-2210", "needs_exception"),
        ("ESC-2211", "needs_exception"),
        ("ESC-2212", "needs_exception"),
        ("ESC-2213", "none"),
        ("ESC-2214", "incomplete"),
    ],
)
def test_each_record_comes_out_as_it_should(record_id: str, outcome: str) -> None:
    assert plan(record_id)["outcome"] == outcome


def test_every_record_of_the_demo_has_its_outcome_tested() -> None:
    assert set(organisation().record_ids()) == {
        *(f"CHG-{number}" for number in (*range(1042, 1053), 1060)),
        *(f"ESC-{number}" for number in range(2207, 2215)),
    }


def test_the_worked_story_has_five_starts_and_three_offers_in_the_order_of_the_storyboard() -> None:
    found = plan("CHG-1042")

    assert found["counts"]["starts"] == 190
    assert found["feasible"] == [
        "2026-12-01T15:30:00Z",
        "2026-12-01T15:45:00Z",
        "2026-12-02T14:30:00Z",
        "2026-12-02T14:45:00Z",
        "2026-12-02T19:00:00Z",
    ]
    assert [(o["start"], o["delegates"]) for o in found["offers"]] == [
        ("2026-12-01T15:30:00Z", 0),
        ("2026-12-02T14:30:00Z", 0),
        ("2026-12-02T19:00:00Z", 1),
    ]
    assert found["offers"][2]["assignment"]["database_migration_owner"]["person"] == "omar"


def test_the_worked_story_is_ruled_out_for_many_reasons_and_the_freeze_is_one() -> None:
    reasons = [reason for part in plan("CHG-1042")["rejected"] for reason in part["reasons"]]
    rules = {reason["rule"] for reason in reasons if "rule" in reason}
    personal = {rule for r in reasons if "people" in r for person in r["people"] for rule in person["rules"]}

    assert rules >= {"freeze", "booked"}
    assert personal >= {"busy", "working_hours", "protected"}


def test_where_nothing_is_in_policy_one_agreement_of_sam_would_do() -> None:
    found = plan("CHG-1050")
    first = found["options"][0]

    assert (first["start"], [(n["rule"], n["person"]) for n in first["needs"]]) == (
        "2026-12-09T22:00:00Z",
        [("working_hours", "sam")],
    )
    assert {ask["person"] for ask in found["asks"]} == {"noor", "sam"}


def test_where_no_exception_helps_carlos_is_asked() -> None:
    assert {ask["person"] for ask in plan("CHG-1051")["asks"]} == {"carlos"}


def test_a_calendar_that_cannot_be_read_is_unknown_and_its_owner_can_be_asked() -> None:
    assert {(ask["person"], *ask["rules"]) for ask in plan("CHG-1052")["asks"]} == {("kofi", "unknown")}


def test_missing_facts_and_roles_are_named() -> None:
    assert plan("CHG-1043")["missing_facts"] == ["touches"]
    assert plan("CHG-1044")["missing_facts"] == ["state"]
    assert plan("CHG-1045")["missing_roles"] == ["database_migration_owner"]


def test_the_worked_readout_has_one_start_a_day_and_an_afternoon_that_the_duty_manager_may_open() -> None:
    """Five business days with Thanksgiving between them end on Thursday at 18:00 in Mexico City."""
    found = plan("ESC-2207")
    after_hours = [o for o in found["options"] if o["start"] == "2026-12-03T22:00:00Z"]

    assert found["window"]["closes"] == "2026-12-04T00:00:00Z"
    assert found["window"]["closes_by"] == "deadline"
    assert [(o["start"], o["assignment"]["interpreter"]["person"]) for o in found["offers"]] == [
        ("2026-12-01T17:00:00Z", "memo"),
        ("2026-12-02T17:00:00Z", "lupe"),
        ("2026-12-03T19:00:00Z", "lupe"),
    ]
    assert [o["needs"] for o in after_hours] == [[{"rule": "coverage", "approvers": ["duty_manager"]}]]


def test_each_readout_that_cannot_be_held_goes_up_for_its_own_cause() -> None:
    def first_needs(record: str) -> list[tuple[str, str | None]]:
        return [(need["rule"], need.get("person")) for need in plan(record)["options"][0]["needs"]]

    assert {(ask["person"], ask["role"]) for ask in plan("ESC-2208")["asks"]} == {("nadia", "interpreter")}
    assert (plan("ESC-2209")["counts"]["options"], plan("ESC-2209")["counts"]["asks"]) == (0, 0)
    assert first_needs("ESC-2210") == [("coverage", None)]
    assert first_needs("ESC-2211") == [("protected", "tom")]
    assert first_needs("ESC-2212") == [("substitution", "sofia")]
    assert {(ask["person"], *ask["rules"]) for ask in plan("ESC-2213")["asks"]} == {("rosa", "unknown")}
    assert plan("ESC-2214")["missing_facts"] == ["state"]


def test_an_emergency_change_gets_its_review_the_same_morning() -> None:
    """The expedited kind: a quarter of an hour of notice, and three offers of one day before the cutover at 13:00."""
    found = plan("CHG-1060")

    assert found["window"]["opens_by"] == "notice"
    assert [offer["start"][:10] for offer in found["offers"]] == ["2026-11-30"] * 3


def test_everybody_of_ours_is_somebody_in_slack_and_the_other_way_round_but_for_four() -> None:
    slack = file("slack.json")
    users = {user["id"]: user for user in slack["users"]}
    people = [p for p in organisation().people.people.values() if (p.email or "").endswith("@example.com")]

    assert {p.slack for p in people} <= set(users)
    assert {users[p.slack]["email"] for p in people if p.slack} == {p.email for p in people}
    strangers = set(users) - {p.slack for p in people} - {slack["bot"]["user_id"]}
    assert strangers == {"U0NINA", "U0JESS", "U0ACME", "U0HUGO"}


def test_the_calendars_that_people_name_exist_at_their_provider() -> None:
    there = {(c["provider"], c["id"]) for c in file("calendars.json")["calendars"]}
    named = {(ref.provider, ref.id) for p in organisation().people.people.values() for ref in p.calendars}

    assert named - there == {("none", "ruth"), ("none", "rosa")}


def test_nobody_is_in_two_places_of_their_own_calendar_at_once() -> None:
    ends: dict[str, str] = {}
    for event in file("calendars.json")["events"]:
        assert ends.get(event["calendar"], "") <= event["start"], event
        ends[event["calendar"]] = event["end"]
