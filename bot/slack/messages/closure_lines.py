"""What the thread of a closure says of each thing that happened, and what the coordinator is told at the end."""

from __future__ import annotations

from bot.core import closure_facts as c
from bot.core.closing_found import Change
from bot.core.closure import ASKED, At
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.closure_halted import disagreement, halted
from bot.slack.messages.closure_view import STEP, ClosureView
from bot.slack.speech import capital, counted, first_of, number
from bot.slack.text import safe

_MOST = 8


def lines(view: ClosureView, entry: At) -> list[Message]:
    """What the thread says of one entry; intents say nothing."""
    if isinstance(entry.fact, c.Halted):
        return [halted(view)]
    words = told(view, entry)
    if words is None or isinstance(entry.fact, c.StepIntended):
        return []
    links = entry.fact.links if isinstance(entry.fact, c.StepSettled) else ()
    below = first_of(links, view.evidence, "\n", _MOST)
    return [message(words, says(words), says(below) if below else None, small(view.speech.day_and_time(entry.at)))]


def told(view: ClosureView, entry: At) -> str | None:
    """One sentence on one entry, for the thread and the log."""
    match entry.fact:
        case c.EventHeard(event=event) if event.type == ASKED:
            return f"*{view.speech.name(entry.fact.by)}* asked to close {view.id}. Everything is read again."
        case c.EventHeard(event=event):
            return f"{safe(event.source, 120)} told that {safe(event.record, 80)} was accepted (event {safe(event.id, 80)})."
        case c.Begun():
            return None
        case c.Validated():
            return (
                f"Source, archive and tracker agree: {view.identifiers}, {counted(len(entry.fact.links), 'archived file')}, "
                "each present and unaltered."
            )
        case c.Repeated():
            return f"{view.id} is closed for this acceptance already. Nothing was written."
        case c.StepIntended():
            return f"{capital(STEP[entry.fact.step])}: about to be written ({_changes(entry.fact.changes) or 'nobody further is told'})."
        case c.StepSettled():
            return _settled(entry.fact)
        case c.Delayed(step=step):
            what = f"The {STEP[step]}" if step else "The reading"
            return f"{what} waits: {safe(entry.fact.words)} It is tried again by itself; what comes after it waits too."
        case c.Halted():
            return f"Halted. {'; '.join(disagreement(d).removeprefix('• ') for d in entry.fact.disagreements[:_MOST])}"
        case c.Closed():
            return f"*{view.id} is closed.* {view.identifiers}. {_counts(view)}"
        case c.TakenOver():
            return f"*{view.speech.name(entry.fact.by)}* takes {view.id} over: the rest is done by hand, and I write nothing more."


def ready(view: ClosureView) -> Message:
    """To the coordinator: identifiers and links alone."""
    words = f"{view.id} is closed: {view.identifiers}. It is ready for the next scheduled step."
    below = first_of(view.closure.links, view.evidence, "\n", _MOST)
    return message(
        words, says(words), says(below) if below else None, small(f"<{view.card}|The thread>") if view.card else None
    )


def _settled(fact: c.StepSettled) -> str:
    where = f"{capital(STEP[fact.step])} {safe(fact.where.partition(' ')[2], 120)}".strip()
    if fact.outcome == "already_done":
        return f"{where}: it was so already, nothing was written."
    if fact.step == "notify":
        return f"{where}: told." if fact.changes else "Nobody further is told: no intake is configured."
    return f"{where}: {_changes(fact.changes)}."


def _changes(changes: tuple[Change, ...]) -> str:
    return first_of(changes, _change, ", ", _MOST)


def _change(change: Change) -> str:
    if not change.before:
        return f"{safe(change.what, 120)} attached"
    return f"{safe(change.what, 120)} from {safe(change.before, 80)} to {safe(change.after, 80)}"


def _counts(view: ClosureView) -> str:
    steps = view.closure.steps
    so = sum(s.state == "already_done" for s in steps)
    return f"{capital(counted(len(steps) - so, 'step'))} done" + (
        f", {number(so)} {'was' if so == 1 else 'were'} so already." if so else "."
    )
