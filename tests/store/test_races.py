"""Two at once: exactly one wins, the other is told, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.core.span import Span
from bot.store import ClaimTaken, Clash, NewFact, Store, VersionTaken
from tests.store.databases import MONDAY, asked, held, hour


def _together(*acts: Callable[[], object]) -> list[object]:
    """Run them at the same moment; what was raised counts as the answer."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait()
        try:
            return act()
        except (VersionTaken, ClaimTaken) as lost:
            return lost

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_decide_at_once_one_wins(store: Store) -> None:
    """Both read version 1; the second to write is told, and nothing of theirs stays."""
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY)

    def press(by: str) -> Callable[[], int]:
        def act() -> int:
            with store.transaction() as tx:
                tx.keep_words(by)
                return tx.append("m1", 1, [NewFact("approved", {}, by)], MONDAY)

        return act

    answers = _together(press("priya"), press("noor"), press("ines"))

    assert sorted(type(answer).__name__ for answer in answers) == ["VersionTaken", "VersionTaken", "int"]
    assert [fact.version for fact in store.facts("m1")] == [1, 2]
    lost = next(answer for answer in answers if isinstance(answer, VersionTaken))
    assert str(lost) == "m1 is at version 2, not 1. Nothing was written."


def test_a_version_that_never_was_is_refused(store: Store) -> None:
    """Too high is as wrong as too low."""
    with pytest.raises(VersionTaken), store.transaction() as tx:
        tx.append("m1", 4, [asked()], MONDAY)


def test_many_writers_make_one_chain(store: Store) -> None:
    """Forty facts from eight threads: no gap, no fork."""

    def write(n: int) -> int:
        with store.transaction() as tx:
            return tx.append(f"m{n}", 0, [asked()], MONDAY)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))

    assert store.verify()[:3:2] == (40, True)


def test_of_two_meetings_that_want_the_same_person_one_gets_them(store: Store) -> None:
    """Both look first, and both find the person free: only one holds them."""

    def hold(meeting: str, people: list[str], span: Span) -> Callable[[], object]:
        def act() -> object:
            with store.transaction() as tx:
                clashes = tx.clashes(people, span, except_meeting=meeting)
                if clashes:
                    return clashes
                return tx.append(meeting, 0, [held(people, span)], MONDAY)

        return act

    answers = _together(hold("m1", ["noor", "ines"], hour()), hold("m2", ["priya", "noor"], hour(0.5)))

    assert sorted(type(answer).__name__ for answer in answers) == ["int", "list"]
    winner = store.meetings()[0].id
    span = hour() if winner == "m1" else hour(0.5)
    assert [answer for answer in answers if isinstance(answer, list)] == [[Clash("noor", winner, span)]]
    assert store.claims(people=["noor"])[0].meeting == winner


def test_nobody_is_held_twice_even_by_those_who_do_not_look(store: Store) -> None:
    """The store refuses facts that would hold a person for two meetings."""

    def hold(meeting: str) -> Callable[[], object]:
        def act() -> object:
            with store.transaction() as tx:
                return tx.append(meeting, 0, [held(["noor"], hour())], MONDAY)

        return act

    answers = _together(*(hold(f"m{n}") for n in range(4)))

    assert sorted(type(answer).__name__ for answer in answers) == ["ClaimTaken"] * 3 + ["int"]
    assert len(store.claims(people=["noor"])) == 1
    assert len(store.streams()) == 1


def test_touching_spans_do_not_clash_and_letting_go_frees(store: Store) -> None:
    """Half-open: who is held until ten is free at ten; a meeting never clashes with itself."""
    with store.transaction() as tx:
        tx.append("m1", 0, [held(["noor"], hour())], MONDAY)

    with store.transaction() as tx:
        assert tx.clashes(["noor"], hour(1)) == []
        assert tx.clashes(["noor"], hour(-1)) == []
        assert tx.clashes(["noor"], hour(0.9, 0.2)) == [Clash("noor", "m1", hour())]
        assert tx.clashes(["noor"], hour(), except_meeting="m1") == []
        assert tx.clashes(["ines"], hour()) == []
        assert tx.clashes([], hour()) == []
        tx.append("m1", 1, [NewFact("let_go")], MONDAY + timedelta(hours=1))
        assert tx.clashes(["noor"], hour()) == []


def test_asking_after_writing_does_not_lock_each_other_out(store: Store) -> None:
    """One writes then asks, the other asks then writes: both end."""

    def write_then_ask() -> object:
        with store.transaction() as tx:
            tx.append("m1", 0, [asked()], MONDAY)
            return tx.clashes(["noor", "ines"], hour())

    def ask_then_write() -> object:
        with store.transaction() as tx:
            tx.clashes(["ines", "noor"], hour())
            return tx.append("m2", 0, [asked()], MONDAY)

    for _ in range(3):
        answers = _together(write_then_ask, ask_then_write)
        assert any(answer == [] or answer == 1 or isinstance(answer, VersionTaken) for answer in answers)

    assert store.streams() in (["m1", "m2"], ["m2", "m1"])


def test_a_transaction_inside_another_is_a_bug_that_shows(store: Store) -> None:
    """It would wait for itself; it says so instead."""
    with pytest.raises(RuntimeError, match="inside another"), store.transaction(), store.transaction():
        pass

    with store.transaction() as tx:
        assert tx.append("m1", 0, [asked()], MONDAY) == 1
