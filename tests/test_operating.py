"""The guide for operators names every alarm that the code can raise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = " ".join((ROOT / "docs" / "operating.md").read_text("utf-8").split())


def alarms() -> Iterator[str]:
    """The words of each line of level ERROR, without what is filled in."""
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "log.error":
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{path.name}: an alarm's sentence is a text"
                yield max(re.split(r"[:(;]? ?%s[):.]*", str(first.value)), key=len).strip(" .:")


@pytest.mark.parametrize("words", sorted(set(alarms())))
def test_each_alarm_is_explained(words: str) -> None:
    """By words that one finds when searching for what the log says."""
    parts = [part.strip() for part in re.split(r"%[ds.f0-9]*", words)]

    assert any(part and part in GUIDE.replace("*", "") for part in parts), words


def test_each_field_of_readiness_is_explained() -> None:
    source = (ROOT / "bot" / "serving.py").read_text("utf-8")
    fields = set(re.findall(r'"(\w+)": (?:bot|health|_unswept)', source)) | set(
        re.findall(r'troubles\["(\w+)"\]', source)
    )

    assert {"workspace", "database", "sweep", "slack"} <= fields
    assert [field for field in fields if f"`{field}`" not in GUIDE] == []
