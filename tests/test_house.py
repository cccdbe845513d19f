"""The house keeps its walls: what the import rules cannot see, read off the syntax tree."""

from __future__ import annotations

import ast
import functools
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.slack.messages.help import COMMANDS
from bot.workspace import load
from integrations.sandbox.sandbox import WORKSPACE

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("integrations/**/*.py")])
ALLOWED: dict[str, set[str]] = {
    "bot/core": {"pydantic"},
    "bot/flows": {"pydantic"},
    "bot/store": {"sqlalchemy", "alembic", "pydantic"},
    "bot/engine": {"dbos", "sqlalchemy"},
    "bot/slack": {"slack_bolt", "slack_sdk"},
    "integrations/sandbox": {"flask", "waitress", "werkzeug"},
    "bot/ports.py": set(),
}
NO_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
            ("time", "monotonic"), ("time", "sleep"), ("time", "perf_counter")}  # fmt: skip
NO_CHANCE = {"random", "secrets", "uuid", "os", "socket", "threading", "logging", "subprocess", "io", "pathlib"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str | None:
    return next((r for r in ALLOWED if name(path) == r or name(path).startswith(f"{r}/")), None)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_room_uses_only_the_libraries_it_may(path: Path) -> None:
    """Third-party names by room, as the table of the design says."""
    allowed = ALLOWED.get(room(path) or "")
    if allowed is None:
        return
    ours = {"bot", "integrations"}
    found = {module.split(".")[0] for module in imports(ast.parse(path.read_text("utf-8")))}

    assert found - set(sys.stdlib_module_names) - ours - {"__future__"} <= allowed


@pytest.mark.parametrize("path", [p for p in SOURCES if name(p).startswith("bot/core/")], ids=name)
def test_the_core_has_no_clock_no_chance_and_no_world(path: Path) -> None:
    """Time, ids and chance come in as arguments."""
    tree = ast.parse(path.read_text("utf-8"))
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }

    assert not calls & NO_CLOCK
    assert not {module.split(".")[0] for module in imports(tree)} & NO_CHANCE


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_module_says_what_its_room_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    if not text.strip():
        return

    assert ast.get_docstring(ast.parse(text))


def test_only_the_command_line_knows_the_room_that_knows_everybody() -> None:
    knowing = {name(p) for p in SOURCES if "bot.app" in set(imports(ast.parse(p.read_text("utf-8"))))}

    assert knowing <= {"bot/__main__.py", "bot/demo.py", "bot/serving.py", "bot/running.py"}


def test_only_the_engine_knows_dbos() -> None:
    knowing = {
        name(p) for p in SOURCES if any(m.split(".")[0] == "dbos" for m in imports(ast.parse(p.read_text("utf-8"))))
    }

    assert knowing
    assert all(path.startswith("bot/engine/") for path in knowing)


def test_all_packages_are_listed() -> None:
    """Packages are listed explicitly: one that is forgotten would be missing from an installation."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    present = {name(p.parent).replace("/", ".") for p in SOURCES}

    assert present == listed


KINDS = sorted(load(WORKSPACE).policy.kinds)


def words_of(tree: ast.AST) -> Iterator[str]:
    """Every text and every name in the code."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.arg(arg=text):
                yield text
            case ast.FunctionDef(name=text) | ast.ClassDef(name=text):
                yield text


def kinds_named(source: str) -> set[str]:
    """Which kinds some code names. The names of the command are none: what is asked for says its record."""
    found = set()
    for text in words_of(ast.parse(source)):
        rest = functools.reduce(lambda words, command: words.replace(command, ""), COMMANDS, text)
        found |= {kind for kind in KINDS if kind in rest or kind.replace("-", "_") in rest.lower()}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_code_names_a_kind_of_meeting(path: Path) -> None:
    """A kind is YAML alone: whatever differs between kinds is a field of the policy."""
    assert kinds_named(path.read_text("utf-8")) == set()


def test_code_that_would_name_a_kind_is_seen() -> None:
    assert len(KINDS) >= 3
    for kind in KINDS:
        assert kinds_named(f"if kind == {kind!r}: pass") == {kind}
        assert kinds_named(f"def {kind.replace('-', '_')}() -> None: pass") == {kind}
    assert [kinds_named(f"say({command!r})") for command in COMMANDS] == [set()] * len(COMMANDS)


def test_no_page_of_the_sandbox_names_a_kind_of_meeting() -> None:
    for page in (ROOT / "integrations" / "sandbox" / "page").glob("*.js"):
        assert [kind for kind in KINDS if kind in page.read_text("utf-8")] == [], name(page)
