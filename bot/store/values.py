"""What the store takes and gives: facts, the tables told from them, what is owed, and what may stand in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from bot.core.span import Span
from bot.ports import Conflict, Denied, Unreachable

Document = Mapping[str, Any]  # what JSON can say: text, whole numbers, truth, lists and mappings with text keys


class DatabaseUnreachable(Unreachable):
    """The database does not answer, or another process keeps it locked. What was being written is not written."""

    def __init__(self, message: str) -> None:
        super().__init__(message, service="database")


class DatabaseUnusable(Denied):
    """The database answers, but this program must not use it: an operator must act."""

    def __init__(self, message: str) -> None:
        super().__init__(message, service="database")


class VersionTaken(Conflict):
    """Somebody added facts to this stream first: nothing was written; read again, decide again."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"{stream} is at version {found}, not {expected}. Nothing was written.", service="database")
        self.stream = stream
        self.expected = expected
        self.found = found


class ClaimTaken(Conflict):
    """The facts would hold a person whom another meeting holds at that time: nothing was written."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        names = ", ".join(f"{clash.person} is held for {clash.meeting}" for clash in clashes)
        super().__init__(f"{names}. Nothing was written.", service="database")
        self.clashes = tuple(clashes)


@dataclass(frozen=True, slots=True)
class NewFact:
    """Something that happened, not yet written. `format` is the version of the body's shape, which folds for ever."""

    tag: str
    body: Document = field(default_factory=dict)
    actor: str = ""
    format: int = 1


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A link of the chain. `seq` counts over the whole ledger, `version` within its stream; both begin at 1."""

    seq: int
    stream: str
    version: int
    at: datetime
    actor: str
    tag: str
    format: int
    body: dict[str, Any]
    hash: str


class Head(NamedTuple):
    """The chain's end: how many facts there are, and the hash that vouches for all of them."""

    seq: int
    hash: str


class Verified(NamedTuple):
    """What reading the whole chain found. `first_bad` is the first place where it does not hold; `why` says how."""

    entries: int
    head: str
    ok: bool
    first_bad: int | None = None
    why: str | None = None


class Rows(NamedTuple):
    """What the tables say of one stream: keys are the field names of MeetingRow, HoldRow and ClaimRow, less those the
    store fills in itself (`id`, `version`, `meeting`)."""

    meeting: Mapping[str, Any]
    holds: Sequence[Mapping[str, Any]] = ()
    claims: Sequence[Mapping[str, Any]] = ()


Projector = Callable[[str, Sequence[StoredFact]], Rows | None]
"""All facts of one stream, in order, to its rows; None for a stream that has none. Pure: a rebuild gives the same."""


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting as it stands: its id is its stream."""

    id: str
    version: int
    record: str
    kind: str
    state: str
    start: datetime | None = None
    end: datetime | None = None
    channel: str | None = None
    card_ts: str | None = None
    body: str = "{}"  # as JSON text: reading a meeting from that takes a third of the time


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One tentative event on one calendar, from intent to let go."""

    key: str
    meeting: str
    person: str
    provider: str
    calendar: str
    start: datetime
    end: datetime
    state: str
    generation: int = 0
    event_id: str | None = None
    etag: str | None = None
    expires_at: datetime | None = None
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A person kept for a meeting: no other meeting can have them at that time."""

    meeting: str
    person: str
    start: datetime
    end: datetime
    reason: str = ""


class Clash(NamedTuple):
    """Somebody asked for whom another meeting holds at that time."""

    person: str
    meeting: str
    span: Span


class Difference(NamedTuple):
    """A stream whose stored rows are not what its facts say."""

    stream: str
    table: str
    stored: tuple[Any, ...]
    rebuilt: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """Something owed to the world, or a deadline. `due_at` is business time; at most one of a `lane` is under way at a
    time, in the order in which they were owed."""

    key: str
    kind: str
    stream: str
    due_at: datetime
    payload: Document = field(default_factory=dict)
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class DueItem:
    """What is owed, and how far it got. `attempts` counts the times that it did not work out."""

    key: str
    kind: str
    stream: str
    lane: str | None
    payload: dict[str, Any]
    due_at: datetime
    state: Literal["open", "done", "withdrawn", "failed"]
    attempts: int
    not_before: datetime | None  # real time: back-off
    started: str | None  # the workflow that is at it
    executor: str | None  # the process that runs it
    runs: int
    crashes: int
    takeovers: int
    last_error: str | None
    outcome: str | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Post:
    """A message in Slack that we mean to write or have written. `wanted` and `posted` are revisions of its content:
    updates converge until they are equal. `sendings`: how often sending it was begun."""

    key: str
    stream: str
    channel: str
    kind: str
    thread_ts: str | None = None
    ts: str | None = None
    wanted: int = 1
    posted: int = 0
    state: Literal["intended", "sending", "sent", "gone"] = "intended"
    sendings: int = 0


@dataclass(frozen=True, slots=True)
class SlackUser:
    """What Slack said of a user, and when: authority is decided from such dated copies."""

    id: str
    team: str
    body: dict[str, Any]
    seen_at: datetime

    def age(self, now: datetime) -> timedelta:
        return now - self.seen_at
