"""What people asked for, done one at a time: who are they, may they, and what they are told in private."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.core import facts as f
from bot.core.authority import Asker, may
from bot.core.mentions import record_meant
from bot.core.refusals import Refusal, refuse
from bot.flows.agreeing import Agreeing
from bot.flows.asking import Asked, Asking
from bot.flows.attesting import Attesting
from bot.flows.confirming import Confirming
from bot.flows.escalating import Escalating
from bot.flows.holding import Holding
from bot.flows.watching import Watching
from bot.ports import Done
from bot.slack.again import decided
from bot.slack.blocks import Message, message, says
from bot.slack.closing import ClosingActs
from bot.slack.commands import Commands
from bot.slack.heard import Heard, Replies, instant_carried
from bot.slack.home import Home
from bot.slack.identity import Identity
from bot.slack.messages import presses
from bot.slack.messages.attest_dialog import WINDOWS
from bot.slack.messages.card_exists import card_exists
from bot.slack.messages.greeting import greeting
from bot.slack.messages.looking import looking
from bot.slack.messages.offers import offers
from bot.slack.messages.refused import refused
from bot.slack.messages.reject_dialog import REASON
from bot.slack.messages.sorry import sorry
from bot.slack.messages.substitute_dialog import PERSON, ROLE
from bot.slack.pictures import Pictures
from bot.slack.posting import Posting
from bot.slack.quiet import Quiet
from bot.slack.reviewing import Reviewing
from bot.slack.speech import Speech

Answer = Message | tuple[Message, ...] | Refusal | None

# Acts that do not come from a button: the listener names them.
COMMAND, SHORTCUT, LINK, HOME, JOINED, STALE = "command", "shortcut", "link", "home", "joined", "stale"


class Acts:
    """The worker behind every press and command. Each act was kept before it was acknowledged, and is done once."""

    def __init__(
        self, identity: Identity, asking: Asking, holding: Holding, confirming: Confirming, agreeing: Agreeing,
        attesting: Attesting, escalating: Escalating, watching: Watching, reviewing: Reviewing,
        commands: Commands, quiet: Quiet, home: Home, pictures: Pictures, posting: Posting, replies: Replies, link_hosts: frozenset[str],
        closing: ClosingActs,
    ) -> None:  # fmt: skip
        self._identity = identity
        self._asking = asking
        self._holding = holding
        self._confirming = confirming
        self._agreeing = agreeing
        self._attesting = attesting
        self._escalating = escalating
        self._watching = watching
        self._reviewing = reviewing
        self._commands = commands
        self._quiet = quiet
        self._home = home
        self._pictures = pictures
        self._posting = posting
        self._replies = replies
        self._link_hosts = link_hosts
        self._deeds: dict[str, Callable[[Asker, Heard], Answer]] = {
            COMMAND: self._command,
            SHORTCUT: self._ask,
            presses.SCHEDULE: self._ask,
            LINK: self._quiet.offer,
            presses.HOLD: self._hold,
            presses.LET_GO: lambda a, h: self._said(self._holding.let_go(a, meeting_of(h), number_of(h))),
            presses.EXTEND: lambda a, h: self._said(self._holding.extend(a, meeting_of(h), number_of(h))),
            presses.LOOK_AGAIN: lambda a, h: self._said(self._asking.look_again(a, meeting_of(h))),
            presses.REJECT_DIALOG: self._reject,
            presses.APPROVE_DIALOG: lambda a, h: self._said(self._confirming.approve(a, meeting_of(h), number_of(h))),
            presses.HOLD_AGREED: self._hold_agreed,
            presses.SUBSTITUTE_DIALOG: self._substitute,
            presses.EXCEPTION_DIALOG: self._exception,
            presses.ASK_PERSON: lambda a, h: self._indexed(h, lambda m, s, o: self._agreeing.ask_person(a, m, s, o)),
            presses.AGREE: lambda a, h: self._answered(a, h, True),
            presses.DISAGREE_DIALOG: lambda a, h: self._answered(a, h, False),
            presses.ATTEST_DIALOG: self._attest,
            presses.TAKE_IT: self._take_it,
            presses.RESCHEDULE: lambda a, h: self._said(self._watching.reschedule(a, meeting_of(h))),
            presses.KEEP_SLOT: lambda a, h: self._said(self._watching.keep(a, meeting_of(h))),
            presses.MORE_TIMES: self._more,
            presses.NAMED_PICTURE: lambda a, h: self._pictures.with_names(a, meeting_of(h), h.reply),
            presses.CANCEL: self._cancel,
            presses.SHOW: lambda a, h: self._commands.status(a, meeting_of(h)),
            STALE: self._stale,
            **closing.deeds,
        }

    def act(self, payload: Mapping[str, Any], again_since: datetime | None = None) -> None:
        """Do what was heard and answer in private. `again_since`: it was begun before, and this is when it was heard; what
        it decided by then is not decided, nor refused, a second time. Raises the port's failures when Slack does not say
        who it is."""
        heard = Heard.read(payload)
        if heard.what == JOINED:
            self._posting.once(f"greeting:{heard.channel}", "", heard.channel, None, "greeting", greeting())
            return
        asker = self._who(heard)
        if heard.what == HOME:
            self._home.publish(asker)
            return
        known = self._decided(asker, heard, again_since) if again_since is not None else None
        if known is not None:  # it stands in the thread, as after any press that succeeds
            self._answer(heard, looking(known.record, known.channel) if isinstance(known, f.Requested) else None)
            return
        deed = self._deeds.get(heard.what, self._unknown)
        self._answer(heard, deed(asker, heard))
        if heard.channel == heard.user:  # in no channel: in the home tab, or in a dialog that came from there
            self._home.refresh(asker)

    def _who(self, heard: Heard) -> Asker:
        """Where they ask for a review the channel is looked at in the same moment."""
        asks = heard.what == presses.SCHEDULE or (heard.what == COMMAND and self._commands.asks(heard.text))
        if not asks:
            return self._identity.asker(heard.user, heard.team)
        return self._quiet.meanwhile(heard.channel, lambda: self._identity.asker(heard.user, heard.team))

    def _decided(self, asker: Asker, heard: Heard, since: datetime) -> f.AnyFact | None:
        view = self._reviewing.view(meeting_of(heard)) or self._commands.view_meant(heard.text)
        if view is None or asker.person is None:
            return None
        return decided(heard, asker.person, [e for e in view.history if e.at >= since], view)

    def gave_up(self, payload: Mapping[str, Any], reference: str) -> None:
        """Something broke for good: the person is told, with a reference that an operator finds in the log."""
        heard = Heard.read(payload)
        self._whisper(heard, sorry(reference))

    def _answer(self, heard: Heard, answer: Answer) -> None:
        if isinstance(answer, Refusal):
            answer = refused(answer, Speech(self._reviewing.people, self._reviewing.zone))
        for each in (answer,) if isinstance(answer, Message) else answer or ():
            self._whisper(heard, each)

    def _whisper(self, heard: Heard, message: Message) -> None:
        url = self._replies.take(heard.reply)
        self._posting.whisper(heard.channel, heard.user, message, heard.thread, url)

    def _said(self, outcome: Done | Refusal) -> Answer:
        """What was decided stands in the thread for everybody; only a no is said in private."""
        return outcome if isinstance(outcome, Refusal) else None

    def _command(self, asker: Asker, heard: Heard) -> Answer:
        answer = self._commands.run(asker, heard)
        return self._asked(asker, heard, answer) if isinstance(answer, str) else answer

    def _ask(self, asker: Asker, heard: Heard) -> Answer:
        record = heard.carries.get("m") or record_meant(heard.text, self._link_hosts)
        return record if isinstance(record, Refusal) else self._asked(asker, heard, str(record))

    def _asked(self, asker: Asker, heard: Heard, record: str) -> Answer:
        if self._quiet.is_shared(heard.channel):
            return refuse("shared", "This channel is shared with another organisation, so I show no attendees here. Nothing was "
                          "asked for. Use a channel of your own workspace.")  # fmt: skip
        outcome = self._asking.ask(asker, record, heard.channel, self._quiet.is_shared)
        if isinstance(outcome, Asked):
            return self._ack(outcome)
        return outcome

    def _ack(self, asked: Asked) -> Message | None:
        view = self._reviewing.view(asked.meeting.id)
        if asked.existed and view is not None:
            return card_exists(view, self._link_to(asked))
        return looking(asked.record.id, asked.meeting.request.channel, asked.roles, asked.calendars)

    def _link_to(self, asked: Asked) -> str | None:
        thread = self._reviewing.thread(asked.meeting)
        return self._posting.permalink(asked.meeting.request.channel, thread) if thread else None

    def _hold(self, asker: Asker, heard: Heard) -> Answer:
        search, offer = heard.carries.get("s"), heard.carries.get("o")
        if not isinstance(search, int) or not isinstance(offer, int):
            return self._stale(asker, heard)
        return self._said(self._holding.hold(asker, meeting_of(heard), search, offer))

    def _reject(self, asker: Asker, heard: Heard) -> Answer:
        return self._said(self._holding.reject(asker, meeting_of(heard), number_of(heard), heard.text))

    def _hold_agreed(self, asker: Asker, heard: Heard) -> Answer:
        number = heard.carries.get("a")
        if not isinstance(number, int):
            return self._stale(asker, heard)
        return self._said(self._holding.hold_agreed(asker, meeting_of(heard), number))

    def _substitute(self, asker: Asker, heard: Heard) -> Answer:
        typed = heard.typed
        role, person = str(typed.get(ROLE, "")), str(typed.get(PERSON, ""))
        return self._said(self._agreeing.substitute(asker, meeting_of(heard), role, person, str(typed.get(REASON, ""))))

    def _indexed(self, heard: Heard, deed: Callable[[str, int, int], Done | Refusal]) -> Answer:
        """Acts on the n-th thing that a search found."""
        search, index = heard.carries.get("s"), heard.carries.get("o")
        if not isinstance(search, int) or not isinstance(index, int):
            return refuse("stale", "That button cannot be read any more. Nothing was asked.")
        return self._said(deed(meeting_of(heard), search, index))

    def _exception(self, asker: Asker, heard: Heard) -> Answer:
        """For the instant that it carries, else for the n-th option of a search."""
        start, why = instant_carried(heard), heard.text
        if start is not None:
            return self._said(self._agreeing.exception_at(asker, meeting_of(heard), start, why))
        return self._indexed(heard, lambda m, s, o: self._agreeing.exception(asker, m, s, o, why))

    def _answered(self, asker: Asker, heard: Heard, granted: bool) -> Answer:
        number, point = heard.carries.get("a"), heard.carries.get("p")
        if not isinstance(number, int) or not isinstance(point, int):
            return self._stale(asker, heard)
        return self._said(self._agreeing.answer(asker, meeting_of(heard), number, point, granted, heard.text))

    def _attest(self, asker: Asker, heard: Heard) -> Answer:
        person, windows, source = (str(heard.typed.get(name, "")) for name in (PERSON, WINDOWS, REASON))
        return self._said(self._attesting.attest(asker, meeting_of(heard), person, windows, source))

    def _take_it(self, asker: Asker, heard: Heard) -> Answer:
        number = heard.carries.get("e")
        if not isinstance(number, int):
            return self._stale(asker, heard)
        return self._said(self._escalating.acknowledge(asker, meeting_of(heard), number))

    def _cancel(self, asker: Asker, heard: Heard) -> Answer:
        answer = self._commands.cancel(asker, meeting_of(heard), str(heard.carries.get("w", "")))
        url = self._replies.take(heard.reply) if heard.carries.get("q") and answer is None else None
        if url:
            self._posting.take_away(url)  # the question is answered
        return answer

    def _more(self, asker: Asker, heard: Heard) -> Answer:
        view = self._reviewing.view(meeting_of(heard))
        refusal = may("read", asker, None, None, self._reviewing.people, view.now) if view else None
        if view is None or refusal is not None:
            return refusal or self._stale(asker, heard)
        if view.meeting.search is None or view.meeting.search.search != heard.carries.get("s"):
            return self._stale(asker, heard)
        return offers(view, view.meeting.search, len(view.meeting.search.offers))

    def _stale(self, asker: Asker, heard: Heard) -> Answer:
        """A button of a state that is past: nothing changed, and here is how things stand."""
        view = self._reviewing.view(meeting_of(heard))
        if view is None:
            return refuse("stale", "That button belongs to a review that I do not know. Nothing changed.")
        words = f"That button no longer applies to {view.id}. Nothing changed. {self._commands.standing(view)}"
        return message(words, says(words))

    def _unknown(self, asker: Asker, heard: Heard) -> Answer:
        return refuse("unknown_press", "That button is not in use any more. Nothing changed. `/readiness-review help` "
                      "says what there is.")  # fmt: skip


def meeting_of(heard: Heard) -> str:
    return str(heard.carries.get("m", ""))


def number_of(heard: Heard) -> int | None:
    number = heard.carries.get("s")
    return number if isinstance(number, int) else None
