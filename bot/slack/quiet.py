"""A pasted link to a record earns one quiet offer, seen only by who pasted it; never a search that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

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
        if channel.startswith("D") or fresh(self._own.get(channel), asked_at):
            return False
        if self._ask_shared(channel):
            self._own.pop(channel, None)
            return True
        self._own[channel] = asked_at
        return False

    def _ask_shared(self, channel: str) -> bool:
        try:
            found = self._posting.call("conversations_info", channel=channel).get("channel", {})
        except (Gone, Denied):
            return False  # a channel that the bot cannot see gets no post either: the card's own channel decides
        return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
