"""Meetings in the ledger: decisions become facts, with the tables told from them and all that they owe, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from bot.core import facts as f
from bot.core.closure_facts import STREAM
from bot.core.concern import Concern, concern_of
from bot.core.figures import Figures, figures
from bot.core.meeting import At, Hold, Meeting, claimed, evolve, folded
from bot.core.owing import Owed, owed
from bot.core.refusals import Refusal
from bot.core.rounds import Round, rounds
from bot.core.span import Span
from bot.ports import Chain, Choice, Claim, Clock, Done
from bot.store.remembered import Remembered
from bot.store.store import Store
from bot.store.transaction import Tx
from bot.store.values import ClaimTaken, Due, MeetingRow, NewFact, Rows, StoredFact, VersionTaken

READ = 2000  # meetings by version: reading one takes long where many are asked about
CONCERNS = 20_000  # whom meetings concern: some half a kilobyte each
TRIES = 20  # how often somebody may be faster before we say so
T = TypeVar("T")


def entry(stored: StoredFact) -> At:
    return At(version=stored.version, at=stored.at, fact=f.fact_from(stored.tag, stored.body, stored.actor))


def rows(stream: str, facts: Sequence[StoredFact]) -> Rows | None:
    """The projector: a stream's facts as rows. Pure, so that a rebuild gives the same."""
    if stream.startswith(STREAM):
        return None  # closures are folded whenever they are asked for: nothing is told from them
    meeting = folded(stream, map(entry, facts))
    if meeting is None:
        return None
    slot = meeting.slot
    return Rows(
        meeting={
            "record": meeting.request.record,
            "kind": meeting.request.kind,
            "state": meeting.state,
            "start": slot.span.start if slot else None,
            "end": slot.span.end if slot else None,
            "channel": meeting.request.channel,
            "body": meeting.model_dump(mode="json"),
        },
        holds=[row for hold in meeting.holds for row in _hold_rows(hold)],
        claims=[
            {"person": person, "start": start, "end": end, "reason": meeting.state}
            for (person, start), end in _claimed_until(meeting).items()
        ],
    )


def _claimed_until(meeting: Meeting) -> dict[tuple[str, datetime], datetime]:
    """By person and start. The time that is kept while another is looked for may be chosen once more: then it is one claim."""
    found: dict[tuple[str, datetime], datetime] = {}
    for people, span in claimed(meeting):
        for person in people:
            found[person, span.start] = max(span.end, found.get((person, span.start), span.end))
    return found


def _hold_rows(hold: Hold) -> list[dict[str, Any]]:
    placed = {p.key: p for p in hold.placed}
    found = []
    for plan in hold.planned:
        at = placed.get(plan.key)
        found.append(
            {
                "key": plan.key,
                "person": plan.person,
                "provider": plan.provider,
                "calendar": plan.calendar,
                "start": hold.slot.span.start,
                "end": hold.slot.span.end,
                "expires_at": hold.expires_at,
                "state": _state(hold, plan.key, at is not None),
                "generation": at.generation if at else 0,
                "event_id": at.event_id if at else None,
                "etag": at.etag if at else None,
            }
        )
    return found


def _state(hold: Hold, key: str, placed: bool) -> str:
    if hold.gone:
        return "gone"
    if hold.ended:
        return "going"
    if key in hold.lifted:
        return "lifted"
    return "placed" if placed else "planned"


def until_first(once: Callable[[], T]) -> T:
    """Decide, and where somebody was faster read and decide again."""
    for _ in range(TRIES):
        try:
            return once()
        except (VersionTaken, ClaimTaken) as faster:
            last = faster
    raise last


def owe(tx: Tx, stream: str, owed: Iterable[Owed]) -> None:
    """What a stream's facts owe, written with them."""
    for due in owed:
        tx.owe(
            Due(
                key=due.key,
                kind=due.kind,
                stream=stream,
                lane=due.lane,
                payload=due.payload,
                due_at=due.due_at,
            )
        )


class _Desk:
    """The transaction as a decision may use it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def keep(self, document: Any) -> str:
        return self._tx.keep_inputs(document)

    def keep_words(self, text: str) -> str:
        return self._tx.keep_words(text)

    def clashes(self, people: Sequence[str], span: Span, meeting: str) -> Sequence[Claim]:
        return [Claim(*clash) for clash in self._tx.clashes(people, span, except_meeting=meeting)]


def _asked(
    versions: Sequence[tuple[str, int]], remembered: Remembered[tuple[str, int], T],
    read: Callable[[list[str]], list[MeetingRow]], told: Callable[[Meeting], T],
) -> tuple[T, ...]:  # fmt: skip
    """What is told of those meetings, which are read where they changed since they were asked about last."""
    known = {id: found for id, version in versions if (found := remembered.get((id, version))) is not None}
    unread = [id for id, _ in versions if id not in known]
    for row in read(unread) if unread else ():
        known[row.id] = remembered.keep((row.id, row.version), told(Meeting.model_validate_json(row.body)))
    return tuple(known[id] for id, _ in versions if id in known)


def _itself(meeting: Meeting) -> Meeting:
    return meeting


class StoredJournal:
    """`bot.ports.Journal` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._read: Remembered[tuple[str, int], Meeting] = Remembered(READ)
        self._concerns: Remembered[tuple[str, int], Concern] = Remembered(CONCERNS)
        self._told: dict[str, tuple[int, tuple[Round, ...]]] = {}  # by meeting: as of which version, and its rounds

    def meeting(self, meeting: str) -> Meeting | None:
        row = self._store.meeting(meeting)
        return Meeting.model_validate_json(row.body) if row else None

    def history(self, meeting: str) -> tuple[At, ...]:
        return tuple(map(entry, self._store.facts(meeting)))

    def meetings(self) -> tuple[Meeting, ...]:
        return tuple(Meeting.model_validate_json(row.body) for row in self._store.meetings())

    def engaged(self, after: datetime) -> tuple[Meeting, ...]:
        return _asked(self._store.engaged(after), self._read, lambda ids: self._store.meetings(ids=ids), _itself)

    def concerning(self, person: str) -> tuple[Concern, ...]:
        named = _asked(
            self._store.naming(person, self._clock.now()), self._concerns, self._store.meetings_briefly, concern_of
        )
        return tuple(concern for concern in named if concern.is_of(person))

    def live_ids(self) -> tuple[str, ...]:
        return tuple(self._store.live_ids(self._clock.now()))

    def hold_keys(self) -> frozenset[str]:
        return frozenset(self._store.hold_keys())

    def kept(self, digest: str) -> Any:
        return self._store.inputs(digest)

    def figures(self) -> Figures:
        return figures(told for id, version in self._store.asked_for() for told in self._rounds(id, version))

    def _rounds(self, meeting: str, version: int) -> tuple[Round, ...]:
        """Read where something happened since they were read last: what is scraped every minute must cost little."""
        known, told = self._told.get(meeting, (0, ()))
        if known != version:
            history = self.history(meeting)
            known, told = self._told[meeting] = (history[-1].version, rounds(history))
        return told

    def words(self, digest: str) -> str | None:
        return self._store.words(digest)

    def verified(self) -> Chain:
        found = self._store.verify()
        return Chain(found.entries, found.head, found.ok, found.first_bad)

    def claims(self, span: Span, other_than: str) -> tuple[Claim, ...]:
        found = self._store.claims(span=span)
        return tuple(Claim(c.person, c.meeting, Span(c.start, c.end)) for c in found if c.meeting != other_than)

    def decide(self, meeting: str, choice: Choice) -> Done | Refusal:
        return until_first(lambda: self._once(meeting, choice))

    def _once(self, stream: str, choice: Choice) -> Done | Refusal:
        with self._store.transaction() as tx:
            row = tx.meeting(stream)
            before = Meeting.model_validate_json(row.body) if row else None
            chosen = choice(before, _Desk(tx))
            if isinstance(chosen, Refusal):
                return chosen
            if not chosen:
                assert before is not None, f"{stream}: nothing was chosen for a meeting that does not exist"
                return Done(before, ())
            return self._write(tx, stream, before, chosen)

    def _write(self, tx: Tx, stream: str, before: Meeting | None, chosen: tuple[f.AnyFact, ...]) -> Done:
        now, version = self._clock.now(), before.version if before else 0
        new = [NewFact(tag=c.tag, format=c.format, actor=c.by, body=f.body_of(c)) for c in chosen]
        tx.append(stream, version, new, now)
        after = before
        for number, fact in enumerate(chosen, version + 1):
            after = evolve(after, At(version=number, at=now, fact=fact), stream)
        assert after is not None
        owe(tx, stream, owed(after, chosen, now))
        return Done(after, chosen)
