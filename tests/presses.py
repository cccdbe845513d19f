"""Random presses by random people, late and doubled, while time passes and calendars change: the laws hold after each.

`python -m tests.presses --sequences 100000 --seed 1 --json` prints what was pressed and every law that was broken.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import Any

from bot.core import facts as f
from bot.core.authority import Asker
from bot.core.meeting import Meeting
from bot.core.refusals import Refusal
from bot.core.span import Span
from bot.ports import Unreachable
from integrations.sandbox.calendar_book import CalendarBook
from tests.inner_world import InnerWorld
from tests.memory_journal import MemoryJournal
from tests.presses_deeds import ARCS, DEEDS, EVERY, NEXT, Hand
from tests.presses_laws import (
    Reliance,
    at_rest,
    confirmed_by_somebody_who_might,
    judged,
    nobody_twice,
    replays,
    well_formed,
)
from tests.presses_office import ASKERS, BEGIN, OUTSIDERS, RECORDS, office

STEPS = 23
CHUNK = 50
LAWS = ("authority", "exception", "overlap", "holds", "calendars", "invites", "replay", "broke")
PAUSES = (1, 1, 10, 29, 31, 31, 61, 121, 200, 600)
BY = {asker.person: asker for asker in ASKERS}
Press = Callable[[], object]


@dataclass
class Told:
    """What many sequences came to. `violations`: (law, sequence, what happened)."""

    sequences: int = 0
    presses: int = 0
    allowed: int = 0
    confirmed: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, other: Told) -> None:
        self.sequences += other.sequences
        self.presses += other.presses
        self.allowed += other.allowed
        self.confirmed += other.confirmed
        self.deeds += other.deeds
        self.facts += other.facts
        self.violations += other.violations

    def summary(self) -> dict[str, Any]:
        broken = Counter(law for law, _, _ in self.violations)
        return {
            "sequences": self.sequences, "presses": self.presses, "allowed": self.allowed,
            "confirmed": self.confirmed, "violations": {law: broken[law] for law in LAWS},
            "facts": dict(sorted(self.facts.items())),
            "examples": [[law, number, what[:200]] for law, number, what in sorted(self.violations, key=lambda v: v[1])[:5]],
        }  # fmt: skip


# -- the beginning of every sequence: reviews that were asked for and searched, made once and copied

_scenes: dict[tuple[Any, ...], InnerWorld] = {}


def scene(records: tuple[str, ...], slots: int, away: bool) -> InnerWorld:
    key = (records, slots, away)
    if key not in _scenes:
        world = InnerWorld(office(slots, away, freezes=True), BEGIN)
        world.makes_busy("zoe", BEGIN, 60 * 48)
        for record in records:
            world.reviews(record, str(world.office.read(record).owner))
        _scenes[key] = world
    return _copy(_scenes[key], slots, away)


def _copy(made: InnerWorld, slots: int, away: bool) -> InnerWorld:
    book = CalendarBook()
    book.calendars.update(made.book.calendars)
    book._events.update(made.book._events)
    world = InnerWorld(office(slots, away, freezes=True), BEGIN, book, watches=False)
    theirs: MemoryJournal = made.journal
    ours: MemoryJournal = world.journal
    ours._entries = {stream: list(entries) for stream, entries in theirs._entries.items()}
    ours._meetings, ours._documents = dict(theirs._meetings), dict(theirs._documents)
    ours.open = {key: replace(item) for key, item in theirs.open.items()}
    ours.keys, ours._numbers = set(theirs.keys), iter(range(1000, 10**9))  # type: ignore[assignment]
    return world


# -- one sequence


class Story:
    """One story: a world, and somebody who presses whatever comes to hand."""

    def __init__(self, seed: int, number: int, told: Told) -> None:
        self.random = Random(f"{seed}:{number}")
        self.number, self.told = number, told
        count = self.random.choice((2, 2, 2, 3))
        self.records = tuple(sorted(r.id for r in self.random.sample(RECORDS, count)))
        self.world = scene(self.records, self.random.choice((1, 2)), self.random.random() < 0.2)
        self.seen = {record: len(self.world.journal.history(record)) for record in self.records}
        self.might: dict[str, dict[int, str]] = {record: {} for record in self.records}
        self.reliance = Reliance()
        self.last: tuple[str, Asker, Press] | None = None
        self.story: list[str] = []

    def broken(self, law: str, what: str) -> None:
        self.told.violations.append((law, self.number, what))

    def runs(self) -> None:
        try:
            if self.random.random() < 0.5:
                self._arc()
            for _ in range(STEPS):
                self._step()
            self._comes_to_rest()
        except Exception as error:  # noqa: BLE001 # a flow that breaks is a violation like any other, told with its story
            self.broken("broke", "".join(traceback.format_exception(error))[-1500:])
        self.told.sequences += 1
        for record in self.records:
            for entry in self.world.journal.history(record):
                self.told.facts[entry.fact.tag] += 1
                self.told.confirmed += isinstance(entry.fact, f.Confirmed)

    def _step(self) -> None:
        chance = self.random.random()
        if chance < 0.66:
            self._press()
            if self.random.random() < 0.6:
                self._settle()
            elif self.random.random() < 0.2:
                self._waits()
        elif chance < 0.74:
            self._waits()
        elif chance < 0.84:
            self._changes()
        elif chance < 0.92:
            self._one_deed()
        else:
            self._settle()

    def _waits(self, minutes: int = 0) -> None:
        minutes = minutes or self.random.choice(PAUSES)
        self.story.append(f"{minutes} minutes pass")
        self.world.clock.move(timedelta(minutes=minutes))

    # -- effects

    def _settle(self) -> None:
        self.story.append("settles")
        for item in self.world.journal.open.values():
            item.waits = False
        while ready := self.world.journal.ready():
            self.world.does(ready[0])
            self._look()

    def _one_deed(self) -> None:
        ready = self.world.journal.ready()
        if ready:
            item = self.random.choice(ready)
            self.story.append(f"does {item.key}")
            self.world.does(item)
            self._look()

    def _look(self) -> None:
        """After every deed and press: what is new is judged, and everything that stands."""
        for record in self.records:
            entries = self.world.journal.history(record)
            if len(entries) == self.seen[record]:
                continue
            meeting = self.world.meeting(record)
            for entry in entries[self.seen[record] :]:
                self.reliance.looks(self.world, meeting, entry.fact, self.broken)
            self.seen[record] = len(entries)
            self.reliance.stands(meeting, self.broken)
            well_formed(meeting, self.broken)
        nobody_twice(self.world.journal.meetings(), self.broken)

    def _comes_to_rest(self) -> None:
        """Everything mended, everything owed done, time for all deadlines: then the world is as the meetings say."""
        world = self.world
        world.google.down = world.microsoft.down = False
        world.google.unreadable.clear()
        world.microsoft.unreadable.clear()
        world.invitations.broken.clear()
        self._settle()
        world.watch()
        self._settle()
        at_rest(world, self.broken)
        replays(world, self.broken)
        for record in self.records:
            confirmed_by_somebody_who_might(world.journal.history(record), self.might[record], self.broken)

    # -- what changes outside

    def _changes(self) -> None:
        world, random = self.world, self.random
        what = random.choice(
            (
                "busy",
                "busy",
                "freeze",
                "deletes",
                "moves",
                "frees",
                "unreadable",
                "down",
                "mends",
                "hold",
                "owner",
                "declines",
                "watch",
            )
        )
        self.story.append(what)
        meeting = world.meeting(random.choice(self.records))
        slots = [h.slot for h in meeting.holds] or [
            *(meeting.search.offers if meeting.search else ()), *(o.slot for o in (meeting.search.options if meeting.search else ())),
        ]  # fmt: skip
        match what:
            case "busy" if slots:
                slot = random.choice(slots)
                world.makes_busy(
                    random.choice(slot.people), slot.span.start + timedelta(minutes=random.choice((0, 15))), 60
                )
            case "freeze" if slots:
                span = random.choice(slots).span
                world.freeze("Month end", Span(span.start, span.start + timedelta(minutes=30)))
            case "deletes" if world.holds():
                world.frees(random.choice(world.holds()))
            case "moves" if world.holds():
                event = random.choice(world.holds())
                later = timedelta(hours=random.choice((1, 3)))
                world.book.put(replace(event, start=event.start + later, end=event.end + later))
            case "frees":
                scenes = [e for e in world.book.events(world.calendar("zoe")) if e.id.startswith("scene")]
                if scenes:
                    world.frees(random.choice(scenes))
            case "unreadable":
                (world.google if random.random() < 0.5 else world.microsoft).unreadable.add(
                    world.calendar(random.choice(("mara", "sven", "nora")))
                )
            case "down":
                if random.random() < 0.5:
                    world.google.down = True
                else:
                    world.invitations.broken["send"] = Unreachable("The organiser's calendar does not answer.")
            case "hold":
                state = random.choice(("approved", "approved", "on_hold"))
                world.record(meeting.id, state=state)
            case "owner":
                world.record(meeting.id, owner=random.choice(("olga", "otto")))
            case "declines" if meeting.confirmed is not None:
                for event in world.book.events(world.invitations.organizer):
                    world.book.respond(event.uid, "sven@example.com", "declined")
            case "watch":
                world.watch()
                self._look()
            case _:
                world.google.down = world.microsoft.down = False
                world.google.unreadable.clear()
                world.microsoft.unreadable.clear()
                world.invitations.broken.clear()

    # -- presses

    def _arc(self) -> None:
        """A way into the depths, by those who may: what comes after is random again."""
        random = self.random
        records = [r for r in self.records if r in ARCS]
        if not records:
            return
        record = random.choice(records)
        for who, name, index, settles in random.choice(ARCS[record]):
            if name == "wait":
                self._waits(index)
            elif name == "comes":
                self._comes(record)
            else:
                self._presses(
                    name, BY[who], partial(DEEDS[name], self.world, BY[who], record, self._right_hand(record, index))
                )
            if settles:
                self._settle()

    def _right_hand(self, record: str, index: int) -> Hand:
        meeting, start = self.world.meeting(record), BEGIN + timedelta(hours=index)
        return Hand(meeting.searches, index, None, meeting.agreements_told, 0, start, "reviewer", "una", 1)

    def _comes(self, record: str) -> None:
        """Something comes in the way of the newest slot: a meeting of somebody who sits in it, or a freeze."""
        slot = self.world.meeting(record).holds[-1].slot
        if self.random.random() < 0.5:
            self.world.makes_busy(self.random.choice(slot.people), slot.span.start, 60)
        else:
            self.world.freeze("Month end", slot.span)

    def _press(self) -> None:
        again = self.last is not None and self.random.random() < 0.15
        if again and self.last is not None:
            name, asker, press = self.last  # doubled, or late
        else:
            name, asker, press = self._any_press()
        self.last = (name, asker, press)
        self._presses(name, asker, press)

    def _presses(self, name: str, asker: Asker, press: Press) -> None:
        before = {record: self.world.journal.meeting(record) for record in self.records}
        outcome = press()
        self.told.presses += 1
        self.told.allowed += not isinstance(outcome, Refusal)
        self.told.deeds[name] += 1
        self.story.append(f"{asker.person} ({asker.standing}) {name}: {getattr(outcome, 'codes', 'done')}")
        if isinstance(outcome, Refusal) and "othing" not in outcome.words and "told them" not in outcome.words:
            self.broken("authority", f"a refusal that does not say that nothing changed: {outcome.words}")
        for record in self.records:
            entries = self.world.journal.history(record)[self.seen[record] :]
            said: list[str] = []
            judged(self.world, asker, before[record], [e.fact for e in entries], lambda law, what: said.append(what))  # noqa: B023
            for what in said:
                self.broken("authority", what)
            if not said and asker.person is not None:
                self.might[record] |= {e.version: asker.person for e in entries if isinstance(e.fact, f.Approved)}
        self._look()

    def _any_press(self) -> tuple[str, Asker, Press]:
        """Six in ten are what somebody might do next, mostly by somebody who may; the rest is anything by anybody."""
        random = self.random
        record = self.records[0] if random.random() < 0.5 else random.choice(self.records)
        meeting = self.world.meeting(record)
        likely = random.random() < 0.65
        agreement, point = self._point(meeting, likely)
        name = self._next(meeting) if likely else random.choice(EVERY)
        asker = self._somebody(meeting, name, likely, agreement, point)
        return name, asker, self._deed(name, asker, meeting, agreement, point, likely)

    def _next(self, meeting: Meeting) -> str:
        if meeting.state in ("choosing", "blocked") and self.random.random() < 0.7:
            if any(a.standing == "granted" and a.slot is not None for a in meeting.agreements):
                return self.random.choice(("hold agreed", "hold agreed", "disagree"))
            if any(a.standing == "open" for a in meeting.agreements):
                return "agree"
        return self.random.choice(NEXT[meeting.state])

    def _point(self, meeting: Meeting, likely: bool) -> tuple[int, int]:
        """Which request, and which of its points: the newest that still waits, or any."""
        random = self.random
        every = [(a.number, i) for a in meeting.agreements for i in range(len(a.points))]
        granted = [(a.number, i) for a in meeting.agreements if a.standing == "granted" for i, p in enumerate(a.points)]
        waiting = [
            (a.number, i) for a in meeting.agreements if a.standing == "open" for i, p in enumerate(a.points)
            if p.standing == "open" and not (p.own and a.sort == "exception")
        ]  # fmt: skip
        if likely and random.random() < 0.8 and (granted or waiting):
            return random.choice(granted or waiting[-3:])
        return random.choice(every) if every else (1, 0)

    def _somebody(self, meeting: Meeting, name: str, likely: bool, agreement: int, point: int) -> Asker:
        random = self.random
        if likely and random.random() < 0.85:
            people = [meeting.request.owner, meeting.request.owner, "mara", "lena"]
            asked = meeting.agreement(agreement)
            if name in ("agree", "disagree") and asked is not None:
                people = [p for p in asked.points[point].deciders if p != asked.by] or people
            return BY[random.choice(people)]
        return random.choice(OUTSIDERS) if random.random() < 0.2 else random.choice(ASKERS)

    def _deed(self, name: str, asker: Asker, meeting: Meeting, agreement: int, point: int, likely: bool) -> Press:
        w, id, random = self.world, meeting.id, self.random
        index = random.choice((0, 0, 0, 1, 2, 3))
        search = meeting.searches - (random.random() < 0.1)
        sets = [h.set for h in meeting.holds]
        live = [h.set for h in meeting.holds if h.ended is None]
        number = random.choice(live) if likely and live else random.choice([None, *sets])
        slot = [o.slot.span.start for o in (meeting.search.options if meeting.search else ())]
        start = random.choice(slot or [BEGIN + timedelta(hours=random.randint(1, 30))])
        role, person = (
            random.choice(("release_manager", "service_owner", "reviewer")),
            random.choice(ASKERS).person or "",
        )
        hand = Hand(search, index, number, agreement, point, start, role, person, meeting.escalations_told)
        return lambda: DEEDS[name](w, w.again(asker), id, hand)


# -- many


def check(seed: int, first: int, count: int) -> Told:
    told = Told()
    for number in range(first, first + count):
        Story(seed, number, told).runs()
    return told


def tell(seed: int, number: int) -> list[str]:
    """The story of one sequence, and what it broke."""
    told = Told()
    one = Story(seed, number, told)
    one.runs()
    return [*one.story, *(f"BROKEN {law}: {what}" for law, _, what in told.violations)]


def _chunk(asked: tuple[int, int, int]) -> Told:
    return check(*asked)


def many(sequences: int, seed: int, processes: int) -> Told:
    chunks = [(seed, first, min(CHUNK, sequences - first)) for first in range(0, sequences, CHUNK)]
    told = Told()
    with get_context("spawn").Pool(processes) as pool:
        for part in pool.imap_unordered(_chunk, chunks):
            told.add(part)
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.presses", description=__doc__)
    parser.add_argument("--sequences", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--tell", type=int, help="tell one sequence by its number")
    asked = parser.parse_args(arguments)
    if asked.tell is not None:
        print("\n".join(tell(asked.seed, asked.tell)))
        return 0
    began = time.monotonic()
    told = many(asked.sequences, asked.seed, asked.processes)
    for law, number, what in sorted(told.violations, key=lambda v: v[1])[: 0 if asked.json else 20]:
        print(f"{law} in sequence {number}: {what}", file=sys.stderr)
    print(json.dumps({**told.summary(), "seconds": round(time.monotonic() - began, 1)}))
    return 1 if told.violations else 0


if __name__ == "__main__":
    sys.exit(main())
