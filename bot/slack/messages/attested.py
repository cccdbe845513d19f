"""Who is free when by what people said, where no calendar can be read: in the thread, on the card, before the invite."""

from __future__ import annotations

from datetime import datetime

from bot.core import facts as f
from bot.core.attested import Attestation
from bot.core.span import Span, zone
from bot.slack.blocks import Message, message, says, small
from bot.slack.messages.view import ReviewView
from bot.slack.speech import some
from bot.slack.text import safe

_MOST = 6


def unreadable(view: ReviewView) -> tuple[str, ...]:
    """Of whom the newest search could not read when they are free: for them somebody may say it."""
    found = view.meeting.search.unreadable if view.meeting.search else ()
    return tuple(dict.fromkeys([*found, *(a.person for a in view.meeting.attestations)]))


def stated(view: ReviewView, fact: f.Attested, at: datetime) -> Message:
    name, who = view.speech.name(fact.person), view.speech.name(fact.by)
    return message(
        f"{who} states for {view.id} when {name} is free.",
        says(f"*{who}* states when *{name}* is free: {windows(view, fact.windows)}."),
        says(f"How they know: {view.said(fact.source)}"),
        small(f"{_there(view, fact.person, fact.windows)} At other times nothing is known, and unknown is never free."),
        small(f"{view.speech.day_and_time(at)} · for this review only, and nothing is held on a calendar for it"),
    )


def taken_back(view: ReviewView, fact: f.AttestationTakenBack, at: datetime) -> Message:
    name, who = view.speech.name(fact.person), view.speech.name(fact.by)
    return message(
        f"{who} takes back when {name} is free.",
        says(f"*{who}* takes back what was stated of *{name}*: {view.said(fact.source)}"),
        small(f"{view.speech.day_and_time(at)} · nothing is known of their time now, and unknown is never free"),
    )


def windows(view: ReviewView, spans: tuple[Span, ...]) -> str:
    return some([view.speech.span(span) for span in spans], " · ", _MOST)


def _there(view: ReviewView, person: str, spans: tuple[Span, ...]) -> str:
    """The same by the person's own clock, as it was written: a wrong zone shows."""
    known = view.people.people.get(person)
    local = zone(known.time_zone if known else view.zone)
    said = [
        f"{begin:%a} {begin.day} {begin:%b %H:%M} – {end:%H:%M}"
        for begin, end in ((span.start.astimezone(local), span.end.astimezone(local)) for span in spans)
    ]
    return f"By their own clock ({safe(local.key, 40)}): {some(said, ', ', _MOST)}."


def attested_line(view: ReviewView) -> str | None:
    """For the card: whose times rest on somebody's word."""
    if not view.meeting.attestations or view.meeting.state in ("cancelled", "confirmed"):
        return None
    told = [f"{_said(view, a)}: free {windows(view, a.windows)}" for a in view.meeting.attestations]
    return f"*No calendar can be read:* {some(told, '; ', 4)}. Other times are unknown."


def attested_in(view: ReviewView, slot: f.Slot) -> str | None:
    """Before the invite goes out: who of those who sit is free by somebody's word alone."""
    sitting = [a for a in view.meeting.attestations if a.person in slot.people]
    if not sitting:
        return None
    told = [f"{_said(view, a)} ({view.said(a.source)})" for a in sitting]
    return f"*Free by somebody's word, not by a calendar:* {some(told, '; ', 6)}."


def _said(view: ReviewView, attestation: Attestation) -> str:
    """`Lucía Ortega, attested by Priya Mon 14:02, not held`."""
    by, at = view.speech.short(attestation.by), view.speech.day_and_time(attestation.at)
    return f"{view.speech.name(attestation.person)} (attested by {by} {at}, not held)"
