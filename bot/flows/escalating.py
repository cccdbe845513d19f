"""The ladder: the team, then the pager, then e-mail; each rung once, in waking hours, until somebody takes it on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from bot.core import commands as c
from bot.core import decisions as d
from bot.core.authority import Asker, decider_of
from bot.core.calling import turn_at
from bot.core.escalating import climbs
from bot.core.meeting import Escalation, Meeting
from bot.core.people import Person
from bot.core.record import Record
from bot.core.refusals import Refusal
from bot.flows.recording import record
from bot.flows.rights import Rights
from bot.flows.searching import Searching
from bot.flows.world import World
from bot.ports import Done, Journal, Mailer, Pager

Rung = Literal["team", "pager", "mail"]

PageWords = Callable[[str, int], str]  # (meeting, escalation) -> one line
MailWords = Callable[[str, int], tuple[str, str]]  # -> subject, body


class Escalating:
    """Climbs and silences. What is said on the outer rungs comes from `page_words` and `mail_words`."""

    def __init__(
        self, world: World, journal: Journal, searching: Searching, rights: Rights, pager: Pager | None,
        mailer: Mailer | None, page_words: PageWords, mail_words: MailWords,
    ) -> None:  # fmt: skip
        self._world = world
        self._journal = journal
        self._searching = searching
        self._rights = rights
        self._pager = pager
        self._mailer = mailer
        self._page_words = page_words
        self._mail_words = mail_words

    def climb(self, meeting_id: str, number: int, rung: Rung | Literal["again"]) -> datetime | None:
        """Ask on the next rung; `again`: it was taken long ago, and rises once more if it is not settled. Returns an instant when it must wait until then (quiet hours); None when it is done or
        not needed any more."""
        if rung == "again":
            record(self._world, self._journal, meeting_id, c.Rise(escalation=number))
            return None
        meeting = self._journal.meeting(meeting_id)
        escalation = meeting.escalation(number) if meeting else None
        if meeting is None or escalation is None or not climbs(escalation, rung):
            return None
        people = self._asked(meeting, escalation)
        now = self._world.clock.now()
        after = meeting.request.escalation_after
        later = now if rung == "team" else turn_at(rung, people, now, after, escalation.at, escalation.deadline)
        if later > now:
            return later
        if not self._say(meeting, escalation, rung, people):
            return None
        asked = tuple(p.id for p in people)
        record(self._world, self._journal, meeting_id, c.Climb(escalation=number, rung=rung, asked=asked))
        return None

    def _say(self, meeting: Meeting, escalation: Escalation, rung: Rung, people: list[Person]) -> bool:
        """The outer rungs go out before they are on record: their keys make a second time harmless. False: there is no
        such rung here."""
        key = self.key(meeting, escalation)
        match rung:
            case "team":
                return True  # the thread's line is the rung
            case "pager":
                if self._pager is not None:
                    link = meeting.request.record_url
                    self._pager.page(
                        key, self._page_words(meeting.id, escalation.number), severity="warning", link=link
                    )
                return self._pager is not None
            case "mail":
                to = [p.email for p in people if p.email]
                if self._mailer is None or not to:
                    return False
                subject, body = self._mail_words(meeting.id, escalation.number)
                self._mailer.send(f"{key}:mail", to, subject, body)
                return True

    def key(self, meeting: Meeting, escalation: Escalation) -> str:
        return f"{meeting.request.record}:{meeting.request.round}:{escalation.number}"

    def _asked(self, meeting: Meeting, escalation: Escalation) -> list[Person]:
        """Whoever stands behind the name that the policy escalates to."""
        people = self._world.organisation.people
        governing = self._searching.record_searched(meeting) or _bare(meeting)
        found = decider_of((escalation.to,), governing, people, self._world.clock.now())
        return [people.people[x.person] for x in found if x.person in people.people]

    def acknowledge(self, asker: Asker, meeting_id: str, number: int) -> Done | Refusal:
        """*I take this*: nobody else is asked."""
        return self._rights.decide(
            "acknowledge", asker, meeting_id,
            lambda w, m, _: d.decide(m, c.Acknowledge(by=w.by, escalation=number), w.now),
        )  # fmt: skip

    def silence(self, meeting_id: str, number: int) -> None:
        """The worker's deed when a question was settled or taken: the pager is told."""
        meeting = self._journal.meeting(meeting_id)
        escalation = meeting.escalation(number) if meeting else None
        if meeting is None or escalation is None or self._pager is None or "pager" not in escalation.rungs:
            return
        if escalation.resolved:
            self._pager.resolve(self.key(meeting, escalation))
        else:
            self._pager.acknowledge(self.key(meeting, escalation))


def _bare(meeting: Meeting) -> Record:
    """What the request alone tells of its record, where no search could read it."""
    request = meeting.request
    return Record(
        id=request.record, kind=request.kind, title=request.record_title, state="", owner=request.owner, roles={}
    )
