"""What a person decides: whether it is theirs is asked when they press, and again in the transaction that writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.core.authority import Act, Asker
from bot.core.decisions import Facts
from bot.core.meeting import Meeting
from bot.core.policy import Kind
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.core.warrant import OLD, Warrant
from bot.flows.searching import Searching
from bot.flows.world import World
from bot.ports import Choice, Denied, Desk, Done, Failure, Gone, Journal

T = TypeVar("T")
TRIES = 3  # how often copies that grew old on the way are read again, before we say so

Choose = Callable[[Warrant, Meeting, Desk], Facts | Refusal]
Prepared = Callable[[Meeting, Desk], Facts | Refusal]
Prepare = Callable[[Warrant, Meeting], Prepared | Refusal]


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
    """The way of every decision by a person. `real_now` is real time; `again` tells anew who somebody is in Slack."""

    def __init__(
        self, world: World, journal: Journal, searching: Searching, real_now: Callable[[], datetime],
        again: Callable[[Asker], Asker],
    ) -> None:  # fmt: skip
        self._world = world
        self._journal = journal
        self._searching = searching
        self._real_now = real_now
        self._again = again

    def decide(
        self, act: Act, asker: Asker, meeting_id: str, choose: Choose, number: int | None = None
    ) -> Done | Refusal:
        """What `choose` makes of the review as it stands in the transaction, when `asker` may do it then (to the hold of
        that number); otherwise why not."""
        return self.decide_prepared(act, asker, meeting_id, lambda w, _: partial(choose, w), number)

    def decide_prepared(
        self, act: Act, asker: Asker, meeting_id: str, prepare: Prepare, number: int | None = None
    ) -> Done | Refusal:
        """The same, where something must be read or thought out before the transaction, which it would keep open."""
        return self.freshly(asker, lambda a: self._attempt(act, a, meeting_id, prepare, number))

    def freshly(self, asker: Asker, attempt: Callable[[Asker], T | Refusal]) -> T | Refusal:
        """`attempt`, and again with newly read copies when they had grown old by the time of the transaction."""
        outcome = attempt(asker)
        for _ in range(TRIES - 1):
            if not isinstance(outcome, Refusal) or OLD not in outcome.codes:
                break
            asker = self._again(asker)
            outcome = attempt(asker)
        return outcome

    def checked(self, warrant: Warrant, choice: Choice) -> Choice:
        """`choice`, made only where the warrant still holds for the meeting as it stands; what it decides says by which
        record it was judged."""

        def judged(m: Meeting | None, desk: Desk) -> Facts | Refusal:
            chosen = warrant.refusal(m, self._real_now()) or choice(m, desk)
            return chosen if isinstance(chosen, Refusal) else warrant.signed(chosen)

        return judged

    def to_ask(self, asker: Asker, record: Record, kind: Kind, read_at: datetime) -> Warrant:
        """For a review that is asked for: `record` was read since `read_at`."""
        people, now = self._world.organisation.people, self._world.clock.now()
        return Warrant(act="ask", asker=asker, record=record, kind=kind, people=people, now=now, read_at=read_at)

    @property
    def real_now(self) -> datetime:
        return self._real_now()

    def _attempt(self, act: Act, asker: Asker, meeting_id: str, prepare: Prepare, number: int | None) -> Done | Refusal:
        meeting = self._journal.meeting(meeting_id)
        if meeting is None:
            return no_meeting(meeting_id)
        warrant = self._warrant(act, asker, meeting, number)
        if isinstance(warrant, Refusal):
            return warrant
        refusal = warrant.refusal(meeting, self._real_now())
        prepared = refusal or prepare(warrant, meeting)
        if isinstance(prepared, Refusal):
            return prepared

        def choice(m: Meeting | None, desk: Desk) -> Facts | Refusal:
            return prepared(m, desk) if m else no_meeting(meeting_id)

        return self._journal.decide(meeting_id, self.checked(warrant, choice))

    def _warrant(self, act: Act, asker: Asker, meeting: Meeting, number: int | None) -> Warrant | Refusal:
        read_at = self._real_now()
        record = self._record(act, meeting)
        if isinstance(record, Refusal):
            return record
        return Warrant(
            act=act, asker=asker, record=record, kind=self._searching.kind_of(meeting),
            people=self._world.organisation.people, now=self._world.clock.now(), read_at=read_at,
            policy=meeting.request.policy, number=number,
        )  # fmt: skip

    def _record(self, act: Act, meeting: Meeting) -> Record | Refusal:
        """As it is read now. To let something go, the record of the newest search is good enough: nobody is kept from
        freeing a slot because the record cannot be read."""
        try:
            return self._world.record(meeting.request.record)
        except Failure as failure:
            known = self._searching.record_searched(meeting) if act in _FREEING else None
            return known or cannot_read(failure)


_FREEING: frozenset[str] = frozenset({"let_go", "cancel", "note"})
