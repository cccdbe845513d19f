"""Names and times inside sentences that are made where nobody knows yet who reads them, and in which zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

_MARK = re.compile(r"\{(person|instant|clock):([^{}]*)\}")


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
