"""A slot is held: the intent first, then one tentative event on each calendar, all or none; and let go again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.authority import Asker
from bot.core.customers import is_the_customers
from bot.core.explanation import by_role
from bot.core.invitation import draft, stamp
from bot.core.meeting import Hold, Meeting
from bot.core.people import Directory
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.core.warrant import Warrant
from bot.core.words import as_written, listed, who
from bot.flows.recording import record
from bot.flows.rights import Rights
from bot.flows.searching import Searching
from bot.flows.world import World
from bot.ports import Calendar, Denied, Desk, Done, Failure, FoundHold, HoldRequest, Journal, PlacedHold, Unreachable


class Holding:
    """Holding, extending, letting go, expiry: decisions by people, and the deeds that follow."""

    def __init__(
        self, world: World, journal: Journal, searching: Searching, rights: Rights, installation: str, shadow: bool
    ) -> None:
        self._world = world
        self._journal = journal
        self._searching = searching
        self._rights = rights
        self._record = partial(record, world, journal)
        self._installation = installation
        self._shadow = shadow
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="holds")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    # What people press

    def hold(self, asker: Asker, meeting_id: str, search: int, offer: int) -> Done | Refusal:
        """Ask for a hold on an offered slot. The offers may be older than the newest search: then it is refused."""
        return self._hold(asker, meeting_id, lambda m: _offered(m, search, offer))

    def hold_agreed(self, asker: Asker, meeting_id: str, number: int) -> Done | Refusal:
        """Hold the slot to which everybody who had to has agreed."""
        return self._hold(asker, meeting_id, lambda m: _agreed(m, number))

    def _hold(self, asker: Asker, meeting_id: str, slot_of: Callable[[Meeting], f.Slot | Refusal]) -> Done | Refusal:
        zone = self._world.organisation.policy.time_zone

        def choose(warrant: Warrant, m: Meeting, desk: Desk) -> d.Facts | Refusal:
            slot = _shadowed() if self._shadow else slot_of(m)
            return slot if isinstance(slot, Refusal) else self._choose(warrant, m, desk, slot, zone)

        return self._rights.decide("hold", asker, meeting_id, choose)

    def _choose(self, warrant: Warrant, meeting: Meeting, desk: Desk, slot: f.Slot, zone: str) -> d.Facts | Refusal:
        record, kind, now = warrant.record, warrant.kind, warrant.now
        clashes = desk.clashes(slot.people, slot.span, record.id)
        if clashes:
            named = listed([f"{who(claim.person)} (for {claim.meeting})" for claim in clashes])
            return refuse(
                "claimed", f"Nothing was held: another review holds {named} at that time. Choose another slot."
            )
        invite = draft(record, kind, warrant.people, slot, zone)
        number = len(meeting.holds) + 1
        planned, not_held = self._plan(warrant.people, slot, record, meeting.request.round, number)
        chosen = f.SlotChosen(
            by=warrant.by, set=number, slot=slot, planned=planned, not_held=not_held,
            expires_at=min(now + kind.hold_ttl, slot.span.start), draft=desk.keep(invite.model_dump_json()),
        )  # fmt: skip
        return d.decide(meeting, c.Choose(chosen=chosen), now)

    def _plan(
        self, people: Directory, slot: f.Slot, record: Record, round_: int, number: int
    ) -> tuple[tuple[f.PlannedHold, ...], tuple[tuple[str, str], ...]]:
        """One hold for each attendee's first calendar that can be written; the others are named as not held."""
        planned: list[f.PlannedHold] = []
        not_held: list[tuple[str, str]] = []
        for person_id in dict.fromkeys(slot.people):
            person = people.people[person_id]
            if is_the_customers(person, record, people):
                not_held.append((person_id, "nothing is written on a customer's calendar before the confirmation"))
                continue
            first = person.calendars[0] if person.calendars else None
            calendar = self._world.calendars.get(first.provider) if first else None
            if first is None or calendar is None or not calendar.can.writable:
                not_held.append((person_id, "their calendar cannot be written"))
                continue
            stamps = "|".join(i.isoformat() for i in slot.span)
            key = f"{self._installation}|{record.id}|{first.provider}:{first.id}|{stamps}|{round_}.{number}"
            planned.append(f.PlannedHold(key=key, person=person_id, provider=first.provider, calendar=first.id))
        return tuple(planned), tuple(not_held)

    def let_go(self, asker: Asker, meeting_id: str, number: int | None) -> Done | Refusal:
        return self._rights.decide(
            "let_go", asker, meeting_id, lambda w, m, _: d.decide(m, c.LetGo(by=w.by, set=number), w.now)
        )

    def extend(self, asker: Asker, meeting_id: str, number: int | None) -> Done | Refusal:
        def choose(w: Warrant, m: Meeting, _: Desk) -> d.Facts | Refusal:
            return d.decide(m, c.Extend(by=w.by, ttl=w.kind.hold_ttl, set=number), w.now)

        return self._rights.decide("extend", asker, meeting_id, choose)

    def reject(self, asker: Asker, meeting_id: str, number: int | None, reason: str) -> Done | Refusal:
        """Turn the held slot down, with a reason that everybody can read."""
        if not reason.strip():
            return refuse(
                "empty", "A rejection needs a reason. Nothing changed. Say in a sentence what is wrong with the slot."
            )

        def choose(w: Warrant, m: Meeting, desk: Desk) -> d.Facts | Refusal:
            words = desk.keep_words(reason.strip()[:2000])
            return d.decide(m, c.Reject(by=w.by, words=words, set=number), w.now)

        return self._rights.decide("reject", asker, meeting_id, choose, number)

    # What the worker does

    def place(self, meeting_id: str, number: int) -> None:
        """Look once more, then write every planned hold; all or none. May run again after a crash: keys never change."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or meeting.state != "placing" or meeting.holds[-1].set != number:
            return
        hold = meeting.set(number)
        against = self._against(meeting, hold)
        if against:
            self._fail(meeting_id, number, "It does not fit any more: " + " ".join(against))
            return
        try:
            placed, not_held = self._place_all(meeting, hold)
        except Failure as failure:
            self._fail(meeting_id, number, _words_for(failure, hold))
            return
        self._record(meeting_id, c.FinishPlacing(set=number, placed=placed, not_held=not_held))

    def _against(self, meeting: Meeting, hold: Hold) -> tuple[str, ...]:
        """What stands against the slot now, by role: everybody reads it. Our own holds of an earlier try do not."""
        against = self._searching.against(meeting, hold, say=by_role)
        if not against:
            return ()
        own = frozenset(p.person for p in hold.planned if self._stands(meeting, hold, p))
        return self._searching.against(meeting, hold, own=own, say=by_role) if own else against

    def _stands(self, meeting: Meeting, hold: Hold, plan: f.PlannedHold) -> bool:
        try:
            return self._world.calendars[plan.provider].look_up(self.request_for(meeting, hold, plan)) is not None
        except Failure:
            return False  # not known: then it counts against the slot

    def _place_all(self, meeting: Meeting, hold: Hold) -> tuple[tuple[f.PlacedKey, ...], tuple[tuple[str, str], ...]]:
        """Concurrent; the first failure is raised after all have come back, so that nothing is still under way.

        A calendar that refuses to be written is one that cannot be written: its person is claimed here and named as not
        held. When all refuse it is our own right that is missing, and that is a failure.
        """
        jobs = [(plan, self._pool.submit(self._place_one, meeting, hold, plan)) for plan in hold.planned]
        failures = {plan.person: error for plan, job in jobs if (error := job.exception()) is not None}
        refused = {p: e for p, e in failures.items() if isinstance(e, Denied)}
        if failures and (len(refused) < len(failures) or len(refused) == len(jobs)):
            person, error = next((p, e) for p, e in failures.items() if len(refused) == len(jobs) or p not in refused)
            raise _about(person, error)
        placed = tuple(job.result() for plan, job in jobs if plan.person not in refused)
        return placed, tuple((person, "their calendar may not be written") for person in refused)

    def _place_one(self, meeting: Meeting, hold: Hold, plan: f.PlannedHold) -> f.PlacedKey:
        placed = self._world.calendars[plan.provider].place(self.request_for(meeting, hold, plan))
        return f.PlacedKey(key=plan.key, event_id=placed.event_id, generation=placed.generation, etag=placed.etag)

    def request_for(self, meeting: Meeting, hold: Hold, plan: f.PlannedHold) -> HoldRequest:
        people, zone = self._world.organisation.people, self._world.organisation.policy.time_zone
        contact = people.people[hold.by].name if hold.by in people.people else hold.by
        theirs = people.people.get(plan.person)
        until = stamp(hold.expires_at, theirs.time_zone if theirs else zone)
        words = (
            f"A tentative hold for {meeting.request.title} {meeting.request.record}, placed for {contact}. It goes away by "
            f"itself by {until}, later if somebody extends it, unless the meeting is approved. You may delete it: then "
            f"that is your veto. "
            f"Questions: {contact}."
        )
        return HoldRequest(
            key=plan.key, tag=self._installation, record=meeting.request.record, calendar=plan.calendar,
            span=hold.slot.span, title=as_written(f"Hold: {meeting.request.title} {meeting.request.record}"),
            words=as_written(words),
            expires_at=hold.expires_at,
        )  # fmt: skip

    def _fail(self, meeting_id: str, number: int, words: str) -> None:
        self._record(meeting_id, c.FailPlacing(set=number, words=words))

    def release(self, meeting_id: str, number: int) -> None:
        """Take every event of an ended set off its calendar. A hold whose outcome was never known is looked up first."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or meeting.set(number).gone:
            return
        hold = meeting.set(number)
        jobs = [self._pool.submit(self._let_go_one, meeting, hold, plan) for plan in hold.planned]
        failures = [error for job in jobs if (error := job.exception()) is not None]
        if failures:
            raise failures[0]  # what is left is owed: the engine comes back, and letting go twice is quiet
        self._record(meeting_id, c.Clear(set=number))

    def _let_go_one(self, meeting: Meeting, hold: Hold, plan: f.PlannedHold) -> None:
        calendar = self._world.calendars.get(plan.provider)
        if calendar is None:
            raise Unreachable(f"No {plan.provider} calendar is configured any more.", service=plan.provider)
        standing = placed_of(hold, plan) or calendar.look_up(self.request_for(meeting, hold, plan))
        if standing is not None:
            calendar.let_go(standing)

    def expire(self, meeting_id: str, number: int) -> None:
        self._record(meeting_id, c.Expire(set=number))

    def remind(self, meeting_id: str, number: int, which: Literal["half", "last"]) -> None:
        self._record(meeting_id, c.Remind(set=number, which=which))

    def sweep(self) -> int:
        """Tagged events on known calendars that no live hold owns are let go. Returns how many went."""
        people = self._world.organisation.people.people.values()
        gone = 0
        for ref in self._world.calendars_of(people):
            calendar = self._world.calendars.get(ref.provider)
            if calendar is not None and calendar.can.writable:
                gone += self._sweep_one(calendar, ref.id)
        return gone

    def _sweep_one(self, calendar: Calendar, calendar_id: str) -> int:
        gone = 0
        try:
            found = calendar.holds(calendar_id, self._installation)
            # Who owns what is asked after looking: a hold that was planned meanwhile is owned by then.
            owned = self._journal.hold_keys() if found else frozenset()
            for hold in found:
                if hold.key not in owned:
                    calendar.let_go(as_placed(hold))
                    gone += 1
        except Failure:
            return gone  # a calendar that does not answer is swept next time
        return gone


def placed_of(hold: Hold, plan: f.PlannedHold) -> PlacedHold | None:
    """A planned hold as the provider has it, if we know."""
    placed = next((p for p in hold.placed if p.key == plan.key), None)
    if placed is None:
        return None
    return PlacedHold(
        calendar=plan.calendar, event_id=placed.event_id, key=plan.key, generation=placed.generation,
        span=hold.slot.span, etag=placed.etag, lifted=plan.key in hold.lifted,
    )  # fmt: skip


def _shadowed() -> Refusal:
    return refuse("shadow", "I run in shadow mode: I look and explain, and write nothing to any calendar. Nothing was held. "
                  "An operator ends shadow mode by unsetting READINESS_SHADOW.")  # fmt: skip


def as_placed(hold: FoundHold) -> PlacedHold:
    """A hold that was found by its tag, for letting it go."""
    return PlacedHold(
        calendar=hold.calendar, event_id=hold.event_id, key=hold.key, generation=0, span=hold.span, lifted=hold.lifted
    )  # fmt: skip


def _offered(meeting: Meeting, search: int, offer: int) -> f.Slot | Refusal:
    found = meeting.search
    if found is None or found.search != search or not 0 <= offer < len(found.offers):
        return refuse("old_offer", "Those offers are older than the newest ones. Nothing was held. Choose from the newest offers "
                      "in the thread.")  # fmt: skip
    return found.offers[offer]


def _agreed(meeting: Meeting, number: int) -> f.Slot | Refusal:
    agreement = meeting.agreement(number)
    if agreement is None or agreement.slot is None or agreement.standing != "granted":
        return refuse(
            "not_agreed", "Not everybody has agreed to that time. Nothing was held. The thread shows who is asked."
        )
    return agreement.slot


def _about(person: str, error: BaseException) -> BaseException:
    """The same failure, and whose calendar it is about; what is no failure of the world stays a bug."""
    return Failure(f"{who(person)}'s calendar: {error}", service=error.service) if isinstance(error, Failure) else error


def _words_for(failure: Failure, hold: Hold) -> str:
    others = len(hold.planned) - 1
    taken = "What was already placed is taken back." if others else ""
    return f"{failure} {taken}".strip()
