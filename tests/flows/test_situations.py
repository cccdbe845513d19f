"""Over two hundred labelled situations: each goes up to people when its label says so, holds nothing meanwhile, and does not
go up when it should not. The labels are data: situations/*.yaml."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from bot.core import facts as f
from bot.core.meeting import Escalation, claimed
from bot.slack.announcer import lines
from bot.slack.reviewing import Reviewing
from bot.slack.text import unmarked
from tests.flows.situation import Scene, Situation, moment, situations
from tests.slack.printed import told

SEARCHED = [s for group in ("people", "hours", "window", "readout") for s in situations(group)]
STORIES = situations("stories")
LADDERS = situations("ladders")
UP = [s for s in SEARCHED if s.outcome not in ("viable", "refused")]
TEAM = {"review": "release_leads", "readout": "support_leadership"}


def names(some: list[Situation]) -> list[str]:
    return [s.name for s in some]


def played(situation: Situation) -> Scene:
    scene = Scene(situation)
    scene.plays()
    return scene


def test_there_are_over_two_hundred_and_each_has_its_own_name() -> None:
    """A label means something only beside its opposite: those that go up and those that must not are both many."""
    every = [*SEARCHED, *STORIES, *LADDERS]
    outcomes = Counter(s.outcome for s in SEARCHED)

    assert len(every) >= 200
    assert len(set(names(every))) == len(every)
    assert min(outcomes[o] for o in ("viable", "none", "needs_exception", "incomplete", "no_window")) >= 20


# What a search finds


@pytest.mark.parametrize("situation", SEARCHED, ids=names(SEARCHED))
def test_a_search_goes_up_exactly_when_policy_gives_no_answer(situation: Situation) -> None:
    """Owner, team, deadline and options with it; nothing is held, nobody is claimed; and times that fit trouble nobody."""
    scene = played(situation)

    assert scene.world.holds() == []
    assert scene.world.invitations.live == ()
    if situation.outcome == "refused":
        assert scene.refused is not None and "Nothing changed." in scene.refused.words
        assert not scene.exists
        return
    assert scene.meeting.search is not None, scene.meeting.stopped
    assert scene.meeting.search.outcome == situation.outcome
    assert claimed(scene.meeting) == ()
    assert sorted(scene.meeting.search.unreadable) == sorted(situation.expect.get("unreadable", []))
    if situation.outcome == "viable":
        assert_that_nobody_is_troubled(scene)
    else:
        assert_that_it_went_up(scene, scene.meeting.search)


def assert_that_nobody_is_troubled(scene: Scene) -> None:
    assert scene.meeting.state == "choosing"
    assert scene.meeting.search is not None and scene.meeting.search.offers
    scene.passes("2h")
    assert scene.meeting.escalations == ()
    assert scene.world.pager.pages == [] and scene.world.mailer.mails == []


def assert_that_it_went_up(scene: Scene, found: f.Searched) -> None:
    situation = scene.situation
    assert scene.meeting.state == "blocked"
    assert scene.raised == ["search"]
    escalation = scene.meeting.escalations[0]
    assert escalation.to == TEAM[situation.about]
    assert (found.closes is None) == (situation.outcome == "incomplete")
    assert escalation.deadline == deadline(scene, found)
    assert bool(found.options) == (situation.outcome == "needs_exception")
    assert bool(found.asks) == (situation.expect.get("asks") == "yes")
    assert {need.rule for option in found.options[:1] for need in option.needs} == set(
        situation.expect.get("needs", [])
    )
    assert [*found.missing_facts, *found.missing_roles] == situation.expect.get("missing", [])
    assert scene.meeting.request.owner == scene.owner


def deadline(scene: Scene, found: f.Searched) -> datetime:
    """When the window closes. Where it is not known yet, what the record says of it already is on its label."""
    known = {"review": "Wed 12:00", "readout": "Wed 18:00"}[scene.situation.about]
    return found.closes or moment(scene.situation.expect.get("deadline", known))


@pytest.mark.parametrize("situation", UP, ids=names(UP))
def test_whoever_reads_it_sees_owner_deadline_and_options(situation: Situation) -> None:
    """In words, in the thread: what blocks, whose record it is, until when an answer helps, and what would make room."""
    scene = played(situation)
    found = scene.meeting.search
    assert found is not None
    said = thread(scene)

    owner = scene.people.people[scene.owner].name.split()[0]
    assert f"{owner} owns the record." in said
    assert f"{owner} (record owner)" in said
    assert "Nothing is held." in said
    assert "S0LEADS" in said or "S0SUPPORT" in said
    escalation = scene.meeting.escalations[0]
    for need in {need.rule for option in found.options[:1] for need in option.needs}:
        assert _NEEDS[need] in said
    for ask in found.asks[:4]:
        assert f"Only {scene.people.people[ask.person].name}" in said
    if escalation.deadline is not None:
        assert_that_the_deadline_is_said(scene, escalation, said)
    if situation.outcome == "none" and not found.asks:
        assert "the people must change" in said


_NEEDS = {
    "working_hours": "working hours", "protected": "protected", "substitution": "authority", "coverage": "coverage",
    "freeze": "freeze",
}  # fmt: skip


def assert_that_the_deadline_is_said(scene: Scene, escalation: Escalation, said: str) -> None:
    assert escalation.deadline is not None
    passed = escalation.deadline <= scene.world.now
    words = "The window closed" if passed else "The window closes"
    local = escalation.deadline.astimezone(moment("Mon 00:00").tzinfo)
    assert f"{words} {local:%a} {local.day} {local:%b %H:%M}" in said


def thread(scene: Scene) -> str:
    """All that the thread says, as a reader in New York sees it."""
    world = scene.world
    reviewing = Reviewing(
        world.journal, world.office, world.searching, world.confirming, None, world.clock, frozenset(),  # type: ignore[arg-type]  # nothing is posted
        ("pager", "mail"),
    )  # fmt: skip
    entries = world.journal.history(scene.situation.record)
    views = [(reviewing.view(scene.situation.record, until=e.version), e) for e in entries]
    return "\n".join(unmarked(told(message)) for view, entry in views if view for message in lines(view, entry))


# How it climbs


@pytest.mark.parametrize("situation", UP[:: max(1, len(UP) // 40)], ids=names(UP[:: max(1, len(UP) // 40)]))
def test_nobody_answers(situation: Situation) -> None:
    """The team at once, then the pager, then e-mail, each once and then no more; the nearer the end, the sooner."""
    scene = played(situation)

    assert scene.meeting.escalations[0].rungs == ("team",)
    scene.passes("31m")
    assert "pager" in scene.meeting.escalations[0].rungs
    scene.passes("30m")
    scene.passes("7d")

    assert scene.meeting.escalations[0].rungs == ("team", "pager", "mail")
    climbed = [fact for fact in scene.facts if isinstance(fact, f.EscalationClimbed)]
    assert [fact.rung for fact in climbed] == ["team", "pager", "mail"]
    assert all(set(fact.asked) == set(scene.people.teams[TEAM[situation.about]].members) for fact in climbed)
    assert len(scene.world.pager.pages) == len(scene.world.mailer.mails) == 1
    assert scene.raised == ["search"]
    assert scene.world.holds() == []


@pytest.mark.parametrize("situation", LADDERS, ids=names(LADDERS))
def test_the_ladder(situation: Situation) -> None:
    """When each rung is climbed, told in the organisation's time; a rung that is not named is not climbed."""
    scene = played(situation)
    scene.passes(situation.expect.get("until", "Fri+1 17:00"))

    history = scene.world.journal.history(situation.record)
    seen: dict[str, str] = {}
    for entry in history:
        if isinstance(entry.fact, f.EscalationClimbed):
            where = f"{entry.fact.rung} {entry.fact.escalation}" if entry.fact.escalation > 1 else entry.fact.rung
            assert where not in seen, f"{where} was climbed twice"
            seen[where] = entry.at.astimezone(moment("Mon 00:00").tzinfo).strftime("%a %H:%M")
    assert seen == situation.expect["rungs"]
    assert len(scene.world.pager.pages) == sum(name.startswith("pager") for name in seen)
    assert len(scene.world.mailer.mails) == sum(name.startswith("mail") for name in seen)
    incidents = list(scene.world.pager.incidents.values())
    assert incidents == situation.expect.get("incidents", ["triggered"] * len(scene.world.pager.pages))
    said = thread(scene)
    for words in situation.expect.get("says", []):
        assert words in said


# What comes later


@pytest.mark.parametrize("situation", STORIES, ids=names(STORIES))
def test_a_story_goes_up_exactly_when_its_label_says_so(situation: Situation) -> None:
    """A hold that could not be placed, an approval that was stopped, an answer that did not come; and all that ends well."""
    scene = played(situation)
    expect, meeting = situation.expect, scene.meeting

    assert meeting.state == expect["state"]
    assert scene.raised == expect.get("raised", [])
    assert [e.sort for e in scene.open] == expect.get("open", expect.get("raised", []))
    assert len(scene.world.holds()) == int(expect.get("holds", "0"))
    assert len(scene.world.invitations.live) == (1 if meeting.state == "confirmed" else 0)
    assert bool(claimed(meeting)) == (meeting.state in ("held", "confirmed"))
    assert (scene.refused.codes[0] if scene.refused else "") == expect.get("refused", "")
    for escalation in meeting.escalations:
        assert escalation.to == TEAM[situation.about]
        assert meeting.search is not None or escalation.deadline is None
    said = thread(scene)
    for words in expect.get("says", []):
        assert words in said
