"""What a failure means for what is owed: again, and when, or given up. Real time, in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.ports import Conflict, Failure, Throttled, Unreachable


class Later(Exception):  # noqa: N818 # `raise Later(at)` says what it means, and it is no error
    """Raised by a worker: not yet, come back at that business time. It counts as no attempt."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"not before {at.isoformat()}")
        self.at = at


class Bug(Failure):
    """A worker broke in a way that nobody foresaw: the log has the details under the reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"Something unexpected went wrong (reference {reference}).")
        self.reference = reference


class Poison(Failure):
    """Each process that ran this died: it is not run again until a person asks for it."""


@dataclass(frozen=True)
class Patience:
    """How long to try. `limits` bounds the attempts of a kind; kinds that are not named never give up on `Unreachable`,
    `Throttled` and `Conflict`. `bugs` and `takeovers` bound what no waiting cures."""

    base: float = 1.0
    cap: float = 300.0
    soon: float = 0.2
    bugs: int = 5
    takeovers: int = 5
    limits: Mapping[str, int] = field(default_factory=dict)

    def wait(self, kind: str, failure: Failure, attempts: int, bugs: int, chance: float) -> float | None:
        """Seconds until the next attempt, or None: give up. `attempts` and `bugs` count this one; `chance` is in
        [0, 1) and spreads out those who failed together."""
        if attempts >= self.limits.get(kind, attempts + 1):
            return None
        if isinstance(failure, Throttled):
            return failure.retry_after * (1 + chance / 10)
        if isinstance(failure, Unreachable):
            return self._backoff(self.base, attempts, chance)
        if isinstance(failure, Conflict):
            return self._backoff(self.soon, attempts, chance)
        if isinstance(failure, Bug) and bugs < self.bugs:
            return self._backoff(self.base, attempts, chance)
        return None

    def meanwhile(self, attempts: int, chance: float) -> float:
        """Seconds until the next attempt at what must not be given up half done."""
        return self._backoff(self.base, attempts, chance)

    def _backoff(self, base: float, attempts: int, chance: float) -> float:
        # The exponent is bounded because an attempt a minute for weeks must not overflow.
        whole: float = min(self.cap, base * 2 ** min(attempts - 1, 30))
        return whole * (0.5 + chance / 2)
