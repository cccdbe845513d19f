"""Which dialog a press opens: made from memory alone, since Slack's trigger lives for three seconds."""

from __future__ import annotations

from bot.core import facts as f
from bot.core.attested import windows_meant
from bot.core.authority import Act, Asker, may
from bot.core.refusals import Refusal, refuse
from bot.core.words import when, who
from bot.ports import Failure, Journal
from bot.slack.blocks import Block
from bot.slack.commands import chain_words
from bot.slack.explaining import Explaining
from bot.slack.heard import Heard, instant_carried
from bot.slack.identity import Identity
from bot.slack.messages import presses
from bot.slack.messages.agreements import needs_words
from bot.slack.messages.approve_dialog import approve_dialog
from bot.slack.messages.attest_dialog import PERSON, WINDOWS, attest_dialog
from bot.slack.messages.audit_page import audit_dialog
from bot.slack.messages.disagree_dialog import disagree_dialog
from bot.slack.messages.exception_dialog import exception_dialog
from bot.slack.messages.reject_dialog import reject_dialog
from bot.slack.messages.substitute_dialog import substitute_dialog
from bot.slack.messages.view import ReviewView
from bot.slack.reviewing import Reviewing

OPENING = (
    presses.WHY_NOT,
    presses.APPROVE,
    presses.REJECT,
    presses.FULL_LOG,
    presses.SUBSTITUTE,
    presses.DISAGREE,
    presses.ATTEST,
    presses.ASK_EXCEPTION,
    presses.ASK_EXCEPTION_AT,
)
_ENDED = {"let_go": "let this slot go", "rejected": "rejected this slot", "confirmed": "approved this slot",
          "cancelled": "cancelled the review"}  # fmt: skip


class Dialogs:
    """Views for presses. A dialog decides nothing: who submits it is judged again."""

    def __init__(self, reviewing: Reviewing, explaining: Explaining, identity: Identity, journal: Journal) -> None:
        self._reviewing = reviewing
        self._explaining = explaining
        self._identity = identity
        self._journal = journal

    def for_press(self, heard: Heard) -> Block | Refusal:
        view = self._reviewing.view(str(heard.carries.get("m", "")))
        if view is None:
            return refuse("stale", "That button belongs to a review that I do not know. Nothing changed.")
        asker = self._reader(view, heard)
        if isinstance(asker, Refusal):
            return asker
        match heard.what:
            case presses.WHY_NOT:
                return self._explaining.by_day(view, asker)
            case presses.FULL_LOG:
                return audit_dialog(view, chain_words(self._journal))
            case presses.SUBSTITUTE:
                return self._involved(view, asker, "substitute") or substitute_dialog(view)
            case presses.ATTEST:
                return self._involved(view, asker, "attest") or attest_dialog(view)
            case presses.DISAGREE:
                return self._disagree(view, heard)
            case presses.ASK_EXCEPTION | presses.ASK_EXCEPTION_AT:
                return self._involved(view, asker, "exception") or _exception(view, heard)
            case presses.REJECT:
                return self._on_hold(view, asker, "reject", heard)
            case _:
                return self._on_hold(view, asker, "approve_and_send", heard)

    def _reader(self, view: ReviewView, heard: Heard) -> Asker | Refusal:
        """Who looks, if they may: guests, strangers and the unknown see nobody's names."""
        try:
            asker = self._identity.onlooker(heard.user, heard.team)
        except Failure:
            return refuse("unsure", "Slack does not tell me who you are. Nothing changed. Try again in a minute.")
        return may("read", asker, None, None, view.people, view.now) or asker

    def _on_hold(self, view: ReviewView, asker: Asker, act: Act, heard: Heard) -> Block | Refusal:
        number = heard.carries.get("s")
        hold = view.meeting.live_hold(number) if isinstance(number, int) else view.hold
        if view.meeting.state != "held" or hold is None:
            return _not_now(view, number)
        if view.record is not None:
            refusal = may(act, asker, view.record, view.kind, view.people, view.now, hold.slot.people, hold.asked_at)
            if refusal is not None:
                return refusal
        if act == "approve_and_send":
            return approve_dialog(self._reviewing.about(view, hold), hold)
        return reject_dialog(view, hold)

    def _involved(self, view: ReviewView, asker: Asker, act: Act) -> Refusal | None:
        attendees = view.meeting.slot.people if view.meeting.slot else ()
        if asker.person is None or view.record is None:
            return None  # who they are is asked of Slack when they submit
        return may(act, asker, view.record, view.kind, view.people, view.now, attendees)

    def _disagree(self, view: ReviewView, heard: Heard) -> Block | Refusal:
        number, point = heard.carries.get("a"), heard.carries.get("p")
        agreement = view.meeting.agreement(number) if isinstance(number, int) else None
        if agreement is None or not isinstance(point, int) or not 0 <= point < len(agreement.points):
            return refuse("stale", "That request is not known any more. Nothing changed.")
        return disagree_dialog(view, agreement, point)

    def complaint(self, heard: Heard) -> Refusal | None:
        """What is wrong with the times that were typed, while the dialog is still there to mend them."""
        view = self._reviewing.view(str(heard.carries.get("m", "")))
        person = view.people.people.get(heard.typed.get(PERSON, "")) if view else None
        if view is None or person is None or not heard.typed.get(WINDOWS, "").strip():
            return None
        found = windows_meant(heard.typed[WINDOWS], person.time_zone, view.now)
        return found if isinstance(found, Refusal) else None

    def answer(self, heard: Heard) -> Block | Refusal:
        """The verdict on a time that was asked about in the *Why not…* dialog."""
        view = self._reviewing.view(str(heard.carries.get("m", "")))
        if view is None:
            return refuse("stale", "That review is not known any more. Nothing changed.")
        asker = self._reader(view, heard)
        return asker if isinstance(asker, Refusal) else self._explaining.dialog(view, heard.text, asker)


def _exception(view: ReviewView, heard: Heard) -> Block | Refusal:
    """For an option that the newest search shows, or for a time that somebody proposed."""
    search, index, found = heard.carries.get("s"), heard.carries.get("o"), view.meeting.search
    if heard.what == presses.ASK_EXCEPTION_AT:
        start = instant_carried(heard)
        return exception_dialog(view, start, t=start.isoformat()) if start else _older()
    shown = found.options if found is not None and found.search == search else ()
    if not isinstance(search, int) or not isinstance(index, int) or not 0 <= index < len(shown):
        return _older()
    return exception_dialog(view, shown[index].slot.span.start, needs_words(view, shown[index]), s=search, o=index)


def _older() -> Refusal:
    return refuse(
        "old", "That belongs to an older search. Nothing was asked. Choose from the newest message in the thread."
    )


def _not_now(view: ReviewView, number: object) -> Refusal:
    """The button stood for a slot that waits no more: who ended that, and when."""
    meeting, record = view.meeting, view.request.record
    if meeting.state == "confirming" and meeting.hold is not None and meeting.hold.set == number:
        by = who(meeting.hold.approved_by or "bot")
        return refuse(
            "confirming", f"{by} approved this slot a moment ago, and everything is being read again. Nothing changed."
        )
    ended = [(e.fact, e.at) for e in view.history if isinstance(e.fact, f.SlotEnded) and e.fact.set == number]
    if not ended:
        return refuse(
            meeting.state,
            f"No slot of {record} waits for this any more. Nothing changed. The card shows how it stands.",
        )
    fact, at = ended[-1]
    how = f"{who(fact.by)} {_ENDED[fact.why]}" if fact.why in _ENDED else "The hold of this slot ran out"
    return refuse(meeting.state, f"{record}: {how} {when(at)}. Nothing changed. The card shows how it stands.")
