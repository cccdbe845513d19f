"""People are asked to agree: to a substitute, to an exception for one slot, or to move what they have; and they answer."""

from __future__ import annotations

from datetime import datetime

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.core.authority import Asker, decider_of, with_stand_ins
from bot.core.customers import is_the_customers
from bot.core.findings import Need, Option
from bot.core.freeing import MOVE
from bot.core.meeting import Meeting
from bot.core.people import Delegate, Person
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.core.search import Found, Problem
from bot.core.words import role_words, who
from bot.flows.rights import Rights
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
        meeting = self._rights.meeting_for("substitute", asker, meeting_id)
        if isinstance(meeting, Refusal):
            return meeting
        if not reason.strip():
            return refuse("empty", "A substitute needs a reason. Nothing was asked. Say in a sentence why.")
        person = self._world.organisation.people.people.get(person_id)
        roles = {r.role for r in meeting.search.roles} if meeting.search else set()
        if person is None or role not in roles:
            return refuse(
                "unknown", "That person or role is not known here. Nothing was asked. Choose both from the lists."
            )
        record = self._world.record(meeting.request.record)
        return self._ask_substitute(asker, meeting, record, role, person, reason)

    def _ask_substitute(
        self, asker: Asker, meeting: Meeting, record: Record, role: str, person: Person, reason: str
    ) -> Done | Refusal:
        kind, now = self._searching.kind_of(meeting), self._world.clock.now()
        names = kind.substitutes_approved_by
        if not names:
            return refuse("no_approvers", "The policy names nobody who may approve substitutes. Nothing was asked. "
                          "Whoever keeps policy.yaml can add substitutes_approved_by.")  # fmt: skip
        need = f.Need(rule="substitution", approvers=names, role=role, person=person.id)
        deciders = tuple(x.person for x in decider_of(names, record, self._world.organisation.people, now))
        holders = self._holders(record, role)
        asked = f.AgreementAsked(
            by=asker.person or "", number=0, sort="substitute", role=role, person=person.id,
            instead_of=holders[0] if holders else None, points=(f.AgreementPoint(need=need, deciders=deciders),),
            concerns=self._concerns(meeting, record, role, person),
        )  # fmt: skip
        return self._record(meeting.id, asked, reason)

    def _holders(self, record: Record, role: str) -> tuple[str, ...]:
        named = record.roles.get(role)
        if named is None:
            return ()
        rota = self._world.organisation.people.rotas.get(named.rota or "")
        return (*named.people, *(s.person for s in (rota.shifts if rota else ())))

    def _concerns(self, meeting: Meeting, record: Record, role: str, person: Person) -> tuple[str, ...]:
        """What changes if they sit: authority, shift, language, another role that they have already."""
        people = self._world.organisation.people.people
        delegation = next(
            (x for h in self._holders(record, role) if h in people for x in people[h].delegates
             if x.person == person.id and role in x.roles),
            None,
        )  # fmt: skip
        said = [_authority(person, role, delegation, self._world.clock.now())]
        named = record.roles.get(role)
        if named is not None and named.rota and person.id not in self._holders(record, role):
            said.append(f"{who(person.id)} is in no shift of {named.rota}.")
        if record.language and role == "interpreter" and not person.speaks(record.language):
            said.append(f"{who(person.id)} does not speak {record.language}.")
        others = [
            r.role for r in (meeting.search.roles if meeting.search else ()) if person.id in r.people and r.role != role
        ]
        if others:
            said.append(f"{who(person.id)} stands for {role_words(others[0])} already, and nobody sits in two roles.")
        return tuple(said)

    # Exceptions

    def exception(self, asker: Asker, meeting_id: str, search: int, index: int) -> Done | Refusal:
        """Ask for what an option of the newest search needs."""
        meeting = self._rights.meeting_for("exception", asker, meeting_id)
        if isinstance(meeting, Refusal):
            return meeting
        found = self._newest(meeting, search)
        if found is None or not 0 <= index < len(found.options):
            return _old()
        return self._ask_exception(asker, meeting, found, found.options[index])

    def _newest(self, meeting: Meeting, search: int) -> Found | None:
        """What the newest search found, when that is the one whose button was pressed."""
        newest = meeting.search is not None and meeting.search.search == search
        return self._searching.found_of(meeting) if newest else None

    def exception_at(self, asker: Asker, meeting_id: str, start: datetime) -> Done | Refusal:
        """Ask for what one named time needs: a time that an interpreter, a customer or anyone proposes."""
        meeting = self._rights.meeting_for("exception", asker, meeting_id)
        if isinstance(meeting, Refusal):
            return meeting
        found = self._searching.found_of(meeting)
        option = found.freeing(start) if found else None
        if found is None or option is None:
            return refuse("no_option", "Nobody's agreement would make that time possible. Nothing was asked. "
                          "Ask why for what stands against it.")  # fmt: skip
        return self._ask_exception(asker, meeting, found, option)

    def _ask_exception(self, asker: Asker, meeting: Meeting, found: Found, option: Option) -> Done | Refusal:
        points = [p for need in option.needs for p in self._points(found.problem, need)]
        theirs_alone = [need.rule for need in option.needs] == [MOVE]
        asked = f.AgreementAsked(
            by=asker.person or "", number=0, sort="ask" if theirs_alone else "exception", points=tuple(points),
            slot=slot_of(option.start, option.end, option.assignment),
        )  # fmt: skip
        return self._record(meeting.id, asked, "")

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
        meeting = self._rights.meeting_for("exception", asker, meeting_id)
        if isinstance(meeting, Refusal):
            return meeting
        found = self._newest(meeting, search)
        if found is None or not 0 <= index < len(found.asks):
            return _old()
        ask = found.asks[index]
        need = f.Need(rule=MOVE, approvers=(), role=ask.role, person=ask.person)
        asked = f.AgreementAsked(
            by=asker.person or "", number=0, sort="ask", slot=slot_of(ask.start, ask.end, ask.assignment),
            points=(f.AgreementPoint(need=need, deciders=self._asked_for(found.problem, ask.person), own=True),),
        )  # fmt: skip
        return self._record(meeting.id, asked, "")

    # Answers

    def answer(
        self, asker: Asker, meeting_id: str, number: int, point: int, granted: bool, reason: str
    ) -> Done | Refusal:
        """A yes or a no by one of those who may; a no needs its reason."""
        meeting = self._rights.meeting_for("read", asker, meeting_id)
        if isinstance(meeting, Refusal):
            return meeting
        if not granted and not reason.strip():
            return refuse("empty", "A no needs a reason. Nothing changed. Say in a sentence why.")
        by, now = asker.person or "", self._world.clock.now()
        asked = meeting.agreement(number)
        deciders, stand_ins = self._deciders(meeting, asked, point) if asked else (None, ())

        def choice(m: Meeting | None, desk: Desk) -> d.Facts | Refusal:
            words = desk.keep_words(reason.strip()[:LONGEST]) if reason.strip() else None
            command = c.Answer(
                by=by, number=number, point=point, granted=granted, reason=words, deciders=deciders, stand_ins=stand_ins
            )
            return d.decide(m, command, now)

        return self._journal.decide(meeting_id, choice)

    def _deciders(
        self, meeting: Meeting, asked: Agreement, number: int
    ) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """Who may decide that point now: those behind the policy's names as the record is read now, and the confirmed
        delegates of whoever of them is away or has not answered in time."""
        point = asked.points[number] if 0 <= number < len(asked.points) else None
        if point is None or point.own:
            return None, ()
        record = self._world.record(meeting.request.record)
        people, now = self._world.organisation.people, self._world.clock.now()
        named = decider_of(point.need.approvers, record, people, now)
        everybody = with_stand_ins(named, people, now, asked.at, meeting.request.escalation_after)
        return tuple(x.person for x in named), tuple(x.person for x in everybody)

    def unanswered(self, meeting_id: str, number: int) -> None:
        """The worker's deed when nobody answered in time: the question goes up."""
        now = self._world.clock.now()
        self._journal.decide(meeting_id, lambda m, _: d.decide(m, c.Escalate(agreement=number), now))

    def _record(self, meeting_id: str, asked: f.AgreementAsked, reason: str) -> Done | Refusal:
        now = self._world.clock.now()

        def choice(m: Meeting | None, desk: Desk) -> d.Facts | Refusal:
            words = desk.keep_words(reason.strip()[:LONGEST]) if reason.strip() else None
            return d.decide(m, c.AskAgreement(asked=asked.model_copy(update={"reason": words})), now)

        return self._journal.decide(meeting_id, choice)


def _authority(person: Person, role: str, delegation: Delegate | None, now: datetime) -> str:
    seat = role_words(role)
    if delegation is None:
        return f"{who(person.id)} is no named delegate for {seat} and holds no authority in it: if approved, their word " \
               "counts as the holder's for this review only."  # fmt: skip
    if delegation.authority == "confirmed" and (delegation.until is None or delegation.until > now):
        return f"{who(person.id)} is a named delegate for {seat}, with authority confirmed by {who(delegation.confirmed_by or '')}."
    return f"{who(person.id)} is a named delegate for {seat}, but nobody has confirmed that authority: if approved, their " \
           "word counts as the holder's for this review only."  # fmt: skip


def _old() -> Refusal:
    return refuse(
        "old", "That belongs to an older search. Nothing was asked. Choose from the newest message in the thread."
    )
