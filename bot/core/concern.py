"""Whom a meeting concerns, and whether it waits for people: little enough to be remembered of every meeting."""

from __future__ import annotations

from typing import NamedTuple

from bot.core.meeting import Meeting


class Concern(NamedTuple):
    """`held`: then it may concern anybody whom it names, and is looked at more closely: who may confirm it can be another
    of them by now."""

    meeting: str
    waits: bool
    held: bool
    people: frozenset[str]

    def is_of(self, person: str) -> bool:
        """Of somebody whom the meeting names."""
        return self.held or person in self.people


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
        held=held,
        people=frozenset((request.by, request.owner, *request.confirmers, *seated, *asked)),
    )
