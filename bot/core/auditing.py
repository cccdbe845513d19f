"""From everything that is kept of a meeting to its audit: pure, so that the same papers give the same page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core import facts as f
from bot.core.audit import Audit, Entry, HeldCalendar, HoldAudit, Papers, Sent
from bot.core.audit_decisions import points_of
from bot.core.audit_searches import searches_of
from bot.core.meeting import At, folded
from bot.core.words import clock, role_words, spoken, when, who


def audit_of(papers: Papers, names: bool) -> Audit | None:
    """The audit, reasons by name or by role; None where there is no meeting."""
    requests = [(e, e.fact) for e in papers.entries if isinstance(e.fact, f.Requested)]
    if not requests:
        return None
    (first, asked), newest = requests[0], requests[-1][1]
    meeting = folded(papers.meeting, (At(version=e.version, at=e.at, fact=e.fact) for e in papers.entries))
    assert meeting is not None, "a meeting begins with its request"
    roles = {} if names else _roles(papers)
    return Audit(
        meeting=papers.meeting, record=newest.record, record_title=newest.record_title, title=newest.title, names=names,
        asked_at=first.at, asked_by=asked.by, state=meeting.state, confirmed_at=meeting.confirmed_at, rounds=len(requests),
        policies=tuple(dict.fromkeys(request.policy for _, request in requests)), searches=searches_of(papers, names),
        holds=holds_of(papers), points=points_of(papers, lambda words: by_role_alone(words, roles)),
        invites=invites_of(papers), messages=papers.messages, deeds=papers.deeds, entries=papers.entries,
        chain=papers.chain,
    )  # fmt: skip


def _roles(papers: Papers) -> Mapping[str, str]:
    """Everybody who ever sat or could sit in a role here, and that role."""
    found: dict[str, str] = {}
    for entry in papers.entries:
        match entry.fact:
            case f.SlotChosen():
                found |= {seat.person: role for role, seat in entry.fact.slot.seats.items()}
            case f.Searched():
                for holders in entry.fact.roles:
                    found |= {person: holders.role for person in holders.people if person not in found}
            case _:
                continue
    return found


def by_role_alone(words: str, roles: Mapping[str, str]) -> str:
    """A sentence of the core in which whoever sits in a role is spoken of as that role."""

    def seat(person: str) -> str:
        return f"the {role_words(roles[person])}" if person in roles else who(person)

    told = spoken(words, seat, when, clock)
    for role in map(role_words, roles.values()):
        told = told.replace(f"{role}: the {role} ", f"the {role} ")
    return told


def holds_of(papers: Papers) -> tuple[HoldAudit, ...]:
    holds: dict[int, HoldAudit] = {}
    for entry in papers.entries:
        match entry.fact:
            case f.SlotChosen():
                holds[entry.fact.set] = _chosen(entry.at, entry.fact)
            case (
                f.SlotHeld(set=number) | f.SlotExtended(set=number) | f.SlotEnded(set=number) | f.HoldsGone(set=number)
            ):
                holds[number] = holds[number].model_copy(update=_change(holds[number], entry))
            case _:
                continue
    return tuple(holds.values())


def _chosen(at: datetime, fact: f.SlotChosen) -> HoldAudit:
    return HoldAudit(
        set=fact.set, span=fact.slot.span, by=fact.by, chosen_at=at, expires_at=fact.expires_at, not_held=fact.not_held,
        seats=tuple((role, seat.person, seat.standing) for role, seat in fact.slot.seats.items()),
        calendars=tuple(
            HeldCalendar(key=p.key, person=p.person, provider=p.provider, calendar=p.calendar) for p in fact.planned
        ),
    )  # fmt: skip


def _change(hold: HoldAudit, entry: Entry) -> Mapping[str, object]:
    match entry.fact:
        case f.SlotHeld():
            events = {placed.key: placed.event_id for placed in entry.fact.placed}
            calendars = tuple(c.model_copy(update={"event_id": events.get(c.key)}) for c in hold.calendars)
            not_held = (*hold.not_held, *entry.fact.not_held)
            return {"placed_at": entry.at, "calendars": calendars, "not_held": not_held}
        case f.SlotExtended():
            return {"expires_at": entry.fact.expires_at, "extended": True}
        case f.SlotEnded():
            return {"ended": entry.fact.why, "ended_at": entry.at, "ended_by": entry.fact.by}
        case _:
            return {"gone_at": entry.at}


def invites_of(papers: Papers) -> tuple[Sent, ...]:
    sent: dict[str, Sent] = {}
    for entry in papers.entries:
        match entry.fact:
            case f.Confirmed():
                fact = entry.fact
                sent[fact.invite] = Sent(
                    seq=entry.seq, at=entry.at, event_id=fact.event_id, invite=fact.invite, invited=fact.invited
                )
            case f.InviteCancelled(invite=key) if key in sent:
                sent[key] = sent[key].model_copy(update={"withdrawn_at": entry.at})
            case _:
                continue
    return tuple(sent.values())
