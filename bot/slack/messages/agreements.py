"""What would make room: the agreements an option needs and from whom, and whom alone a time hangs on."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.core.authority import decider_of
from bot.core.customers import is_the_customers
from bot.slack.blocks import Block, says
from bot.slack.messages import presses
from bot.slack.messages.points import need_kind, need_words, seat_words
from bot.slack.messages.view import ReviewView, named
from bot.slack.speech import enumerated, some
from bot.slack.text import unmarked

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_OPTIONS = 5
_MOST_ASKS = 4


def open_options(view: ReviewView, found: f.Searched) -> list[int]:
    """Which options may still be had: one that somebody said no to is gone. Each keeps its letter."""
    options = enumerate(found.options[:_MOST_OPTIONS])
    return [i for i, option in options if not _refused(view, option.slot, option.needs)]


def open_asks(view: ReviewView, found: f.Searched) -> list[int]:
    """Which questions to one person are open or unasked: the first few."""
    fresh = [i for i, ask in enumerate(found.asks) if _standing(view, ask) != "refused"]
    return fresh[:_MOST_ASKS]


def option_blocks(view: ReviewView, found: f.Searched) -> list[Block]:
    return [_option(view, found, index) for index in open_options(view, found)]


def ask_blocks(view: ReviewView, found: f.Searched) -> list[Block]:
    """One line a time: only that person can say whether what stands there can be moved."""
    return [_ask(view, found, index) for index in open_asks(view, found)]


def _option(view: ReviewView, found: f.Searched, index: int) -> Block:
    option = found.options[index]
    needs = needs_words(view, option)
    asked = _asked(view, option.slot, "exception")
    words = f"Ask for option {_LETTERS[index]}, {unmarked(view.speech.plain(option.slot.span.start))}"
    press = presses.ask_exception(view, found.search, index, words)
    return _line(view, f"*{_LETTERS[index]} · {view.speech.span(option.slot.span)}*", needs, asked, press)


def _ask(view: ReviewView, found: f.Searched, index: int) -> Block:
    ask = found.asks[index]
    letter = _ask_letter(found, index)
    unread = "unknown" in ask.rules and "busy" not in ask.rules
    why = ": that calendar cannot be read. Ask whether they are free" if unread else ""
    words = f"Only {view.speech.name(ask.person)} ({view.speech.role(ask.role)}) stands against it{why}."
    asked = _asked_person(view, ask)
    spoken = f"Ask about {unmarked(view.speech.plain(ask.span.start))}"
    press = presses.ask_person(view, found.search, index, ask.person, spoken)
    return _line(view, f"*{letter} · {view.speech.span(ask.span)}*", words, asked, press)


def _line(view: ReviewView, head: str, body: str, asked: Agreement | None, press: Block) -> Block:
    if asked is None:
        return says(f"{head}\n{body}", press)
    if asked.standing == "granted":
        return says(f"{head}\n{body}\n_Agreed to._", presses.hold_agreed(view, asked))
    return says(f"{head}\n{body}\n_{view.speech.short(asked.by)} has asked for it._")


def needs_words(view: ReviewView, option: f.Option) -> str:
    """A line for each sort of leave, with all whom it concerns: who must give it, and that those people are asked too."""
    alike: dict[tuple[str, tuple[str, ...]], list[f.Need]] = {}
    for need in option.needs:
        alike.setdefault((need.rule, need.approvers), []).append(need)
    return some([_leave(view, needs) for needs in alike.values()], "\n", 6)


def _leave(view: ReviewView, needs: Sequence[f.Need]) -> str:
    """`• Sam Ortiz (security reviewer) outside working hours: Priya Nair (release owner) must agree; Sam is asked too`"""
    first = needs[0]
    seats = enumerated([seat_words(view, n.person, n.role) for n in needs if n.person], "and", 6)
    what = f"{seats} {need_kind(view, first)}" if seats else need_words(view, first)
    asked = tuple(n.person for n in needs if n.person and n.rule != "substitution" and not _customers(view, n.person))
    too = f"; {view.speech.shorts(asked)} {'is' if len(asked) == 1 else 'are'} asked too" if asked else ""
    return f"• {what}: {_approvers(view, first.approvers)} must agree{too}"


def _customers(view: ReviewView, person: str) -> bool:
    known = view.people.people.get(person)
    return known is None or view.record is None or is_the_customers(known, view.record, view.people)


def _approvers(view: ReviewView, names: tuple[str, ...]) -> str:
    found = decider_of(names, view.record, view.people, view.now) if view.record else ()
    return named(found, view.speech, most=4) or enumerated([view.speech.role(n) for n in names], "or", 4) or "nobody"


def _about(view: ReviewView, slot: f.Slot, sort: str) -> list[Agreement]:
    return [a for a in view.meeting.agreements if a.sort == sort and a.slot and a.slot.span == slot.span]


def _refused(view: ReviewView, slot: f.Slot, needs: Sequence[f.Need]) -> bool:
    said = [p for a in _about(view, slot, "exception") for p in a.points if p.standing == "refused"]
    wanted = {(need.rule, need.person) for need in needs}
    return any((p.need.rule, p.need.person) in wanted for p in said)


def _asked(view: ReviewView, slot: f.Slot, sort: str) -> Agreement | None:
    return next((a for a in reversed(_about(view, slot, sort)) if a.standing != "refused"), None)


def _asked_person(view: ReviewView, ask: f.Ask) -> Agreement | None:
    about = [a for a in view.meeting.agreements if a.sort == "ask" and a.slot and a.slot.span == ask.span]
    mine = [a for a in about if any(p.need.person == ask.person for p in a.points)]
    return mine[-1] if mine else None


def _standing(view: ReviewView, ask: f.Ask) -> str:
    asked = _asked_person(view, ask)
    return asked.standing if asked else "unasked"


def letter_of(index: int) -> str:
    return _LETTERS[index]


def _ask_letter(found: f.Searched, index: int) -> str:
    """The letters go on after the options'."""
    place = min(len(found.options), _MOST_OPTIONS) + index
    return _LETTERS[place] if place < len(_LETTERS) else str(place + 1)


def there(view: ReviewView, found: f.Searched) -> str:
    lettered = [(_LETTERS[i], found.options[i].slot.span) for i in open_options(view, found)]
    lettered += [(_ask_letter(found, i), found.asks[i].span) for i in open_asks(view, found)]
    times = [f"*{letter}* {view.speech.bare_span(span)}" for letter, span in lettered]
    return f"In {view.speech.place}: {' · '.join(times)}" if times else ""
