"""kill -9 at chosen moments of the main path, then a restart: the story ends as if nothing had happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.calendar_book import BookEvent
from tests.processes.installation import HELD, RECORD, Installation, Stage, soon

LONG = 30.0  # the process is dead long before a request that hangs ends
ORGANISER = "releases@example.com"
Happened = Callable[[Installation], object]
Fault = Mapping[str, Any]


def at_once(_: Installation) -> bool:
    return True


def under_way(installation: Installation) -> bool:
    """The request is there and gets no answer."""
    return not installation.sandbox.faults.shown()


@dataclass(frozen=True)
class Moment:
    """When the knife falls: while people wait for what `act` brings, once it is so that `reached`."""

    name: str
    act: str  # asks | holds | approves
    reached: Happened
    fault: Fault = field(default_factory=dict)


def _hangs(service: str, operation: str, match: str = "") -> Fault:
    """Nothing is done, and nobody is told."""
    return {"service": service, "operation": operation, "match": match, "kind": "hang", "seconds": LONG}


def _unanswered(service: str, operation: str, match: str = "") -> Fault:
    """It is done, and nobody is told."""
    return {**_hangs(service, operation, match), "kind": "late"}


def _held_on(count: int, *names: str) -> Happened:
    """So many holds stand, those of `names` among them, and a request is under way."""
    return lambda i: under_way(i) and len(i.held()) >= count and i.held() >= set(names)


def _lifted(installation: Installation) -> bool:
    return under_way(installation) and any(e.show_as == "free" for e in installation.holds_on_calendars())


def _said(key: str) -> Happened:
    return lambda i: under_way(i) and any(k.startswith(key) for k in i.counted())


def _partly_gone(installation: Installation) -> bool:
    return under_way(installation) and 0 < len(installation.held()) < len(HELD)


# A hold that arrives late: the bot is long dead, and its next process may be at work already.
STRAGGLER = {"service": "google", "operation": "events.insert", "match": "dana@", "kind": "slow", "seconds": 1.5}

MOMENTS = (
    Moment("the command was acknowledged", "asks", at_once),
    Moment("the search reads free-busy", "asks", under_way, _hangs("google", "freeBusy.query")),
    Moment("the card is being posted", "asks", under_way, _hangs("slack", "chat.postMessage", "card:")),
    Moment("the card stands, its answer is lost", "asks", _said("card:"), _unanswered("slack", "chat.postMessage", "card:")),
    Moment("some holds stand, one is on its way", "holds", _held_on(3), STRAGGLER),
    Moment("Microsoft has a hold, its answer is lost", "holds", _held_on(1, "mei"),
           _unanswered("microsoft", "events.create", "mei@")),
    Moment("Google has a hold, its answer is lost", "holds", _held_on(1, "dana"),
           _unanswered("google", "events.insert", "dana@")),
    Moment("all is held, the thread does not say so", "holds", _held_on(5), _hangs("slack", "chat.postMessage", "line:")),
    Moment("a confirmer was told, the answer is lost", "holds", _said("direct:"),
           _unanswered("slack", "chat.postMessage", "direct:")),
    Moment("Google's holds are lifted for the re-check", "approves", _lifted, _hangs("google", "freeBusy.query")),
    Moment("the invite went out, its answer is lost", "approves", lambda i: under_way(i) and i.book.mails,
           _unanswered("google", "events.insert", ORGANISER)),
    Moment("some holds are gone, one is being let go", "approves", _partly_gone, _hangs("google", "events.delete")),
)  # fmt: skip


@dataclass
class Ending:
    """What is left of a story that nobody disturbed."""

    texts: list[str]
    keys: Counter[str]
    tags: list[str]


@pytest.fixture
def installation(stage: Stage, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(stage, tmp_path, forks=True)
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def undisturbed(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    installation = Installation(stage, tmp_path_factory.mktemp("undisturbed"), forks=True)
    try:
        installation.starts()
        _goes_on(installation, "asks", "holds", "approves")
        assert installation.ends() == 0
        return _ending(installation)
    finally:
        installation.close()


def _ending(installation: Installation) -> Ending:
    texts = sorted(installation.plain(m) for m in installation.written())
    return Ending(texts, installation.counted(), [fact.tag for fact in installation.store.facts(RECORD)])


def _goes_on(installation: Installation, *acts: str) -> None:
    for act in acts:
        getattr(installation, act)()
        installation.settled()
        _owned_or_gone(installation)


def _dies_at(installation: Installation, moment: Moment) -> None:
    if moment.fault:
        installation.sandbox.faults.add(**moment.fault)
    getattr(installation, moment.act)()
    soon(lambda: moment.reached(installation), what=moment.name)
    installation.dies()
    installation.sandbox.faults.clear()


def _owned_or_gone(installation: Installation) -> None:
    """Each hold on a calendar is one that the bot knows to stand, and it keeps its place; and the other way round."""
    standing = [h for h in installation.store.holds() if h.state != "gone"]
    there = [(e.calendar, e.id) for e in installation.holds_on_calendars()]
    assert sorted(there) == sorted((h.calendar, str(h.event_id)) for h in standing)
    assert {e.show_as for e in installation.holds_on_calendars()} <= {"tentative"}
    assert {h.state for h in standing} <= {"placed"}


def _ended_well(installation: Installation) -> None:
    assert installation.state == "confirmed"
    assert installation.invites() == [("request", name) for name in sorted(HELD)]
    assert installation.invitations() == Counter([*HELD, ORGANISER.split("@")[0]])
    assert installation.held() == set()
    assert installation.store.due(open=True, before=installation.sandbox.clock.now()) == []
    assert installation.store.verify().ok
    assert installation.store.projections_differ() == []
    assert [(i.key, i.last_error) for i in installation.store.due(state="failed")] == []
    assert "Traceback" not in installation.said("stderr")


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
def test_a_killed_bot_goes_on_where_it_was(installation: Installation, undisturbed: Ending, moment: Moment) -> None:
    """Every hold is live and owned or gone from every calendar; one invite; each line once and none missing; the chain
    verified; nothing left to do."""
    acts = ["asks", "holds", "approves"]
    until = acts.index(moment.act)
    installation.starts()
    _goes_on(installation, *acts[:until])

    _dies_at(installation, moment)
    installation.starts()
    installation.settled()

    _owned_or_gone(installation)
    _goes_on(installation, *acts[until + 1 :])
    _ended_well(installation)
    ending = _ending(installation)
    assert ending.keys == undisturbed.keys
    assert ending.tags == undisturbed.tags
    assert ending.texts == undisturbed.texts


def test_a_lifted_hold_is_put_back_when_the_slot_is_no_longer_good(installation: Installation) -> None:
    """Killed between lifting and reading, and somebody fills the slot meanwhile: nothing is sent, and every hold keeps
    its place again."""
    [moment] = [m for m in MOMENTS if m.reached is _lifted]
    installation.starts()
    _goes_on(installation, "asks", "holds")

    _dies_at(installation, moment)
    meeting = _interview(installation, "lee@example.com")
    installation.starts()
    installation.settled()

    assert (installation.state, installation.invites(), installation.held()) == ("held", [], HELD)
    _owned_or_gone(installation)
    assert any("Nothing was sent" in installation.plain(m) for m in installation.thread())
    installation.book.remove(meeting.calendar, meeting.id)
    _goes_on(installation, "approves")
    _ended_well(installation)


def _interview(installation: Installation, calendar: str) -> BookEvent:
    [hold] = [e for e in installation.holds_on_calendars() if e.calendar == calendar]
    start = hold.start + timedelta(minutes=15)
    return installation.book.put(
        BookEvent("interview", calendar, start, start + timedelta(minutes=30), title="Interview", organizer=calendar)
    )
