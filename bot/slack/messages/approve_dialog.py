"""The question before the invite goes out: the slot, the people, what is out of the ordinary, and the invite itself."""

from __future__ import annotations

from bot.core.meeting import Hold
from bot.slack.blocks import Block, modal, says, small
from bot.slack.messages.attested import attested_in
from bot.slack.messages.confirmed import exceptions, told_by_hand
from bot.slack.messages.held import draft
from bot.slack.messages.presses import APPROVE_DIALOG
from bot.slack.messages.seats import people_by_role
from bot.slack.messages.standing import not_held
from bot.slack.messages.view import ReviewView
from bot.slack.text import safe


def approve_dialog(view: ReviewView, hold: Hold) -> Block:
    speech = view.speech
    missing = not_held(view, hold).strip()
    return modal(
        "Approve and send?",
        APPROVE_DIALOG,
        [
            says(f"{view.record_link} *{safe(view.request.record_title, 200)}*\n*{speech.span(hold.slot.span)}*"),
            small(f"In {speech.place}: {speech.bare_span(hold.slot.span)}."),
            says(replaces) if (replaces := _replaces(view)) else None,
            says(people_by_role(view, hold.slot)),
            says(exceptions(view, hold.slot)),
            says(missing or "Everybody's calendar is held."),
            says(attested) if (attested := attested_in(view, hold.slot)) else None,
            says(by_hand) if (by_hand := told_by_hand(view, _without_address(view, hold))) else None,
            *draft(view, limit=20_000),
            says(
                "On *Approve and send* everything is read again. If anything has changed, nothing is sent and the "
                "thread says what changed. If not, one invite goes out."
            ),
        ],
        submit="Approve and send",
        close="Not now",
        carries=view.carries(s=hold.set),
    )


def _replaces(view: ReviewView) -> str | None:
    kept = view.meeting.kept
    return (
        f"It takes the place of *{view.speech.span(kept.slot.span)}*, whose invite is withdrawn then." if kept else None
    )


def _without_address(view: ReviewView, hold: Hold) -> tuple[str, ...]:
    known = view.people.people
    return tuple(p for p in hold.slot.people if p not in known or not known[p].email)
