"""The lines of an iCalendar file: one whole VCALENDAR, its components, and each property with its parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LARGEST = 2 * 1024 * 1024  # bytes
MOST_STEPS = 150_000  # of expanding recurrences, for one calendar: about a second

_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')


class Unreadable(Exception):  # noqa: N818  it reads as what is the case, and never leaves these rooms
    """The calendar cannot be told from this file. The text never quotes the file."""


class Budget:
    """How much work one calendar may make; a hostile one is unreadable, not slow."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise Unreadable("recurs more often than can be followed")


@dataclass(frozen=True)
class Line:
    """A property: its name in capitals, its parameters (names in capitals), its value as written."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass
class Component:
    """What stands between BEGIN and END, without what its parts say."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def one(self, name: str) -> Line | None:
        """The property that may stand once; a second one leaves open which of them is meant."""
        found = self.all(name)
        if len(found) > 1:
            raise Unreadable(f"states {name} twice")
        return found[0] if found else None


def whole_calendar(data: bytes, wanted: frozenset[str]) -> Component:
    """The one VCALENDAR that `data` is; only `wanted` properties are kept, nothing else is even looked at."""
    if not data.strip() or len(data) > LARGEST:
        raise Unreadable("is empty or larger than 2 MiB")
    top = Component("")
    open_parts = [top]
    for text in _unfolded(data):
        line = _line(text, wanted)
        if line is None:
            _inside(open_parts)
        elif line.name == "BEGIN":
            part = Component(line.value.strip().upper())
            open_parts[-1].parts.append(part)
            open_parts.append(part)
        elif line.name == "END":
            _close(open_parts, line.value.strip().upper())
        else:
            _inside(open_parts).lines.append(line)
    if len(open_parts) > 1 or len(top.parts) != 1 or top.parts[0].name != "VCALENDAR":
        raise Unreadable("is not one whole calendar")
    return top.parts[0]


def _inside(open_parts: list[Component]) -> Component:
    if len(open_parts) < 2:
        raise Unreadable("has lines outside the calendar")
    return open_parts[-1]


def _close(open_parts: list[Component], name: str) -> None:
    if _inside(open_parts).name != name:
        raise Unreadable("has components that do not nest")
    open_parts.pop()


def _unfolded(data: bytes) -> list[str]:
    """Long lines are folded between bytes, perhaps inside a character: join first, decode afterwards."""
    joined = re.sub(rb"\r?\n[ \t]", b"", data.removeprefix(b"\xef\xbb\xbf"))
    try:
        text = joined.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8") from error
    return [line for line in re.split(r"\r?\n", text) if line.strip()]


def _line(text: str, wanted: frozenset[str]) -> Line | None:
    """The property if it is wanted; None for all others, once they are seen to be properties at all."""
    shape = _NAME.match(text)
    if not shape:
        raise Unreadable("has a line that is no property")
    name = shape.group().upper()
    if name not in wanted and name not in ("BEGIN", "END"):
        if text[shape.end() : shape.end() + 1] not in (";", ":") or ":" not in text:
            raise Unreadable("has a line that is no property")
        return None
    parameters: dict[str, str] = {}
    at = shape.end()
    while found := _PARAMETER.match(text, at):
        parameters[found[1].upper()] = found[2].replace('"', "")
        at = found.end()
    if text[at : at + 1] != ":":
        raise Unreadable("has a line that is no property")
    return Line(name, parameters, text[at + 1 :])
