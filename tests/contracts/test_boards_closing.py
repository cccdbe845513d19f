"""Boards that are files keep the rules of closing."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest
import yaml

from bot.closing_ports import Checklists
from bot.core.closing_plan import Milestone, SourcePlace
from bot.ports import Conflict, Denied, Gone, Unreachable
from integrations.trackers.boards import (
    BoardChecklists,
    BoardLinks,
    BoardQueues,
    Boards,
    BoardSource,
    BoardTrackers,
)
from tests.closing_files import GUIDE
from tests.contracts.closing_contract import (
    OURS,
    RELEASE,
    REVIEW,
    TICK,
    ChecklistContract,
    Deed,
    LinksContract,
    QueueContract,
    TrackerContract,
    order,
)
from tests.contracts.closing_grounds import BOARD, boards_in

AT = "identity.yaml"


@pytest.fixture
def boards(tmp_path: Path) -> Boards:
    return boards_in(tmp_path)


def standing(folder: Path) -> object:
    return (folder / AT).read_bytes()


def touch(folder: Path) -> None:
    with (folder / AT).open("a") as file:
        file.write("# somebody was here\n")


class TestBoardChecklists(ChecklistContract):
    @pytest.fixture
    def deed(self, boards: Boards, tmp_path: Path) -> Deed:
        here = BoardChecklists(boards)
        return Deed(
            read=lambda: here.read(AT), do=lambda o: here.close(AT, o, (TICK,)), settled=lambda f: f.closed,
            standing=lambda: standing(tmp_path), touch=lambda: touch(tmp_path), nowhere=lambda: here.read("other.yaml"),
        )  # fmt: skip


class TestBoardTrackers(TrackerContract):
    @pytest.fixture
    def deed(self, boards: Boards, tmp_path: Path) -> Deed:
        here = BoardTrackers(boards)
        return Deed(
            read=lambda: here.read(AT), do=lambda o: here.approve(AT, o, "approved"), settled=lambda f: f.state == "approved",
            standing=lambda: standing(tmp_path), touch=lambda: touch(tmp_path), nowhere=lambda: here.read("other.yaml"),
        )  # fmt: skip


class TestBoardLinks(LinksContract):
    @pytest.fixture
    def deed(self, boards: Boards, tmp_path: Path) -> Deed:
        here = BoardLinks(boards)
        return Deed(
            read=lambda: here.read(AT), do=lambda o: here.attach(AT, o, OURS), settled=lambda f: set(OURS) <= set(f.links),
            standing=lambda: standing(tmp_path), touch=lambda: touch(tmp_path), nowhere=lambda: here.read("other.yaml"),
        )  # fmt: skip


class TestBoardQueues(QueueContract):
    @pytest.fixture
    def deed(self, boards: Boards, tmp_path: Path) -> Deed:
        here = BoardQueues(boards)
        return Deed(
            read=lambda: here.read(AT), do=lambda o: here.clear(AT, o), settled=lambda f: not f.present,
            standing=lambda: standing(tmp_path), touch=lambda: touch(tmp_path), nowhere=lambda: here.read("other.yaml"),
        )  # fmt: skip


# -- what only files have


def test_the_source_is_a_board_too(tmp_path: Path) -> None:
    (tmp_path / "record.yaml").write_text(
        f"state: accepted\nrelease: {RELEASE}\nreview: 3\nmilestone: {{title: Identity 4.2, id: 12}}\ndigest: abc\n"
    )

    found = BoardSource(Boards(tmp_path)).read(
        SourcePlace(system="files", record="record.yaml", fields={"evidence": "digest"})
    )

    assert (found.state, found.release, found.review, found.evidence) == ("accepted", RELEASE, REVIEW, "abc")
    assert found.milestone == Milestone(title="Identity 4.2", id="12")


def test_the_guide_s_board_is_one(tmp_path: Path) -> None:
    """docs/closures.md shows a board after its other two examples."""
    [board] = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[2:]
    (tmp_path / AT).write_text(board, "utf-8")
    boards = Boards(tmp_path)

    assert BoardTrackers(boards).read(AT).state == "in review"
    assert (BoardChecklists(boards).read(AT).closed, BoardQueues(boards).read(AT).present) == (False, True)
    assert (
        BoardLinks(boards).read(AT).links,
        BoardSource(boards).read(SourcePlace(system="files", record=AT)).review,
    ) == ((), REVIEW)


def test_what_is_not_ours_stays_as_it_was(boards: Boards, tmp_path: Path) -> None:
    here = BoardTrackers(boards)

    here.approve(AT, order(here.read(AT).version), "approved")

    after = yaml.safe_load((tmp_path / AT).read_text())
    assert after == {
        **BOARD(),
        "state": "approved",
        "approved_review": REVIEW,
        "checklist": after["checklist"],
        "queue": after["queue"],
    }
    assert BoardChecklists(boards).read(AT).closed is False


def test_of_two_who_write_at_once_one_is_told_that_it_changed(boards: Boards) -> None:
    """Nobody's change is lost: both rest on the same reading, and they change different things."""
    tracker, queue = BoardTrackers(boards), BoardQueues(boards)
    asked, outcomes, ready = order(tracker.read(AT).version), [], threading.Barrier(2)

    def run(deed: object) -> None:
        ready.wait(5)
        try:
            deed()  # type: ignore[operator]  # one of the two below
            outcomes.append("done")
        except Conflict:
            outcomes.append("conflict")

    deeds = (lambda: tracker.approve(AT, asked, "approved"), lambda: queue.clear(AT, asked))
    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(outcomes) == ["conflict", "done"]


@pytest.mark.parametrize("at", ["../secret.yaml", "out.yaml", "."])
def test_nothing_leads_out_of_the_folder(tmp_path: Path, at: str) -> None:
    inside = tmp_path / "boards"
    inside.mkdir()
    (tmp_path / "secret.yaml").write_text("state: accepted")
    (inside / "out.yaml").symlink_to(tmp_path / "secret.yaml")

    with pytest.raises(Denied, match="leads out"):
        Boards(inside).read(at)


@pytest.mark.parametrize(
    ("text", "words"),
    [("- a list", "not a mapping"), ("a: [", "not YAML"), ("checklist: {closed: maybe}", "true or false"), ("release: [a]\nchecklist: {closed: true}", "something else than a word")],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / AT).write_text(text)

    with pytest.raises(Denied, match=words):
        BoardChecklists(Boards(tmp_path)).read(AT)


def test_a_board_that_is_no_file_or_too_large_or_without_a_folder_is_no_board(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (1024 * 1024 + 1))

    with pytest.raises(Denied, match="not a file"):
        Boards(tmp_path).read("pipe.yaml")
    with pytest.raises(Denied, match="larger than 1 MiB"):
        Boards(tmp_path).read("large.yaml")
    with pytest.raises(Unreachable, match="READINESS_BOARDS"):
        Boards(tmp_path / "nowhere").read(AT)
    with pytest.raises(Gone):
        Boards(tmp_path).read("identity.yaml/more")


def test_it_is_what_the_port_asks_for(boards: Boards) -> None:
    checklists: Checklists = BoardChecklists(boards)

    assert checklists.read(AT).items
