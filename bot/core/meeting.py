"""A meeting's life: what may happen next (`decide`), and what it is after that (`evolve`). The ledger folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

from bot.core import facts as f
from bot.core.agreements import Agreement, Point
from bot.core.attested import Attestation
from bot.core.people import Frozen
from bot.core.span import Span

State = Literal["searching", "choosing", "blocked", "placing", "held", "confirming", "confirmed", "cancelled"]
LIVE_HOLD: frozenset[State] = frozenset({"placing", "held", "confirming"})


class Hold(Frozen):
    """One hold set: the slot, who planned it, what stands on which calendar."""

    set: int
    round: int = 1
    slot: f.Slot
    planned: tuple[f.PlannedHold, ...]
    not_held: tuple[tuple[str, str], ...] = ()
    placed: tuple[f.PlacedKey, ...] = ()
    by: str
    asked_at: datetime
    expires_at: datetime
    extended: bool = False
    draft: str
    ended: str | None = None  # why; its events may still be on calendars until `gone`
    gone: bool = False
    lifted: tuple[str, ...] = ()
    approved_by: str | None = None
    approved_at: datetime | None = None


class Escalation(Frozen):
    """One question that went up: to whom, until when an answer helps, and which rungs were climbed."""

    number: int
    to: str
    sort: f.Question
    cause: str
    at: datetime
    deadline: datetime | None = None
    rungs: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    resolved: bool = False
    agreement: int | None = None
    again: bool = False  # it was taken before, and not settled

    @property
    def open(self) -> bool:
        return not self.resolved


class Kept(Frozen):
    """The confirmed slot that stays until a new one is confirmed."""

    set: int
    slot: f.Slot
    confirmed: f.Confirmed
    confirmed_at: datetime


class Meeting(Frozen):
    id: str
    version: int
    state: State
    request: f.Requested
    requested_at: datetime
    searches: int = 0
    search: f.Searched | None = None
    stopped: str | None = None
    first_viable_at: datetime | None = None
    holds: tuple[Hold, ...] = ()  # every set that was ever chosen, in any round, in order
    last_changes: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    agreements_before: int = 0  # of earlier rounds
    escalations_before: int = 0
    kept: Kept | None = None
    disturbed: tuple[str, ...] = ()
    confirmed: f.Confirmed | None = None
    confirmed_at: datetime | None = None

    @property
    def live_holds(self) -> tuple[Hold, ...]:
        """The sets that stand or are being placed, oldest first; a policy may allow more than one."""
        return tuple(h for h in self.holds if h.ended is None)

    def live_hold(self, number: int) -> Hold | None:
        return next((h for h in self.live_holds if h.set == number), None)

    @property
    def hold(self) -> Hold | None:
        """The set that is meant when none is named: the one being approved, else the newest live one, else the confirmed
        one; while another slot is looked for, the kept one is not meant."""
        live = self.live_holds
        approved = next((h for h in live if h.approved_by is not None), None)
        if live:
            return approved or live[-1]
        return self.set(self.confirmed.set) if self.confirmed else None

    def awaits(self, search: int) -> bool:
        """Whether that search is the newest, and nothing was found by it yet. Who died right after telling it searches again."""
        told = self.search is not None and self.search.search == search
        return search == self.searches and not told and self.state not in ("confirmed", "cancelled")

    @property
    def live(self) -> bool:
        return self.state != "cancelled"

    @property
    def slot(self) -> f.Slot | None:
        hold = self.hold
        return hold.slot if hold else None

    @property
    def agreements_told(self) -> int:
        """How many there ever were, in any round: no number means two of them."""
        return self.agreements_before + len(self.agreements)

    @property
    def escalations_told(self) -> int:
        return self.escalations_before + len(self.escalations)

    @property
    def at_stake(self) -> str:
        """What would go with the meeting if it were called off: the invite's set, and the held ones. Who agreed to that has
        not agreed to more."""
        sent = self.confirmed or (self.kept.confirmed if self.kept else None)
        invite = [f"invite {sent.set}"] if sent is not None and self.live else []
        return " ".join([*invite, *(f"hold {hold.set}" for hold in self.live_holds)])

    def agreement(self, number: int) -> Agreement | None:
        return next((a for a in self.agreements if a.number == number), None)

    def escalation(self, number: int) -> Escalation | None:
        return next((e for e in self.escalations if e.number == number), None)

    def set(self, number: int) -> Hold:
        return next(h for h in self.holds if h.set == number)


class At(Frozen):
    """A fact with its place in the stream."""

    version: int
    at: datetime
    fact: f.AnyFact


def _hold(meeting: Meeting, number: int, changes: Mapping[str, object]) -> dict[str, object]:
    """The meeting's holds with one set changed."""
    return {"holds": tuple(h.model_copy(update=changes) if h.set == number else h for h in meeting.holds)}


def _changes(meeting: Meeting, fact: f.AnyFact, at: datetime) -> dict[str, object]:
    """What a fact makes of a meeting. One line a sort of fact; an unknown one is a bug and says so."""
    match fact:
        case f.SearchStarted():
            state = meeting.state if meeting.state in LIVE_HOLD else "searching"
            return {"state": state, "searches": fact.search, "stopped": None}
        case f.Searched():
            state = "choosing" if fact.outcome == "viable" else "blocked"
            first = meeting.first_viable_at or (at if fact.outcome == "viable" else None)
            return {
                "state": meeting.state if meeting.state in LIVE_HOLD else state,
                "search": fact,
                "first_viable_at": first,
            }
        case f.SearchStopped():
            return {"state": meeting.state if meeting.state in LIVE_HOLD else "blocked", "stopped": fact.why}
        case f.SlotChosen():
            return {"state": "placing", "holds": (*meeting.holds, _chosen(meeting, fact, at)), "last_changes": ()}
        case f.SlotHeld():
            return {"state": "held", **_hold(meeting, fact.set, _held(meeting.set(fact.set), fact))}
        case f.SlotExtended():
            return _hold(meeting, fact.set, {"expires_at": fact.expires_at, "extended": True})
        case f.SlotEnded():
            return _ended(meeting, fact)
        case f.HoldsLifted():
            return _hold(meeting, fact.set, {"lifted": fact.keys})
        case f.HoldsPutBack():
            return _hold(meeting, fact.set, {"lifted": ()})
        case f.HoldsGone():
            return _hold(meeting, fact.set, {"gone": True, "lifted": ()})
        case f.Approved():
            return {
                "state": "confirming",
                **_hold(meeting, fact.set, {"approved_by": fact.by, "approved_at": at}),
            }
        case f.Stopped():
            changes = _hold(meeting, fact.set, {"approved_by": None, "approved_at": None})
            return {"state": "held", "last_changes": fact.changes, **changes}
        case f.Confirmed():
            return {"state": "confirmed", "confirmed": fact, "confirmed_at": at, "kept": None, "disturbed": ()}
        case f.Disturbed():
            return {"disturbed": fact.changes}
        case f.RescheduleAsked():
            return _rescheduling(meeting, fact)
        case f.RescheduleDropped():
            return _restored(meeting)
        case f.Cancelled():
            return {"state": "cancelled"}
        case f.AgreementAsked():
            return {"agreements": (*meeting.agreements, _asked(fact, at))}
        case f.AgreementAnswered():
            return {"agreements": tuple(_answered(a, fact, at) for a in meeting.agreements)}
        case f.Attested():
            stated = Attestation(person=fact.person, windows=fact.windows, by=fact.by, at=at, source=fact.source)
            return {"attestations": (*_attested_of_others(meeting, fact.person), stated)}
        case f.AttestationTakenBack():
            return {"attestations": _attested_of_others(meeting, fact.person)}
        case f.Escalated():
            return {"escalations": (*meeting.escalations, _raised(fact, at))}
        case f.EscalationClimbed():
            return _escalation(meeting, fact.escalation, lambda e: {"rungs": (*e.rungs, fact.rung)})
        case f.EscalationAcknowledged():
            return _escalation(meeting, fact.escalation, lambda _: {"acknowledged_by": fact.by})
        case f.EscalationResolved():
            return _escalation(meeting, fact.escalation, lambda _: {"resolved": True})
        case f.Requested() | f.ConfirmersReminded() | f.Checked() | f.Noted() | f.InviteCancelled():
            return {}


def _chosen(meeting: Meeting, fact: f.SlotChosen, at: datetime) -> Hold:
    return Hold(
        set=fact.set, round=meeting.request.round, slot=fact.slot, planned=fact.planned, not_held=fact.not_held, by=fact.by, asked_at=at,
        expires_at=fact.expires_at, draft=fact.draft,
    )  # fmt: skip


def _held(hold: Hold, fact: f.SlotHeld) -> dict[str, object]:
    """What stands is what was placed; whose calendar may not be written is named as not held."""
    placed = {p.key for p in fact.placed}
    return {
        "placed": fact.placed,
        "planned": tuple(p for p in hold.planned if p.key in placed),
        "not_held": (*hold.not_held, *fact.not_held),
    }


def _ended(meeting: Meeting, fact: f.SlotEnded) -> dict[str, object]:
    changed = _hold(meeting, fact.set, {"ended": fact.why})
    others = [h for h in meeting.live_holds if h.set != fact.set]
    if fact.why in ("confirmed", "cancelled", "superseded"):
        state = meeting.state
    elif others:  # one that is being placed is not held before it is placed
        state = "placing" if meeting.state == "placing" and fact.set != meeting.holds[-1].set else "held"
    else:
        viable = meeting.search is not None and meeting.search.outcome == "viable"
        state = "choosing" if viable else "blocked"
    return {"state": state, **changed}


def _rescheduling(meeting: Meeting, fact: f.RescheduleAsked) -> dict[str, object]:
    assert meeting.confirmed is not None and meeting.confirmed_at is not None
    slot = meeting.set(fact.set).slot
    kept = Kept(set=fact.set, slot=slot, confirmed=meeting.confirmed, confirmed_at=meeting.confirmed_at)
    return {"state": "searching", "kept": kept, "confirmed": None, "confirmed_at": None}


def _restored(meeting: Meeting) -> dict[str, object]:
    assert meeting.kept is not None
    kept = meeting.kept
    return {"state": "confirmed", "kept": None, "confirmed": kept.confirmed, "confirmed_at": kept.confirmed_at}


def _asked(fact: f.AgreementAsked, at: datetime) -> Agreement:
    points = tuple(Point(need=p.need, deciders=p.deciders, own=p.own) for p in fact.points)
    return Agreement(
        number=fact.number, sort=fact.sort, by=fact.by, at=at, points=points, slot=fact.slot, role=fact.role,
        person=fact.person, instead_of=fact.instead_of, reason=fact.reason,
    )  # fmt: skip


def _answered(agreement: Agreement, fact: f.AgreementAnswered, at: datetime) -> Agreement:
    if agreement.number != fact.number:
        return agreement
    said = {"standing": "granted" if fact.granted else "refused", "by": fact.by, "at": at, "reason": fact.reason}
    points = tuple(p.model_copy(update=said) if i == fact.point else p for i, p in enumerate(agreement.points))
    return agreement.model_copy(update={"points": points})


def _attested_of_others(meeting: Meeting, person: str) -> tuple[Attestation, ...]:
    return tuple(a for a in meeting.attestations if a.person != person)


def _raised(fact: f.Escalated, at: datetime) -> Escalation:
    return Escalation(
        number=fact.number, to=fact.to, sort=fact.sort, cause=fact.cause, at=at, deadline=fact.deadline,
        agreement=fact.agreement, again=fact.again,
    )  # fmt: skip


def _escalation(
    meeting: Meeting, number: int, change: Callable[[Escalation], Mapping[str, object]]
) -> dict[str, object]:
    changed = tuple(e.model_copy(update=change(e)) if e.number == number else e for e in meeting.escalations)
    return {"escalations": changed}


def evolve(meeting: Meeting | None, entry: At, stream: str) -> Meeting:
    """The meeting after one more fact. A new request after a cancellation begins a new round: searches, hold sets, requests
    and escalations are numbered on, so that no button and no deadline of an earlier round means anything in this one."""
    if isinstance(entry.fact, f.Requested):
        kept = meeting.holds if meeting else ()  # their events may still have to be let go
        return Meeting(
            id=stream, version=entry.version, state="searching", request=entry.fact, requested_at=entry.at, holds=kept,
            searches=meeting.searches if meeting else 0,
            agreements_before=meeting.agreements_told if meeting else 0,
            escalations_before=meeting.escalations_told if meeting else 0,
        )  # fmt: skip
    if meeting is None:
        raise ValueError(f"{stream}: the first fact of a meeting is its request, not {entry.fact.tag}")
    return meeting.model_copy(update={**_changes(meeting, entry.fact, entry.at), "version": entry.version})


def folded(stream: str, entries: Iterable[At]) -> Meeting | None:
    meeting: Meeting | None = None
    for entry in entries:
        meeting = evolve(meeting, entry, stream)
    return meeting


def claimed(meeting: Meeting) -> tuple[tuple[tuple[str, ...], Span], ...]:
    """Whom the meeting holds, and for which spans: two meetings never hold one person for overlapping time. While another
    slot is looked for, the kept one is held too."""
    if meeting.state == "cancelled":
        return ()
    found = [] if meeting.kept is None else [(meeting.kept.slot.people, meeting.kept.slot.span)]
    found.extend((h.slot.people, h.slot.span) for h in meeting.live_holds)
    hold = meeting.hold
    if meeting.state == "confirmed" and hold is not None:
        found.append((hold.slot.people, hold.slot.span))
    return tuple(found)
