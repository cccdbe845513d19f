"""Weekly hours as people write them: `mon-fri: ["09:00-17:00"]`, over midnight and around the weekend too."""

from __future__ import annotations

import re

from bot.core.people import Day, WallRange, Weekly, Window
from bot.workspace_problems import Problem, did_you_mean, quoted
from bot.workspace_reading import Keys, Place, Section, each, span_in, text

DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = 24 * 60
_RANGE = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
WINDOW = Keys(optional=("hours", "start", "end", "name"))


def weekly(place: Place) -> Weekly:
    """Days or ranges of days, each with its list of wall-clock ranges."""
    found: dict[Day, tuple[WallRange, ...]] = {}
    for word, value in place.entries():
        ranges = each(wall_range)(value)
        for day in _days(place, word):
            if day in found:
                _complain_of_key(place, word, f"names {day} a second time; name each day once")
            found[day] = ranges
    return Weekly(days=tuple((day, found[day]) for day in DAYS if day in found))


def _days(place: Place, word: str) -> tuple[Day, ...]:
    """`fri`, or `sun-thu`, which wraps."""
    first, dash, last = word.partition("-")
    last = last if dash else first
    if first not in DAYS or last not in DAYS:
        wrong = first if first not in DAYS else last
        _complain_of_key(place, word, f"{quoted(wrong)} is not a day{did_you_mean(wrong, DAYS)}")
        return ()
    begin, end = DAYS.index(first), DAYS.index(last)
    return tuple(DAYS[(begin + step) % 7] for step in range((end - begin) % 7 + 1))


def _complain_of_key(place: Place, word: str, message: str) -> None:
    key = place.inside(word, place.node).key
    place.problems.append(Problem(place.file, place.line_of(word), key, message))


def wall_range(place: Place) -> WallRange:
    word = text(place)
    shape = _RANGE.fullmatch(word)
    if not shape:
        raise place.refuse(f'{quoted(word)} is not a range of hours; write for example "09:00-17:00"')
    start, end = _minutes(shape[1], shape[2]), _minutes(shape[3], shape[4])
    if start is None or end is None or start == WHOLE_DAY:
        raise place.refuse(f"{quoted(word)} is not a time of day; hours go from 00:00 to 24:00 (only as an end)")
    if start == end:
        raise place.refuse(f'{quoted(word)} begins where it ends; the whole day is "00:00-24:00"')
    return WallRange(start=start, end=end)


def _minutes(hours: str, minutes: str) -> int | None:
    """Minutes after midnight, 24:00 included; None when there is no such time."""
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= WHOLE_DAY else None


def clock_time(place: Place) -> str:
    """A local wall-clock time, "18:00"."""
    word = text(place)
    shape = _CLOCK.fullmatch(word)
    minutes = _minutes(shape[1], shape[2]) if shape else None
    if minutes is None or minutes == WHOLE_DAY:
        raise place.refuse(f'{quoted(word)} is not a time of day; write for example "18:00"')
    return word


def window(place: Place) -> Window:
    """A published window: weekly `hours`, or one span from `start` to `end`."""
    section = Section(place, WINDOW)
    check_one_form(section)
    name = section.maybe("name", text)
    if "hours" in section:
        return Window(hours=section.maybe("hours", weekly), name=name)
    return Window(span=span_in(section), name=name)


def check_one_form(section: Section) -> None:
    """Either `hours`, or `start` and `end`: both, or neither, says nothing that could be obeyed."""
    spans = [word for word in ("start", "end") if word in section]
    if "hours" in section and spans:
        raise section.place.refuse("has both hours and start or end; keep one of the two")
    if "hours" not in section and len(spans) < 2:
        raise section.place.refuse("needs hours, or both start and end; add them")
