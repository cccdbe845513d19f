"""Whose decision it is is asked again where it is written: what happens after the press counts, and no copy is believed long."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

import bot.flows
from bot.core.agreeing import deciders_now
from bot.core.facts import AnyFact, Decided, SearchStarted, SlotEnded
from bot.core.meeting import Meeting
from bot.core.people import Team
from bot.core.record import Named, Record
from bot.core.refusals import Refusal
from bot.flows.asking import Asked
from bot.flows.rights import TRIES
from bot.ports import Choice, Desk, Done, Unreachable
from tests.flows.test_who_may_what import ROWS, Row, Scene, aloud
from tests.inner_world import InnerWorld

A_MINUTE_AND_MORE = timedelta(seconds=61)
ALLOWED = [row for row in ROWS if ":" not in row.outcome]


@contextmanager
def meanwhile(world: InnerWorld, *happens: Callable[[], object]) -> Iterator[list[str]]:
    """Each of these once, in turn, between a press and its transaction. Tells which transactions were tried."""
    whole, left, tried = world.journal.decide, list(happens), list[str]()

    def decide(meeting: str, choice: Choice) -> Done | Refusal:
        tried.append(meeting)
        world.journal.decide = whole  # type: ignore[method-assign] # what happens meanwhile is not disturbed itself
        if left:
            left.pop(0)()
        world.journal.decide = decide  # type: ignore[method-assign] # the next try of this press
        return whole(meeting, choice)

    world.journal.decide = decide  # type: ignore[method-assign] # until the block ends
    yield tried
    world.journal.decide = whole  # type: ignore[method-assign] # as it was


def refused(scene: Scene, who: str, does: str, happens: Callable[[], object]) -> tuple[str, str]:
    """The code and the words of the no that came after the press: it had been allowed, and left nothing on record."""
    after: list[int] = []

    def happening() -> None:
        happens()
        after.append(scene.version)

    with meanwhile(scene.world, happening):
        outcome = scene.does(who, does, settles=False)
    assert after, "it was refused at the press already"
    assert isinstance(outcome, Refusal), outcome
    assert scene.version == after[0]
    return outcome.codes[0], aloud(outcome.words)


def sleeps(scene: Scene) -> None:
    """The process does, for more than a minute: nothing that is owed is done meanwhile."""
    scene.world.clock.move(A_MINUTE_AND_MORE)


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: f"{row.state}: {row.who}: {row.does}")
def test_whoever_slack_deactivates_meanwhile_decides_nothing(row: Row) -> None:
    """Every decision of the table that is allowed: the account is closed after the press, and the process slept."""
    scene = Scene(row.state)
    before = scene.version

    def closed() -> None:
        scene.world.slack_says[f"U0{row.who.upper()}"] = "deactivated"
        sleeps(scene)

    with meanwhile(scene.world, closed):
        outcome = scene.does(row.who, row.does, settles=False)

    assert isinstance(outcome, Refusal)
    assert outcome.codes == ("deactivated",)
    assert scene.version == before


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: f"{row.state}: {row.who}: {row.does}")
def test_what_cannot_be_made_sure_is_not_decided(row: Row) -> None:
    """Each time that it is read anew, it is a minute old again before the transaction: a few times, then a sentence."""
    scene = Scene(row.state)
    before = scene.version

    with meanwhile(scene.world, *[lambda: sleeps(scene)] * 9) as tried:
        outcome = scene.does(row.who, row.does, settles=False)

    assert isinstance(outcome, Refusal)
    assert outcome.codes == ("old_copies",)
    assert len(tried) == TRIES
    assert scene.version == before


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: f"{row.state}: {row.who}: {row.does}")
def test_copies_that_grew_old_are_read_again_and_the_press_counts(row: Row) -> None:
    """The process slept once, and nothing else happened: nobody has to press twice."""
    scene = Scene(row.state)

    with meanwhile(scene.world, lambda: sleeps(scene)) as tried:
        outcome = scene.does(row.who, row.does, settles=False)

    assert isinstance(outcome, Done | Asked), outcome
    assert len(tried) == 2


DECIDING = [row for row in ALLOWED if row.does not in ("ask", "note", "look again")]  # those decide nothing


@pytest.mark.parametrize("row", DECIDING, ids=lambda row: f"{row.state}: {row.who}: {row.does}")
def test_every_decision_names_the_record_by_which_it_was_theirs(row: Row) -> None:
    """The copy that is read at the press, not the one that was searched; where it grows old on the way, the next one."""
    scene = Scene(row.state)
    now = scene.world.office.read(scene.id)

    def another() -> None:
        scene.world.office.records[scene.id] = now.model_copy(update={"revision": "9"})
        sleeps(scene)

    scene.world.office.records[scene.id] = now.model_copy(update={"revision": "8"})
    with meanwhile(scene.world, another):
        outcome = scene.does(row.who, row.does, settles=False)

    assert isinstance(outcome, Done)
    decided = [fact for fact in outcome.facts if isinstance(fact, Decided)]
    assert decided
    assert {(fact.format, fact.revision) for fact in decided} == {(2, "9")}
    assert all(isinstance(fact, Decided | SearchStarted) or fact.by == "bot" for fact in outcome.facts)


def test_what_the_bot_ends_by_itself_was_judged_by_no_record() -> None:
    scene = Scene("held")
    scene.world.passes(timedelta(hours=48))

    [ended] = [fact for fact in scene.world.facts("CHG-1") if isinstance(fact, SlotEnded)]
    assert (ended.by, ended.revision) == ("bot", None)


SEATED = ["hold", "extend", "let go", "note", "look again", "cancel", "substitute", "exception at night", "take it", "reschedule"]  # fmt: skip


@pytest.mark.parametrize("does", SEATED)
def test_whoever_sits_in_the_slot_no_more_has_lost_that_right(does: str) -> None:
    """Dale sits in the held slot for Mara, whose calendar is full: that alone makes it his. It is let go meanwhile."""
    scene = with_dale_seated()

    code, words = refused(scene, "dale", does, lambda: scene.does("olga", "let go", settles=False))

    assert code == "not_yours"
    assert "is for the record's owner, its deciders, the required attendees" in words


@pytest.mark.parametrize("does", SEATED)
def test_whoever_sits_in_the_slot_may(does: str) -> None:
    """So that the law above speaks of what happened meanwhile: undisturbed, it is his."""
    outcome = with_dale_seated().does("dale", does, settles=False)

    assert not isinstance(outcome, Refusal) or "not_yours" not in outcome.codes


def with_dale_seated() -> Scene:
    scene = Scene("choosing")
    world = scene.world
    world.makes_busy("mara", world.now, 60 * 48)
    world.clock.move(A_MINUTE_AND_MORE)
    scene.did("olga look again", "olga hold")
    hold = world.meeting(scene.id).hold
    assert hold is not None
    assert "dale" in hold.slot.people
    return scene


@pytest.mark.parametrize("does", ["approve", "reject"])
def test_a_stand_in_waits_for_the_hold_that_stands_now(does: str) -> None:
    """Dale may decide for Mara once it has waited for her; meanwhile another slot was held, which has just begun to wait."""
    scene = Scene("held, waited")

    code, words = refused(scene, "dale", does, lambda: scene.did("olga let go", "olga hold at the end"))

    assert code == "not_yours"
    assert "Olga (release owner) or Mara (release manager)" in words


def with_another_manager(scene: Scene) -> None:
    now = scene.world.office.read("CHG-1")
    roles = {**now.roles, "release_manager": Named(people=("sven",))}
    scene.world.office.records["CHG-1"] = now.model_copy(update={"roles": roles, "revision": "8"})


@pytest.mark.parametrize("does", ["approve", "reject"])
def test_a_decider_whom_the_record_names_no_more_decides_nothing(does: str) -> None:
    """The copy that named Mara grew old on the way: the record as it is read anew names Sven."""
    scene = Scene("held")

    def renamed() -> None:
        with_another_manager(scene)
        sleeps(scene)

    code, words = refused(scene, "mara", does, renamed)

    assert code == "not_yours"
    assert "Olga (release owner) or Sven (release manager)" in words


def test_a_copy_of_less_than_a_minute_is_believed() -> None:
    """Nothing is read inside the transaction: that is the bargain. Before an invite is sent, the record is read again."""
    scene = Scene("held")

    with meanwhile(scene.world, lambda: with_another_manager(scene)):
        approved = scene.does("mara", "approve")

    assert isinstance(approved, Done)
    assert "approval.stopped" in scene.world.tags("CHG-1")
    assert scene.world.meeting("CHG-1").state == "held"


def test_an_approver_whom_the_files_name_no_more_answers_nothing() -> None:
    """Lena was of the release leads when she pressed."""
    scene = Scene("hours asked")
    office = scene.world.office

    def left() -> None:
        teams = {**office.people.teams, "release_leads": Team(id="release_leads", members=("anna",))}
        office.people = office.people.model_copy(update={"teams": teams})
        sleeps(scene)

    code, _ = refused(scene, "lena", "agree", left)

    assert code == "not_yours"


def test_what_a_customers_people_say_is_told_by_those_who_confirm_now() -> None:
    """It was put to those who confirmed then. Somebody's own word stays theirs, whoever confirms."""
    scene = Scene("Zoe asked")
    meeting, people = scene.world.meeting("CHG-4"), scene.world.office.people
    record, kind = scene.world.office.read("CHG-4"), scene.world.searching.kind_of(meeting)
    [asked] = meeting.agreements
    put_to_confirmers = asked.points[0].model_copy(update={"deciders": ("otto", "mara")})
    through_us = meeting.model_copy(update={"agreements": (asked.model_copy(update={"points": (put_to_confirmers,)}),)})
    renamed = record.model_copy(update={"roles": {**record.roles, "release_manager": Named(people=("sven",))}})

    assert deciders_now(meeting, asked.number, 0, renamed, kind, people, scene.world.now) == (None, ())
    assert deciders_now(through_us, asked.number, 0, record, kind, people, scene.world.now)[0] == ("otto", "mara")
    assert deciders_now(through_us, asked.number, 0, renamed, kind, people, scene.world.now)[0] == ("otto", "sven")


def test_nobody_approves_what_has_become_their_own_request() -> None:
    """Whose request it is is asked of the meeting as it stands in the transaction."""
    scene = Scene("hours asked")
    whole = scene.world.journal.decide

    def as_if_lenas(meeting: str, choice: Choice) -> Done | Refusal:
        def chosen(m: Meeting | None, desk: Desk) -> tuple[AnyFact, ...] | Refusal:
            assert m is not None
            hers = tuple(a.model_copy(update={"by": "lena"}) for a in m.agreements)
            return choice(m.model_copy(update={"agreements": hers}), desk)

        return whole(meeting, chosen)

    scene.world.journal.decide = as_if_lenas  # type: ignore[method-assign] # the meeting changed since the press
    outcome = scene.does("lena", "agree", settles=False)

    assert isinstance(outcome, Refusal)
    assert outcome.codes == ("own_request",)


def test_whose_decision_it_is_not_takes_no_transaction() -> None:
    """They are told at the press: nobody else waits for them."""
    scene = Scene("held")

    with meanwhile(scene.world) as tried:
        outcome = scene.does("una", "cancel", settles=False)

    assert isinstance(outcome, Refusal)
    assert tried == []


def test_a_slot_that_somebody_refused_meanwhile_is_not_held() -> None:
    """Everybody had agreed when Otto pressed; then Nick, whose evening it costs, said no."""
    scene = Scene("hours agreed")

    code, _ = refused(scene, "otto", "hold agreed", lambda: scene.did("nick refuse for oneself"))

    assert code == "not_agreed"


def test_offers_of_an_older_search_are_not_held() -> None:
    """New ones came between the press and the transaction."""
    scene = Scene("choosing")

    code, _ = refused(scene, "olga", "hold", lambda: scene.did("mara look again"))

    assert code == "old_offer"


def test_a_record_that_is_read_for_more_than_a_minute_is_too_old_when_it_comes() -> None:
    """A copy is dated from before it was asked for; that of the Slack user is young, by the clock of another replica."""
    scene = Scene("held")
    world, whole = scene.world, scene.world.outside.record
    ahead = scene.asker("olga").model_copy(update={"seen_at": world.now + timedelta(seconds=59)})

    def slowly(record_id: str) -> Record:
        sleeps(scene)
        return whole(record_id)

    world.outside.record = slowly  # type: ignore[method-assign] # the record system is slow today
    outcome = world.confirming.approve(ahead, "CHG-1", None)

    assert isinstance(outcome, Refusal)
    assert outcome.codes == ("old_copies",)


@pytest.mark.parametrize("does", ["let go", "cancel", "note"])
def test_a_slot_is_freed_without_the_record_but_not_by_anybody(does: str) -> None:
    """The record cannot be read: its newest copy does, and Slack is asked all the same."""
    scene = Scene("held")
    scene.world.office.records["CHG-1"] = Unreachable("It does not answer.")

    def closed() -> None:
        scene.world.slack_says["U0OLGA"] = "guest"
        sleeps(scene)

    assert refused(scene, "olga", does, closed)[0] == "guest"
    done = scene.does("mara", does, settles=False)
    assert isinstance(done, Done)
    assert {fact.revision for fact in done.facts if isinstance(fact, Decided)} <= {"1"}, "that of the newest copy"


def test_no_flow_lets_a_person_decide_beside_the_rights() -> None:
    """A room in which somebody presses writes by `Rights` alone, or with its check before the choice."""
    wrong = []
    for path in sorted(Path(bot.flows.__path__[0]).glob("*.py")):
        for deed in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(deed, ast.FunctionDef)
                and {a.annotation and ast.unparse(a.annotation) for a in deed.args.args} & PRESSED
            ):
                wrong += [f"{path.name}: {deed.name}" for call in ast.walk(deed) if _unchecked(call)]

    assert wrong == []


PRESSED = {"Asker", "Warrant"}


def _unchecked(call: ast.AST) -> bool:
    writes = isinstance(call, ast.Call) and ast.unparse(call.func).endswith("journal.decide")
    return writes and "checked(" not in ast.unparse(call)
