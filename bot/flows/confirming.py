"""Approve and send: a person decides, then everything is read again, then one real invite goes out, or nothing does."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.authority import Asker
from bot.core.findings import Reason, RoleReason
from bot.core.invitation import Draft
from bot.core.meeting import Hold, Meeting
from bot.core.people import Availability
from bot.core.refusals import Refusal, refuse
from bot.core.warrant import Warrant
from bot.core.words import who
from bot.flows.holding import placed_of
from bot.flows.recording import record
from bot.flows.rights import Rights
from bot.flows.searching import Searching
from bot.flows.world import Snapshot, World, merge, unknown
from bot.ports import Denied, Desk, Done, Gone, Invitations, Invite, Invitee, Journal, PlacedHold, SentInvite


class _Looked(NamedTuple):
    """What the last reading found: everything that changed, in words; nothing when the slot still stands."""

    changes: tuple[str, ...]
    causes: tuple[str, ...]
    revision: str | None
    calendars: int


class Confirming:
    """The approval, its re-check and the invite; and taking a confirmed meeting back."""

    def __init__(
        self,
        world: World,
        journal: Journal,
        searching: Searching,
        rights: Rights,
        invitations: Invitations | None,
        installation: str,
    ) -> None:
        self._world = world
        self._journal = journal
        self._searching = searching
        self._rights = rights
        self._record = partial(record, world, journal)
        self._invitations = invitations
        self._installation = installation

    def approve(self, asker: Asker, meeting_id: str, number: int | None) -> Done | Refusal:
        """*Approve and send*: only by who the policy names. The reading and the sending follow."""

        def choose(w: Warrant, m: Meeting, _: Desk) -> d.Facts | Refusal:
            return _no_organiser() if self._invitations is None else d.decide(m, c.Approve(by=w.by, set=number), w.now)

        return self._rights.decide("approve_and_send", asker, meeting_id, choose, number)

    def draft_of(self, hold: Hold) -> Draft:
        """The exact invite that was shown when the slot was held."""
        kept = self._journal.kept(hold.draft)
        if kept is None and hold.ended is not None:  # the hold is over, and a person's data were erased
            return Draft(title="", text="(erased)", span=hold.slot.span, time_zone="UTC", seated=())
        return Draft.model_validate_json(kept)

    def confirm(self, meeting_id: str, number: int) -> None:
        """Read everything again; send once, or stop and say what changed. May run again after a crash at any point."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or meeting.state != "confirming" or self._invitations is None:
            return
        hold = meeting.set(number)
        invite = self.invite_of(meeting, hold)
        sent = self._invitations.find(invite.key)  # a crash may have come between sending and remembering
        if sent is None:
            looked = self._look(meeting, hold)
            if looked.changes:
                self.stop(meeting_id, number, looked.changes, looked.causes)
                return
            self._note_checked(meeting, hold, looked)
            sent = self._send(meeting_id, number, invite)
        if sent is not None:
            self._conclude(meeting, hold, invite, sent)

    def _note_checked(self, meeting: Meeting, hold: Hold, looked: _Looked) -> None:
        checked = f.Checked(
            set=hold.set, revision=looked.revision, calendars_read=looked.calendars, read_at=self._world.clock.now()
        )
        self._record(meeting.id, c.Check(checked=checked))

    def _send(self, meeting_id: str, number: int, invite: Invite) -> SentInvite | None:
        """None when the organiser's calendar refuses for good: the holds are kept and the thread says why."""
        assert self._invitations is not None
        try:
            return self._invitations.send(invite)
        except Denied as denied:
            self.stop(meeting_id, number, (f"the invite could not be sent: {denied}",), again=False)
            return None

    def _conclude(self, meeting: Meeting, hold: Hold, invite: Invite, sent: SentInvite) -> None:
        confirmed = f.Confirmed(
            by=hold.approved_by or "bot", set=hold.set, event_id=sent.event_id, invite=invite.key, join_url=sent.join_url,
            invited=tuple(s.person for s in self.draft_of(hold).seated),
        )  # fmt: skip
        self._record(meeting.id, c.Confirm(confirmed=confirmed))

    def give_up(self, meeting_id: str, number: int, why: str) -> None:
        """The invite may have gone out although nobody was told: it is looked up before anybody reads that it was not.
        Raises what the organiser's calendar raises: then nobody knows."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or meeting.state != "confirming" or self._invitations is None:
            return
        hold = meeting.set(number)
        invite = self.invite_of(meeting, hold)
        sent = self._invitations.find(invite.key) if self._may_be_sent(meeting_id) else None
        if sent is not None:
            self._conclude(meeting, hold, invite, sent)
            return
        self.stop(meeting_id, number, (f"not everything could be read again: {why}",), again=False)

    def _may_be_sent(self, meeting_id: str) -> bool:
        """That all is well is on record before the sending is tried."""
        tags = [e.fact.tag for e in self._journal.history(meeting_id)]
        return "approval.checked" in tags[len(tags) - tags[::-1].index("slot.approved") :]

    def stop(
        self, meeting_id: str, number: int, changes: tuple[str, ...], causes: tuple[str, ...] = ("not_read",),
        again: bool = True,
    ) -> None:  # fmt: skip
        """Nothing is sent: lifted holds are put back, the thread says what changed, and new offers are looked for."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or meeting.state != "confirming":
            return
        self._put_back(meeting, meeting.set(number))
        why = "something changed at the approval" if again else ""
        self._record(meeting_id, c.StopApproval(set=number, changes=changes, causes=causes, again=why))

    def withdraw(self, meeting_id: str, invite: str) -> None:
        """An invite that no longer stands, cancelled or replaced: everybody gets a proper cancellation, once."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or self._invitations is None:
            return
        self._invitations.cancel(invite, f"{self._named(meeting)} does not take place then.")
        self._journal.decide(meeting_id, lambda m, _: (f.InviteCancelled(invite=invite),) if m else ())

    def _named(self, meeting: Meeting) -> str:
        """As everybody who is invited may read it: where little is disclosed, not even the record's id."""
        minimal = self._searching.kind_of(meeting).disclosure == "minimal"
        return meeting.request.title if minimal else f"{meeting.request.title} {meeting.request.record}"

    def invite_of(self, meeting: Meeting, hold: Hold) -> Invite:
        """What goes out on approval: the draft that was shown, under its key."""
        shown = self.draft_of(hold)
        return Invite(
            key=f"{self._installation}|{meeting.request.record}|{meeting.request.round}.{hold.set}",
            tag=self._installation, record=meeting.request.record, title=shown.title, text=shown.text, span=shown.span,
            time_zone=shown.time_zone,
            invitees=tuple(Invitee(name=s.name, email=s.email, role=s.role) for s in shown.seated),
        )  # fmt: skip

    # Reading everything again

    def _look(self, meeting: Meeting, hold: Hold) -> _Looked:
        record = self._world.record(meeting.request.record)
        moved = self._searching.record_changes(meeting, hold, record)
        gone, standing = self._still_there(hold)
        if moved or gone:
            causes = (*(("record_moved",) if moved else ()), *(("vetoed",) if gone else ()))
            return _Looked((*moved, *gone), causes, record.revision, 0)
        snapshot = self._truth(meeting, hold, standing)
        reasons = self._searching.reasons_against(meeting, hold, record, snapshot)
        causes = tuple(dict.fromkeys(_cause(reason) for reason in reasons))
        return _Looked(self._searching.sentences(reasons), causes, record.revision, snapshot.calendars)

    def _still_there(self, hold: Hold) -> tuple[list[str], dict[str, PlacedHold]]:
        """A hold that a person deleted or moved is their word about this slot."""
        changes: list[str] = []
        standing: dict[str, PlacedHold] = {}
        for plan in hold.planned:
            placed = placed_of(hold, plan)
            now = self._world.calendars[plan.provider].still_there(placed) if placed else None
            if now is None:
                changes.append(f"the hold on {who(plan.person)}'s calendar was deleted there.")
            elif now.span != hold.slot.span:
                changes.append(f"the hold on {who(plan.person)}'s calendar was moved there.")
            else:
                standing[plan.key] = now
        return changes, standing

    def _truth(self, meeting: Meeting, hold: Hold, standing: dict[str, PlacedHold]) -> Snapshot:
        """Everybody's free-busy over the slot, as if our holds were not there."""
        lifting = {k: h for k, h in standing.items() if self._under(hold, k) == "lift"}
        if lifting:
            self._record(meeting.id, c.Lift(set=hold.set, keys=tuple(lifting)))
        beneath: dict[str, Availability] = {}
        for plan in hold.planned:
            beneath[plan.person] = self._beneath(plan, standing[plan.key])
        return self._snapshot(hold, beneath)

    def _under(self, hold: Hold, key: str) -> str:
        plan = next(p for p in hold.planned if p.key == key)
        return self._world.calendars[plan.provider].can.under_hold

    def _beneath(self, plan: f.PlannedHold, placed: PlacedHold) -> Availability:
        calendar = self._world.calendars[plan.provider]
        if calendar.can.under_hold == "none":
            return unknown(placed.span)
        return calendar.under(calendar.lift(placed) if calendar.can.under_hold == "lift" else placed)

    def _snapshot(self, hold: Hold, beneath: dict[str, Availability]) -> Snapshot:
        """Held calendars from under the hold, all the others of the same people freshly read."""
        people = self._world.organisation.people.people
        held = {p.person: p.calendar for p in hold.planned}
        merged: dict[str, Availability] = {}
        others = []
        for person_id in dict.fromkeys(hold.slot.people):
            person = people[person_id]
            if person_id in held:
                others.append(person.model_copy(update={"calendars": person.calendars[1:]}))
            else:
                others.append(person)
        fresh = self._world.availability(others, hold.slot.span, fresh=True)
        for person in others:
            parts = [beneath[person.id]] if person.id in beneath else []
            rest = [fresh.people[person.id]] if person.calendars or not parts else []
            merged[person.id] = merge([*parts, *rest], hold.slot.span)
        unreadable = tuple(p for p, a in merged.items() if a.unknown)
        return Snapshot(merged, fresh.read_at, fresh.calendars + len(beneath), unreadable)

    def _put_back(self, meeting: Meeting, hold: Hold) -> None:
        for plan in hold.planned:
            placed = placed_of(hold, plan)
            if plan.key in hold.lifted and placed is not None:
                try:
                    self._world.calendars[plan.provider].put_back(placed)
                except Gone:
                    continue  # a person deleted it meanwhile: there is nothing to put back
        if hold.lifted:
            self._record(meeting.id, c.PutBack(set=hold.set))


def _cause(reason: Reason) -> str:
    """For the figures: a calendar that filled meanwhile, or anything else that no longer holds."""
    rules = {rule for person in reason.people for rule in person.rules} if isinstance(reason, RoleReason) else set()
    return "stale_free_busy" if rules & {"busy", "unknown"} else "missed_constraint"


def _no_organiser() -> Refusal:
    return refuse("no_organiser", "No calendar is configured that sends invites (READINESS_ORGANIZER). Nothing was sent. "
                  "The hold stays; an operator must name the organiser's calendar.")  # fmt: skip
