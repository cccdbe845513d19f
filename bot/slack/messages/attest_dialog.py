"""The question when somebody is free whose calendar cannot be read: who, which times, and how one knows."""

from __future__ import annotations

from bot.slack.blocks import Block, Choice, input_choice, input_text, modal, says
from bot.slack.messages.attested import unreadable
from bot.slack.messages.presses import ATTEST_DIALOG
from bot.slack.messages.reject_dialog import REASON
from bot.slack.messages.substitute_dialog import PERSON
from bot.slack.messages.view import ReviewView
from bot.slack.text import length, unmarked

WINDOWS = "windows"  # the input: when they are free
__all__ = ["PERSON", "REASON", "WINDOWS", "attest_dialog"]

_LONGEST_VALUE = 150


def attest_dialog(view: ReviewView) -> Block:
    people = [p for p in unreadable(view) if p in view.people.people and length(p) <= _LONGEST_VALUE]
    if not people:
        nothing = "every calendar that is asked for can be read, and what a calendar tells counts."
        return modal("When are they free?", ATTEST_DIALOG, [says(f"{view.id}: {nothing}")], carries=view.carries())
    return modal(
        "When are they free?",
        ATTEST_DIALOG,
        [
            says(
                f"{view.id}: nobody can read when these people are free. Write when they told you that they are: those "
                "times count for this review, with your name. Every other time stays unknown, and unknown is never free."
            ),
            input_choice("Who", PERSON, [_choice(view, p) for p in people]),
            input_text(
                "When, by their own clock?", WINDOWS, multiline=True, optional=True, longest=2000,
                placeholder="Thu 3 Dec 10:00-12:00",
                hint="One time from and to in each line, with its day. Written again, it replaces what was stated of them before; "
                "left empty, it takes that back.",
            ),
            input_text(
                "How do you know?", REASON, multiline=True, longest=1000,
                hint="Such as: her mail of today. It stands in the thread and in the log, with your name.",
            ),
        ],
        submit="State it",
        close="Not now",
        carries=view.carries(),
    )  # fmt: skip


def _choice(view: ReviewView, person: str) -> Choice:
    return Choice(f"{unmarked(view.speech.name(person))} · {view.people.people[person].time_zone}", person)
