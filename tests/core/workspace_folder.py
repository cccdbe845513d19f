"""A random workspace as the files an organisation would keep: YAML and iCalendar, written from the values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.people import Availability, Delegate, Person, Weekly, Window
from bot.core.policy import Kind, Policy, RoleDemand, Rule
from bot.core.record import Named, Record
from bot.core.release_calendar import Entry
from bot.core.search import Problem
from bot.core.span import Span

_STATUS = {
    "busy": "BUSY", "tentative": "TENTATIVE", "out_of_office": "OOF", "working_elsewhere": "WORKINGELSEWHERE",
    "free": "FREE",
}  # fmt: skip
Doc = dict[str, Any]


def write_folder(problem: Problem, root: Path) -> None:
    """Every file of the workspace. JSON is YAML too."""
    directory = problem.people
    people = {
        "people": {name: _person(person) for name, person in directory.people.items()},
        "rotas": {
            name: {"shifts": [{"person": each.person, **_span(each.span)} for each in rota.shifts]}
            for name, rota in directory.rotas.items()
        },
        "customers": {
            name: {
                "time_zone": each.time_zone,
                "blackouts": [_window(window) for window in each.blackouts],
            }
            for name, each in directory.customers.items()
        },
    }
    files = {
        "policy.yaml": _policy(problem.policy),
        "people.yaml": people,
        "release-calendar.yaml": {"entries": [_entry(entry) for entry in problem.entries]},
        f"records/{problem.record.id}.yaml": _record(problem.record),
    }
    for folder in ("records", "calendars"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (root / path).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    for name, known in problem.availability.items():
        (root / "calendars" / f"{name}.ics").write_bytes(_calendar(known))


def _without_none(content: Mapping[str, Any]) -> Doc:
    return {key: value for key, value in content.items() if value is not None}


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _duration(length: timedelta) -> str:
    return f"{length // timedelta(minutes=1)}m"


def _span(span: Span) -> Doc:
    return {"start": _instant(span.start), "end": _instant(span.end)}


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _weekly(hours: Weekly) -> Doc:
    return {day: [f"{_clock(each.start)}-{_clock(each.end)}" for each in ranges] for day, ranges in hours.days}


def _window(window: Window) -> Doc:
    when = {"hours": _weekly(window.hours)} if window.hours is not None else {}
    return _without_none({**when, **(_span(window.span) if window.span else {}), "name": window.name})


def _delegate(each: Delegate) -> Doc:
    return _without_none(
        {
            "person": each.person,
            "roles": list(each.roles),
            "authority": each.authority,
            "confirmed_by": each.confirmed_by,
            "until": _instant(each.until),
        }
    )


def _person(person: Person) -> Doc:
    roster = None if person.roster is None else [_span(each.span) for each in person.roster if each.span]
    return _without_none(
        {
            "name": person.name,
            "time_zone": person.time_zone,
            "working_hours": _weekly(person.working_hours),
            "calendars": [
                {"provider": each.provider, **({"id": each.id} if each.id else {})} for each in person.calendars
            ],
            "protected": [_window(window) for window in person.protected],
            "roster": roster,
            "languages": list(person.languages),
            "delegates": [_delegate(each) for each in person.delegates],
        }
    )


def _rule(rule: Rule) -> Any:
    return {"strength": rule.strength, "approvers": list(rule.approvers)} if rule.approvers else rule.strength


def _demand(demand: RoleDemand) -> Doc:
    touches = {"when_touches": list(demand.when_touches)} if demand.when_touches is not None else {}
    return {**touches, **({"when_language": True} if demand.when_language else {})}


def _kind(kind: Kind) -> Doc:
    return _without_none(
        {
            "title": kind.title,
            "duration": _duration(kind.duration),
            "notice": _duration(kind.notice),
            "horizon": _duration(kind.horizon),
            "before": {name: _duration(length) for name, length in kind.before.items()},
            "requires": list(kind.requires),
            "states": None if kind.states is None else list(kind.states),
            "roles": {role: _demand(demand) for role, demand in kind.roles.items()},
            "rules": {name: _rule(rule) for name, rule in kind.rules.items()},
            "offers": {"count": kind.offer_count, "per_day": kind.offers_per_day},
            "confirmed_by": list(kind.confirmed_by),
            "substitutes_approved_by": None
            if kind.substitutes_approved_by is None
            else list(kind.substitutes_approved_by),
        }
    )


def _policy(policy: Policy) -> Doc:
    coverage = policy.coverage
    return _without_none(
        {
            "time_zone": policy.time_zone,
            "grid": _duration(policy.grid),
            "working_hours": _weekly(policy.working_hours),
            "busy_statuses": sorted(policy.busy_statuses),
            "release_calendar": policy.release_calendar,
            "coverage": coverage
            and {
                "time_zone": coverage.time_zone,
                "hours": _weekly(coverage.hours),
            },
            "kinds": {name: _kind(kind) for name, kind in policy.kinds.items()},
        }
    )


def _entry(entry: Entry) -> Doc:
    when = {"hours": _weekly(entry.hours)} if entry.hours is not None else _span(entry.span) if entry.span else {}
    return _without_none(
        {
            "type": entry.type,
            "name": entry.name,
            **when,
            "time_zone": entry.time_zone,
            "services": None if entry.services is None else list(entry.services),
            "binds": list(entry.binds),
        }
    )


def _named(named: Named) -> Any:
    return list(named.people) if named.rota is None else {"rota": named.rota}


def _record(record: Record) -> Doc:
    deadline = record.deadline
    facts: Doc = {
        "services": list(record.services),
        "touches": None if record.touches is None else list(record.touches),
        "cutover": None if record.cutover is None else _span(record.cutover),
        "rollback_checkpoint": _instant(record.rollback_checkpoint),
        "evidence_cutoff": _instant(record.evidence_cutoff),
        "evidence": [
            _without_none(
                {
                    "name": each.name,
                    "ready_by": _instant(each.ready_by),
                    "valid_until": _instant(each.valid_until),
                }
            )
            for each in record.evidence
        ],
        "customer": record.customer,
        "language": record.language,
        "deadline": deadline
        and {
            "from": _instant(deadline.start),
            "business_days": deadline.business_days,
            "time_zone": deadline.time_zone,
            "closes_at": deadline.closes_at,
        },
    }
    return {
        "id": record.id,
        "kind": record.kind,
        "title": record.title,
        "state": record.state,
        "owner": record.owner,
        "roles": {role: _named(named) for role, named in record.roles.items()},
        **{key: value for key, value in facts.items() if key in record.stated},
    }


def _calendar(known: Availability) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//random workspace//EN"]
    for number, each in enumerate(known.busy):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}@example.com",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART:{_stamp(each.start)}",
            f"DTEND:{_stamp(each.end)}",
            f"X-MICROSOFT-CDO-BUSYSTATUS:{_STATUS[each.status]}",
            "SUMMARY:nobody's business",
            "END:VEVENT",
        ]
    return _joined([*lines, "END:VCALENDAR"])


def _joined(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
