"""What is known of the connections: from what was read anyway, never from asking, and never more than was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.connections import Connections, no_invites
from bot.core.words import when
from bot.engine import Health
from bot.slack.messages.connections import Connection
from bot.workspace import WorkspaceFolder
from integrations.sandbox.sandbox import WORKSPACE
from tests.inner_world import InnerWorld
from tests.workspace_edits import copied, edit

GOOD = Health(executor="e", running=0, waiting=0, oldest=None, failed=0)


@pytest.fixture
def world() -> InnerWorld:
    return InnerWorld.of_sandbox()


def told(
    world: InnerWorld, health: Health = GOOD, folder: WorkspaceFolder | None = None, sends: str | None = None
) -> dict[str, Connection]:
    found = Connections(lambda: health, folder or WorkspaceFolder(WORKSPACE), world.outside, sends)()
    return {connection.name: connection for connection in found}


def test_a_provider_that_nobody_has_asked_yet_is_not_called_well(world: InnerWorld) -> None:
    google = told(world)["Google's calendars"]

    assert (google.trouble, google.seen_at) == (None, None)


def test_a_provider_is_as_it_was_when_it_was_read_last(world: InnerWorld) -> None:
    began = world.now
    world.reviews("CHG-1042", "priya")
    world.clock.move(timedelta(hours=1))

    assert told(world)["Google's calendars"] == Connection("Google's calendars", None, began)


def test_a_provider_that_failed_is_in_trouble_since_it_was_read_and_was_well_before(world: InnerWorld) -> None:
    began = world.now
    world.reviews("CHG-1042", "priya")
    world.clock.move(timedelta(hours=1))
    world.microsoft.down = True
    world.reviews("CHG-1046", "priya")
    microsoft = told(world)["Microsoft's calendars"]
    asked = world.outside.readings["microsoft"].asked

    assert microsoft.trouble == f"none of {asked} could be read {when(world.now)}. All were read {when(began)}."
    assert microsoft.seen_at == world.now
    assert told(world)["Google's calendars"].trouble is None


def test_one_calendar_that_told_nothing_is_counted(world: InnerWorld) -> None:
    world.google.unreadable.add(world.calendar("dana"))
    world.reviews("CHG-1042", "priya")
    asked = world.outside.readings["google"].asked

    assert told(world)["Google's calendars"].trouble == f"1 of {asked} could not be read {when(world.now)}."
    assert asked > 1


def test_looking_asks_nobody(world: InnerWorld) -> None:
    """Nothing is read that was not read before, and the time at which it was read does not move."""
    world.reviews("CHG-1042", "priya")
    before = dict(world.outside.readings)
    for calendar in (world.google, world.microsoft, world.files):
        calendar.free_busy = None  # type: ignore[assignment, method-assign] # whoever asks now breaks
    world.clock.move(timedelta(hours=1))

    told(world)

    assert world.outside.readings == before


def test_a_provider_that_is_not_configured_is_said_to_be_missing(world: InnerWorld) -> None:
    del world.outside.calendars["microsoft"]  # type: ignore[attr-defined] # a dict here

    assert (
        told(world)["Microsoft's calendars"].trouble == "not connected here, so nobody who has one is known to be free."
    )


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"failed": 1}, "work", "One thing was given up and waits for an operator: `readiness-bot effects list` says what."),
        ({"failed": 4}, "work", "4 things were given up and wait for an operator: `readiness-bot effects list` says what."),
        ({"unswept": 61.0}, "what is due", "nothing that is due has been looked for in the last minute. `/readyz` says why."),
        ({"database": "It is read-only."}, "the database", "it cannot be written, so nothing that is pressed is done. `/readyz` says why."),
    ],
)  # fmt: skip
def test_the_engine_says_what_is_wrong_with_itself(
    world: InnerWorld, changes: dict[str, object], name: str, words: str
) -> None:
    health = Health(**{**GOOD.__dict__, **changes})

    assert told(world, health)[name].trouble == words
    assert {c.trouble for c in told(world, health).values()} == {None, words}


def test_a_broken_edit_names_the_files_and_since_when_and_not_what_stands_in_them(
    world: InnerWorld, tmp_path: Path
) -> None:
    root = copied(tmp_path)
    began = datetime(2026, 12, 1, 9, tzinfo=UTC)
    folder = WorkspaceFolder(root, lambda: began)
    folder.current()
    edit(root, "people.yaml", "members: [dana, priya]", "members: [dana, nobody]")
    folder.current()

    assert told(world, folder=folder)["the workspace's files"].trouble == (
        f"the last edit cannot be read since {when(began)} (people.yaml); what stood there before counts. "
        "`readiness-bot check` says why."
    )


def test_that_no_invite_can_go_out_is_said(world: InnerWorld) -> None:
    assert no_invites(shadow=False, organiser=True) is None
    for shadow, words in ((True, "I run in shadow mode"), (False, "no organiser is set")):
        said = no_invites(shadow, organiser=False)
        assert said is not None and words in said
        assert told(world, sends=said)["invites"].trouble == said
