"""More than can be taken in (S7): what would be answered too late is refused at once, and nothing of it is kept."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.back_pressure import BUSY, LONGEST_WAITING, WAITED
from tests.hostile.own_server import OwnServer
from tests.hostile.signed import FORM, JSON, form, headers
from tests.hostile.test_replay import seen
from tests.world import World

COMMAND = b"command=%2Freadiness-review&text=CHG-1042&user_id=U0PRIYA&team_id=T0DEMO&channel_id=C0RELEASES&trigger_id=7"
PRESS = form({
    "type": "block_actions", "user": {"id": "U0PRIYA", "team_id": "T0DEMO"}, "team": {"id": "T0DEMO"}, "trigger_id": "8",
    "channel": {"id": "C0RELEASES"}, "container": {"message_ts": "1.2"},
    "actions": [{"action_id": "show", "value": "{}", "action_ts": "9.9"}],
})  # fmt: skip
EVENT = json.dumps({
    "type": "event_callback", "team_id": "T0DEMO", "event_id": "Ev7",
    "event": {"type": "app_home_opened", "user": "U0PRIYA", "tab": "home"},
}).encode()  # fmt: skip
ASKED = [(COMMAND, FORM), (PRESS, FORM), (EVENT, JSON)]


def brought(world: World, body: bytes, kind: str, waited: float) -> Any:
    """The same as over HTTP, after it has waited for its turn for so many seconds."""
    client = world.stage.bot.test_client()
    return client.post("/slack/events", data=body, headers=headers(body, kind), environ_overrides={WAITED: waited})


@pytest.mark.parametrize(("body", "kind"), ASKED)
def test_what_has_waited_too_long_is_refused_and_not_kept(world: World, body: bytes, kind: str) -> None:
    before = seen(world)

    answer = brought(world, body, kind, LONGEST_WAITING + 0.5)
    world.settled()

    assert seen(world) == before
    if body is COMMAND:  # Slack shows it to who typed it
        assert (answer.status_code, answer.json) == (200, {"response_type": "ephemeral", "text": BUSY})
    else:
        assert (answer.status_code, answer.json) == (503, {"error": BUSY})


def test_the_log_tells_of_it_now_and_then(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Not once for each: there are many just then."""
    for _ in range(5):
        brought(world, PRESS, FORM, 60.0)

    assert [r.levelname for r in caplog.records if "could be taken in" in r.getMessage()] == ["ERROR"]


@pytest.mark.parametrize(("body", "kind"), ASKED)
def test_what_has_waited_a_little_is_heard(world: World, body: bytes, kind: str) -> None:
    before = seen(world)

    assert brought(world, body, kind, LONGEST_WAITING - 1).status_code == 200

    assert seen(world)[1] != before[1]
    world.settled()


def test_who_did_not_sign_learns_nothing_of_how_busy_it_is(world: World) -> None:
    answer = world.stage.bot.test_client().post(
        "/slack/events", data=COMMAND, content_type=FORM, environ_overrides={WAITED: 60.0}
    )

    assert answer.status_code == 401


class Slow(OwnServer):
    """It hears one request at a time, the first until `go_on`. How long each had waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.go_on = threading.Event()
        super().__init__(threads=1)

    def hears(self, environ: dict[str, Any]) -> None:
        self.waited.append(environ[WAITED])
        self.go_on.wait(10)

    def ask(self) -> socket.socket:
        line = self.line()
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return line

    def until(self, count: int) -> None:
        while len(self.waited) < count:
            time.sleep(0.01)

    def close(self) -> None:
        self.go_on.set()
        super().close()


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.close()


def test_a_request_is_told_how_long_it_has_waited(slow: Slow) -> None:
    """Over HTTP, by the server itself: the second waits for the first."""
    with slow.ask() as first:
        slow.until(1)
        with slow.ask() as second:
            time.sleep(0.4)  # more than is looked for: the server notices the second a moment after it was sent
            slow.go_on.set()
            assert first.recv(100).startswith(b"HTTP/1.1 200")
            assert second.recv(100).startswith(b"HTTP/1.1 200")

    assert slow.waited[0] < 0.3 <= slow.waited[1] < math.inf


def test_who_hung_up_has_waited_without_end(slow: Slow) -> None:
    """Slack has told the person by then that it failed."""
    with slow.ask():
        slow.until(1)
        slow.ask().close()
        time.sleep(0.2)
        slow.go_on.set()
        slow.until(2)

    assert slow.waited[1] == math.inf
