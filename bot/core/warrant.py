"""Somebody's right to one act, with dated copies of all it rests on: judged when they press, and again where it is written."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core import facts as f
from bot.core.authority import Act, Asker, may
from bot.core.meeting import Meeting
from bot.core.people import Directory, Frozen
from bot.core.policy import Kind
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse

FRESH = timedelta(seconds=60)  # real time: how old a copy may be by which somebody's right is decided
OLD = "old_copies"


class Warrant(Frozen):
    """What the answer to *may they, now* rests on, but for the meeting: that is taken as it stands when the answer is
    given. Nothing is read to give it, so it can be given inside a transaction."""

    act: Act
    asker: Asker
    record: Record
    kind: Kind
    people: Directory
    now: datetime  # business time
    read_at: datetime  # real time, before the first of these copies was read
    policy: str | None = None  # digest of the policy that `kind` is of; None when a review is only asked for
    number: int | None = None  # the hold that is meant; None: the one that stands

    @property
    def by(self) -> str:
        return self.asker.person or ""

    def refusal(self, meeting: Meeting | None, real_now: datetime) -> Refusal | None:
        """None when they may, by the meeting as it stands; otherwise why not. Changes nothing."""
        if not self._holds_for(meeting, real_now):
            return refuse(OLD, "It could not be made sure in time that this is yours to decide: what it rests on was read more "
                          "than a minute ago. Nothing changed. Press again.")  # fmt: skip
        hold = None if meeting is None else meeting.hold if self.number is None else meeting.live_hold(self.number)
        since = hold.asked_at if hold else None
        attendees = attendees_of(meeting) if meeting else ()
        return may(self.act, self.asker, self.record, self.kind, self.people, self.now, attendees, since)

    def signed(self, facts: tuple[f.AnyFact, ...]) -> tuple[f.AnyFact, ...]:
        """The same facts; what was decided names the revision of the record by which it was theirs to decide."""
        revision = {"revision": self.record.revision}
        return tuple(x.model_copy(update=revision) if isinstance(x, f.Decided) else x for x in facts)

    def _holds_for(self, meeting: Meeting | None, real_now: datetime) -> bool:
        same = self.policy is None or (meeting is not None and meeting.request.policy == self.policy)
        return same and fresh(self.read_at, real_now) and fresh(self.asker.seen_at, real_now)


def fresh(read_at: datetime | None, real_now: datetime) -> bool:
    """Whether a copy is young enough to decide by. One without a date is not, nor one dated well ahead of our clock."""
    return read_at is not None and abs(real_now - read_at) <= FRESH


def attendees_of(meeting: Meeting) -> tuple[str, ...]:
    """Who sits in a slot that is held, confirmed, or kept until another is."""
    slots = [h.slot for h in meeting.live_holds]
    slots += [meeting.slot] if meeting.slot else []
    slots += [meeting.kept.slot] if meeting.kept else []
    return tuple(dict.fromkeys(person for slot in slots for person in slot.people))
