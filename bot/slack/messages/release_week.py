"""The week's release calendar, a paragraph for each day: freezes, blackouts, booked slots, cutovers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bot.core.release_week import Day, Planned, Week
from bot.core.span import Span
from bot.core.words import listed
from bot.slack.blocks import Block, says, small
from bot.slack.speech import Speech, first_of
from bot.slack.text import safe

_MOST = 10  # of one day
_NAME = 100
_NONE = "There is no release calendar: policy.yaml says `release_calendar: none`."
_NOTHING = "Nothing in the next seven days: no freeze, no blackout, no booked slot, no cutover."


def release_week(week: Week, speech: Speech) -> list[Block]:
    """`speech` is in the reader's zone: by its midnights the days were parted."""
    blocks = [] if week.kept else [says(_NONE)]
    if not week.days:
        return blocks or [says(_NOTHING)]
    told = [(day, _things(day, speech)) for day in week.days]
    runs = (list(run) for _, run in groupby(_numbered(told), key=lambda each: each[0]))
    blocks += [says(_paragraph([day for _, day, _ in run], run[0][2], speech)) for run in runs]
    return [*blocks, small(f"Days and times are those of {speech.place}.")]


def _numbered(told: Sequence[tuple[Day, str]]) -> list[tuple[int, Day, str]]:
    """Days that follow one another with the very same things have one number: a long freeze is said once."""
    found: list[tuple[int, Day, str]] = []
    for day, things in told:
        same = bool(found) and found[-1][1].span.end == day.span.start and found[-1][2] == things
        number = found[-1][0] + (not same) if found else 0
        found.append((number, day, things))
    return found


def _paragraph(days: Sequence[Day], things: str, speech: Speech) -> str:
    first, last = speech.day(days[0].span.start), speech.day(days[-1].span.start)
    return f"*{first if first == last else f'{first} – {last}'}*\n{things}"


def _things(day: Day, speech: Speech) -> str:
    return first_of(day.planned, lambda thing: f"• {_thing(thing, day.span, speech)}", "\n", _MOST)


def _thing(thing: Planned, day: Span, speech: Speech) -> str:
    hours = listed([_hours(span, day, speech) for span in thing.spans])
    name = f": {safe(thing.name, _NAME)}" if thing.name else ""
    alone = [safe(", ".join(thing.services), _NAME)] if thing.services else []
    alone += [thing.binds] if thing.binds else []
    only = f" ({'; '.join(alone)} only)" if alone else ""
    return f"{hours} {thing.sort}{name}{only}"


def _hours(span: Span, day: Span, speech: Speech) -> str:
    if span == day:
        return "all day"
    if span.start == day.start:
        return f"until {speech.clock(span.end)}"
    if span.end == day.end:
        return f"from {speech.clock(span.start)}"
    return f"{speech.clock(span.start)} – {speech.clock(span.end)}"
