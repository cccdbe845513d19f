"""Invites from the organiser's Microsoft calendar: each sent once, found again by its key, and properly cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from bot.ports import Conflict, Failure, Gone, Invite, SentInvite, Unreachable
from integrations.calendars import microsoft_hold as hold_words
from integrations.calendars.microsoft_failures import SERVICE, DuplicateTransaction
from integrations.calendars.microsoft_values import said_utc
from integrations.calendars.microsoft_wire import MicrosoftGraph, by_property, events_of

Reply = Literal["accepted", "declined", "tentative", "none"]
_SENDINGS = 4  # of one create, all under one transaction
_MOMENT = 1.0  # seconds until what was just written can be searched for
_SEND, _FIND, _CANCEL = "to send the invite", "for the invite", "to cancel the invite"
_SELECTED = "id,isCancelled,onlineMeeting"
_REPLIES: Mapping[str, Reply] = {
    "accepted": "accepted",
    "organizer": "accepted",
    "declined": "declined",
    "tentativelyaccepted": "tentative",
}


class MicrosoftInvitations:
    """`organizer` is the mailbox that sends. Microsoft mails as soon as an event with attendees exists, so a key that
    was ever used makes no second event, whatever became of the first."""

    def __init__(self, graph: MicrosoftGraph, organizer: str) -> None:
        self._graph, self._organizer = graph, organizer

    def send(self, invite: Invite) -> SentInvite:
        return self.find(invite.key) or self._sent(invite)

    def find(self, key: str) -> SentInvite | None:
        event = self._event(key, _SELECTED)
        return None if event is None else _invite(event, key)

    def cancel(self, key: str, words: str) -> None:
        """Sent again after a lost answer: a meeting that is cancelled already is no longer there to be cancelled."""
        event = self._event(key, _SELECTED)
        if event is None:
            return
        path = events_of(self._organizer, hold_words.id_of(event, _CANCEL), "/cancel")
        try:
            self._graph.ask("writer", "POST", path, _CANCEL, body={"comment": words}, repeatable=True)
        except Gone:
            return
        except Unreachable:
            if self._event(key, _SELECTED) is not None:
                raise

    def replies(self, key: str) -> Mapping[str, Reply]:
        event = self._event(key, "id,isCancelled,attendees")
        if event is None:
            raise Gone("The invite is no longer in the organiser's calendar.", service=SERVICE)
        attendees = event.get("attendees")
        told = (_reply(each) for each in (attendees if isinstance(attendees, list) else ()))
        return dict(each for each in told if each is not None)

    def _event(self, key: str, selected: str) -> dict[str, Any] | None:
        condition = by_property(hold_words.INVITE, hold_words.digest(key))
        query = {"$filter": condition, "$select": selected, "$top": "10"}
        events = self._graph.pages(events_of(self._organizer), _FIND, query)
        return next((event for event in events if hold_words.live(event)), None)

    def _sent(self, invite: Invite) -> SentInvite:
        """An unknown outcome is looked up, and only when nothing is there sent again, under the same transaction."""
        lost: Unreachable | None = None
        for _ in range(_SENDINGS):
            try:
                event = self._graph.ask("writer", "POST", events_of(self._organizer), _SEND, body=_body(invite))
                return self._read_again(event, invite)
            except DuplicateTransaction as used:
                return self._owner_of_transaction(invite, lost or used)
            except Unreachable as unknown:
                lost = unknown
                there = self._found_after(invite)
                if there is not None:
                    return there
        raise lost or AssertionError("at least one create is sent")

    def _found_after(self, invite: Invite) -> SentInvite | None:
        try:
            return self.find(invite.key)
        except Failure as blind:
            raise Unreachable(
                "Whether Microsoft sent the invite is unknown: it could not be looked up either.",
                service=SERVICE,
            ) from blind

    def _owner_of_transaction(self, invite: Invite, why: Failure) -> SentInvite:
        """What this key made before: it may take a moment to be found."""
        there = self.find(invite.key)
        if there is None:
            self._graph.sleep(_MOMENT)
            there = self.find(invite.key)
        if there is not None:
            return there
        if isinstance(why, Unreachable):
            raise why
        raise Conflict(
            "This invite was sent before and has since been taken away: it is not sent twice.",
            service=SERVICE,
        ) from why

    def _read_again(self, event: Mapping[str, Any], invite: Invite) -> SentInvite:
        """The link to join can come a little later than the event. It is sent, whatever the second look says."""
        sent = _invite(event, invite.key)
        if sent.join_url or not invite.online:
            return sent
        try:
            return self.find(invite.key) or sent
        except Failure:
            return sent


def _body(invite: Invite) -> dict[str, Any]:
    """The bytes of the draft, in UTC: every reader's calendar shows its own zone."""
    online = {"onlineMeetingProvider": "teamsForBusiness"} if invite.online else {}
    return {
        "subject": invite.title,
        "body": {"contentType": "text", "content": invite.text},
        "start": said_utc(invite.span.start),
        "end": said_utc(invite.span.end),
        "showAs": "busy",
        "isOnlineMeeting": invite.online,
        "attendees": [
            {"type": "required", "emailAddress": {"address": i.email, "name": i.name}} for i in invite.invitees
        ],
        "transactionId": hold_words.transaction(invite.key, 0),
        "singleValueExtendedProperties": [{"id": hold_words.INVITE, "value": hold_words.digest(invite.key)}],
        **online,
    }


def _invite(event: Mapping[str, Any], key: str) -> SentInvite:
    meeting = event.get("onlineMeeting")
    url = meeting.get("joinUrl") if isinstance(meeting, Mapping) else None
    return SentInvite(
        event_id=hold_words.id_of(event, _SEND),
        key=key,
        join_url=url if isinstance(url, str) and url.startswith("https://") else None,
        etag=hold_words.etag_of(event),
    )


def _reply(attendee: object) -> tuple[str, Reply] | None:
    """(address, reply); None for an attendee without an address."""
    if not isinstance(attendee, Mapping):
        return None
    address, status = attendee.get("emailAddress"), attendee.get("status")
    mail = address.get("address") if isinstance(address, Mapping) else None
    said = status.get("response") if isinstance(status, Mapping) else None
    return (mail.lower(), _REPLIES.get(str(said).lower(), "none")) if isinstance(mail, str) else None
