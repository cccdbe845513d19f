"""A ledger changed behind the product's back: whatever was changed shows, and `audit --verify` says so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.store import Archive, Store
from bot.store.chain import BEGINNING
from tests import ledger_mutations
from tests.ledger_bench import measure
from tests.ledger_mutations import SORTS, rob
from tests.store.databases import MONDAY, asked


def test_no_change_goes_unseen() -> None:
    """Bits, rows, order, head; and what is whole in itself, by a head that was noted before."""
    robbed = rob(200, seed=4)

    assert [theft.told for theft in robbed if not theft.found] == []
    assert {theft.sort for theft in robbed} == set(SORTS)


def test_a_change_that_nothing_finds_would_be_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The judge itself: a thief who changes nothing is missed, with exit 1."""
    monkeypatch.setattr(ledger_mutations, "OFTEN", ["nothing"])
    monkeypatch.setitem(SORTS, "nothing", lambda thief: (thief.rows, thief.head, "nothing at all"))

    assert ledger_mutations.main(["--mutations", "3", "--json"]) == 1
    assert '"missed": 3' in capsys.readouterr().out


def test_the_bench_reads_the_chain_whole() -> None:
    assert measure(500, "sqlite")["entries"] == 500


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = ledger_mutations.ledger(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    return path


def noted(file: Path) -> str:
    archive = Archive(f"sqlite:///{file}")
    head = archive.head().hash
    archive.close()
    return head


def cut(file: Path, entries: int) -> None:
    """The end goes, and the head goes back: what a truncated copy looks like."""
    connection = sqlite3.connect(file)
    connection.executescript(
        f"DROP TRIGGER ledger_no_delete; DELETE FROM ledger WHERE seq > {entries}; UPDATE ledger_head SET "  # a number
        f"seq = {entries}, hash = (SELECT hash FROM ledger WHERE seq = {entries});"
    )
    connection.close()


def test_a_head_noted_earlier_vouches_for_the_chain_up_to_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = noted(file)

    assert main(["audit", "--verify", "--head", f"{head}@24"]) == 0
    assert f"head: {head}@24 is entry 24 of this chain" in capsys.readouterr().out
    assert main(["audit", "--verify", "--head", head.upper()]) == 0
    assert main(["audit", "--verify", "--head", f"{BEGINNING}@0"]) == 0


def test_a_ledger_cut_short_is_whole_in_itself_and_is_found_by_the_head(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = noted(file)
    cut(file, 23)

    assert main(["audit", "--verify"]) == 0
    capsys.readouterr()
    assert main(["audit", "--verify", "--head", head]) == 1
    assert "cut short" in capsys.readouterr().out
    assert main(["audit", "--verify", "--head", f"{head}@24"]) == 1


@pytest.mark.parametrize(
    "arguments", [["--verify", "--head", "abc"], ["--head", BEGINNING], ["--verify", "--head", ""]]
)
def test_what_is_no_head_is_said_and_nothing_is_read(
    file: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "64 hexadecimal digits" in said.err


def test_people_s_words_that_were_changed_show_and_erased_ones_do_not(store: Store) -> None:
    """What stands beside the ledger is vouched for by its digest in it."""
    with store.transaction() as tx:
        first, second = tx.keep_words("the customer said no"), tx.keep_words("Noor is ill")
        tx.append("m1", 0, [asked()], MONDAY)
        tx.erase_words(second)
    archive = Archive(store.address.render_as_string(hide_password=False))
    try:
        assert archive.words_changed() == (1, [])
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE words SET text = 'the customer said yes' WHERE text IS NOT NULL")
        assert archive.words_changed() == (1, [first])
    finally:
        archive.close()
