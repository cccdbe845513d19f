"""After confirmation: the record, the release calendar, calendars and replies are read again from time to time, and what
touches the slot is said. The bot never moves a confirmed meeting by itself."""

from __future__ import annotations

from collections.abc import Callable

from bot.core import commands as c
from bot.core import decisions as d
from bot.core.authority import Asker
from bot.core.findings import MeetingReason, RoleReason
from bot.core.meeting import Hold, Meeting
from bot.core.people import Availability, Busy
from bot.core.record import Record
from bot.core.refusals import Refusal
from bot.core.span import Span
from bot.core.words import who
from bot.flows.holding import placed_of
from bot.flows.recording import record
from bot.flows.rights import Rights
from bot.flows.searching import Searching, sentence
from bot.flows.world import Snapshot, World
from bot.ports import Done, Gone, Invitations, Journal


class Watching:
    """Looks, and records what it saw; and the two things that people may do about it."""

    def __init__(
        self,
        world: World,
        journal: Journal,
        searching: Searching,
        rights: Rights,
        invitations: Invitations | None,
        sent: Callable[[Meeting, Hold], bool] = lambda meeting, hold: False,
    ) -> None:
        self._world = world
        self._journal = journal
        self._searching = searching
        self._rights = rights
        self._invitations = invitations
        self._sent = sent  # whether an invite for a slot went out, whatever the ledger knows

    def due(self) -> tuple[str, ...]:
        """Confirmed meetings whose time has not come yet."""
        now = self._world.clock.now()
        return tuple(
            m.id
            for m in self._journal.engaged(now)
            if m.state == "confirmed" and m.slot is not None and m.slot.span.start > now
        )

    def held(self) -> tuple[str, ...]:
        """Meetings whose holds stand on calendars, where people may take them off."""
        return tuple(m.id for m in self._journal.engaged(self._world.clock.now()) if m.state == "held")

    def look_for_vetoes(self, meeting_id: str) -> None:
        """A person who deleted or moved a hold has vetoed the slot: it is let go everywhere, and the thread says so."""
        meeting = self._journal.meeting(meeting_id)
        for hold in meeting.live_holds if meeting and meeting.state == "held" else ():
            off, stands = self._taken_off(hold)
            if len(off) > 1 and not stands:
                lost = c.Lose(set=hold.set, invited=self._sent(meeting, hold) if meeting else False)
                record(self._world, self._journal, meeting_id, lost)
            elif off:
                record(self._world, self._journal, meeting_id, c.Veto(set=hold.set, person=off[0]))

    def _taken_off(self, hold: Hold) -> tuple[list[str], bool]:
        """Whose events are gone or were moved, and whether any other stands. All at once is no person's doing: an operator
        let them go, or the ledger is older than the calendars."""
        off: list[str] = []
        stands = False
        for plan in hold.planned:
            placed = placed_of(hold, plan)
            calendar = self._world.calendars.get(plan.provider)
            now = calendar.still_there(placed) if calendar and placed else placed
            if placed is not None and (now is None or now.span != hold.slot.span):
                off.append(plan.person)
            stands = stands or now is not None
        return off, stands

    def watch(self, meeting_id: str) -> None:
        """Read everything that the slot rests on; say what changed, once. Raises Unreachable when it cannot be read."""
        meeting = self._journal.meeting(meeting_id)
        hold = meeting.hold if meeting else None
        if meeting is None or hold is None or meeting.state != "confirmed":
            return
        changes: dict[str, str] = {}  # sentence -> cause
        found = self._record(meeting, hold, changes)
        if found is not None:
            self._slot(meeting, hold, found, changes)
        self._replies(meeting, changes)
        disturbed = c.Disturb(changes=tuple(changes), causes=tuple(dict.fromkeys(changes.values())))
        record(self._world, self._journal, meeting_id, disturbed)

    def _record(self, meeting: Meeting, hold: Hold, changes: dict[str, str]) -> Record | None:
        try:
            record = self._world.record(meeting.request.record)
        except Gone:
            changes[f"{meeting.request.record} is not in the record system any more."] = "record_withdrawn"
            return None
        for change in self._searching.record_changes(meeting, hold, record):
            changes[change] = "record_moved"
        return record

    def _slot(self, meeting: Meeting, hold: Hold, record: Record, changes: dict[str, str]) -> None:
        snapshot = self._beside_our_invite(hold)
        for reason in self._searching.reasons_against(meeting, hold, record, snapshot):
            cause = (
                "calendar"
                if isinstance(reason, RoleReason)
                else "release_calendar"
                if isinstance(reason, MeetingReason)
                else "window"
            )
            changes[sentence(reason)] = cause

    def _beside_our_invite(self, hold: Hold) -> Snapshot:
        """Free-busy over the slot without our own invite, which stands on everybody's calendar by now.

        Where a provider merges what it tells (Google), only what reaches beyond the invite can be seen.
        """
        people = self._world.organisation.people.people
        attending = [people[p] for p in dict.fromkeys(hold.slot.people) if p in people]
        seen = self._world.availability(attending, hold.slot.span, fresh=True)
        return seen._replace(people={p: _less_invite(a, hold.slot.span) for p, a in seen.people.items()})

    def _replies(self, meeting: Meeting, changes: dict[str, str]) -> None:
        if self._invitations is None or meeting.confirmed is None:
            return
        try:
            replies = self._invitations.replies(meeting.confirmed.invite)
        except Gone:
            changes["the invite was deleted from the organiser's calendar."] = "invite_deleted"
            return
        by_mail = {(p.email or "").lower(): p.id for p in self._world.organisation.people.people.values()}
        for mail, reply in sorted(replies.items()):
            if reply == "declined" and mail in by_mail:
                changes[f"{who(by_mail[mail])} declined the invite."] = "declined"

    def reschedule(self, asker: Asker, meeting_id: str) -> Done | Refusal:
        """Look for another slot; the confirmed one stays until the new one is confirmed."""
        return self._rights.decide(
            "reschedule", asker, meeting_id, lambda w, m, _: d.decide(m, c.Reschedule(by=w.by), w.now)
        )

    def keep(self, asker: Asker, meeting_id: str) -> Done | Refusal:
        """The confirmed slot stays after all."""
        return self._rights.decide(
            "reschedule", asker, meeting_id, lambda w, m, _: d.decide(m, c.KeepSlot(by=w.by), w.now)
        )


def _less_invite(availability: Availability, span: Span) -> Availability:
    """One item that is exactly the invite goes; a merged block loses the invite's span."""
    exact = [b for b in availability.busy if Span(b.start, b.end) == span]
    if exact:
        kept = list(availability.busy)
        kept.remove(exact[0])
        return availability._replace(busy=tuple(kept))
    cut = tuple(b for b in availability.busy if not Span(b.start, b.end).holds(span))
    return availability._replace(busy=tuple(Busy(*b) for b in cut))
