"""The window a review must fit in, and what bounds it, in words."""

from __future__ import annotations

from datetime import timedelta

from bot.core import facts as f
from bot.core.policy import Kind
from bot.slack.messages.view import ReviewView
from bot.slack.speech import duration
from bot.slack.text import safe


def window(view: ReviewView, searched: f.Searched | None) -> str | None:
    """`Between Tue 1 Dec 09:00 (*load test* evidence is ready) and Thu 3 Dec 09:00 (it goes stale)`."""
    if searched is None or searched.opens is None or searched.closes is None:
        return None
    say = view.speech.day_and_time
    opens, closes = opening(searched.opens_by, view.kind), closing(searched, view.kind)
    if searched.opens_by == searched.closes_by and (searched.closes_by or "").startswith("evidence:"):
        closes = "it goes stale"
    if searched.opens >= searched.closes:
        return f"It opens {say(searched.opens)} ({opens}), and by then it is over: {say(searched.closes)} ({closes})"
    return f"Between {say(searched.opens)} ({opens}) and {say(searched.closes)} ({closes})"


def opening(by: str | None, kind: Kind) -> str:
    if by == "notice":
        return f"{duration(kind.notice)} of notice" if kind.notice else "from now on"
    return f"{_evidence(by)} is ready"


def closing(searched: f.Searched, kind: Kind) -> str:
    """What happens at that moment: `*load test* evidence goes stale`, `4 h before the cutover`."""
    by = searched.closes_by or "horizon"
    match by:
        case "horizon":
            return f"{duration(kind.horizon)} ahead is as far as this looks"
        case "evidence_cutoff":
            return "evidence closes"
        case "cutover" | "rollback_checkpoint":
            before = kind.before.get("cutover" if by == "cutover" else "rollback_checkpoint", timedelta())
            event = "the cutover" if by == "cutover" else "the rollback checkpoint"
            return f"{duration(before)} before {event}" if before else f"{event} begins"
        case "deadline":
            return "the contractual deadline"
        case _:
            return f"{_evidence(by)} goes stale"


def _evidence(by: str | None) -> str:
    return f"*{safe((by or 'evidence:').removeprefix('evidence:') or 'the', 80)}* evidence"


def _after_opening(searched: f.Searched, kind: Kind) -> str:
    if searched.opens_by == "notice":
        return "after the notice is up" if kind.notice else "from now"
    return f"after {opening(searched.opens_by, kind)}"


def _before_closing(searched: f.Searched, kind: Kind) -> str:
    match searched.closes_by:
        case "cutover" | "rollback_checkpoint":
            return f"before the last moment ({closing(searched, kind)})"
        case "horizon" | None:
            return "before the end of the window"
        case "deadline":
            return "before the contractual deadline"
        case _:
            return f"before {closing(searched, kind)}"


def room(slot: f.Slot, searched: f.Searched, kind: Kind) -> str | None:
    """How far the nearer end of the window is: `46 h before *load test* evidence goes stale`."""
    ends: list[tuple[timedelta, str]] = []
    if searched.closes is not None:
        ends.append((searched.closes - slot.span.end, _before_closing(searched, kind)))
    if searched.opens is not None:
        ends.append((slot.span.start - searched.opens, _after_opening(searched, kind)))
    if not ends:
        return None
    gap, words = min(ends, key=lambda end: end[0])
    return f"{duration(gap)} {words}" if gap > timedelta() else f"right {words}"


def helping(searched: f.Searched) -> str:
    """What could move to widen the window: `less notice, or fresher *load test* evidence`."""
    by = searched.closes_by or ""
    opens = "less notice" if searched.opens_by == "notice" else f"{_evidence(searched.opens_by)} that is ready sooner"
    later = {"horizon": "a policy that looks further ahead", "evidence_cutoff": "a later evidence cutoff",
             "deadline": "a later deadline, if the customer agrees"}  # fmt: skip
    moved = "a later cutover" if by in ("cutover", "rollback_checkpoint") else f"fresher {_evidence(by)}"
    return f"{opens}, or {later.get(by, moved)}"
