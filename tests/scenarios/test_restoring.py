"""An older copy of the database is put back in mid-flow: it converges with the calendars, and nothing is sent twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.world import World, minutes

HELD = {"dana", "lee", "ravi", "mei", "noor"}


class Office:
    """An operator who copies the running database with the command, and puts copies back as the guide says."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self._copy, self._data = folder / "backup.db", folder / "data" / "readiness.db"

    def backs_up(self) -> None:
        assert main(["backup", str(self._copy)]) == 0

    def restores(self, look: bool = True) -> None:
        """Stop, put the file in its place, delete what stood beside it, start."""
        self.world.stage.bot = None
        self.world.bot.stop()
        shutil.copy(self._copy, self._data)
        for beside in ("readiness.db-wal", "readiness.db-shm"):
            (self._data.parent / beside).unlink(missing_ok=True)
        self.world.bot = self.world._begin()
        self.world.settled()
        self._lines_of_the_lost_days()
        if look:
            self.world.passes(minutes(16))  # one round of the sweep, and one look at what is held

    def _lines_of_the_lost_days(self) -> None:
        """They stay in Slack. Entries are numbered anew from the copy on, so their lines may come under the same keys."""
        for message in self.world._everything():
            payload = (message.get("metadata") or {}).get("event_payload")
            if payload and self.world.bot.store.post(payload["key"]) is None:
                payload["key"] = f"before the restore: {payload['key']}"


@pytest.fixture
def office(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'readiness.db'}")
    return Office(world, tmp_path)


def test_holds_from_after_the_copy_are_taken_off(office: Office, world: World) -> None:
    review = world.reviews()
    office.backs_up()
    world.holds()
    assert world.held() == HELD

    office.restores()

    assert world.held() == set()
    assert review.state == "choosing"
    world.holds(by="lee")
    assert (review.state, world.held()) == ("held", HELD)


def test_holds_that_are_gone_since_the_copy_are_said_to_be_missing(office: Office, world: World) -> None:
    """The restored ledger believes in a hold that somebody let go of: it ends, and the thread says so."""
    review = world.reviews()
    world.holds()
    office.backs_up()
    world.lets_go()
    assert world.held() == set()

    office.restores()

    assert review.state == "choosing"
    assert review.meeting.holds[0].ended == "lost"
    assert review.said("is gone from all calendars")
    assert world.held() == set()
    world.holds(by="lee", offer=2)
    assert (review.state, world.held()) == ("held", HELD)


def test_what_was_confirmed_since_the_copy_is_told_and_nobody_is_invited_twice(office: Office, world: World) -> None:
    """The copy knows the hold, the calendars have the invite: it is looked up, and people are told that it is real."""
    review = world.reviews()
    world.holds()
    office.backs_up()
    world.approves()
    assert world.invites == sorted(HELD)

    office.restores()

    assert review.meeting.holds[0].ended == "lost"
    assert review.said("An invite for this slot stands on the organiser's calendar")
    assert not review.said("took the hold")
    world.holds(by="lee")  # the same slot: everybody is busy there, with that very invite
    assert review.state != "confirmed"
    assert world.invites == sorted(HELD)


def test_an_approval_right_after_the_restore_finds_the_invite_that_went_out(office: Office, world: World) -> None:
    """Before anybody has looked at the calendars: still no second invite, and nothing that was never held is sent."""
    review = world.reviews()
    world.holds()
    office.backs_up()
    world.approves()
    office.restores(look=False)

    world.approves()

    assert world.invites == sorted(HELD)
    assert [len(world.meetings_of(name)) for name in sorted(HELD)] == [1] * len(HELD)
    assert review.tags.count("meeting.confirmed") <= 1
