"""Who may do what, now, and why not. The table of the design, in one room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from bot.core.closing_plan import ClosingPlan
from bot.core.people import Directory, Frozen, Person
from bot.core.policy import Kind
from bot.core.record import Record
from bot.core.refusals import Refusal, refuse
from bot.core.span import Span, zone
from bot.core.words import listed, role_words, who

Act = Literal[
    "ask", "read", "answer",
    "hold", "extend", "let_go", "note", "look_again", "cancel", "substitute", "exception", "acknowledge",
    "reschedule", "reject", "approve_and_send", "attest",
    "holds_release",
]  # fmt: skip
Standing = Literal["member", "guest", "stranger", "bot", "deactivated"]

_INVOLVED: frozenset[str] = frozenset(
    {"hold", "extend", "let_go", "note", "look_again", "cancel", "substitute", "exception", "acknowledge", "attest"}
)
_ANYBODYS: frozenset[str] = frozenset({"ask", "read", "answer"})  # whose answer it is, the agreement itself says
_DECIDING: frozenset[str] = frozenset({"reject", "approve_and_send"})
_VERB: Mapping[str, str] = {
    "hold": "Holding a slot", "extend": "Extending this hold", "let_go": "Letting this slot go", "note": "Adding a note",
    "look_again": "Looking for times again", "cancel": "Cancelling this review", "reject": "Rejecting this slot",
    "approve_and_send": "Approving this review", "holds_release": "Releasing holds",
    "substitute": "Asking for a substitute", "exception": "Asking for an exception", "acknowledge": "Taking this on",
    "reschedule": "Rescheduling this review", "attest": "Stating when somebody is free",
}  # fmt: skip


class Asker(Frozen):
    """Who presses: the Slack user as the signed payload and Slack itself tell it, and the person they are."""

    slack: str
    person: str | None
    standing: Standing = "member"
    team: str = ""
    seen_at: datetime | None = None  # real time at which Slack told their standing; None: nobody knows


class Decider(Frozen):
    """Somebody who may decide, and as what."""

    person: str
    capacity: str  # `release_owner`, a role, or a team's id


def decider_of(names: tuple[str, ...], record: Record, people: Directory, now: datetime) -> tuple[Decider, ...]:
    """Everybody behind the policy's names, in its order: the record's owner, its roles and deciders, or teams.

    A role that names a rota means who is on call at `now`. Each person stands once, in their first capacity.
    """
    found: dict[str, Decider] = {}
    for name in names:
        for person in _behind(name, record, people, now):
            found.setdefault(person, Decider(person=person, capacity=name))
    return tuple(found.values())


def _behind(name: str, record: Record, people: Directory, now: datetime) -> tuple[str, ...]:
    if name == "release_owner":
        return (record.owner,)
    if name in record.deciders:
        return record.deciders[name]
    if name in record.roles:
        named = record.roles[name]
        rota = people.rotas.get(named.rota) if named.rota else None
        if rota is None:
            return named.people
        moment = Span(now, now)
        return tuple(s.person for s in rota.shifts if s.span.holds(moment) and now < s.span.end)
    team = people.teams.get(name)
    return team.members if team else ()


def with_stand_ins(
    deciders: tuple[Decider, ...], people: Directory, now: datetime, since: datetime | None, after: timedelta
) -> tuple[Decider, ...]:
    """The deciders, and the confirmed delegates of those who are away: at once when their absence is recorded (a holiday
    of theirs), else when the question has waited since `since` for `after`."""
    waited = since is not None and now - since >= after
    found = {d.person: d for d in deciders}
    for decider in deciders:
        person = people.people.get(decider.person)
        if person is None or not (waited or _away(person, now)):
            continue
        for delegate in person.delegates:
            good = delegate.authority == "confirmed" and (delegate.until is None or now <= delegate.until)
            if good and decider.capacity in delegate.roles:
                found.setdefault(delegate.person, Decider(person=delegate.person, capacity=decider.capacity))
    return tuple(found.values())


def _away(person: Person, now: datetime) -> bool:
    """Whether the files record that they are off today."""
    return now.astimezone(zone(person.time_zone)).date() in person.holiday_dates


def spoken_deciders(deciders: tuple[Decider, ...]) -> str:
    """`Priya Nair (release owner) or Dana Osei (release manager)`, names still to be said."""
    return listed([f"{who(d.person)} ({role_words(d.capacity)})" for d in deciders], "or")


def may(act: Act, asker: Asker, record: Record | None, kind: Kind | None, people: Directory, now: datetime,
        attendees: tuple[str, ...] = (), since: datetime | None = None) -> Refusal | None:  # fmt: skip
    """None when `asker` may do it now; otherwise why not and who may. Changes nothing."""
    stranger = _outsider(asker)
    if stranger is not None:
        return stranger
    if act in _ANYBODYS or asker.person is None:
        return None
    if record is None or kind is None:
        return refuse("no_record", "The record behind this could not be read. Nothing changed. Try again in a minute.")
    if act == "holds_release":
        return _one_of(act, asker, _team(kind, record, people, now))
    if act in _DECIDING:
        deciders = decider_of(kind.confirmed_by, record, people, now)
        return _one_of(act, asker, with_stand_ins(deciders, people, now, since, kind.escalation_after), deciders)
    return _one_of(act, asker, involved(record, kind, people, now, attendees))


def may_close(asker: Asker, plan: ClosingPlan) -> Refusal | None:
    """Closing, trying again and taking over: the coordinator, the owner, the deciders of that closure."""
    stranger = _outsider(asker)
    if stranger is not None or asker.person in plan.closers:
        return stranger
    named = (Decider(person=plan.coordinator, capacity="coordinator"), Decider(person=plan.owner, capacity="release_owner"),
             *(Decider(person=p, capacity="decider") for p in plan.deciders))  # fmt: skip
    first = {d.person: d for d in reversed(named)}
    spoken = spoken_deciders(tuple(first[p] for p in plan.closers))
    return refuse("not_yours", f"Closing {plan.id} is for {spoken}. Nothing changed.")


def involved(
    record: Record, kind: Kind, people: Directory, now: datetime, attendees: tuple[str, ...]
) -> tuple[Decider, ...]:
    """The record's owner, its deciders, the required attendees, the kind's escalation team."""
    everybody = [
        Decider(person=record.owner, capacity="release_owner"),
        *decider_of((*kind.confirmed_by, *record.deciders), record, people, now),
        *(Decider(person=p, capacity="attendee") for p in attendees),
        *(Decider(person=p, capacity=role) for role in record.roles for p in _behind(role, record, people, now)),
        *_team(kind, record, people, now),
    ]
    first: dict[str, Decider] = {}
    for decider in everybody:
        first.setdefault(decider.person, decider)
    return tuple(first.values())


def _team(kind: Kind, record: Record, people: Directory, now: datetime) -> tuple[Decider, ...]:
    return decider_of((kind.escalation_to,), record, people, now) if kind.escalation_to else ()


def _one_of(
    act: Act, asker: Asker, allowed: tuple[Decider, ...], named: tuple[Decider, ...] | None = None
) -> Refusal | None:
    """`named` are those who are spoken of: stand-ins are let in quietly."""
    if any(d.person == asker.person for d in allowed):
        return None
    allowed = allowed if named is None else named
    if act in _DECIDING and allowed:
        told = " I have told them it is waiting." if act == "approve_and_send" else " Nothing changed."
        return refuse("not_yours", f"{_VERB[act]} is for {spoken_deciders(allowed)}.{told}")
    return refuse(
        "not_yours",
        f"{_VERB[act]} is for the record's owner, its deciders, the required attendees and the escalation team"
        f"{', such as ' + spoken_deciders(allowed[:3]) if allowed else ''}. Nothing changed.",
    )


def _outsider(asker: Asker) -> Refusal | None:
    match asker.standing:
        case "guest":
            return refuse("guest", "Guests of this workspace cannot decide, ask for reviews or read of them. Nothing changed. "
                          "Ask a full member of the team to do it.")  # fmt: skip
        case "stranger":
            return refuse("stranger", "This is for members of this workspace; you are connected from another one. "
                          "Nothing changed. Ask your contact here to do it.")  # fmt: skip
        case "bot":
            return refuse("bot", "Bots decide nothing. Nothing changed. A person must press this.")
        case "deactivated":
            return refuse("deactivated", "This Slack account is deactivated and decides nothing. Nothing changed.")
        case "member":
            if asker.person is None:
                return refuse(
                    "unknown",
                    "I do not know you yet: people.yaml has neither your Slack id nor your e-mail address. Nothing "
                    f"changed. Ask whoever keeps the workspace files to add you (Slack id {asker.slack}).",
                )
            return None
