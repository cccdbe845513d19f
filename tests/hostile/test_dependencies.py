"""Nothing is installed that nobody wrote down, and nothing runs under a licence that would bind its users."""

from __future__ import annotations

import re
from importlib.metadata import version

from tests.dependencies import DOCUMENT, document, licence, metadata, needed, pins, project


def test_the_list_of_dependencies_is_what_is_installed() -> None:
    """After a change: python -m tests.dependencies > docs/dependencies.md"""
    assert DOCUMENT.read_text("utf-8") == document()


def test_every_library_that_comes_along_is_pinned_and_listed() -> None:
    running, testing = project()
    known, told = pins(), DOCUMENT.read_text("utf-8")

    assert sorted(needed(running + testing) - set(known)) == []
    assert [name for name, (written, pinned) in known.items() if f"| {written} | {pinned} |" not in told] == []
    assert [name for name, (_, pinned) in known.items() if version(name) != pinned] == []


def test_what_runs_may_be_used_freely() -> None:
    """The LGPL's only demand on who runs a library unchanged is that its name and licence are said."""
    strict = {name for name in needed(project()[0]) if re.search(r"(?<!L)GPL", licence(metadata(name)))}

    assert strict == set()
    assert "not stated" not in {licence(metadata(name)) for name in needed(project()[0])}


def test_it_holds_no_address_to_download_from() -> None:
    assert "://" not in DOCUMENT.read_text("utf-8")
