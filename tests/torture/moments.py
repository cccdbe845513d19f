"""The moments at which a process is killed: at each kind of write and commit in turn, before and after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store.tables import due, ledger, posts
from tests.torture.installation import Installation

LONG = 2.5  # seconds: the process is dead before a request that hangs ends
AWAITED = 2.0  # seconds: then it is killed all the same
_TICK = threading.Event()
Come = Callable[[], bool]


@dataclass(frozen=True)
class Moment:
    """`kinds` are the sorts of work during which it comes; `waits` arms it and gives the way to ask whether it has come."""

    name: str
    kinds: tuple[str, ...]
    arm: Callable[[Installation], Come]

    def comes(self, installation: Installation) -> bool:
        """Wait for it; False when nobody did such a thing meanwhile."""
        come = self.arm(installation)
        end = time.monotonic() + AWAITED
        while time.monotonic() < end:
            if come():
                return True
            _TICK.wait(0.006)
        return False


def _call(service: str, operation: str, kind: str) -> Callable[[Installation], Come]:
    """A request is there: nothing is done yet (`hang`), or all is done and nobody is told (`late`)."""

    def arm(installation: Installation) -> Come:
        faults = installation.sandbox.faults
        fault = faults.add(service=service, operation=operation, kind=kind, seconds=LONG)
        return lambda: all(f["id"] != fault.id for f in faults.shown())

    return arm


def _row(query: sa.Select[Any]) -> Callable[[Installation], Come]:
    """Somebody has just committed another row like that."""

    def arm(installation: Installation) -> Come:
        before = _rows(installation, query)
        return lambda: bool(_rows(installation, query) - before)

    return arm


def _rows(installation: Installation, query: sa.Select[Any]) -> set[Any]:
    with installation.store.reading() as connection:
        return set(connection.scalars(query.limit(60)))


def _said(tag: str) -> Callable[[Installation], Come]:
    return _row(sa.select(ledger.c.seq).where(ledger.c.tag == tag).order_by(ledger.c.seq.desc()))


def _taken(kind: str) -> Callable[[Installation], Come]:
    return _row(sa.select(due.c.started).where(due.c.kind == kind, due.c.started.is_not(None)))


def _done(kind: str) -> Callable[[Installation], Come]:
    return _row(sa.select(due.c.key).where(due.c.kind == kind, due.c.state == "done").order_by(due.c.seq.desc()))


def _post(state: str) -> Callable[[Installation], Come]:
    newest = sa.select(posts.c.key).where(posts.c.state == state)
    return _row(newest.order_by(posts.c.key) if state == "sending" else newest.order_by(sa.desc(posts.c.ts)))


def _at_random(_: Installation) -> Come:
    return lambda: True


CALLS = (
    ("slack", "chat.postMessage", ("announce",)), ("slack", "chat.update", ("announce",)),
    ("slack", "users.info", ("act",)), ("slack", "files.completeUploadExternal", ("picture",)),
    ("google", "freeBusy.query", ("search", "place", "confirm")), ("google", "events.insert", ("place", "confirm")),
    ("google", "events.get", ("place", "confirm", "release")), ("google", "events.patch", ("confirm",)),
    ("google", "events.delete", ("release", "withdraw")), ("microsoft", "getSchedule", ("search", "place", "confirm")),
    ("microsoft", "events.list", ("place", "release")), ("microsoft", "events.create", ("place",)),
    ("microsoft", "events.get", ("place", "confirm")), ("microsoft", "events.delete", ("release",)),
)  # fmt: skip
FACTS = (
    ("review.requested", ("act", "search")), ("search.finished", ("search", "announce")), ("slot.chosen", ("act", "place")),
    ("slot.held", ("place", "announce")), ("slot.ended", ("act", "release", "expire", "place")),
    ("slot.approved", ("act", "confirm")), ("holds.lifted", ("confirm",)), ("approval.checked", ("confirm",)),
    ("meeting.confirmed", ("confirm", "release")), ("holds.gone", ("release", "announce")),
    ("agreement.asked", ("act", "announce")), ("agreement.answered", ("act",)), ("approval.stopped", ("confirm",)),
    ("meeting.cancelled", ("act", "withdraw")), ("reschedule.asked", ("act", "search")),
)  # fmt: skip
KINDS = ("act", "search", "place", "release", "confirm", "announce")

MOMENTS: tuple[Moment, ...] = (
    Moment("at random", (), _at_random),
    *(Moment(f"{s} {o} asked", kinds, _call(s, o, "hang")) for s, o, kinds in CALLS),
    *(Moment(f"{s} {o} done, not told", kinds, _call(s, o, "late")) for s, o, kinds in CALLS),
    *(Moment(f"{tag} committed", kinds, _said(tag)) for tag, kinds in FACTS),
    *(Moment(f"{kind} taken", (kind,), _taken(kind)) for kind in KINDS),
    *(Moment(f"{kind} done", (), _done(kind)) for kind in KINDS),
    Moment("a message about to be sent", ("announce",), _post("sending")),
    Moment("a message recorded as sent", ("announce",), _post("sent")),
)
