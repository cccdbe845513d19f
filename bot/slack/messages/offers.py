"""The offers, in the thread: each time with who sits where, how much room is left, and why it stands where it stands."""

from __future__ import annotations

from bot.core import facts as f
from bot.slack.blocks import Block, Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.bounds import room
from bot.slack.messages.seats import who_sits
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, first_of, number
from bot.slack.text import safe, unmarked

FIRST = 5
_MOST = 20  # as many as stay readable in one message


def offers(view: ReviewView, searched: f.Searched, shown: int = FIRST) -> Message:
    """`shown`: how many of the offers; *More times* asks for the rest."""
    several = searched.offers[: min(shown, _MOST)]
    best = several[0] if several else None
    summary = f"{view.id}: {_count(searched)}" + (f" The best is {view.speech.span(best.span)}." if best else "")
    return message(
        summary,
        says(f"{_count(searched)} {_best(several, len(searched.offers))}"),
        *(_offer(view, searched, i) for i in range(len(several))),
        small(*_clocks(view, several)),
        buttons(presses.why_not(view), _more(view, searched, len(several))),
        _ruled_out(view, searched),
        _warnings(view, searched),
    )


def _count(searched: f.Searched) -> str:
    if searched.feasible == searched.starts == 1:
        return "The only start there is fits everybody."
    fits = "fits" if searched.feasible == 1 else "fit"
    return f"{capital(number(searched.feasible))} of {searched.starts} starts {fits} everybody."


def _best(several: tuple[f.Slot, ...], offered: int) -> str:
    if len(several) < 2:
        return "The best one:" if offered > 1 else "Here it is:"
    return f"The best {number(len(several))}, none overlapping:"


def _offer(view: ReviewView, searched: f.Searched, index: int) -> Block:
    slot = searched.offers[index]
    left = room(slot, searched, view.kind)
    words = f"*{index + 1} · {view.speech.span(slot.span)}*  {who_sits(view, slot)}{', ' + left if left else ''}"
    place = unmarked(view.speech.plain(slot.span.start))
    press = presses.hold(view, searched.search, index, f"Hold slot {index + 1}, {place}")
    return says(f"{words}\n_{ranked(searched.offers, index)}_", press)


def ranked(slots: tuple[f.Slot, ...], index: int) -> str:
    """Why it ranks where it does, in a sentence. The order is: fewest delegates, fewest preferences broken, earliest."""
    slot = slots[index]
    broken = slot.preferences_broken
    cost = [f"{number(slot.delegates)} delegate{'s' if slot.delegates > 1 else ''}"] if slot.delegates else []
    cost += [f"{number(broken)} preference{'s' if broken > 1 else ''} set aside"] if broken else []
    if index == 0:
        return f"First: the earliest with {' and '.join(cost)}." if cost else "First: the earliest with everyone named."
    before = slots[index - 1]
    if (before.delegates, before.preferences_broken) == (slot.delegates, broken):
        return f"After {index}: as good, but later."
    return f"After {index}: it takes {' and '.join(cost)}."


def _clocks(view: ReviewView, several: tuple[f.Slot, ...]) -> list[str]:
    """Times follow the reader's zone; the organisation's stands beside them, with the day of the week."""
    there = " · ".join(f"*{i}* {view.speech.bare_span(slot.span)}" for i, slot in enumerate(several, 1))
    return [f"Times are in your own zone. In {view.speech.place}: {there}"]


def _more(view: ReviewView, searched: f.Searched, shown: int) -> Block | None:
    return presses.more_times(view, searched.search, shown) if shown < min(len(searched.offers), _MOST) else None


def _ruled_out(view: ReviewView, searched: f.Searched) -> Block | None:
    if not searched.ruled_out:
        return None
    reasons = first_of(searched.ruled_out, lambda told: f"{view.say_by_role(told[0])} ({told[1]})", " · ", 6)
    return small(f"Ruled out: {reasons}")


def _warnings(view: ReviewView, searched: f.Searched) -> Block | None:
    if not searched.warnings:
        return None
    warnings = first_of(searched.warnings, view.speech.say, " · ", 6)
    return says(f"*The cutover of {safe(view.request.record, 80)} meets:* {warnings}")
