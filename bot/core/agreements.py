"""What people must agree to before a slot can be held, or somebody may sit in: each need, who decides it, how it stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from bot.core import facts as f
from bot.core.calendars import CALENDAR_RULES
from bot.core.findings import MeetingReason, PersonReason, Reason, RoleReason
from bot.core.freeing import MOVE
from bot.core.people import Delegate, Directory, Frozen
from bot.core.record import Record

Sort = Literal["substitute", "exception", "ask"]
Standing = Literal["open", "granted", "refused"]


class Point(Frozen):
    """One need, and what was said to it. `own` is a question to that person alone: their own word about their own time."""

    need: f.Need
    deciders: tuple[str, ...] = ()
    own: bool = False
    standing: Standing = "open"
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None  # digest

    @property
    def decides(self) -> bool:
        """Whether a yes to it is needed. Somebody whose evening it costs may only say no."""
        return not self.own or self.need.rule == MOVE


class Agreement(Frozen):
    """One request: granted when every point is, gone when one is refused. It holds for one meeting, and (but for a
    substitute) for one slot."""

    number: int
    sort: Sort
    by: str
    at: datetime
    points: tuple[Point, ...]
    slot: f.Slot | None = None
    role: str | None = None  # substitute: who sits in where
    person: str | None = None
    instead_of: str | None = None
    reason: str | None = None  # digest
    withdrawn: bool = False

    @property
    def standing(self) -> Standing:
        """A question to the person whose evening it costs can only refuse: the policy's approvers decide. What stands in
        somebody's own calendar they alone can move."""
        if self.withdrawn or any(p.standing == "refused" for p in self.points):
            return "refused"
        deciding = [p for p in self.points if p.decides]
        return "granted" if all(p.standing == "granted" for p in deciding) else "open"

    def granted_with(self, point: int) -> bool:
        """Whether a yes to this point is the last that it needs."""
        others = [p for i, p in enumerate(self.points) if i != point and p.decides]
        return all(p.standing == "granted" for p in others)

    def waives(self, slot: f.Slot) -> bool:
        """Whether this, granted, speaks for that very slot."""
        return self.standing == "granted" and self.slot is not None and self.slot.span == slot.span


def waived(reasons: Collection[Reason], agreements: Collection[Agreement], slot: f.Slot) -> tuple[Reason, ...]:
    """What still stands against a slot once what was granted for that slot is set aside."""
    granted = [point.need for a in agreements if a.waives(slot) for point in a.points if point.standing == "granted"]
    seated = {a.person for a in agreements if a.sort == "substitute" and a.standing == "granted"}
    left = (_left(reason, granted, seated) for reason in reasons)
    return tuple(reason for reason in left if reason is not None)


def _left(reason: Reason, granted: list[f.Need], seated: set[str | None]) -> Reason | None:
    match reason:
        case MeetingReason():
            return None if any(n.rule == reason.rule and n.person is None for n in granted) else reason
        case RoleReason():
            people = tuple(p for person in reason.people if (p := _person_left(person, reason.role, granted, seated)))
            return RoleReason(reason.role, people) if people else None
        case _:
            return reason


def _person_left(
    reason: PersonReason, role: str, granted: list[f.Need], seated: set[str | None]
) -> PersonReason | None:
    mine = {n.rule for n in granted if n.person == reason.person}
    allowed = set(mine)
    if MOVE in mine:
        allowed.update(CALENDAR_RULES)
    if "substitution" in mine or reason.person in seated:
        allowed |= {"unconfirmed", "not_eligible", "not_on_call"}
    rules = tuple(rule for rule in reason.rules if rule not in allowed)
    return PersonReason(reason.person, rules) if rules else None


def joined(people: Directory, record: Record, agreements: Collection[Agreement]) -> Directory:
    """The people as this meeting's search may see them: an approved substitute is a confirmed delegate of everybody who
    holds that role, for this meeting only."""
    extra = [a for a in agreements if a.sort == "substitute" and a.standing == "granted" and a.person and a.role]
    if not extra:
        return people
    changed = dict(people.people)
    for agreement in extra:
        for holder in _holders(people, record, agreement.role or ""):
            changed[holder] = changed[holder].model_copy(
                update={"delegates": (*changed[holder].delegates, _sitting_in(agreement))}
            )
    return people.model_copy(update={"people": changed})


def _holders(people: Directory, record: Record, role: str) -> tuple[str, ...]:
    named = record.roles.get(role)
    if named is None:
        return ()
    rota = people.rotas.get(named.rota or "")
    everybody = (*named.people, *(shift.person for shift in (rota.shifts if rota else ())))
    return tuple(dict.fromkeys(p for p in everybody if p in people.people))


def _sitting_in(agreement: Agreement) -> Delegate:
    approver = next((p.by for p in agreement.points if p.by), None)
    assert agreement.person is not None and agreement.role is not None
    return Delegate(
        person=agreement.person, roles=(agreement.role,), authority="confirmed", confirmed_by=approver, until=None
    )
