"""What is known of what the bot relies on, without asking anybody anew: the database, the files, every calendar provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.core.words import when
from bot.engine import Health
from bot.flows.world import World
from bot.slack.messages.connections import Connection
from bot.workspace import WorkspaceFolder

LONGEST_UNSWEPT = 60.0  # seconds of real time
_NAMES = {"google": "Google's calendars", "microsoft": "Microsoft's calendars", "ics": "published feeds", "files": "calendar files"}  # fmt: skip
_MANY = {1: "One thing", 2: "Two things", 3: "Three things"}


class Connections:
    """Costs no call to anybody outside: only our own database is looked at."""

    def __init__(self, health: Callable[[], Health], folder: WorkspaceFolder, world: World, sends: str | None) -> None:
        """`sends`: why no invite can go out; None where one can."""
        self._health = health
        self._folder = folder
        self._world = world
        self._sends = sends

    def __call__(self) -> tuple[Connection, ...]:
        now = self._world.clock.now()
        return (
            *_of_engine(self._health(), now),
            Connection("the workspace's files", _unread(self._folder), now),
            *self._providers(),
            *([Connection("invites", self._sends)] if self._sends else []),
        )

    def _providers(self) -> Iterator[Connection]:
        """Those that people.yaml names somebody's calendar at."""
        people = self._world.organisation.people.people.values()
        for provider in sorted({ref.provider for ref in self._world.calendars_of(people)} - {"none"}):
            name, reading = _NAMES.get(provider, f"{provider} calendars"), self._world.readings.get(provider)
            if provider not in self._world.calendars:
                yield Connection(name, "not connected here, so nobody who has one is known to be free.")
            elif reading is None:
                yield Connection(name)
            else:
                yield Connection(name, _silent(reading.silent, reading.asked, reading.at, reading.whole_at), reading.at)


def no_invites(shadow: bool, organiser: bool) -> str | None:
    """Why none can go out; None where one can."""
    if shadow:
        return "I run in shadow mode: nothing is held on any calendar, and no invite goes out."
    return None if organiser else "no organiser is set, so nothing can be approved and sent."


def _of_engine(health: Health, now: datetime) -> Iterator[Connection]:
    unswept = health.unswept >= LONGEST_UNSWEPT
    if health.database:
        yield Connection(
            "the database", "it cannot be written, so nothing that is pressed is done. `/readyz` says why."
        )
    else:
        yield Connection("the database", None, now)
    if unswept:
        yield Connection(
            "what is due", "nothing that is due has been looked for in the last minute. `/readyz` says why."
        )
    elif health.failed:
        one = health.failed == 1
        many = _MANY.get(health.failed, f"{health.failed} things")
        verb = "was given up and waits" if one else "were given up and wait"
        yield Connection("work", f"{many} {verb} for an operator: `readiness-bot effects list` says what.")
    elif not health.database:
        yield Connection("work that is due", None, now)


def _unread(folder: WorkspaceFolder) -> str | None:
    """Which files, but not what stands in them: that is for whoever keeps them."""
    if folder.trouble is None:
        return None
    files = ", ".join(dict.fromkeys(problem.file for problem in folder.trouble.problems))
    since = f" since {when(folder.troubled_since)}" if folder.troubled_since else ""
    return f"the last edit cannot be read{since} ({files}); what stood there before counts. `readiness-bot check` says why."


def _silent(silent: int, asked: int, at: datetime, whole_at: datetime | None) -> str | None:
    if not silent:
        return None
    what = f"none of {asked} could be read" if silent == asked else f"{silent} of {asked} could not be read"
    return f"{what} {when(at)}." + (f" All were read {when(whole_at)}." if whole_at else "")
