"""ServiceNow keeps the rules of closing, over HTTP to a stand-in that keeps the Table API's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.closing_plan import Milestone, SourcePlace
from bot.ports import Conflict, Denied, Gone
from integrations.trackers.servicenow import (
    ServiceNowChecklists,
    ServiceNowLinks,
    ServiceNowQueues,
    ServiceNowSource,
    ServiceNowTrackers,
)
from tests.contracts.closing_contract import (
    OURS,
    RELEASE,
    REVIEW,
    THEIRS,
    TICK,
    ChecklistContract,
    Deed,
    Line,
    LineContract,
    LinksContract,
    QueueContract,
    order,
)
from tests.contracts.closing_grounds import ServiceNowGround, servicenow_ground

CHANGE, TASK = "change_request/CHG0031042", "change_task/CTASK0010022"


def none() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def _ground() -> Iterator[ServiceNowGround]:
    yield from servicenow_ground()


@pytest.fixture
def ground(_ground: ServiceNowGround) -> ServiceNowGround:
    _ground.faults.clear()
    _ground.there.clear()
    _ground.there.change(
        "change_request", "CHG0031042", work_notes=f"{THEIRS.name} {THEIRS.url} SHA-256 {THEIRS.sha256}"
    )
    return _ground


@pytest.fixture
def line(ground: ServiceNowGround) -> Line:
    return ground.as_line()


def touched(ground: ServiceNowGround, table: str, number: str) -> None:
    ground.there.change(table, number, work_notes="Meanwhile.")


class TestServiceNowChecklists(ChecklistContract, LineContract):
    @pytest.fixture
    def deed(self, ground: ServiceNowGround) -> Deed:
        here = ServiceNowChecklists(ground.table, none)
        return Deed(
            read=lambda: here.read(CHANGE), do=lambda o: here.close(CHANGE, o, (TICK,)), settled=lambda f: f.closed,
            standing=ground.there.state, touch=lambda: touched(ground, "change_task", "CTASK0010021"),
            nowhere=lambda: here.read("change_request/CHG0099999"),
        )  # fmt: skip


class TestServiceNowLinks(LinksContract, LineContract):
    @pytest.fixture
    def deed(self, ground: ServiceNowGround) -> Deed:
        here = ServiceNowLinks(ground.table, none)
        return Deed(
            read=lambda: here.read(CHANGE), do=lambda o: here.attach(CHANGE, o, OURS), settled=lambda f: set(OURS) <= set(f.links),
            standing=ground.there.state, touch=lambda: touched(ground, "change_request", "CHG0031042"),
            nowhere=lambda: here.read("change_request/CHG0099999"),
        )  # fmt: skip

    def test_links_of_others_stay(self, deed: Deed) -> None:
        """ServiceNow shows the newest note first."""
        assert deed.read().links == (THEIRS,)

        deed.do(order(deed.read().version))

        assert deed.read().links == (*OURS, THEIRS)


class TestServiceNowQueues(QueueContract, LineContract):
    @pytest.fixture
    def deed(self, ground: ServiceNowGround) -> Deed:
        here = ServiceNowQueues(ground.table, none)
        return Deed(
            read=lambda: here.read(TASK), do=lambda o: here.clear(TASK, o), settled=lambda f: not f.present,
            standing=ground.there.state, touch=lambda: touched(ground, "change_task", "CTASK0010022"),
            nowhere=lambda: here.read("change_task/CTASK0099999"),
        )  # fmt: skip

    def test_it_says_which_release_it_is_about(self, deed: Deed) -> None:
        found = deed.read()

        assert (found.release, found.review) == (RELEASE, REVIEW)


# -- what only ServiceNow has


def source(record: str = "CHG0031042", **fields: str) -> SourcePlace:
    return SourcePlace(system="servicenow", record=record, fields=fields)


def test_the_source_is_a_change_and_tells_where_people_find_it(ground: ServiceNowGround) -> None:
    found = ServiceNowSource(ground.table).read(source())

    assert (found.state, found.release, found.review, found.evidence) == ("accepted", RELEASE, REVIEW, "ab" * 32)
    assert found.milestone == Milestone(title="Identity 4.2", id="12")
    assert found.url is not None
    assert "change_request.do%3Fsys_id%3D" in found.url


def test_what_is_empty_or_hidden_is_not_stated(ground: ServiceNowGround) -> None:
    found = ServiceNowSource(ground.table).read(source("CHG0031050", evidence="u_nothing"))

    assert (found.state, found.release, found.review, found.milestone, found.evidence) == (
        "requested",
        None,
        None,
        None,
        None,
    )


def test_the_policy_names_the_columns(ground: ServiceNowGround) -> None:
    assert ServiceNowSource(ground.table).read(source(release="short_description")).release == "Identity 4.2"


def test_a_record_that_access_rules_hide_is_gone(ground: ServiceNowGround) -> None:
    ground.there.unseen.add("CHG0031042")

    with pytest.raises(Gone, match="or does not let us see it"):
        ServiceNowSource(ground.table).read(source())


def test_the_state_of_a_change_is_only_read(ground: ServiceNowGround) -> None:
    here, before = ServiceNowTrackers(ground.table, none), ground.there.state()
    read = here.read(CHANGE)
    assert (read.state, read.review, read.milestone) == ("accepted", REVIEW, Milestone(title="Identity 4.2", id="12"))

    here.approve(CHANGE, order(read.version), "accepted")
    with pytest.raises(Denied, match="only read, never written"):
        here.approve(CHANGE, order(read.version), "approved")
    with pytest.raises(Conflict):
        here.approve(CHANGE, order("of long ago"), "approved")

    assert ground.there.state() == before


def test_no_row_of_a_change_is_ever_written_but_its_notes(ground: ServiceNowGround) -> None:
    with pytest.raises(Denied, match="only read, never written"):
        ground.table.write_task(ground.table.at(CHANGE), state="3")


def test_a_task_that_was_closed_otherwise_was_not_fulfilled(ground: ServiceNowGround) -> None:
    ground.there.change("change_task", "CTASK0010021", state="7")

    with pytest.raises(Denied, match="not as complete"):
        ServiceNowChecklists(ground.table, none).read(CHANGE)


def test_an_open_task_that_is_not_named_stays_and_nothing_is_written(ground: ServiceNowGround) -> None:
    here, before = ServiceNowChecklists(ground.table, none), ground.there.state()

    with pytest.raises(Denied, match=TICK):
        here.close(CHANGE, order(here.read(CHANGE).version), ())

    assert ground.there.state() == before


def test_a_change_without_tasks_is_no_checklist(ground: ServiceNowGround) -> None:
    with pytest.raises(Denied, match="no checklist"):
        ServiceNowChecklists(ground.table, none).read("change_request/CHG0031050")


def test_one_task_alone_may_be_the_checklist(ground: ServiceNowGround) -> None:
    here = ServiceNowChecklists(ground.table, none)

    here.close(TASK, order(here.read(TASK).version), ())

    assert here.read(TASK).closed
    assert ground.there.row("change_task", "CTASK0010022")["state"] == "3"


def test_a_user_who_may_not_write_tasks_is_told_what_is_missing(ground: ServiceNowGround) -> None:
    here = ServiceNowQueues(ground.table, none)
    ground.there.unwritable.add("change_task")

    with pytest.raises(Denied, match="to write change tasks"):
        here.clear(TASK, order(here.read(TASK).version))


@pytest.mark.parametrize("at", ["incident/INC1", "change_task/CTASK1^ORnumber=CTASK2", "change_task/../x"])
def test_what_is_no_address_is_never_asked(ground: ServiceNowGround, at: str) -> None:
    ground.there.traffic.clear()

    with pytest.raises(Denied):
        ground.table.at(at)

    assert ground.there.traffic.calls() == []
