"""One review as messages need it, put together from memory alone: no network, so that a dialog can open at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core.authority import decider_of
from bot.core.meeting import At, Hold, Meeting, folded
from bot.core.people import Directory
from bot.core.record import Record
from bot.flows.confirming import Confirming
from bot.flows.searching import Searching
from bot.ports import Clock, Journal, Organisations, SlackMemory
from bot.slack.messages.view import ReviewView


def card_key(meeting: Meeting) -> str:
    return f"card:{meeting.id}:{meeting.request.round}"


class Reviewing:
    """Views of reviews."""

    def __init__(
        self, journal: Journal, organisations: Organisations, searching: Searching, confirming: Confirming,
        memory: SlackMemory, clock: Clock, link_hosts: frozenset[str], rungs: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._journal = journal
        self._organisations = organisations
        self._searching = searching
        self._confirming = confirming
        self._memory = memory
        self._clock = clock
        self._link_hosts = link_hosts
        self._rungs = rungs

    def view(self, meeting_id: str, until: int | None = None) -> ReviewView | None:
        """The review as it stands, or as it stood after its entry `until`; None when there is none."""
        history = self._journal.history(meeting_id)
        return self.view_of(meeting_id, history if until is None else tuple(e for e in history if e.version <= until))

    def view_of(self, meeting_id: str, history: tuple[At, ...]) -> ReviewView | None:
        """The review as it stood after these entries, all from its first; None where there is none."""
        meeting = folded(meeting_id, history)
        if meeting is None:
            return None
        organisation, policy = self._organisations.current(), self._searching.policy_of(meeting)
        record, kind = self._searching.record_searched(meeting), policy.kinds[meeting.request.kind]
        hold, now = meeting.hold, self._clock.now()
        return ReviewView(
            meeting=meeting, record=record, kind=kind, people=organisation.people, zone=policy.time_zone,
            history=_round(history), words=self._journal.words, now=now,
            draft=self._confirming.invite_of(meeting, hold) if hold else None,
            deciders=decider_of(kind.confirmed_by, record or _bare(meeting), organisation.people, now),
            link_hosts=self._link_hosts, rungs=self._rungs,
        )  # fmt: skip

    def about(self, view: ReviewView, hold: Hold) -> ReviewView:
        """The same with the invite of one of several held slots: what would be sent is that one's."""
        return replace(view, draft=self._confirming.invite_of(view.meeting, hold))

    def under_way(self, most: int) -> tuple[tuple[ReviewView, ...], int]:
        """The first of all reviews that are not over, and how many more there are: those with a time by that, then the others."""
        ids = self._journal.live_ids()
        return self._views(ids[:most]), max(0, len(ids) - most)

    def of(self, person: str, most: int) -> tuple[tuple[ReviewView, ...], int]:
        """The reviews that concern somebody, and how many more: those that wait for people before the others."""
        found = sorted(self._journal.concerning(person), key=lambda c: not c.waits)  # stable: by id among themselves
        shown = sorted(c.meeting for c in found[: max(most, sum(c.waits for c in found))])
        return self._views(shown), len(found) - len(shown)

    def _views(self, ids: Iterable[str]) -> tuple[ReviewView, ...]:
        return tuple(view for view in map(self.view, ids) if view is not None)

    def thread(self, meeting: Meeting) -> str | None:
        """The `ts` of the review's card, once Slack has it."""
        kept = self._memory.post(card_key(meeting))
        return kept.ts if kept and kept.ts else None

    @property
    def now(self) -> datetime:
        return self._clock.now()

    @property
    def people(self) -> Directory:
        return self._organisations.current().people

    @property
    def zone(self) -> str:
        return self._organisations.current().policy.time_zone


def _round(history: tuple[At, ...]) -> tuple[At, ...]:
    """The entries of the newest round."""
    first = max((i for i, e in enumerate(history) if e.fact.tag == "review.requested"), default=0)
    return history[first:]


def _bare(meeting: Meeting) -> Record:
    """What the request alone tells of its record, where no search has read it yet."""
    request = meeting.request
    return Record(
        id=request.record, kind=request.kind, title=request.record_title, state="", owner=request.owner, roles={}
    )
