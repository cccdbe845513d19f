"""The review is on: who approved what, who was invited, and what became of the holds."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.agreed import exceptions_of
from bot.slack.messages.card import join_link
from bot.slack.messages.seats import delegates_of, people_by_role
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted, some


def confirmed(view: ReviewView, fact: f.Confirmed, at: datetime) -> Message:
    speech, hold = view.speech, view.meeting.set(fact.set)
    approver = hold.approved_by or fact.by
    when = speech.day_and_time(hold.approved_at or at)
    slot = speech.span(hold.slot.span)
    invited = fact.invited or hold.slot.people
    without = tuple(p for p in hold.slot.people if p not in invited)
    link = join_link(view, fact.join_url)
    return message(
        f"{view.id} is confirmed: {slot}, approved by {speech.name(approver)}. "
        f"One invite to {counted(len(invited), 'person', 'people')}.",
        says(
            f"Approved by *{speech.name(approver)}* {when}: *{slot}*. One invite to "
            f"{counted(len(invited), 'person', 'people')} ({speech.shorts(invited)}), {_holds(view)}, slot booked in the "
            f"release calendar. {exceptions(view, hold.slot)}"
        ),
        says(replaced) if (replaced := _replaced(view, fact)) else None,
        says(people_by_role(view, hold.slot)),
        says(by_hand) if (by_hand := told_by_hand(view, without)) else None,
        says(link) if link else None,
        small(f"Times are in your own zone. In {speech.place}: {speech.bare_span(hold.slot.span)}."),
    )


def _replaced(view: ReviewView, fact: f.Confirmed) -> str | None:
    """The slot that was kept until now: nobody may come to it."""
    asked = [e.fact for e in view.history if isinstance(e.fact, f.RescheduleAsked)]
    if fact.replaces is None or not asked:
        return None
    old = view.speech.span(view.meeting.set(asked[-1].set).slot.span)
    return f"It takes the place of *{old}*: that invite is withdrawn, and those who had it are told."


def _holds(view: ReviewView) -> str:
    hold = view.hold
    return "holds removed" if hold is None or hold.gone else "the holds come off"


def told_by_hand(view: ReviewView, people: tuple[str, ...]) -> str | None:
    """An invite needs an address: whoever has none is not forgotten silently."""
    return f"*Not invited:* {view.speech.names(people)} (no e-mail address). Please tell them." if people else None


def exceptions(view: ReviewView, slot: f.Slot) -> str:
    """`Substitutes: none. Exceptions: none.` Or each with who approved it."""
    sitting, granted = delegates_of(view, slot), exceptions_of(view, slot)
    substitutes = capital(some(sitting, "; ", 6)) if sitting else "none"
    return f"Substitutes: {substitutes}. Exceptions: {some(granted, '; ', 6) if granted else 'none'}."
