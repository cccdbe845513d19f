"""How we say no: every reason with its words, as a value and never as an error."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """One thing that stands against an act. `code` is for tests and figures, `words` for the person."""

    code: str
    words: str


class Refusal(NamedTuple):
    """Why not, whether anything changed (never), and what to do: all of it in `words`."""

    reasons: tuple[Reason, ...]

    @property
    def words(self) -> str:
        return " ".join(reason.words for reason in self.reasons)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)


def refuse(code: str, words: str) -> Refusal:
    return Refusal((Reason(code, words),))
