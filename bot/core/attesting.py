"""Somebody states when another is free, or takes that back: for one meeting, and only where no calendar tells it."""

from __future__ import annotations

from bot.core import facts as f
from bot.core.commands import Attest, TakeBack
from bot.core.meeting import LIVE_HOLD, Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.words import who

Facts = tuple[f.AnyFact, ...]


def stated(meeting: Meeting, command: Attest | TakeBack) -> Facts | Refusal:
    """The newest statement about a person is the one that counts; with each, times are looked for again."""
    if meeting.state in ("confirmed", "confirming", "cancelled"):
        return refuse(meeting.state, f"The review of {meeting.request.record} is {meeting.state}. Nothing was kept.")
    fact = _attested(meeting, command) if isinstance(command, Attest) else _taken_back(meeting, command)
    if isinstance(fact, Refusal) or meeting.state in LIVE_HOLD:
        return fact if isinstance(fact, Refusal) else (fact,)
    why = f"it was stated when {who(command.person)} is free" if isinstance(command, Attest) else ""
    return fact, f.SearchStarted(
        by=command.by,
        search=meeting.searches + 1,
        why=why or f"nobody says any more when {who(command.person)} is free",
    )


def _attested(meeting: Meeting, command: Attest) -> f.Attested | Refusal:
    person = who(command.person)
    if meeting.search is None:
        return refuse(
            "not_searched", "Nothing was looked at yet. Nothing was kept. Try again once the search has finished."
        )
    if command.person not in meeting.search.unreadable:
        return refuse("readable", f"The calendars of {person} can be read, or nobody asks for them here: what a calendar tells "
                      "counts, and nobody speaks over it. Nothing was kept.")  # fmt: skip
    return f.Attested(by=command.by, person=command.person, windows=command.windows, source=command.source)


def _taken_back(meeting: Meeting, command: TakeBack) -> f.AttestationTakenBack | Refusal:
    if command.person not in {a.person for a in meeting.attestations}:
        return refuse("not_attested", f"Nobody has stated when {who(command.person)} is free. Nothing changed.")
    return f.AttestationTakenBack(by=command.by, person=command.person, source=command.source)
