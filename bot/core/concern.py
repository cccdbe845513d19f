"""Whom a meeting concerns, and whether it waits for people: little enough to be remembered of every meeting."""

from __future__ import annotations

from typing import NamedTuple

from bot.core.meeting import Meeting


class Concern(NamedTuple):
    """`open_to_all`: it is held, and is looked at more closely, because who may confirm it can be another by now."""

    meeting: str
    waits: bool
    open_to_all: bool
    people: frozenset[str]

    def is_of(self, person: str) -> bool:
        return self.open_to_all or person in self.people


def concern_of(meeting: Meeting) -> Concern:
    """Whoever asked for it, owns it, may confirm it, sits in it, or is asked something."""
    request, slot = meeting.request, meeting.slot
    open_asks = [a for a in meeting.agreements if a.standing == "open"]
    asked = [decider for a in open_asks for point in a.points for decider in point.deciders]
    seated = slot.people if slot else ()
    held = meeting.state == "held"
    return Concern(
        meeting=meeting.id,
        waits=held or bool(open_asks),
        open_to_all=held,
        people=frozenset((request.by, request.owner, *request.confirmers, *seated, *asked)),
    )
