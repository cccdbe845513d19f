"""Somebody asks for a review: the record is read, the policy found, and the request is on record before any search."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bot.core import facts as f
from bot.core.authority import Asker, decider_of, may
from bot.core.commands import Cancel, Note, Request, SearchAgain
from bot.core.decisions import Facts, decide
from bot.core.meeting import Meeting
from bot.core.policy import Kind, Policy
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.core.warrant import Warrant
from bot.flows.rights import Rights, cannot_read
from bot.flows.world import World
from bot.ports import Desk, Done, Failure, Journal


class Asked(NamedTuple):
    """A review that exists now: newly asked for, or `existed` already."""

    meeting: Meeting
    record: Record
    existed: bool
    roles: int = 0
    calendars: int = 0


def kind_of(record: Record, policy: Policy) -> Kind | Refusal:
    kind = policy.kinds.get(record.kind)
    if kind is None:
        known = ", ".join(policy.kinds)
        return refuse("no_kind", f"{record.id} is of the kind {record.kind}, which the policy does not have (it has: {known}). "
                      "Nothing changed. Correct the record, or add the kind to policy.yaml.")  # fmt: skip
    return kind


def _shared() -> Refusal:
    return refuse("shared", "The channel of this review is shared with another organisation, and attendees are not shown "
                  "there. Nothing was asked for. Name a channel of your own workspace for this kind in "
                  "policy.yaml.")  # fmt: skip


AT_STAKE = "at_stake"


class Asking:
    """Requests, notes, cancellation and looking again."""

    def __init__(self, world: World, journal: Journal, rights: Rights) -> None:
        self._world = world
        self._journal = journal
        self._rights = rights

    def ask(
        self, asker: Asker, record_id: str, channel: str, is_shared: Callable[[str], bool] = lambda _: False
    ) -> Asked | Refusal:
        """Ask for the meeting that the record's kind demands. `channel` is where it was asked; `is_shared` tells of the
        kind's own channel whether another organisation reads along: there, no card may stand."""
        return self._rights.freshly(asker, lambda a: self._ask(a, record_id, channel, is_shared))

    def _ask(self, asker: Asker, record_id: str, channel: str, is_shared: Callable[[str], bool]) -> Asked | Refusal:
        organisation, read_at = self._world.organisation, self._rights.real_now
        refusal = may("ask", asker, None, None, organisation.people, self._world.clock.now())
        if refusal is not None:
            return refusal
        try:
            record = self._world.record(record_id)
        except Failure as failure:
            return cannot_read(failure)
        kind = kind_of(record, organisation.policy)
        if isinstance(kind, Refusal):
            return kind
        if kind.channel not in (None, channel) and is_shared(kind.channel):
            return _shared()
        warrant = self._rights.to_ask(asker, record, kind, read_at)
        return self._request(warrant, organisation.policy, kind.channel or channel)

    def _request(self, warrant: Warrant, policy: Policy, channel: str) -> Asked | Refusal:
        record, kind = warrant.record, warrant.kind
        confirmers = decider_of(kind.confirmed_by, record, warrant.people, warrant.now)

        def choice(meeting: Meeting | None, desk: Desk) -> Facts | Refusal:
            requested = f.Requested(
                by=warrant.by, record=record.id, kind=kind.id, title=kind.title, record_title=record.title,
                record_url=record.url, revision=record.revision, owner=record.owner, channel=channel,
                policy=desk.keep(policy.model_dump_json()), confirmers=tuple(d.person for d in confirmers), hold_slots=kind.hold_slots,
                escalation_to=kind.escalation_to, escalation_after=kind.escalation_after,
                counts_from=record.deadline.start if record.deadline else None,
            )  # fmt: skip
            return decide(meeting, Request(requested=requested), warrant.now)

        done = self._journal.decide(record.id, self._rights.checked(warrant, choice))
        if isinstance(done, Refusal):
            meeting = self._journal.meeting(record.id)
            return Asked(meeting, record, True) if meeting and "exists" in done.codes else done
        roles, calendars = self._size(record)
        return Asked(done.meeting, record, False, roles, calendars)

    def _size(self, record: Record) -> tuple[int, int]:
        """How many roles the record names, and how many calendars their people have, delegates too: a first idea."""
        people = self._world.organisation.people.people
        holders = {r: (*n.people, *self._on_rota(n.rota)) for r, n in record.roles.items()}
        named = [people[p] for who in holders.values() for p in who if p in people]
        sitting_in = [
            people[d.person] for role, who in holders.items() for p in who if p in people
            for d in people[p].delegates if role in d.roles
        ]  # fmt: skip
        return len(record.roles), len(self._world.calendars_of([*named, *sitting_in]))

    def _on_rota(self, rota: str | None) -> tuple[str, ...]:
        found = self._world.organisation.people.rotas.get(rota or "")
        return tuple(s.person for s in found.shifts) if found else ()

    def look_again(self, asker: Asker, meeting_id: str) -> Done | Refusal:
        return self._rights.decide(
            "look_again", asker, meeting_id, lambda w, m, _: decide(m, SearchAgain(by=w.by, why="asked"), w.now)
        )

    def cancel(self, asker: Asker, meeting_id: str, knowing: str | None = None) -> Done | Refusal:
        """Call it off. `knowing` is what goes with it as they were told (`Meeting.at_stake`): where that is another by now
        nothing is done, and the refusal is `AT_STAKE`. None: whatever goes with it."""

        def choose(w: Warrant, m: Meeting, _: Desk) -> Facts | Refusal:
            facts = decide(m, Cancel(by=w.by), w.now)
            asked = knowing is None or isinstance(facts, Refusal) or m.at_stake in ("", knowing)
            return facts if asked else refuse(AT_STAKE, "An invite or a hold would go with it. Nothing changed.")

        return self._rights.decide("cancel", asker, meeting_id, choose)

    def note(self, asker: Asker, meeting_id: str, text: str) -> Done | Refusal:
        """What a person wants remembered with the meeting, in their words."""
        if not text.strip():
            return refuse(
                "empty", "The note is empty. Nothing was kept. Write it after the id: note CHG-1042 your words."
            )

        def choose(w: Warrant, m: Meeting, desk: Desk) -> Facts | Refusal:
            return decide(m, Note(by=w.by, words=desk.keep_words(text[:2000])), w.now)

        return self._rights.decide("note", asker, meeting_id, choose)
