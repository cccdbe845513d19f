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
