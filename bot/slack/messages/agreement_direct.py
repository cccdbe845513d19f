"""To one person in private: what of one request waits for their answer, and once nothing does, who answered what."""

from __future__ import annotations

from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.agreement_answered import answer_words, reason_words
from bot.slack.messages.agreement_asked import concerns, reason, request_words, scope
from bot.slack.messages.points import asked_of, own_line, point_blocks
from bot.slack.messages.reminder import card_link
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, some
from bot.slack.text import safe


def agreement_direct(view: ReviewView, agreement: Agreement, person: str, concerned: tuple[str, ...] = ()) -> Message:
    """`concerned`: what would change, in the core's words (the request's `concerns`). Nobody is asked for what is over."""
    points = asked_of(agreement, person)
    if not points or view.meeting.state in ("confirmed", "cancelled"):
        return _over(view, agreement)
    words, answers = request_words(view, agreement), _answers(view, agreement)
    return message(
        f"Your answer is asked for {view.id}: {words}",
        says(f"Your answer is asked for {view.id} *{safe(view.request.record_title, 150)}*."),
        says(" ".join([words, *concerns(view, concerned), *reason(view, agreement)])),
        says(some(answers, "\n", 6)) if answers else None,
        *point_blocks(view, agreement, points, own_line),
        small(f"{capital(scope(view, agreement))}.{card_link(view)}"),
    )


def _over(view: ReviewView, agreement: Agreement) -> Message:
    """What was asked, what became of it, and that nothing waits any more."""
    became = [*_answers(view, agreement), *_ended(view)]
    nothing = "Nothing of it waits for you any more."
    return message(
        f"{view.id}: {request_words(view, agreement)} {' '.join(became)} {nothing}",
        says(f"{view.id} *{safe(view.request.record_title, 150)}*: {request_words(view, agreement)}"),
        says(some(became, "\n", 6)) if became else None,
        small(f"{nothing}{card_link(view)}"),
    )


def _answers(view: ReviewView, agreement: Agreement) -> list[str]:
    """Each answer so far, with its time and reason."""
    said = [(e.fact, e.at) for e in view.history if isinstance(e.fact, f.AgreementAnswered)]
    return [
        f"{view.speech.day_and_time(at)}: {answer_words(view, agreement, fact)}{reason_words(view, fact)}"
        for fact, at in said
        if fact.number == agreement.number
    ]


def _ended(view: ReviewView) -> list[str]:
    """Where nobody needs the answer any more, because the review itself went on or ended."""
    match view.meeting.state:
        case "confirmed":
            return ["The meeting is confirmed."]
        case "cancelled":
            return ["The meeting was called off."]
        case _:
            return []
