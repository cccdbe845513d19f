"""The laws that no order of presses may break, told again from the design's table and not from the code that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bot.core import facts as f
from bot.core.authority import Asker
from bot.core.meeting import At, Meeting, folded
from bot.core.record import Record
from bot.core.span import Span
from tests.inner_world import InnerWorld, Office

Broken = Callable[[str, str], None]  # (law, what happened)


# -- who may do what


def behind(name: str, record: Record, office: Office, now: datetime) -> set[str]:
    """The people whom the policy means by a name, now."""
    if name == "release_owner":
        return {record.owner}
    if name in record.deciders:
        return set(record.deciders[name])
    if name in record.roles:
        named = record.roles[name]
        if named.rota is None:
            return set(named.people)
        shifts = office.people.rotas[named.rota].shifts
        return {s.person for s in shifts if s.span.start <= now < s.span.end}
    return set(office.people.teams[name].members) if name in office.people.teams else set()


def may_decide(
    who: str, names: Sequence[str], record: Record, office: Office, now: datetime, waits_since: datetime
) -> bool:
    """One of those whom the policy names; or the confirmed delegate of one for that very role, when that one is away today
    or the question has waited long enough."""
    kind = office.policy.kinds[record.kind]
    for name in names:
        for decider in behind(name, record, office, now):
            if who == decider:
                return True
            person = office.people.people[decider]
            away = now.date() in person.holiday_dates
            waited = now - waits_since >= kind.escalation_after
            if (away or waited) and any(
                x.person == who
                and name in x.roles
                and x.authority == "confirmed"
                and (x.until is None or x.until >= now)
                for x in person.delegates
            ):
                return True
    return False


def standing_slots(meeting: Meeting) -> list[f.Slot]:
    """What is held, kept or confirmed in this round, told from the state alone; of a review that was called off, what was:
    who sat in it may still leave a note."""
    found = [h.slot for h in meeting.holds if h.ended is None]
    if meeting.kept is not None:
        found.append(meeting.kept.slot)
    if meeting.state in ("confirmed", "cancelled") and meeting.confirmed is not None:
        found.append(next(h.slot for h in meeting.holds if h.set == meeting.confirmed.set))
    return found


def is_involved(who: str, record: Record, office: Office, now: datetime, before: Meeting | None) -> bool:
    kind = office.policy.kinds[record.kind]
    names = ("release_owner", *kind.confirmed_by, *record.deciders, *record.roles, kind.escalation_to or "")
    people = {person for name in names for person in behind(name, record, office, now)}
    slots = standing_slots(before) if before else []
    return who in people | {person for slot in slots for person in slot.people}


_BY_THOSE_INVOLVED = (
    f.SlotChosen, f.SlotExtended, f.AgreementAsked, f.Noted, f.Cancelled, f.RescheduleAsked, f.RescheduleDropped,
    f.EscalationAcknowledged,
)  # fmt: skip


def judged(world: InnerWorld, asker: Asker, before: Meeting | None, new: Sequence[f.AnyFact], broken: Broken) -> None:
    """What one press put on record: by somebody who might, and in their own name."""
    if asker.standing != "member" or asker.person is None:
        if new:
            broken("authority", f"{asker} left {new[0].tag}")
        return
    for fact in new:
        if fact.by != "bot" and fact.by != asker.person:
            broken("authority", f"{fact.tag} by {fact.by}, pressed by {asker.person}")
        if before is not None and not _might(world, asker.person, before, fact):
            broken("authority", f"{asker.person} left {fact!r} in {before.state}")


def _might(world: InnerWorld, who: str, before: Meeting, fact: f.AnyFact) -> bool:
    record = world.office.read(before.request.record)
    office, now = world.office, world.now
    match fact:
        case f.Approved():
            hold = next(h for h in before.holds if h.set == fact.set)
            names = office.policy.kinds[record.kind].confirmed_by
            return now < hold.expires_at and may_decide(who, names, record, office, now, hold.asked_at)
        case f.SlotExtended() if now >= next(h.expires_at for h in before.holds if h.set == fact.set):
            return False
        case f.SlotEnded(why="rejected"):
            hold = next(h for h in before.holds if h.set == fact.set)
            names = office.policy.kinds[record.kind].confirmed_by
            return may_decide(who, names, record, office, now, hold.asked_at) or _pays(who, hold.slot, before)
        case f.AgreementAnswered():
            return _might_answer(before, fact, who, office, record, now)
        case f.SlotEnded(why="let_go"):
            return is_involved(who, record, office, now, before)
        case _ if isinstance(fact, _BY_THOSE_INVOLVED):
            return is_involved(who, record, office, now, before)
        case _:
            return True


def _might_answer(
    before: Meeting, fact: f.AgreementAnswered, who: str, office: Office, record: Record, now: datetime
) -> bool:
    """Their own time is theirs alone to speak for; the rest is for the policy's approvers, never for who asked."""
    asked = next(a for a in before.agreements if a.number == fact.number)
    point = asked.points[fact.point]
    if point.standing != "open":
        return False
    if point.own or asked.sort == "ask":
        return who == point.need.person
    kind = office.policy.kinds[record.kind]
    names = kind.substitutes_approved_by or () if asked.sort == "substitute" else kind.approvers_of(point.need.rule)  # type: ignore[arg-type]
    return who != asked.by and may_decide(who, names, record, office, now, asked.at)


def _pays(who: str, slot: f.Slot, before: Meeting) -> bool:
    """Whether a granted exception for that slot costs them something: their no ends it."""
    return any(
        a.slot is not None and a.slot.span == slot.span and any(p.own and p.need.person == who for p in a.points)
        for a in before.agreements
    )


# -- what stands


def confirmed_by_somebody_who_might(history: Sequence[At], might: Mapping[int, str], broken: Broken) -> None:
    """Every confirmation traces to an approval of that very set that nothing undid. `might` has the versions of the
    approvals that were judged good, and who gave them."""
    approval: At | None = None
    for entry in history:
        match entry.fact:
            case f.Approved():
                approval = entry
            case f.Requested() | f.Stopped() | f.Cancelled():
                approval = None
            case f.Confirmed():
                good = approval is not None and might.get(approval.version) == approval.fact.by
                same = approval is not None and getattr(approval.fact, "set", 0) == entry.fact.set
                if not good or not same or approval is None or entry.fact.by != approval.fact.by:
                    broken("authority", f"confirmed without a good approval: {entry.fact!r}, {approval!r}")
                approval = None


class Reliance:
    """What a slot rests on: when it is held or confirmed, every rule that it breaks is granted for that very slot; and
    what was granted stays so for as long as it stands."""

    def __init__(self) -> None:
        self.on: dict[tuple[str, int, int], tuple[int, ...]] = {}

    def looks(self, world: InnerWorld, meeting: Meeting, fact: f.AnyFact, broken: Broken) -> None:
        if not isinstance(fact, f.SlotHeld | f.Confirmed):
            return
        hold = next(h for h in meeting.holds if h.set == fact.set)
        used: set[int] = set()
        for rule, person in breaks(world, meeting, hold.slot):
            granted = [a.number for a in meeting.agreements if _speaks(a, hold.slot, rule, person)]
            if not granted:
                broken(
                    "exception",
                    f"{meeting.id} set {hold.set} at {hold.slot.span.start}: {rule} of {person}, {fact.tag}",
                )
            used.update(granted[:1])
        self.on[meeting.id, meeting.request.round, hold.set] = tuple(used)

    def stands(self, meeting: Meeting, broken: Broken) -> None:
        for hold in meeting.holds:
            if hold.ended is not None:
                continue
            for number in self.on.get((meeting.id, meeting.request.round, hold.set), ()):
                agreement = next(a for a in meeting.agreements if a.number == number)
                if any(p.standing == "refused" for p in agreement.points):
                    broken("exception", f"{meeting.id} holds set {hold.set} although {number} was refused")


def _speaks(agreement: object, slot: f.Slot, rule: str, person: str | None) -> bool:
    points = getattr(agreement, "points", ())
    wanted = "move" if rule == "busy" else rule
    own = wanted == "move" or getattr(agreement, "sort", "") == "ask"  # what they would have to move is theirs alone
    decided = [p for p in points if p.own == own and p.need.rule == wanted and p.need.person == person]
    said_no = any(p.standing == "refused" for p in points)
    span = getattr(agreement, "slot", None)
    here = span is not None and span.span == slot.span
    return here and not said_no and any(p.standing == "granted" for p in decided)


def breaks(world: InnerWorld, meeting: Meeting, slot: f.Slot) -> Iterable[tuple[str, str | None]]:
    """Every rule that the slot breaks, read from the office and the calendars as they are: all zones here are UTC."""
    for person_id in slot.people:
        person = world.office.people.people[person_id]
        ranges = dict(person.working_hours.days).get(_day(slot.span.start), ())
        first, last = _minutes(slot.span.start), _minutes(slot.span.end)
        if (
            not any(r.start <= first and last <= r.end for r in ranges)
            or slot.span.start.date() in person.holiday_dates
        ):
            yield "working_hours", person_id
        if any(_taken(world, meeting, person_id, slot.span)):
            yield "busy", person_id
    for entry in world.office.entries:
        if entry.type == "freeze" and entry.span is not None and entry.span.meets(slot.span):
            yield "freeze", None


def _day(instant: datetime) -> str:
    return ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[instant.weekday()]


def _minutes(instant: datetime) -> int:
    return instant.hour * 60 + instant.minute


def _taken(world: InnerWorld, meeting: Meeting, person: str, span: Span) -> Iterable[bool]:
    """Events of their own; what we put there for this very meeting is none."""
    for event in world.book.events(world.calendar(person)):
        mine = dict(event.tags).get("record") == meeting.id or meeting.id in event.title
        if event.show_as != "free" and not mine and Span(event.start, event.end).meets(span):
            yield True


def nobody_twice(meetings: Sequence[Meeting], broken: Broken) -> None:
    """No two live meetings hold one person for overlapping time."""
    held = [(m.id, slot) for m in meetings if m.state != "cancelled" for slot in standing_slots(m)]
    for number, (id, slot) in enumerate(held):
        for other, theirs in held[number + 1 :]:
            if other != id and slot.span.meets(theirs.span) and set(slot.people) & set(theirs.people):
                broken("overlap", f"{id} and {other} at {slot.span.start}: {set(slot.people) & set(theirs.people)}")


def well_formed(meeting: Meeting, broken: Broken) -> None:
    """As many sets live as the policy allows, and only where the state says so."""
    live = [h for h in meeting.holds if h.ended is None]
    allowed = meeting.request.hold_slots
    if len(live) > allowed or len({h.slot.span for h in live}) < len(live):
        broken("holds", f"{meeting.id} holds {[h.set for h in live]} of {allowed}")
    if bool(live) != (meeting.state in ("placing", "held", "confirming")):
        broken("holds", f"{meeting.id} is {meeting.state} with {[h.set for h in live]}")
    if meeting.kept is not None and meeting.state in ("confirmed", "cancelled") and meeting.confirmed is not None:
        broken("holds", f"{meeting.id} is {meeting.state} and keeps another slot")


def at_rest(world: InnerWorld, broken: Broken) -> None:
    """When nothing is owed by now: what stands on calendars and in inboxes is what the meetings say, no more, no less."""
    wanted = {
        (p.key, h.slot.span) for m in world.journal.meetings() for h in m.holds if h.ended is None for p in h.planned
    }
    there = {(dict(e.tags)["key"], Span(e.start, e.end)) for e in world.holds()}
    for key, span in sorted(there - wanted):
        broken("calendars", f"a hold that nobody owns: {key} at {span.start}")
    for key, span in sorted(wanted - there):
        broken("calendars", f"a live set without its hold: {key} at {span.start}")
    _invites(world, broken)
    for meeting in world.journal.meetings():
        if meeting.state in ("placing", "confirming", "searching"):
            broken("calendars", f"{meeting.id} rests in {meeting.state}")
        for hold in meeting.holds:
            if hold.ended is None and hold.expires_at <= world.now:
                broken("holds", f"{meeting.id} set {hold.set} outlived its end")


def _invites(world: InnerWorld, broken: Broken) -> None:
    live = sorted(world.invitations.live)
    wanted: list[str] = []
    for meeting in world.journal.meetings():
        if meeting.state == "confirmed" and meeting.confirmed is not None:
            wanted.append(meeting.confirmed.invite)
        if meeting.kept is not None and meeting.state != "cancelled":
            wanted.append(meeting.kept.confirmed.invite)
    if live != sorted(wanted):
        broken("invites", f"{live} stand, {sorted(wanted)} are confirmed")
    confirmations = sum(
        isinstance(e.fact, f.Confirmed) for m in world.journal.meetings() for e in world.journal.history(m.id)
    )
    ever = [e for e in world.book.events(world.invitations.organizer, live=False) if "invite" in dict(e.tags)]
    if len(ever) != confirmations:
        broken("invites", f"{len(ever)} invites went out for {confirmations} confirmations")


def replays(world: InnerWorld, broken: Broken) -> None:
    """The ledger folded again, through JSON too, is the meeting."""
    for meeting in world.journal.meetings():
        history = world.journal.history(meeting.id)
        again = [e.model_copy(update={"fact": f.fact_from(e.fact.tag, f.body_of(e.fact), e.fact.by)}) for e in history]
        if folded(meeting.id, again) != meeting:
            broken("replay", f"{meeting.id} is another when it is told again")
