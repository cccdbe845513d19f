"""The contract's own documents as a workspace, and edits of them."""

from __future__ import annotations

import shutil
from pathlib import Path

FILES = Path(__file__).parent / "workspace_files"


def copied(folder: Path) -> Path:
    """A workspace of one's own."""
    root = folder / "workspace"
    shutil.copytree(FILES, root)
    return root


def edit(root: Path, file: str, old: str, new: str) -> int:
    """Replace the one place where `old` stands; gives its line."""
    path = root / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1


# (file, what stands there, what is written instead, the key that is complained of, words of the complaint,
#  whether a schema can see it too)
MISTAKES: list[tuple[str, str, str, str, str, bool]] = [
    ("policy.yaml", "grid: 15m", "gird: 15m", "gird", 'did you mean "grid"?', True),
    ("policy.yaml", "grid: 15m", "grid: 0m", "grid", "longer than nothing", True),
    ("policy.yaml", "grid: 15m", "grid: 15 m", "grid", "not a duration", True),
    ("policy.yaml", "grid: 15m", "grid: 1.5h", "grid", "not a duration", True),
    ("policy.yaml", "grid: 15m", "grid: -5m", "grid", "not a duration", True),
    ("policy.yaml", "grid: 15m", "grid: 999999999d", "grid", "hundred years", False),
    ("policy.yaml", "grid: 15m", "grid: [15m]", "grid", "must be a text", True),
    ("policy.yaml", "release_calendar: files", "release_calendar: file", "release_calendar", '"files"?', True),
    ("policy.yaml", "time_zone: America/New_York", "time_zone: america/new_york", "time_zone", "America/New_York", False),
    ("policy.yaml", "time_zone: America/New_York", "time_zone: America", "time_zone", "not an IANA", False),
    ("policy.yaml", "time_zone: America/New_York", "time_zone: ''", "time_zone", "must not be empty", True),
    ("policy.yaml", "time_zone: America/New_York", "", "time_zone", "is missing", True),
    ("policy.yaml", "out_of_office]", "ooo]", "busy_statuses[2]", "not known", True),
    ("policy.yaml", "    duration: 45m\n", "", "kinds.release-readiness.duration", "is missing", True),
    ("policy.yaml", "  release-readiness:\n", "  release readiness:\n", 'kinds.release readiness', "not an id", True),
    ("policy.yaml", "      freeze: never", "      freeze: exception", "kinds.release-readiness.rules.freeze", "needs approvers", True),
    ("policy.yaml", "      freeze: never", "      freeze: {strength: exception, approvers: []}",
     "kinds.release-readiness.rules.freeze.approvers", "must not be empty", True),
    ("policy.yaml", "      freeze: never", "      busy: prefer", "kinds.release-readiness.rules.busy", "always never", True),
    ("policy.yaml", "      freeze: never", "      busy: {strength: exception, approvers: [x]}",
     "kinds.release-readiness.rules.busy", "always never", True),
    ("policy.yaml", "      freeze: never", "      freezes: never", "kinds.release-readiness.rules.freezes", '"freeze"', True),
    ("policy.yaml", "      freeze: never", "      freeze: {approvers: [x]}", "kinds.release-readiness.rules.freeze.strength",
     "is missing", True),
    ("policy.yaml", "{slots: 2, ttl: 4h}", "{slots: 0, ttl: 4h}", "kinds.release-readiness.holds.slots", "from 1", True),
    ("policy.yaml", "{slots: 2, ttl: 4h}", "{slots: two}", "kinds.release-readiness.holds.slots", "from 1", True),
    ("policy.yaml", "{slots: 2, ttl: 4h}", "2", "kinds.release-readiness.holds", "must be a mapping", True),
    ("policy.yaml", "{to: release_leads, after: 30m}", "{after: 30m}", "kinds.release-readiness.escalation.to", "missing", True),
    ("policy.yaml", "{to: release_leads, after: 30m}", "{to: release_leads, after: 0m}",
     "kinds.release-readiness.escalation.after", "longer than nothing", True),
    ("policy.yaml", "requires: [deadline, customer]", "requires: [deadlin]", "kinds.rca-readout.requires[0]", '"deadline"', True),
    ("policy.yaml", "{when_language: true}", "{when_language: yes}", "kinds.rca-readout.roles.interpreter.when_language",
     "not known", True),
    ("policy.yaml", "disclosure: minimal", "disclosure: none", "kinds.rca-readout.disclosure", "not known", True),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {mon-fri: "08:00-18:00"}', "coverage.hours.mon-fri",
     "must be a list", True),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {mon-fri: ["08:00-08:00"]}', "coverage.hours.mon-fri[0]",
     "begins where it ends", False),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {mon-fri: ["24:00-06:00"]}', "coverage.hours.mon-fri[0]",
     "not a time of day", True),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {mon-fri: ["08:00-18:60"]}', "coverage.hours.mon-fri[0]",
     "not a time of day", True),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {mon-fri: [8-18]}', "coverage.hours.mon-fri[0]",
     "not a range of hours", True),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {Mon-fri: ["08:00-18:00"]}', "coverage.hours.Mon-fri",
     '"mon"', True),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', '  hours: {mon-wed: ["08:00-18:00"], wed: []}', "coverage.hours.wed",
     "a second time", False),
    ("policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}', "  hours: [mon]", "coverage.hours", "must be a mapping", True),
    ("people.yaml", "holidays: US-IL", "holidays: US-XX", "people.dana.holidays", "no subdivision of US", False),
    ("people.yaml", "holidays: US-IL", "holidays: us-IL", "people.dana.holidays", '"US"', True),
    ("people.yaml", "holidays: US-IL", "holidays: HolidayBase", "people.dana.holidays", "no country", True),
    ("people.yaml", "provider: google, id: dana@example.com", "provider: google", "people.dana.calendars[0]", "add id", True),
    ("people.yaml", "provider: google, id: dana@example.com", "provider: gogle, id: x", "people.dana.calendars[0].provider",
     '"google"', True),
    ("people.yaml", "provider: files, id: identity-team", "provider: files, id: ../x", "people.dana.calendars[1].id",
     "not an id", True),
    ("people.yaml", 'fri: ["08:30-13:00"]', 'thu-fri: ["08:30-13:00"]', "people.dana.working_hours.thu-fri", "names thu", False),
    ("people.yaml", "end: 2026-12-02T16:00:00Z", "end: 2026-12-02T15:00:00Z", "people.dana.protected[1].end", "after start", False),
    ("people.yaml", "end: 2026-12-02T16:00:00Z", "end: 2026-12-02T16:00:00", "people.dana.protected[1].end", "no offset", True),
    ("people.yaml", "end: 2026-12-02T16:00:00Z", "end: 2026-12-32T16:00:00Z", "people.dana.protected[1].end", "exists", False),
    ("people.yaml", "end: 2026-12-02T16:00:00Z", "end: 2026-12-02", "people.dana.protected[1].end", "not an instant", True),
    ("people.yaml", "end: 2026-12-02T16:00:00Z", "end: 2026-12-02 16:00:00Z", "people.dana.protected[1].end", "instant", True),
    ("people.yaml", "end: 2026-12-02T16:00:00Z", "end: 9999-12-31T23:59:59-14:00", "people.dana.protected[1].end", "exists", False),
    ("people.yaml", "end: 2026-12-02T16:00:00Z, name: hand-over", "name: x", "people.dana.protected[1]", "both start and end", True),
    ("people.yaml", '{hours: {wed: ["12:00-14:00"]}, name', '{hours: {wed: []}, start: 2026-12-02T16:00:00Z, name',
     "customers.acme.blackouts[1]", "both hours and start", True),
    ("people.yaml", "roster: []", "roster: ~", "people.sam.roster", "must be a list", True),
    ("people.yaml", "{person: omar, roles", "{person: dana, roles", "people.dana.delegates[0].person", "their own delegate", False),
    ("people.yaml", "{person: omar, roles", "{person: oma, roles", "people.dana.delegates[0].person", '"omar"', False),
    ("people.yaml", "confirmed_by: priya, ", "", "people.dana.delegates[0]", "needs confirmed_by", True),
    ("people.yaml", "members: [dana, priya]", "members: [dana, nobody]", "teams.release_leads.members[1]", "no person", False),
    ("people.yaml", "{person: ravi, start", "{person: nobody, start", "rotas.identity-primary.shifts[0].person", "no person", False),
    ("people.yaml", "payments-primary: {provider: pagerduty", "payments-primary: {provider: opsgenie", "rotas.payments-primary.provider", "not known", True),
    ("people.yaml", "payments-primary: {provider: pagerduty", "payments-primary: {shifts: []", "rotas.payments-primary", "both shifts and a provider", True),
    ("people.yaml", "    time_zone: America/Mexico_City\n", "", "customers.acme.time_zone", "is missing", True),
    ("people.yaml", "  carla:", "  'car la':", "people.car la", "not an id", True),
    ("release-calendar.yaml", "type: freeze", "type: freez", "entries[0].type", '"freeze"', True),
    ("release-calendar.yaml", "binds: [cutovers]", "binds: []", "entries[1].binds", "must not be empty", True),
    ("release-calendar.yaml", "binds: [cutovers]", "binds: cutovers", "entries[1].binds", "must be a list", True),
    ("release-calendar.yaml", "record: CHG-1042", "record: CHG 1042", "releases[0].record", "not an id", True),
    ("records/CHG-1042.yaml", "id: CHG-1042", "id: CHG-1043", "id", "not the file's name", False),
    ("records/CHG-1042.yaml", "kind: release-readiness", "kind: release-readines", "kind", '"release-readiness"', False),
    ("records/CHG-1042.yaml", "owner: priya\n", "", "owner", "is missing", True),
    ("records/CHG-1042.yaml", "service_owner: [lee]", "service_owner: lee", "roles.service_owner", "must be a list", True),
    ("records/CHG-1042.yaml", "{rota: identity-primary}", "{rotas: identity-primary}", "roles.on_call_reliability_lead.rotas",
     '"rota"', True),
    ("records/ESC-2207.yaml", "customer: acme", "customer: acne", "customer", '"acme"', False),
    ("records/ESC-2207.yaml", "business_days: 5", "business_days: 0", "deadline.business_days", "from 1", True),
    ("records/ESC-2207.yaml", 'closes_at: "18:00"', 'closes_at: "6pm"', "deadline.closes_at", "not a time of day", True),
    ("records/ESC-2207.yaml", 'closes_at: "18:00"', 'closes_at: "24:00"', "deadline.closes_at", "not a time of day", True),
    ("records/ESC-2207.yaml", "from: 2026-12-01T10:15:00-06:00, ", "", "deadline.from", "is missing", True),
]  # fmt: skip
