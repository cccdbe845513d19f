"""Who may do what: the table of the design, each act against each sort of person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.authority import Act, Asker, Decider, Standing, decider_of, involved, may, spoken_deciders
from bot.core.people import Directory, Person, Rota, Shift, Team, Weekly
from bot.core.policy import Kind, RoleDemand
from bot.core.record import Named, Record
from bot.core.span import Span

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
NAMES = ("owner", "manager", "service", "early", "late", "lead", "chosen", "auditor", "outsider")
PEOPLE = Directory(
    people={n: Person(id=n, name=n.title(), time_zone="Etc/UTC", working_hours=Weekly()) for n in NAMES},
    teams={"leads": Team(id="leads", members=("lead",))},
    rotas={
        "primary": Rota(
            id="primary",
            shifts=(
                Shift(person="early", span=Span(NOW - timedelta(hours=8), NOW)),
                Shift(person="late", span=Span(NOW, NOW + timedelta(hours=8))),
            ),
        )
    },
)
KIND = Kind(
    id="review", title="Review", duration=timedelta(minutes=45), notice=timedelta(), horizon=timedelta(days=7),
    roles={"release_manager": RoleDemand(), "service_owner": RoleDemand(), "on_call": RoleDemand()},
    confirmed_by=("release_owner", "release_manager"), escalation_to="leads",
)  # fmt: skip
RECORD = Record(
    id="CHG-1", kind="review", title="A change", state="approved", owner="owner", deciders={"auditors": ("auditor",)},
    roles={
        "release_manager": Named(people=("manager",)), "service_owner": Named(people=("service",)),
        "on_call": Named(rota="primary"),
    },
)  # fmt: skip

EVERYBODY = set(NAMES)
INVOLVED = {"owner", "manager", "service", "late", "lead", "chosen", "auditor"}
TABLE: dict[Act, set[str]] = {
    "ask": EVERYBODY,
    "read": EVERYBODY,
    "hold": INVOLVED,
    "extend": INVOLVED,
    "let_go": INVOLVED,
    "note": INVOLVED,
    "look_again": INVOLVED,
    "cancel": INVOLVED,
    "reject": {"owner", "manager"},
    "approve_and_send": {"owner", "manager"},
    "holds_release": {"lead"},
}


def asker(person: str | None, standing: Standing = "member") -> Asker:
    return Asker(slack="U1", person=person, standing=standing)


@pytest.mark.parametrize("act", sorted(TABLE))
@pytest.mark.parametrize("person", NAMES)
def test_an_act_is_for_those_of_its_row_alone(act: Act, person: str) -> None:
    refusal = may(act, asker(person), RECORD, KIND, PEOPLE, NOW, attendees=("chosen",))

    assert (refusal is None) == (person in TABLE[act])
    if refusal is not None:
        assert refusal.codes == ("not_yours",)


@pytest.mark.parametrize("act", sorted(TABLE))
@pytest.mark.parametrize("standing", ["guest", "stranger", "bot", "deactivated"])
def test_who_is_no_member_may_nothing_even_as_the_owner(act: Act, standing: Standing) -> None:
    refusal = may(act, asker("owner", standing), RECORD, KIND, PEOPLE, NOW)

    assert refusal is not None
    assert refusal.codes == (standing,)


@pytest.mark.parametrize("act", sorted(TABLE))
def test_who_is_in_no_file_may_nothing_and_learns_what_to_do(act: Act) -> None:
    refusal = may(act, asker(None), RECORD, KIND, PEOPLE, NOW)

    assert refusal is not None
    assert refusal.codes == ("unknown",)
    assert "U1" in refusal.words


def test_without_a_record_nobody_decides() -> None:
    for act in ("hold", "approve_and_send", "reject", "cancel", "holds_release"):
        assert may(act, asker("owner"), None, None, PEOPLE, NOW) is not None  # type: ignore[arg-type]  # they are acts


def test_on_call_means_who_is_on_call_now() -> None:
    """At the minute of the hand-over it is the one who comes."""
    before = NOW - timedelta(minutes=1)

    assert decider_of(("on_call",), RECORD, PEOPLE, before) == (Decider(person="early", capacity="on_call"),)
    assert decider_of(("on_call",), RECORD, PEOPLE, NOW) == (Decider(person="late", capacity="on_call"),)
    assert decider_of(("on_call",), RECORD, PEOPLE, NOW + timedelta(hours=8)) == ()


def test_a_person_behind_several_names_stands_once_in_the_first() -> None:
    both = RECORD.model_copy(update={"owner": "manager"})

    assert decider_of(KIND.confirmed_by, both, PEOPLE, NOW) == (Decider(person="manager", capacity="release_owner"),)


def test_a_name_that_nobody_stands_behind_gives_nobody() -> None:
    assert decider_of(("nobody_here",), RECORD, PEOPLE, NOW) == ()


def test_the_records_own_deciders_go_before_a_team_of_that_name() -> None:
    record = RECORD.model_copy(update={"deciders": {"leads": ("auditor",)}})

    assert decider_of(("leads",), record, PEOPLE, NOW) == (Decider(person="auditor", capacity="leads"),)


def test_everybody_involved_is_named_once() -> None:
    people = [d.person for d in involved(RECORD, KIND, PEOPLE, NOW, ("chosen", "owner"))]

    assert len(people) == len(set(people))
    assert set(people) == INVOLVED


def test_deciders_are_spoken_with_what_they_decide_as() -> None:
    found = decider_of(KIND.confirmed_by, RECORD, PEOPLE, NOW)

    assert spoken_deciders(found) == "{person:owner} (release owner) or {person:manager} (release manager)"


def test_a_refused_approval_names_the_deciders() -> None:
    refusal = may("approve_and_send", asker("service"), RECORD, KIND, PEOPLE, NOW)

    assert refusal is not None
    assert "{person:owner} (release owner) or {person:manager} (release manager)" in refusal.words
