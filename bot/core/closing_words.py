"""What a closure leaves at targets and tells the scheduler's intake: identifiers and links, and nothing else."""

from __future__ import annotations

from typing import Any

from bot.core.closing_found import Accepted, Order
from bot.core.closing_plan import Step
from bot.core.closure import Closure

READY = "dev.readiness-bot.closure.completed.v1"


def key_of(installation: str, closure: Closure, step: Step) -> str:
    """The same for every run over the same review version: a deed is done once, however often it is begun."""
    assert closure.source is not None
    return f"{installation}|{closure.id}|{closure.plan.release}|{closure.source.review}|{step}"


def order_of(key: str, closure: Closure, version: str) -> Order:
    source = closure.source
    assert source is not None and source.review is not None
    return Order(
        key=key, closure=closure.id, release=closure.plan.release, review=source.review, version=version,
        words=left_words(closure, source),
    )  # fmt: skip


def left_words(closure: Closure, source: Accepted) -> str:
    link = f" {source.url}" if source.url else ""
    return (
        f"{closure.id}: release {closure.plan.release}, review version {source.review}, record {source.record}.{link}"
    )


def ready_event(installation: str, closure: Closure) -> dict[str, Any]:
    """CloudEvents 1.0, structured. All of it is the same each time it is sent: a receiver folds repetitions by id and
    source."""
    source = closure.source
    assert source is not None
    plan = closure.plan
    return {
        "specversion": "1.0",
        "id": f"{closure.id}.{plan.release}.{source.review}",
        "source": f"urn:readiness-bot:{installation}",
        "type": READY,
        "subject": closure.id,
        "datacontenttype": "application/json",
        "data": {
            "closure": closure.id,
            "release": plan.release,
            "review": source.review,
            "record": source.record,
            "recordUrl": source.url,
            "evidence": [{"name": link.name, "url": link.url, "sha256": link.sha256} for link in closure.links],
        },
    }
