"""Names and times inside sentences that are made where nobody knows yet who reads them, and in which zone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

_BRACKETS = str.maketrans("<>", "‹›")
_SPACES = frozenset({"Cc", "Zl", "Zp", "Zs"})
_UNSEEN = frozenset({"Cf", "Cs"})  # zero-width and direction-changing characters, lone surrogates
_MARK = re.compile(r"\{(person|instant|clock):([^{}]*)\}")


def as_written(text: str) -> str:
    """What somebody else wrote, for a text that others read elsewhere: on one line, nothing unseen in it, and no angle
    brackets, which a calendar may take for HTML."""
    shown = "".join(
        " " if category in _SPACES else "" if category in _UNSEEN else char
        for char, category in ((c, unicodedata.category(c)) for c in text.translate(_BRACKETS))
    )
    return " ".join(shown.split())


def who(person: str) -> str:
    """A person, to be spoken by name. `bot` is the bot."""
    return f"{{person:{person}}}"


def when(instant: datetime) -> str:
    """An instant, to be spoken with its day in the reader's zone."""
    return f"{{instant:{instant.astimezone(UTC).isoformat()}}}"


def clock(instant: datetime) -> str:
    """An instant of today, to be spoken as the time alone."""
    return f"{{clock:{instant.astimezone(UTC).isoformat()}}}"


def spoken(text: str, name: Callable[[str], str], day_and_time: Callable[[datetime], str],
           time: Callable[[datetime], str]) -> str:  # fmt: skip
    """`text` with every mark said aloud. Text from people passes through unharmed: a mark that is none stays as it is."""

    def say(match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind == "person":
            return name(value)
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return match.group(0)
        return day_and_time(instant) if kind == "instant" else time(instant)

    return _MARK.sub(say, text)


def listed(words: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def role_words(role: str) -> str:
    """`on_call_reliability_lead` as people say it."""
    return role.replace("_", " ").replace("on call", "on-call")
