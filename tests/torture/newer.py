"""The next version of the bot, as far as a rolling change can tell: it owes and does one thing more than this one."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bot import running
from bot.__main__ import main
from bot.app import Bot
from bot.store import Due, DueItem
from tests.torture.replica import quickened

NOVELTY = "novelty"


class Newer(Bot):
    def _workers(self) -> dict[str, Callable[[DueItem], str | None]]:
        return super()._workers() | {NOVELTY: lambda item: f"done by {self.engine.executor}"}

    def start(self) -> None:
        with self.store.transaction() as tx:  # as a fact of the new version would owe it
            tx.owe(Due(key=f"{NOVELTY}:{self.engine.executor}", kind=NOVELTY, stream="", due_at=self.clock.now()))
        super().start()


if __name__ == "__main__":
    quickened()
    running.Bot = Newer  # type: ignore[misc] # the newer one in its place
    sys.exit(main())
