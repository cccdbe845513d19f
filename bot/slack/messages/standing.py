"""What stands on people's calendars because of a review, at this moment."""

from __future__ import annotations

from bot.core.meeting import Hold
from bot.slack.messages.view import ReviewView
from bot.slack.speech import capital, counted


def standing(view: ReviewView) -> str:
    """One sentence: what is on calendars now, and what is still being taken off."""
    hold = view.hold
    match view.meeting.state:
        case "placing" if hold:
            words = f"Holds are being placed on {counted(len(hold.planned), 'calendar')}."
        case "held" | "confirming" if hold:
            words = tentative(view, hold)
        case "confirmed":
            invited = view.meeting.confirmed.invited if view.meeting.confirmed else ()
            words = f"One invite to {counted(len(invited), 'person', 'people')} is on their calendars."
        case "cancelled":
            words = "Nothing is on any calendar any more."
        case _:
            words = "Nothing is on any calendar yet." if not view.meeting.holds else "Nothing is held."
    going = [h for h in view.meeting.holds if h.ended is not None and not h.gone and h.placed]
    if not going:
        return words
    count = sum(len(h.placed) for h in going)
    return f"{words} {capital(counted(count, 'hold'))} {'is' if count == 1 else 'are'} coming off."


def tentative(view: ReviewView, hold: Hold) -> str:
    """`Tentative on 4 of 5 calendars: Dana, Lee, Mei and Noor. *Not held:* Ravi (calendar cannot be written).`"""
    names = view.speech.shorts(tuple(p.person for p in hold.planned), most=12)
    whole = len(hold.planned) + len(hold.not_held)
    if not hold.planned:
        return f"On no calendar: the slot is claimed here only.{not_held(view, hold)}"
    return f"Tentative on {len(hold.planned)} of {whole} calendars: {names}.{not_held(view, hold)}"


def not_held(view: ReviewView, hold: Hold) -> str:
    if not hold.not_held:
        return ""
    people = [f"{view.speech.short(person)} ({view.speech.say(why)})" for person, why in hold.not_held]
    return f" *Not held:* {', '.join(people[:12])}{f' and {len(people) - 12} more' if len(people) > 12 else ''}."
