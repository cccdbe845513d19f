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

    def meeting_for(self, act: Act, asker: Asker, meeting_id: str) -> Meeting | Refusal:
        """The review, when `asker` may do it; otherwise why not. Nothing changes either way."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None:
            return no_meeting(meeting_id)
        record = self._record(act, meeting)
        if isinstance(record, Refusal):
            return record
        attendees = meeting.slot.people if meeting.slot else ()
        people, kind = self._world.organisation.people, self._searching.kind_of(meeting)
        since = meeting.hold.asked_at if meeting.hold else None
        return may(act, asker, record, kind, people, self._world.clock.now(), attendees, since) or meeting

    def _record(self, act: Act, meeting: Meeting) -> Record | Refusal:
        """As it is read now. To let something go, the record of the newest search is good enough: nobody is kept from
        freeing a slot because the record cannot be read."""
        try:
            return self._world.record(meeting.request.record)
        except Failure as failure:
            known = self._searching.record_searched(meeting) if act in _FREEING else None
            return known or cannot_read(failure)


_FREEING: frozenset[str] = frozenset({"let_go", "cancel", "note"})
