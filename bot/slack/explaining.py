"""Answers about times: why other times do not fit, by day, and what stands against one time that somebody names."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.authority import Asker, involved
from bot.core.explanation import Stretch, by_day, by_name, by_role, rule_words
from bot.core.findings import Option, Verdict
from bot.core.meeting import Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.search import Found
from bot.core.span import zone
from bot.core.times import instant_meant
from bot.core.words import listed, role_words, when, who
from bot.flows.searching import Searching
from bot.slack.blocks import Block, Message
from bot.slack.messages import why_not as messages
from bot.slack.messages.view import ReviewView
from bot.slack.messages.why_not import Ask

Answer = tuple[
    str, bool, list[str], list[str], Ask | None
]  # the time, whether it fits, what is so, what is near, an ask


class Explaining:
    """The newest search, asked again: nothing is read, nothing is decided."""

    def __init__(self, searching: Searching) -> None:
        self._searching = searching

    def by_day(self, view: ReviewView, asker: Asker) -> Block:
        """The dialog behind *Why not…*."""
        found = self._searching.found_of(view.meeting)
        return messages.why_not(view, days(found, hears_names(view, asker)) if found else [])

    def dialog(self, view: ReviewView, text: str, asker: Asker) -> Block | Refusal:
        answer = self._answer(view, text, asker)
        return answer if isinstance(answer, Refusal) else messages.verdict_dialog(view, *answer)

    def line(self, view: ReviewView, text: str, asker: Asker) -> Message | Refusal:
        answer = self._answer(view, text, asker)
        return answer if isinstance(answer, Refusal) else messages.verdict(view, *answer)

    def _answer(self, view: ReviewView, text: str, asker: Asker) -> Answer | Refusal:
        instant = instant_meant(text, view.zone, view.now)
        if isinstance(instant, Refusal):
            return instant
        found = self._searching.found_of(view.meeting)
        if found is None:
            return _not_yet(view.meeting)
        return _told(found, found.at(instant), hears_names(view, asker))


def hears_names(view: ReviewView, asker: Asker) -> bool:
    """Why somebody cannot come is said by name to those involved alone; everybody else hears it by role."""
    if view.record is None or asker.person is None:
        return False
    attendees = view.meeting.slot.people if view.meeting.slot else ()
    return asker.person in {d.person for d in involved(view.record, view.kind, view.people, view.now, attendees)}


def _not_yet(meeting: Meeting) -> Refusal:
    return refuse(
        "no_search", f"No search for {meeting.request.record} has finished yet. Nothing changed. Ask again in a moment."
    )


def _told(found: Found, verdict: Verdict, names: bool) -> Answer:
    if verdict.feasible:
        seats = [f"{role_words(role)}: {who(seat.person)}" for role, seat in (verdict.assignment or {}).items()]
        return when(verdict.start), True, seats, [], None
    against = [f"{by_name(reason) if names else by_role(reason)}." for reason in verdict.reasons]
    away = _one_away(verdict) if names else []
    return when(verdict.start), False, against, [*_nearest(found, verdict.start), *away], _ask(verdict)


def _ask(verdict: Verdict) -> Ask | None:
    """The button under a time that agreement would make possible."""
    return (verdict.start.astimezone(UTC).isoformat(), "Ask for this") if verdict.option is not None else None


def _nearest(found: Found, start: datetime) -> list[str]:
    if not found.feasible:
        return []
    near = min(found.feasible, key=lambda s: (abs(s - start), s))
    return [f"The nearest that fits: {when(near)}."]


def _one_away(verdict: Verdict) -> list[str]:
    if verdict.option is not None:
        return [f"It would do with agreement: {needs_words(verdict.option)}."]
    if verdict.ask is not None:
        return [f"Only {who(verdict.ask.person)} stands against it: they may be able to move what they have."]
    return []


def needs_words(option: Option) -> str:
    """Each agreement that an option needs, and whose it is."""
    parts = []
    for need in option.needs:
        whose = listed([role_words(a) for a in need.approvers], "or")
        what = "sits in without confirmed authority" if need.rule == "substitution" else rule_words(need.rule)
        person = f"{who(need.person)} " if need.person else ""
        parts.append(f"{person}{what} ({whose} decides)")
    return listed(parts)


def days(found: Found, names: bool) -> list[messages.Day]:
    """`Tue 1 Dec`, and a sentence for each stretch of starts that the same things rule out."""
    policy = found.problem.policy
    here = zone(policy.time_zone)

    def sentence(stretch: Stretch) -> str:
        first, last = (i.astimezone(here) for i in (stretch.first, stretch.last))
        span = f"{first:%H:%M}" if first == last else f"{first:%H:%M} to {last:%H:%M}"
        return f"{span}: {'; '.join(stretch.words)}."

    return [
        (f"{day:%a %-d %b}", [sentence(s) for s in stretches])
        for day, stretches in by_day(found.rejected, policy.time_zone, policy.grid, names)
    ]
