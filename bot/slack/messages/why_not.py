"""Why other times do not fit: in plain words by day, or for one time that somebody asks about. Private: names may stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.explanation import Stretch
from bot.slack.blocks import Block, Message, buttons, input_text, message, modal, says, small
from bot.slack.messages import presses
from bot.slack.messages.presses import WHY_NOT_DIALOG
from bot.slack.messages.view import ReviewView
from bot.slack.speech import DAYS, MONTHS, first_of
from bot.slack.text import safe

TIME = "time"  # the input: one time to ask about

Ask = tuple[str, str]  # an instant in UTC, ISO 8601, and the button's label: agreement can be asked for that time
Day = tuple[str, Sequence[str]]  # `Tue 1 Dec`, and sentences in the core's words


def why_not(view: ReviewView, days: Sequence[Day], ask: bool = True) -> Block:
    """`ask`: offer a line for one time; it is submitted with *Ask*."""
    lines = [_day(view, label, sentences) for label, sentences in days[:60]]
    left_out = [small(f"{len(days) - 60} further days are in the full log.")] if len(days) > 60 else []
    return modal(
        "Why not another time?",
        WHY_NOT_DIALOG,
        [
            says(f"What rules out the other starts for {view.id}:" if days else f"Every start for {view.id} fits."),
            *(says(line) for line in lines),
            *left_out,
            small(f"Days and times in this list are those of {view.speech.place}. Only free and busy is known."),
            _question(view) if ask else None,
        ],
        submit="Ask" if ask else None,
        carries=view.carries(),
    )


def days_in_words(view: ReviewView, days: Sequence[tuple[date, Sequence[Stretch]]]) -> tuple[Day, ...]:
    """What the core tells of each day, as lines of this dialog: `09:00 to 11:15: database migration owner: busy`."""
    return tuple((_label(day), [_stretch(view, stretch) for stretch in stretches]) for day, stretches in days)


def _label(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def _stretch(view: ReviewView, stretch: Stretch) -> str:
    first, last = view.speech.clock(stretch.first), view.speech.clock(stretch.last)
    return f"{first if first == last else f'{first} to {last}'}: {'; '.join(stretch.words)}"


def _day(view: ReviewView, label: str, sentences: Sequence[str]) -> str:
    reasons = first_of(sentences, lambda words: f"• {view.speech.say(words)}", "\n", 25)
    return f"*{safe(label, 60)}*\n{reasons or '• every start fits'}"


def _question(view: ReviewView) -> Block:
    place = view.speech.place
    return input_text("Ask about one time", TIME, optional=True, placeholder="Tue 13:00", longest=60,
                      hint=f"A day and a time in {place}, such as Tue 13:00 or 2026-12-01 13:00.")  # fmt: skip


def verdict_dialog(view: ReviewView, time: str, fits: bool, sentences: Sequence[str], nearest: Sequence[str] = (),
                   ask: Ask | None = None) -> Block:  # fmt: skip
    """The answer about one time, in place of the list. `time` and all sentences are in the core's words."""
    return modal("Why not this time?", WHY_NOT_DIALOG, _verdict(view, time, fits, sentences, nearest, ask),
                 carries=view.carries())  # fmt: skip


def verdict(view: ReviewView, time: str, fits: bool, sentences: Sequence[str], nearest: Sequence[str] = (),
            ask: Ask | None = None) -> Message:  # fmt: skip
    """The same as a private line: the answer to `why CHG-1042 Tue 13:00`."""
    said = view.speech.say(time)
    return message(
        f"{view.id}: {said} {'fits' if fits else 'does not fit'}.", *_verdict(view, time, fits, sentences, nearest, ask)
    )


def _verdict(view: ReviewView, time: str, fits: bool, sentences: Sequence[str], nearest: Sequence[str],
             ask: Ask | None) -> list[Block | None]:  # fmt: skip
    head = f"*{view.speech.say(time)}* {'fits' if fits else 'does not fit'} {view.id}"
    reasons = first_of(sentences, lambda words: f"• {view.speech.say(words)}", "\n", 20)
    return [
        says(f"{head}:\n{reasons}" if reasons else f"{head}."),
        says(" ".join(view.speech.say(s) for s in nearest[:4])) if nearest else None,
        buttons(presses.ask_exception_at(view, *ask)) if ask else None,
        small(f"Times are in your own zone. What you type is read in that of {view.speech.place}."),
    ]
