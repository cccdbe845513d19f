"""What the bot does for those who run it: the daily digest, alarms, and telling what an operator called off."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core import facts as f
from bot.effects import CALLED_OFF
from bot.ports import Clock, Denied, Failure, Gone, Organisations, Pager
from bot.slack.messages.digest import Digest, digest
from bot.slack.posting import Posting
from bot.store import Due, DueItem, Store
from bot.store.journal import StoredJournal

log = logging.getLogger("readiness")
AT = time(9)  # the digest's hour, by the organisation's clock
LATE = timedelta(minutes=5)  # what failed at least once and is owed for longer is stuck: younger things are tried again
_OVER = ("cancelled",)

GiveUp = Callable[[DueItem, Failure], None]


class Upkeep:
    """Owes and does. Each of the deeds may run again after a crash."""

    def __init__(
        self, store: Store, clock: Clock, journal: StoredJournal, organisations: Organisations, posting: Posting,
        pager: Pager | None, channel: str | None, give_up: GiveUp,
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._journal = journal
        self._organisations = organisations
        self._posting = posting
        self._pager = pager
        self._channel = channel
        self._give_up = give_up

    # -- the digest

    def owe_digest(self) -> None:
        """The next one: one for each day, however many replicas owe it."""
        channel = self._where()
        if channel is None:
            return
        zone = ZoneInfo(self._organisations.current().policy.time_zone)
        now = self._clock.now().astimezone(zone)
        day = now.date() if now.time() < AT else now.date() + timedelta(days=1)
        due_at = datetime.combine(day, AT, zone).astimezone(UTC)
        key, payload = f"digest:{day.isoformat()}", {"day": day.isoformat()}
        with self._store.transaction() as tx:
            tx.owe(Due(key, "digest", "", due_at, payload, f"slack:{channel}"))

    def _where(self) -> str | None:
        """The channel that the settings name, or the first that a kind names."""
        kinds = self._organisations.current().policy.kinds.values()
        return self._channel or next((kind.channel for kind in kinds if kind.channel), None)

    def digest(self, item: DueItem) -> str:
        self.owe_digest()
        channel = self._where()
        if channel is None:
            return "nowhere to post it"
        told = self._told(date.fromisoformat(item.payload["day"]))
        log.info(
            "Daily digest: %d entries, head %s, %d overdue, %d given up.",
            told.entries,
            told.head,
            told.overdue,
            told.given_up,
        )
        try:
            self._posting.once(item.key, "", channel, None, "digest", digest(told))
            return "posted"
        except (Denied, Gone) as failure:
            why = str(failure)
        log.error("The daily digest could not be posted in %s: %s", channel, why)
        return "not posted"

    def _told(self, day: date) -> Digest:
        verified, now = self._store.verify(), self._clock.now()
        ahead = [m for m in self._journal.meetings() if m.state != "confirmed" or (m.slot and m.slot.span.start > now)]
        return Digest(
            day=day, entries=verified.entries, head=verified.head, whole=verified.ok,
            reviews=Counter(m.state for m in ahead if m.state not in _OVER),
            holds=len(self._store.holds(state=("placed", "lifted"))),
            overdue=sum(item.attempts > 0 for item in self._store.due(open=True, before=now - LATE)),
            given_up=len(self._store.due(state="failed")),
        )  # fmt: skip

    # -- alarms

    def owe_alarm(self, words: str | None) -> None:
        """Slack shut us out, or (None) lets us in again: the pager is told, in this order, however often it must be tried."""
        if self._pager is None:
            return
        key = f"alarm:slack:{datetime.now(UTC).isoformat()}"
        with self._store.transaction() as tx:
            tx.owe(Due(key, "alarm", "", self._clock.now(), {"incident": "slack", "words": words}, "alarm"))

    def alarm(self, item: DueItem) -> str:
        if self._pager is None:
            return "no pager"
        if item.payload["words"] is None:
            self._pager.resolve(item.payload["incident"])
            return "resolved"
        self._pager.page(item.payload["incident"], item.payload["words"], severity="critical", link=None)
        return "paged"

    # -- what an operator called off

    def called_off(self, item: DueItem) -> str:
        """Told as what was given up is told; the reason stands in the review's thread and log, as an operator's."""
        [off] = self._store.due(key=item.payload["key"])
        by, reason = item.payload["by"], item.payload["reason"]
        log.warning("%s (%s) was called off by %s: %s", off.key, off.kind, by, reason)
        self._give_up(off, Failure(f"An operator ({by}) called it off."))
        if off.stream and self._journal.meeting(off.stream) is not None:
            self._note(off, f"An operator ({by}) called off {off.key}: {reason}")
        return "told"

    def _note(self, off: DueItem, words: str) -> None:
        notes = [e.fact.words for e in self._journal.history(off.stream) if isinstance(e.fact, f.Noted)]
        if words in map(self._journal.words, notes):
            return  # it was noted before a crash
        self._journal.decide(off.stream, lambda meeting, desk: (f.Noted(by="bot", words=desk.keep_words(words)),))


KINDS = {"digest", "alarm", CALLED_OFF}
OF_SLACK = frozenset({"act", "announce", "picture", "double", "digest"})  # what waits while Slack does not let us in
