"""The exact invite: the meeting packet from the record's fields, or next to nothing where disclosure is minimal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core import facts as f
from bot.core.invitation import draft, place
from bot.core.people import Customer, Person, Weekly
from bot.core.policy import Kind
from bot.core.record import Evidence, Record
from bot.core.span import Span
from tests.core.test_authority import KIND, NOW, PEOPLE, RECORD

SPAN = Span(NOW, NOW + timedelta(minutes=45))
SLOT = f.Slot(
    span=SPAN,
    seats={
        "release_manager": f.Seat(person="manager"),
        "service_owner": f.Seat(person="service", standing="delegate"),
    },
)
DIRECTORY = PEOPLE.model_copy(
    update={
        "people": {
            "manager": Person(id="manager", name="Mona Lund", email="mona@example.com", time_zone="America/New_York",
                              working_hours=Weekly()),
            "service": Person(id="service", name="Sten Berg", time_zone="Asia/Kolkata", working_hours=Weekly()),
        },
        "customers": {"acme": Customer(id="acme", time_zone="Etc/UTC", modality="Video")},
    }
)  # fmt: skip
FULL = RECORD.model_copy(
    update={
        "url": "https://change.example.com/CHG-1", "revision": "3", "services": ("identity", "login"), "touches": ("schema",),
        "cutover": Span(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=4)),
        "rollback_checkpoint": NOW + timedelta(days=2, hours=2), "evidence_cutoff": NOW + timedelta(days=1),
        "evidence": (Evidence(name="load test", valid_until=NOW + timedelta(days=1)), Evidence(name="drill")),
        "customer": "acme",
    }
)  # fmt: skip


def written(record: Record = FULL, kind: Kind = KIND) -> str:
    made = draft(record, kind, DIRECTORY, SLOT, "America/New_York")
    return f"{made.title}\n{made.text}"


def test_the_packet_carries_each_field_of_the_record() -> None:
    assert written() == "\n".join([
        "Review CHG-1: A change",
        "Review for CHG-1: A change",
        "Record: https://change.example.com/CHG-1 (revision 3)",
        "Services: identity and login",
        "Touches: schema",
        "",
        "Cutover: Thu 3 Dec 2026 10:00 New York to Thu 3 Dec 2026 14:00 New York",
        "Rollback checkpoint: Thu 3 Dec 2026 12:00 New York",
        "Evidence cutoff: Wed 2 Dec 2026 10:00 New York",
        "Evidence “load test”: valid until Wed 2 Dec 2026 10:00 New York",
        "Evidence “drill”: no times stated",
        "",
        "Agenda: evidence against the entry criteria; rollback plan and checkpoint; open risks; decision by role.",
        "",
        "Who decides here:",
        "- release manager: Mona Lund",
        "- service owner: Sten Berg (delegate, authority confirmed)",
        "",
        "When:",
        "- Tue 1 Dec 2026 10:00 – 10:45 New York (UTC-0500)",
        "- Tue 1 Dec 2026 20:30 – 21:15 Kolkata (UTC+0530)",
    ])  # fmt: skip


@pytest.mark.parametrize("field", ["url", "revision", "cutover", "rollback_checkpoint", "evidence_cutoff", "touches"])
def test_what_the_record_does_not_say_is_not_said(field: str) -> None:
    text = written(FULL.model_copy(update={field: None}))

    assert "None" not in text
    assert len(text) < len(written())


def test_minimal_disclosure_says_nothing_of_the_record() -> None:
    text = written(kind=KIND.model_copy(update={"disclosure": "minimal"}))

    assert text.startswith("Review\nReview. By Video.\n")
    for secret in ("CHG-1", "A change", "identity", "schema", "load test", "Cutover", "change.example.com"):
        assert secret not in text
    assert "- release manager: Mona Lund" in text
    assert "Tue 1 Dec 2026 10:00 – 10:45 New York" in text


def test_who_has_no_address_is_named_to_be_told_by_hand() -> None:
    made = draft(FULL, KIND, DIRECTORY, SLOT, "America/New_York")

    assert [s.email for s in made.seated] == ["mona@example.com"]
    assert made.without_mail == ("service",)


def test_a_meeting_over_midnight_names_both_days() -> None:
    late = SLOT.model_copy(update={"span": Span(NOW + timedelta(hours=3, minutes=15), NOW + timedelta(hours=4))})

    assert (
        "- Tue 1 Dec 2026 23:45 – Wed 2 Dec 00:30 Kolkata (UTC+0530)"
        in draft(FULL, KIND, DIRECTORY, late, "America/New_York").text
    )


def test_a_zone_is_called_by_its_place() -> None:
    assert place("America/Argentina/Buenos_Aires") == "Buenos Aires"
    assert place("UTC") == "UTC"
