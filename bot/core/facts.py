"""What can happen in a meeting's life, in the past tense: the entries of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter

from bot.core.people import Frozen
from bot.core.span import Span

FORMAT = 1


class Seat(Frozen):
    """Who fills a role, and whether as the holder or as a delegate with confirmed authority."""

    person: str
    standing: Literal["holder", "delegate"] = "holder"


# The ledger's canonical JSON sorts the keys of mappings; the order of the roles means something, so it is kept as pairs.
Seats = Annotated[
    Mapping[str, Seat],
    BeforeValidator(lambda v: dict(v) if isinstance(v, list | tuple) else v),
    PlainSerializer(lambda v: [[role, seat.model_dump(mode="json")] for role, seat in v.items()], when_used="json"),
]


class Slot(Frozen):
    """A span with a person for every required role, in the roles' order."""

    span: Span
    seats: Seats
    delegates: int = 0
    preferences_broken: int = 0

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(seat.person for seat in self.seats.values())


class Need(Frozen):
    """An agreement that an option needs: a rule overruled once, or a substitute accepted."""

    rule: str
    approvers: tuple[str, ...]
    role: str | None = None
    person: str | None = None


class Option(Frozen):
    slot: Slot
    needs: tuple[Need, ...]


class Ask(Frozen):
    """One person alone stands against a start: only they can say whether it can be moved."""

    span: Span
    person: str
    role: str
    rules: tuple[str, ...]


class RoleHolders(Frozen):
    role: str
    people: tuple[str, ...]


class PlannedHold(Frozen):
    """The intent: one tentative event on one calendar, under a key that never changes."""

    key: str
    person: str
    provider: str
    calendar: str


class PlacedKey(Frozen):
    """What the provider answered for a planned hold."""

    key: str
    event_id: str
    generation: int = 0
    etag: str | None = None


class Fact(Frozen):
    """`by` is a person's id, or `bot`."""

    by: str = "bot"
    format: ClassVar[int] = FORMAT


class Decided(Fact):
    """What a person decides. `revision`: that of the record by which it was theirs to decide. None where the record tells
    none, where nobody was judged (a hold that ran out), and in facts of format 1, which did not say it."""

    format: ClassVar[int] = 2
    revision: str | None = None


class Requested(Fact):
    tag: Literal["review.requested"] = "review.requested"
    record: str
    kind: str
    title: str
    record_title: str
    record_url: str | None = None
    revision: str | None = None
    policy: str  # digest of the policy the review is asked under
    owner: str
    channel: str
    confirmers: tuple[str, ...] = ()  # person ids
    hold_slots: int = 1
    escalation_to: str | None = None
    escalation_after: timedelta = timedelta(minutes=30)
    round: int = 1
    counts_from: datetime | None = None  # from when a contract counts the days to its deadline


class SearchStarted(Fact):
    tag: Literal["search.started"] = "search.started"
    search: int
    why: str = ""


class Searched(Fact):
    tag: Literal["search.finished"] = "search.finished"
    search: int
    outcome: Literal["viable", "needs_exception", "none", "incomplete", "no_window"]
    opens: datetime | None = None
    opens_by: str | None = None
    closes: datetime | None = None
    closes_by: str | None = None
    stated_end: datetime | None = None  # `incomplete`: what the record says already of when it would close
    starts: int = 0
    feasible: int = 0
    offers: tuple[Slot, ...] = ()
    options: tuple[Option, ...] = ()
    asks: tuple[Ask, ...] = ()
    roles: tuple[RoleHolders, ...] = ()
    missing_facts: tuple[str, ...] = ()
    missing_roles: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ruled_out: tuple[tuple[str, int], ...] = ()  # (reason in words, starts), most first
    lacking: tuple[str, ...] = ()  # the rules and roles that stood against the starts with the fewest against them
    blocking: tuple[str, ...] = ()  # in words: what stands against everything
    inputs: str | None = None  # digest of the search's inputs
    sources: str | None = None  # digest of what was read where and when: calendars, and the workspace's files
    revision: str | None = None
    policy: str = ""
    calendars_read: int = 0
    unreadable: tuple[str, ...] = ()  # person ids
    read_at: datetime | None = None


class SearchStopped(Fact):
    """The record could not be read or understood: nothing was searched."""

    tag: Literal["search.stopped"] = "search.stopped"
    search: int
    why: str


class SlotChosen(Decided):
    """Somebody asked for a hold: the intent is on record before any calendar is touched."""

    tag: Literal["slot.chosen"] = "slot.chosen"
    set: int
    slot: Slot
    planned: tuple[PlannedHold, ...]
    not_held: tuple[tuple[str, str], ...] = ()  # (person, why)
    expires_at: datetime
    draft: str  # digest of the exact invite that would be sent


class SlotHeld(Fact):
    tag: Literal["slot.held"] = "slot.held"
    set: int
    placed: tuple[PlacedKey, ...]
    not_held: tuple[tuple[str, str], ...] = ()  # (person, why): their calendars may not be written after all


class SlotExtended(Decided):
    tag: Literal["slot.extended"] = "slot.extended"
    set: int
    expires_at: datetime


class SlotEnded(Decided):
    """The hold is over; its events are let go next."""

    tag: Literal["slot.ended"] = "slot.ended"
    set: int
    why: Literal["let_go", "expired", "rejected", "failed", "vetoed", "lost", "superseded", "confirmed", "cancelled"]
    reason: str | None = None  # digest of what a person wrote, or plain words of ours
    reason_words: str | None = None


class HoldsLifted(Fact):
    tag: Literal["holds.lifted"] = "holds.lifted"
    set: int
    keys: tuple[str, ...]


class HoldsPutBack(Fact):
    tag: Literal["holds.put_back"] = "holds.put_back"
    set: int


class HoldsGone(Fact):
    tag: Literal["holds.gone"] = "holds.gone"
    set: int


class ConfirmersReminded(Fact):
    tag: Literal["confirmers.reminded"] = "confirmers.reminded"
    set: int
    which: Literal["half", "last"]


class Approved(Decided):
    """A person with the authority pressed *Approve and send*: now everything is read again."""

    tag: Literal["slot.approved"] = "slot.approved"
    set: int


class Stopped(Fact):
    """Something changed since the offer, or could not be told: nothing was sent."""

    tag: Literal["approval.stopped"] = "approval.stopped"
    set: int
    changes: tuple[str, ...]
    causes: tuple[str, ...] = ()  # stale_free_busy, missed_constraint, record_moved, vetoed, not_read


class Checked(Fact):
    """Everything was read again and nothing stood against it: the invite is next, and nothing else."""

    tag: Literal["approval.checked"] = "approval.checked"
    set: int
    revision: str | None = None
    calendars_read: int = 0
    read_at: datetime


class Confirmed(Fact):
    tag: Literal["meeting.confirmed"] = "meeting.confirmed"
    set: int
    event_id: str
    invite: str  # the invite's key
    join_url: str | None = None
    invited: tuple[str, ...] = ()
    replaces: str | None = None  # the invite of the slot that was kept until now: it is withdrawn next


class Cancelled(Decided):
    tag: Literal["meeting.cancelled"] = "meeting.cancelled"
    reason: str | None = None
    withdraws: str | None = None  # the invite that everybody has


class InviteCancelled(Fact):
    tag: Literal["invite.cancelled"] = "invite.cancelled"
    invite: str


class Noted(Fact):
    tag: Literal["note.added"] = "note.added"
    words: str  # digest


Question = Literal["search", "placing", "recheck", "unanswered"]  # what it is that goes up


class Escalated(Fact):
    tag: Literal["escalation.raised"] = "escalation.raised"
    number: int = 0
    to: str
    cause: str  # in words
    sort: Question = "search"
    deadline: datetime | None = None  # after it no answer helps
    search: int | None = None
    agreement: int | None = None  # the request that nobody answered
    again: bool = False  # somebody had taken it, and it was not settled


class Disturbed(Fact):
    """After confirmation something changed that touches the slot; with no changes: it is as it should be again."""

    tag: Literal["meeting.disturbed"] = "meeting.disturbed"
    changes: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


class RescheduleAsked(Decided):
    """Look for another slot; the confirmed one is kept until the new one is confirmed."""

    tag: Literal["reschedule.asked"] = "reschedule.asked"
    set: int  # the hold set that is confirmed


class RescheduleDropped(Decided):
    """The confirmed slot stays after all."""

    tag: Literal["reschedule.dropped"] = "reschedule.dropped"
    set: int


class AgreementPoint(Frozen):
    """One need of a request, who may decide it (person ids), and whether it is a question to that person alone."""

    need: Need
    deciders: tuple[str, ...]
    own: bool = False


class AgreementAsked(Decided):
    """Somebody asked people to agree: to a substitute, to an exception for one slot, or to move what they have."""

    tag: Literal["agreement.asked"] = "agreement.asked"
    number: int
    sort: Literal["substitute", "exception", "ask"]
    points: tuple[AgreementPoint, ...]
    slot: Slot | None = None
    role: str | None = None
    person: str | None = None
    instead_of: str | None = None
    concerns: tuple[str, ...] = ()  # in words: what changes if it is approved
    reason: str | None = None  # digest


class AgreementAnswered(Decided):
    tag: Literal["agreement.answered"] = "agreement.answered"
    number: int
    point: int
    granted: bool
    reason: str | None = None  # digest


class Attested(Decided):
    """Somebody said when a person is free whose calendar cannot be read. Outside the windows nothing is known."""

    tag: Literal["availability.attested"] = "availability.attested"
    person: str
    windows: tuple[Span, ...]
    source: str  # digest: how they know


class AttestationTakenBack(Decided):
    tag: Literal["attestation.taken_back"] = "attestation.taken_back"
    person: str
    source: str  # digest: why


class EscalationClimbed(Fact):
    """The next rung: who was asked, and how."""

    tag: Literal["escalation.climbed"] = "escalation.climbed"
    escalation: int
    rung: Literal["team", "pager", "mail"]
    asked: tuple[str, ...] = ()


class EscalationAcknowledged(Decided):
    tag: Literal["escalation.acknowledged"] = "escalation.acknowledged"
    escalation: int


class EscalationResolved(Fact):
    tag: Literal["escalation.resolved"] = "escalation.resolved"
    escalation: int
    why: str = ""


AnyFact = Annotated[
    Requested | SearchStarted | Searched | SearchStopped | SlotChosen | SlotHeld | SlotExtended | SlotEnded | HoldsLifted
    | HoldsPutBack | HoldsGone | ConfirmersReminded | Approved | Stopped | Checked | Confirmed | Cancelled
    | InviteCancelled | Noted | Escalated | AgreementAsked | AgreementAnswered | EscalationClimbed
    | EscalationAcknowledged | EscalationResolved | Disturbed | RescheduleAsked | RescheduleDropped | Attested
    | AttestationTakenBack,
    Field(discriminator="tag"),
]  # fmt: skip
_facts: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


def fact_from(tag: str, body: Mapping[str, Any], by: str) -> AnyFact:
    """A fact as the ledger kept it. Every format that was ever written can be read for ever."""
    return _facts.validate_python({**body, "tag": tag, "by": by}, strict=False)


def body_of(fact: AnyFact) -> dict[str, Any]:
    """What the ledger keeps beside tag and actor: JSON values only."""
    return fact.model_dump(mode="json", exclude={"tag", "by"})
