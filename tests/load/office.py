"""An organisation for load: hundreds of channels, a team of six for each few of them, and as many records as are asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.sandbox.sandbox import ORGANISATION, ORGANIZER

TEAM = "T0LOAD"
TEAMS, SEATS = 40, 5
ROLES = (
    "release_manager", "service_owner", "on_call_reliability_lead", "database_migration_owner", "security_reviewer",
)  # fmt: skip
_SCOPES = (
    "commands", "chat:write", "links:read", "links:write", "users:read", "users:read.email", "usergroups:read",
    "channels:read", "groups:read", "im:read", "im:write", "channels:history", "groups:history", "im:history", "files:write",
)  # fmt: skip


def channel(number: int) -> str:
    return f"C0L{number:04d}"


def crew(number: int) -> tuple[str, ...]:
    """Who a channel's reviews are about: the owner, then whoever holds each role. Five channels share a crew."""
    first = (number % TEAMS) * (SEATS + 1)
    return tuple(f"p{first + n:03d}" for n in range(SEATS + 1))


def slack_id(person: str) -> str:
    return f"U0{person.upper()}"


def record_of(number: int) -> str:
    """The review that stands in a channel before anything is counted."""
    return f"CHG-{10_000 + number}"


def fresh_record(number: int) -> str:
    """The n-th record that nobody has asked about yet."""
    return f"CHG-{50_000 + number}"


@dataclass(frozen=True)
class Office:
    folder: Path
    channels: int
    now: datetime


def office(folder: Path, channels: int, fresh: Iterable[tuple[str, int]]) -> Office:
    """Written as the sandbox reads an organisation. `fresh`: further records, each with the channel of its crew."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    people = [p for n in range(TEAMS) for p in crew(n)]
    (folder / "workspace" / "records").mkdir(parents=True)
    _json(folder / "slack.json", _slack(people, channels))
    _json(folder / "calendars.json", _calendars(people, now))
    _json(folder / "story.json", {"now": now.isoformat(), "steps": [], "watch": []})
    shutil.copy(ORGANISATION / "closing.json", folder)  # nothing is closed here; the sandbox wants it all the same
    workspace = folder / "workspace"
    (workspace / "policy.yaml").write_text(_POLICY, "utf-8")
    (workspace / "release-calendar.yaml").write_text("entries: []\n", "utf-8")
    (workspace / "people.yaml").write_text(_people(people), "utf-8")
    for record, number in [*((record_of(n), n) for n in range(channels)), *fresh]:
        (workspace / "records" / f"{record}.yaml").write_text(_record(record, number, now), "utf-8")
    return Office(folder, channels, now)


def _slack(people: list[str], channels: int) -> dict[str, Any]:
    def members(number: int) -> list[str]:
        return [slack_id(p) for p in crew(number)]

    return {
        "team": {"id": TEAM, "name": "Load", "domain": "load"},
        "bot": {"user_id": "U0BOT", "bot_id": "B0READY", "app_id": "A0READY", "name": "Readiness"},
        "scopes": list(_SCOPES),
        "commands": ["/readiness-review"],
        "users": [
            {"id": slack_id(p), "name": p, "real_name": f"Person {p[1:]}", "email": f"{p}@example.com", "tz": "Etc/UTC"}
            for p in people
        ],
        "channels": [{"id": channel(n), "name": channel(n).lower(), "members": members(n)} for n in range(channels)],
    }


def _provider(person: str) -> str:
    return "google" if int(person[1:]) % 5 < 3 else "microsoft"


def _calendars(people: list[str], now: datetime) -> dict[str, Any]:
    def calendar(person: str, provider: str) -> dict[str, str]:
        mail = person if "@" in person else f"{person}@example.com"
        return {"id": mail, "provider": provider, "owner": person, "mail": mail, "time_zone": "UTC"}

    book = [calendar(p, _provider(p)) for p in people] + [calendar(ORGANIZER, "google")]
    events = [_busy(p, day, now) for p in people for day in range(7)]
    return {"calendars": book, "events": events}


def _busy(person: str, day: int, now: datetime) -> dict[str, str]:
    start = now.replace(hour=8 + (int(person[1:]) + 3 * day) % 11, minute=0) + timedelta(days=day)
    said = {"calendar": f"{person}@example.com", "title": "Busy", "place": "", "show_as": "busy"}
    return said | {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}


_POLICY = """\
time_zone: UTC
grid: 15m
working_hours: {mon-sun: ["08:00-20:00"]}
release_calendar: files
kinds:
  release-readiness:
    title: Release-readiness review
    duration: 45m
    notice: 1h
    horizon: 14d
    before: {cutover: 4h}
    requires: [cutover]
    states: [approved]
    roles:
      release_manager: {}
      service_owner: {}
      on_call_reliability_lead: {}
      database_migration_owner: {}
      security_reviewer: {}
    rules:
      working_hours: {strength: exception, approvers: [release_owner]}
      booked: prefer
    holds: {slots: 1, ttl: 4h}
    offers: {count: 5, per_day: 2}
    confirmed_by: [release_owner, release_manager]
    substitutes_approved_by: [release_owner]
    escalation: {to: leads, after: 30m}
"""


def _people(people: list[str]) -> str:
    told = "".join(
        f"  {p}:\n    name: Person {p[1:]}\n    email: {p}@example.com\n    slack: {slack_id(p)}\n    time_zone: UTC\n"
        f"    calendars: [{{provider: {_provider(p)}, id: {p}@example.com}}]\n"
        for p in people
    )
    return f"people:\n{told}teams:\n  leads: {{members: [{', '.join(people[:3])}]}}\n"


def _record(record: str, number: int, now: datetime) -> str:
    owner, *seats = crew(number)
    ready, cutover = now, now + timedelta(days=8)
    roles = "\n".join(f"  {role}: [{who}]" for role, who in zip(ROLES, seats, strict=True))
    return (
        f"id: {record}\nkind: release-readiness\ntitle: A change of service {number}\nstate: approved\n"
        f'revision: "1"\nservices: [service-{number}]\ntouches: []\nowner: {owner}\n'
        f"cutover: {{start: {cutover.isoformat()}, end: {(cutover + timedelta(hours=2)).isoformat()}}}\n"
        f"evidence:\n  - {{name: load test, ready_by: {ready.isoformat()}, valid_until: {cutover.isoformat()}}}\n"
        f"roles:\n{roles}\n"
    )


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), "utf-8")
