"""Every entry of a meeting's log as a sentence: who did what, and why."""

from __future__ import annotations

from bot.core import facts as f
from bot.core.escalating import RISEN
from bot.slack.messages.points import need_words
from bot.slack.messages.view import ReviewView
from bot.slack.speech import counted, first_of, some
from bot.slack.text import safe


def entry(view: ReviewView, fact: f.AnyFact) -> str:
    """One sentence for mrkdwn. A new sort of fact without a sentence is a type error here."""
    speech = view.speech
    who = speech.name(fact.by)
    match fact:
        case f.Requested():
            return f"{who} asked for {safe(fact.title, 80)} {safe(fact.record, 80)} (policy {safe(fact.policy[:4])})"
        case f.SearchStarted():
            return f"search {fact.search} began{f': {view.say_by_role(fact.why)}' if fact.why else ''}"
        case f.Searched():
            return _searched(view, fact)
        case f.SearchStopped():
            return f"search {fact.search} stopped: {speech.say(fact.why)}"
        case f.SlotChosen():
            return f"{who} chose {speech.span(fact.slot.span)} until {speech.day_and_time(fact.expires_at)}"
        case f.SlotHeld():
            return f"the slot was held on {counted(len(fact.placed), 'calendar')}"
        case f.SlotExtended():
            return f"{who} extended the hold until {speech.day_and_time(fact.expires_at)}"
        case f.SlotEnded():
            return _ended(view, fact)
        case f.HoldsLifted():
            return f"{counted(len(fact.keys), 'hold')} set aside to read what lies under"
        case f.HoldsPutBack():
            return "the holds were put back"
        case f.HoldsGone():
            return "the holds are off every calendar"
        case f.ConfirmersReminded():
            return f"the confirmers were reminded ({'half-way' if fact.which == 'half' else 'last call'})"
        case f.Approved():
            return f"{who} approved the slot"
        case f.Stopped():
            return f"nothing was sent: {some([view.say_by_role(c) for c in fact.changes], '; ', 6)}"
        case f.Checked():
            return f"nothing had changed ({counted(fact.calendars_read, 'calendar')} read)"
        case f.Confirmed():
            return f"confirmed: one invite to {counted(len(fact.invited), 'person', 'people')}"
        case f.Cancelled():
            return f"{who} cancelled the meeting{f': {view.said(fact.reason)}' if fact.reason else ''}"
        case f.InviteCancelled():
            return "the invite was withdrawn from everybody"
        case f.Disturbed():
            changed = some([view.say_by_role(c) for c in fact.changes], "; ", 6)
            return f"since the confirmation: {changed}" if fact.changes else "everything is as it was again"
        case f.RescheduleAsked():
            return f"{who} asked for another slot; the confirmed one is kept meanwhile"
        case f.RescheduleDropped():
            return f"{who} kept the confirmed slot"
        case f.Noted():
            return f"{who} noted: {view.said(fact.words)}"
        case f.Escalated():
            return f"escalated to {speech.role(fact.to)}: {view.say_by_role(fact.cause)}"
        case f.AgreementAsked():
            return _asked(view, fact)
        case f.AgreementAnswered():
            return _answered(view, fact)
        case f.Attested():
            told = some([speech.span(span) for span in fact.windows], ", ", 6)
            return f"{who} stated that {speech.name(fact.person)} is free {told}, because {view.said(fact.source)}"
        case f.AttestationTakenBack():
            return f"{who} took back when {speech.name(fact.person)} is free: {view.said(fact.source)}"
        case f.EscalationClimbed():
            return f"{_RUNGS[fact.rung]}: question {fact.escalation} went to {_called(view, fact)}"
        case f.EscalationAcknowledged():
            return f"{who} took on question {fact.escalation}"
        case f.EscalationResolved():
            return f"question {fact.escalation} {'rises once more' if fact.why == RISEN else 'was settled'}"
        case f.Disturbed():
            changes = some([view.say_by_role(c) for c in fact.changes], "; ", 6)
            return f"since the confirmation: {changes}" if changes else "all is again as it was confirmed"
        case f.RescheduleAsked():
            return f"{who} asked for another slot; the confirmed one is kept until then"
        case f.RescheduleDropped():
            return f"{who} kept the confirmed slot after all"


_RUNGS = {"team": "in the thread", "pager": "by pager", "mail": "by e-mail"}


def _called(view: ReviewView, fact: f.EscalationClimbed) -> str:
    known = tuple(p for p in fact.asked if p in view.people.people)
    escalation = view.meeting.escalation(fact.escalation)
    team = f"the {view.speech.role(escalation.to)}" if escalation else "the team"
    return f"{team} ({view.speech.shorts(known, most=6)})" if known else team


def _asked(view: ReviewView, fact: f.AgreementAsked) -> str:
    """`Lee Park asked (1) that Ines Brandt sit as database migration owner: Priya or Dana decides`."""
    speech, slot = view.speech, f" {view.speech.span(fact.slot.span)}" if fact.slot else ""

    def deciders(point: f.AgreementPoint) -> str:
        return speech.shorts(point.deciders, "or", 4) or "nobody"

    what = {
        "substitute": f"that {speech.name(fact.person or '')} sit as {speech.role(fact.role or '')}",
        "exception": f"for an exception,{slot}",
        "ask": f"whether what stands against{slot} can be moved",
    }[fact.sort]
    points = first_of(fact.points, lambda p: f"{need_words(view, p.need)}: {deciders(p)}", "; ", 6)
    why = f", because {view.said(fact.reason)}" if fact.reason else ""
    return f"{speech.name(fact.by)} asked (request {fact.number}) {what}{why}; asked are {points}"


def _answered(view: ReviewView, fact: f.AgreementAnswered) -> str:
    """The need is named where this round's review still knows it."""
    agreement = view.meeting.agreement(fact.number)
    known = agreement is not None and fact.point < len(agreement.points)
    need = f", {need_words(view, agreement.points[fact.point].need)}" if agreement and known else ""
    why = f": {view.said(fact.reason)}" if fact.reason else ""
    said = "agreed to" if fact.granted else "said no to"
    return f"{view.speech.name(fact.by)} {said} request {fact.number}{need}{why}"


def _searched(view: ReviewView, fact: f.Searched) -> str:
    outcome = {
        "viable": f"{fact.feasible} of {fact.starts} starts fit",
        "needs_exception": f"none of {fact.starts} starts fits without an agreement",
        "none": f"none of {fact.starts} starts fits",
        "incomplete": f"the record lacks {some([view.speech.role(m) for m in _missing(fact)], ', ', 6)}",
        "no_window": "no window is left",
    }[fact.outcome]
    read = f"; {counted(fact.calendars_read, 'calendar')} read" if fact.calendars_read else ""
    unread = f", {len(fact.unreadable)} people unreadable" if fact.unreadable else ""
    return f"search {fact.search} finished: {outcome}{read}{unread}"


def _missing(fact: f.Searched) -> tuple[str, ...]:
    return (*fact.missing_facts, *fact.missing_roles)


def _ended(view: ReviewView, fact: f.SlotEnded) -> str:
    who = view.speech.name(fact.by)
    match fact.why:
        case "let_go":
            return f"{who} let the slot go"
        case "superseded":
            return "the slot was let go, because another one was confirmed"
        case "vetoed":
            return f"{who} took the hold off their calendar; the slot was let go"
        case "lost":
            return f"the hold was gone from all calendars. {view.speech.say(fact.reason_words or '')}".rstrip()
        case "expired":
            return "the hold ran out"
        case "rejected":
            return f"{who} rejected the slot: {view.said(fact.reason)}"
        case "failed":
            return f"the slot could not be held{f': {view.speech.say(fact.reason_words)}' if fact.reason_words else ''}"
        case "confirmed":
            return "the hold gave way to the invite"
        case "cancelled":
            return "the hold ended with the meeting"
