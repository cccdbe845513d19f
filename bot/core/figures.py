"""The product's figures, counted from the ledger alone: how long, how often without back-and-forth, and what went wrong."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from bot.core.people import Frozen
from bot.core.rounds import Round


class KindFigures(Frozen):
    """One kind of meeting. `lacked`: what the questions that went up lacked, by rule and role (`interpreter`, `coverage`)."""

    title: str
    asked: int = 0
    confirmed: int = 0
    smooth: int = 0
    to_viable: timedelta | None = None  # median, from request to a viable slot
    counted_to_viable: timedelta | None = None  # median, from when the contract counts to a viable slot
    lacked: Mapping[str, int] = {}

    @property
    def smooth_share(self) -> float | None:
        return self.smooth / self.confirmed if self.confirmed else None


class Figures(Frozen):
    """`smooth`: confirmed reviews that needed no decision beyond the confirmer's. A held slot is one, on however many
    calendars: `events_placed` counts those. Causes and sorts are counted by name."""

    asked: int = 0
    viable: int = 0
    confirmed: int = 0
    cancelled: int = 0
    smooth: int = 0
    to_viable: timedelta | None = None  # median, from request to a viable slot
    to_confirmed: timedelta | None = None  # median, from request to confirmation
    slots_held: int = 0
    slots_let_go: int = 0  # by people, or because the slot did no more
    slots_lapsed: int = 0
    events_placed: int = 0
    reschedules: Mapping[str, int] = {}
    escalations: Mapping[str, int] = {}
    kinds: Mapping[str, KindFigures] = {}

    @property
    def smooth_share(self) -> float | None:
        return self.smooth / self.confirmed if self.confirmed else None


def figures(every: Iterable[Round]) -> Figures:
    """Of all rounds, in the order in which their records were first asked for."""
    every = list(every)
    viable = [r.to_viable for r in every if r.to_viable is not None]
    confirmed = [r.to_confirmed for r in every if r.to_confirmed is not None]
    ended = _sum(r.ended for r in every)
    return Figures(
        asked=len(every),
        viable=len(viable),
        confirmed=len(confirmed),
        cancelled=sum(r.cancelled for r in every),
        smooth=sum(r.smooth for r in every),
        to_viable=_median(viable),
        to_confirmed=_median(confirmed),
        slots_held=sum(r.slots_held for r in every),
        slots_let_go=sum(n for why, n in ended.items() if why not in ("expired", "confirmed")),
        slots_lapsed=ended.get("expired", 0),
        events_placed=sum(r.events_placed for r in every),
        reschedules=_sum(r.causes for r in every),
        escalations=_sum(r.escalations for r in every),
        kinds={kind: _of_kind([r for r in every if r.kind == kind]) for kind in sorted({r.kind for r in every})},
    )


def _of_kind(some: Sequence[Round]) -> KindFigures:
    return KindFigures(
        title=some[-1].title,
        asked=len(some),
        confirmed=sum(r.to_confirmed is not None for r in some),
        smooth=sum(r.smooth for r in some),
        to_viable=_median([r.to_viable for r in some if r.to_viable is not None]),
        counted_to_viable=_median([r.counted_to_viable for r in some if r.counted_to_viable is not None]),
        lacked=_sum(r.lacked for r in some),
    )


def _sum(tallies: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(tally)
    return dict(sorted(total.items()))


def _median(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=statistics.median(t.total_seconds() for t in times)) if times else None


def open_metrics(told: Figures, slack_shut: bool = False, more: Sequence[str] = ()) -> str:
    """The same as OpenMetrics text, for `/metrics`. `slack_shut`: Slack does not let us in at the moment; `more` are lines
    that others count."""
    lines: list[str] = []

    def gauge(name: str, words: str, value: float | int) -> None:
        lines.extend(
            [f"# TYPE readiness_{name} gauge", f"# HELP readiness_{name} {words}", f"readiness_{name} {value}"]
        )

    def counter(name: str, words: str, values: Mapping[str, int], label: str | None = None) -> None:
        lines.extend([f"# TYPE readiness_{name} counter", f"# HELP readiness_{name} {words}"])
        for key, value in values.items():
            marked = f'{{{label}="{key}"}}' if label else ""
            lines.append(f"readiness_{name}_total{marked} {value}")

    ends = {"asked": told.asked, "viable": told.viable, "confirmed": told.confirmed, "cancelled": told.cancelled}
    counter("reviews", "Reviews by how far they came.", ends, "reached")
    slots = {"held": told.slots_held, "let_go": told.slots_let_go, "lapsed": told.slots_lapsed}
    counter("slots", "Slots held, each once on however many calendars, and those let go or lapsed.", slots, "what")
    counter("hold_events_placed", "Tentative events placed on calendars for held slots.", {"": told.events_placed})
    counter("reschedules", "Slots that had to be found again, by cause.", told.reschedules, "cause")
    counter("escalations", "Questions that went up, by what raised them.", told.escalations, "sort")
    if told.to_viable is not None:
        gauge("request_to_viable_seconds", "Median time from request to a viable slot.", told.to_viable.total_seconds())
    if told.to_confirmed is not None:
        gauge("request_to_confirmed_seconds", "Median time to confirmation.", told.to_confirmed.total_seconds())
    if told.smooth_share is not None:
        gauge("smooth_ratio", "Confirmed without a decision beyond the confirmer's.", round(told.smooth_share, 4))
    lines += _kind_lines(told.kinds)
    gauge("slack_shut", "1 while Slack refuses our token.", int(slack_shut))
    return "\n".join([*lines, *more, "# EOF", ""])


def _kind_lines(kinds: Mapping[str, KindFigures]) -> list[str]:
    """By kind of meeting. `_counted_`: from when a contract counts."""
    lines: list[str] = []

    def family(name: str, sort: str, words: str, values: Sequence[tuple[str, float | int]]) -> None:
        if values:
            lines.extend([f"# TYPE readiness_{name} {sort}", f"# HELP readiness_{name} {words}"])
            lines.extend(f"readiness_{name}{labels} {value}" for labels, value in values)

    times = [
        (f'{{kind="{k}"}}', told.counted_to_viable.total_seconds())
        for k, told in kinds.items()
        if told.counted_to_viable
    ]
    family("counted_to_viable_seconds", "gauge", "Median time from when the contract counts to a viable slot.", times)
    shares = [
        (f'{{kind="{k}"}}', round(told.smooth_share, 4)) for k, told in kinds.items() if told.smooth_share is not None
    ]
    family("kind_smooth_ratio", "gauge", "Confirmed without a decision beyond the confirmer's, by kind.", shares)
    lacked = [(f'_total{{kind="{k}",cause="{c}"}}', n) for k, told in kinds.items() for c, n in told.lacked.items()]
    family("escalation_causes", "counter", "What the questions that went up lacked, by kind.", lacked)
    return lines
