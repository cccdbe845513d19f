"""The buttons of a review. Every listener takes its action id from here, so that button and ear cannot part."""

from __future__ import annotations

from bot.core.agreements import Agreement
from bot.core.meeting import Escalation, Hold
from bot.slack.blocks import Block, button, ids
from bot.slack.messages.view import ReviewView
from bot.slack.text import unmarked

SCHEDULE = "schedule"  # {"m"}: the record's id
NOT_NOW = "not_now"  # {"m"}
HOLD = "hold"  # {"m", "s", "o"}: search and offer
MORE_TIMES = "more_times"  # {"m", "s", "o"}: search, and how many were shown
WHY_NOT = "why_not"  # {"m"}
NAMED_PICTURE = "named_picture"  # {"m"}
LOOK_AGAIN = "look_again"  # {"m"}
APPROVE = "approve"  # {"m", "s"}: opens the dialog; nothing is sent by this press
REJECT = "reject"  # {"m", "s"}: opens the dialog
EXTEND = "extend"  # {"m", "s"}
LET_GO = "let_go"  # {"m", "s"}
FULL_LOG = "full_log"  # {"m"}
RESCHEDULE = "reschedule"  # {"m"}
CANCEL = "cancel_review"  # {"m", "w"}: what goes with it, as it was shown; "q" on the question that was typed for
KEEP_SLOT = "keep_slot"  # {"m"}
SHOW = "show"  # {"m"}: one review in words
SUBSTITUTE = "substitute"  # {"m"}: opens the dialog
ASK_EXCEPTION = "ask_exception"  # {"m", "s", "o"}: search and option; opens the dialog
ASK_EXCEPTION_AT = "ask_exception_at"  # {"m", "t"}: an instant in UTC, ISO 8601; opens the dialog
ASK_PERSON = "ask_person"  # {"m", "s", "o"}: search and ask
AGREE = "agree"  # {"m", "a", "p"}: agreement and point
DISAGREE = "disagree"  # {"m", "a", "p"}: opens the dialog
HOLD_AGREED = "hold_agreed"  # {"m", "a"}
ATTEST = "attest"  # {"m"}: opens the dialog
TAKE_IT = "take_it"  # {"m", "e"}: escalation

APPROVE_DIALOG = "approve_dialog"  # private_metadata {"m", "s"}
REJECT_DIALOG = "reject_dialog"  # private_metadata {"m", "s"}
WHY_NOT_DIALOG = "why_not_dialog"  # private_metadata {"m"}
SUBSTITUTE_DIALOG = "substitute_dialog"  # private_metadata {"m"}
ATTEST_DIALOG = "attest_dialog"  # private_metadata {"m"}
DISAGREE_DIALOG = "disagree_dialog"  # private_metadata {"m", "a", "p"}
EXCEPTION_DIALOG = "exception_dialog"  # private_metadata {"m", "s", "o"} or {"m", "t"}, as its button


def schedule(record: str) -> Block:
    return button("Schedule the meeting", SCHEDULE, ids(m=record), style="primary")


def not_now(record: str) -> Block:
    return button("Not now", NOT_NOW, ids(m=record))


def hold(view: ReviewView, search: int, offer: int, words: str) -> Block:
    """`offer` counts from 0, as the search does; `words` is plain text for a screen reader."""
    return button("Hold", HOLD, view.carries(s=search, o=offer), spoken=words)


def more_times(view: ReviewView, search: int, shown: int) -> Block:
    return button("More times", MORE_TIMES, view.carries(s=search, o=shown))


def why_not(view: ReviewView) -> Block:
    return button("Why not…", WHY_NOT, view.carries(), spoken=f"Why other times do not fit {view.request.record}")


def named_picture(view: ReviewView) -> Block:
    return button("Picture with names", NAMED_PICTURE, view.carries(), spoken="Send me the picture with names")


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


def substitute(view: ReviewView) -> Block:
    return button("Substitute…", SUBSTITUTE, view.carries())


def ask_exception(view: ReviewView, search: int, option: int, words: str) -> Block:
    return button("Ask for this…", ASK_EXCEPTION, view.carries(s=search, o=option), spoken=words)


def ask_exception_at(view: ReviewView, instant: str, label: str = "Ask for this…") -> Block:
    """For a time that somebody proposes (UTC, ISO 8601): it is looked at again when it is pressed."""
    return button(label, ASK_EXCEPTION_AT, view.carries(t=instant))


def ask_person(view: ReviewView, search: int, ask: int, person: str, words: str) -> Block:
    label = f"Ask {unmarked(view.speech.short(person))}"
    return button(label, ASK_PERSON, view.carries(s=search, o=ask), spoken=words)


def agree(view: ReviewView, agreement: Agreement, point: int) -> Block:
    asked = agreement.points[point]
    label = ("I can move it" if asked.decides else "That is fine") if asked.own else "Approve"
    return button(label, AGREE, view.carries(a=agreement.number, p=point), style="primary")


def disagree(view: ReviewView, agreement: Agreement, point: int) -> Block:
    asked = agreement.points[point]
    label = ("I cannot…" if asked.decides else "Not then…") if asked.own else "Reject…"
    return button(label, DISAGREE, view.carries(a=agreement.number, p=point), style=None if asked.own else "danger")


def hold_agreed(view: ReviewView, agreement: Agreement) -> Block:
    slot = agreement.slot
    words = f"Hold the agreed time, {view.speech.plain(slot.span.start)}" if slot else None
    return button("Hold", HOLD_AGREED, view.carries(a=agreement.number), style="primary", spoken=unmarked(words or ""))


def attest(view: ReviewView) -> Block | None:
    """Where the newest search could not read somebody's calendar: those involved may say when they are free."""
    told = view.meeting.search.unreadable if view.meeting.search else ()
    if not told and not view.meeting.attestations:
        return None
    return button(
        "State when they are free…",
        ATTEST,
        view.carries(),
        spoken="State when somebody is free whose calendar is unread",
    )


def take_it(view: ReviewView, escalation: Escalation) -> Block:
    words = f"I take this question about {view.request.record}"
    return button("I take this", TAKE_IT, view.carries(e=escalation.number), spoken=words)


def reschedule(view: ReviewView) -> Block:
    return button("Reschedule", RESCHEDULE, view.carries())


def keep_slot(view: ReviewView) -> Block:
    return button("Keep this slot", KEEP_SLOT, view.carries())
