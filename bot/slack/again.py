"""An act that is run again because a process died on the way: whether what it decides is on record already, as theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.core import facts as f
from bot.core.meeting import At
from bot.core.mentions import words_of
from bot.slack.heard import Heard, instant_carried
from bot.slack.messages import presses
from bot.slack.messages.substitute_dialog import PERSON, ROLE
from bot.slack.messages.view import ReviewView


def decided(heard: Heard, person: str, since: Sequence[At], view: ReviewView) -> f.AnyFact | None:
    """What it decided. `since`: the entries after it was heard. Only the very same deed counts: a second note is a second
    note."""
    return next((e.fact for e in since if e.fact.by == person and _is(heard, e.fact, view)), None)


def _is(heard: Heard, fact: f.AnyFact, view: ReviewView) -> bool:
    match fact:
        case f.Requested():
            return heard.what in (presses.SCHEDULE, "shortcut") or _is_record_alone(heard)
        case f.SlotChosen():
            return fact.slot == _slot(heard, view)
        case f.Approved():
            return heard.what == presses.APPROVE_DIALOG and _number(heard, "s", fact.set)
        case f.SlotExtended():
            return heard.what == presses.EXTEND and _number(heard, "s", fact.set)
        case f.SlotEnded(why="let_go"):
            return heard.what == presses.LET_GO and _number(heard, "s", fact.set)
        case f.SlotEnded(why="rejected"):
            return heard.what == presses.REJECT_DIALOG and _number(heard, "s", fact.set)
        case f.AgreementAnswered():
            said = presses.AGREE if fact.granted else presses.DISAGREE_DIALOG
            return heard.what == said and _number(heard, "a", fact.number) and _number(heard, "p", fact.point)
        case f.AgreementAsked(sort="substitute"):
            typed = (heard.typed.get(ROLE), heard.typed.get(PERSON))
            return heard.what == presses.SUBSTITUTE_DIALOG and typed == (fact.role, fact.person)
        case f.AgreementAsked(sort="exception"):
            return _proposed(heard, fact) or _shown(heard, presses.EXCEPTION_DIALOG, fact, view)
        case f.AgreementAsked(sort="ask"):
            return _proposed(heard, fact) or _shown(heard, presses.ASK_PERSON, fact, view)
        case f.EscalationAcknowledged():
            return heard.what == presses.TAKE_IT and _number(heard, "e", fact.escalation)
        case f.SearchStarted(why="asked"):
            return heard.what == presses.LOOK_AGAIN
        case f.RescheduleAsked():
            return heard.what == presses.RESCHEDULE or _typed(heard, "reschedule") is not None
        case f.RescheduleDropped():
            return heard.what == presses.KEEP_SLOT or _typed(heard, "keep") is not None
        case f.Cancelled():
            return heard.what == presses.CANCEL or _typed(heard, "cancel") is not None
        case f.Noted():
            typed_words = (_typed(heard, "note") or "").partition(" ")[2]
            return bool(typed_words) and view.words(fact.words) == typed_words[:2000]
        case _:
            return False


def _slot(heard: Heard, view: ReviewView) -> f.Slot | None:
    """The slot that a press on *Hold* means."""
    number, agreed = heard.carries.get("o"), heard.carries.get("a")
    if heard.what == presses.HOLD_AGREED and isinstance(agreed, int):
        agreement = view.meeting.agreement(agreed)
        return agreement.slot if agreement else None
    found = _search(heard, view)
    if heard.what != presses.HOLD or found is None or not isinstance(number, int):
        return None
    return found.offers[number] if 0 <= number < len(found.offers) else None


def _search(heard: Heard, view: ReviewView) -> f.Searched | None:
    searches = [e.fact for e in view.history if isinstance(e.fact, f.Searched)]
    return next((s for s in searches if s.search == heard.carries.get("s")), None)


def _proposed(heard: Heard, asked: f.AgreementAsked) -> bool:
    """Whether that is the request for a time that somebody named."""
    start = instant_carried(heard) if heard.what == presses.EXCEPTION_DIALOG else None
    return start is not None and asked.slot is not None and asked.slot.span.start == start


def _shown(heard: Heard, press: str, asked: f.AgreementAsked, view: ReviewView) -> bool:
    """Whether that press, on the n-th option or ask of a search, means this request."""
    found, index = _search(heard, view), heard.carries.get("o")
    if heard.what != press or found is None or not isinstance(index, int) or asked.slot is None:
        return False
    spans = [o.slot.span for o in found.options] if press == presses.EXCEPTION_DIALOG else [a.span for a in found.asks]
    return 0 <= index < len(spans) and spans[index] == asked.slot.span


def _number(heard: Heard, name: str, number: int) -> bool:
    """A button of old carries no number: then there was one only."""
    carried: Any = heard.carries.get(name)
    return carried is None or carried == number


def _is_record_alone(heard: Heard) -> bool:
    return "command" in heard.carries and not words_of(heard.text).rest


def _typed(heard: Heard, word: str) -> str | None:
    """What stands after a word of the command, when it is that word."""
    first, rest = words_of(heard.text) if "command" in heard.carries else ("", "")
    return rest if first == word else None
