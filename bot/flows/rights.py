"""May this person do this to this review now: by the record as it is read now, and the policy the review was asked under."""

from __future__ import annotations

from bot.core.authority import Act, Asker, may
from bot.core.meeting import Meeting
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.flows.searching import Searching
from bot.flows.world import World
from bot.ports import Denied, Failure, Gone, Journal


def no_meeting(meeting_id: str) -> Refusal:
    return refuse("no_meeting", f"There is no review for {meeting_id} yet. Nothing changed. "
                  f"Ask for one: /readiness-review {meeting_id}")  # fmt: skip


def cannot_read(failure: Failure) -> Refusal:
    """The record could not be read: what happened, that nothing changed, what to do."""
    if isinstance(failure, Gone):
        return refuse("no_record", str(failure))
    what = f"The record could not be read: {str(failure).rstrip('.')}. Nothing changed."
    then = "Put that right, then try again." if isinstance(failure, Denied) else "Try again in a minute."
    return refuse("unreadable_record", f"{what} {then}")


class Rights:
    """Asked before every decision about a review that exists."""

    def __init__(self, world: World, journal: Journal, searching: Searching) -> None:
        self._world = world
        self._journal = journal
        self._searching = searching

    def meeting_for(self, act: Act, asker: Asker, meeting_id: str, number: int | None = None) -> Meeting | Refusal:
        """The review, when `asker` may do it (to the hold of that number); otherwise why not. Nothing changes either way."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None:
            return no_meeting(meeting_id)
        record = self._record(act, meeting)
        if isinstance(record, Refusal):
            return record
        people, kind = self._world.organisation.people, self._searching.kind_of(meeting)
        hold = meeting.hold if number is None else meeting.live_hold(number)
        since = hold.asked_at if hold else None
        now = self._world.clock.now()
        return may(act, asker, record, kind, people, now, attendees_of(meeting), since) or meeting

    def _record(self, act: Act, meeting: Meeting) -> Record | Refusal:
        """As it is read now. To let something go, the record of the newest search is good enough: nobody is kept from
        freeing a slot because the record cannot be read."""
        try:
            return self._world.record(meeting.request.record)
        except Failure as failure:
            known = self._searching.record_searched(meeting) if act in _FREEING else None
            return known or cannot_read(failure)


def attendees_of(meeting: Meeting) -> tuple[str, ...]:
    """Who sits in a slot that is held, confirmed, or kept until another is."""
    slots = [h.slot for h in meeting.live_holds]
    slots += [meeting.slot] if meeting.slot else []
    slots += [meeting.kept.slot] if meeting.kept else []
    return tuple(dict.fromkeys(person for slot in slots for person in slot.people))


_FREEING: frozenset[str] = frozenset({"let_go", "cancel", "note"})
