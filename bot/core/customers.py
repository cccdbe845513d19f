"""Whose calendar is a customer's: nothing is written there before a person has confirmed the meeting."""

from __future__ import annotations

from bot.core.people import Directory, Person
from bot.core.record import Record


def is_the_customers(person: Person, record: Record, people: Directory) -> bool:
    """In the record of a customer, whoever has no mail address of the owner's own organisation counts as theirs.

    No file says who works for whom. Taking one of ours for one of theirs costs a tentative hold; the other mistake
    would write on a customer's calendar.
    """
    owner = people.people.get(record.owner)
    if record.customer is None or owner is None or not owner.email:
        return False
    return _domain(person) != _domain(owner)


def _domain(person: Person) -> str:
    return (person.email or "").rpartition("@")[2].lower()
