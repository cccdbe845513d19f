"""What the starts that came nearest lacked, by rule and role: for the figures on why a question had to go up."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.findings import DistinctReason, MeetingReason, MissingReason, Reason, Rejected, RoleReason, WindowReason


def lacking(rejected: Iterable[Rejected]) -> tuple[str, ...]:
    """The rules and roles that stood against the starts with the fewest against them, each once, in order of the first."""
    against = [tuple(dict.fromkeys(_name(reason) for reason in part.reasons)) for part in rejected]
    fewest = min((len(names) for names in against), default=0)
    return tuple(dict.fromkeys(name for names in against if len(names) == fewest for name in names))


def _name(reason: Reason) -> str:
    match reason:
        case MeetingReason():
            return reason.rule
        case RoleReason():
            return reason.role
        case WindowReason():
            return reason.bound
        case DistinctReason():
            return "distinct"
        case MissingReason():
            return "incomplete"
