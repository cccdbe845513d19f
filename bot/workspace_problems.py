"""What is wrong with an organisation's files: which file, which line, which key, and what to do about it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One complaint. `line` counts from 1; 0 where the complaint is about the file as a whole."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class WorkspaceError(ValueError):
    """The files cannot be used as they are. Reads as the first problem, on one line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(str(self.problems[0]))


class NoSuchRecord(WorkspaceError, LookupError):  # noqa: N818  it reads as what is the case
    """There is no file for that record."""


def quoted(text: str) -> str:
    """A value as it is shown in a complaint: on one line, and not longer than a line bears."""
    shown = text if len(text) <= 60 else text[:57] + "…"
    return json.dumps(shown, ensure_ascii=not shown.isprintable())


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; None when nothing comes near."""
    candidates = {name.lower(): name for name in sorted(set(known), reverse=True)}
    found = difflib.get_close_matches(word.lower()[:100], candidates, n=1, cutoff=0.6)
    return candidates[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?`, or else the words that would do."""
    known = list(known)
    close = nearest(word, known)
    if close:
        return f"; did you mean {quoted(close)}?"
    return f"; known here: {', '.join(known[:20])}" if known else ""
