"""The fault switches: what should go wrong next, and how often."""

from __future__ import annotations

import fnmatch
import itertools
import threading
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Fault:
    """One thing that goes wrong. `operation` is a glob over a stand-in's operation names (`chat.postMessage`,
    `events.insert`, `getSchedule` …), `match` a piece of text that the request's target must contain (a calendar id, a
    channel); `times` None means until it is removed.

    Kinds: `status` (answer `status`, `retry_after` seconds, body error word `word`), `slow` (wait `seconds`, then do it),
    `hang` (wait `seconds`, then close without an answer), `drop_before` (close the connection, nothing done),
    `drop_after` (do it, then close the connection), `late` (do it at once, answer after `seconds`), `calendar_error` (a
    per-calendar error inside HTTP 200).
    """

    service: str  # slack | google | microsoft | pagerduty | smtp | github | servicenow | archive | intake
    operation: str = "*"
    kind: str = "status"
    match: str = ""
    times: int | None = 1
    status: int = 503
    word: str = ""
    seconds: float = 0.0
    retry_after: int | None = None
    id: int = 0


@dataclass
class Faults:
    """All switches of the sandbox; thread-safe."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def add(self, **what: Any) -> Fault:
        fault = Fault(**{k: v for k, v in what.items() if k != "id"})
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
        return fault

    def remove(self, fault_id: int) -> None:
        with self._lock:
            self._faults = [f for f in self._faults if f.id != fault_id]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(f) for f in self._faults]

    def take(
        self, service: str, operation: str, target: str = "", kinds: tuple[str, ...] | None = None
    ) -> Fault | None:
        """The first switch that fits this request, counted down; None when all is well."""
        with self._lock:
            for fault in self._faults:
                if fault.service != service or not fnmatch.fnmatchcase(operation, fault.operation):
                    continue
                if fault.match and fault.match not in target:
                    continue
                if kinds is not None and fault.kind not in kinds:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None
