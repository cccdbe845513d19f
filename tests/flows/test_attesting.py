"""Somebody states when another is free: who may, of whom, and what the search, the hold and the approval make of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.authority import Asker, Standing
from bot.core.facts import Attested
from bot.core.meeting import Meeting
from bot.core.people import CalendarRef
from bot.core.refusals import Refusal
from bot.core.span import Span
from bot.flows.attesting import Attesting
from bot.flows.rights import Rights
from bot.ports import Done
from tests.inner_world import InnerWorld
from tests.presses_office import BEGIN, office

MAIL = "her mail of today"


class Scene:
    """CHG-1, whose reviewer Nora has a calendar that nobody can read."""

    def __init__(self, provider: str = "none") -> None:
        self.world = world = InnerWorld(office(1, away=False), BEGIN)
        world.person("nora", calendars=(CalendarRef(provider=provider, id="nora"),))  # type: ignore[arg-type]  # one of them
        rights = Rights(world.outside, world.journal, world.searching, world.clock.now, world.again)
        self.attesting = Attesting(rights)
        world.reviews("CHG-1", "olga")

    @property
    def meeting(self) -> Meeting:
        return self.world.meeting("CHG-1")

    @property
    def offers(self) -> list[Span]:
        assert self.meeting.search is not None
        return [offer.span for offer in self.meeting.search.offers]

    def states(self, windows: str, by: str | Asker = "olga", of: str = "nora", source: str = MAIL) -> Done | Refusal:
        asker = self.world.asker(by) if isinstance(by, str) else by
        return self.world.does_and_settles(self.attesting.attest(asker, "CHG-1", of, windows, source))

    def holds(self) -> None:
        assert self.meeting.search is not None
        outcome = self.world.holding.hold(self.world.asker("olga"), "CHG-1", self.meeting.searches, 0)
        assert isinstance(self.world.does_and_settles(outcome), Done)

    def approves(self) -> None:
        approved = self.world.confirming.approve(self.world.asker("olga"), "CHG-1", None)
        assert isinstance(self.world.does_and_settles(approved), Done)


def between(start: float, end: float) -> Span:
    return Span(BEGIN + timedelta(hours=start - 8), BEGIN + timedelta(hours=end - 8))


def test_without_a_word_a_calendar_that_nobody_can_read_leaves_no_time() -> None:
    assert Scene().offers == []


def test_inside_the_stated_times_there_is_room_and_outside_there_is_none() -> None:
    scene = Scene()

    done = scene.states("Mon 13:00-15:30")

    assert isinstance(done, Done)
    assert scene.offers == [between(13, 14), between(14, 15)]
    [attested] = [f for f in done.facts if isinstance(f, Attested)]
    assert (attested.by, attested.person, attested.windows) == ("olga", "nora", (between(13, 15.5),))
    assert scene.world.journal.words(attested.source) == MAIL


def test_the_newest_word_replaces_the_one_before_and_no_times_take_it_back() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.states("Mon 10:00-11:00", by="sven")
    assert scene.offers == [between(10, 11)]
    assert [a.by for a in scene.meeting.attestations] == ["sven"]

    assert isinstance(scene.states(" ", by="mara", source="she withdrew it"), Done)

    assert (scene.offers, scene.meeting.attestations) == ([], ())
    refusal = scene.states("")
    assert isinstance(refusal, Refusal)
    assert "not_attested" in refusal.codes


@pytest.mark.parametrize("by", ["olga", "mara", "sven", "nora", "lena"])
def test_the_owner_the_deciders_the_attendees_and_the_escalation_team_may_state_it(by: str) -> None:
    assert isinstance(Scene().states("Mon 13:00-15:00", by=by), Done)


@pytest.mark.parametrize("by", ["una", "anna", "dale", "guest", "stranger", "bot", "deactivated", "unknown"])
def test_nobody_else_may(by: str) -> None:
    scene = Scene()
    outside: dict[str, Standing] = {w: w for w in ("guest", "stranger", "bot", "deactivated")}  # type: ignore[misc]  # each is its own name
    before = scene.meeting.version

    refusal = scene.states("Mon 13:00-15:00", by=scene.world.asker(by, outside.get(by, "member")))

    assert isinstance(refusal, Refusal)
    assert (scene.meeting.version, scene.offers) == (before, [])


@pytest.mark.parametrize(
    ("of", "windows", "source", "code"),
    [
        ("sven", "Mon 13:00-15:00", MAIL, "readable"),
        ("una", "Mon 13:00-15:00", MAIL, "readable"),
        ("nobody", "Mon 13:00-15:00", MAIL, "unknown"),
        ("nora", "Mon 13:00-15:00", "  ", "empty"),
        ("nora", "whenever", MAIL, "no_window"),
        ("sven", "", MAIL, "not_attested"),
    ],
)
def test_what_cannot_be_stated_says_why_and_keeps_nothing(of: str, windows: str, source: str, code: str) -> None:
    """A calendar that can be read is not spoken over."""
    scene = Scene()
    before = scene.meeting.version

    refusal = scene.states(windows, of=of, source=source)

    assert isinstance(refusal, Refusal)
    assert code in refusal.codes
    assert "Nothing" in refusal.words
    assert scene.meeting.version == before


def test_a_calendar_that_can_be_read_again_counts_more_than_any_word() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.world.person("nora", calendars=(CalendarRef(provider="microsoft", id="nora@example.com"),))
    scene.world.makes_busy("nora", BEGIN + timedelta(hours=5), 60)
    scene.world.asking.look_again(scene.world.asker("olga"), "CHG-1")
    scene.world.settle()

    assert between(13, 14) not in scene.offers
    assert between(10, 11) in scene.offers or between(9, 10) in scene.offers


def test_what_was_stated_is_held_approved_and_sent_and_nothing_is_on_that_calendar() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.holds()
    assert [p for p, _ in scene.meeting.hold.not_held] == ["nora"]  # type: ignore[union-attr]  # it is held

    scene.approves()

    assert scene.meeting.state == "confirmed"


def test_a_confirmed_review_that_rests_on_a_word_is_not_disturbed_by_what_nobody_can_read() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.holds()
    scene.approves()

    scene.world.passes(timedelta(hours=1))

    assert scene.meeting.disturbed == ()


def test_what_is_taken_back_while_the_slot_is_held_stops_the_approval() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.holds()
    assert isinstance(scene.states("", source="she cannot after all"), Done)

    scene.approves()

    assert scene.meeting.state == "held"
    assert scene.world.book.mails == []
    assert scene.meeting.last_changes


def test_a_word_is_for_one_meeting_and_for_one_round_of_it() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.world.reviews("CHG-2", "olga")
    other = scene.world.meeting("CHG-2").search
    assert other is not None
    assert other.offers == ()

    scene.world.asking.cancel(scene.world.asker("olga"), "CHG-1")
    scene.world.settle()
    scene.world.reviews("CHG-1", "olga")

    assert (scene.offers, scene.meeting.attestations) == ([], ())


def test_nothing_is_stated_of_a_review_that_is_over() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")
    scene.holds()
    scene.approves()

    refusal = scene.states("Mon 13:00-16:00")

    assert isinstance(refusal, Refusal)
    assert "confirmed" in refusal.codes


def test_the_search_can_be_done_again_from_what_was_kept() -> None:
    scene = Scene()
    scene.states("Mon 13:00-15:00")

    assert scene.meeting.search is not None
    assert scene.world.searching.replay(scene.meeting.search) is True
