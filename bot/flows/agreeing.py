"""People are asked to agree: to a substitute, to an exception for one slot, or to move what they have; and they answer."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.agreeing import deciders_now
from bot.core.authority import Asker, decider_of
from bot.core.customers import is_the_customers
from bot.core.findings import Need, Option
from bot.core.freeing import MOVE
from bot.core.meeting import Meeting
from bot.core.people import Delegate, Person
from bot.core.refusals import Refusal, refuse
from bot.core.search import Found, Problem
from bot.core.warrant import Warrant
from bot.core.words import role_words, who
from bot.flows.recording import record
from bot.flows.rights import Prepared, Rights
from bot.flows.searching import Searching, slot_of
from bot.flows.world import World
from bot.ports import Desk, Done, Journal

LONGEST = 2000


class Agreeing:
    """One request for each need, to those who may decide it; each answer is its own person's."""

    def __init__(self, world: World, journal: Journal, searching: Searching, rights: Rights) -> None:
        self._world = world
        self._journal = journal
        self._searching = searching
        self._rights = rights

    # Substitutes

    def substitute(self, asker: Asker, meeting_id: str, role: str, person_id: str, reason: str) -> Done | Refusal:
        """Ask that somebody sit in a role for this meeting. What changes by it is said to those who decide."""
        if not reason.strip():
            return refuse("empty", "A substitute needs a reason. Nothing was asked. Say in a sentence why.")

        def choose(w: Warrant, m: Meeting, desk: Desk) -> d.Facts | Refusal:
            asked = self._substitute(w, m, role, person_id)
            return asked if isinstance(asked, Refusal) else _put(w, m, desk, asked, reason)

        return self._rights.decide("substitute", asker, meeting_id, choose)

    def _substitute(self, w: Warrant, meeting: Meeting, role: str, person_id: str) -> f.AgreementAsked | Refusal:
        person = w.people.people.get(person_id)
        roles = {r.role for r in meeting.search.roles} if meeting.search else set()
        if person is None or role not in roles:
            return refuse(
                "unknown", "That person or role is not known here. Nothing was asked. Choose both from the lists."
            )
        names = w.kind.substitutes_approved_by
        if not names:
            return refuse("no_approvers", "The policy names nobody who may approve substitutes. Nothing was asked. "
                          "Whoever keeps policy.yaml can add substitutes_approved_by.")  # fmt: skip
        need = f.Need(rule="substitution", approvers=names, role=role, person=person.id)
        deciders = tuple(x.person for x in decider_of(names, w.record, w.people, w.now))
        holders = _holders(w, role)
        return f.AgreementAsked(
            by=w.by, number=0, sort="substitute", role=role, person=person.id,
            instead_of=holders[0] if holders else None, points=(f.AgreementPoint(need=need, deciders=deciders),),
            concerns=_concerns(w, meeting, role, person),
        )  # fmt: skip

    # Exceptions

    def exception(self, asker: Asker, meeting_id: str, search: int, index: int, why: str = "") -> Done | Refusal:
        """Ask for what an option needs that the newest search showed: for exactly its start. `why`: as those who decide
        read it."""

        def prepare(w: Warrant, meeting: Meeting) -> Prepared | Refusal:
            found, shown = self._newest(meeting, search), meeting.search.options if meeting.search else ()
            if found is None or not 0 <= index < len(shown):
                return _old()
            option = found.at(shown[index].slot.span.start).option
            return self._asking(w, search, self._excepted(w, found, option), why) if option else _old()

        return self._rights.decide_prepared("exception", asker, meeting_id, prepare)

    def _newest(self, meeting: Meeting, search: int) -> Found | None:
        """What the newest search found, when that is the one whose button was pressed."""
        newest = meeting.search is not None and meeting.search.search == search
        return self._searching.found_of(meeting) if newest else None

    def exception_at(self, asker: Asker, meeting_id: str, start: datetime, why: str = "") -> Done | Refusal:
        """Ask for what one named time needs: a time that an interpreter, a customer or anyone proposes."""

        def prepare(w: Warrant, meeting: Meeting) -> Prepared | Refusal:
            found = self._searching.found_of(meeting)
            option = found.freeing(start) if found else None
            if found is None or option is None or meeting.search is None:
                return refuse("no_option", "Nobody's agreement would make that time possible. Nothing was asked. "
                              "Ask why for what stands against it.")  # fmt: skip
            return self._asking(w, meeting.search.search, self._excepted(w, found, option), why)

        return self._rights.decide_prepared("exception", asker, meeting_id, prepare)

    def _excepted(self, w: Warrant, found: Found, option: Option) -> f.AgreementAsked:
        points = [p for need in option.needs for p in self._points(found.problem, need)]
        theirs_alone = [need.rule for need in option.needs] == [MOVE]
        return f.AgreementAsked(
            by=w.by, number=0, sort="ask" if theirs_alone else "exception", points=tuple(points),
            slot=slot_of(option.start, option.end, option.assignment),
        )  # fmt: skip

    def _asking(self, w: Warrant, search: int, asked: f.AgreementAsked, why: str = "") -> Prepared:
        """To be asked while that search is still the newest."""

        def choice(m: Meeting, desk: Desk) -> d.Facts | Refusal:
            return _put(w, m, desk, asked, why) if m.search is not None and m.search.search == search else _old()

        return choice

    def _points(self, problem: Problem, need: Need) -> list[f.AgreementPoint]:
        """The approvers' point; and one for the person whose evening it costs. What somebody would have to move is theirs."""
        wanted = f.Need(rule=need.rule, approvers=need.approvers, role=need.role, person=need.person)
        if need.rule == MOVE and need.person is not None:
            return [f.AgreementPoint(need=wanted, deciders=self._asked_for(problem, need.person), own=True)]
        deciders = decider_of(need.approvers, problem.record, problem.people, self._world.clock.now())
        points = [f.AgreementPoint(need=wanted, deciders=tuple(x.person for x in deciders))]
        if need.person is not None and need.rule != "substitution":
            points.append(f.AgreementPoint(need=wanted, deciders=self._asked_for(problem, need.person), own=True))
        return points

    def _asked_for(self, problem: Problem, person_id: str) -> tuple[str, ...]:
        """Whom a question to that person is put to: themselves; for a customer's people, who are not asked here, those who
        confirm the meeting. They ask them, and say what they said."""
        person = problem.people.people.get(person_id)
        if person is None or not is_the_customers(person, problem.record, problem.people):
            return (person_id,)
        confirmers = decider_of(problem.kind.confirmed_by, problem.record, problem.people, self._world.clock.now())
        return tuple(x.person for x in confirmers)

    # Asks

    def ask_person(self, asker: Asker, meeting_id: str, search: int, index: int) -> Done | Refusal:
        """Put the question to the one person who stands against a time: only they can say whether they can move it."""

        def prepare(w: Warrant, meeting: Meeting) -> Prepared | Refusal:
            found, shown = self._newest(meeting, search), meeting.search.asks if meeting.search else ()
            ask = found.at(shown[index].span.start).ask if found and 0 <= index < len(shown) else None
            if found is None or ask is None:
                return _old()
            need = f.Need(rule=MOVE, approvers=(), role=ask.role, person=ask.person)
            asked = f.AgreementAsked(
                by=w.by, number=0, sort="ask", slot=slot_of(ask.start, ask.end, ask.assignment),
                points=(f.AgreementPoint(need=need, deciders=self._asked_for(found.problem, ask.person), own=True),),
            )  # fmt: skip
            return self._asking(w, search, asked)

        return self._rights.decide_prepared("exception", asker, meeting_id, prepare)

    # Answers

    def answer(
        self, asker: Asker, meeting_id: str, number: int, point: int, granted: bool, reason: str
    ) -> Done | Refusal:
        """A yes or a no by one of those who may; a no needs its reason."""
        if not granted and not reason.strip():
            return refuse("empty", "A no needs a reason. Nothing changed. Say in a sentence why.")

        def choose(w: Warrant, m: Meeting, desk: Desk) -> d.Facts | Refusal:
            words = desk.keep_words(reason.strip()[:LONGEST]) if reason.strip() else None
            deciders, stand_ins = deciders_now(m, number, point, w.record, w.kind, w.people, w.now)
            command = c.Answer(
                by=w.by, number=number, point=point, granted=granted, reason=words, deciders=deciders,
                stand_ins=stand_ins,
            )  # fmt: skip
            return d.decide(m, command, w.now)

        return self._rights.decide("answer", asker, meeting_id, choose)

    def unanswered(self, meeting_id: str, number: int) -> None:
        """The worker's deed when nobody answered in time: the question goes up."""
        record(self._world, self._journal, meeting_id, c.Escalate(agreement=number))


def _holders(w: Warrant, role: str) -> tuple[str, ...]:
    named = w.record.roles.get(role)
    if named is None:
        return ()
    rota = w.people.rotas.get(named.rota or "")
    return (*named.people, *(s.person for s in (rota.shifts if rota else ())))


def _concerns(w: Warrant, meeting: Meeting, role: str, person: Person) -> tuple[str, ...]:
    """What changes if they sit: authority, shift, language, another role that they have already."""
    people, holders = w.people.people, _holders(w, role)
    delegation = next(
        (x for h in holders if h in people for x in people[h].delegates if x.person == person.id and role in x.roles),
        None,
    )
    said = [_authority(person, role, delegation, w.now)]
    named = w.record.roles.get(role)
    if named is not None and named.rota and person.id not in holders:
        said.append(f"{who(person.id)} is in no shift of {named.rota}.")
    if w.record.language and role == "interpreter" and not person.speaks(w.record.language):
        said.append(f"{who(person.id)} does not speak {w.record.language}.")
    others = [
        r.role for r in (meeting.search.roles if meeting.search else ()) if person.id in r.people and r.role != role
    ]
    if others:
        said.append(f"{who(person.id)} stands for {role_words(others[0])} already, and nobody sits in two roles.")
    return tuple(said)


def _put(w: Warrant, meeting: Meeting, desk: Desk, asked: f.AgreementAsked, reason: str = "") -> d.Facts | Refusal:
    words = desk.keep_words(reason.strip()[:LONGEST]) if reason.strip() else None
    return d.decide(meeting, c.AskAgreement(asked=asked.model_copy(update={"reason": words})), w.now)


def _authority(person: Person, role: str, delegation: Delegate | None, now: datetime) -> str:
    seat = role_words(role)
    if delegation is None:
        return f"{who(person.id)} is no named delegate for {seat} and holds no authority in it: if approved, their word " \
               "counts as the holder's for this meeting only."  # fmt: skip
    if delegation.authority == "confirmed" and (delegation.until is None or delegation.until > now):
        return f"{who(person.id)} is a named delegate for {seat}, with authority confirmed by {who(delegation.confirmed_by or '')}."
    return f"{who(person.id)} is a named delegate for {seat}, but nobody has confirmed that authority: if approved, their " \
           "word counts as the holder's for this meeting only."  # fmt: skip


def _old() -> Refusal:
    return refuse(
        "old", "That belongs to an older search. Nothing was asked. Choose from the newest message in the thread."
    )
