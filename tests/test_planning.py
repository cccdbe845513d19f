"""`plan` at the ends of the calendar: bad input is said in one line, never shown as a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.__main__ import main

WORKSPACE = Path(__file__).parent / "workspace_files"


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-10:00"])
def test_a_now_at_the_end_of_the_calendar_is_bad_input(now: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "CHG-1042", "--workspace", str(WORKSPACE), "--now", now, "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1 and "--now" in printed.err


@pytest.mark.parametrize(
    ("written", "extreme"),
    [
        ("rollback_checkpoint: 2026-12-03T21:00:00-05:00", "rollback_checkpoint: 0001-01-01T00:00:00Z"),
        ("ready_by: 2026-12-01T09:00:00-05:00", "ready_by: 9999-12-31T23:59:59Z"),
    ],
)
def test_a_record_that_leads_out_of_the_calendar_is_bad_input(
    written: str, extreme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(WORKSPACE, tmp_path, dirs_exist_ok=True)
    record = tmp_path / "records" / "CHG-1042.yaml"
    text = record.read_text("utf-8")
    assert written in text
    record.write_text(text.replace(written, extreme), "utf-8")
    now = "2026-11-30T15:00:00Z"
    for form in (["--json"], []):
        assert main(["plan", "CHG-1042", "--workspace", str(tmp_path), "--now", now, *form]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1 and "records/CHG-1042.yaml" in printed.err


def drawn(file: Path, *more: str, record: str = "CHG-1042") -> int:
    now = ["--now", "2026-11-30T15:00:00Z"]
    return main(["plan", record, "--workspace", str(WORKSPACE), *now, "--picture", str(file), *more])


def test_the_picture_is_written_and_what_is_printed_stays_the_same(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Its words are told on the error stream."""
    now = ["--now", "2026-11-30T15:00:00Z", "--json"]
    without = main(["plan", "CHG-1042", "--workspace", str(WORKSPACE), *now])
    printed = capfdbinary.readouterr().out

    assert drawn(tmp_path / "times.png", "--json") == without
    told = capfdbinary.readouterr()
    assert told.out == printed
    assert b"times.png: Free and busy times for CHG-1042" in told.err
    assert (tmp_path / "times.png").read_bytes().startswith(b"\x89PNG")


def test_with_names_it_is_another_picture(tmp_path: Path) -> None:
    drawn(tmp_path / "roles.png")
    drawn(tmp_path / "people.png", "--names")

    assert (tmp_path / "roles.png").read_bytes() != (tmp_path / "people.png").read_bytes()


@pytest.mark.parametrize("place", ["no/such/folder/times.png", "."])
def test_a_file_that_cannot_be_written_is_said_in_one_line(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn(tmp_path / place) == 2
    told = capsys.readouterr()
    assert told.out == ""
    [line] = [line for line in told.err.splitlines() if "not configured here" not in line]
    assert line.startswith("--picture ") and "cannot be written" in line


def test_names_without_a_picture_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "CHG-1042", "--workspace", str(WORKSPACE), "--names"]) == 2
    assert "add --picture FILE" in capsys.readouterr().err


def test_where_nothing_was_searched_nothing_is_drawn_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(WORKSPACE, tmp_path / "w")
    record = tmp_path / "w" / "records" / "CHG-1042.yaml"
    record.write_text(record.read_text("utf-8").replace("touches:", "# touches:"), "utf-8")
    file = tmp_path / "times.png"

    main(["plan", "CHG-1042", "--workspace", str(tmp_path / "w"), "--picture", str(file)])

    assert not file.exists()
    assert "Nothing was searched, so there is nothing to draw" in capsys.readouterr().err
