"""The product's figures, counted from the ledger alone: how long, how often without back-and-forth, and what went wrong."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from bot.core import facts as f
from bot.core.meeting import At
from bot.core.people import Frozen


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


def rounds(history: Sequence[At]) -> list[list[At]]:
    """A stream's entries by round: each begins with a request."""
    found: list[list[At]] = []
    for entry in history:
        if isinstance(entry.fact, f.Requested):
            found.append([])
        if found:
            found[-1].append(entry)
    return found


def figures(histories: Iterable[Sequence[At]]) -> Figures:
    every = [entries for history in histories for entries in rounds(history)]
    facts = [entry.fact for entries in every for entry in entries]
    held = [fact for fact in facts if isinstance(fact, f.SlotHeld)]
    ended = Counter(why for entries in every for why in _ends(entries))
    viable = _times(every, _is_viable)
    confirmed = _times(every, lambda fact: isinstance(fact, f.Confirmed))
    return Figures(
        asked=len(every),
        viable=len(viable),
        confirmed=len(confirmed),
        cancelled=sum(isinstance(fact, f.Cancelled) for fact in facts),
        smooth=sum(_smooth(entries) for entries in every),
        to_viable=_median(viable),
        to_confirmed=_median(confirmed),
        slots_held=len(held),
        slots_let_go=sum(n for why, n in ended.items() if why not in ("expired", "confirmed")),
        slots_lapsed=ended["expired"],
        events_placed=sum(len(fact.placed) for fact in held),
        reschedules=dict(sorted(_causes(facts).items())),
        escalations=dict(sorted(Counter(x.sort for x in facts if isinstance(x, f.Escalated)).items())),
        kinds=_by_kind(every),
    )


def _ends(entries: Sequence[At]) -> list[str]:
    """Why the slots of a round that were held are so no more. What could not be placed was never held."""
    facts = [entry.fact for entry in entries]
    held = {fact.set for fact in facts if isinstance(fact, f.SlotHeld)}
    return [fact.why for fact in facts if isinstance(fact, f.SlotEnded) and fact.set in held]


def _by_kind(every: Sequence[Sequence[At]]) -> dict[str, KindFigures]:
    kinds: dict[str, list[tuple[f.Requested, Sequence[At]]]] = {}
    for entries in every:
        requested = entries[0].fact
        if isinstance(requested, f.Requested):
            kinds.setdefault(requested.kind, []).append((requested, entries))
    return {kind: _of_kind(kinds[kind]) for kind in sorted(kinds)}


def _of_kind(some: Sequence[tuple[f.Requested, Sequence[At]]]) -> KindFigures:
    entries = [e for _, e in some]
    counted = [
        (e[0].at - requested.counts_from) + waited
        for requested, e in some
        if requested.counts_from is not None
        for waited in _times([e], _is_viable)
    ]
    return KindFigures(
        title=some[-1][0].title,
        asked=len(some),
        confirmed=len(_times(entries, lambda fact: isinstance(fact, f.Confirmed))),
        smooth=sum(_smooth(e) for e in entries),
        to_viable=_median(_times(entries, _is_viable)),
        counted_to_viable=_median(counted),
        lacked=dict(sorted(sum((_lacked(e) for e in entries), Counter()).items())),
    )


def _is_viable(fact: f.AnyFact) -> bool:
    return isinstance(fact, f.Searched) and fact.outcome == "viable"


def _lacked(entries: Sequence[At]) -> Counter[str]:
    """For each question that went up because of a search: what that search lacked, or how it ended before it looked."""
    tally: Counter[str] = Counter()
    found: f.Searched | None = None
    for entry in entries:
        match entry.fact:
            case f.Searched():
                found = entry.fact
            case f.Escalated(sort="search") if found is not None:
                tally.update(found.lacking or (found.outcome,))
            case _:
                pass
    return tally


def _times(every: Sequence[Sequence[At]], wanted: Callable[[f.AnyFact], bool]) -> list[timedelta]:
    """For each round that has such a fact: how long after its request the first one came."""
    firsts = [next((e for e in entries if wanted(e.fact)), None) for entries in every]
    return [e.at - entries[0].at for e, entries in zip(firsts, every, strict=True) if e is not None]


def _median(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=statistics.median(t.total_seconds() for t in times)) if times else None


def _smooth(entries: Sequence[At]) -> bool:
    """Confirmed, with one approval and nobody else asked to decide anything."""
    facts = [entry.fact for entry in entries]
    confirmed = any(isinstance(fact, f.Confirmed) for fact in facts)
    approvals = sum(isinstance(fact, f.Approved) for fact in facts)
    asked = any(isinstance(fact, f.AgreementAsked | f.Stopped | f.Escalated) for fact in facts)
    return confirmed and approvals == 1 and not asked


def _causes(facts: Iterable[f.AnyFact]) -> Counter[str]:
    """Why a slot had to be found again: what the last reading found, a hold that ran out, or what changed after the
    confirmation; `by_request` where nothing had."""
    tally: Counter[str] = Counter()
    changed: tuple[str, ...] = ()
    for fact in facts:
        match fact:
            case f.Requested() | f.Confirmed():
                changed = ()
            case f.Disturbed():
                changed = fact.causes
            case f.RescheduleAsked():
                tally.update(changed or ("by_request",))
            case f.Stopped():
                tally.update(fact.causes or ("missed_constraint",))
            case f.SlotEnded() if fact.why == "expired":
                tally["lapsed_hold"] += 1
            case _:
                pass
    return tally


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
