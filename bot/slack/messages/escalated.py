"""A question that went up: the team is called once, then paged, then written to; who took it; how it was settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot.core import facts as f
from bot.core.escalating import RISEN
from bot.core.meeting import Escalation
from bot.core.owing import rises_at
from bot.core.span import zone
from bot.slack.blocks import Block, Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.agreements import open_asks, open_options
from bot.slack.messages.points import need_kind
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted, duration, enumerated
from bot.slack.text import clean, host_of, shortened, unmarked

_GROUP = re.compile("S[A-Z0-9]+")
_LONGEST_PAGE = 200
_SETTLED: Mapping[str, str] = {
    "search.finished": "a search found times that fit", "slot.held": "a time is held",
    "meeting.confirmed": "the meeting is confirmed", "meeting.cancelled": "the meeting was called off",
    "slot.ended": "that hold is over",
    "agreement.answered": "the request has its answer",
}  # fmt: skip
_OUTCOMES: Mapping[str, str] = {
    "incomplete": "the record lacks what a search needs", "no_window": "no start fits its window",
    "needs_exception": "no time fits without an agreement", "none": "no time fits",
}  # fmt: skip
_SORTS: Mapping[str, str] = {
    "placing": "a time could not be held on all calendars",
    "recheck": "an approval was stopped, because something had changed",
    "unanswered": "a request for an agreement has no answer",
}  # fmt: skip


def escalated(
    view: ReviewView, escalation: Escalation, pager_at: datetime | None = None, mail_at: datetime | None = None
) -> Message:
    """The team's line in the thread. `pager_at`, `mail_at`: when it climbs on if nobody answers; None: it does not."""
    cause = capital(view.say_by_role(escalation.cause).rstrip("."))
    told = f"{cause}. {_until(view, escalation)}"
    return message(
        f"{view.id} needs the {view.speech.role(escalation.to)}: {told}",
        says(f"{_call(view, escalation)}: {told}"),
        says(
            f"{_owner(view)} owns the record. {_choices(view, escalation)}{_climbing(view, escalation, pager_at, mail_at)}"
        ),
        _take_it(view, escalation),
    )


def climbed(view: ReviewView, fact: f.EscalationClimbed, at: datetime) -> Message:
    """The pager's and the mail's line in the thread: `Paged the release leads: nobody has taken this for 30 min.`"""
    escalation = view.meeting.escalation(fact.escalation)
    assert escalation is not None
    waited = duration(at - escalation.at)
    people = tuple(p for p in fact.asked if p in view.people.people)
    who = f"the {view.speech.role(escalation.to)}" + (f" ({view.speech.shorts(people, most=6)})" if people else "")
    did = {"team": "Asked", "pager": "Paged", "mail": "Wrote an e-mail to"}[fact.rung]
    words = f"{did} {who}: nobody has taken this for {waited}."
    return message(f"{view.id}: {words}", says(words), small(view.speech.day_and_time(at)), _take_it(view, escalation))


def taken(view: ReviewView, fact: f.EscalationAcknowledged, at: datetime) -> Message:
    words = f"{view.speech.name(fact.by)} takes this."
    escalation = view.meeting.escalation(fact.escalation)
    again = rises_at(escalation, at) if escalation else None
    then = "Nobody else is called for it. What was asked stays open until it is settled"
    then += f"; if it is not by {view.speech.day_and_time(again)}, it goes up once more." if again else "."
    return message(
        f"{view.id}: {words}",
        says(f"*{view.speech.name(fact.by)}* takes this. {then}"),
        small(view.speech.day_and_time(at)),
    )


def resolved(view: ReviewView, fact: f.EscalationResolved, at: datetime) -> Message | None:
    """Nothing where nobody had been called yet, or where the same question rises once more."""
    escalation = view.meeting.escalation(fact.escalation)
    if escalation is None or not escalation.rungs or fact.why == RISEN:
        return None
    words = f"Settled: {_SETTLED.get(fact.why) or view.say_by_role(fact.why) or 'nothing waits any more'}."
    return message(
        f"{view.id}: {words}", says(f"{words} Nobody is called for it any more."), small(view.speech.day_and_time(at))
    )


def page_words(view: ReviewView, escalation: Escalation) -> str:
    """One plain line of at most 200 characters for a pager: nothing of anybody's calendar."""
    until = f" The window closes {_bare(view, escalation.deadline)}." if escalation.deadline else ""
    tail = f"{until} Owner: {unmarked(view.speech.short(view.request.owner))}."
    head = clean(f"{view.request.record}: {_what(view, escalation)}.", 300)
    return shortened(f"{shortened(head, max(60, _LONGEST_PAGE - len(tail)))}{tail}", _LONGEST_PAGE)


def mail_words(view: ReviewView, escalation: Escalation) -> tuple[str, str]:
    """Subject and body, plain text."""
    record = clean(view.request.record, 80)
    subject = clean(f"{record} waits for a decision: {_what(view, escalation)}", 150)
    lines = [
        f"{clean(view.request.title, 80)} {record}: {clean(view.request.record_title, 200)}",
        "",
        f"{capital(unmarked(view.say_by_role(escalation.cause)).rstrip('.'))}.",
        unmarked(_until(view, escalation)),
        f"Owner of the record: {unmarked(view.speech.name(view.request.owner))}.",
        *_options_in_words(view, escalation),
        "",
        "Nobody has taken this in Slack yet. To answer, open the thread and press “I take this” or one of the buttons.",
        *_addresses(view),
    ]
    return subject, "\n".join(lines) + "\n"


def _what(view: ReviewView, escalation: Escalation) -> str:
    found = _searched(view)
    if escalation.sort == "search" and found is None:
        return "no time could be looked for"
    if escalation.sort == "search":
        return _OUTCOMES.get(found.outcome if found else "", "no time fits")
    return _SORTS.get(escalation.sort, "a decision is needed")


def _searched(view: ReviewView) -> f.Searched | None:
    """What the newest search found; None where it could not be made."""
    return None if view.meeting.stopped else view.meeting.search


def _call(view: ReviewView, escalation: Escalation) -> str:
    """The team by its group, which Slack tells its members of; where there is none, by name."""
    team = view.people.teams.get(escalation.to)
    if team is not None and team.slack and _GROUP.fullmatch(team.slack):
        return f"<!subteam^{team.slack}>"
    role = view.speech.role(escalation.to)
    return f"{view.speech.shorts(team.members, most=6)} ({role})" if team else f"For the {role}"


def _until(view: ReviewView, escalation: Escalation) -> str:
    if escalation.deadline is None:
        return "An answer helps at any time."
    if escalation.deadline <= view.now:
        return f"The window closed {view.speech.day_and_time(escalation.deadline)}."
    left = view.speech.left(escalation.deadline, view.now)
    return f"The window closes {view.speech.day_and_time(escalation.deadline)}, {left}."


def _owner(view: ReviewView) -> str:
    return view.speech.short(view.request.owner)


def _choices(view: ReviewView, escalation: Escalation) -> str:
    found = _searched(view)
    if found is None or escalation.sort != "search":
        return ""
    options, asks = len(open_options(view, found)), len(open_asks(view, found))
    parts = [counted(options, "option")] if options else []
    parts += [counted(asks, "question") + " to one person"] if asks else []
    return f"{capital(enumerated(parts, 'and', 2))} stand{'s' if options + asks == 1 else ''} above. " if parts else ""


def _climbing(view: ReviewView, escalation: Escalation, pager_at: datetime | None, mail_at: datetime | None) -> str:
    rungs = [(pager_at, "this goes to the pager"), (mail_at, "an e-mail goes out")]
    steps = [f"{words} {_when(view, escalation.at, at)}" for at, words in rungs if at is not None]
    return f"If nobody takes it, {enumerated(steps, 'and', 2)}." if steps else ""


def _when(view: ReviewView, since: datetime, at: datetime) -> str:
    """The day is said where it is another: people are not called at night."""
    here = zone(view.zone)
    same = at.astimezone(here).date() == since.astimezone(here).date()
    return f"at {view.speech.time(at)}" if same else view.speech.day_and_time(at)


def _take_it(view: ReviewView, escalation: Escalation) -> Block | None:
    free = escalation.open and escalation.acknowledged_by is None
    return buttons(presses.take_it(view, escalation)) if free else None


def _bare(view: ReviewView, instant: datetime) -> str:
    return unmarked(view.speech.plain(instant))


def _options_in_words(view: ReviewView, escalation: Escalation) -> list[str]:
    found = _searched(view)
    if found is None or escalation.sort != "search":
        return []
    options = [_option_words(view, found.options[i]) for i in open_options(view, found)]
    asks = [_ask_words(view, found.asks[i]) for i in open_asks(view, found)]
    return ["", "What would make room:", *options, *asks] if options or asks else []


def _option_words(view: ReviewView, option: f.Option) -> str:
    """By role and need: e-mail travels further than the thread."""
    needs = [f"{view.speech.role(n.role)} {need_kind(view, n)}" if n.role else need_kind(view, n) for n in option.needs]
    return f"- {unmarked(view.speech.plain_span(option.slot.span))}: {unmarked('; '.join(needs))}"


def _ask_words(view: ReviewView, ask: f.Ask) -> str:
    unread = "unknown" in ask.rules and "busy" not in ask.rules
    could = "say whether they are free" if unread else "move what stands there"
    return f"- {unmarked(view.speech.plain_span(ask.span))}: one person could {could}"


def _addresses(view: ReviewView) -> list[str]:
    found = []
    if view.request.record_url and host_of(view.request.record_url) in view.link_hosts:
        found.append(f"The record: {clean(view.request.record_url, 1500)}")
    host = host_of(view.card) or ""
    if view.card and host.endswith((".slack.com", ".slack-gov.com")):
        found.append(f"The card in Slack: {clean(view.card, 1500)}")
    return found
