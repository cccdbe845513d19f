"""What can be broken with one switch on the sandbox's page, in plain words."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.faults import Faults

Json = dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """One switch of the page: the fault switches it throws together."""

    id: str
    group: str
    label: str
    explains: str
    faults: tuple[Json, ...]


def _one(service: str, operation: str, kind: str, **more: Any) -> Json:
    return {"service": service, "operation": operation, "kind": kind, **more}


_SLOW = {"seconds": 5.0, "times": None}
_DEAD = {"times": None}

PRESETS = (
    Preset("microsoft-503", "Calendars", "Microsoft answers 503 three times",
           "Busy servers; the next request after that is answered.",
           (_one("microsoft", "*", "status", status=503, retry_after=1, times=3),)),
    Preset("microsoft-dead", "Calendars", "Microsoft does not answer at all",
           "Every connection is closed without a word, until you switch this off.",
           (_one("microsoft", "*", "drop_before", **_DEAD),)),
    Preset("mei-unreadable", "Calendars", "Mei's calendar cannot be read",
           "An error for her alone inside a good answer. Unknown is never free.",
           (_one("microsoft", "getSchedule", "calendar_error", match="mei@example.com", **_DEAD),)),
    Preset("omar-unreadable", "Calendars", "Omar's calendar cannot be read",
           "The same on Google: the answer is 200, and his part of it is an error.",
           (_one("google", "freeBusy.query", "calendar_error", match="omar@example.com", **_DEAD),)),
    Preset("google-slow", "Calendars", "Google is slow (5 s)",
           "Every answer comes, late.", (_one("google", "*", "slow", **_SLOW),)),
    Preset("google-quota", "Calendars", "Google says: too many requests",
           "Twice, with a Retry-After of two seconds.",
           (_one("google", "*", "status", status=429, retry_after=2, times=2),)),
    Preset("answers-lost", "Calendars", "Answers get lost after the deed was done",
           "The next hold is placed on Google and on Microsoft, and nobody is told so.",
           (_one("google", "events.insert", "drop_after"), _one("microsoft", "events.create", "drop_after"))),
    Preset("slack-limits", "Slack", "Slack limits the rate",
           "The next three messages are refused with 429 and a Retry-After of two seconds.",
           (_one("slack", "chat.*", "status", status=429, retry_after=2, times=3),)),
    Preset("slack-lost-post", "Slack", "A message is posted, and its answer gets lost",
           "Slack has no key for posting once: the bot must look before it posts again.",
           (_one("slack", "chat.postMessage", "drop_after"),)),
    Preset("slack-no-files", "Slack", "Slack takes no files",
           "Uploads are answered with 503: the offers stand in the thread all the same, the picture does not.",
           (_one("slack", "files.*", "status", status=503, times=None),)),
    Preset("press-twice", "Slack", "Every press arrives twice",
           "The same signed request is delivered again.",
           (_one("slack", "deliver.action", "duplicate", **_DEAD),)),
    Preset("press-late", "Slack", "Presses arrive late (2 s)",
           "Slack waits three seconds for an answer; most of them are gone on the way.",
           (_one("slack", "deliver.action", "slow", seconds=2.0, times=None),)),
    Preset("press-lost", "Slack", "The next press never arrives",
           "The connection to the bot breaks; Slack says so to the person.",
           (_one("slack", "deliver.action", "drop_before"),)),
    Preset("press-forged", "Slack", "The next request carries a wrong signature",
           "The bot must refuse it.", (_one("slack", "deliver.*", "bad_signature"),)),
    Preset("pager-throttled", "Pager and mail", "PagerDuty says: too many events",
           "Twice, with a Retry-After of two seconds.",
           (_one("pagerduty", "events.enqueue", "status", status=429, retry_after=2, times=2),)),
    Preset("pager-dead", "Pager and mail", "PagerDuty does not answer at all",
           "Every connection is closed without a word, until you switch this off.",
           (_one("pagerduty", "*", "drop_before", **_DEAD),)),
    Preset("mail-refused", "Pager and mail", "The mail server refuses the next mail",
           "With 550, for good: asking again changes nothing.", (_one("smtp", "smtp.data", "status", status=550),)),
    Preset("mail-lost", "Pager and mail", "A mail is taken, and the answer gets lost",
           "SMTP has no way to ask: the mail comes again under the same Message-ID.",
           (_one("smtp", "smtp.data", "drop_after"),)),
    Preset("github-down", "Closing", "GitHub does not answer at all",
           "Board and checklist wait: the step says so, and goes on by itself when you switch this off.",
           (_one("github", "*", "drop_before", **_DEAD),)),
    Preset("github-limit", "Closing", "GitHub limits the rate", "Twice, as 403 with a Retry-After of two seconds.",
           (_one("github", "*", "status", status=403, word="secondary", retry_after=2, times=2),)),
    Preset("github-lost", "Closing", "GitHub does it, and the answer gets lost",
           "The next change of an issue is made and nobody is told: the bot must look before it writes again.",
           (_one("github", "issues.update", "drop_after"),)),
    Preset("servicenow-down", "Closing", "ServiceNow is down (503)", "Record and queue cannot be read until you switch this off.",
           (_one("servicenow", "*", "status", status=503, **_DEAD),)),
    Preset("archive-down", "Closing", "The archive does not answer at all", "Evidence that cannot be read is never taken for good.",
           (_one("archive", "*", "drop_before", **_DEAD),)),
    Preset("intake-lost", "Closing", "The scheduler hears it, and its answer gets lost",
           "It is told again under the same id, and folds the two.", (_one("intake", "*", "drop_after"),)),
)  # fmt: skip


class Switches:
    """Which presets are on. A preset goes out by itself when its faults are used up."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._lock = threading.Lock()
        self._thrown: dict[str, list[int]] = {}

    def on(self, preset_id: str) -> bool:
        """False when there is no such preset; throwing a switch twice changes nothing."""
        preset = next((p for p in PRESETS if p.id == preset_id), None)
        if preset is None:
            return False
        with self._lock:
            if not self._live(preset_id):
                self._thrown[preset_id] = [self._faults.add(**fault).id for fault in preset.faults]
        return True

    def off(self, preset_id: str) -> None:
        with self._lock:
            for fault_id in self._thrown.pop(preset_id, []):
                self._faults.remove(fault_id)

    def clear(self) -> None:
        with self._lock:
            self._thrown.clear()
        self._faults.clear()

    def shown(self) -> list[Json]:
        with self._lock:
            return [self._described(preset) for preset in PRESETS]

    def _described(self, preset: Preset) -> Json:
        live = self._live(preset.id)
        times = [fault["times"] for fault in live]
        left = None if not live or None in times else sum(times)
        words = {"id": preset.id, "group": preset.group, "label": preset.label, "explains": preset.explains}
        return {**words, "active": bool(live), "left": left}

    def _live(self, preset_id: str) -> list[Json]:
        thrown = self._thrown.get(preset_id, [])
        return [fault for fault in self._faults.shown() if fault["id"] in thrown]
