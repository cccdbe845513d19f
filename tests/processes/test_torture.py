"""A minute of torture in the suite; the hours of it are run by hand: `python -m tests.torture` (docs/contributing.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.slack.messages import presses
from bot.store.values import DueItem
from tests.processes.installation import soon
from tests.torture.__main__ import read, run
from tests.torture.installation import NEWER, Installation
from tests.torture.laws import Laws
from tests.torture.newer import NOVELTY
from tests.torture.office import Subject, office, slack_id

SHORT = ("--people", "3", "--pause", "0.4", "--seconds-limit", "25", "--json")


@pytest.mark.parametrize(
    "how",
    [
        ("--database", "sqlite", "--meetings", "6", "--kills", "4"),
        ("--database", "postgres", "--replicas", "2", "--meetings", "4", "--kills", "3"),
    ],
    ids=["one process on SQLite", "two replicas on PostgreSQL"],
)
def test_nothing_is_lost_and_nothing_is_done_twice(how: tuple[str, ...]) -> None:
    """Processes die and freeze, providers fail, deliveries double, the database is locked, time leaps; then it is quiet."""
    told = run(read([*how, *SHORT]))

    assert told["examples"] == {}
    assert told["violations"] == 0
    assert told["meetings"] > 0


@pytest.fixture
def two_replicas(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(office(tmp_path / "office", 3, Random(5)), tmp_path, "postgres", 2)
    for replica in installation.replicas:
        installation.starts(replica)
    yield installation
    installation.close()


def _asks(installation: Installation, subject: Subject) -> None:
    installation.route(Random(1))
    seen = installation.sandbox.slack.command(
        slack_id(subject.owner), subject.channel, f"/readiness-review {subject.id}"
    )
    assert seen.error is None


def _holds(installation: Installation, subject: Subject) -> None:
    state = installation.sandbox.slack.state
    with state.lock:
        found = [
            (m["ts"], block["block_id"])
            for m in state.channels[subject.channel].messages.values()
            for block in m.get("blocks") or []
            if (block.get("accessory") or {}).get("action_id") == presses.HOLD
            or any(e.get("action_id") == presses.HOLD for e in block.get("elements", []))
        ]
    ts, block = found[0]
    pressed = installation.sandbox.slack.press(
        slack_id(subject.owner), subject.channel, ts, action_id=presses.HOLD, block_id=block
    )
    assert pressed.error is None


def _state(installation: Installation, subject: Subject) -> str:
    row = installation.store.meeting(subject.id)
    return row.state if row else "none"


def _novelties(installation: Installation) -> list[DueItem]:
    return [i for state in ("open", "done") for i in installation.store.due(state=state) if i.kind == NOVELTY]


def test_a_version_is_rolled_out_with_holds_deadlines_and_waits_in_flight(two_replicas: Installation) -> None:
    """One replica after the other is replaced by a newer one, which owes things that the older one does not know. What
    was begun is finished, deadlines fire once, and the older one leaves alone what it cannot do."""
    installation, [first, second] = two_replicas, two_replicas.replicas
    held = next(s for s in installation.office.subjects if _viable(installation, s))
    others = [s for s in installation.office.subjects if s is not held]
    _holds(installation, held)
    soon(lambda: _state(installation, held) == "held", 30, "the hold")

    installation.sandbox.faults.add(service="google", operation="freeBusy.query", kind="slow", seconds=1.0)
    for replica, subject in zip((first, second), others, strict=True):
        if _state(installation, subject) == "none":
            _asks(installation, subject)
        assert replica.ends() == 0
        replica.program = NEWER
        installation.starts(replica)
        installation.sandbox.clock.move(timedelta(hours=1, minutes=50))
        soon(lambda: installation.owed() == [], 40, "rest")
    installation.sandbox.clock.move(timedelta(minutes=25))
    soon(lambda: _state(installation, held) == "choosing", 30, "the end of the hold")
    assert installation.settled(40) == []

    tags = [fact.tag for fact in installation.store.facts(held.id)]
    assert (tags.count("slot.ended"), tags.count("holds.gone"), tags.count("confirmers.reminded")) == (1, 1, 2)
    done = _novelties(installation)
    assert {item.state for item in done} == {"done"}
    assert {str(item.outcome) for item in done} <= {f"done by {r.executor}" for r in installation.replicas}
    laws = Laws(installation)
    laws.judge()
    laws.close()
    assert {law: broken for law, broken in laws.violations.items() if broken} == {}


def _viable(installation: Installation, subject: Subject) -> bool:
    _asks(installation, subject)
    soon(lambda: _state(installation, subject) not in ("none", "searching") and not installation.owed(), 40, "offers")
    return _state(installation, subject) == "choosing"
