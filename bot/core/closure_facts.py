"""What can happen while an accepted review is closed, in the past tense: entries of the ledger, in a stream of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from bot.core.closing_found import Accepted, Change, Link
from bot.core.closing_plan import ClosingPlan, ClosingPolicy, Step
from bot.core.people import Frozen

FORMAT = 1
STREAM = "closure:"  # ids have no colon, so no record's stream is ever called like this

Sort = Literal["stale", "missing", "conflicting"]
Outcome = Literal["done", "already_done"]


class Event(Frozen):
    """Which event was heard. (`source`, `id`) says that it is the same one. Nothing else of it is believed but `record`."""

    source: str
    id: str
    type: str
    record: str


class Disagreement(Frozen):
    """One field that is not as it must be: where, what was expected, what was found (empty: nothing stands there)."""

    sort: Sort
    code: str
    where: str
    field: str
    expected: str
    found: str


class Fact(Frozen):
    """What all of them have: a tag, and who brought it about ("bot" when nobody pressed)."""

    format: ClassVar[int] = FORMAT
    tag: str
    by: str = "bot"


class EventHeard(Fact):
    tag: Literal["closure.event_heard"] = "closure.event_heard"
    event: Event


class Begun(Fact):
    """A run begins: everything is read again. The plan and the policy are those of this run."""

    tag: Literal["closure.begun"] = "closure.begun"
    run: int
    plan: ClosingPlan
    policy: ClosingPolicy
    event: str  # the id of the event that began it


class Validated(Fact):
    """Source, tracker and archive agree. `links` are the archived files, by their paths."""

    tag: Literal["closure.validated"] = "closure.validated"
    run: int
    source: Accepted
    links: tuple[Link, ...]


class Repeated(Fact):
    """The same acceptance was told once more, and is closed already: nothing was written."""

    tag: Literal["closure.repeated"] = "closure.repeated"
    run: int


class StepIntended(Fact):
    """About to be written, under this key; on record first, so that no crash loses what stood there before."""

    tag: Literal["closure.step_intended"] = "closure.step_intended"
    run: int
    step: Step
    key: str
    changes: tuple[Change, ...]


class StepSettled(Fact):
    tag: Literal["closure.step_settled"] = "closure.step_settled"
    run: int
    step: Step
    outcome: Outcome
    where: str
    changes: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()


class Delayed(Fact):
    """Somebody did not answer: this step waits and is tried again by itself; later steps wait for it."""

    tag: Literal["closure.delayed"] = "closure.delayed"
    run: int
    step: Step | None  # None: everything is still being read
    words: str


class Halted(Fact):
    """Something does not agree: nothing was written after this was seen."""

    tag: Literal["closure.halted"] = "closure.halted"
    run: int
    step: Step | None
    disagreements: tuple[Disagreement, ...]


class Closed(Fact):
    tag: Literal["closure.closed"] = "closure.closed"
    run: int


class TakenOver(Fact):
    """A person does the rest by hand: the bot writes nothing more."""

    tag: Literal["closure.taken_over"] = "closure.taken_over"
    run: int


AnyClosureFact = Annotated[
    EventHeard | Begun | Validated | Repeated | StepIntended | StepSettled | Delayed | Halted | Closed | TakenOver,
    Field(discriminator="tag"),
]
_facts: TypeAdapter[AnyClosureFact] = TypeAdapter(AnyClosureFact)


def closure_fact_from(tag: str, body: Mapping[str, Any], by: str) -> AnyClosureFact:
    """A fact as the ledger kept it. Every format that was ever written can be read for ever."""
    return _facts.validate_python({**body, "tag": tag, "by": by}, strict=False)


def closure_body(fact: AnyClosureFact) -> dict[str, Any]:
    """What the ledger keeps beside tag and actor: JSON values only."""
    return fact.model_dump(mode="json", exclude={"tag", "by"})
