"""The words of the command: ask, status, list, mine, why, audit, note, cancel, help; an unknown one gets the nearest."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.audit import Papers
from bot.core.auditing import audit_of
from bot.core.authority import Asker, may
from bot.core.mentions import is_word, nearest, record_meant, words_of
from bot.core.refusals import Refusal, refuse
from bot.flows.asking import AT_STAKE, Asking
from bot.flows.rights import no_meeting
from bot.flows.watching import Watching
from bot.ports import Done, Journal
from bot.slack.blocks import Message
from bot.slack.closing import ClosingActs
from bot.slack.explaining import Explaining, hears_names
from bot.slack.heard import Heard
from bot.slack.messages.audit_page import audit_pages
from bot.slack.messages.cancel_question import cancel_question
from bot.slack.messages.card import state_line
from bot.slack.messages.figures import figures_message
from bot.slack.messages.help import help_text
from bot.slack.messages.listing import MOST, listing
from bot.slack.messages.status import status
from bot.slack.messages.unknown_word import unknown_word
from bot.slack.messages.view import ReviewView
from bot.slack.reviewing import Reviewing

Answer = Message | tuple[Message, ...] | Refusal | str | None


class Commands:
    """Each word answers in private; a record's id alone asks for its review (the answer is then that id)."""

    def __init__(
        self,
        asking: Asking,
        watching: Watching,
        reviewing: Reviewing,
        explaining: Explaining,
        journal: Journal,
        link_hosts: frozenset[str],
        papers: Callable[[str], Papers | None],
        closing: ClosingActs,
    ) -> None:
        self._closing = closing
        self._asking = asking
        self._watching = watching
        self._reviewing = reviewing
        self._explaining = explaining
        self._journal = journal
        self._link_hosts = link_hosts
        self._papers = papers
        self._words: dict[str, Callable[[Asker, str], Answer]] = {
            "status": self._status,
            "list": lambda a, _: self._list(a, mine=False),
            "mine": lambda a, _: self._list(a, mine=True),
            "why": self._why,
            "audit": self._audit,
            "note": self._note,
            "cancel": self._cancel,
            "reschedule": lambda a, t: self._on_slot(a, t, self._watching.reschedule),
            "keep": lambda a, t: self._on_slot(a, t, self._watching.keep),
            "metrics": lambda a, _: figures_message(self._journal.figures(), self._closing.figures()),
        }

    def run(self, asker: Asker, heard: Heard) -> Answer:
        first, rest = words_of(heard.text)
        if not first or first == "help":
            return help_text(heard.carries.get("command") or "/readiness-review")
        if first == "close":
            return self._close(asker, rest, heard.reply)
        word = self._words.get(first)
        if word is not None:
            refusal = may("read", asker, None, None, self._reviewing.people, self._reviewing.now)
            return refusal or word(asker, rest)
        meant = record_meant(heard.text, self._link_hosts)
        known = nearest(first, ("help", "close", *self._words))
        if not isinstance(meant, Refusal):
            return unknown_word(first, known, meant) if is_word(first) else meant
        if "no_id" not in meant.codes:
            return meant
        return unknown_word(first, known)

    def asks(self, text: str) -> bool:
        """Whether a typed line asks for a review: then `run` answers with the record's id."""
        first = words_of(text).first
        word = first in ("", "help", "close", *self._words) or is_word(first)
        return not word and not isinstance(record_meant(text, self._link_hosts), Refusal)

    def view_meant(self, text: str) -> ReviewView | None:
        """The review that a typed line is about, if there is one."""
        named = words_of(text).rest.partition(" ")[0]
        found = (self._view(each) for each in (named, text) if each)
        return next((view for view in found if not isinstance(view, Refusal)), None)

    def _view(self, text: str) -> ReviewView | Refusal:
        meant = record_meant(text, self._link_hosts)
        if isinstance(meant, Refusal):
            return meant
        for spelling in (meant, meant.upper(), meant.lower()):
            view = self._reviewing.view(spelling)
            if view is not None:
                return view
        return no_meeting(meant.upper())

    def status(self, asker: Asker, meeting_id: str) -> Message | Refusal:
        """How one review stands."""
        refusal = may("read", asker, None, None, self._reviewing.people, self._reviewing.now)
        if refusal is not None:
            return refusal
        view = self._view(meeting_id)
        return view if isinstance(view, Refusal) else status(view)

    def standing(self, view: ReviewView) -> str:
        return state_line(view)

    def _close(self, asker: Asker, text: str, press: str) -> Answer:
        meant = record_meant(text, self._link_hosts)
        return meant if isinstance(meant, Refusal) else self._closing.close(asker, meant, press)

    def _closure(self, text: str) -> str | None:
        """The closure that is meant, where the words name no review."""
        meant = record_meant(text, self._link_hosts)
        if isinstance(meant, Refusal) or not isinstance(self._view(text), Refusal):
            return None
        return meant if self._closing.view(meant) else None

    def _status(self, asker: Asker, text: str) -> Answer:
        closure = self._closure(text) if text else None
        if closure is not None:
            return self._closing.status(closure)
        return self.status(asker, text) if text else self._list(asker, mine=True)

    def _list(self, asker: Asker, mine: bool) -> Answer:
        """Who may read may see them all; *mine* are those that somebody has a part in."""
        if not mine:
            return listing(*self._reviewing.under_way(MOST), self._closing.under_way())
        if asker.person is None:
            return listing([], mine=True)
        views, more = self._reviewing.of(asker.person, MOST)
        closures = self._closing.waiting_for(asker.person)
        return listing([v for v in views if concerns(v, asker.person)], more, closures, mine=True)

    def _why(self, asker: Asker, text: str) -> Answer:
        record, _, time = text.partition(" ")
        view = self._view(record)
        if isinstance(view, Refusal):
            return view
        if not time.strip():
            return refuse(
                "no_time", f"Which time? Nothing changed. Write it after the id: why {view.request.record} Tue 10:30"
            )
        return self._explaining.line(view, time.strip().strip("\"'"), asker)

    def _audit(self, asker: Asker, text: str) -> Answer:
        closure = self._closure(text)
        if closure is not None:
            return self._closing.log(closure, chain_words(self._journal))
        view = self._view(text)
        if isinstance(view, Refusal):
            return view
        papers = self._papers(view.meeting.id)
        audit = audit_of(papers, hears_names(view, asker)) if papers else None
        return audit_pages(view, audit, chain_words(self._journal)) if audit else no_meeting(view.meeting.id)

    def _note(self, asker: Asker, text: str) -> Answer:
        record, _, words = text.partition(" ")
        view = self._view(record)
        if isinstance(view, Refusal):
            return view
        outcome = self._asking.note(asker, view.meeting.id, words)
        return outcome if isinstance(outcome, Refusal) else None

    def _on_slot(self, asker: Asker, text: str, deed: Callable[[Asker, str], Done | Refusal]) -> Answer:
        view = self._view(text)
        return view if isinstance(view, Refusal) else _silent(deed(asker, view.meeting.id))

    def _cancel(self, asker: Asker, text: str) -> Answer:
        view = self._view(text)
        if isinstance(view, Refusal):
            return view
        return self.cancel(asker, view.meeting.id)

    def cancel(self, asker: Asker, meeting_id: str, knowing: str = "") -> Message | Refusal | None:
        """Call a review off. Where an invite or a hold would go with it, who asks is asked once more, and `knowing` is what
        they were told then; whatever came to it since, they are told first."""
        outcome = self._asking.cancel(asker, meeting_id, knowing)
        view = self._view(meeting_id)
        if isinstance(outcome, Refusal) and AT_STAKE in outcome.codes and not isinstance(view, Refusal):
            return cancel_question(view)
        return outcome if isinstance(outcome, Refusal) else None


def _silent(outcome: Done | Refusal) -> Answer:
    """What was decided stands in the thread."""
    return outcome if isinstance(outcome, Refusal) else None


def chain_words(journal: Journal) -> str:
    """One sentence on the ledger's chain."""
    chain = journal.verified()
    if chain.ok:
        return f"The chain of {chain.entries} entries is whole; its head is {chain.head[:12]}."
    return f"The chain does not hold from entry {chain.first_bad} on: an operator must look at the database."


def concerns(view: ReviewView, person: str | None) -> bool:
    if person is None:
        return False
    slot = view.meeting.slot
    involved = {view.request.by, view.request.owner, *(d.person for d in view.deciders), *(slot.people if slot else ())}
    return person in involved
