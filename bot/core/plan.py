"""A search as `readiness-bot plan` prints it: one JSON object for programs, and the exit code that goes with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bot.core.findings import (
    Ask,
    Assignment,
    DistinctReason,
    MeetingReason,
    MissingReason,
    Need,
    Offer,
    Option,
    Reason,
    Rejected,
    RoleReason,
    WindowReason,
)
from bot.core.plan_text import plan_text
from bot.core.roles import Cast
from bot.core.search import Found
from bot.core.window import Bounds

__all__ = ["exit_code", "plan_bytes", "plan_object", "plan_text"]

Json = dict[str, Any]

VIABLE, NOT_VIABLE = 0, 3


def exit_code(found: Found) -> int:
    """0 when some start fits everybody, 3 on any other outcome (2, bad input, never gets this far)."""
    return VIABLE if found.outcome == "viable" else NOT_VIABLE


def plan_bytes(found: Found) -> bytes:
    """The plan as it is printed: compact, sorted keys, UTF-8, one newline."""
    parts = {key: _written(value) for key, value in _without_ranges(found).items()}
    parts["rejected"] = _ranges_written(found.rejected)
    text = ",".join(f'"{key}":{parts[key]}' for key in sorted(parts))
    return f"{{{text}}}\n".encode()


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _ranges_written(ranges: Iterable[Rejected]) -> str:
    """The same few reasons stand in thousands of ranges: each is written once. They are told apart as objects, which are
    shared by the ranges: to compare them in full would take longer than to write them."""
    written: dict[int, str] = {}
    rows = []
    for each in ranges:
        for reason in each.reasons:
            if id(reason) not in written:
                written[id(reason)] = _written(reason_object(reason))
        reasons = ",".join([written[id(reason)] for reason in each.reasons])
        rows.append(f'{{"from":"{utc(each.first)}","reasons":[{reasons}],"to":"{utc(each.last)}"}}')
    return f"[{','.join(rows)}]"


def plan_object(found: Found) -> Json:
    """The plan as the contract writes it (workspace-format, section 8)."""
    return {**_without_ranges(found), "rejected": _rejected(found.rejected)}


def _without_ranges(found: Found) -> Json:
    problem, counts = found.problem, found.counts
    return {
        "record": problem.record.id,
        "kind": problem.kind.id,
        "now": utc(problem.now),
        "outcome": found.outcome,
        "missing_facts": list(found.missing_facts),
        "missing_roles": list(found.missing_roles),
        "window": None if found.window is None else _window(found.window),
        "duration_minutes": int(problem.kind.duration.total_seconds()) // 60,
        "grid_minutes": int(problem.policy.grid.total_seconds()) // 60,
        "roles": [_role(role, cast) for role, cast in found.roles.items()],
        "counts": {
            "starts": counts.starts,
            "feasible": counts.feasible,
            "rejected": counts.rejected,
            "options": counts.options,
            "asks": counts.asks,
        },
        "feasible": [utc(start) for start in found.feasible],
        "offers": [_offer(offer) for offer in found.offers],
        "options": [_option(option) for option in found.options],
        "asks": [_ask(ask) for ask in found.asks],
        "warnings": [reason_object(warning) for warning in found.warnings],
    }


def utc(instant: datetime) -> str:
    """In UTC with `Z`, to the second."""
    if instant.tzinfo is UTC:
        return f"{instant.isoformat()[:19]}Z"
    return f"{instant.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}Z"


def reason_object(reason: Reason) -> Json:
    """One reason in the contract's form (and, for `at` and `fits`, what the contract has no form for)."""
    match reason:
        case MeetingReason(rule, None):
            return {"rule": rule}
        case MeetingReason(rule, name):
            return {"rule": rule, "name": name}
        case RoleReason(role, people):
            return {
                "role": role,
                "people": [{"person": each.person, "rules": list(each.rules)} for each in people],
            }
        case DistinctReason(roles):
            return {"rule": "distinct", "roles": list(roles)}
        case WindowReason(bound, instant):
            return {"rule": "window", "bound": bound, "instant": utc(instant)}
        case MissingReason(facts, roles):
            return {"rule": "missing", "facts": list(facts), "roles": list(roles)}


def assignment_object(assignment: Assignment) -> Json:
    """Who sits where, and as what."""
    return {role: {"person": seat.person, "as": seat.stands_as} for role, seat in assignment.items()}


def need_object(need: Need) -> Json:
    """Whose leave it takes, for what; a rule of the meeting names neither role nor person."""
    whom = {} if need.role is None else {"role": need.role, "person": need.person}
    return {"rule": need.rule, **whom, "approvers": list(need.approvers)}


def _window(window: Bounds) -> Json:
    return {
        "opens": utc(window.opens),
        "opens_by": window.opens_by,
        "closes": utc(window.closes),
        "closes_by": window.closes_by,
    }


def _role(role: str, cast: Cast) -> Json:
    people = [
        {
            "person": each.person,
            "as": each.stands_as,
            "authority": "confirmed" if each.confirmed else "unconfirmed",
        }
        for each in cast
    ]
    return {"role": role, "people": people}


def _offer(offer: Offer) -> Json:
    return {
        "start": utc(offer.start),
        "end": utc(offer.end),
        "delegates": offer.delegates,
        "preferences_broken": offer.preferences_broken,
        "assignment": assignment_object(offer.assignment),
    }


def _rejected(ranges: Iterable[Rejected]) -> list[Json]:
    return [
        {"from": utc(each.first), "to": utc(each.last), "reasons": [reason_object(reason) for reason in each.reasons]}
        for each in ranges
    ]


def _option(option: Option) -> Json:
    return {
        "start": utc(option.start),
        "end": utc(option.end),
        "needs": [need_object(need) for need in option.needs],
        "assignment": assignment_object(option.assignment),
    }


def _ask(ask: Ask) -> Json:
    return {
        "start": utc(ask.start),
        "end": utc(ask.end),
        "person": ask.person,
        "role": ask.role,
        "rules": list(ask.rules),
    }
