"""Those who run the bot: the daily digest, Slack that lets it in no more, work that is stuck, backups put back."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.__main__ import main
from bot.store.tables import due
from tests.engine.bench import soon
from tests.world import RELEASES, World, hours, instant

HELD = {"dana", "lee", "ravi", "mei", "noor"}


@pytest.fixture
def operator(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Somebody at the command line of this installation, while the bot runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'readiness.db'}")
    monkeypatch.setenv("READINESS_WORKSPACE", str(world.workspace))
    monkeypatch.setenv("READINESS_CLOCK_URL", world._environment["READINESS_CLOCK_URL"])
    monkeypatch.setenv("LOGNAME", "mona")
    return world


def digests(world: World) -> list[str]:
    return [world.plain(m, "priya") for m in world.messages() if "Its head today" in world.plain(m, "priya")]


def ready(world: World) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(f"{world.stage.address}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


# -- the daily digest


def test_once_a_day_the_channel_reads_where_the_ledger_stands(
    operator: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The head that it prints is one by which a later audit can tell whether anything was rewritten."""
    operator.reviews()
    operator.holds()
    assert digests(operator) == []

    operator.passes(instant("2026-12-01T15:00:00Z") - operator.now)
    operator.starts_again()

    [digest] = digests(operator)
    assert "Nothing is stuck" in digest
    noted = re.search(r"[0-9a-f]{64}@\d+", digest)
    assert noted
    operator.reviews("CHG-1043")
    assert main(["audit", "--verify", "--head", noted.group()]) == 0
    assert "is entry" in capsys.readouterr().out

    operator.passes(hours(24))
    assert len(digests(operator)) == 2


def test_the_digest_goes_where_the_settings_say(new_world) -> None:  # type: ignore[no-untyped-def]  # a fixture of conftest
    world: World = new_world(readiness_digest_channel="C0ELSEWHERE")

    world.passes(hours(24))

    assert digests(world) == []
    assert [e for e in world.complaints.errors if "The daily digest could not be posted in C0ELSEWHERE" in e]


# -- Slack lets it in no more


def test_a_revoked_token_stops_what_is_said_in_slack_and_loses_nothing(new_world) -> None:  # type: ignore[no-untyped-def]
    """Revoked in mid-flow: alarm, 503, no attempt counted; acts are kept. Good again: all of it, once, in its order."""
    world: World = new_world(readiness_digest_channel=None)
    world.bot.admission.pause = 0.05
    review = world.reviews()
    button = review.button("Hold")

    world.slack.revoke()
    soon(lambda: ready(world)[0] == 503, 10)
    world._press("U0PRIYA", button)  # heard and kept, though nobody can be answered
    status, told = ready(world)
    [waiting] = world.bot.store.due(open=True, kind="act")

    assert (status, told["database"]) == (503, "good")
    assert "Slack refuses our token (token_revoked)" in told["slack"]
    assert [e for e in world.complaints.errors if "Slack does not let us in any more" in e] != []
    assert len([e for e in world.complaints.errors if "Slack does not let us in any more" in e]) == 1
    assert (waiting.attempts, world.held()) == (0, set())
    with urllib.request.urlopen(f"{world.stage.address}/metrics", timeout=5) as metrics:
        assert b"readiness_slack_shut 1" in metrics.read()

    world.slack.install_again()
    soon(lambda: ready(world)[0] == 200, 10)
    world.settled()

    assert review.state == "held"
    assert world.held() == HELD
    assert review.said("Priya holds")
    [incident] = world.sandbox.pager.incidents()
    assert (incident.state, incident.summary[:25]) == ("resolved", "Slack refuses our token (")


def test_news_of_other_people_s_tokens_stops_nothing(world: World) -> None:
    """Slack tells of every token of the app; ours still works, so nothing is shut."""
    world.slack._acts.tell("tokens_revoked", tokens={"oauth": ["U0LEE"], "bot": []})
    review = world.reviews()

    assert ready(world)[0] == 200
    assert review.state == "choosing"


def test_an_app_that_was_removed_is_an_alarm_too(world: World) -> None:
    world.bot.admission.pause = 0.05
    world.slack.uninstall()

    soon(lambda: "account_inactive" in ready(world)[1]["slack"], 10)
    world.slack.install_again()
    soon(lambda: ready(world)[0] == 200, 10)


# -- work that is stuck


def stuck(world: World) -> str:
    """A calendar that cannot let go of what it holds: the key of what is owed and fails again and again."""
    world.reviews()
    world.holds()
    world.breaks("google", "events.delete", "status", status=503, times=None)
    world.slack.press("U0PRIYA", RELEASES, world.review().button("Let go").ts, action_id="let_go")
    key = "release:CHG-1042:1:1"
    soon(lambda: [i for i in world.bot.store.due(key=key) if i.attempts > 1], 10)
    return key


def changed(world: World, update: sa.Update) -> bool:
    with world.bot.store.bookkeeping() as connection:
        return connection.execute(update).rowcount == 1


def test_what_is_stuck_is_listed_with_its_last_failure(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    key = stuck(operator)

    assert main(["effects", "list"]) == 0

    told = capsys.readouterr().out
    assert re.search(rf"meeting:CHG-1042:\n  {key} \(release\), owed since 2026-11-30 .* attempts", told)
    assert "Google" in told
    assert "given up." in told


def put_off(world: World, key: str) -> bool:
    """Whether its next attempt is far away by now: one that was on its way already may still come in between."""
    far = instant("2099-01-01T00:00Z")
    waits = sa.update(due).where(due.c.key == key, due.c.started.is_(None)).values(not_before=far)
    if not changed(world, waits):
        return False
    time.sleep(0.5)
    [row] = world.bot.store.due(key=key)
    return row.started is None and row.not_before == far


def test_it_can_be_tried_again_now(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the running bot, without waiting for the back-off."""
    key = stuck(operator)
    soon(lambda: put_off(operator, key), 20)
    operator.mends()

    assert main(["effects", "retry", key]) == 0
    assert "tried again now" in capsys.readouterr().out
    operator.settled()
    assert operator.held() == set()


def test_it_can_be_called_off_with_a_reason_that_is_kept(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The thread and the log say who called it off and why; what follows in its lane goes on."""
    key = stuck(operator)

    soon(lambda: main(["effects", "cancel", key, "--reason", "the calendar was deleted"]) == 0, 10)

    assert (
        "called off by mona. Holds may stand on calendars: `readiness-bot holds release CHG-1042`"
        in capsys.readouterr().out
    )
    operator.settled()
    [row] = operator.bot.store.due(key=key)
    assert (row.state, row.outcome) == ("withdrawn", "called off by mona")
    assert operator.review().said(f"An operator (mona) called off {key}: the calendar was deleted")
    assert main(["effects", "cancel", key, "--reason", "twice"]) == 1
    assert "it is withdrawn already. Nothing was changed." in capsys.readouterr().out
    operator.mends()
    for calendar in operator.book.calendars:
        for hold in operator.holds_on(calendar):
            operator.frees(hold)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["retry"], 2, "name a key, or say --all"),
        (["retry", "nothing:such"], 2, "nothing of that key was ever owed"),
        (["cancel", "nothing:such", "--reason", "why not"], 2, "nothing of that key was ever owed"),
        (["cancel", "nothing:such", "--reason", " "], 2, "say why with --reason"),
    ],
)
def test_what_cannot_be_done_is_said(
    operator: World, arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["effects", *arguments]) == code
    assert words in capsys.readouterr().err


def test_rounds_are_not_called_off(operator: World, capsys: pytest.CaptureFixture[str]) -> None:
    [sweep] = operator.bot.store.due(kind="sweep", open=True)

    assert main(["effects", "cancel", sweep.key, "--reason", "too noisy"]) == 0
    assert "it comes again by itself" in capsys.readouterr().out
    assert operator.bot.store.due(key=sweep.key)[0].state == "open"
