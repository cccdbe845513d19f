"""Writes the demo organisation's calendars: two believable busy weeks around the worked story, the same on every run.

Run `python -m tests.sandbox_page.weeks` after changing it; a test holds the file to what this module says.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ORGANISATION = Path(__file__).parents[2] / "integrations" / "sandbox" / "organisation"
NEW_YORK = ZoneInfo("America/New_York")
DAYS = [date(2026, 11, 30) + timedelta(days=d) for d in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]


class Desk(NamedTuple):
    """One person's calendar and the hours in which colleagues book them."""

    provider: str
    zone: str
    hours: tuple[int, int]
    team: str


DESKS = {
    "dana": Desk("google", "America/Chicago", (9, 17), "release"),
    "priya": Desk("google", "America/New_York", (9, 17), "release"),
    "ben": Desk("google", "America/New_York", (9, 17), "release"),
    "grace": Desk("microsoft", "Europe/London", (9, 17), "release"),
    "lee": Desk("microsoft", "America/New_York", (9, 17), "build"),
    "wei": Desk("google", "Asia/Singapore", (9, 17), "build"),
    "hana": Desk("google", "America/Los_Angeles", (9, 17), "build"),
    "ravi": Desk("microsoft", "Europe/London", (10, 18), "run"),
    "tom": Desk("google", "America/New_York", (10, 18), "run"),
    "elena": Desk("microsoft", "Europe/Berlin", (9, 17), "run"),
    "jonas": Desk("google", "Europe/Berlin", (12, 20), "run"),
    "anika": Desk("microsoft", "Asia/Kolkata", (13, 20), "run"),
    "mei": Desk("microsoft", "America/New_York", (9, 17), "data"),
    "omar": Desk("google", "America/Chicago", (9, 17), "data"),
    "ines": Desk("microsoft", "Europe/Berlin", (9, 17), "data"),
    "nikhil": Desk("google", "Asia/Kolkata", (11, 20), "data"),
    "fatima": Desk("microsoft", "America/Chicago", (9, 17), "data"),
    "noor": Desk("microsoft", "Europe/London", (9, 17), "guard"),
    "sam": Desk("google", "America/Chicago", (8, 16), "guard"),
    "kofi": Desk("microsoft", "Europe/London", (9, 17), "guard"),
    "carlos": Desk("google", "America/New_York", (9, 17), "build"),
    "marco": Desk("google", "Europe/Berlin", (9, 17), "build"),
    "aisha": Desk("microsoft", "Europe/London", (9, 17), "build"),
    "sofia": Desk("google", "America/Chicago", (9, 17), "release"),
    "yuki": Desk("google", "Asia/Tokyo", (10, 18), "build"),
    "eva": Desk("google", "America/Chicago", (9, 17), "support"),
    "carla": Desk("microsoft", "America/Denver", (8, 17), "support"),
    "bea": Desk("microsoft", "America/Toronto", (9, 17), "support"),
    "lupe": Desk("google", "Europe/Madrid", (14, 22), "words"),
    "memo": Desk("microsoft", "America/Mexico_City", (9, 17), "words"),
    "nadia": Desk("google", "Europe/Paris", (12, 21), "words"),
    "ivan": Desk("google", "America/Mexico_City", (9, 18), "customer"),
    "bruno": Desk("google", "America/Toronto", (9, 17), "customer"),
}
# Customers' people: their calendars are shared with us for reading.
ELSEWHERE = {"ivan": ("Ivan Soto", "acme.example.com"), "bruno": ("Bruno Gagnon", "globex.example.com")}
# Globex shares Bruno's calendar for reading alone; Acme's would let itself be written, and must not be.
UNREADABLE, READ_ONLY = {"kofi"}, {"marco", "bruno"}

TITLES = {
    "release": ["Change advisory board", "Launch calendar walk-through", "Vendor roadmap call", "Customer notice drafting",
                "Quarterly audit evidence", "Steering committee prep", "Budget check-in"],
    "build": ["Sprint planning", "Design review", "Pairing", "Backlog refinement", "API contract walk-through",
              "Load-test review", "Architecture forum"],
    "run": ["Incident review", "Capacity planning", "Alert tuning", "Runbook rehearsal", "Postmortem writing", "Error-budget review"],
    "data": ["Schema review", "Replica lag triage", "Backup restore drill", "Query clinic", "Storage cost review", "Vacuum window planning"],
    "support": ["Escalation triage", "Account review", "Renewal call", "Queue stand-up", "Coaching", "Playbook review"],
    "words": ["Court hearing", "Hospital visit", "Glossary work", "Conference call", "Briefing"],
    "customer": ["Operations stand-up", "Audit preparation", "Vendor call", "Regulator call", "Budget round"],
    "guard": ["Threat model", "Pen-test debrief", "Access recertification", "Vulnerability triage", "Vendor security review"],
}  # fmt: skip
PERSONAL = [
    "Dentist",
    "School run",
    "Interview: staff engineer",
    "1:1",
    "Physio",
    "Mentoring",
    "Parents' evening",
    "Flat viewing",
]
PLACES = ["", "", "", "Room Ash", "Room Birch", "Room Cedar", "Video", "Phone"]

# The worked story, in New York time: (person, day, from, to, title, show_as). Day 30 is the last of November.
STORY: list[tuple[str, int, str, str, str, str]] = [
    # Tuesday: a freeze until 10:00, then one hour in which everybody is free, then the data team is gone.
    ("lee", 1, "09:30", "10:30", "Login flow design review", "busy"),
    ("lee", 1, "14:00", "15:00", "Architecture forum", "busy"),
    ("lee", 1, "16:00", "16:30", "1:1 with Hana", "busy"),
    ("dana", 1, "09:30", "10:15", "Launch calendar walk-through", "busy"),
    ("dana", 1, "11:45", "12:45", "Change advisory board", "busy"),
    ("dana", 1, "16:30", "17:30", "Vendor roadmap call", "tentative"),
    ("mei", 1, "09:00", "10:00", "Replica lag triage", "busy"),
    ("mei", 1, "11:30", "12:30", "Backup restore drill", "busy"),
    ("mei", 1, "13:00", "14:00", "1:1 about the new role", "busy"),
    ("mei", 1, "15:00", "16:30", "Schema review", "busy"),
    ("omar", 1, "10:00", "11:00", "Query clinic", "busy"),
    ("omar", 1, "11:30", "13:00", "Backup restore drill", "busy"),
    ("omar", 1, "15:30", "17:00", "Dentist", "oof"),
    ("ravi", 1, "07:00", "08:00", "Incident review", "busy"),
    ("ravi", 1, "09:00", "10:00", "Runbook rehearsal", "busy"),
    ("ravi", 1, "12:00", "13:00", "Error-budget review", "busy"),
    ("tom", 1, "10:30", "12:00", "Capacity planning", "busy"),
    ("tom", 1, "14:00", "15:00", "Alert tuning", "busy"),
    ("noor", 1, "05:00", "06:30", "Pen-test debrief", "busy"),
    ("noor", 1, "09:00", "10:15", "Threat model", "busy"),
    ("noor", 1, "11:45", "13:00", "Access recertification", "busy"),
    ("sam", 1, "10:00", "12:00", "Vulnerability triage", "busy"),
    ("sam", 1, "13:30", "15:00", "Parents' evening", "oof"),
    ("sam", 1, "16:15", "17:00", "Vendor security review", "busy"),
    ("ines", 1, "04:00", "06:00", "Storage cost review", "busy"),
    ("ines", 1, "09:00", "10:00", "Schema review", "tentative"),
    # Wednesday: one early hour with everybody, and one start in the afternoon at which Omar sits in for Mei.
    ("lee", 2, "10:30", "12:00", "Customer escalation sync", "busy"),
    ("lee", 2, "12:30", "13:30", "Sprint planning", "busy"),
    ("lee", 2, "16:00", "17:00", "Interview: staff engineer", "busy"),
    ("dana", 2, "10:45", "11:30", "Steering committee prep", "busy"),
    ("dana", 2, "15:30", "16:30", "Quarterly audit evidence", "busy"),
    ("mei", 2, "11:00", "12:00", "Schema review", "busy"),
    ("mei", 2, "13:30", "15:00", "Storage cost review", "busy"),
    ("mei", 2, "16:00", "16:30", "1:1", "busy"),
    ("omar", 2, "10:00", "12:00", "Vacuum window planning", "busy"),
    ("omar", 2, "14:45", "16:00", "Replica lag triage", "busy"),
    ("ravi", 2, "06:00", "07:30", "Postmortem writing", "busy"),
    ("ravi", 2, "11:00", "12:15", "Capacity planning", "busy"),
    ("tom", 2, "11:00", "12:00", "Runbook rehearsal", "busy"),
    ("tom", 2, "16:15", "17:15", "Alert tuning", "busy"),
    ("noor", 2, "07:00", "08:30", "Vendor security review", "busy"),
    ("noor", 2, "11:30", "13:00", "Flat viewing", "oof"),
    ("sam", 2, "09:00", "09:45", "Stand-up and triage", "busy"),
    ("sam", 2, "11:30", "13:30", "Pen-test debrief", "busy"),
    ("sam", 2, "15:15", "16:30", "Threat model", "busy"),
    ("ines", 2, "08:30", "10:30", "Backup restore drill", "busy"),
    # Payments, midweek: a simple one, with room on both days.
    ("carlos", 2, "09:00", "10:00", "Design review", "busy"),
    ("ben", 2, "13:00", "14:00", "Vendor roadmap call", "busy"),
    ("fatima", 2, "10:00", "10:30", "Query clinic", "busy"),
    ("jonas", 2, "08:00", "09:00", "Alert tuning", "busy"),
    ("carlos", 3, "12:00", "13:00", "Backlog refinement", "busy"),
    ("ben", 3, "09:00", "10:00", "Change advisory board", "busy"),
    ("fatima", 3, "11:00", "11:30", "Schema review", "busy"),
    ("jonas", 3, "07:00", "08:00", "Incident review", "busy"),
    # Friday: the payments owner is in a workshop that only he can leave.
    ("carlos", 4, "10:00", "13:00", "Card-network certification workshop", "busy"),
    ("ben", 4, "11:00", "12:00", "Budget check-in", "busy"),
    ("jonas", 4, "08:00", "09:30", "Incident review", "busy"),
    ("fatima", 4, "14:00", "15:00", "Query clinic", "busy"),
    # The same Friday: everybody for the partner sign-on is free at ten, but nobody can see whether Kofi is.
    ("elena", 4, "08:00", "09:30", "Runbook rehearsal", "busy"),
    ("aisha", 4, "11:00", "12:00", "API contract walk-through", "busy"),
    # The Wednesday after: security is nowhere inside its hours, and Sam's evening would do.
    ("sam", 9, "09:00", "12:00", "Access recertification", "busy"),
    ("sam", 9, "12:00", "17:00", "Red-team exercise", "busy"),
    ("noor", 9, "11:00", "13:00", "Audit committee", "busy"),
    ("noor", 9, "13:00", "20:00", "Train to Leeds", "oof"),
    ("dana", 9, "10:00", "11:00", "Change advisory board", "busy"),
    ("hana", 9, "13:00", "13:45", "Session store walk-through", "busy"),
    ("omar", 9, "10:30", "11:30", "Query clinic", "busy"),
    ("tom", 9, "10:00", "11:30", "Incident review", "busy"),
    # The readout for Acme: one hour on Tuesday, one on Wednesday, one on Thursday before the hand-off; then after hours.
    ("eva", 1, "10:00", "11:00", "Escalation triage", "busy"),
    ("eva", 1, "13:30", "14:30", "Account review", "busy"),
    ("eva", 2, "11:00", "12:00", "Queue stand-up", "busy"),
    ("eva", 2, "14:30", "15:30", "Coaching", "busy"),
    ("eva", 3, "10:00", "11:30", "Escalation triage", "busy"),
    ("eva", 3, "13:00", "13:45", "Renewal call", "busy"),
    ("carla", 1, "11:00", "11:45", "Account review", "busy"),
    ("carla", 1, "13:15", "14:45", "Renewal call", "busy"),
    ("carla", 2, "10:00", "10:45", "Queue stand-up", "busy"),
    ("carla", 2, "15:00", "16:00", "Account review", "tentative"),
    ("carla", 3, "12:00", "13:30", "Renewal call", "busy"),
    ("ivan", 1, "10:30", "11:30", "Regulator call", "busy"),
    ("ivan", 1, "14:00", "15:00", "Operations stand-up", "busy"),
    ("ivan", 2, "10:00", "11:00", "Vendor call", "busy"),
    ("ivan", 3, "16:00", "16:30", "Regulator call", "busy"),
    ("tom", 3, "11:00", "12:00", "Incident review", "busy"),
    ("lupe", 2, "11:00", "11:30", "Conference call", "busy"),
    ("lupe", 3, "09:00", "10:00", "Hospital visit", "busy"),
    ("memo", 1, "10:00", "10:45", "Glossary work", "busy"),
    ("memo", 3, "10:00", "11:00", "Court hearing", "busy"),
    # Other readouts: a fix owner who is free after hours, a customer with one hour, a director on leave, a booked interpreter.
    ("hana", 1, "12:00", "14:30", "Session store walk-through", "busy"),
    ("hana", 1, "14:30", "17:00", "Design review", "busy"),
    ("bruno", 1, "09:00", "12:00", "Audit preparation", "busy"),
    ("bruno", 1, "12:00", "15:00", "Budget round", "busy"),
    ("bruno", 1, "16:00", "17:00", "Vendor call", "busy"),
    *(("bea", day, "09:00", "17:00", "Annual leave", "oof") for day in (1, 2, 3, 4)),
    ("nadia", 4, "10:00", "12:00", "Court hearing", "busy"),
    ("eva", 4, "12:30", "13:30", "Account review", "busy"),
    ("carla", 4, "14:00", "15:00", "Account review", "busy"),
    ("bruno", 4, "13:00", "14:00", "Vendor call", "busy"),
    ("tom", 4, "13:30", "14:30", "Alert tuning", "busy"),
    # Monday, at once: the emergency change.
    ("carlos", 30, "09:30", "10:00", "Backlog refinement", "busy"),
    ("ben", 30, "09:00", "10:00", "Vendor roadmap call", "tentative"),
    ("sam", 30, "09:00", "09:45", "Vulnerability triage", "busy"),
    ("jonas", 30, "11:00", "12:00", "Alert tuning", "busy"),
]  # fmt: skip

# On these days these people have what the story says and nothing else.
TOLD = {(person, day) for person, day, *_ in STORY}


def address(person: str) -> str:
    return f"{person}@{ELSEWHERE[person][1] if person in ELSEWHERE else 'example.com'}"


def calendars() -> list[dict[str, Any]]:
    """One calendar for each desk, with what its owner shares."""
    slack = json.loads((ORGANISATION / "slack.json").read_text("utf-8"))
    names = {user["name"]: user["real_name"] for user in slack["users"]} | {p: n for p, (n, _) in ELSEWHERE.items()}
    desk_of_releases = {
        "id": "releases@example.com",
        "provider": "google",
        "owner": "Releases",
        "mail": "releases@example.com",
        "time_zone": "America/New_York",
        "readable": True,
        "writable": True,
    }  # sends the invites, holds nobody
    return [
        {
            "id": address(person),
            "provider": desk.provider,
            "owner": names[person],
            "mail": address(person),
            "time_zone": desk.zone,
            "readable": person not in UNREADABLE,
            "writable": person not in UNREADABLE | READ_ONLY,
        }
        for person, desk in DESKS.items()
    ] + [desk_of_releases]


def event(person: str, start: datetime, end: datetime, title: str, place: str, show_as: str) -> dict[str, Any]:
    instant = "%Y-%m-%dT%H:%M:%SZ"
    utc = ZoneInfo("UTC")
    return {
        "calendar": address(person),
        "start": start.astimezone(utc).strftime(instant),
        "end": end.astimezone(utc).strftime(instant),
        "title": title,
        "place": place,
        "show_as": show_as,
    }


def _day(number: int) -> date:
    return next(day for day in DAYS if day.day == number)


def told() -> Iterator[dict[str, Any]]:
    """The events that make the story come out as it does."""
    for person, day, start, end, title, show_as in STORY:
        on = _day(day)
        begins = datetime.combine(on, time.fromisoformat(start), NEW_YORK)
        ends = datetime.combine(on, time.fromisoformat(end), NEW_YORK)
        place = random.Random(f"{person}{on}{start}").choice(PLACES)
        yield event(person, begins, ends, title, place, show_as)


def ordinary(person: str, desk: Desk, on: date) -> Iterator[dict[str, Any]]:
    """An ordinary working day: two to five meetings, never one on top of another, sometimes a day away."""
    chance = random.Random(f"{person} {on}")
    zone, (first, last) = ZoneInfo(desk.zone), desk.hours
    if chance.random() < 0.04:
        morning, evening = (datetime.combine(on, time(hour), zone) for hour in (first, last))
        yield event(
            person,
            morning,
            evening,
            chance.choice(["Annual leave", "Public-sector training", "Medical appointment"]),
            "",
            "oof",
        )
        return
    at = first * 60 + chance.choice([0, 15, 30, 45, 60])
    while at + 30 <= last * 60:
        length = chance.choice([30, 30, 45, 60, 60, 90])
        start = datetime.combine(on, time(at // 60, at % 60), zone)
        title = chance.choice(TITLES[desk.team] if chance.random() < 0.75 else PERSONAL)
        show_as = chance.choices(["busy", "tentative", "oof", "free"], [80, 10, 5, 5])[0]
        yield event(person, start, start + timedelta(minutes=length), title, chance.choice(PLACES), show_as)
        at += length + chance.choice([15, 45, 60, 90, 120, 150])


def events() -> list[dict[str, Any]]:
    ordinary_days = (
        each
        for person, desk in DESKS.items()
        for on in DAYS
        if (person, on.day) not in TOLD
        for each in ordinary(person, desk, on)
    )
    return sorted([*told(), *ordinary_days], key=lambda e: (e["calendar"], e["start"], e["end"]))


def text() -> str:
    """The file: one event a line, so that a change of one meeting is a change of one line."""

    def lines(rows: list[dict[str, Any]]) -> str:
        return ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)

    return f'{{\n "calendars": [\n{lines(calendars())}\n ],\n "events": [\n{lines(events())}\n ]\n}}\n'


if __name__ == "__main__":
    (ORGANISATION / "calendars.json").write_text(text(), "utf-8")
