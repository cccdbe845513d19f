"""What the channel reads: one card for each review, kept at its newest state, and a thread that only ever grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core import facts as f
from bot.core.calling import turn_at
from bot.core.meeting import At, Meeting
from bot.core.owing import rung_at
from bot.ports import Denied, Failure, Gone, Journal
from bot.slack.blocks import Message
from bot.slack.directs import changed_at, direct, directs
from bot.slack.messages import attested
from bot.slack.messages.agreement_answered import agreement_answered
from bot.slack.messages.agreement_asked import agreement_asked
from bot.slack.messages.approving import approving
from bot.slack.messages.audit_summary import audit_summary
from bot.slack.messages.blocked import blocked
from bot.slack.messages.cannot_post import cannot_post
from bot.slack.messages.card import card
from bot.slack.messages.confirmed import confirmed
from bot.slack.messages.disturbed import disturbed, kept_after_all, rescheduling
from bot.slack.messages.ended import cancelled, ended
from bot.slack.messages.escalated import climbed, escalated, resolved, taken
from bot.slack.messages.extended import extended
from bot.slack.messages.held import held
from bot.slack.messages.looking import looking_again
from bot.slack.messages.not_held import not_held
from bot.slack.messages.noted import noted
from bot.slack.messages.offers import offers
from bot.slack.messages.stopped import stopped
from bot.slack.messages.view import ReviewView
from bot.slack.pictures import Pictures
from bot.slack.posting import Posting
from bot.slack.reviewing import Reviewing, card_key

RENDERINGS = 5  # how often we begin again when another replica, which took us for dead, wrote a newer card meanwhile


class Announcer:
    """The one writer of cards and threads. Everything it writes is a function of the ledger, so it can always be redone."""

    def __init__(self, journal: Journal, reviewing: Reviewing, posting: Posting, pictures: Pictures) -> None:
        self._journal = journal
        self._reviewing = reviewing
        self._posting = posting
        self._pictures = pictures

    def announce(self, payload: Mapping[str, Any]) -> None:
        """Lines for the entries `first` to `last`, then the card and the direct messages as they stand now. May run again:
        each line once. Where more has happened meanwhile, card and direct messages are left to the announcement of that,
        which is owed: nobody waits for a card that is out of date before it is written."""
        meeting_id, first, last = str(payload["meeting"]), int(payload["first"]), int(payload["last"])
        history = self._journal.history(meeting_id)
        now = self._reviewing.view_of(meeting_id, history)
        if now is None:
            return
        thread = self._reviewing.thread(now.meeting) or self._card(now)
        for number, entry in enumerate(history, 1):
            if first <= entry.version <= last:
                then = now if number == len(history) else self._reviewing.view_of(meeting_id, history[:number])
                assert then is not None
                self._entry(then, entry, thread)
        newest = self._journal.meeting(meeting_id)
        if newest is not None and newest.version > last:
            return
        if newest is None or not self._posting.stands_at(card_key(newest), newest.version):
            self._refresh(meeting_id)
        self._refresh_directs(meeting_id)

    def _card(self, view: ReviewView) -> str:
        """The card's `ts`; posted now if it is not there yet."""
        meeting = view.meeting
        try:
            return self._posting.once(
                card_key(meeting), meeting.id, meeting.request.channel, None, "card", card(view), meeting.version
            )
        except (Denied, Gone) as failure:
            self._tell_asker(view, failure)
            raise

    def _tell_asker(self, view: ReviewView, failure: Failure) -> None:
        """A channel in which the bot may not speak: who asked is told what to do, once."""
        person = view.people.people.get(view.request.by)
        if person is not None and person.slack:
            key = f"cannot-post:{view.meeting.id}:{view.request.round}"
            self._posting.once(key, view.meeting.id, person.slack, None, "direct", cannot_post(view, str(failure)))

    def _refresh(self, meeting_id: str) -> None:
        """Whole, from the newest state: what came in between is in it, and older renderings never win."""
        try:
            for _ in range(RENDERINGS):
                if self._rendered(meeting_id):
                    return
        except (Denied, Gone):
            return  # somebody deleted the card, or the workspace allows no edits any more: the thread still tells

    def _rendered(self, meeting_id: str) -> bool:
        view = self._reviewing.view(meeting_id)
        if view is None:
            return True
        meeting = view.meeting
        return self._posting.update(card_key(meeting), meeting.request.channel, card(view), meeting.version)

    def _entry(self, view: ReviewView, entry: At, thread: str) -> None:
        """What one entry says, of the review as it stood after it."""
        meeting_id = view.meeting.id
        for number, message in enumerate(lines(view, entry)):
            key = f"line:{meeting_id}:{entry.version}" + (f".{number}" if number else "")
            self._posting.once(key, meeting_id, view.request.channel, thread, "line", message)
        self._pictures.owe(meeting_id, entry)
        for person, message in self._directs(view, entry, thread):
            key = f"direct:{meeting_id}:{entry.version}:{person}"
            slack = view.people.people[person].slack
            if slack:
                self._direct(key, meeting_id, slack, message, entry.version)

    def _directs(self, view: ReviewView, entry: At, thread: str) -> list[tuple[str, Message]]:
        """With a link to the card, which is asked for only where somebody will get it."""
        if not directs(view, entry):
            return []
        return directs(replace(view, card=self._posting.permalink(view.request.channel, thread)), entry)

    def _direct(self, key: str, meeting_id: str, slack: str, message: Message, version: int) -> None:
        try:
            self._posting.once(key, meeting_id, slack, None, "direct", message, version)
        except (Denied, Gone):
            return  # their direct messages are closed: the card still names them

    def _refresh_directs(self, meeting_id: str) -> None:
        """What people were told in private is brought to what is so: nobody presses what is over."""
        written = self._posting.written(meeting_id, "direct")
        history = self._journal.history(meeting_id) if written else ()
        for key, kept in written.items():
            version, _, person = key.removeprefix(f"direct:{meeting_id}:").partition(":")
            entry = next((e for e in history if str(e.version) == version), None)
            if entry is None or not kept.ts:
                continue  # another sort of direct message
            same_round = _round_of(history, entry)
            newest = changed_at(same_round, entry)
            if newest > kept.posted:
                self._bring_up_to_date(meeting_id, key, kept.channel, entry, person, same_round[-1].version, newest)

    def _bring_up_to_date(
        self, meeting_id: str, key: str, slack: str, entry: At, person: str, until: int, revision: int
    ) -> None:
        view = self._reviewing.view(meeting_id, until)
        card_ts = self._reviewing.thread(view.meeting) if view else None
        if view is None or card_ts is None:
            return
        message = direct(replace(view, card=self._posting.permalink(view.request.channel, card_ts)), entry, person)
        if message is not None:
            self._posting.update_direct(key, slack, message, revision)


def _round_of(history: tuple[At, ...], entry: At) -> tuple[At, ...]:
    """All that happened from the request before an entry to the next one."""
    begins = [e.version for e in history if isinstance(e.fact, f.Requested)]
    first = max((v for v in begins if v <= entry.version), default=0)
    end = min((v for v in begins if v > entry.version), default=history[-1].version + 1)
    return tuple(e for e in history if first <= e.version < end)


def lines(view: ReviewView, entry: At) -> list[Message]:
    """What the thread says of one entry; most say one thing, some nothing."""
    fact = entry.fact
    match fact:
        case f.SearchStarted() if fact.why:
            return [looking_again(view, fact, entry.at)]
        case f.Searched():
            return [offers(view, fact) if fact.outcome == "viable" else blocked(view, fact)]
        case f.SearchStopped():
            return [blocked(view, fact)]
        case f.SlotHeld():
            return [held(view, view.meeting.set(fact.set))]
        case f.SlotExtended():
            return [extended(view, fact, entry.at)]
        case f.SlotEnded() if fact.why == "failed":
            return [not_held(view, fact, entry.at)]
        case f.SlotEnded() if fact.why in ("let_go", "expired", "rejected", "vetoed", "lost"):
            return [m for m in (ended(view, fact, entry.at),) if m is not None]
        case f.Approved():
            return [approving(view, fact, entry.at)]
        case f.Stopped():
            return [stopped(view, fact, entry.at)]
        case f.Confirmed():
            return [confirmed(view, fact, entry.at)]
        case f.Cancelled():
            return [cancelled(view, fact, entry.at), audit_summary(view)]
        case f.HoldsGone() if _of_confirmed(view.meeting, fact):
            return [audit_summary(view)]
        case f.AgreementAsked():
            return [agreement_asked(view, fact, entry.at)]
        case f.AgreementAnswered():
            return [agreement_answered(view, fact, entry.at)]
        case f.Attested():
            return [attested.stated(view, fact, entry.at)]
        case f.AttestationTakenBack():
            return [attested.taken_back(view, fact, entry.at)]
        case f.EscalationClimbed():
            return _rung(view, fact, entry)
        case f.EscalationAcknowledged():
            return [taken(view, fact, entry.at)]
        case f.EscalationResolved():
            return [m for m in (resolved(view, fact, entry.at),) if m is not None]
        case f.Disturbed():
            return [disturbed(view, fact, entry.at)]
        case f.RescheduleAsked():
            return [rescheduling(view, fact, entry.at)]
        case f.RescheduleDropped():
            return [kept_after_all(view, fact, entry.at)]
        case f.Noted():
            return [noted(view, fact, entry.at)]
        case _:
            return []


def _rung(view: ReviewView, fact: f.EscalationClimbed, entry: At) -> list[Message]:
    """The team's rung is the line itself; of the others the thread tells."""
    escalation = view.meeting.escalation(fact.escalation)
    if fact.rung != "team" or escalation is None:
        return [climbed(view, fact, entry.at)]
    people = [view.people.people[p] for p in fact.asked if p in view.people.people]
    after, at, deadline = view.request.escalation_after, escalation.at, escalation.deadline
    turn = {name: turn_at(name, people, rung_at(after, at, deadline, name), after, at, deadline) for name in view.rungs}
    return [escalated(view, escalation, turn.get("pager"), turn.get("mail"))]


def _of_confirmed(meeting: Meeting, fact: f.HoldsGone) -> bool:
    return meeting.state == "confirmed" and meeting.set(fact.set).ended == "confirmed"
