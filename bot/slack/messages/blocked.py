"""No time fits: what stands in the way, what would help and whose agreement that needs, and who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core import facts as f
from bot.slack.blocks import Block, Message, buttons, message, says, small
from bot.slack.messages import presses
from bot.slack.messages.agreements import ask_blocks, letter_of, open_asks, open_options, option_blocks, there
from bot.slack.messages.bounds import closing, helping, window
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, duration, enumerated, first_of, number, some
from bot.slack.text import safe

_FACTS: Mapping[str, str] = {
    "cutover": "when the cutover is", "rollback_checkpoint": "when the rollback checkpoint is",
    "evidence_cutoff": "when evidence closes", "deadline": "what the contractual deadline counts from",
    "customer": "which customer it is for",
    "evidence": "which evidence it rests on",
}  # fmt: skip


def blocked(view: ReviewView, found: f.Searched | f.SearchStopped, next_at: datetime | None = None) -> Message:
    """`next_at`: when the question goes up to the team, where that is not at once."""
    if isinstance(found, f.SearchStopped):
        return _stopped(view, found)
    asked = _asked(view, next_at)
    match found.outcome:
        case "incomplete":
            return _incomplete(view, found, _ladder(view, next_at))
        case "no_window":
            return _no_window(view, found, asked)
        case _:
            return _no_slot(view, found, asked)


def _stopped(view: ReviewView, found: f.SearchStopped) -> Message:
    words = f"Nothing was searched for {view.id}. {view.speech.say(found.why)}"
    return message(
        words,
        says(words),
        says(f"{held_words(view)} Look again once that is put right; {_owner(view)} knows the record."),
        buttons(presses.look_again(view)),
    )


def _incomplete(view: ReviewView, found: f.Searched, ladder: str) -> Message:
    missing = [fact_missing(view, fact) for fact in found.missing_facts]
    missing += [
        f"somebody who can sit as *{view.speech.role(role)}*: name a person or rota that people.yaml knows"
        for role in found.missing_roles
    ]
    short = enumerated([view.speech.role(name) for name in (*found.missing_facts, *found.missing_roles)], "and", 6)
    summary = f"{view.id} is incomplete, so nothing was searched. It lacks: {short}."
    return message(
        summary,
        says(f"{view.record_link} does not say enough to look for a time, so nothing was searched. It lacks:"),
        says(some([f"• {line}" for line in missing], "\n", 15) or "• what the policy asks for"),
        says(f"{_owner(view)} is asked to add this to the record; then look again. {ladder} {held_words(view)}"),
        buttons(presses.look_again(view)),
    )


def fact_missing(view: ReviewView, fact: str) -> str:
    if fact == "state":
        wanted = enumerated([f"*{safe(s, 40)}*" for s in view.kind.states or ()], "or", 6)
        now = f" It is *{safe(view.record.state, 40)}*" if view.record else " It is another"
        return f"a state in which a meeting may be held.{now}; the policy asks for {wanted or 'another'}"
    if fact == "touches":
        return f"{_touches(view)} (add *touches*; an empty list is an answer)"
    words = _FACTS.get(fact, f"its {view.speech.role(fact)}")
    return f"{words} (add *{safe(fact, 60)}*)"


def _touches(view: ReviewView) -> str:
    """`whether it touches authentication, and that decides if a security reviewer must sit`."""
    asked = {role: demand.when_touches for role, demand in view.kind.roles.items() if demand.when_touches is not None}
    words = [safe(word, 40) for needed in asked.values() for word in needed]
    if not words:
        return "what it touches"
    roles = enumerated([f"a {view.speech.role(role)}" for role in asked], "or", 4)
    return f"whether it touches {enumerated(list(dict.fromkeys(words)), 'or', 4)}, and that decides if {roles} must sit"


def _no_window(view: ReviewView, found: f.Searched, asked: str) -> Message:
    between = window(view, found)
    summary = f"No time is left for {view.id}: the window is shorter than the meeting."
    return message(
        summary,
        says(
            f"No time is left for {view.record_link}: the meeting takes {duration(view.kind.duration)}, and no start "
            f"fits into its window.{f' {between}.' if between else ''}"
        ),
        says(f"What would help: {helping(found)}. That is for {_owner(view)} to see to; then look again."),
        says(f"{asked} {held_words(view)}"),
        buttons(presses.look_again(view)),
    )


def _no_slot(view: ReviewView, found: f.Searched, asked: str) -> Message:
    end = f" before {view.speech.day_and_time(found.closes)} ({closing(found, view.kind)})" if found.closes else ""
    summary = f"No time fits {view.id}{end}. {_hope(view, found).rstrip(':.')}."
    return message(
        summary,
        says(f"No time fits {view.record_link}{end}. {_starts(found)}{_blocking(view, found)}"),
        _unreadable(view, found),
        says(_hope(view, found)),
        *option_blocks(view, found),
        *ask_blocks(view, found),
        says(f"{asked} {held_words(view)}"),
        small(f"Times are in your own zone. {there(view, found)}".strip()),
        buttons(presses.why_not(view), presses.attest(view), presses.look_again(view)),
    )


def _starts(found: f.Searched) -> str:
    return f"{capital(number(found.starts))} {'start was' if found.starts == 1 else 'starts were'} looked at."


def _blocking(view: ReviewView, found: f.Searched) -> str:
    if not found.blocking:
        most = first_of(found.ruled_out, lambda told: f"_{view.say_by_role(told[0])}_ ({told[1]})", " · ", 5)
        return f" What rules out most: {most}." if most else ""
    one = len(found.blocking) == 1
    reasons = first_of(found.blocking, lambda reason: f"_{view.say_by_role(reason)}_", " · ", 8)
    if one:
        return f" This rules everything out: {reasons}."
    return f" These {number(len(found.blocking))} together rule everything out: {reasons}. Leave any one away and there is room."


def _unreadable(view: ReviewView, found: f.Searched) -> Block | None:
    spoken_for = {a.person for a in view.meeting.attestations}
    roles = dict.fromkeys(view.seats_by_person.get(p, "delegate") for p in found.unreadable if p not in spoken_for)
    if not roles:
        return None
    whose = enumerated([f"the {view.speech.role(role)}" for role in roles], "and", 8)
    return says(
        f"Not readable, and so never counted as free: calendars of {whose}. Whoever knows when they are free can state it."
    )


def _hope(view: ReviewView, found: f.Searched) -> str:
    if options := open_options(view, found):
        fewest = len(found.options[options[0]].needs)
        if fewest == 1:
            few = [letter_of(i) for i in options if len(found.options[i].needs) == 1]
            more = len(options) - len(few)
            others = (
                f" for {enumerated(few, 'or', 5)}; the other{'s take' if more > 1 else ' takes'} more" if more else ""
            )
            return f"One agreement would do{others}:"
        return f"It takes {number(fewest)} agreements at least:"
    if open_asks(view, found):
        return "No agreement of the approvers helps, but one person could:"
    if found.options or found.asks:
        return f"What would have made room was refused. {_owner(view)} decides what moves."
    return (
        "No single agreement would make room: the window, the evidence or the people must change. "
        f"{_owner(view)} decides what moves."
    )


def _asked(view: ReviewView, next_at: datetime | None) -> str:
    if view.request.escalation_to is None:
        return f"Asked: {view.deciders_named('and')}."
    return f"Asked: {_owner(view)}. {_ladder(view, next_at)}"


def _ladder(view: ReviewView, next_at: datetime | None) -> str:
    """Who is next if nobody answers. The team is called in a line of its own, once."""
    if view.request.escalation_to is None:
        return ""
    team = f"the {view.speech.role(view.request.escalation_to)}"
    if next_at is None or next_at <= view.now:
        return f"This goes to {team} too, and further up if nobody answers."
    return f"Nobody has answered? At {view.speech.time(next_at)} this goes to {team}, then further up."


def _owner(view: ReviewView) -> str:
    return f"{view.speech.short(view.request.owner)} (record owner)"


def held_words(view: ReviewView) -> str:
    hold = view.hold if view.meeting.state in ("placing", "held", "confirming") else None
    return f"The hold of {view.speech.span(hold.slot.span)} stays as it is." if hold else "Nothing is held."
