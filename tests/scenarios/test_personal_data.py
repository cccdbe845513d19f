"""What is kept of a person can be read, and erased, while the ledger stays whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.world import World, hours


@pytest.fixture
def operator(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'readiness.db'}")
    monkeypatch.setenv("READINESS_WORKSPACE", str(world.workspace))
    monkeypatch.setenv("READINESS_CLOCK_URL", world._environment["READINESS_CLOCK_URL"])
    return world


def exported(person: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert main(["person", "export", person]) == 0
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    return told


def test_everything_that_is_kept_of_a_person_is_printed(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    operator.reviews()
    operator.asks("/readiness-review note CHG-1042 I am at the dentist until ten", by="lee")
    operator.holds(by="lee")

    told = exported("lee", capsys)

    assert list(told["words"].values()) == ["I am at the dentist until ten"]  # type: ignore[attr-defined]
    assert {(f["tag"], f["as"]) for f in told["facts"]} >= {("note.added", "actor"), ("search.finished", "named")}  # type: ignore[attr-defined]
    assert any("dentist" in act["text"] for act in told["acts"])  # type: ignore[attr-defined]
    assert "lee@example.com" in json.dumps(told["documents"])
    assert [user["id"] for user in told["slack"]] == ["U0LEE"]  # type: ignore[attr-defined]


def test_erasing_leaves_the_id_and_a_whole_chain(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    """While the review is under way it keeps what it rests on; once it is over that goes too."""
    review = operator.reviews()
    operator.asks("/readiness-review note CHG-1042 I am at the dentist until ten", by="lee")
    operator.holds(by="lee")
    operator.approves(by="dana")

    assert main(["person", "erase", "lee"]) == 0
    assert "Still needed for CHG-1042" in capsys.readouterr().out
    operator.passes(hours(48))
    assert main(["person", "erase", "lee"]) == 0
    assert "Facts keep the id lee." in capsys.readouterr().out

    told = exported("lee", capsys)
    assert set(told["words"].values()) == {None}  # type: ignore[attr-defined]
    assert "dentist" not in json.dumps(told)
    assert (told["documents"], told["slack"]) == ({}, [])
    assert told["facts"]
    assert main(["audit", "--verify"]) == 0
    assert main(["audit", "CHG-1042"]) == 0
    assert "(the words were erased)" in capsys.readouterr().out
    assert review.state == "confirmed"
    assert "CHG-1042" in operator.asks("/readiness-review status CHG-1042", by="priya").words
