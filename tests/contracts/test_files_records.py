"""Records that are files: read, not there, or not to be understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ports import Denied, Gone, Records
from bot.workspace import load
from integrations.records.files import FileRecords
from tests.workspace_edits import copied, edit


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copied(tmp_path)


@pytest.fixture
def records(root: Path) -> Records:
    return FileRecords(lambda record_id: load(root).record(record_id))


def test_a_record_is_read(records: Records) -> None:
    assert records.read("CHG-1042").owner == "priya"


@pytest.mark.parametrize("missing", ["CHG-9", "../policy", ""])
def test_a_record_that_is_not_there_is_gone(records: Records, missing: str) -> None:
    with pytest.raises(Gone, match=r"no such record|not a record's id"):
        records.read(missing)


def test_a_record_that_cannot_be_understood_says_why(records: Records, root: Path) -> None:
    edit(root, "records/CHG-1042.yaml", "owner: priya\n", "")

    with pytest.raises(Denied, match=r"records/CHG-1042\.yaml:1: owner: is missing"):
        records.read("CHG-1042")
