"""Looking for times: the world is read, every start is judged, and what was found is kept with all that it rests on."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.agreements import joined, waived
from bot.core.attested import believed, spoken_for
from bot.core.explanation import by_name, clause_by_role, ruled_out
from bot.core.findings import Ask as FoundAsk
from bot.core.findings import Assignment, Reason, RoleReason
from bot.core.findings import Option as FoundOption
from bot.core.inputs import SHARED, kept_from, problem_from, record_from
from bot.core.lacking import lacking
from bot.core.meeting import Hold, Meeting
from bot.core.people import Directory
from bot.core.policy import Kind, Policy
from bot.core.record import Record
from bot.core.refusals import Refusal
from bot.core.release_calendar import Entry
from bot.core.same import Same
from bot.core.search import Found, Problem, reading, search
from bot.core.sources import Sources
from bot.core.span import Span
from bot.core.window import stated_end
from bot.core.words import listed, role_words, when
from bot.flows.world import Snapshot, World, bookings, set_aside, with_claims, without_invite, without_own
from bot.ports import Denied, Desk, Gone, Journal

SHOWN_OPTIONS = 5
REMEMBERED_RECORDS = 2000
YEARS = 2  # before now and after the horizon: somebody may ask why a day far off would not do
REMEMBERED = 256  # inputs of searches: each line of a thread asks for those of its review; the people are shared


class Searching:
    """Searches for a meeting, explains them, and judges one slot again."""

    def __init__(self, world: World, journal: Journal) -> None:
        self._world = world
        self._journal = journal
        self._policies: dict[str, Policy] = {}  # by digest: the same for ever
        self._record_kept = lru_cache(maxsize=REMEMBERED_RECORDS)(self._record_read)  # what every message asks for
        self._problems: OrderedDict[str, Problem] = OrderedDict()  # the same, but large: the newest
        self._gate = threading.Lock()

    def policy_of(self, meeting: Meeting) -> Policy:
        """The policy that the review was asked under: a later edit does not change the rules of a review under way."""
        digest = meeting.request.policy
        if digest not in self._policies:
            self._policies[digest] = Policy.model_validate_json(self._journal.kept(digest))
        return self._policies[digest]

    def kind_of(self, meeting: Meeting) -> Kind:
        return self.policy_of(meeting).kinds[meeting.request.kind]

    def search(self, meeting_id: str, number: int) -> None:
        """The worker's deed: read, judge, record. Raises Unreachable when the record system does not answer."""
        meeting = self._journal.meeting(meeting_id)
        if meeting is None or not meeting.awaits(number):
            return
        try:
            record = self._world.record(meeting.request.record)
        except (Gone, Denied) as failure:
            self.give_up(meeting_id, number, str(failure))
            return
        problem, snapshot = self._problem(meeting, record)
        found = search(problem)
        self._finish(meeting, number, found, snapshot)

    def give_up(self, meeting_id: str, number: int, why: str) -> None:
        """Nothing could be searched: the thread says why, and *Look again* is there."""
        now = self._world.clock.now()
        stopped = f.SearchStopped(search=number, why=why)
        self._journal.decide(meeting_id, lambda m, _: d.decide(m, c.FinishSearch(searched=stopped), now))

    def _problem(self, meeting: Meeting, record: Record) -> tuple[Problem, Snapshot]:
        """Everything the search rests on, read as of now; our own hold set aside, other meetings' people busy."""
        organisation, now = self._world.organisation, self._world.clock.now()
        policy = self.policy_of(meeting)
        kind = policy.kinds.get(record.kind) or self.kind_of(meeting)
        people = self._people(meeting, record, kind, now)
        ahead = reading(record, kind, policy, people, now)
        if ahead.span is None:
            snapshot = Snapshot({}, now, 0, ())
        else:
            everybody = [people.people[p] for p in ahead.people]
            seen = self._world.availability(everybody, ahead.span)
            claims = self._journal.claims(ahead.span, meeting.id)
            seen = seen._replace(people=believed(seen.people, meeting.attestations))
            for own in meeting.live_holds:
                seen = without_own(seen, own)
            snapshot = with_claims(self._beside_kept(seen, meeting, ahead.span), claims)
        entries = (*organisation.entries, *self._booked(meeting))
        return Problem(record, kind, policy, people, entries, now, snapshot.people), snapshot

    def _people(self, meeting: Meeting, record: Record, kind: Kind, now: datetime) -> Directory:
        """Everybody as this review sees them: who was agreed to, whose time was spoken for, the holidays that may matter."""
        everybody = Same(self._world.organisation.people)
        near = _with_holidays(everybody, now.year - YEARS, (now + kind.horizon).year + YEARS)
        return spoken_for(joined(near, record, meeting.agreements), meeting.attestations)

    def _beside_kept(self, snapshot: Snapshot, meeting: Meeting, asked: Span) -> Snapshot:
        """The same without our own invite for the slot that is kept, which goes when another is confirmed. Where calendars
        tell blocks instead of items (Google), nobody can see what else lies there: then it stays busy."""
        if meeting.kept is None:
            return snapshot
        people = self._world.organisation.people.people
        seen = {p for p in meeting.kept.slot.people if p in people and self._world.tells_items(people[p])}
        return without_invite(snapshot, seen, meeting.kept.slot.span, asked)

    def _booked(self, meeting: Meeting) -> tuple[Entry, ...]:
        booked = bookings(self._journal.engaged(self._world.clock.now()), meeting.id)
        return tuple(Entry(type="booked", name=name, span=span, binds=("reviews",)) for name, span in booked)

    def _finish(self, meeting: Meeting, number: int, found: Found, snapshot: Snapshot) -> None:
        now = self._world.clock.now()
        inputs = kept_from(found.problem)
        read = Sources(calendars=snapshot.reads, files=self._world.organisation.digests)
        sources = read.model_dump(mode="json")
        searched = told(found, number, snapshot, Resting(policy=meeting.request.policy))  # while nobody waits to write

        def choice(m: Meeting | None, desk: Desk) -> d.Facts | Refusal:
            resting = {"inputs": desk.keep(inputs), "sources": desk.keep(sources)}
            self._remember(resting["inputs"], found.problem)
            return d.decide(m, c.FinishSearch(searched=searched.model_copy(update=resting)), now)

        self._journal.decide(meeting.id, choice)

    # Explaining what was found

    def problem_of(self, meeting: Meeting) -> Problem | None:
        """The very inputs of the newest search."""
        digest = meeting.search.inputs if meeting.search else None
        return self._problem_kept(digest) if digest else None

    def _problem_kept(self, digest: str) -> Problem | None:
        """What stands under a digest never changes: it is read once."""
        known = self._problems.get(digest)
        if known is None and (kept := self._journal.kept(digest)):
            known = problem_from(kept)
            self._remember(digest, known)
        return known

    def _remember(self, digest: str, problem: Problem) -> None:
        with self._gate:
            self._problems[digest] = problem
            while len(self._problems) > REMEMBERED:
                self._problems.popitem(last=False)

    def found_of(self, meeting: Meeting) -> Found | None:
        """The newest search again."""
        digest = meeting.search.inputs if meeting.search else None
        return self._replayed(digest) if digest else None

    def found_in(self, fact: f.Searched) -> Found | None:
        """A recorded search again, whichever it was; None when its inputs were not kept."""
        return self._replayed(fact.inputs) if fact.inputs else None

    def replay(self, fact: f.Searched) -> bool | None:
        """Whether the recorded inputs of a search give the very same record of it again; None when they were not kept."""
        return replayed(fact, self._journal.kept)

    def _replayed(self, digest: str) -> Found | None:
        problem = self._problem_kept(digest)
        return search(problem) if problem else None

    def record_searched(self, meeting: Meeting) -> Record | None:
        digest = meeting.search.inputs if meeting.search else None
        return self._record_kept(digest) if digest else None

    def _record_read(self, digest: str) -> Record | None:
        problem = self._problems.get(digest)
        if problem is not None:  # searched just now: nothing need be unpacked
            return problem.record
        kept = self._journal.kept(digest)
        return record_from(kept) if kept else None

    def record_changes(self, meeting: Meeting, hold: Hold, record: Record) -> tuple[str, ...]:
        """Which of the record's fields moved since the offer that was held: later searches may know them, the invite that
        was shown does not. A new revision alone, with nothing moved, is none."""
        before = self.record_offered(meeting, hold)
        if before is None:
            return ()
        moved = [name for name in Record.model_fields if name != "revision" and _differ(before, record, name)]
        if not moved:
            return ()
        from_to = f"from revision {before.revision} to {record.revision}" if before.revision != record.revision else ""
        fields = listed([_moved(before, record, name) for name in moved])
        return (f"{record.id} changed {from_to}: {fields}.".replace(" :", ":"),)

    def record_offered(self, meeting: Meeting, hold: Hold) -> Record | None:
        """The record as the search knew it whose offer was held."""
        inputs: str | None = None
        for entry in self._journal.history(meeting.id):
            match entry.fact:
                case f.Searched():
                    inputs = entry.fact.inputs
                case f.SlotChosen(set=number) if number == hold.set:
                    break
                case _:
                    continue
        return self._record_kept(inputs) if inputs else None

    # Judging one slot again

    def reasons_against(
        self,
        meeting: Meeting,
        hold: Hold,
        record: Record | None = None,
        snapshot: Snapshot | None = None,
        own: frozenset[str] = frozenset(),
    ) -> tuple[Reason, ...]:
        """Everything that stands against the slot now; nothing when it is still good. Reads afresh what it is
        not given: only the people of the slot, only its span. `own`: on whose calendars our hold stands already."""
        record = record or self._world.record(meeting.request.record)
        organisation, now = self._world.organisation, self._world.clock.now()
        people = [
            organisation.people.people[p] for p in dict.fromkeys(hold.slot.people) if p in organisation.people.people
        ]
        snapshot = snapshot or self._world.availability(people, hold.slot.span, fresh=True)
        seen = self._beside_kept(set_aside(snapshot, own, hold.slot.span), meeting, hold.slot.span)
        seen = seen._replace(people=believed(seen.people, meeting.attestations))
        snapshot = with_claims(seen, self._journal.claims(hold.slot.span, meeting.id))
        policy = self.policy_of(meeting)
        kind = policy.kinds.get(record.kind) or self.kind_of(meeting)
        entries = (*organisation.entries, *self._booked(meeting))
        everybody = self._people(meeting, record, kind, now)
        problem = Problem(record, kind, policy, everybody, entries, now, snapshot.people)
        reasons = search(problem).fits(
            hold.slot.span.start, {role: seat.person for role, seat in hold.slot.seats.items()}
        )
        return waived(reasons, meeting.agreements, hold.slot)

    def against(
        self, meeting: Meeting, hold: Hold, own: frozenset[str] = frozenset(), say: Callable[[Reason], str] = by_name
    ) -> tuple[str, ...]:
        """The same in words, everything read afresh."""
        return self.sentences(self.reasons_against(meeting, hold, own=own), say)

    def sentences(self, reasons: Collection[Reason], say: Callable[[Reason], str] = by_name) -> tuple[str, ...]:
        """One a reason; where it is only that a calendar could not be seen, whose system did not show it."""
        return tuple(self._unseen(reason) or sentence(reason, say) for reason in reasons)

    def _unseen(self, reason: Reason) -> str | None:
        """By role: everybody reads it."""
        if not isinstance(reason, RoleReason) or any(each.rules != ("unknown",) for each in reason.people):
            return None
        people = self._world.organisation.people.people
        refs = self._world.calendars_of(people[each.person] for each in reason.people if each.person in people)
        services = list(dict.fromkeys(_SERVICES[ref.provider] for ref in refs if ref.provider in _SERVICES))
        if not services:
            return None
        seat = role_words(reason.role)
        return f"{listed(services, 'or')} did not show the {seat}'s calendar, and what cannot be seen is never taken as free."


@lru_cache(maxsize=SHARED)
def _with_holidays(everybody: Same[Directory], first: int, last: int) -> Directory:
    """The very same for all searches, until somebody edits people.yaml: it is made and written once."""
    return everybody.value.with_holidays_of(first, last)


def replayed(fact: f.Searched, kept: Callable[[str], Any]) -> bool | None:
    """The same for whoever has the ledger alone. `kept` gives the document under a digest."""
    inputs = kept(fact.inputs) if fact.inputs else None
    if not inputs or fact.inputs is None or fact.read_at is None:
        return None
    snapshot = Snapshot({}, fact.read_at, fact.calendars_read, fact.unreadable)
    resting = Resting(fact.inputs, fact.sources, fact.policy)
    return _bytes(told(search(problem_from(inputs)), fact.search, snapshot, resting)) == _bytes(fact)


def _bytes(fact: f.Searched) -> bytes:
    return json.dumps(f.body_of(fact), sort_keys=True, ensure_ascii=False).encode()


# As people know whoever keeps their calendar; who has none is told of by the rule alone.
_SERVICES: Mapping[str, str] = {
    "google": "Google", "microsoft": "Microsoft", "caldav": "The CalDAV server", "ics": "The published calendar's address",
    "files": "The calendar's file",
}  # fmt: skip


def sentence(reason: Reason, say: Callable[[Reason], str] = by_name) -> str:
    words = say(reason)
    return f"{words}." if not words.endswith(".") else words


class Resting(NamedTuple):
    """What a search rests on, by digest. A search of an older version told neither its sources nor its policy."""

    inputs: str | None = None
    sources: str | None = None
    policy: str = ""


def told(found: Found, number: int, snapshot: Snapshot, resting: Resting) -> f.Searched:
    """What a search found, as the ledger keeps it: what is shown, the counts, and the digest of all it rests on."""
    window, counts = found.window, found.counts
    return f.Searched(
        search=number,
        outcome=found.outcome,
        opens=window.opens if window else None,
        opens_by=window.opens_by if window else None,
        closes=window.closes if window else None,
        closes_by=window.closes_by if window else None,
        stated_end=None if window else stated_end(found.problem.record, found.problem.kind, found.problem.now),
        starts=counts.starts,
        feasible=counts.feasible,
        offers=tuple(slot_of(o.start, o.end, o.assignment, o.delegates, o.preferences_broken) for o in found.offers),
        options=tuple(_option(o) for o in found.options_to_show(SHOWN_OPTIONS)),
        asks=tuple(_ask(a) for a in found.asks_to_show(SHOWN_OPTIONS)),
        roles=tuple(
            f.RoleHolders(role=role, people=tuple(s.person for s in people)) for role, people in found.roles.items()
        ),
        missing_facts=found.missing_facts,
        missing_roles=found.missing_roles,
        warnings=tuple(by_name(w) for w in found.warnings),
        blocking=tuple(clause_by_role(each.fact, found.roles) for each in found.blocking),
        ruled_out=ruled_out(found.rejected, found.problem.policy.grid),
        lacking=() if found.outcome == "viable" else lacking(found.rejected),
        inputs=resting.inputs,
        sources=resting.sources,
        policy=resting.policy,
        revision=found.problem.record.revision,
        calendars_read=snapshot.calendars,
        unreadable=snapshot.unreadable,
        read_at=snapshot.read_at,
    )


def slot_of(start: datetime, end: datetime, assignment: Assignment, delegates: int = 0, broken: int = 0) -> f.Slot:
    seats = {role: f.Seat(person=seat.person, standing=seat.stands_as) for role, seat in assignment.items()}
    return f.Slot(span=Span(start, end), seats=seats, delegates=delegates, preferences_broken=broken)


def _option(option: FoundOption) -> f.Option:
    needs = tuple(f.Need(rule=n.rule, approvers=n.approvers, role=n.role, person=n.person) for n in option.needs)
    return f.Option(slot=slot_of(option.start, option.end, option.assignment), needs=needs)


def _ask(ask: FoundAsk) -> f.Ask:
    return f.Ask(span=Span(ask.start, ask.end), person=ask.person, role=ask.role, rules=ask.rules)


def _moved(before: Record, after: Record, name: str) -> str:
    """`state (approved, now on hold)`; what cannot be said in a word is only named."""
    field, old, new = name.replace("_", " "), getattr(before, name), getattr(after, name)
    if isinstance(old, Span) and isinstance(new, Span):
        field, old, new = (
            (field, old.start, new.start) if old.start != new.start else (f"{field}'s end", old.end, new.end)
        )
    if isinstance(old, datetime) and isinstance(new, datetime):
        return f"{field} ({when(old)}, now {when(new)})"
    if isinstance(old, str) and isinstance(new, str) and name not in ("title", "url"):
        return f"{field} ({old.replace('_', ' ')}, now {new.replace('_', ' ')})"
    return field


def _differ(before: Record, after: Record, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
