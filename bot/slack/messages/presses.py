"""The buttons of a review. Every listener takes its action id from here, so that button and ear cannot part."""

from __future__ import annotations

from bot.core.meeting import Hold
from bot.slack.blocks import Block, button, ids
from bot.slack.messages.view import ReviewView

SCHEDULE = "schedule"  # {"m"}: the record's id
NOT_NOW = "not_now"  # {"m"}
HOLD = "hold"  # {"m", "s", "o"}: search and offer
MORE_TIMES = "more_times"  # {"m", "s", "o"}: search, and how many were shown
WHY_NOT = "why_not"  # {"m"}
LOOK_AGAIN = "look_again"  # {"m"}
APPROVE = "approve"  # {"m", "s"}: opens the dialog; nothing is sent by this press
REJECT = "reject"  # {"m", "s"}: opens the dialog
EXTEND = "extend"  # {"m", "s"}
LET_GO = "let_go"  # {"m", "s"}
FULL_LOG = "full_log"  # {"m"}
SHOW = "show"  # {"m"}: one review in words

APPROVE_DIALOG = "approve_dialog"  # private_metadata {"m", "s"}
REJECT_DIALOG = "reject_dialog"  # private_metadata {"m", "s"}
WHY_NOT_DIALOG = "why_not_dialog"  # private_metadata {"m"}


def schedule(record: str) -> Block:
    return button("Schedule the review", SCHEDULE, ids(m=record), style="primary")


def not_now(record: str) -> Block:
    return button("Not now", NOT_NOW, ids(m=record))


def hold(view: ReviewView, search: int, offer: int, words: str) -> Block:
    """`offer` counts from 0, as the search does; `words` is plain text for a screen reader."""
    return button("Hold", HOLD, view.carries(s=search, o=offer), spoken=words)


def more_times(view: ReviewView, search: int, shown: int) -> Block:
    return button("More times", MORE_TIMES, view.carries(s=search, o=shown))


def why_not(view: ReviewView) -> Block:
    return button("Why not…", WHY_NOT, view.carries(), spoken=f"Why other times do not fit {view.request.record}")


def look_again(view: ReviewView) -> Block:
    return button("Look again", LOOK_AGAIN, view.carries())


def approve(view: ReviewView, held: Hold) -> Block:
    return button("Approve and send…", APPROVE, view.carries(s=held.set), style="primary")


def reject(view: ReviewView, held: Hold) -> Block:
    return button("Reject…", REJECT, view.carries(s=held.set), style="danger")


def extend(view: ReviewView, held: Hold) -> Block | None:
    """Offered once, and only where it would change something."""
    if held.extended or held.expires_at >= held.slot.span.start:
        return None
    return button("Extend", EXTEND, view.carries(s=held.set))


def let_go(view: ReviewView, held: Hold) -> Block:
    return button("Let go", LET_GO, view.carries(s=held.set))


def full_log(view: ReviewView) -> Block:
    return button("Full log", FULL_LOG, view.carries())


def show(view: ReviewView) -> Block:
    return button("Show", SHOW, view.carries(), spoken=f"Show {view.request.record}")
