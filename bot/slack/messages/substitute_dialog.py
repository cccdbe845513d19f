"""The question who sits in for whom: role, person and reason; nothing is decided by it, people are asked."""

from __future__ import annotations

from bot.core.people import Person
from bot.slack.blocks import Block, Choice, input_choice, input_text, modal, says
from bot.slack.messages.presses import SUBSTITUTE_DIALOG
from bot.slack.messages.reject_dialog import REASON
from bot.slack.messages.view import ReviewView
from bot.slack.text import length, unmarked

ROLE = "role"  # the input: the seat to fill
PERSON = "person"  # the input: who would sit there
__all__ = ["PERSON", "REASON", "ROLE", "substitute_dialog"]

_MOST = 100  # what Slack takes in one list
_LONGEST_VALUE = 150


def substitute_dialog(view: ReviewView) -> Block:
    roles, people = _roles(view), _people(view)
    if not roles or not people:
        nothing = "The roles are not known before a search has finished." if not roles else "Everybody sits already."
        return modal("Substitute", SUBSTITUTE_DIALOG, [says(f"{view.id}: {nothing}")], carries=view.carries())
    shown = people[:_MOST]
    cut = f"The first {len(shown)} of {len(people)} people by name." if len(people) > len(shown) else None
    return modal(
        "Ask for a substitute",
        SUBSTITUTE_DIALOG,
        [
            says(
                f"{view.id}: somebody sits in a role for this meeting only. Nothing changes before the people whom the "
                f"policy names have approved it."
            ),
            input_choice("Role", ROLE, roles[:_MOST]),
            input_choice("Who would sit there", PERSON, [_option(view, p) for p in shown], hint=cut),
            input_text(
                "Why?",
                REASON,
                multiline=True,
                longest=1000,
                hint="It stands in the thread and in the log, with your name.",
            ),
        ],
        submit="Ask",
        close="Not now",
        carries=view.carries(),
    )


def _roles(view: ReviewView) -> list[Choice]:
    searched = view.meeting.search
    roles = [holders.role for holders in searched.roles] if searched else []
    return [Choice(unmarked(view.speech.role(r)), r) for r in roles if length(r) <= _LONGEST_VALUE]


def _people(view: ReviewView) -> list[Person]:
    """Everybody who does not sit at the chosen time already, by name."""
    seated = view.meeting.slot.people if view.meeting.slot else ()
    known = (p for p in view.people.people.values() if p.id not in seated and length(p.id) <= _LONGEST_VALUE)
    return sorted(known, key=lambda p: (p.name.casefold(), p.id))


def _option(view: ReviewView, person: Person) -> Choice:
    return Choice(unmarked(view.speech.name(person.id)), person.id)
