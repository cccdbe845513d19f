"""An organisation for torture: as many records as wanted, few people, so that meetings stand in each other's way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from integrations.sandbox.sandbox import ORGANIZER

NOW = datetime(2026, 11, 30, 8, 2, tzinfo=UTC)  # a Monday
ZONES = ("UTC", "Europe/London", "Europe/Berlin")
ROLES = ("release_manager", "service_owner", "on_call_reliability_lead", "security_reviewer")
LEADS = ("p00", "p01", "p02")
PUBLIC, PRIVATE = 10, 2
# Slack does not let the bot look into private channels here: the optional right is missing.
SCOPES = (
    "commands", "chat:write", "links:read", "links:write", "users:read", "users:read.email", "usergroups:read",
    "channels:read", "groups:read", "im:read", "im:write", "channels:history", "im:history", "files:write",
)  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A record that somebody will ask a review for, and who has to do with it."""

    id: str
    channel: str
    owner: str
    seats: tuple[str, ...]

    @property
    def involved(self) -> tuple[str, ...]:
        return (self.owner, *self.seats)


@dataclass(frozen=True)
class Office:
    folder: Path
    people: tuple[str, ...]
    subjects: tuple[Subject, ...]


def slack_id(person: str) -> str:
    return f"U0{person.upper()}"


def blind(channel: str) -> bool:
    """Whether the bot may not look into that channel."""
    return channel.startswith("G")


def office(folder: Path, meetings: int, random: Random, people: int = 60) -> Office:
    """Written as the sandbox reads an organisation."""
    folder.mkdir(parents=True)
    names = tuple(f"p{n:02d}" for n in range(people))
    channels = [f"C0T{n:02d}" for n in range(PUBLIC)] + [f"G0T{n:02d}" for n in range(PRIVATE)]
    subjects = tuple(_subject(n, names, channels, random) for n in range(meetings))
    _json(folder / "slack.json", _slack(names, channels))
    _json(folder / "calendars.json", _calendars(names, random))
    _json(folder / "story.json", {"now": NOW.isoformat(), "steps": [], "watch": []})
    _workspace(folder / "workspace", names, subjects, random)
    return Office(folder, names, subjects)


def _subject(number: int, names: tuple[str, ...], channels: list[str], random: Random) -> Subject:
    owner, *seats = random.sample(names, 1 + len(ROLES))
    return Subject(f"CHG-{1001 + number}", random.choice(channels), owner, tuple(seats))


def _slack(names: tuple[str, ...], channels: list[str]) -> dict[str, Any]:
    members = [slack_id(n) for n in names]
    return {
        "team": {"id": "T0TORTURE", "name": "Torture", "domain": "torture"},
        "bot": {"user_id": "U0BOT", "bot_id": "B0READY", "app_id": "A0READY", "name": "Readiness"},
        "scopes": list(SCOPES),
        "commands": ["/readiness-review", "/rca-readout"],
        "users": [
            {"id": slack_id(n), "name": n, "real_name": _name(n), "email": f"{n}@example.com", "tz": _zone(n)}
            for n in names
        ],
        "channels": [
            {"id": c, "name": c.lower(), "members": members, "is_private": blind(c), "bot_member": True}
            for c in channels
        ],
    }


def _name(person: str) -> str:
    return f"Person {person[1:]}"


def _zone(person: str) -> str:
    return ZONES[int(person[1:]) % len(ZONES)]


def _provider(person: str) -> str:
    return "google" if int(person[1:]) % 5 < 3 else "microsoft"


def _calendars(names: tuple[str, ...], random: Random) -> dict[str, Any]:
    book = [
        {"id": f"{n}@example.com", "provider": _provider(n), "owner": _name(n), "mail": f"{n}@example.com", "time_zone": _zone(n)}
        for n in names
    ]  # fmt: skip
    book.append({"id": ORGANIZER, "provider": "google", "owner": "Releases", "mail": ORGANIZER, "time_zone": "UTC"})
    events = [_busy(n, day, random) for n in names for day in range(12) if random.random() < 0.5]
    return {"calendars": book, "events": events}


def _busy(person: str, day: int, random: Random) -> dict[str, str]:
    start = NOW.replace(hour=9, minute=0) + timedelta(days=day, minutes=30 * random.randrange(14))
    end = start + timedelta(minutes=random.choice((30, 60, 120)))
    said = {"calendar": f"{person}@example.com", "title": "Busy", "place": "", "show_as": "busy"}
    return said | {"start": start.isoformat(), "end": end.isoformat()}


POLICY = """\
time_zone: UTC
grid: 30m
working_hours: {mon-fri: ["08:00-18:00"]}
release_calendar: files
kinds:
  readiness:
    title: Release-readiness review
    duration: 30m
    notice: 1h
    horizon: 12d
    before: {cutover: 1h}
    requires: [cutover]
    states: [approved]
    roles: {release_manager: {}, service_owner: {}, on_call_reliability_lead: {}, security_reviewer: {}}
    rules:
      working_hours: {strength: exception, approvers: [release_owner, release_leads]}
      protected: {strength: exception, approvers: [release_owner, release_leads]}
      booked: prefer
    holds: {slots: 2, ttl: 4h}
    offers: {count: 4, per_day: 2}
    confirmed_by: [release_owner, release_manager]
    substitutes_approved_by: [release_owner, release_leads]
    escalation: {to: release_leads, after: 30m}
"""


def _workspace(folder: Path, names: tuple[str, ...], subjects: tuple[Subject, ...], random: Random) -> None:
    (folder / "records").mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY, "utf-8")
    (folder / "release-calendar.yaml").write_text("entries: []\n", "utf-8")
    people = "people:\n" + "".join(_person(n, names, random) for n in names)
    teams = f"teams:\n  release_leads: {{members: [{', '.join(LEADS)}]}}\n"
    (folder / "people.yaml").write_text(people + teams, "utf-8")
    for subject in subjects:
        (folder / "records" / f"{subject.id}.yaml").write_text(_record(subject, random), "utf-8")


def _person(person: str, names: tuple[str, ...], random: Random) -> str:
    """One in four has somebody who might sit in for them, whose authority nobody has confirmed."""
    lines = [
        f"  {person}:",
        f"    name: {_name(person)}",
        f"    email: {person}@example.com",
        f"    slack: {slack_id(person)}",
        f"    time_zone: {_zone(person)}",
        f"    calendars: [{{provider: {_provider(person)}, id: {person}@example.com}}]",
    ]
    if random.random() < 0.25:
        other = random.choice([n for n in names if n != person])
        lines.append(f"    delegates: [{{person: {other}, roles: [{', '.join(ROLES)}], authority: unconfirmed}}]")
    return "\n".join(lines) + "\n"


def _record(subject: Subject, random: Random) -> str:
    """One in five must be decided within a day at the weekend: nothing fits, and people are asked."""
    narrow = random.random() < 0.2
    ready = datetime(2026, 12, 5, 8, tzinfo=UTC) if narrow else NOW + timedelta(hours=random.choice((0, 0, 24)))
    stale = datetime(2026, 12, 5, 20, tzinfo=UTC) if narrow else ready + timedelta(days=9)
    cutover = stale + timedelta(hours=4)
    roles = "\n".join(f"  {role}: [{who}]" for role, who in zip(ROLES, subject.seats, strict=True))
    return (
        f"id: {subject.id}\nkind: readiness\ntitle: A change of service {subject.id[4:]}\nstate: approved\n"
        f'revision: "1"\nservices: [identity]\ntouches: []\nowner: {subject.owner}\n'
        f"cutover: {{start: {cutover.isoformat()}, end: {(cutover + timedelta(hours=2)).isoformat()}}}\n"
        f"evidence:\n  - {{name: load test, ready_by: {ready.isoformat()}, valid_until: {stale.isoformat()}}}\n"
        f"roles:\n{roles}\n"
    )


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), "utf-8")
