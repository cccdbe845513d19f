"""The App Home: what waits for me, my reviews, holds about to lapse, the week's release calendar, how the bot is connected."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.core.authority import Asker
from bot.core.meeting import Hold
from bot.core.release_week import Week
from bot.ports import Failure
from bot.slack.closing import ClosingActs
from bot.slack.commands import concerns
from bot.slack.identity import Identity
from bot.slack.messages.connections import Connection
from bot.slack.messages.home import MOST, HomeView, home, outsider_home, unknown_home
from bot.slack.messages.points import waiting
from bot.slack.messages.view import ReviewView
from bot.slack.posting import Posting
from bot.slack.reviewing import Reviewing
from bot.slack.speech import Speech

log = logging.getLogger("readiness.slack")

SOON = timedelta(hours=1)


class Home:
    """Published whole, from memory, whenever somebody opens it."""

    def __init__(
        self, identity: Identity, reviewing: Reviewing, posting: Posting, closing: ClosingActs,
        week: Callable[[str], Week], connections: Callable[[], Sequence[Connection]],
    ) -> None:  # fmt: skip
        """`week`: the release calendar by the days of a zone."""
        self._identity = identity
        self._closing = closing
        self._reviewing = reviewing
        self._posting = posting
        self._week = week
        self._connections = connections

    def publish(self, asker: Asker) -> None:
        self._posting.call("views_publish", user_id=asker.slack, view=self._view(asker))

    def refresh(self, asker: Asker) -> None:
        """After what they did there: what was answered waits no more. When Slack is not reached, the next opening tells."""
        try:
            self.publish(asker)
        except Failure as failure:
            log.warning("A home tab could not be drawn again: %s", failure)

    def _view(self, asker: Asker) -> dict[str, object]:
        if asker.person is None:
            return unknown_home(asker.slack) if asker.standing == "member" else outsider_home()
        zone = self._identity.zone(asker)
        views, more = self._reviewing.of(asker.person, MOST)
        mine = [v for v in views if concerns(v, asker.person)]
        return home(
            HomeView(
                speech=Speech(self._reviewing.people, zone),
                now=self._reviewing.now,
                week=self._week(zone),
                connections=self._connections(),
                waiting=[v for v in mine if _waits_for(v, asker.person)],
                mine=mine,
                lapsing=[(v, hold) for v in mine for hold in _lapsing(v)],
                more=more,
                closures=self._closing.waiting_for(asker.person),
                decisions=[w for v in views for w in waiting(v, asker.person)],
            )
        )


def _waits_for(view: ReviewView, person: str) -> bool:
    return view.meeting.state == "held" and any(d.person == person for d in view.deciders)


def _lapsing(view: ReviewView) -> list[Hold]:
    """Those of its holds that run out within the hour."""
    held = view.meeting.live_holds if view.meeting.state == "held" else ()
    return [hold for hold in held if hold.expires_at - view.now <= SOON]
