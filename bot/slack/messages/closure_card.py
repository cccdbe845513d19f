"""The card of a closure: what is being closed, how far it is, who must act."""

from __future__ import annotations

from bot.core.closure import Closure
from bot.slack.blocks import Block, Message, buttons, message, says, small
from bot.slack.messages.closure_view import DEED, STEP, ClosureView
from bot.slack.speech import counted
from bot.slack.text import safe

_STATE = {"to_do": "to do", "waiting": "waiting", "done": "done", "already_done": "was so already", "halted": "halted"}


def closure_card(view: ClosureView) -> Message:
    closure = view.closure
    title = f"*Closing · {view.id} {safe(closure.plan.title, 150)}*"
    return message(
        f"{view.id}: {state_line(view)}",
        says(f"{title}\n{state_line(view)}\n{view.identifiers}"),
        says(steps_line(closure)) if closure.steps else None,
        buttons(*_presses(view)),
        small(f"Coordinator {view.speech.name(closure.plan.coordinator)} · what happened stands in the thread"),
    )


def steps_line(closure: Closure) -> str:
    return " · ".join(f"{STEP[s.step]}: {_STATE[s.state]}" for s in closure.steps)


def state_line(view: ClosureView) -> str:
    closure = view.closure
    match closure.state:
        case "checking":
            return (
                f"Waiting: {safe(closure.delayed)} Tried again by itself"
                if closure.delayed
                else "Reading everything again"
            )
        case "closing":
            return _closing(closure)
        case "closed":
            return f"Closed {view.speech.day_and_time(closure.closed_at)}" if closure.closed_at else "Closed"
        case "halted":
            who = view.speech.names(closure.plan.closers, "or", 4)
            things = counted(len(closure.disagreements), "thing does", "things do")
            return f"Halted: {things} not agree. {who} must look"
        case "taken_over":
            return f"{view.speech.name(closure.taken_over_by or '')} closes it by hand"


def _closing(closure: Closure) -> str:
    step = closure.next
    if step is None:
        return "Closing"
    now = closure.step(step)
    if now.state == "waiting":
        return f"Waiting to {DEED[step]}: {safe(now.words)} Tried again by itself"
    return f"About to {DEED[step]}"


def _presses(view: ClosureView) -> list[Block | None]:
    waiting = view.closure.delayed or any(s.state == "waiting" for s in view.closure.steps)
    if view.closure.state == "halted":
        return [view.again, view.take_over]
    return [view.take_over] if waiting and view.closure.state in ("checking", "closing") else []


def closure_row(view: ClosureView) -> Block:
    """One closure in two lines, for the home tab."""
    return says(f"*{view.id} {safe(view.closure.plan.title, 120)}*\n{state_line(view)}")


def closure_line(view: ClosureView) -> str:
    """The same in one line, among others."""
    return f"*{view.id}* {safe(view.closure.plan.title, 80)} · {state_line(view)}"


def closure_status(view: ClosureView) -> Message:
    return message(
        f"{view.id}: {state_line(view)}",
        closure_row(view),
        says(view.identifiers),
        says(steps_line(view.closure) or "–"),
    )
