"""Reading one key after another: what is known here, what is missing, and what each kind of value looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TypeVar, cast
from zoneinfo import available_timezones

import bot.core.span  # noqa: F401  (it pins the zones to the `tzdata` package before they are listed)
from bot.core.span import Span
from bot.workspace_files import is_id
from bot.workspace_problems import Problem, did_you_mean, nearest, quoted
from bot.workspace_yaml import Node, dotted

T = TypeVar("T")

_INSTANT = re.compile(r"[0-9][0-9W-]*T[0-9][0-9:]*([.,][0-9]+)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?")
_DURATION = re.compile(r"([0-9]{1,9})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=36500)  # a century; anything above is a slip of the keyboard


class Unreadable(Exception):  # noqa: N818  it never leaves the readers; it reads as what is the case
    """This value cannot be used; the complaint has been written down already."""


@dataclass(frozen=True)
class Keys:
    """The words that a mapping may have."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.required + self.optional


@dataclass(frozen=True)
class Place:
    """A value in a file, with the list that its complaints go to."""

    file: str
    key: str
    node: Node
    problems: list[Problem]

    def complain(self, message: str) -> None:
        self.problems.append(Problem(self.file, self.node.line, self.key, message))

    def refuse(self, message: str) -> Unreadable:
        """Written down, and to be raised."""
        self.complain(message)
        return Unreadable()

    def inside(self, word: str, node: Node) -> Place:
        return Place(self.file, dotted(self.key, word), node, self.problems)

    def items(self) -> Iterator[Place]:
        """The members of a list."""
        if not isinstance(self.node.value, tuple):
            raise self.refuse("must be a list: write [one, two] or lines that begin with a dash")
        for number, node in enumerate(self.node.value):
            yield Place(self.file, f"{self.key}[{number}]", node, self.problems)

    def entries(self) -> Iterator[tuple[str, Place]]:
        """The keys of a mapping with their values, in file order."""
        for word, node in self._mapping().items():
            yield word, self.inside(word, node)

    def _mapping(self) -> Mapping[str, Node]:
        if isinstance(self.node.value, (str, tuple)):
            raise self.refuse("must be a mapping: write key: value below it, or {key: value}")
        return self.node.value

    def line_of(self, word: str) -> int:
        return self.node.key_lines.get(word, self.node.line)


class Section:
    """A mapping with known keys. Unknown and missing ones are complained of at once; the rest is read key by key."""

    def __init__(self, place: Place, keys: Keys) -> None:
        self.place = place
        self.values = dict(place.entries())
        meant: set[str | None] = set()
        for word in self.values:
            if word not in keys.all:
                meant.add(nearest(word, keys.all))
                key = dotted(place.key, word)
                message = f"is not a key here{did_you_mean(word, keys.all)}"
                place.problems.append(Problem(place.file, place.line_of(word), key, message))
        for word in keys.required:
            if word not in self.values and word not in meant:  # else the misspelt key has been told
                line = place.node.line
                place.problems.append(Problem(place.file, line, dotted(place.key, word), "is missing; add it"))

    def __contains__(self, word: str) -> bool:
        return word in self.values

    def read(self, word: str, how: Callable[[Place], T], default: T) -> T:
        """The value of `word`; the default when it is absent, or cannot be used (which has been complained of)."""
        if word not in self.values:
            return default
        try:
            return how(self.values[word])
        except Unreadable:
            return default

    def maybe(self, word: str, how: Callable[[Place], T]) -> T | None:
        return self.read(word, cast(Callable[[Place], "T | None"], how), None)

    def sub(self, word: str, keys: Keys) -> Section:
        """A mapping inside this one; without any keys when it is absent or no mapping."""
        if word in self.values and isinstance(self.values[word].node.value, Mapping):
            return Section(self.values[word], keys)
        if word in self.values:
            self.values[word].complain(f"must be a mapping with {', '.join(keys.all)}")
        nothing = Node(self.place.node.line, {}, {})
        return Section(self.place.inside(word, nothing), Keys())


def each(how: Callable[[Place], T]) -> Callable[[Place], tuple[T, ...]]:
    """A list of such values, without those that cannot be used."""

    def read(place: Place) -> tuple[T, ...]:
        return tuple(value for item in place.items() for value in _tried(item, how))

    return read


def some(how: Callable[[Place], T]) -> Callable[[Place], tuple[T, ...]]:
    """The same, but not empty."""

    def read(place: Place) -> tuple[T, ...]:
        if place.node.value == ():
            raise place.refuse("must not be empty; name at least one")
        return each(how)(place)

    return read


def keyed(how: Callable[[str, Place], T]) -> Callable[[Place], dict[str, T]]:
    """A mapping whose keys are ids, in file order."""

    def read(place: Place) -> dict[str, T]:
        found: dict[str, T] = {}
        for word, value in place.entries():
            if not is_id(word):
                message = "is not an id: letters, digits, dot, dash and underscore, beginning with a letter or digit"
                place.problems.append(Problem(place.file, place.line_of(word), value.key, message))
            for kept in _tried(value, partial(how, word)):
                found[word] = kept
        return found

    return read


def _tried(place: Place, how: Callable[[Place], T]) -> list[T]:
    try:
        return [how(place)]
    except Unreadable:
        return []


def text(place: Place) -> str:
    """Free text as it was written, not empty."""
    value = place.node.value
    if not isinstance(value, str):
        raise place.refuse("must be a text, not a list or a mapping")
    if not value.strip():
        raise place.refuse("must not be empty; write a value or remove the key")
    return value


def an_id(place: Place) -> str:
    word = text(place)
    if not is_id(word):
        raise place.refuse(
            f"{quoted(word)} is not an id: letters, digits, dot, dash and underscore, beginning with a letter or digit"
        )
    return word


def one_of(*words: T) -> Callable[[Place], T]:
    """One of these words."""

    def read(place: Place) -> T:
        word = text(place)
        if word not in words:
            raise place.refuse(f"{quoted(word)} is not known{did_you_mean(word, [str(w) for w in words])}")
        return cast(T, word)

    return read


def known(what: str, names: Collection[str]) -> Callable[[Place], str]:
    """An id that stands elsewhere in the files."""

    def read(place: Place) -> str:
        word = an_id(place)
        if word not in names:
            raise place.refuse(f"there is no {what} {quoted(word)} in people.yaml{did_you_mean(word, names)}")
        return word

    return read


def whole_number(place: Place) -> int:
    """A count of at least one."""
    word = text(place)
    if not re.fullmatch("[0-9]{1,6}", word) or int(word) < 1:
        raise place.refuse(f"{quoted(word)} is not a whole number from 1 on; write for example 2")
    return int(word)


def yes_or_no(place: Place) -> bool:
    return one_of("true", "false")(place) == "true"


def instant(place: Place) -> datetime:
    """In UTC, whatever offset was written."""
    word = text(place)
    shape = _INSTANT.fullmatch(word)
    if not shape:
        raise place.refuse(f"{quoted(word)} is not an instant; write for example 2026-12-03T19:00:00-05:00")
    if shape.group(2) is None:
        raise place.refuse(f"{quoted(word)} has no offset; add Z or an offset such as -05:00")
    try:
        return datetime.fromisoformat(word).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise place.refuse(f"{quoted(word)} is not a date and time that exists ({error})") from error


def duration(place: Place) -> timedelta:
    length = duration_or_none(place)
    if not length:
        raise place.refuse("must be longer than nothing; write for example 45m")
    return length


def duration_or_none(place: Place) -> timedelta:
    """A duration that may be zero."""
    word = text(place)
    shape = _DURATION.fullmatch(word)
    if not shape:
        raise place.refuse(f"{quoted(word)} is not a duration; write a whole number and m, h or d, for example 45m")
    length = int(shape[1]) * _UNITS[shape[2]]
    if length > _LONGEST:
        raise place.refuse(f"{quoted(word)} is longer than a hundred years; write a shorter one")
    return length


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zone(place: Place) -> str:
    word = text(place)
    if word not in zones():
        close = next((z for z in zones() if z.lower() == word.lower()), None)
        hint = f"; did you mean {quoted(close)}?" if close else did_you_mean_zone(word)
        raise place.refuse(f"{quoted(word)} is not an IANA time zone{hint}")
    return word


def did_you_mean_zone(word: str) -> str:
    hint = did_you_mean(word, sorted(zones()))
    return hint if "did you mean" in hint else "; write for example America/New_York"


SPAN = Keys(("start", "end"))


def span(place: Place) -> Span:
    return span_in(Section(place, SPAN))


def span_in(section: Section) -> Span:
    """`start` and `end` of a mapping that may have more keys."""
    start, end = section.maybe("start", instant), section.maybe("end", instant)
    if start is None or end is None:
        raise Unreadable
    if end <= start:
        raise section.values["end"].refuse("is not after start; half-open spans need an end after their start")
    return Span(start, end)
