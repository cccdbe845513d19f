"""Closures in Slack: a card and a thread for each, a word to the coordinator, and what people press or type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.closing_ports import Closed as Decided
from bot.closing_ports import ClosureJournal
from bot.core import closure_facts as c
from bot.core.authority import Asker
from bot.core.closure import At, Closure, folded
from bot.core.closure_figures import ClosureFigures, closure_figures
from bot.core.refusals import Refusal
from bot.flows.closing import Closing
from bot.ports import Clock, Denied, Gone, Organisations
from bot.slack.blocks import Message, message, says
from bot.slack.heard import Heard
from bot.slack.messages.closure_card import closure_card, closure_status
from bot.slack.messages.closure_halted import halted
from bot.slack.messages.closure_lines import lines, ready
from bot.slack.messages.closure_log import closure_log
from bot.slack.messages.closure_view import CLOSE_AGAIN, TAKE_OVER, ClosureView
from bot.slack.posting import Posting

Answer = Message | Refusal | None


class ClosureViews:
    """Views of closures, from memory alone."""

    def __init__(
        self, journal: ClosureJournal, organisations: Organisations, clock: Clock, link_hosts: frozenset[str]
    ) -> None:
        self._journal = journal
        self._organisations = organisations
        self._clock = clock
        self._link_hosts = link_hosts

    def view(self, id: str, until: int | None = None) -> ClosureView | None:
        """The closure as it stands, or as it stood after its entry `until`, under the id as typed or in capitals."""
        for spelling in dict.fromkeys((id, id.upper())):
            history = self._journal.closure_history(spelling)
            history = history if until is None else tuple(e for e in history if e.version <= until)
            closure = folded(spelling, history)
            if closure is not None:
                return self._of(closure, history)
        return None

    def all(self) -> tuple[ClosureView, ...]:
        """Every closure as it stands, without its history: for lists."""
        return tuple(self._of(closure, ()) for closure in self._journal.closures())

    def _of(self, closure: Closure, history: tuple[At, ...]) -> ClosureView:
        organisation = self._organisations.current()
        return ClosureView(
            closure, history, organisation.people, organisation.policy.time_zone, self._clock.now(), self._link_hosts
        )


class ClosingAnnouncer:
    """The one writer of closures' cards and threads. Everything it writes is a function of the ledger."""

    def __init__(self, journal: ClosureJournal, views: ClosureViews, posting: Posting) -> None:
        self._journal = journal
        self._views = views
        self._posting = posting

    def announce(self, payload: Mapping[str, Any]) -> None:
        """Lines for the entries `first` to `last`, the coordinator's own, then the card. May run again: each line once."""
        id, first, last = str(payload["closure"]), int(payload["first"]), int(payload["last"])
        view = self._views.view(id)
        if view is None:
            return
        thread = self._card(view)
        for entry in self._journal.closure_history(id):
            if first <= entry.version <= last:
                self._entry(id, entry, thread)
        self._refresh(id)

    def _card(self, view: ClosureView) -> str | None:
        """The card's `ts`, posted now if it is not there yet; None without a channel."""
        channel = view.closure.channel
        if channel is None:
            return None
        return self._posting.once(
            _card(view), _stream(view), channel, None, "card", closure_card(view), view.closure.version
        )

    def _refresh(self, id: str) -> None:
        view = self._views.view(id)
        if view is None or view.closure.channel is None:
            return
        try:
            self._posting.update(_card(view), view.closure.channel, closure_card(view), view.closure.version)
        except (Gone, Denied):
            return  # somebody deleted the card, or edits are not allowed any more: the thread still tells

    def _entry(self, id: str, entry: At, thread: str | None) -> None:
        view = self._views.view(id, until=entry.version)
        assert view is not None
        channel = view.closure.channel
        if channel is not None and thread is not None:
            for message in lines(view, entry):
                self._posting.once(
                    f"closure-line:{id}:{entry.version}", _stream(view), channel, thread, "line", message
                )
            if isinstance(entry.fact, c.Halted | c.Closed):
                view = replace(view, card=self._posting.permalink(channel, thread))
        self._tell_coordinator(view, entry)

    def _tell_coordinator(self, view: ClosureView, entry: At) -> None:
        direct = (
            ready(view)
            if isinstance(entry.fact, c.Closed)
            else halted(view)
            if isinstance(entry.fact, c.Halted)
            else None
        )
        person = view.people.people.get(view.closure.plan.coordinator)
        if direct is None or person is None or not person.slack:
            return
        key = f"closure-direct:{view.closure.id}:{entry.version}"
        try:
            self._posting.once(key, _stream(view), person.slack, None, "direct", direct)
        except (Denied, Gone):
            return  # their direct messages are closed: the card still names them


def _stream(view: ClosureView) -> str:
    return c.STREAM + view.closure.id


def _card(view: ClosureView) -> str:
    """One card for each closure: a later run goes on in the same thread, unless the channel was changed."""
    return f"closure-card:{view.closure.id}:{view.closure.channel}"


class ClosingActs:
    """What people press and type about closures. What was decided stands in the thread; only a no is said in private."""

    def __init__(self, closing: Closing, views: ClosureViews, journal: ClosureJournal) -> None:
        self._closing = closing
        self._views = views
        self._journal = journal
        self.deeds: dict[str, Callable[[Asker, Heard], Answer]] = {CLOSE_AGAIN: self._again, TAKE_OVER: self._take_over}

    def close(self, asker: Asker, id: str, press: str) -> Answer:
        """`close ID`. Where there is no channel for its card, who asked is told that it has begun."""
        outcome = self._closing.close(asker, id, press)
        if isinstance(outcome, Refusal):
            return outcome
        words = f"{outcome.closure.id} is being closed: everything is read again first."
        return message(words, says(words))

    def view(self, id: str) -> ClosureView | None:
        return self._views.view(id)

    def status(self, id: str) -> Message | None:
        view = self._views.view(id)
        return closure_status(view) if view else None

    def log(self, id: str, chain: str) -> Message | None:
        view = self._views.view(id)
        return closure_log(view, chain) if view else None

    def under_way(self) -> list[ClosureView]:
        """Closures that are not at their end: nobody has finished them, and nobody has taken them over."""
        return [v for v in self._views.all() if v.closure.state in ("checking", "closing", "halted")]

    def waiting_for(self, person: str) -> list[ClosureView]:
        """Those of them that are this person's."""
        return [v for v in self.under_way() if person in v.closure.plan.closers]

    def figures(self) -> ClosureFigures:
        return closure_figures(self._journal.closure_history(c.id) for c in self._journal.closures())

    def _again(self, asker: Asker, heard: Heard) -> Answer:
        return _silent(self._closing.close(asker, _closure_of(heard), heard.reply, run=_run_of(heard)))

    def _take_over(self, asker: Asker, heard: Heard) -> Answer:
        return _silent(self._closing.take_over(asker, _closure_of(heard), _run_of(heard)))


def _closure_of(heard: Heard) -> str:
    return str(heard.carries.get("m", ""))


def _run_of(heard: Heard) -> int:
    run = heard.carries.get("r")
    return run if isinstance(run, int) else 0


def _silent(outcome: Decided | Refusal) -> Refusal | None:
    return outcome if isinstance(outcome, Refusal) else None
