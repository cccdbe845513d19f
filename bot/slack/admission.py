"""Whether Slack lets us in. While it does not, what is owed to Slack waits, an alarm is raised once, and we ask again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bot.ports import Failure, Shut

log = logging.getLogger("readiness.slack")

# What Slack says to a token that an operator must replace or bring back. Asking again changes nothing until then.
SHUT_OUT = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "team_access_not_granted"}
)
ASK_AGAIN = 30.0  # seconds of real time
Alarm = Callable[[str | None], object]
"""Tells who is on call: why Slack shut us out, or None when it lets us in again. It may raise a Failure: then again."""


class Admission:
    """Opens and shuts. Thread-safe. Nothing is lost meanwhile: what people did was kept, and what is owed waits."""

    def __init__(self, pause: float = ASK_AGAIN) -> None:
        self.pause = pause
        self._why: str | None = None
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._asking: threading.Thread | None = None
        self._ask: Callable[[], object] | None = None
        self._alarm: Alarm = lambda why: None
        self._opened: Callable[[], None] = lambda: None

    def begin(self, ask: Callable[[], object], alarm: Alarm, opened: Callable[[], None]) -> None:
        """From now on a shut door is asked at. `ask` makes a call that changes nothing; `opened` starts what waited."""
        self._ask, self._alarm, self._opened = ask, alarm, opened

    @property
    def trouble(self) -> str | None:
        """Why nothing is said in Slack at the moment; None when all is well."""
        return self._why and trouble_words(self._why)

    def shut(self, why: str) -> None:
        """Slack does not take our token, or says that it was revoked. Told once, until it takes it again."""
        with self._lock:
            if self._why is not None or self._ask is None or self._ended.is_set():
                return
            self._why = why
            self._asking = threading.Thread(target=self._until_open, name="slack-admission", daemon=True)
            self._asking.start()
        log.error("Slack does not let us in any more: %s", trouble_words(why))

    def end(self) -> None:
        self._ended.set()
        if self._asking is not None:
            self._asking.join(timeout=5)

    def _until_open(self) -> None:
        """At intervals, until Slack takes the token. The alarm is owed first, and once."""
        alarmed = False
        while not self._ended.is_set():
            alarmed = alarmed or self._told(self._why)
            self._ended.wait(self.pause)
            if self._admitted():
                break
        else:
            return
        with self._lock:
            self._why = None
        log.warning("Slack lets us in again: what waited is done now, in its order.")
        if alarmed:
            self._told(None)
        self._opened()

    def _admitted(self) -> bool:
        assert self._ask is not None
        try:
            self._ask()
        except Failure:
            return False
        return True

    def _told(self, why: str | None) -> bool:
        try:
            self._alarm(why and trouble_words(why))
        except Failure as failure:
            log.warning("The alarm about Slack could not be owed: %s", failure)
            return False
        return True


def trouble_words(why: str) -> str:
    return (
        f"Slack refuses our token ({why}). Nothing is posted and nobody's act is done; all of it is kept and waits. Holds "
        "still expire. Install the app again; if its token changed, set SLACK_BOT_TOKEN and restart."
    )


def shut_out(why: str) -> Shut:
    return Shut(f"Slack refused: {why}.", service="Slack", retry_after=1.0)
