"""The picture of a search in its thread: owed once the offers stand there, uploaded once, and nothing waits for it."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bot.core import facts as f
from bot.core.authority import Asker, may
from bot.core.meeting import At, Meeting
from bot.core.refusals import Refusal, refuse
from bot.core.search import Found
from bot.flows.searching import Searching
from bot.ports import Denied, Failure, Gone, Journal, SlackMemory, Throttled, Unreachable
from bot.slack.explaining import hears_names
from bot.slack.messages.times_picture import NAMED, file_name, file_title, times_picture
from bot.slack.posting import Posting
from bot.slack.reviewing import Reviewing

log = logging.getLogger("readiness")
SECONDS = 15.0
TRIES = 5
"""After so many the thread goes on without: the offers say everything in words."""

Draw = Callable[[Found, bool], "tuple[bytes, str] | None"]
"""A PNG and the same in sentences; None where there is nothing to draw. With people's names, or roles alone."""


NAMES = "Who is busy when is said by name only to those involved in the review."
COMMAND = "`readiness-bot plan … --picture FILE --names`"


class Place(NamedTuple):
    """Where a picture goes, under what name, and the line above it."""

    channel: str
    thread: str | None
    name: str
    words: str


class Pictures:
    """`home` is Slack's API address: an upload goes to https, or to where that is (the sandbox has no https)."""

    def __init__(
        self, journal: Journal, searching: Searching, reviewing: Reviewing, posting: Posting, memory: SlackMemory,
        draw: Draw, home: str,
    ) -> None:  # fmt: skip
        self._journal, self._searching, self._reviewing = journal, searching, reviewing
        self._posting, self._memory, self._draw, self._home = posting, memory, draw, home

    def owe(self, meeting: str, entry: At) -> None:
        """Called when the search's own line stands in the thread. The same entry twice owes one picture."""
        fact = entry.fact
        if isinstance(fact, f.Searched) and fact.inputs and fact.outcome in ("viable", "needs_exception", "none"):
            payload = {"meeting": meeting, "version": entry.version}
            self._memory.hear(f"picture:{meeting}:{entry.version}", "picture", f"picture:{meeting}", payload)

    def show(self, payload: Mapping[str, Any], attempts: int) -> str:
        """The worker's deed; the word is what became of it. Raises Unreachable and Throttled while it is worth trying."""
        try:
            return self._show(str(payload["meeting"]), int(payload["version"]))
        except (Denied, Gone) as failure:
            return _without(failure)
        except Failure as failure:
            if attempts + 1 < TRIES:
                raise
            return _without(failure)

    def _show(self, meeting_id: str, version: int) -> str:
        meeting = self._journal.meeting(meeting_id)
        fact = next((e.fact for e in self._journal.history(meeting_id) if e.version == version), None)
        if meeting is None or not isinstance(fact, f.Searched) or fact.search != meeting.searches:
            return "overtaken"  # a newer search has offers and a picture of its own
        thread = self._reviewing.thread(meeting)
        key, name = f"picture:{meeting_id}:{version}", file_name(meeting.request.record, version)
        kept = self._memory.post(key)
        if thread is None or (kept and kept.ts):
            return "no thread" if thread is None else "shown"
        if kept and kept.unsure and self._stands(meeting.request.channel, thread, name, key):
            return "shown"
        found = self._searching.found_in(fact)
        drawn = self._draw(found, False) if found else None
        if drawn is None:
            return "nothing to draw"
        place = Place(meeting.request.channel, thread, name, times_picture(fact))
        self._upload(key, meeting, place, *drawn)
        return "shown"

    def with_names(self, asker: Asker, meeting_id: str, press: str) -> Refusal | None:
        """The newest search with the people in it, as a direct message to somebody who may hear why others cannot come.
        One press sends one picture, or none where Slack did not say whether it took it."""
        view = self._reviewing.view(meeting_id)
        if view is None:
            return refuse("stale", "That button belongs to a review that I do not know. Nothing was sent.")
        refusal = may("read", asker, None, None, view.people, view.now)
        if refusal is not None or not hears_names(view, asker):
            return refusal or refuse("names", f"{NAMES} Nothing was sent. The picture in the thread shows the roles.")
        key, found = f"picture:{press}", self._searching.found_of(view.meeting)
        drawn = self._draw(found, True) if found else None
        if drawn is None:
            return refuse("no_search", "Nothing was searched, so there is nothing to draw. Nothing was sent.")
        try:
            if self._memory.post(key) is None:
                conversation = self._posting.call("conversations_open", users=asker.slack)["channel"]["id"]
                name = file_name(view.request.record, view.meeting.version, "names")
                self._upload(key, view.meeting, Place(str(conversation), None, name, NAMED), *drawn)
        except (Denied, Gone) as failure:
            return refuse("no_picture", f"{failure} Nothing was sent. An operator can draw it: {COMMAND}.")
        return None

    def _upload(self, key: str, meeting: Meeting, to: Place, png: bytes, alt: str) -> None:
        """Until the last of the three steps nobody sees anything: only that one is recorded before it is made."""
        place = self._posting.call("files_getUploadURLExternal", filename=to.name, length=len(png), alt_txt=alt)
        file = str(place["file_id"])
        self._send(str(place["upload_url"]), png)
        begun = self._memory.sending(key, meeting.id, to.channel, to.thread, "picture")
        if begun.ts:
            return  # somebody was quicker
        try:
            self._posting.call(
                "files_completeUploadExternal", files=[{"id": file, "title": file_title(meeting.request.record)}],
                channel_id=to.channel, thread_ts=to.thread, initial_comment=to.words,
            )  # fmt: skip
        except (Throttled, Denied, Gone):
            self._memory.lost(key, begun.number)  # certainly not shown
            raise
        self._memory.sent(key, file, 1)

    def _send(self, url: str, content: bytes) -> None:
        if urlsplit(url).scheme != "https" and urlsplit(url)[:2] != urlsplit(self._home)[:2]:
            raise Denied("Slack named an address to upload to that is not https.", service="Slack")
        request = Request(url, data=content, method="POST")  # noqa: S310  # the address was looked at just now
        request.add_header("Content-Type", "application/octet-stream")
        try:
            with urlopen(request, timeout=SECONDS):  # noqa: S310  # as above
                return
        except HTTPError as refused:
            refused.close()
            if refused.code >= 500 or refused.code == 429:
                raise Unreachable("Slack did not take the picture.", service="Slack") from None
            raise Denied(f"Slack refused the picture: {refused.code}.", service="Slack") from None
        except (OSError, http.client.HTTPException):
            raise Unreachable("Slack did not take the picture.", service="Slack") from None

    def _stands(self, channel: str, thread: str, name: str, key: str) -> bool:
        """Whether it is in the thread after all. Without the optional right to look it counts as there: a picture that
        is missing harms less than one that stands twice."""
        try:
            told = self._posting.call("conversations_replies", channel=channel, ts=thread, limit=1000)
        except (Denied, Gone):
            return True
        files = [file for message in told.get("messages", []) for file in message.get("files", [])]
        shown = next((str(file["id"]) for file in files if file.get("name") == name), None)
        if shown:
            self._memory.sent(key, shown, 1)
        return shown is not None


def _without(failure: Failure) -> str:
    log.warning("A search has no picture in its thread: %s", failure)
    return "not shown"
