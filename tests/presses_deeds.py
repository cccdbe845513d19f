"""What can be pressed, and the ways that lead deep into a review: for random presses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from bot.core.authority import Asker
from tests.inner_world import CHANNEL, InnerWorld


class Hand(NamedTuple):
    """What the buttons at hand carry: some of it old, some of it wrong."""

    search: int
    index: int
    set: int | None
    agreement: int
    point: int
    start: datetime
    role: str
    person: str
    escalation: int


Deed = Callable[[InnerWorld, Asker, str, Hand], object]
DEEDS: dict[str, Deed] = {
    "ask": lambda w, a, id, h: w.asking.ask(a, id, CHANNEL),
    "hold": lambda w, a, id, h: w.holding.hold(a, id, h.search, h.index),
    "hold agreed": lambda w, a, id, h: w.holding.hold_agreed(a, id, h.agreement),
    "let go": lambda w, a, id, h: w.holding.let_go(a, id, h.set),
    "extend": lambda w, a, id, h: w.holding.extend(a, id, h.set),
    "reject": lambda w, a, id, h: w.holding.reject(a, id, h.set, "Too early."),
    "approve": lambda w, a, id, h: w.confirming.approve(a, id, h.set),
    "substitute": lambda w, a, id, h: w.agreeing.substitute(a, id, h.role, h.person, "On leave."),
    "exception": lambda w, a, id, h: w.agreeing.exception(a, id, h.search, h.index),
    "exception at": lambda w, a, id, h: w.agreeing.exception_at(a, id, h.start),
    "ask person": lambda w, a, id, h: w.agreeing.ask_person(a, id, h.search, h.index),
    "agree": lambda w, a, id, h: w.agreeing.answer(a, id, h.agreement, h.point, True, ""),
    "disagree": lambda w, a, id, h: w.agreeing.answer(a, id, h.agreement, h.point, False, "No."),
    "take it": lambda w, a, id, h: w.escalating.acknowledge(a, id, h.escalation),
    "reschedule": lambda w, a, id, h: w.watching.reschedule(a, id),
    "keep": lambda w, a, id, h: w.watching.keep(a, id),
    "cancel": lambda w, a, id, h: w.asking.cancel(a, id),
    "note": lambda w, a, id, h: w.asking.note(a, id, "Bring the plan."),
    "look again": lambda w, a, id, h: w.asking.look_again(a, id),
}

AGREEING = ("exception", "exception", "exception at", "ask person", "substitute", "agree", "agree", "agree", "disagree", "hold agreed", "hold agreed")  # fmt: skip
NEXT: dict[str, tuple[str, ...]] = {
    "searching": ("look again", "keep", "hold", "note"),
    "choosing": ("hold", "hold", "hold", "hold agreed", "substitute", "agree", "exception at"),
    "blocked": AGREEING,
    "placing": ("hold", "approve", "let go", "cancel", "disagree"),
    "held": ("approve", "approve", "approve", "hold", "hold", "extend", "reject", "let go", "disagree", "hold agreed", "look again"),
    "confirming": ("approve", "let go", "cancel", "keep", "disagree", "look again", "hold"),
    "confirmed": ("reschedule", "reschedule", "reschedule", "cancel", "approve", "hold"),
    "cancelled": ("ask", "ask", "hold", "approve"),
}  # fmt: skip
EVERY = tuple(
    sorted({name for names in NEXT.values() for name in names} | {"ask", "take it", "note", "keep", "cancel"})
)

# By record: who does what, with which offer or option (or at which hour), and whether all that comes of it is done then;
# `wait` so many minutes, or something `comes` in the way of the slot.
Arc = tuple[tuple[str, str, int, bool], ...]
_CONFIRMED: Arc = (("olga", "hold", 0, True), ("mara", "approve", 0, True))
_TWO: Arc = (("olga", "hold", 0, True), ("mara", "hold", 2, True))
_FREEZE: Arc = (("mara", "exception at", 4, True), ("anna", "agree", 0, True))
_LATE: Arc = (("olga", "hold", 2, True), ("", "wait", 119, True), ("mara", "hold", 3, False), ("", "wait", 1, True))
_STOPPED: Arc = (
    ("olga", "hold", 2, True), ("mara", "hold", 3, True), ("mara", "approve", 0, False), ("", "wait", 121, False),
    ("", "comes", 0, True),
)  # fmt: skip
ARCS: dict[str, tuple[Arc, ...]] = {
    "CHG-1": (
        _CONFIRMED, (*_CONFIRMED, ("olga", "reschedule", 0, True)), _TWO, (*_TWO, ("mara", "approve", 0, False)),
        _FREEZE, (*_FREEZE, ("mara", "hold agreed", 0, True)), _LATE, _STOPPED,
        (*_FREEZE, ("mara", "hold", 0, False), ("", "comes", 0, True)),
        (*_CONFIRMED, ("", "comes", 0, True), ("olga", "reschedule", 0, True), ("", "wait", 2, True), ("olga", "hold", 0, True)),
    ),
    "CHG-2": (_CONFIRMED, (*_CONFIRMED, ("olga", "reschedule", 0, True)), _TWO),
    "CHG-3": (
        (("otto", "exception", 0, True), ("lena", "agree", 0, True)),
        (("otto", "exception", 0, True), ("lena", "agree", 0, True), ("otto", "hold agreed", 0, True)),
    ),
    "CHG-4": (
        (("otto", "ask person", 1, True), ("zoe", "agree", 0, True)),
        (("otto", "ask person", 0, True), ("zoe", "agree", 0, True), ("otto", "hold agreed", 0, True)),
    ),
}  # fmt: skip
