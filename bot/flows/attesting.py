"""Somebody involved states when a person without a readable calendar is free: kept with who, when and from what."""

from __future__ import annotations

from bot.core.attested import windows_meant
from bot.core.authority import Asker
from bot.core.commands import Attest, TakeBack
from bot.core.decisions import Facts, decide
from bot.core.meeting import Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.warrant import Warrant
from bot.flows.rights import Rights
from bot.ports import Desk, Done

LONGEST = 1000


class Attesting:
    """Statements are for one meeting; the newest about a person counts, and no times at all take it back."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights

    def attest(self, asker: Asker, meeting_id: str, person: str, windows: str, source: str) -> Done | Refusal:
        """`windows` as they were typed, in the person's own zone; `source`: how whoever says it knows."""

        def choose(w: Warrant, m: Meeting, desk: Desk) -> Facts | Refusal:
            known = w.people.people.get(person)
            if known is None:
                return refuse("unknown", "That person is not known here. Nothing was kept. Choose one from the list.")
            if not source.strip():
                return refuse("empty", "Say in a sentence how you know it. Nothing was kept.")
            found = windows_meant(windows, known.time_zone, w.now) if windows.strip() else ()
            if isinstance(found, Refusal):
                return found
            words = desk.keep_words(source.strip()[:LONGEST])
            if not found:
                return decide(m, TakeBack(by=w.by, person=person, source=words), w.now)
            return decide(m, Attest(by=w.by, person=person, windows=found, source=words), w.now)

        return self._rights.decide("attest", asker, meeting_id, choose)
