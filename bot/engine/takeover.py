"""What a dead process left unfinished, and what our own lost sight of, is found and finished or let go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from bot.engine.durable import Durable, Workflow
from bot.engine.flight import Flight
from bot.engine.leases import Lease
from bot.engine.owed import Owed
from bot.engine.patience import Patience, Poison
from bot.ports import Failure
from bot.store import DueItem

log = logging.getLogger("bot.engine")


class TakeOver:
    """A loop, not an event: whatever it could not do this time it does the next."""

    def __init__(
        self,
        owed: Owed,
        durable: Durable,
        lease: Lease,
        flight: Flight,
        executor: str,
        patience: Patience,
        give_up: Callable[[DueItem, Failure], None],
    ) -> None:
        self._owed = owed
        self._durable = durable
        self._lease = lease
        self._flight = flight
        self._executor = executor
        self._patience = patience
        self._give_up = give_up
        self._suspects: set[str] = set()

    def strays(self) -> None:
        """Renew our lease, then look for the work of those who did not renew theirs. One replica looks at a time."""
        self._lease.renew()
        self.all()

    def all(self) -> None:
        with self._lease.sole() as mine:
            if mine:
                self._look()

    def _look(self) -> None:
        unfinished = self._durable.unfinished()
        rows = {item.started: item for item in self._owed.under_way()}
        live = self._lease.live()  # last: a replica that came meanwhile is not taken for dead
        lost = self._lost(live, unfinished, rows)
        for workflow in unfinished.values():
            if workflow.id in lost:
                self._revive(workflow, rows.get(workflow.id))
        for workflow_id, item in rows.items():
            if workflow_id in lost and workflow_id not in unfinished:
                self._let_go(item)

    def _lost(self, live: set[str], unfinished: Mapping[str, Workflow], rows: Mapping[str | None, DueItem]) -> set[str]:
        """Whose process is gone, at once; and of our own those that nobody here runs, when seen so twice in a row:
        between a worker's end and the end of its workflow there is a moment."""
        owners: dict[str, str | None] = {
            id: workflow.executor for id, workflow in unfinished.items() if workflow.status == "PENDING"
        }
        owners.update((id, item.executor) for id, item in rows.items() if id and id not in unfinished)
        ours = {id for id, owner in owners.items() if owner == self._executor and id not in self._flight}
        lost = {id for id, owner in owners.items() if owner not in live}
        lost |= ours & self._suspects
        self._suspects = ours - lost
        return lost

    def _revive(self, workflow: Workflow, item: DueItem | None) -> None:
        if item is not None:
            if item.takeovers >= self._patience.takeovers:
                self._park(workflow, item)
                return
            if not self._owed.adopt(item):
                return
            log.warning("Taking over %s, which another process left unfinished.", item.key)
        self._durable.resume(workflow.id)

    def _park(self, workflow: Workflow, item: DueItem) -> None:
        self._durable.cancel(workflow.id)
        self._owed.adopt(item)
        ended = (
            "1 process ended while it was"
            if not item.takeovers
            else f"{item.takeovers + 1} processes ended while they were"
        )
        self._give_up(item, Poison(f"Given up after {ended} at it."))

    def _let_go(self, item: DueItem) -> None:
        """Its workflow was never started, or ended without a word of the row: it is started anew, under another id."""
        if item.started and self._durable.knows(item.started):
            log.warning("The workflow of %s ended without its result; it is started anew.", item.key)
        self._owed.release(item)
