"""The App Home: what waits for me, my reviews, holds about to lapse."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.core.authority import Asker
from bot.ports import Failure
from bot.slack.closing import ClosingActs
from bot.slack.commands import concerns
from bot.slack.messages.home import MOST, HomeView, home, unknown_home
from bot.slack.messages.points import waiting
from bot.slack.messages.view import ReviewView
from bot.slack.posting import Posting
from bot.slack.reviewing import Reviewing

log = logging.getLogger("readiness.slack")

SOON = timedelta(hours=1)


class Home:
    """Published whole, from memory, whenever somebody opens it."""

    def __init__(self, reviewing: Reviewing, posting: Posting, closing: ClosingActs) -> None:
        self._closing = closing
        self._reviewing = reviewing
        self._posting = posting

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
            return unknown_home(asker.slack)
        views, more = self._reviewing.of(asker.person, MOST)
        mine = [v for v in views if concerns(v, asker.person)]
        return home(
            HomeView(
                waiting=[v for v in mine if _waits_for(v, asker.person)],
                mine=mine,
                lapsing=[v for v in mine if _lapses(v)],
                more=more,
                closures=self._closing.waiting_for(asker.person),
                decisions=[w for v in views for w in waiting(v, asker.person)],
            )
        )


def _waits_for(view: ReviewView, person: str) -> bool:
    return view.meeting.state == "held" and any(d.person == person for d in view.deciders)


def _lapses(view: ReviewView) -> bool:
    soon = any(hold.expires_at - view.now <= SOON for hold in view.meeting.live_holds)
    return view.meeting.state == "held" and soon
