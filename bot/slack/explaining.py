"""Answers about times: why other times do not fit, by day, and what stands against one time that somebody names."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.authority import Asker, involved
from bot.core.by_day import told_by_day
from bot.core.explanation import sentence_by_name, sentence_by_role
from bot.core.findings import MeetingReason, Option, Reason, RoleReason, Verdict
from bot.core.freeing import MOVE
from bot.core.meeting import Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.search import Found
from bot.core.times import instant_meant
from bot.core.words import listed, role_words, when, who
from bot.flows.searching import Searching
from bot.slack.blocks import Block, Message
from bot.slack.messages import why_not as messages
from bot.slack.messages.points import needed_words
from bot.slack.messages.view import ReviewView
from bot.slack.messages.why_not import Ask
from bot.slack.speech import capital, number

Answer = tuple[
    str, bool, list[str], list[str], Ask | None
]  # the time, whether it fits, what is so, what is near, an ask

_FREE = "free"  # of somebody whose calendar cannot be read: there is perhaps nothing to move


class Explaining:
    """The newest search, asked again: nothing is read, nothing is decided."""

    def __init__(self, searching: Searching) -> None:
        self._searching = searching

    def by_day(self, view: ReviewView, asker: Asker) -> Block:
        """The dialog behind *Why not…*."""
        found = self._searching.found_of(view.meeting)
        names = hears_names(view, asker)
        return messages.why_not(view, told_by_day(found, names) if found else None, names=names)

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
    way = found.freeing(verdict.start)
    against = [_against(found, reason, names) for reason in verdict.reasons]
    takes = _takes(way, names, _unread(verdict))
    return when(verdict.start), False, against, [*_nearest(found, verdict.start), takes], _ask(way)


def _against(found: Found, reason: Reason, names: bool) -> str:
    words = sentence_by_name(reason) if names else sentence_by_role(reason, found.roles)
    final = isinstance(reason, MeetingReason) and found.problem.kind.strength_of(reason.rule) == "never"
    return f"{words}. Nobody can overrule this." if final else f"{words}."


def _ask(way: Option | None) -> Ask | None:
    """The button under a time that agreement would make possible."""
    return (way.start.astimezone(UTC).isoformat(), "Ask for this…") if way is not None else None


def _nearest(found: Found, start: datetime) -> list[str]:
    if not found.feasible:
        return []
    near = min(found.feasible, key=lambda s: (abs(s - start), s))
    return [f"The nearest that fits: {when(near)}."]


def _unread(verdict: Verdict) -> set[str]:
    """Those of whom only this is known, that their calendar cannot be read: perhaps nothing stands there."""
    people = [person for reason in verdict.reasons if isinstance(reason, RoleReason) for person in reason.people]
    return {each.person for each in people if "unknown" in each.rules and "busy" not in each.rules}


def _takes(way: Option | None, names: bool, unread: set[str]) -> str:
    """The smallest set of agreements that would free the time, each with whose it is."""
    if way is None:
        return "Nobody's agreement would free this time."
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for need in way.needs:
        seat = f"the {role_words(need.role)}" if need.role else "the meeting"
        rule = _FREE if need.rule == MOVE and need.person in unread else need.rule
        alike.setdefault((rule, need.approvers), []).append(who(need.person) if names and need.person else seat)
    count = len(way.needs)
    each = [_needed(rule, approvers, whom) for (rule, approvers), whom in alike.items()]
    return (
        f"{'One agreement' if count == 1 else f'{capital(number(count))} agreements'} would free it: {'; '.join(each)}."
    )


def _needed(rule: str, approvers: tuple[str, ...], whom: list[str]) -> str:
    """`Sam outside working hours (the release owner decides)`; by role for those who are not to hear names."""
    one = len(whom) == 1
    if rule == _FREE:
        return f"{listed(whom)} {'says' if one else 'say'} that they are free ({'that calendar' if one else 'those calendars'} cannot be read)"
    if rule == MOVE:
        return f"{listed(whom)} {'moves' if one else 'move'} what stands there ({'theirs alone' if one else 'each their own'} to say)"
    what = f"sit{'s' if one else ''} in without confirmed authority" if rule == "substitution" else needed_words(rule)
    deciders = listed([role_words(name) for name in approvers], "or")
    return f"{listed(whom)} {what} ({deciders} decide{'s' if len(approvers) == 1 else ''})"
