"""Who may do what, in which state: allowed and recorded so, or refused with these words. The design's table, spelled out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from bot.core.authority import Asker, Standing
from bot.core.refusals import Refusal
from bot.core.span import Span
from bot.core.words import spoken
from bot.flows.asking import Asked
from bot.ports import Done
from tests.inner_world import CHANNEL, InnerWorld
from tests.presses_office import AFTER, BEGIN, TTL, office

# Olga owns CHG-1, Otto CHG-3 and CHG-4; Mara is release manager: both kinds of people confirm, and approve substitutes.
# Sven and Nora sit in CHG-1; Nick's evening is what CHG-3 would cost; only Zoe's calendar stands against CHG-4.
# Lena is of the release leads: they are called when a question goes up, and approve hours; Anna is of the freeze board.
# Dale is Mara's confirmed delegate, Duke's authority nobody confirmed, Dina's has run out. Una is in people.yaml only.
TABLE = """
searching        | olga        | hold                | old_offer: Nothing was held. Choose from the newest offers
searching        | sven        | look again          | search.started
searching        | olga        | approve             | not_held: No slot is held any more
searching        | olga        | cancel              | meeting.cancelled
searching        | una         | ask                 | it exists
searching        | otto        | look again          | not_yours: Looking for times again is for the record's owner, its deciders
choosing         | olga        | hold                | slot.chosen
choosing         | mara        | hold                | slot.chosen
choosing         | sven        | hold                | slot.chosen
choosing         | lena        | hold                | slot.chosen
choosing         | anna        | hold                | not_yours: Holding a slot is for the record's owner, its deciders, the required attendees and the escalation team
choosing         | dale        | hold                | not_yours: Nothing changed.
choosing         | una         | hold                | not_yours: Olga (release owner), Mara (release manager)
choosing         | guest       | hold                | guest: Guests of this workspace cannot decide
choosing         | stranger    | hold                | stranger: you are connected from another one
choosing         | bot         | hold                | bot: A person must press this.
choosing         | deactivated | hold                | deactivated: decides nothing. Nothing changed.
choosing         | unknown     | hold                | unknown: people.yaml has neither your Slack id nor your e-mail address
choosing         | unknown     | ask                 | unknown: Ask whoever keeps the workspace files to add you (Slack id U0UNKNOWN)
choosing         | guest       | ask                 | guest: Ask a full member of the team to do it.
choosing         | olga        | hold an old offer   | old_offer: Those offers are older than the newest ones
choosing         | olga        | let go              | not_held: Nothing changed. The card shows how things stand.
choosing         | olga        | reschedule          | not_confirmed: The review of CHG-1 has no confirmed slot
choosing         | olga        | keep                | nothing_kept: No other slot is being looked for
choosing         | sven        | note                | note.added
choosing         | una         | note                | not_yours: Adding a note is for the record's owner
choosing         | olga        | empty note          | empty: The note is empty. Nothing was kept.
choosing         | sven        | substitute          | agreement.asked
choosing         | una         | substitute          | not_yours: Asking for a substitute is for
choosing         | sven        | substitute untold   | empty: A substitute needs a reason. Nothing was asked.
choosing         | sven        | substitute nobody   | unknown: That person or role is not known here. Nothing was asked.
choosing         | mara        | exception at        | agreement.asked
choosing         | una         | exception at        | not_yours: Asking for an exception is for
choosing         | olga        | exception at night  | agreement.asked
choosing         | olga        | exception long past | no_option: Nobody's agreement would make that time possible. Nothing was asked.
choosing         | olga        | agree               | unknown: That request is not known. Nothing changed.
choosing         | olga        | hold agreed         | not_agreed: Not everybody has agreed to that time. Nothing was held.
choosing         | lena        | take it             | settled: That question is settled already
blocked          | lena        | take it             | escalation.acknowledged
blocked          | otto        | take it             | escalation.acknowledged
blocked          | una         | take it             | not_yours: Taking this on is for the record's owner
blocked          | bot         | take it             | bot: Bots decide nothing.
blocked          | otto        | exception           | agreement.asked
blocked          | lena        | exception           | agreement.asked
blocked          | anna        | exception           | not_yours: Asking for an exception is for the record's owner
blocked          | otto        | an old exception    | old: That belongs to an older search. Nothing was asked.
blocked          | otto        | hold                | old_offer: Nothing was held.
blocked          | otto        | look again          | search.started
taken            | lena        | take it             | acknowledged: Otto has taken this already. Nothing changed.
one calendar     | otto        | ask person          | agreement.asked
one calendar     | zoe         | ask person          | agreement.asked
one calendar     | una         | ask person          | not_yours: Asking for an exception is for
placing          | sven        | hold                | placing: Olga already holds Mon 09:00, and that is still being placed. Nothing changed.
placing          | mara        | approve             | placing: Try again in a moment.
placing          | sven        | let go              | placing: Nothing changed.
placing          | olga        | cancel              | slot.ended + meeting.cancelled
placing          | mara        | exception at        | agreement.asked
held             | sven        | hold                | held: Olga already holds
held             | sven        | let go              | slot.ended
held             | lena        | let go              | slot.ended
held             | una         | let go              | not_yours: Letting this slot go is for
held             | nora        | extend              | at_start: The hold already runs until the meeting begins. Nothing changed.
held for later   | nora        | extend              | slot.extended
held             | una         | extend              | not_yours: Extending this hold is for
held             | stranger    | extend              | stranger: Ask your contact here to do it.
held             | olga        | approve             | slot.approved
held             | mara        | approve             | slot.approved
held             | sven        | approve             | not_yours: Approving this review is for Olga (release owner) or Mara (release manager). I have told them
held             | lena        | approve             | not_yours: I have told them it is waiting.
held             | anna        | approve             | not_yours: Olga (release owner) or Mara (release manager)
held             | una         | approve             | not_yours: Approving this review is for
held             | otto        | approve             | not_yours: Approving this review is for
held             | guest       | approve             | guest: Guests of this workspace cannot decide
held             | stranger    | approve             | stranger: This is for members of this workspace
held             | bot         | approve             | bot: A person must press this.
held             | deactivated | approve             | deactivated: This Slack account is deactivated
held             | unknown     | approve             | unknown: I do not know you yet
held             | dale        | approve             | not_yours: Approving this review is for Olga (release owner) or Mara (release manager)
held             | mara        | reject              | slot.ended
held             | sven        | reject              | not_yours: Rejecting this slot is for Olga (release owner) or Mara (release manager). Nothing changed.
held             | dale        | reject              | not_yours: Rejecting this slot is for
held             | mara        | reject untold       | empty: A rejection needs a reason. Nothing changed.
held             | olga        | approve another set | old: That button belongs to an earlier hold. Nothing changed.
held             | una         | look again          | not_yours: Looking for times again is for
held             | olga        | cancel              | slot.ended + meeting.cancelled
held             | una         | cancel              | not_yours: Cancelling this review is for
held, waited     | dale        | approve             | slot.approved
held, waited     | dale        | reject              | slot.ended
held, waited     | dale        | let go              | not_yours: Letting this slot go is for
held, waited     | duke        | approve             | not_yours: Approving this review is for
held, waited     | una         | approve             | not_yours: Approving this review is for
held, waited     | mara        | approve             | slot.approved
held, Mara away  | dale        | approve             | slot.approved
held, Mara away  | dale        | reject              | slot.ended
held, Mara away  | duke        | approve             | not_yours: Approving this review is for
held, Mara away  | dina        | approve             | slot.approved
held, later      | dina        | approve             | not_yours: Approving this review is for
held, later      | dale        | approve             | slot.approved
extended         | sven        | extend              | extended: This hold was extended once already
run out          | mara        | approve             | lapsed: Nothing was sent. Hold a slot again.
run out          | sven        | extend              | lapsed: Nothing changed. Hold a slot again.
confirming       | mara        | approve             | confirming: Olga approved this slot a moment ago, and everything is being read again. Nothing changed.
confirming       | sven        | let go              | confirming: Nothing changed.
confirming       | mara        | reject              | confirming: Nothing changed.
confirming       | olga        | cancel              | confirming: Try again in a minute.
confirming       | sven        | extend              | confirming: Nothing changed.
confirming       | sven        | hold                | confirming: Nothing changed.
confirming       | una         | approve             | not_yours: Approving this review is for
confirming       | mara        | exception at        | confirming: Nothing was asked.
confirmed        | mara        | approve             | confirmed: Olga already approved this slot at
confirmed        | olga        | hold                | confirmed: Nothing changed.
confirmed        | sven        | let go              | confirmed: Nothing changed.
confirmed        | sven        | look again          | confirmed: Nothing changed.
confirmed        | sven        | note                | note.added
confirmed        | mara        | substitute          | confirmed: Nothing was asked.
confirmed        | sven        | reschedule          | reschedule.asked + search.started
confirmed        | lena        | reschedule          | reschedule.asked + search.started
confirmed        | una         | reschedule          | not_yours: Rescheduling this review is for
confirmed        | guest       | reschedule          | guest: Nothing changed.
confirmed        | olga        | cancel              | meeting.cancelled
confirmed        | una         | cancel              | not_yours: Cancelling this review is for
rescheduling     | sven        | keep                | reschedule.dropped
rescheduling     | una         | keep                | not_yours: Rescheduling this review is for
rescheduling     | sven        | reschedule          | not_confirmed: Nothing changed.
rescheduling     | olga        | hold                | slot.chosen
rescheduling     | olga        | approve             | not_held: Nothing changed.
rescheduling     | olga        | cancel              | meeting.cancelled
new slot approved | olga       | keep                | confirming: The new slot is being approved at this moment.
cancelled        | una         | ask                 | it begins
cancelled        | olga        | hold                | cancelled: The review of CHG-1 was cancelled. Nothing changed. Ask for a new one.
cancelled        | olga        | approve             | cancelled: Nothing changed.
cancelled        | olga        | cancel              | cancelled: Ask for a new one.
cancelled        | olga        | reschedule          | not_confirmed: Nothing changed.
cancelled        | sven        | substitute          | cancelled: Nothing was asked.
cancelled        | olga        | keep                | cancelled: Nothing changed. Ask for a new one.
called off       | olga        | keep                | cancelled: Nothing changed. Ask for a new one.
hours asked      | lena        | agree               | agreement.answered
hours asked      | mara        | agree               | agreement.answered
hours asked      | otto        | agree               | own_request: Nobody approves their own request. Nothing changed. It waits for Lena or Mara.
hours asked      | anna        | agree               | not_yours: This is for Lena or Mara. Nothing changed.
hours asked      | sven        | agree               | not_yours: This is for
hours asked      | una         | agree               | not_yours: This is for
hours asked      | dale        | agree               | not_yours: This is for
hours asked      | guest       | agree               | guest: Guests of this workspace cannot decide
hours asked      | stranger    | agree               | stranger: Nothing changed.
hours asked      | bot         | agree               | bot: Bots decide nothing.
hours asked      | deactivated | agree               | deactivated: decides nothing
hours asked      | unknown     | agree               | unknown: I do not know you yet
hours asked      | lena        | disagree            | agreement.answered
hours asked      | lena        | disagree untold     | empty: A no needs a reason. Nothing changed.
hours asked      | nick        | agree for oneself   | agreement.answered
hours asked      | nick        | refuse for oneself  | agreement.answered
hours asked      | lena        | agree for oneself   | not_yours: This is for Nick. Nothing changed.
hours asked      | nick        | agree               | not_yours: This is for Lena or Mara.
hours asked      | lena        | exception           | asked: Otto asked for this at
hours asked      | otto        | hold agreed         | not_agreed: The thread shows who is asked.
hours agreed     | lena        | disagree            | decided: Lena agreed to this at
hours agreed     | otto        | hold agreed         | slot.chosen
hours agreed     | sven        | hold agreed         | slot.chosen
hours agreed     | una         | hold agreed         | not_yours: Holding a slot is for
hours agreed     | nick        | refuse for oneself  | agreement.answered
hours refused    | lena        | agree               | decided: Mara refused this at
hours refused    | nick        | agree for oneself   | gone: That request was refused already. Nothing changed.
hours refused    | otto        | hold agreed         | not_agreed: Nothing was held.
hours refused    | otto        | exception           | agreement.asked
agreed and held  | nick        | refuse for oneself  | agreement.answered + slot.ended
agreed, approved | nick        | refuse for oneself  | confirming: Try again in a minute.
freeze asked     | anna        | agree               | agreement.answered
freeze asked     | olga        | agree               | agreement.answered
freeze asked     | mara        | agree               | own_request: Nobody approves their own request. Nothing changed. It waits for Anna or Olga.
freeze asked     | lena        | agree               | not_yours: This is for Anna or Olga.
substitute asked | olga        | agree               | agreement.answered + search.started
substitute asked | mara        | agree               | agreement.answered + search.started
substitute asked | sven        | agree               | own_request: It waits for Olga or Mara.
substitute asked | dale        | agree               | not_yours: This is for Olga or Mara.
substitute asked | lena        | agree               | not_yours: This is for Olga or Mara.
substitute asked | nora        | disagree            | not_yours: This is for Olga or Mara.
substitute asked | olga        | disagree            | agreement.answered
substitute waits | dale        | agree               | agreement.answered + search.started
substitute waits | duke        | agree               | not_yours: This is for Olga or Mara.
Zoe asked        | zoe         | agree               | agreement.answered
Zoe asked        | zoe         | disagree            | agreement.answered
Zoe asked        | otto        | agree               | not_yours: This is for Zoe. Nothing changed.
Zoe asked        | mara        | agree               | not_yours: This is for Zoe.
Zoe agreed       | otto        | hold agreed         | slot.chosen
"""


class Row(NamedTuple):
    state: str
    who: str
    does: str
    outcome: str


ROWS = [Row(*(cell.strip() for cell in line.split("|"))) for line in TABLE.strip().splitlines()]
NIGHT = BEGIN + timedelta(hours=10)  # after everybody's hours
NOON = BEGIN + timedelta(hours=4)


class Scene:
    """A review of the small organisation, brought into a state."""

    def __init__(self, state: str) -> None:
        self.world = world = InnerWorld(office(1, away=False), BEGIN)
        world.makes_busy("zoe", BEGIN, 60 * 48)
        self.id = "CHG-1"
        _STATES[state](self)

    @property
    def version(self) -> int:
        return self.world.meeting(self.id).version

    def does(self, who: str, what: str, settles: bool = True) -> object:
        outcome = _DOES[what](self, self.asker(who))
        if settles:
            self.world.settle()
        return outcome

    def asker(self, who: str) -> Asker:
        outside: dict[str, Standing] = {w: w for w in ("guest", "stranger", "bot", "deactivated")}  # type: ignore[misc] # each is its own name
        return self.world.asker(who, outside.get(who, "member"))

    def passes(self, time_passed: timedelta) -> None:
        self.world.passes(time_passed)

    def asks(self, record: str, by: str) -> None:
        self.id = record
        self.world.reviews(record, by)

    def did(self, *done: str) -> None:
        """`olga hold`, one after the other; each must be allowed."""
        for each in done:
            who, what = each.split(" ", 1)
            outcome = self.does(who, what.rstrip("…"), settles=not what.endswith("…"))
            assert isinstance(outcome, Done | Asked), (each, outcome)

    @property
    def number(self) -> int:
        return self.world.meeting(self.id).agreements_told

    @property
    def search(self) -> int:
        return self.world.meeting(self.id).searches


def _choosing(s: Scene, *done: str) -> None:
    s.asks("CHG-1", "olga")
    s.did(*done)


def _blocked(s: Scene, *done: str) -> None:
    s.asks("CHG-3", "otto")
    s.did(*done)


def _one_calendar(s: Scene, *done: str) -> None:
    s.asks("CHG-4", "otto")
    s.did(*done)


def _searching(s: Scene) -> None:
    s.world.asking.ask(s.asker("olga"), "CHG-1", CHANNEL)


def _held_for(s: Scene, time_passed: timedelta, *before: timedelta) -> None:
    for pause in before:
        s.passes(pause)
    _choosing(s, "olga hold")
    s.passes(time_passed)


def _away(s: Scene) -> None:
    s.world.person("mara", holiday_dates=frozenset({date(2026, 11, 30)}))
    s.asks("CHG-1", "olga")
    offers = s.world.meeting("CHG-1").search.offers  # type: ignore[union-attr] # it was searched
    assert offers, "tomorrow she is back"
    s.did("olga hold")


def _run_out(s: Scene) -> None:
    _choosing(s, "olga hold")
    s.world.clock.move(TTL)  # and nothing has noticed yet


def _frozen(s: Scene) -> None:
    s.world.freeze("Month end", Span(NOON, NOON + timedelta(hours=1)))
    _choosing(s, "mara exception at")


def _substitute_waits(s: Scene) -> None:
    _choosing(s, "sven substitute")
    s.passes(AFTER)


_APPROVED = ("olga hold", "olga approve")
_STATES: dict[str, Callable[[Scene], None]] = {
    "searching": _searching,
    "choosing": _choosing,
    "blocked": _blocked,
    "taken": lambda s: _blocked(s, "otto take it"),
    "one calendar": _one_calendar,
    "placing": lambda s: _choosing(s, "olga hold…"),
    "held": lambda s: _choosing(s, "olga hold"),
    "held for later": lambda s: _choosing(s, "olga hold at the end"),
    "held, waited": lambda s: _held_for(s, AFTER),
    "held, Mara away": _away,
    "held, later": lambda s: _held_for(s, AFTER, timedelta(hours=3)),
    "extended": lambda s: _choosing(s, "olga hold at the end", "olga extend"),
    "run out": _run_out,
    "confirming": lambda s: _choosing(s, "olga hold", "olga approve…"),
    "confirmed": lambda s: _choosing(s, *_APPROVED),
    "rescheduling": lambda s: _choosing(s, *_APPROVED, "olga reschedule"),
    "new slot approved": lambda s: _choosing(s, *_APPROVED, "olga reschedule", "olga hold", "mara approve…"),
    "cancelled": lambda s: _choosing(s, "olga cancel"),
    "called off": lambda s: _choosing(s, *_APPROVED, "olga reschedule", "olga cancel"),
    "hours asked": lambda s: _blocked(s, "otto exception"),
    "hours agreed": lambda s: _blocked(s, "otto exception", "lena agree"),
    "hours refused": lambda s: _blocked(s, "otto exception", "mara disagree"),
    "agreed and held": lambda s: _blocked(s, "otto exception", "lena agree", "otto hold agreed"),
    "agreed, approved": lambda s: _blocked(s, "otto exception", "lena agree", "otto hold agreed", "otto approve…"),
    "freeze asked": _frozen,
    "substitute asked": lambda s: _choosing(s, "sven substitute"),
    "substitute waits": _substitute_waits,
    "Zoe asked": lambda s: _one_calendar(s, "otto ask person"),
    "Zoe agreed": lambda s: _one_calendar(s, "otto ask person", "zoe agree"),
}

_DOES: dict[str, Callable[[Scene, Asker], object]] = {
    "ask": lambda s, a: s.world.asking.ask(a, s.id, CHANNEL),
    "hold": lambda s, a: s.world.holding.hold(a, s.id, s.search, 0),
    "hold at the end": lambda s, a: s.world.holding.hold(a, s.id, s.search, 3),
    "hold an old offer": lambda s, a: s.world.holding.hold(a, s.id, s.search - 1, 0),
    "hold agreed": lambda s, a: s.world.holding.hold_agreed(a, s.id, s.number),
    "let go": lambda s, a: s.world.holding.let_go(a, s.id, None),
    "extend": lambda s, a: s.world.holding.extend(a, s.id, None),
    "reject": lambda s, a: s.world.holding.reject(a, s.id, None, "Too early."),
    "reject untold": lambda s, a: s.world.holding.reject(a, s.id, None, " "),
    "approve": lambda s, a: s.world.confirming.approve(a, s.id, None),
    "approve another set": lambda s, a: s.world.confirming.approve(a, s.id, 9),
    "look again": lambda s, a: s.world.asking.look_again(a, s.id),
    "cancel": lambda s, a: s.world.asking.cancel(a, s.id),
    "note": lambda s, a: s.world.asking.note(a, s.id, "Bring the plan."),
    "empty note": lambda s, a: s.world.asking.note(a, s.id, " "),
    "substitute": lambda s, a: s.world.agreeing.substitute(a, s.id, "reviewer", "una", "Nora is ill."),
    "substitute untold": lambda s, a: s.world.agreeing.substitute(a, s.id, "reviewer", "una", ""),
    "substitute nobody": lambda s, a: s.world.agreeing.substitute(a, s.id, "reviewer", "nobody", "Nora is ill."),
    "exception": lambda s, a: s.world.agreeing.exception(a, s.id, s.search, 0),
    "an old exception": lambda s, a: s.world.agreeing.exception(a, s.id, s.search - 1, 0),
    "exception at": lambda s, a: s.world.agreeing.exception_at(a, s.id, NOON if s.world.office.entries else NIGHT),
    "exception at night": lambda s, a: s.world.agreeing.exception_at(a, s.id, NIGHT),
    "exception long past": lambda s, a: s.world.agreeing.exception_at(a, s.id, BEGIN - timedelta(days=9)),
    "ask person": lambda s, a: s.world.agreeing.ask_person(a, s.id, s.search, 0),
    "agree": lambda s, a: s.world.agreeing.answer(a, s.id, s.number, 0, True, ""),
    "agree for oneself": lambda s, a: s.world.agreeing.answer(a, s.id, s.number, 1, True, ""),
    "disagree": lambda s, a: s.world.agreeing.answer(a, s.id, s.number, 0, False, "Not then."),
    "disagree untold": lambda s, a: s.world.agreeing.answer(a, s.id, s.number, 0, False, ""),
    "refuse for oneself": lambda s, a: s.world.agreeing.answer(a, s.id, s.number, 1, False, "Not my evening."),
    "take it": lambda s, a: s.world.escalating.acknowledge(a, s.id, s.world.meeting(s.id).escalations_told),
    "reschedule": lambda s, a: s.world.watching.reschedule(a, s.id),
    "keep": lambda s, a: s.world.watching.keep(a, s.id),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.state}: {row.who}: {row.does}")
def test_who_may_what(row: Row) -> None:
    """What is allowed is on record by who did it; a refusal says why and changes nothing."""
    scene = Scene(row.state)
    before = scene.version

    outcome = scene.does(row.who, row.does, settles=False)

    if isinstance(outcome, Refusal):
        code, _, words = row.outcome.partition(": ")
        assert outcome.codes == (code,)
        assert words in aloud(outcome.words)
        assert scene.version == before
    elif isinstance(outcome, Asked):
        assert row.outcome == ("it exists" if outcome.existed else "it begins")
    else:
        assert isinstance(outcome, Done)
        own = [fact.tag for fact in outcome.facts if fact.by != "bot"]
        assert " + ".join(own) == row.outcome
        assert {fact.by for fact in outcome.facts} <= {row.who, "bot"}


def aloud(words: str) -> str:
    return spoken(words, str.title, lambda at: f"{at:%a %H:%M}", lambda at: f"{at:%H:%M}")


def test_the_table_is_as_long_as_it_must_be() -> None:
    """At least sixty situations, each of them once; everybody and every state in some of them."""
    assert len(ROWS) >= 60
    assert len({row[:3] for row in ROWS}) == len(ROWS)
    assert {row.state for row in ROWS} == set(_STATES)
    assert {row.does for row in ROWS} | {"hold at the end"} == set(_DOES)
    assert sum(":" in row.outcome for row in ROWS) >= 60
