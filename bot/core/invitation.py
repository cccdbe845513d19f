"""The exact invite that would be sent: the meeting packet, linked to the governing record. Sent as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.facts import Slot
from bot.core.people import Directory, Frozen, Person
from bot.core.policy import Kind
from bot.core.record import Record
from bot.core.span import Span, zone
from bot.core.words import as_written, listed, role_words


class Seated(Frozen):
    """An attendee of the draft: name, address, role; `delegate` when they sit in for the holder."""

    person: str
    name: str
    email: str
    role: str
    delegate: bool = False


class Draft(Frozen):
    """What would be sent, word for word."""

    title: str
    text: str
    span: Span
    time_zone: str
    seated: tuple[Seated, ...]
    without_mail: tuple[str, ...] = ()  # person ids: they must be told by hand


def draft(record: Record, kind: Kind, people: Directory, slot: Slot, time_zone: str) -> Draft:
    """`disclosure: minimal` carries the kind's title and never the record's; times in every participant's zone. Each value
    stays on its line and is text: a name or a title can add neither a line nor a link."""
    seats = [(role, people.people[seat.person], seat.standing == "delegate") for role, seat in slot.seats.items()]
    minimal = kind.disclosure == "minimal"
    title = kind.title if minimal else f"{kind.title} {record.id}: {record.title}"
    seated = tuple(
        Seated(person=p.id, name=as_written(p.name), email=p.email, role=role, delegate=d)
        for role, p, d in seats
        if p.email
    )
    without = tuple(p.id for _, p, _ in seats if not p.email)
    lines = _minimal(kind, people, record) if minimal else _packet(record, kind, time_zone)
    told = [
        *lines,
        "",
        *(_roles(seats) if minimal else _people(seats)),
        "",
        *_times(slot.span, [p for _, p, _ in seats], time_zone),
    ]
    text = "\n".join(map(as_written, told))
    return Draft(
        title=as_written(title), text=text, span=slot.span, time_zone=time_zone, seated=seated, without_mail=without
    )


def _minimal(kind: Kind, people: Directory, record: Record) -> list[str]:
    customer = people.customers.get(record.customer) if record.customer else None
    modality = f" By {customer.modality}." if customer and customer.modality else ""
    return [f"{kind.title}.{modality}"]


def _packet(record: Record, kind: Kind, time_zone: str) -> list[str]:
    """Record link, what is decided, evidence and rollback times: each line from a field, none invented."""
    lines = [f"{kind.title} for {record.id}: {record.title}"]
    if record.url:
        lines.append(f"Record: {record.url}" + (f" (revision {record.revision})" if record.revision else ""))
    if record.services:
        lines.append(f"Services: {listed(list(record.services))}")
    if record.touches:
        lines.append(f"Touches: {listed(list(record.touches))}")
    lines.append("")
    if record.cutover:
        lines.append(f"Cutover: {stamp(record.cutover.start, time_zone)} to {stamp(record.cutover.end, time_zone)}")
    if record.rollback_checkpoint:
        lines.append(f"Rollback checkpoint: {stamp(record.rollback_checkpoint, time_zone)}")
    if record.evidence_cutoff:
        lines.append(f"Evidence cutoff: {stamp(record.evidence_cutoff, time_zone)}")
    lines.extend(_evidence(record, time_zone))
    agenda = "Agenda: evidence against the entry criteria; rollback plan and checkpoint; open risks; decision by role."
    return [*lines, "", agenda]


def _evidence(record: Record, time_zone: str) -> list[str]:
    lines = []
    for item in record.evidence:
        ready = f"ready by {stamp(item.ready_by, time_zone)}" if item.ready_by else ""
        valid = f"valid until {stamp(item.valid_until, time_zone)}" if item.valid_until else ""
        lines.append(f"Evidence “{item.name}”: {', '.join(x for x in (ready, valid) if x) or 'no times stated'}")
    return lines


def _roles(seats: list[tuple[str, Person, bool]]) -> list[str]:
    """Who takes part, for readers outside: what gives a delegate the right is ours to know."""
    return ["Who takes part:", *(f"- {role_words(role)}: {p.name}" for role, p, _ in seats)]


def _people(seats: list[tuple[str, Person, bool]]) -> list[str]:
    rows = [
        f"- {role_words(role)}: {p.name}" + (" (delegate, authority confirmed)" if d else "") for role, p, d in seats
    ]
    return ["Who decides here:", *rows]


def _times(span: Span, people: list[Person], time_zone: str) -> list[str]:
    names: Mapping[str, None] = dict.fromkeys([time_zone, *(p.time_zone for p in people)])
    return ["When:", *(f"- {_range(span, name)}" for name in names)]


def stamp(instant: datetime, time_zone: str) -> str:
    return f"{instant.astimezone(zone(time_zone)):%a %-d %b %Y %H:%M} {place(time_zone)}"


def _range(span: Span, time_zone: str) -> str:
    start, end = (i.astimezone(zone(time_zone)) for i in span)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %-d %b %H:%M}"
    return f"{start:%a %-d %b %Y %H:%M} – {last} {place(time_zone)} (UTC{start:%z})"


def place(time_zone: str) -> str:
    """`America/New_York` as people say it."""
    return time_zone.rpartition("/")[2].replace("_", " ")
