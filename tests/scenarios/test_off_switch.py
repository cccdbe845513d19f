"""The off-switch: every hold comes off every calendar, without Slack, without the database, in shadow mode too."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.__main__ import main
from tests.world import World


@pytest.fixture
def operator(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Somebody at the command line of this installation, who has turned shadow mode on."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").mkdir()
    for name, value in world.sandbox.credentials(tmp_path / "keys", world.stage.key).items():
        monkeypatch.setenv(name, value)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("READINESS_SHADOW", "1")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/to/be/found.db")
    return world


def test_what_was_held_before_shadow_mode_comes_off(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    operator.reviews()
    operator.holds()

    assert main(["holds", "list"]) == 0
    assert "5 standing, 0 calendars did not answer." in capsys.readouterr().out
    assert main(["holds", "release", "--all"]) == 0
    assert "5 released" in capsys.readouterr().out
    assert main(["holds", "list"]) == 0
    assert "0 standing" in capsys.readouterr().out


def test_only_the_named_record_is_released(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    operator.reviews()
    operator.holds()

    assert main(["holds", "release", "CHG-9999"]) == 0
    assert "0 released" in capsys.readouterr().out
    assert main(["holds", "release", "chg-1042"]) == 0
    assert "5 released" in capsys.readouterr().out


def test_releasing_everything_must_be_said(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["holds", "release"]) == 2
    assert "Nothing was released" in capsys.readouterr().err


def test_in_shadow_mode_only_the_right_to_read_is_checked(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check"])
    told = capsys.readouterr().out

    assert "ok       Microsoft reader:" in told
    assert "ok       Google, reading free-busy:" in told
    assert "writ" not in told
