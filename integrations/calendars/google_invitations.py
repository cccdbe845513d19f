"""The organiser's Google calendar: the one place from which people are really invited, and each of them once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from bot.ports import Conflict, Failure, Gone, Invite, SentInvite, Unreachable
from integrations.calendars.google_events import event_id, live, moment
from integrations.calendars.google_failures import SERVICE
from integrations.calendars.google_wire import EVENTS, EVENTS_OWNED, Checked, GoogleIdentity, Wire

Reply = Literal["accepted", "declined", "tentative", "none"]

_FIELDS = "id,status,etag,hangoutLink,conferenceData(createRequest,entryPoints)"
_REPLY_FIELDS = "id,status,attendees(email,responseStatus)"
_LINK_WAITS = (0.5, 1.0, 2.0, 4.0)  # seconds; Google makes the meeting link a moment after the event
_REPLIES: dict[str, Reply] = {"accepted": "accepted", "declined": "declined", "tentative": "tentative"}


class GoogleInvitations:
    """`bot.ports.Invitations` on `organizer`'s own calendar. A key is used once: what was cancelled is not sent anew."""

    def __init__(
        self,
        writer: GoogleIdentity,
        organizer: str,
        *,
        api_url: str | None = None,
        timeout: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calendar = organizer
        self._subject = writer.subject or organizer
        scope = EVENTS_OWNED if self._subject == organizer else EVENTS
        self._wire = Wire(writer, scope, api_url=api_url, timeout=timeout, sleep=sleep)

    def close(self) -> None:
        self._wire.close()

    def send(self, invite: Invite) -> SentInvite:
        """Asking again is safe: the id comes from the key, and an id that exists is refused before anybody is mailed."""
        lost: Unreachable | None = None
        try:
            self._insert(_body(invite))
        except Conflict:
            pass  # an earlier try of ours went through
        except Unreachable as failure:
            lost = failure
        try:
            event = self._read(invite.key)
        except Gone:
            raise lost or Unreachable("The invite was sent but cannot be read yet.", service=SERVICE) from None
        if not live(event):
            words = "This invite was cancelled in the organiser's calendar; it is not sent a second time."
            raise Gone(words, service=SERVICE)
        return _sent(self._with_link(invite.key, event), invite.key)

    def _insert(self, body: dict[str, Any]) -> None:
        self._wire.ask(
            self._subject,
            lambda google: google.events().insert(
                calendarId=self._calendar,
                body=body,
                sendUpdates="all",
                conferenceDataVersion=1,
                fields=_FIELDS,
            ),
        )

    def _with_link(self, key: str, event: Any) -> Any:
        """The event with its meeting link, which is promised first and made later; as it is when none comes."""
        for wait in _LINK_WAITS:
            if not _link_is_pending(event):
                break
            self._wire.pause(wait)
            event = self._read(key)
        return event

    def find(self, key: str) -> SentInvite | None:
        try:
            event = self._read(key)
        except Gone:
            return None
        return _sent(event, key) if live(event) else None

    def cancel(self, key: str, words: str) -> None:
        """Google mails its own cancellation to everybody; it has no place for `words`, which stand in the thread."""
        try:
            self._wire.ask(
                self._subject,
                lambda google: google.events().delete(calendarId=self._calendar, eventId=_id(key), sendUpdates="all"),
            )
        except Gone:
            return

    def replies(self, key: str) -> Mapping[str, Reply]:
        event = self._read(key, _REPLY_FIELDS)
        if not live(event):
            raise Gone("The invite was cancelled.", service=SERVICE)
        said = event.get("attendees") or []
        return {
            str(a["email"]).lower(): _REPLIES.get(str(a.get("responseStatus")), "none") for a in said if a.get("email")
        }

    def check(self) -> Checked:
        try:
            self._read("readiness check")
        except Gone:
            pass
        except Failure as failure:
            return Checked(False, f"Google, sending invites: {failure}")
        return Checked(True, "Google, sending invites: the token and its scope work.")

    def _read(self, key: str, fields: str = _FIELDS) -> Any:
        return self._wire.ask(
            self._subject,
            lambda google: google.events().get(calendarId=self._calendar, eventId=_id(key), fields=fields),
        )


def _id(key: str) -> str:
    return event_id(f"invite|{key}")


def _body(invite: Invite) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": _id(invite.key),
        "summary": invite.title,
        "description": invite.text,
        "start": moment(invite.span.start, invite.time_zone),
        "end": moment(invite.span.end, invite.time_zone),
        "visibility": "private",
        "guestsCanInviteOthers": False,
        "guestsCanModify": False,
        "attendees": [{"email": i.email, "displayName": i.name} for i in invite.invitees],
        # Other names than a hold's: the sweep that removes holds nobody owns must never meet an invite.
        "extendedProperties": {"private": {"rrInvite": invite.tag, "rrInviteRecord": invite.record}},
    }
    if invite.online:
        request = {"requestId": _id(invite.key), "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        body["conferenceData"] = {"createRequest": request}
    return body


def _conference(event: Any) -> dict[str, Any]:
    said = event.get("conferenceData")
    return cast(dict[str, Any], said) if isinstance(said, dict) else {}


def _link_is_pending(event: Any) -> bool:
    request = _conference(event).get("createRequest")
    status = request.get("status") if isinstance(request, dict) else None
    return isinstance(status, dict) and status.get("statusCode") == "pending" and _join_url(event) is None


def _join_url(event: Any) -> str | None:
    points = _conference(event).get("entryPoints") or []
    video = [p.get("uri") for p in points if isinstance(p, dict) and p.get("entryPointType") == "video"]
    url = next((u for u in video if u), None) or event.get("hangoutLink")
    return str(url) if url else None


def _sent(event: Any, key: str) -> SentInvite:
    return SentInvite(event_id=str(event["id"]), key=key, join_url=_join_url(event), etag=event.get("etag"))
