"""Who sits where: the holders a record names, who is on call when, and delegates with what gives them the right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from bot.core import facts as f
from bot.core.agreements import Agreement
from bot.core.people import Delegate, Rota
from bot.core.record import Named
from bot.core.span import Span
from bot.slack.messages.agreed import approver_of, seated_by
from bot.slack.messages.view import ReviewView
from bot.slack.speech import Speech, enumerated, some

_MOST_PEOPLE = 4


def roles_line(view: ReviewView, searched: f.Searched | None) -> str | None:
    """`release manager *Dana Osei* · security reviewer *Noor Haddad* or *Sam Ortiz*`."""
    found = {holders.role: holders.people for holders in searched.roles} if searched else {}
    named: Mapping[str, Named] = view.record.roles if view.record else {}
    roles = tuple(found) or tuple(named)
    window = Span(searched.opens, searched.closes) if searched and searched.opens and searched.closes else None
    parts = [
        f"{view.speech.role(role)} {_holders(view, named.get(role), found.get(role, ()), window)}" for role in roles
    ]
    return some(parts, " · ", 12) if parts else None


def _holders(view: ReviewView, named: Named | None, found: tuple[str, ...], window: Span | None) -> str:
    rota = view.people.rotas.get(named.rota) if named and named.rota else None
    on_call = _on_call(view.speech, rota, window) if rota and window else None
    people = (named.people if named else ()) or found
    if on_call or people:
        return on_call or _bold(view.speech, people)
    return "_whoever is on call_" if named and named.rota else "_nobody is named_"


def _bold(speech: Speech, people: tuple[str, ...]) -> str:
    return enumerated([f"*{speech.name(p)}*" for p in people], "or", _MOST_PEOPLE)


def _on_call(speech: Speech, rota: Rota, window: Span) -> str | None:
    """`*Ravi Shah* until Thu 3 Dec 14:00, then *Tom Lindqvist*`. Two at once are not in turn: `or`."""
    shifts = sorted((s for s in rota.shifts if s.span.meets(window)), key=lambda s: s.span)
    if not shifts:
        return None
    in_turn = all(a.span.end <= b.span.start for a, b in pairwise(shifts))
    if not in_turn:
        return _bold(speech, tuple(dict.fromkeys(s.person for s in shifts)))
    turns = [
        f"*{speech.name(s.person)}*" + (f" until {speech.day_and_time(s.span.end)}" if s.span.end < window.end else "")
        for s in shifts
    ]
    return some(turns, ", then ", _MOST_PEOPLE)


def holders_of(view: ReviewView, role: str) -> tuple[str, ...]:
    """Whom the record means for a role, in its order; for a rota everybody on it."""
    named = view.record.roles.get(role) if view.record else None
    if named is None:
        return ()
    rota = view.people.rotas.get(named.rota) if named.rota else None
    return tuple(dict.fromkeys(s.person for s in rota.shifts)) if rota else named.people


def authority_of(view: ReviewView, role: str, person: str, until: datetime) -> tuple[str, Delegate] | None:
    """For whom a delegate sits, and the delegation that lets them, still good when the meeting ends."""
    for holder in holders_of(view, role):
        known = view.people.people.get(holder)
        for delegate in known.delegates if known else ():
            good = delegate.until is None or delegate.until >= until
            if delegate.person == person and role in delegate.roles and delegate.authority == "confirmed" and good:
                return holder, delegate
    return None


def delegate_words(view: ReviewView, role: str, person: str, slot: f.Slot) -> str:
    """`Omar sits in for Mei (authority confirmed by Priya until Thu 31 Dec 00:00)`."""
    speech, approval = view.speech, seated_by(view, slot, role, person)
    if approval is not None:
        return _approved_words(view, role, person, approval)
    found = authority_of(view, role, person, slot.span.end)
    if found is None:
        return f"{speech.short(person)} sits in as {speech.role(role)}, with confirmed authority"
    holder, delegation = found
    by = f" by {speech.short(delegation.confirmed_by)}" if delegation.confirmed_by else ""
    end = f" until {speech.day_and_time(delegation.until)}" if delegation.until else ""
    role_said = speech.role(role)
    return f"{speech.short(person)} sits in for {speech.short(holder)} as {role_said} (authority confirmed{by}{end})"


def _approved_words(view: ReviewView, role: str, person: str, approval: Agreement) -> str:
    """`Ines sits in for Mei as database migration owner (approved by Priya for this meeting only)`."""
    speech, by = view.speech, approver_of(approval, person)
    holder = approval.instead_of or next(iter(holders_of(view, role)), None)
    instead = f" for {speech.short(holder)}" if holder else ""
    approved = f"approved by {speech.short(by)}" if by else "approved"
    return f"{speech.short(person)} sits in{instead} as {speech.role(role)} ({approved} for this meeting only)"


def delegates_of(view: ReviewView, slot: f.Slot) -> list[str]:
    return [
        delegate_words(view, role, seat.person, slot)
        for role, seat in slot.seats.items()
        if seat.standing == "delegate"
    ]


def who_sits(view: ReviewView, slot: f.Slot) -> str:
    """`everyone named`; who of several holders; and every delegate with what gives them the right."""
    speech, delegates = view.speech, delegates_of(view, slot)
    chosen = [
        f"{speech.short(seat.person)} as {speech.role(role)}"
        for role, seat in slot.seats.items()
        if seat.standing == "holder" and len(holders_of(view, role)) > 1
    ]
    first = "everyone named" if not delegates else "everyone else named"
    return some([*delegates, first + (f" ({some(chosen, ', ', 6)})" if chosen else "")], ", ", 6)


def _stands_as(view: ReviewView, slot: f.Slot, role: str, seat: f.Seat) -> str:
    if seat.standing != "delegate":
        return ""
    return " (substitute)" if seated_by(view, slot, role, seat.person) else " (delegate)"


def people_by_role(view: ReviewView, slot: f.Slot, most: int = 20) -> str:
    """`• release manager: *Dana Osei*`, a line a role."""
    lines = [
        f"• {view.speech.role(role)}: *{view.speech.name(seat.person)}*" + _stands_as(view, slot, role, seat)
        for role, seat in slot.seats.items()
    ]
    return some(lines, "\n", most)
