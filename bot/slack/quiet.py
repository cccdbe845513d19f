"""A pasted link to a record earns one quiet offer, seen only by who pasted it; never a search that nobody asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from bot.core.authority import Asker
from bot.core.mentions import record_meant
from bot.core.refusals import Refusal
from bot.core.warrant import fresh
from bot.flows.world import World
from bot.ports import Denied, Failure, Gone, Journal
from bot.slack.blocks import Message
from bot.slack.heard import Heard
from bot.slack.messages.quiet_offer import quiet_offer
from bot.slack.posting import Posting

T = TypeVar("T")


class Quiet:
    """Silent unless there is something to offer: the link may be anything."""

    def __init__(
        self, world: World, journal: Journal, posting: Posting, link_hosts: frozenset[str],
        real_now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._world = world
        self._journal = journal
        self._posting = posting
        self._link_hosts = link_hosts
        self._real_now = real_now
        self._own: dict[str, datetime] = {}  # channels that were our own, and when Slack was asked

    def offer(self, asker: Asker, heard: Heard) -> Message | None:
        """The offer for a record that has no review yet; None for everything else."""
        meant = record_meant(heard.text, self._link_hosts)
        if isinstance(meant, Refusal) or asker.person is None or self.is_shared(heard.channel):
            return None
        try:
            record = self._world.record(meant)
        except Failure:
            return None  # nobody asked: a link that leads nowhere is no news
        organisation = self._world.organisation
        kind = organisation.policy.kinds.get(record.kind)
        existing = self._journal.meeting(record.id)
        if kind is None or (existing is not None and existing.live):
            return None
        return quiet_offer(record, kind, organisation.people, organisation.policy.time_zone)

    def is_shared(self, channel: str) -> bool:
        """Whether people of another organisation read along. What Slack does not tell counts as not shared only for
        direct messages. Raises Unreachable or Throttled when Slack does not say now. That a channel is our own may be up
        to 60 s old, as what Slack says of a user."""
        asked_at = self._real_now()
        if self._known_own(channel, asked_at):
            return False
        if self._ask_shared(channel):
            self._own.pop(channel, None)
            return True
        self._own[channel] = asked_at
        return False

    def meanwhile(self, channel: str, deed: Callable[[], T]) -> T:
        """`deed`, which asks Slack something else, while Slack is asked about the channel where that is not known: nobody
        waits for the two answers one after the other."""
        if self._known_own(channel, self._real_now()):
            return deed()
        asking = threading.Thread(target=self._look, args=(channel,), name="channel", daemon=True)
        asking.start()
        try:
            return deed()
        finally:
            asking.join()

    def _look(self, channel: str) -> None:
        with suppress(Failure):  # said where the answer is needed, and asked for again
            self.is_shared(channel)

    def _known_own(self, channel: str, asked_at: datetime) -> bool:
        return channel.startswith("D") or fresh(self._own.get(channel), asked_at)

    def _ask_shared(self, channel: str) -> bool:
        try:
            found = self._posting.call("conversations_info", channel=channel).get("channel", {})
        except (Gone, Denied):
            return False  # a channel that the bot cannot see gets no post either: the card's own channel decides
        return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
