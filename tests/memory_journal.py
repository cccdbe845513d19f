"""The journal without a database: facts, what they owe and who is held, kept in memory by the same rules as the stored one."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core import facts as f
from bot.core.concern import Concern, concern_of
from bot.core.figures import Figures, figures
from bot.core.meeting import At, Meeting, claimed, evolve
from bot.core.owing import Owed, owed
from bot.core.refusals import Refusal
from bot.core.rounds import rounds
from bot.core.span import Span
from bot.ports import Chain, Choice, Claim, Clock, Done
from bot.store.values import ClaimTaken, Clash


@dataclass
class Item:
    """One effect or deadline that is owed, in the order in which it was owed."""

    seq: int
    key: str
    kind: str
    lane: str
    due_at: datetime
    payload: Mapping[str, Any]
    attempts: int = 0
    waits: bool = False  # it failed, and is tried again later


@dataclass
class MemoryJournal:
    """`bot.ports.Journal` in memory. `open` is what is owed; `keys` all that ever was: each is owed once."""

    clock: Clock
    open: dict[str, Item] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._entries: dict[str, list[At]] = {}
        self._meetings: dict[str, Meeting] = {}
        self._documents: dict[str, Any] = {}
        self._words: dict[str, str] = {}
        self._numbers = itertools.count(1)

    # -- reading

    def meeting(self, meeting: str) -> Meeting | None:
        return self._meetings.get(meeting)

    def history(self, meeting: str) -> tuple[At, ...]:
        return tuple(self._entries.get(meeting, ()))

    def meetings(self) -> tuple[Meeting, ...]:
        return tuple(meeting for _, meeting in sorted(self._meetings.items()))

    def engaged(self, after: datetime) -> tuple[Meeting, ...]:
        return tuple(m for m in self.meetings() if any(span.end > after for _, span in claimed(m)))

    def concerning(self, person: str) -> tuple[Concern, ...]:
        named = [m for m in self._not_over() if f'"{person}"' in m.model_dump_json()]
        return tuple(concern for concern in map(concern_of, named) if concern.is_of(person))

    def live_ids(self) -> tuple[str, ...]:
        timed = sorted((m.slot.span.start, m.id) for m in self._not_over() if m.slot)
        return (*(id for _, id in timed), *(m.id for m in self._not_over() if not m.slot))

    def _not_over(self) -> list[Meeting]:
        now = self.clock.now()
        return [
            m for m in self.meetings() if m.live and not (m.state == "confirmed" and m.slot and m.slot.span.end <= now)
        ]

    def hold_keys(self) -> frozenset[str]:
        return frozenset(p.key for m in self.meetings() for h in m.holds if not h.gone for p in h.planned)

    def kept(self, digest: str) -> Any:
        return self._documents.get(digest)

    def words(self, digest: str) -> str | None:
        return self._words.get(digest)

    def figures(self) -> Figures:
        return figures(told for stream in sorted(self._entries) for told in rounds(self.history(stream)))

    def verified(self) -> Chain:
        return Chain(sum(map(len, self._entries.values())), "", True)

    def claims(self, span: Span, other_than: str) -> tuple[Claim, ...]:
        return tuple(c for c in self._claims(other_than) if c.span.meets(span))

    def _claims(self, other_than: str) -> list[Claim]:
        found = [
            Claim(person, meeting.id, span)
            for meeting in self._meetings.values()
            if meeting.id != other_than
            for people, span in claimed(meeting)
            for person in dict.fromkeys(people)
        ]
        return sorted(found, key=lambda claim: (claim.span.start, claim.person))

    # -- the desk

    def keep(self, document: Any) -> str:
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._documents[digest] = document
        return digest

    def keep_words(self, text: str) -> str:
        digest = hashlib.sha256(f"{next(self._numbers)}{text}".encode()).hexdigest()
        self._words[digest] = text
        return digest

    def clashes(self, people: Sequence[str], span: Span, meeting: str) -> Sequence[Claim]:
        found = [c for c in self._claims(meeting) if c.person in people and c.span.meets(span)]
        return sorted(found, key=lambda claim: (claim.person, claim.span.start))

    # -- writing

    def decide(self, meeting: str, choice: Choice) -> Done | Refusal:
        before = self._meetings.get(meeting)
        chosen = choice(before, self)
        if isinstance(chosen, Refusal):
            return chosen
        if not chosen:
            assert before is not None, f"{meeting}: nothing was chosen for a meeting that does not exist"
            return Done(before, ())
        return self._write(meeting, before, chosen)

    def _write(self, stream: str, before: Meeting | None, chosen: tuple[f.AnyFact, ...]) -> Done:
        now, version = self.clock.now(), before.version if before else 0
        entries = [At(version=n, at=now, fact=fact) for n, fact in enumerate(chosen, version + 1)]
        after = before
        for entry in entries:
            after = evolve(after, entry, stream)
        assert after is not None
        self._must_be_free(after)
        self._entries.setdefault(stream, []).extend(entries)
        self._meetings[stream] = after
        for each in owed(after, chosen, now):
            self.owe(each)
        return Done(after, chosen)

    def _must_be_free(self, after: Meeting) -> None:
        taken = [
            Clash(claim.person, claim.meeting, claim.span)
            for people, span in claimed(after)
            for claim in self.clashes(people, span, after.id)
        ]
        if taken:
            raise ClaimTaken(taken)

    def owe(self, what: Owed) -> None:
        if what.key in self.keys:
            return
        self.keys.add(what.key)
        number = next(self._numbers)
        lane = what.lane or f"alone:{number}"
        self.open[what.key] = Item(number, what.key, what.kind, lane, what.due_at, what.payload)

    def ready(self) -> list[Item]:
        """What may be done now, in the order in which it was owed: the first of each lane that is due. None overtakes
        one of its lane that waits to be tried again."""
        now = self.clock.now()
        first: dict[str, Item] = {}
        for item in self.open.values():
            if item.due_at <= now and (item.lane not in first or item.seq < first[item.lane].seq):
                first[item.lane] = item
        return sorted((item for item in first.values() if not item.waits), key=lambda item: item.seq)
