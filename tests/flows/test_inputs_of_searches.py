"""What a search rested on is kept by digest: read once for many lines, and never the inputs of another search."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bot.flows import searching
from tests.inner_world import InnerWorld
from tests.presses_office import BEGIN, office


@pytest.fixture
def reads() -> Counter[str]:
    return Counter()


@pytest.fixture
def w(monkeypatch: pytest.MonkeyPatch, reads: Counter[str]) -> InnerWorld:
    """A world that counts how often each kept document is read, and remembers the inputs of two searches."""
    monkeypatch.setattr(searching, "REMEMBERED", 2)
    made = InnerWorld(office(1, False), BEGIN)
    kept = made.journal.kept

    def counted(digest: str) -> Any:
        reads[digest] += 1
        return kept(digest)

    monkeypatch.setattr(made.journal, "kept", counted)
    return made


def test_inputs_are_read_once_however_many_lines_tell_of_them(w: InnerWorld, reads: Counter[str]) -> None:
    meeting = w.reviews("CHG-1", "olga")
    reads.clear()

    records = [w.searching.record_searched(meeting) for _ in range(20)]

    assert {r.id for r in records if r} == {"CHG-1"}
    assert sum(reads.values()) <= 1


def test_what_is_remembered_is_bounded_and_each_search_has_its_own(w: InnerWorld, reads: Counter[str]) -> None:
    """Three reviews take turns where two are remembered: each is told by its own record, read again when forgotten."""
    meetings = [w.reviews(record, by) for record, by in (("CHG-1", "olga"), ("CHG-2", "olga"), ("CHG-3", "otto"))]
    reads.clear()

    told = [found.record.id for _ in range(3) for m in meetings if (found := w.searching.problem_of(m))]

    assert told == ["CHG-1", "CHG-2", "CHG-3"] * 3
    assert sum(reads.values()) > len(meetings)
