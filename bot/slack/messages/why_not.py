"""Why other times do not fit: in plain words by day, or for one time that somebody asks about. Private: names may stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.core.by_day import Day, Line, Told
from bot.core.span import zone
from bot.slack.blocks import Block, Message, buttons, input_text, message, modal, says, small
from bot.slack.messages import presses
from bot.slack.messages.exception_dialog import why_wanted
from bot.slack.messages.presses import EXCEPTION_DIALOG, WHY_NOT_DIALOG
from bot.slack.messages.view import ReviewView
from bot.slack.speech import DAYS, MONTHS, enumerated, first_of, number
from bot.slack.text import safe

TIME = "time"  # the input: one time to ask about

Ask = tuple[str, str]  # an instant in UTC, ISO 8601, and the button's label: agreement can be asked for that time
MOST_DAYS = 60


def why_not(view: ReviewView, told: Told | None, ask: bool = True, names: bool = False) -> Block:
    """`ask`: offer a line for one time; it is submitted with *Ask*. `names`: the reader may hear names, so also see them."""
    days = told.days if told else ()
    more = [small(f"{len(days) - MOST_DAYS} further days are in the full log.")] if len(days) > MOST_DAYS else []
    return modal(
        "Why not another time?",
        WHY_NOT_DIALOG,
        [
            says(_opening(view, told)),
            *(says(_day(view, day)) for day in days[:MOST_DAYS]),
            *more,
            says(_hours(bool(days))) if told and told.hours else None,
            buttons(presses.named_picture(view)) if told and names else None,
            small(f"Each line goes from the first start to the last, in {view.speech.place}'s time. Where several things "
                  "rule a start out, not all of them are told. Only free and busy is known."),
            _question(view) if ask else None,
        ],
        submit="Ask" if ask else None,
        carries=view.carries(),
    )  # fmt: skip


def _opening(view: ReviewView, told: Told | None) -> str:
    if told is None:
        return f"No search for {view.id} has finished yet."
    if not told.days and not told.hours:
        return f"Every start for {view.id} fits."
    some_fit = view.meeting.search is not None and view.meeting.search.feasible
    return f"What rules out the {'other ' if some_fit else ''}starts for {view.id}:"


def _hours(others: bool) -> str:
    return f"Every {'other ' if others else ''}start that does not fit lies outside the working hours of somebody who must come."


def _day(view: ReviewView, day: Day) -> str:
    label = _label(day.first) if day.first == day.last else f"{_label(day.first)} to {_label(day.last)}"
    fits = (
        f" ({number(day.fits)} start{'s' if day.fits != 1 else ''} fit{'s' if day.fits == 1 else ''})"
        if day.fits
        else ""
    )
    lines = first_of(day.lines, lambda line: f"• {_line(view, line)}", "\n", 25)
    return f"*{safe(label, 60)}*{fits}\n{lines}"


def _line(view: ReviewView, line: Line) -> str:
    spans = [_stretch(view, *stretch) for stretch in line.stretches]
    return f"{enumerated(spans, 'and', 6) or 'all day'}: {view.speech.say(line.words)}."


def _stretch(view: ReviewView, first: datetime, last: datetime) -> str:
    begin, end = (each.astimezone(zone(view.zone)).strftime("%H:%M") for each in (first, last))
    return begin if begin == end else f"{begin} to {end}"


def _label(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def _question(view: ReviewView) -> Block:
    place = view.speech.place
    return input_text("Ask about one time", TIME, optional=True, placeholder="Tue 13:00", longest=60,
                      hint=f"A day and a time in {place}, such as Tue 13:00 or 2026-12-01 13:00.")  # fmt: skip


def verdict_dialog(view: ReviewView, time: str, fits: bool, sentences: Sequence[str], nearest: Sequence[str] = (),
                   ask: Ask | None = None) -> Block:  # fmt: skip
    """The answer about one time, in place of the list; where agreement would free it, it is asked for from here. `time`
    and all sentences are in the core's words."""
    blocks = _verdict(view, time, fits, sentences, nearest)
    if ask is None:
        return modal("Why not this time?", WHY_NOT_DIALOG, blocks, carries=view.carries())
    return modal("Why not this time?", EXCEPTION_DIALOG, [*blocks, why_wanted()], submit="Ask for this",
                 carries=view.carries(t=ask[0]))  # fmt: skip


def verdict(view: ReviewView, time: str, fits: bool, sentences: Sequence[str], nearest: Sequence[str] = (),
            ask: Ask | None = None) -> Message:  # fmt: skip
    """The same as a private line: the answer to `why CHG-1042 Tue 13:00`."""
    said = view.speech.say(time)
    return message(
        f"{view.id}: {said} {'fits' if fits else 'does not fit'}.", *_verdict(view, time, fits, sentences, nearest, ask)
    )


def _verdict(view: ReviewView, time: str, fits: bool, sentences: Sequence[str], nearest: Sequence[str],
             ask: Ask | None = None) -> list[Block | None]:  # fmt: skip
    head = f"*{view.speech.say(time)}* {'fits' if fits else 'does not fit'} {view.id}"
    reasons = first_of(sentences, lambda words: f"• {view.speech.say(words)}", "\n", 20)
    return [
        says(f"{head}:\n{reasons}" if reasons else f"{head}."),
        says(" ".join(view.speech.say(s) for s in nearest[:4])) if nearest else None,
        buttons(presses.ask_exception_at(view, *ask)) if ask else None,
        small(f"Times are in your own zone. What you type is read in that of {view.speech.place}."),
    ]
