"""The database is locked for longer than Slack waits (S7): who pressed is told that nothing changed, and that stays so."""

from __future__ import annotations

import json

import pytest

from bot.slack.listening import SORRY
from tests.hostile.signed import FORM, JSON, send
from tests.hostile.test_back_pressure import COMMAND, EVENT, PRESS
from tests.hostile.test_replay import seen
from tests.world import World


@pytest.mark.parametrize(("body", "kind", "status"), [(COMMAND, FORM, 200), (PRESS, FORM, 503), (EVENT, JSON, 503)])
def test_what_cannot_be_kept_is_refused_and_not_done_later(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, body: bytes, kind: str, status: int
) -> None:
    """A command is answered in words, a press by Slack's own sign of failure; an event Slack brings again. The log has a
    sentence and no traceback."""
    store = world.bot.store
    monkeypatch.setattr(store._together, "_patience", -1.0)  # as if the lock had lasted
    before = seen(world)

    answer = send(world.stage.bot.test_client(), body, kind)
    world.settled()

    assert seen(world) == before
    assert answer.status_code == status
    if body is COMMAND:
        assert json.loads(answer.data)["text"] == SORRY
    [line] = [r for r in caplog.records if "could not be kept" in r.getMessage()]
    assert line.levelname == "ERROR" and line.exc_info is None
    assert "Nothing was written" in line.getMessage()
