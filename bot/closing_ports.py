"""What closing asks of the world: read the source, read the archive, and five deeds. No port here can deploy, change scope
or change a decision, and none may grow a verb for it: a test walks everything that the closing worker is handed.

Rules for every adapter and stand-in (`tests/contracts/closing_contract.py`):

- *Failures* are those of `bot.ports` and nothing else. `Unreachable`: time-out, lost connection, 5xx; a write may have
  happened. `Throttled`: certainly not done, with `retry_after` in seconds of real time. `Denied`: rights or the request
  itself are wrong, or what stands there cannot be understood (the message says which field). `Gone`: nothing of that name
  is there. `Conflict`: what stands there is not what `order.version` names. Messages are fit for people: identifiers, never
  bodies or tokens.
- *Reading* is uncached and writes nothing. What is not stated is None; nothing is guessed or filled in from elsewhere.
- *Writing* compares first: `order.version` is the `version` of the reading on which the order rests. If it stands otherwise
  now, `Conflict`, and nothing is written (by the system's own means, such as If-Match, where it has them; else read again
  immediately before the write).
- *Idempotency*: the same order twice is one deed. If it stands as ordered already, a write is quiet and changes nothing,
  not even a note, whatever `order.version` says. After `Unreachable` the caller reads before it writes again. Where one deed
  takes two calls (a note and a state), the note goes first, carries the key, and is looked up before it is written again.
- *Words* that are left for people are `order.words` and nothing more.
- *Nothing else*: an adapter's public names are the port's verbs (`system` and `close_connections` excepted).
- All of them are thread-safe and bound each call in time (10 s to connect and read, 30 s for a file of the archive).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from bot.core.closing_found import (
    Accepted,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Link,
    Measured,
    Order,
)
from bot.core.closing_plan import ArchivePlace, ClosingPlan, ClosingPolicy, SourcePlace
from bot.core.closure import At, Closure
from bot.core.closure_facts import AnyClosureFact
from bot.core.refusals import Refusal


class Source(Protocol):
    """The system that keeps the governance record. Nothing here can write: the decision is other people's."""

    def read(self, place: SourcePlace) -> Accepted:
        """The record as it stands now. `place.fields` maps our words to its columns (defaults are the adapter's)."""
        ...


class Checklists(Protocol):
    """Readiness checklists: a GitHub issue with boxes, change tasks of a ServiceNow change, a file."""

    def read(self, at: str) -> FoundChecklist: ...

    def close(self, at: str, order: Order, ticks: tuple[str, ...]) -> None:
        """Tick the items that `ticks` names (those that the acceptance fulfils), then close it. No other item is touched:
        an open one that is not named makes this `Denied`."""
        ...


class Trackers(Protocol):
    """Release trackers: the issue or change that tells where a release stands, with its milestone."""

    def read(self, at: str) -> FoundTracker: ...

    def approve(self, at: str, order: Order, state: str) -> None:
        """Set its state to `state` and note `order.review` with it, so that `approved_review` tells it. Milestone, scope,
        release and everything else stay as they are."""
        ...


class EvidenceLinks(Protocol):
    """Where references to archived evidence are attached: a comment, a release's text, a work note, a file."""

    def read(self, at: str) -> FoundLinks: ...

    def attach(self, at: str, order: Order, links: tuple[Link, ...]) -> None:
        """Attach those of `links` that are not there yet. Links that are there stay, ours or not."""
        ...


class Queues(Protocol):
    """The review queue: a label on an issue, a change task, a line of a file."""

    def read(self, at: str) -> FoundQueue:
        """An entry that was cleared or never was is `present=False`, not `Gone`; `Gone` only when the queue is not there."""
        ...

    def clear(self, at: str, order: Order) -> None:
        """Take that one entry off the queue."""
        ...


class Archive(Protocol):
    """Where evidence bundles lie. It is only ever read."""

    def manifest(self, place: ArchivePlace) -> bytes:
        """The bytes of manifest.json, at most one more than `bot.core.evidence.MOST_BYTES`. Gone when there is none."""
        ...

    def measure(self, place: ArchivePlace, path: str) -> Measured:
        """Read a listed file whole, in pieces, and say its SHA-256 and size in bytes. Gone when it is not there. A link
        that leads out of the bundle and a redirect to another host are `Denied`."""
        ...

    def link(self, place: ArchivePlace, path: str) -> str:
        """The address under which people find that file; no call is made."""
        ...


class Intake(Protocol):
    """The scheduler's intake: what comes next is told there, once."""

    def tell(self, event: Mapping[str, Any]) -> None:
        """Post a CloudEvents 1.0 message in structured mode. Its `id` and `source` are the same each time, by which the
        receiver folds repetitions; any 2xx, and 409 (known already), are done."""
        ...


class Closings(Protocol):
    """What the workspace says of closing, as it stands now."""

    @property
    def policy(self) -> ClosingPolicy | None:
        """None: nothing is closed here."""
        ...

    def plan(self, closure: str) -> ClosingPlan:
        """Raises Gone when no such file is there, Denied when it cannot be understood (the message says where)."""
        ...

    def of_record(self, record: str) -> tuple[str, ...]:
        """The closures whose source is that record, in any case of its letters, or whose own id it is. Raises Denied when
        none is found and some file cannot be understood: it might be that one."""
        ...


class Closed(NamedTuple):
    """What a decision brought about. `facts` is empty when it was so already."""

    closure: Closure
    facts: tuple[AnyClosureFact, ...]


ClosureChoice = Callable[[Closure | None], "tuple[AnyClosureFact, ...] | Refusal"]


class ClosureJournal(Protocol):
    """The memory: closures as the ledger tells them, and the only way to add to it."""

    def closure(self, closure: str) -> Closure | None: ...

    def closure_history(self, closure: str) -> tuple[At, ...]: ...

    def closures(self) -> tuple[Closure, ...]:
        """All that ever were, by id."""
        ...

    def decide_closure(self, closure: str, choice: ClosureChoice) -> Closed | Refusal:
        """Read, choose, write facts with all that they owe, in one transaction. When somebody was faster, it reads and
        chooses again."""
        ...
