"""What would make room: the agreements an option needs and from whom, and whom alone a time hangs on."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core import facts as f
from bot.core.authority import decider_of
from bot.slack.blocks import Block, says
from bot.slack.messages.view import ReviewView, named
from bot.slack.speech import enumerated, some

_NEEDS: Mapping[str, str] = {
    "working_hours": "outside working hours", "protected": "in a protected window", "unknown": "calendar not readable",
    "busy": "busy", "substitution": "sits in, and nobody has confirmed that authority", "freeze": "during a freeze",
    "blackout": "during a blackout", "booked": "while the slot is booked for another review",
    "coverage": "outside support coverage", "customer_blackout": "during the customer's blackout",
}  # fmt: skip
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHOWN = 5  # options in a message


def option_block(view: ReviewView, option: f.Option, index: int) -> Block:
    needs = some([_need(view, need) for need in option.needs], "\n", 6)
    return says(f"*{_LETTERS[index]} · {view.speech.span(option.slot.span)}*\n{needs}")


def _need(view: ReviewView, need: f.Need) -> str:
    what = _NEEDS.get(need.rule, view.speech.role(need.rule))
    seat = (
        f"{view.speech.name(need.person)} ({view.speech.role(need.role or '')}) " if need.person else "the review is "
    )
    return f"• {seat}{what}: {_approvers(view, need.approvers)} must agree"


def _approvers(view: ReviewView, names: tuple[str, ...]) -> str:
    found = decider_of(names, view.record, view.people, view.now) if view.record else ()
    return named(found, view.speech, most=4) or enumerated([view.speech.role(n) for n in names], "or", 4) or "nobody"


def asks(view: ReviewView, found: f.Searched) -> list[str]:
    """One line a person: only they can say whether what stands there can be moved."""
    by_person: dict[tuple[str, str, bool], list[str]] = {}
    for ask in found.asks:
        unread = "unknown" in ask.rules and "busy" not in ask.rules
        by_person.setdefault((ask.person, ask.role, unread), []).append(view.speech.span(ask.span))
    lines = [
        f"Only *{view.speech.name(person)}* ({view.speech.role(role)}) stands against {some(times, ' · ', 3)}: "
        f"{'that calendar cannot be read. Ask whether they are free' if unread else 'ask whether that can be moved'}."
        for (person, role, unread), times in by_person.items()
    ]
    return lines[:4]


def there(view: ReviewView, found: f.Searched) -> str:
    times = [
        f"*{_LETTERS[i]}* {view.speech.bare_span(option.slot.span)}" for i, option in enumerate(found.options[:SHOWN])
    ]
    return f"In {view.speech.place}: {' · '.join(times)}" if times else ""
