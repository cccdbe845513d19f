"""What the bot owes the world while it closes a review: one deed after another, each in the lane of its target."""

from __future__ import annotations

from datetime import datetime

from bot.core import closure_facts as c
from bot.core.closing_plan import Step
from bot.core.closure import Closure
from bot.core.owing import Owed


def closure_owed(closure: Closure, new: tuple[c.AnyClosureFact, ...], now: datetime) -> tuple[Owed, ...]:
    """What `new`, the facts that have just brought the closure to its version, owe. A step is owed only when the one
    before it is settled: later steps wait by not being owed yet."""
    what = [effect for fact in new for effect in _owed_by(closure, fact, now)]
    return (*what, _announce(closure, closure.version - len(new) + 1, now))


def _owed_by(closure: Closure, fact: c.AnyClosureFact, now: datetime) -> list[Owed]:
    match fact:
        case c.Begun():
            return [_deed(closure, "closing_check", "", f"closing:{closure.id}", now)]
        case c.Validated() | c.StepSettled() if closure.state == "closing" and closure.next is not None:
            step = closure.next
            return [_deed(closure, "closing_step", step, _lane(closure, step), now)]
        case _:
            return []


def _lane(closure: Closure, step: Step) -> str:
    place = closure.plan.target(step)
    return place.lane if place else "closing:intake"


def _deed(closure: Closure, kind: str, step: str, lane: str, now: datetime) -> Owed:
    key = f"{kind}:{closure.id}:{closure.run}" + (f":{step}" if step else "")
    payload: dict[str, str | int] = {"closure": closure.id, "run": closure.run, "step": step}
    return Owed(key=key, kind=kind, lane=lane, due_at=now, payload=payload)


def _announce(closure: Closure, first: int, now: datetime) -> Owed:
    payload: dict[str, str | int] = {"closure": closure.id, "first": first, "last": closure.version}
    lane = f"slack:{closure.channel or closure.plan.coordinator}"
    key = f"closing_announce:{closure.id}:{closure.version}"
    return Owed(key=key, kind="closing_announce", lane=lane, due_at=now, payload=payload)
