"""`effects`: what is owed to the world and does not get done: shown, tried again now, or called off by an operator."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from bot.clock import clock_at
from bot.settings import read
from bot.store import Archive, Due, DueItem, Store, Tx
from bot.store.journal import rows

CALLED_OFF = "called_off"  # the kind of work by which the bot tells what an operator called off
ROUNDS = ("sweep", "watch", "digest")  # each owes the next one: without it there would be no more
_MOST_REASON = 500


def effects_list() -> int:
    """What is overdue, by lane, in order. 1 when something was given up."""
    archive = Archive(read().database)
    try:
        found = overdue(archive, clock_at(read().readiness_clock_url).now())
    finally:
        archive.close()
    for line in told(found):
        print(line)
    return 1 if any(item.state == "failed" for item in found) else 0


def overdue(archive: Archive, now: datetime) -> list[DueItem]:
    """What was given up, and what is owed by `now` and not done; what begins this moment is among it."""
    return archive.due(state="failed") + archive.due(open=True, before=now)


def told(items: Sequence[DueItem]) -> Iterator[str]:
    for lane in dict.fromkeys(item.lane or "" for item in items):
        yield f"{lane or 'in no lane'}:"
        yield from (f"  {_line(item)}" for item in items if (item.lane or "") == lane)
    failed = sum(item.state == "failed" for item in items)
    yield f"{len(items) - failed} overdue, {failed} given up."


def _line(item: DueItem) -> str:
    since = f"owed since {item.due_at:%Y-%m-%d %H:%M} UTC"
    if item.state == "failed":
        state = f"given up after {item.attempts} attempts"
    elif item.started:
        state = f"under way, {item.attempts} attempts before"
    elif item.not_before:
        state = f"{item.attempts} attempts, next at {item.not_before.astimezone(UTC):%H:%M:%S} UTC"
    else:
        state = f"{item.attempts} attempts, waits its turn"
    return f"{item.key} ({item.kind}), {since}, {state}" + (f": {item.last_error}" if item.last_error else "")


def effects_retry(key: str | None) -> int:
    """One of them, or all that were given up or wait for another attempt."""

    def again(tx: Tx, item: DueItem) -> str | None:
        if tx.reopen(item.key) or tx.hasten(item.key):
            return f"{item.key}: tried again now, if the bot runs, otherwise when it starts."
        return None

    return _change(key, again)


def effects_cancel(key: str, reason: str) -> int:
    """Called off for good. The bot tells whom it concerns, with the reason and who said so."""
    why, who = " ".join(reason.split())[:_MOST_REASON], operator()

    def off(tx: Tx, item: DueItem) -> str | None:
        if item.kind in ROUNDS:
            return f"{item.key}: it comes again by itself, so there is nothing to call off. Nothing was changed."
        if not tx.call_off(item.key, f"called off by {who}"):
            return None
        payload = {"key": item.key, "by": who, "reason": why}
        tx.owe(Due(f"{CALLED_OFF}:{item.key}", CALLED_OFF, item.stream, item.due_at, payload, item.lane))
        return f"{item.key}: called off by {who}. {_left(item)}"

    if not why:
        return _complain("effects cancel: say why with --reason. Nothing was changed.")
    return _change(key, off)


def _left(item: DueItem) -> str:
    match item.kind:
        case "release":
            return f"Holds may stand on calendars: `readiness-bot holds release {item.stream}` takes them off."
        case "withdraw":
            return "The old invite still stands on the organiser's calendar: cancel it there."
        case "expire":
            return "That hold does not expire by itself any more: somebody must let it go."
        case _:
            return "The bot tells whom it concerns, when it runs."


def _change(key: str | None, act: Callable[[Tx, DueItem], str | None]) -> int:
    """Ask for a change beside the running bot, in one transaction; its sweep sees it within a second."""
    settings = read()
    archive = Archive(settings.database)  # there is such a database, and its tables are ours
    archive.close()
    store = Store(settings.database, rows)
    try:
        with store.transaction() as tx:
            now = clock_at(settings.readiness_clock_url).now()
            found = tx.due(key=key) if key else tx.due(state="failed") + tx.due(open=True, before=now)
            lines = [(item, act(tx, item)) for item in found]
    finally:
        store.close()
    if key and not lines:
        return _complain(f"{key}: nothing of that key was ever owed. `readiness-bot effects list` shows what is.")
    for item, line in lines:
        print(line or _not_now(item))
    return 0 if all(line for _, line in lines) else 1


def _not_now(item: DueItem) -> str:
    if item.started and item.state == "open":
        return f"{item.key}: it is under way at this moment. Nothing was changed. Ask again when it has ended."
    return f"{item.key}: it is {item.state} already. Nothing was changed."


def operator() -> str:
    """Who sits at this machine, as it knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "an unnamed user"


def _complain(line: str) -> int:
    print(line, file=sys.stderr)
    return 2
