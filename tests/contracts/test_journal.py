"""What every journal owes the flows: the stored one and the one in memory sign it, and live the same lives."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given, settings

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.concern import concern_of
from bot.core.refusals import Refusal, refuse
from bot.core.span import Span
from bot.ports import Claim, Desk, Done, Journal
from bot.store import Store
from bot.store.journal import StoredJournal, rows
from bot.store.values import ClaimTaken
from tests.core.test_meeting import BEGIN, CREW, TTL, Life, chosen, command, requested, searched, slot, steps
from tests.inner_world import HandClock
from tests.memory_journal import MemoryJournal

ID = "CHG-1"


class Ground(Protocol):
    """A journal, its clock, and what it owes."""

    clock: HandClock
    journal: Journal

    def owed(self) -> set[tuple[Any, ...]]: ...


class InMemory:
    def __init__(self) -> None:
        self.clock = HandClock(BEGIN)
        self.journal = MemoryJournal(self.clock)

    def owed(self) -> set[tuple[Any, ...]]:
        return {(i.key, i.kind, i.lane, i.due_at, tuple(sorted(i.payload.items()))) for i in self.journal.open.values()}


class Stored:
    def __init__(self, folder: Path) -> None:
        self.clock = HandClock(BEGIN)
        self.store = Store(f"sqlite:///{folder}/journal.db", rows)
        self.store.migrate()
        self.journal = StoredJournal(self.store, self.clock)

    def owed(self) -> set[tuple[Any, ...]]:
        return {(i.key, i.kind, i.lane, i.due_at, tuple(sorted(i.payload.items()))) for i in self.store.due(open=True)}


@pytest.fixture(params=["in memory", "stored"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    if request.param == "in memory":
        yield InMemory()
        return
    stored = Stored(tmp_path)
    yield stored
    stored.store.close()


def does(ground: Ground, asked: c.Command, meeting: str = ID) -> Done | Refusal:
    return ground.journal.decide(meeting, lambda m, _: d.decide(m, asked, ground.clock.now()))


def held(ground: Ground, meeting: str = ID) -> None:
    for each in (requested(), c.FinishSearch(searched=searched(1)), chosen("lee", 0, ground.clock.now())):
        assert isinstance(does(ground, each, meeting), Done)
    does(ground, c.FinishPlacing(set=1, placed=(f.PlacedKey(key="k", event_id="e"),)), meeting)


def test_a_journal_knows_nothing_at_first(ground: Ground) -> None:
    assert ground.journal.meeting(ID) is None
    assert ground.journal.history(ID) == ()
    assert ground.journal.meetings() == ()
    assert ground.journal.kept("0") is None
    assert ground.journal.words("0") is None
    assert ground.journal.claims(slot(0).span, ID) == ()


def test_what_is_decided_is_told_and_remembered(ground: Ground) -> None:
    done = does(ground, requested())

    assert isinstance(done, Done)
    assert [fact.tag for fact in done.facts] == ["review.requested", "search.started"]
    assert ground.journal.meeting(ID) == done.meeting
    assert [(e.version, e.at, e.fact) for e in ground.journal.history(ID)] == [
        (1, BEGIN, done.facts[0]), (2, BEGIN, done.facts[1]),
    ]  # fmt: skip
    assert ground.journal.meetings() == (done.meeting,)


def test_a_refusal_leaves_everything_as_it_was(ground: Ground) -> None:
    does(ground, requested())
    before = ground.journal.meeting(ID), ground.owed()

    refused = ground.journal.decide(ID, lambda m, _: refuse("no", "Nothing changed."))

    assert isinstance(refused, Refusal)
    assert (ground.journal.meeting(ID), ground.owed()) == before


def test_what_is_so_already_is_done_without_a_fact(ground: Ground) -> None:
    does(ground, requested())

    done = does(ground, c.FinishSearch(searched=searched(9)))

    assert isinstance(done, Done)
    assert (done.facts, len(ground.journal.history(ID))) == ((), 2)


def test_meetings_are_told_by_id(ground: Ground) -> None:
    for meeting in ("CHG-3", "CHG-1", "CHG-2"):
        does(ground, requested(), meeting)

    assert [m.id for m in ground.journal.meetings()] == ["CHG-1", "CHG-2", "CHG-3"]


def test_documents_are_kept_under_their_digest_and_once(ground: Ground) -> None:
    digests: list[str] = []

    def choice(_: object, desk: Desk) -> d.Facts | Refusal:
        digests.extend(desk.keep(document) for document in ('{"a": 1}', '{"a": 1}', {"b": [2, 3]}))
        return d.decide(None, requested(), BEGIN)

    ground.journal.decide(ID, choice)

    assert digests[0] == digests[1] != digests[2]
    assert [ground.journal.kept(digest) for digest in digests] == ['{"a": 1}', '{"a": 1}', {"b": [2, 3]}]


def test_the_same_words_twice_have_two_digests(ground: Ground) -> None:
    """They are salted: erased words cannot be guessed."""
    digests: list[str] = []

    def choice(_: object, desk: Desk) -> d.Facts | Refusal:
        digests.extend(desk.keep_words("Too late for Noor.") for _ in range(2))
        return d.decide(None, requested(), BEGIN)

    ground.journal.decide(ID, choice)

    assert digests[0] != digests[1]
    assert {ground.journal.words(digest) for digest in digests} == {"Too late for Noor."}


def test_whom_a_meeting_holds_the_others_are_told(ground: Ground) -> None:
    held(ground)
    span = slot(0).span
    touching = Span(span.end, span.end + timedelta(hours=1))

    assert ground.journal.claims(span, "CHG-2") == tuple(Claim(p, ID, span) for p in CREW)
    assert ground.journal.claims(span, ID) == ()
    assert ground.journal.claims(touching, "CHG-2") == ()


def test_inside_a_decision_the_same_is_told_of_some_people(ground: Ground) -> None:
    held(ground)
    seen: list[Any] = []

    def choice(_: object, desk: Desk) -> d.Facts | Refusal:
        seen.append(list(desk.clashes(["mei", "noor", "dana"], slot(0).span, "CHG-2")))
        seen.append(list(desk.clashes(["mei"], slot(0).span, ID)))
        return refuse("no", "Nothing changed.")

    ground.journal.decide("CHG-2", choice)

    assert seen == [[Claim("dana", ID, slot(0).span), Claim("mei", ID, slot(0).span)], []]


def test_facts_that_hold_a_person_twice_are_not_written(ground: Ground) -> None:
    """The last wall, for a decision that forgot to look."""
    held(ground)
    does(ground, requested(), "CHG-2")
    does(ground, c.FinishSearch(searched=searched(1)), "CHG-2")
    before = ground.journal.meeting("CHG-2"), ground.owed()

    with pytest.raises(ClaimTaken):
        does(ground, chosen("dana", 0, ground.clock.now()), "CHG-2")

    assert (ground.journal.meeting("CHG-2"), ground.owed()) == before


def test_what_facts_owe_is_owed_with_them_and_once(ground: Ground) -> None:
    held(ground)
    kinds = sorted(kind for _, kind, *_ in ground.owed())
    does(ground, c.Extend(by="lee", ttl=TTL))

    assert kinds == ["announce"] * 4 + ["expire", "place", "remind", "remind", "search"]
    assert sorted(kind for _, kind, *_ in ground.owed()).count("expire") == 2


def test_figures_are_counted_from_all_meetings(ground: Ground) -> None:
    held(ground)
    does(ground, requested(), "CHG-2")
    told = ground.journal.figures()

    assert (told.asked, told.viable, told.confirmed, told.slots_held) == (2, 1, 0, 1)


def test_figures_follow_what_happens_after_they_were_told(ground: Ground) -> None:
    does(ground, requested())
    before = ground.journal.figures()
    does(ground, c.FinishSearch(searched=searched(1)))
    does(ground, requested(), "CHG-2")
    told = ground.journal.figures()

    assert (before.asked, before.viable) == (1, 0)
    assert (told.asked, told.viable) == (2, 1)


def test_figures_read_again_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Stored(tmp_path)
    does(stored, requested())
    does(stored, requested(), "CHG-2")
    stored.journal.figures()
    does(stored, c.FinishSearch(searched=searched(1)))
    read: list[str] = []
    facts = stored.store.facts
    monkeypatch.setattr(stored.store, "facts", lambda stream: read.append(stream) or facts(stream))
    told = [stored.journal.figures(), stored.journal.figures()]
    stored.store.close()

    assert (read, told[0].viable, told[1]) == ([ID], 1, told[0])


def test_the_chain_holds(ground: Ground) -> None:
    held(ground)

    assert (ground.journal.verified().entries, ground.journal.verified().ok) == (5, True)


def test_whose_time_is_kept_is_told_until_it_is_over(ground: Ground) -> None:
    """A held slot engages its meeting until it ends, and no longer; a cancelled meeting keeps nobody."""
    before = ground.journal.engaged(BEGIN)
    held(ground)
    kept = ground.journal.meeting(ID)
    assert kept is not None and kept.slot is not None

    assert before == ()
    assert ground.journal.engaged(BEGIN) == (kept,) == ground.journal.engaged(kept.slot.span.start)
    assert ground.journal.engaged(kept.slot.span.end) == ()


def test_a_meeting_is_found_by_whom_it_names(ground: Ground) -> None:
    """By the whole id of a person; nobody is found by a part of theirs, and what reads as a pattern means itself."""
    held(ground)
    found = ground.journal.concerning("priya")

    assert [c.meeting for c in found] == [ID] == list(ground.journal.live_ids())
    assert found == tuple(concern_of(m) for m in ground.journal.meetings())
    assert [ground.journal.concerning(other) for other in ("pri", "PRIYA", "p%", "_riya", "nobody")] == [()] * 5


def test_the_time_that_is_kept_can_be_chosen_once_more(ground: Ground) -> None:
    """While another is looked for: those who are kept and held for it are claimed once."""
    held(ground)
    sent = f.Confirmed(by="dana", set=1, event_id="e", invite="i1")
    again = (
        c.Approve(by="dana", set=1), c.Confirm(confirmed=sent), c.Clear(set=1), c.Reschedule(by="dana"),
        c.FinishSearch(searched=searched(2)), c.Choose(chosen=chosen("lee", 0, ground.clock.now()).chosen.model_copy(update={"set": 2})),
    )  # fmt: skip
    for each in again:
        assert isinstance(does(ground, each), Done), each
    kept = ground.journal.meeting(ID)
    assert kept is not None and kept.kept is not None and kept.kept.slot == kept.live_holds[0].slot

    claims = ground.journal.claims(kept.kept.slot.span, "another")
    assert {claim.person for claim in claims} == set(kept.kept.slot.people)


def test_what_is_over_is_neither_listed_nor_anybody_s_concern(ground: Ground) -> None:
    """A confirmed meeting until its time has passed, and no longer."""
    held(ground)
    sent = f.Confirmed(by="dana", set=1, event_id="e", invite="i1")
    for each in (c.Approve(by="dana", set=1), c.Confirm(confirmed=sent)):
        assert isinstance(does(ground, each), Done)
    kept = ground.journal.meeting(ID)
    assert kept is not None and kept.state == "confirmed" and kept.slot is not None
    ground.clock.move(kept.slot.span.end - timedelta(seconds=1) - ground.clock.now())

    assert ground.journal.live_ids() == (ID,) == tuple(c.meeting for c in ground.journal.concerning("priya"))
    ground.clock.move(timedelta(seconds=1))
    assert ground.journal.live_ids() == () == ground.journal.concerning("priya")


def test_whom_a_meeting_concerns_is_told_as_of_now(ground: Ground) -> None:
    """Also to somebody who asked before: it waits for people while it is held, and no longer."""
    assert isinstance(does(ground, requested()), Done)
    before = ground.journal.concerning("priya")
    for each in (c.FinishSearch(searched=searched(1)), chosen("lee", 0, ground.clock.now())):
        assert isinstance(does(ground, each), Done)
    chosen_now = ground.journal.concerning("priya")
    kept = ground.journal.meeting(ID)
    assert kept is not None

    assert [c.waits for c in before] == [False]
    assert [c.people for c in chosen_now] == [concern_of(kept).people] != [c.people for c in before]


def test_the_keys_of_holds_that_may_stand_are_told(ground: Ground) -> None:
    """From the moment they are meant: what was placed and never told of is owned too."""
    for each in (requested(), c.FinishSearch(searched=searched(1)), chosen("lee", 0, ground.clock.now())):
        assert isinstance(does(ground, each), Done)
    kept = ground.journal.meeting(ID)
    assert kept is not None

    assert ground.journal.hold_keys() == {p.key for h in kept.holds for p in h.planned} != frozenset()


@given(steps)
@settings(max_examples=20, deadline=None)
def test_both_journals_live_the_same_life(story: list[tuple[str, int, str, int]]) -> None:
    """Every answer, every fact, everything owed: the same after any commands."""
    with tempfile.TemporaryDirectory() as folder:
        stored = Stored(Path(folder))
        try:
            live_alike(InMemory(), stored, story)
        finally:
            stored.store.close()


def live_alike(memory: InMemory, stored: Stored, story: list[tuple[str, int, str, int]]) -> None:
    guide = Life()
    for kind, number, by, pause in [("request", 0, "priya", 0), *story]:
        for clock in (memory.clock, stored.clock):
            clock.move(timedelta(minutes=pause))
        guide.now += timedelta(minutes=pause)
        asked = command(guide, kind, number, by)
        if asked is not None:
            guide.does(asked)
            assert does(memory, asked) == does(stored, asked)
    assert memory.journal.meetings() == stored.journal.meetings() == (guide.meeting,)
    assert memory.journal.history(ID) == stored.journal.history(ID)
    assert memory.journal.figures() == stored.journal.figures()
    assert memory.journal.hold_keys() == stored.journal.hold_keys()
    for moment in (BEGIN, guide.now, guide.now + timedelta(days=3)):
        assert memory.journal.engaged(moment) == stored.journal.engaged(moment)
    for person in CREW:
        assert memory.journal.concerning(person) == stored.journal.concerning(person)
    assert memory.owed() == stored.owed()
