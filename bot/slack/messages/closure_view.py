"""One closure as messages need it, and how its parts are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.core.closing_found import Link
from bot.core.closing_plan import Step
from bot.core.closure import At, Closure
from bot.core.people import Directory
from bot.slack.blocks import Block, button, ids
from bot.slack.speech import Speech
from bot.slack.text import link, safe

CLOSE_AGAIN = "close_again"  # {"m", "r"}: closure and run
TAKE_OVER = "take_over"  # {"m", "r"}

STEP: Mapping[Step, str] = {
    "checklist": "readiness checklist",
    "tracker": "release tracker",
    "links": "evidence links",
    "queue": "review queue",
    "notify": "scheduler's intake",
}
DEED: Mapping[Step, str] = {
    "checklist": "close the readiness checklist",
    "tracker": "set the release tracker to approved",
    "links": "attach the evidence links",
    "queue": "clear the review-queue entry",
    "notify": "tell the scheduler's intake",
}


@dataclass(frozen=True)
class ClosureView:
    """`link_hosts`: where links may lead. `card`: its permalink, where somebody is told elsewhere."""

    closure: Closure
    history: tuple[At, ...]
    people: Directory
    zone: str
    now: datetime
    link_hosts: frozenset[str] = frozenset()
    card: str | None = None

    @cached_property
    def speech(self) -> Speech:
        return Speech(self.people, self.zone)

    @property
    def id(self) -> str:
        """For mrkdwn."""
        return safe(self.closure.id, 80)

    @property
    def record(self) -> str:
        """The governance record's id, linked where that is allowed."""
        source = self.closure.source
        name = safe(self.closure.plan.source.record, 80)
        return link(source.url if source else None, name, self.link_hosts) or name

    def evidence(self, to: Link) -> str:
        return link(to.url, safe(to.name, 120), self.link_hosts) or f"{safe(to.name, 120)} ({safe(to.url, 300)})"

    @property
    def identifiers(self) -> str:
        """Release, review version and record: what every message may carry."""
        source = self.closure.source
        review = f" · review version {safe(source.review or '–', 40)}" if source else ""
        return f"release {safe(self.closure.plan.release, 80)}{review} · record {self.record}"

    @property
    def again(self) -> Block:
        value = ids(m=self.closure.id, r=self.closure.run)
        return button("Try again", CLOSE_AGAIN, value, style="primary", spoken=f"Try to close {self.closure.id} again")

    @property
    def take_over(self) -> Block:
        value = ids(m=self.closure.id, r=self.closure.run)
        return button("Take over", TAKE_OVER, value, spoken=f"I close {self.closure.id} by hand")
