"""Reading when people are taken, from Google: in the fewest calls, and doubt is never free time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.core.people import Availability, Busy
from bot.core.span import Span
from bot.ports import Failure

CALENDARS_A_CALL = 50
LONGEST = timedelta(days=60)

_log = logging.getLogger(__name__)

Question = tuple[Sequence[str], Span]


def read_all(
    calendars: Sequence[str], span: Span, query: Callable[[dict[str, Any]], Any], pool: ThreadPoolExecutor
) -> Mapping[str, Availability]:
    """Every calendar's availability over `span`, by as few questions as the limits allow, several at once."""
    asked = list(dict.fromkeys(calendars))
    batches = [asked[i : i + CALENDARS_A_CALL] for i in range(0, len(asked), CALENDARS_A_CALL)]
    questions = [(batch, window) for batch in batches for window in windows(span)]

    def answer(question: Question) -> dict[str, list[Span] | None]:
        return _answer(question, query)

    answers = pool.map(answer, questions) if len(questions) > 1 else map(answer, questions)
    taken: dict[str, list[Span] | None] = {calendar: [] for calendar in asked}
    for told in answers:
        for calendar, busy in told.items():
            before = taken[calendar]
            taken[calendar] = None if before is None or busy is None else before + busy
    return {calendar: _availability(busy, span) for calendar, busy in taken.items()}


def windows(span: Span) -> list[Span]:
    """`span` in pieces that Google answers, end to end without a gap."""
    edges = [span.start]
    while edges[-1] < span.end:
        edges.append(min(edges[-1] + LONGEST, span.end))
    return [Span(*pair) for pair in pairwise(edges)]


def _answer(question: Question, query: Callable[[dict[str, Any]], Any]) -> dict[str, list[Span] | None]:
    calendars, window = question
    body = {
        "timeMin": window.start.astimezone(UTC).isoformat(),
        "timeMax": window.end.astimezone(UTC).isoformat(),
        "calendarExpansionMax": CALENDARS_A_CALL,
        "items": [{"id": calendar} for calendar in calendars],
    }
    try:
        said = query(body)
    except Failure as failure:
        # People see "unknown"; why must be found by whoever runs this.
        _log.warning("The free-busy of %d Google calendars is unknown: %s", len(calendars), failure)
        said = None
    told = said.get("calendars") if isinstance(said, dict) else None
    return {c: _busy(told.get(c) if isinstance(told, dict) else None) for c in calendars}


def _busy(said: Any) -> list[Span] | None:
    """One calendar's busy spans; None when it is missing, has errors, or any of it cannot be read."""
    if not isinstance(said, dict) or said.get("errors") or not isinstance(said.get("busy"), list):
        return None
    spans = [_span(block) for block in said["busy"]]
    return None if None in spans else [s for s in spans if s]


def _span(block: Any) -> Span | None:
    try:
        start, end = (datetime.fromisoformat(block[side]) for side in ("start", "end"))
    except (KeyError, TypeError, ValueError):
        return None
    if start.tzinfo is None or end.tzinfo is None or end < start:
        return None
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def _availability(busy: list[Span] | None, asked: Span) -> Availability:
    if busy is None:
        return Availability(unknown=(asked,))
    joined: list[Span] = []
    for span in sorted(s for s in busy if s.meets(asked)):
        # A meeting that two questions saw, each its part, is one again.
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return Availability(busy=tuple(Busy(s.start, s.end, "busy") for s in joined))
