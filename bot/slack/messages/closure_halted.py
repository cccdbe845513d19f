"""The follow-up packet: what was expected, what was found, what is done already, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.closure import Closure
from bot.core.closure_facts import Disagreement
from bot.slack.blocks import Message, buttons, message, says, small
from bot.slack.messages.closure_view import DEED, STEP, ClosureView
from bot.slack.speech import counted
from bot.slack.text import safe

_MOST = 20
_A_BLOCK = 5

# What a person does about it, by what does not agree; the rest is reconciled by hand.
_NEXT: Mapping[str, str] = {
    "not_accepted": "Is the review accepted or not? Once the record says so, try again.",
    "source_changed": "The record changed while this was being closed. Look at it; if the acceptance still stands, try again.",
    "plan_changed": "The closure's file was edited while this was being closed. Once it says what you mean, try again.",
    "not_stated": "Let the named place state what it does not state.",
    "not_there": "Put right what could not be found or read, or correct the closure's file.",
    "refused": "Give the bot the right that is missing, or connect the system.",
    "other_bundle": "Compare the archived bundle with the accepted one; archive the accepted one again.",
    "file_missing": "Archive the missing file again, from the accepted bundle.",
    "file_altered": "Archive the altered file again, from the accepted bundle.",
    "open_item": "Finish the open items, or name in `ticks` what the acceptance itself fulfils.",
    "approved_for_another": "The tracker is approved for another review: somebody must say which one holds.",
    "other_link": "An attached link of the same name leads elsewhere: remove it or archive under another name.",
    "undone": "Somebody undid what was done. Ask them, then try again.",
}
_RECONCILE = "Make the places say the same (or correct the closure's file), then try again."


def halted(view: ClosureView) -> Message:
    closure = view.closure
    head = f"{view.id} is halted{_where(closure)}: {counted(len(closure.disagreements), 'thing does', 'things do')} not agree. {_written(closure)}"
    return message(
        head,
        says(f"*{head}*"),
        says(view.identifiers),
        *(says("\n".join(map(disagreement, some))) for some in _portions(closure.disagreements[:_MOST])),
        _more(closure.disagreements),
        says(_done(view)),
        says("\n".join(f"• {line}" for line in next_lines(closure.disagreements))),
        buttons(view.again, view.take_over),
        small(
            "Nothing is written while this is halted. *Try again* reads everything anew and leaves alone what is done."
        ),
    )


def disagreement(found: Disagreement) -> str:
    """`• source CHG0031042, state: expected accepted, found in review`"""
    there = f"found {safe(found.found, 160)}" if found.found else "nothing stands there"
    return f"• {safe(found.where, 120)}, *{safe(found.field, 120)}*: expected {safe(found.expected, 160)}, {there}"


def next_lines(found: Sequence[Disagreement]) -> list[str]:
    return list(dict.fromkeys(_NEXT.get(d.code, _RECONCILE) for d in found)) or [_RECONCILE]


def _where(closure: Closure) -> str:
    return f" before it could {DEED[closure.halted_at]}" if closure.halted_at else ""


def _written(closure: Closure) -> str:
    done = [s for s in closure.steps if s.state == "done"]
    unsure = [s for s in closure.steps if s.intended and s.state == "halted"]
    if unsure:
        return f"Whether the {STEP[unsure[0].step]} was written just before is not known: look there first."
    return "Nothing was written after that was seen." if done else "Nothing was written."


def _done(view: ClosureView) -> str:
    done = [STEP[s.step] for s in view.closure.steps if s.state == "done"]
    so = [STEP[s.step] for s in view.closure.steps if s.state == "already_done"]
    left = [STEP[s.step] for s in view.closure.steps if s.state not in ("done", "already_done")] or list(STEP.values())
    parts = [f"Done: {', '.join(done)}" if done else "", f"Was so already: {', '.join(so)}" if so else ""]
    return " · ".join(part for part in (*parts, f"Left: {', '.join(left)}") if part)


def _portions(found: Sequence[Disagreement]) -> list[Sequence[Disagreement]]:
    return [found[i : i + _A_BLOCK] for i in range(0, len(found), _A_BLOCK)]


def _more(found: Sequence[Disagreement]) -> dict[str, object] | None:
    return small(f"{len(found) - _MOST} more stand in the log.") if len(found) > _MOST else None
