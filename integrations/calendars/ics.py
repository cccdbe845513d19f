"""Published free-busy and calendar feeds: when somebody outside is busy, read from an address that they gave us."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.core.people import Availability
from bot.core.span import Span
from bot.ports import Capabilities, Denied, Failure, FoundHold, Gone, HoldRequest, PlacedHold, Throttled, Unreachable
from integrations.calendars.icalendar_reading import read_availability
from integrations.calendars.ics_addresses import SERVICE
from integrations.calendars.ics_line import FeedLine

log = logging.getLogger("readiness.feeds")

BELIEVED_DAYS = 90
ATTEMPTS = 2
PATIENCE = 30.0  # seconds for one reading of all feeds, whatever hangs
_LONGEST_WAIT = 5.0
_FIRST_WAIT = 0.25
_UNTOLD = "what it sends is no whole calendar, or does not cover the time that is asked about"


class Tested(NamedTuple):
    """One feed as `readiness-bot check` tells of it."""

    fine: bool
    words: str


class IcsCalendar:
    """`feeds` are addresses by name: people.yaml says the name, and the address stays with the secrets. `zones` says in whose
    zones a feed's dates and floating times are read; `days`, how far ahead a feed of events is believed."""

    provider = "ics"
    can = Capabilities(writable=False, under_hold="none", tells_tentative=True)

    def __init__(
        self,
        feeds: Mapping[str, str],
        zones: Callable[[str], Sequence[str]],
        line: FeedLine,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        days: int = BELIEVED_DAYS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._feeds, self._zones, self._line = feeds, zones, line
        self._now, self._ahead, self._sleep = now, timedelta(days=days), sleep
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="feeds")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def free_busy(self, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        """One request a feed, all at once. What a feed does not cover is unknown."""
        until = time.monotonic() + PATIENCE
        reading = {name: self._pool.submit(self._availability, name, span) for name in dict.fromkeys(calendars)}
        return {name: self._outcome(name, found, span, until) for name, found in reading.items()}

    def check(self, name: str) -> Tested:
        """The feed fetched and read once."""
        now = self._now()
        try:
            found = self._availability(name, Span(now, now + timedelta(days=14)))
        except Failure as failure:
            return Tested(False, _sentence(name, failure))
        if not found.unknown:
            return Tested(True, f"Feed {name}: can be read, and tells the next 14 days.")
        return Tested(False, f"Feed {name}: {_UNTOLD} (the next 14 days). What it does not tell counts as unknown.")

    # What a feed cannot do

    def place(self, request: HoldRequest) -> PlacedHold:
        raise Denied("A published feed can only be read; nothing was written.", service=SERVICE)

    def look_up(self, request: HoldRequest) -> PlacedHold | None:
        return None

    def let_go(self, hold: PlacedHold) -> None:
        """Nothing of ours was ever there."""

    def still_there(self, hold: PlacedHold) -> PlacedHold | None:
        return None

    def lift(self, hold: PlacedHold) -> PlacedHold:
        raise Denied("A published feed can only be read; nothing was written.", service=SERVICE)

    def put_back(self, hold: PlacedHold) -> PlacedHold:
        raise Gone("No hold of ours is on a published feed.", service=SERVICE)

    def under(self, hold: PlacedHold) -> Availability:
        return Availability(unknown=(hold.span,))

    def holds(self, calendar: str, tag: str) -> Sequence[FoundHold]:
        return ()

    # Reading

    def _outcome(self, name: str, found: Future[Availability], span: Span, until: float) -> Availability:
        try:
            told = found.result(timeout=max(until - time.monotonic(), 0))
            if told.unknown != (span,):
                return told
            failure: Failure = Unreachable(_UNTOLD, service=SERVICE)
        except TimeoutError:
            found.cancel()
            failure = Unreachable("it took too long", service=SERVICE)
        except Failure as broken:
            failure = broken
        log.warning("%s", _sentence(name, failure))
        return Availability(unknown=(span,))

    def _availability(self, name: str, span: Span) -> Availability:
        if name not in self._feeds:
            raise Denied("READINESS_FEEDS gives no address for it", service=SERVICE)
        zones = self._zones(name)
        if not zones:
            return Availability(unknown=(span,))
        data, now = self._patiently(self._feeds[name]), self._now()
        # Exported calendars leave out what is over, and what is far: a day back, for clocks that differ.
        believed = Span(now - timedelta(days=1), now + self._ahead)
        told = [read_availability(data, zone, span, believed=believed) for zone in dict.fromkeys(zones)]
        busy = {item for reading in told for item in reading.busy}
        return Availability(tuple(sorted(busy)), tuple(sorted({gap for reading in told for gap in reading.unknown})))

    def _patiently(self, url: str) -> bytes:
        """Asked again once, after a hiccup or the pause that was asked for."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._line.fetch(url)
            except (Unreachable, Throttled) as failure:
                wait = failure.retry_after if isinstance(failure, Throttled) else _FIRST_WAIT
                if attempt == ATTEMPTS or wait > _LONGEST_WAIT:
                    raise
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")


def _sentence(name: str, failure: Failure) -> str:
    shown = name if name.isascii() and name.isprintable() and "/" not in name and len(name) < 60 else "(no name)"
    return f"Feed {shown}: {str(failure).rstrip('.')}. It counts as unknown."
