"""What the organiser's calendar owes us: the one place from which people are invited. Sign by inheriting."""

from __future__ import annotations

import logging
import traceback

import pytest

from bot.core.span import Span
from bot.ports import Denied, Failure, Gone
from tests.contracts.calendar_world import CANARY, World, between, blocked


class InvitationsContract:
    """Each invite goes out once, is found again, and is properly cancelled."""

    def test_everybody_is_mailed_once_and_sees_it_in_their_calendar(self, world: World) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")

        world.invitations.send(world.invite("ines", "noor"))

        assert sorted((m.to, m.kind) for m in world.mails()) == [(ines, "request"), (noor, "request")]
        assert blocked(world.adapter.free_busy([ines], between(0, 24))[ines]) == [between(10, 11)]

    def test_what_is_sent_is_what_the_draft_showed(self, world: World) -> None:
        world.calendar("ines")
        invite = world.invite("ines")

        sent = world.invitations.send(invite)

        (event,) = world.events(world.organizer)
        assert (event.id, event.title, event.text) == (sent.event_id, invite.title, invite.text)
        assert Span(event.start, event.end) == invite.span
        assert (sent.key, event.show_as) == (invite.key, "busy")

    def test_the_same_key_twice_is_one_event_and_one_mail(self, world: World) -> None:
        world.calendar("ines")
        first = world.invitations.send(world.invite("ines"))

        second = world.invitations.send(world.invite("ines"))

        assert second.event_id == first.event_id
        assert (len(world.events(world.organizer)), len(world.mails())) == (1, 1)

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
    def test_over_a_bad_line_it_is_still_one_event_and_one_mail(self, world: World, kind: str) -> None:
        world.calendar("ines")
        world.goes_wrong("insert", kind, status=503)

        sent = world.invitations.send(world.invite("ines"))

        assert [e.id for e in world.events(world.organizer)] == [sent.event_id]
        assert len(world.mails()) == 1

    def test_an_online_meeting_has_a_link_to_join(self, world: World) -> None:
        world.calendar("ines")

        sent = world.invitations.send(world.invite("ines"))

        assert sent.join_url is not None
        assert sent.join_url.startswith("https://")
        found = world.invitations.find(sent.key)
        assert found is not None
        assert found.join_url == sent.join_url

    def test_a_meeting_in_a_room_has_none(self, world: World) -> None:
        world.calendar("ines")

        assert world.invitations.send(world.invite("ines", online=False)).join_url is None

    def test_an_invite_is_found_by_its_key_while_it_lives(self, world: World) -> None:
        world.calendar("ines")
        invite = world.invite("ines")

        assert world.invitations.find(invite.key) is None
        sent = world.invitations.send(invite)
        found = world.invitations.find(invite.key)
        assert found is not None
        assert (found.event_id, found.key) == (sent.event_id, invite.key)
        world.invitations.cancel(invite.key, "The change was withdrawn.")
        assert world.invitations.find(invite.key) is None

    def test_a_cancellation_reaches_everybody_once(self, world: World) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")
        invite = world.invite("ines", "noor")
        world.invitations.send(invite)

        world.invitations.cancel(invite.key, "The change was withdrawn.")
        world.invitations.cancel(invite.key, "The change was withdrawn.")

        assert sorted(m.to for m in world.mails("cancel")) == [ines, noor]
        assert world.events(ines) == world.events(world.organizer) == []

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
    def test_a_cancellation_over_a_bad_line_is_one_mail(self, world: World, kind: str) -> None:
        world.calendar("ines")
        invite = world.invite("ines")
        world.invitations.send(invite)
        world.goes_wrong("remove", kind, status=503)

        world.invitations.cancel(invite.key, "The change was withdrawn.")

        assert len(world.mails("cancel")) == 1

    def test_cancelling_what_was_never_sent_is_quiet(self, world: World) -> None:
        world.invitations.cancel("never sent", "Never mind.")

        assert world.mails() == []

    def test_replies_are_told_by_address(self, world: World) -> None:
        names = ("ines", "noor", "omar", "tess")
        calendars = [world.calendar(n) for n in names]
        sent = world.invitations.send(world.invite(*names))
        uid = world.events(world.organizer)[0].uid
        for mail, answer in zip(calendars, ("accepted", "declined", "tentative"), strict=False):
            world.book.respond(uid, mail, answer)

        assert world.invitations.replies(sent.key) == {
            "ines@example.com": "accepted",
            "noor@example.com": "declined",
            "omar@example.com": "tentative",
            "tess@example.com": "none",
        }

    def test_replies_to_what_is_not_there_are_gone(self, world: World) -> None:
        world.calendar("ines")
        invite = world.invite("ines")
        with pytest.raises(Gone):
            world.invitations.replies(invite.key)
        world.invitations.send(invite)
        world.invitations.cancel(invite.key, "The change was withdrawn.")
        with pytest.raises(Gone):
            world.invitations.replies(invite.key)

    def test_errors_say_nothing_of_what_is_in_a_calendar(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        world.calendar("ines")
        world.goes_wrong("insert", status=403, word=CANARY, times=None)

        with pytest.raises(Denied) as refused:
            world.invitations.send(world.invite("ines"))

        assert isinstance(refused.value, Failure)
        assert CANARY not in "".join(traceback.format_exception(refused.value)) + caplog.text
