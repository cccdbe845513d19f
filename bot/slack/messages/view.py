"""One review as messages need it: the meeting, what governs it, who reads along, and what time it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.core import facts as f
from bot.core.authority import Decider
from bot.core.meeting import At, Hold, Meeting
from bot.core.people import Directory
from bot.core.policy import Kind
from bot.core.record import Record
from bot.ports import Invite
from bot.slack.blocks import ids
from bot.slack.speech import Speech, enumerated
from bot.slack.text import link, safe


@dataclass(frozen=True)
class ReviewView:
    """`history`: every entry of this round. `words`: a digest's human text, None when it was erased. `draft`: the invite
    of the live hold. `deciders`: who may approve and send. `link_hosts`: where links may lead. `card`: its permalink."""

    meeting: Meeting
    record: Record | None
    kind: Kind
    people: Directory
    zone: str
    history: tuple[At, ...]
    words: Callable[[str], str | None]
    now: datetime
    draft: Invite | None
    deciders: tuple[Decider, ...]
    link_hosts: frozenset[str] = frozenset()
    card: str | None = None
    rungs: tuple[str, ...] = ()  # which outer rungs of the ladder exist here: `pager`, `mail`

    @cached_property
    def speech(self) -> Speech:
        return Speech(self.people, self.zone)

    @property
    def request(self) -> f.Requested:
        return self.meeting.request

    @property
    def id(self) -> str:
        """The record's id, for mrkdwn."""
        return safe(self.request.record, 80)

    @property
    def hold(self) -> Hold | None:
        return self.meeting.hold

    def carries(self, **which: int | str) -> str:
        """What a button of this review carries: `m` the meeting, `s` the search or the hold set, `o` the offer, option or
        ask, `a` the agreement, `p` its point, `e` the escalation, `t` an instant, `w` what is at stake."""
        return ids(m=self.meeting.id, **which)

    @property
    def record_link(self) -> str:
        """The record's id, linked where that is allowed."""
        return link(self.request.record_url, self.id, self.link_hosts) or self.id

    def said(self, digest: str | None) -> str:
        """What a person wrote, quoted as theirs."""
        text = self.words(digest) if digest else None
        return f"“{safe(text, 600)}”" if text else "_(the words were erased)_"

    @cached_property
    def seats_by_person(self) -> dict[str, str]:
        """Every person known to sit in a role, and that role: so that reasons can be said by role alone."""
        found: dict[str, str] = {}
        slot = self.meeting.slot
        for role, seat in slot.seats.items() if slot else ():
            found.setdefault(seat.person, role)
        for holders in self.meeting.search.roles if self.meeting.search else ():
            for person in holders.people:
                found.setdefault(person, holders.role)
        return found

    @cached_property
    def _roles_said(self) -> frozenset[str]:
        return frozenset(self.speech.role(role) for role in self.seats_by_person.values())

    def say_by_role(self, words: str) -> str:
        """Reasons where others read along: who sits in a role is spoken of as that role."""
        said = self.speech.say_by_role(words, self.seats_by_person)
        for role in self._roles_said:
            said = said.replace(f"{role}: the {role} ", f"the {role} ")
        return said

    def deciders_short(self, last: str = "or") -> str:
        """`Priya or Dana`, or whom the policy means where nobody is found behind its names."""
        people = tuple(d.person for d in self.deciders)
        return self.speech.shorts(people, last, 6) or self.speech.role(" or ".join(self.kind.confirmed_by))

    def deciders_named(self, last: str = "or") -> str:
        """`Priya Nair (release owner) or Dana Osei (release manager)`."""
        return named(self.deciders, self.speech, last) or self.deciders_short()


def named(deciders: tuple[Decider, ...], speech: Speech, last: str = "or", most: int = 6) -> str:
    return enumerated([f"{speech.name(d.person)} ({speech.role(d.capacity)})" for d in deciders], last, most)
