"""records/ID.yaml: the change or escalation that a meeting serves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.core.record import Deadline, Evidence, Named, Record
from bot.workspace_holidays import holiday_code, holiday_dates
from bot.workspace_hours import clock_time
from bot.workspace_problems import did_you_mean, quoted
from bot.workspace_reading import (
    Keys,
    Place,
    Section,
    Unreadable,
    an_id,
    each,
    instant,
    keyed,
    known,
    span,
    text,
    time_zone,
    whole_number,
)

RECORD = Keys(
    required=("id", "kind", "title", "state", "owner", "roles"),
    optional=(
        "url", "revision", "services", "touches", "cutover", "rollback_checkpoint", "evidence_cutoff", "evidence",
        "customer", "language", "deadline", "deciders",
    ),
)  # fmt: skip
EVIDENCE = Keys(required=("name",), optional=("ready_by", "valid_until"))
DEADLINE = Keys(required=("from", "business_days", "time_zone", "closes_at"), optional=("holidays",))
ROTA = Keys(required=("rota",))
MOST_BUSINESS_DAYS = 2000


def record(place: Place, name: str, kinds: Collection[str] | None, customers: Collection[str] | None) -> Record:
    """The whole file. `kinds` and `customers` are None where their own file could not be read."""
    section = Section(place, RECORD)
    return Record(
        id=section.read("id", lambda at: _same_id(at, name), name),
        kind=section.read("kind", lambda at: _kind(at, kinds), ""),
        title=section.read("title", text, ""),
        state=section.read("state", text, ""),
        owner=section.read("owner", an_id, ""),
        url=section.maybe("url", text),
        revision=section.maybe("revision", text),
        services=section.read("services", each(text), ()),
        touches=section.maybe("touches", each(text)),
        cutover=section.maybe("cutover", span),
        rollback_checkpoint=section.maybe("rollback_checkpoint", instant),
        evidence_cutoff=section.maybe("evidence_cutoff", instant),
        evidence=section.read("evidence", each(_evidence), ()),
        customer=section.maybe("customer", an_id if customers is None else known("customer", customers)),
        language=section.maybe("language", text),
        deadline=section.maybe("deadline", _deadline),
        deciders=section.read("deciders", keyed(lambda _, at: each(an_id)(at)), {}),
        roles=section.read("roles", keyed(_named), {}),
        stated=tuple(section.values),
    )


def _same_id(place: Place, name: str) -> str:
    word = an_id(place)
    if word != name:
        raise place.refuse(f"{quoted(word)} is not the file's name; write id: {name}, or rename the file")
    return word


def _kind(place: Place, kinds: Collection[str] | None) -> str:
    word = an_id(place)
    if kinds is not None and word not in kinds:
        raise place.refuse(f"policy.yaml has no kind {quoted(word)}{did_you_mean(word, kinds)}")
    return word


def _named(_: str, place: Place) -> Named:
    """People in order of preference, or {rota: …}. Who they are is the search's question: nobody is looked up here."""
    if isinstance(place.node.value, tuple):
        return Named(people=each(an_id)(place))
    if isinstance(place.node.value, str):
        raise place.refuse("must be a list of people, or {rota: …}; write for example [dana]")
    rota = Section(place, ROTA).maybe("rota", an_id)
    if rota is None:
        raise Unreadable
    return Named(rota=rota)


def _evidence(place: Place) -> Evidence:
    section = Section(place, EVIDENCE)
    return Evidence(
        name=section.read("name", text, ""),
        ready_by=section.maybe("ready_by", instant),
        valid_until=section.maybe("valid_until", instant),
    )


def _deadline(place: Place) -> Deadline:
    section = Section(place, DEADLINE)
    start = section.maybe("from", instant)
    days = section.maybe("business_days", _business_days)
    zone, closes = section.maybe("time_zone", time_zone), section.maybe("closes_at", clock_time)
    code = section.maybe("holidays", holiday_code)
    if start is None or days is None or zone is None or closes is None:
        raise Unreadable
    return Deadline(
        start=start,
        business_days=days,
        time_zone=zone,
        holidays=code,
        holiday_dates=_dates(code, start, days),
        closes_at=closes,
    )


def _business_days(place: Place) -> int:
    days = whole_number(place)
    if days > MOST_BUSINESS_DAYS:
        raise place.refuse(f"{days} business days are more than {MOST_BUSINESS_DAYS}; write a shorter deadline")
    return days


def _dates(code: str | None, start: datetime, days: int) -> frozenset[str]:
    """The holidays that can lie between `from` and the deadline."""
    if code is None:
        return frozenset()
    # At the very least 200 business days a year, wherever one lives.
    years = max(start.year - 1, 1), min(start.year + days // 200 + 2, 9000)
    return frozenset(day.isoformat() for day in holiday_dates(code, *years))
