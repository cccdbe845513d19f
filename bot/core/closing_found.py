"""What stands at the source and at each target, as it was read: nothing more than a closure needs to know."""

from __future__ import annotations

from bot.core.closing_plan import Milestone
from bot.core.people import Frozen


class Accepted(Frozen):
    """The governance record. What it does not state is None, which agrees with nothing.

    `revision` is the source's own version and may move with every touch of the record; whether something changed that
    counts is decided from the other fields, for our own notes may move it too.
    """

    record: str
    state: str
    release: str | None
    review: str | None  # the review's version
    milestone: Milestone | None
    evidence: str | None  # SHA-256 of the bundle's manifest, 64 lower-case hexadecimal digits
    revision: str
    url: str | None = None


class Item(Frozen):
    name: str
    done: bool


class FoundChecklist(Frozen):
    """The readiness checklist. `closed` is what the closing step brings about."""

    release: str | None
    review: str | None = None  # where the checklist names one, it must be the accepted one
    items: tuple[Item, ...] = ()
    closed: bool
    version: str  # changes with every change of what stands here


class Link(Frozen):
    """A reference to one archived file. `name` is its path in the manifest; two links are the same if all three agree."""

    name: str
    url: str
    sha256: str


class FoundTracker(Frozen):
    """The release tracker. `state` is its own word; `approved_review` the review version that an approval there names."""

    release: str | None
    review: str | None
    milestone: Milestone | None
    state: str
    approved_review: str | None = None
    version: str


class FoundLinks(Frozen):
    """The references that are attached for this release, by whomever."""

    release: str | None
    links: tuple[Link, ...] = ()
    version: str


class FoundQueue(Frozen):
    """The review queue's entry. `present` is false once it is cleared; the others are None then, if nothing is left."""

    present: bool
    release: str | None = None
    review: str | None = None
    version: str


class Measured(Frozen):
    """An archived file as its bytes say: they were read whole."""

    sha256: str
    size: int


class Change(Frozen):
    """One thing that was so and is otherwise now."""

    what: str
    before: str
    after: str


class Order(Frozen):
    """What one step asks of a target. The same key asked twice is one deed. `words` may be left there for people: they
    carry identifiers and links alone. `version` is that of the reading which this order rests on."""

    key: str
    closure: str
    release: str
    review: str
    version: str
    words: str
