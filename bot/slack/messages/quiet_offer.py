"""Somebody pasted a link to a record: an offer that only they see. Nothing is searched unasked."""

from __future__ import annotations

from bot.core.people import Directory
from bot.core.policy import Kind
from bot.core.record import Record
from bot.slack.blocks import Message, buttons, message, says
from bot.slack.messages.presses import not_now, schedule
from bot.slack.speech import Speech
from bot.slack.text import safe


def quiet_offer(record: Record, kind: Kind, people: Directory, zone: str) -> Message:
    speech = Speech(people, zone)
    cutover = f" Cutover {speech.day_and_time(record.cutover.start)}." if record.cutover else ""
    id, kind_title = safe(record.id, 80), safe(kind.title, 80)
    return message(
        f"{id} has no {kind_title} yet. Shall I look for a time?",
        says(f"{id} *{safe(record.title, 200)}* has no {kind_title[:1].lower()}{kind_title[1:]} yet.{cutover}"),
        buttons(schedule(record.id), not_now(record.id)),
    )
