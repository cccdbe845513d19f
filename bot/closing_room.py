"""Closing, put together: the workspace's plans, what may be touched, the ledger, and Slack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from bot.adapters import Folder
from bot.closing_adapters import closing_adapters
from bot.closings import WorkspaceClosings
from bot.core.closure_facts import Event
from bot.event_door import Said, Senders, knock
from bot.flows.closing import Closing
from bot.flows.closing_hands import hands
from bot.ports import Clock, Failure
from bot.settings import Settings
from bot.slack.closing import ClosingActs, ClosingAnnouncer, ClosureViews
from bot.slack.posting import Posting
from bot.store import Due, DueItem, Store
from bot.store.closure_journal import StoredClosureJournal


class ClosingRoom:
    """One for each bot."""

    def __init__(self, settings: Settings, folder: Folder, store: Store, clock: Clock, posting: Posting) -> None:
        self._store = store
        self._clock = clock
        self._closings = WorkspaceClosings(folder.folder)
        self.journal = StoredClosureJournal(store, clock)
        self.closing = Closing(
            self._closings, self.journal, hands(closing_adapters(settings, lambda: self._closings.policy)), settings.readiness_installation,
            settings.readiness_shadow,
        )  # fmt: skip
        self.views = ClosureViews(self.journal, folder, clock, settings.readiness_link_hosts)
        self.announcer = ClosingAnnouncer(self.journal, self.views, posting)
        self.acts = ClosingActs(self.closing, self.views, self.journal)
        self._senders = senders(settings)

    def workers(self) -> dict[str, Callable[[DueItem], str | None]]:
        """Every one of them may run again after a crash."""

        def of_run(item: DueItem) -> tuple[str, int]:
            return item.payload["closure"], item.payload["run"]

        return {
            "accepted": lambda item: self.closing.heard(Event(**item.payload)),
            "closing_check": lambda item: self.closing.check(*of_run(item)),
            "closing_step": lambda item: self.closing.step(*of_run(item), item.payload["step"]),
            "closing_announce": lambda item: self.announcer.announce(item.payload),
        }

    def gave_up(self, item: DueItem, failure: Failure) -> None:
        """Something nobody foresaw, again and again: it halts, and the coordinator is told."""
        self.closing.give_up(item.payload["closure"], item.payload["run"], item.payload["step"] or None, str(failure))

    def knock(self, headers: Mapping[str, Any], body: bytes, now: float) -> Said:
        """The event door: what is accepted is kept in one durable transaction before it is answered; once each."""
        policy = self._closings.policy
        if policy is None:
            return Said(404, "Nothing is closed here: policy.yaml has no closure section.")
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        said = knock(lower, body, self._senders, policy.accepted, now)
        if said.event is not None and not self._keep(said.event):
            return Said(202, "Known already. Nothing more happens.")
        return said

    def _keep(self, event: Event) -> bool:
        name = sha256(f"{event.source}\n{event.id}".encode()).hexdigest()
        due = Due(
            key=f"accepted:{name}", kind="accepted", stream="", lane=f"accepted:{event.record}", payload=event.model_dump(),
            due_at=self._clock.now(),
        )  # fmt: skip
        with self._store.transaction() as tx:
            return tx.owe(due)


def senders(settings: Settings) -> Senders:
    def open_(secret: Any) -> str | None:
        return secret.get_secret_value() if secret is not None else None

    return Senders(
        events=open_(settings.readiness_events_secret), github=open_(settings.github_webhook_secret),
        servicenow=open_(settings.servicenow_webhook_secret),
    )  # fmt: skip
