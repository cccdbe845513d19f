"""The week's release calendar: the workspace's file, and the slots that the bot itself has confirmed."""

from __future__ import annotations

from bot.core.release_calendar import Entry
from bot.core.release_week import Week, week_ahead
from bot.flows.world import World, bookings
from bot.ports import Journal


def release_week(world: World, journal: Journal, reader_zone: str) -> Week:
    """From memory alone. Who attends what is not in it."""
    organisation, now = world.organisation, world.clock.now()
    ours = [Entry(type="booked", name=name, span=span) for name, span in bookings(journal.engaged(now), "")]
    policy = organisation.policy
    days = week_ahead((*organisation.entries, *ours), organisation.releases, policy.time_zone, reader_zone, now)
    return Week(kept=policy.release_calendar == "files", days=days)
