"""A request that somebody recorded and sends again, and one that never quite arrives: neither does anything."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.serving import web
from tests.hostile.own_server import OwnServer
from tests.hostile.signed import FORM, JSON, send
from tests.world import World

Seen = tuple[int, frozenset[str], int, int]


def seen(world: World) -> Seen:
    """The ledger's length, everything that was ever owed, what stands in Slack and on calendars."""
    store = world.bot.store
    owed = frozenset(item.key for open_ in (True, False) for item in store.due(open=open_))
    said = len(world.slack.state.ephemerals) + sum(len(c.messages) for c in world.slack.state.channels.values())
    return store.verify().entries, owed, said, sum(len(world.book.events(c)) for c in world.book.calendars)


def test_the_same_request_again_changes_nothing(world: World) -> None:
    """The very bytes with the very signature, and the same act signed anew: an act is kept under Slack's own ids for it."""
    world.reviews()
    world.holds()
    world.approves()
    assert world.review().state == "confirmed"
    heard = list(world.slack.deliveries)
    before = seen(world)
    assert len(heard) >= 4

    client = world.stage.bot.test_client()
    for delivery in heard:
        kind = JSON if delivery.body.startswith(b"{") else FORM
        for stamp in (int(time.time()), int(time.time()), int(time.time()) - 200):
            assert send(client, delivery.body, kind, stamp).status_code == 200
    world.settled()

    assert seen(world) == before


def test_where_there_is_no_signing_secret_nobody_comes_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In socket mode Slack is heard over a connection of our own making; whoever finds the port is nobody."""
    monkeypatch.setattr(world.bot.settings, "slack_signing_secret", None)
    body = (
        b"command=%2Freadiness-review&text=CHG-1042&user_id=U0PRIYA&team_id=T0DEMO&channel_id=C0RELEASES&trigger_id=1"
    )

    answer = send(web(world.bot).test_client(), body)

    assert answer.status_code == 401
    assert "connection of its own" in answer.json["error"]
    world.settled()
    assert not world.review().exists


class Arriving(OwnServer):
    """With little patience; how long the bodies were that reached it."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        super().__init__(threads=2, arriving=1)

    def hears(self, environ: dict[str, Any]) -> None:
        self.asked.append(int(environ.get("CONTENT_LENGTH") or 0))


@pytest.fixture(scope="module")
def arriving() -> Iterator[Arriving]:
    made = Arriving()
    yield made
    made.close()


def test_a_body_that_drips_is_cut_off(arriving: Arriving) -> None:
    """A byte now and then keeps no connection: the whole request has a few seconds."""
    with arriving.line() as line:
        line.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 200 and not _ended(line):
                line.sendall(b"a")
                sent += 1
    assert sent < 200
    assert arriving.asked == []


def _all(line: socket.socket) -> bytes:
    """Until the connection is closed; where bytes of ours were left unread, that is a reset."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(1000):
            answer += piece
    return answer


def _ended(line: socket.socket) -> bool:
    line.settimeout(0.05)
    try:
        return line.recv(100) == b""
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    "told", [b"Content-Length: 50000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n" + b"fffff\r\n" + b"a" * 0xFFFFF]
)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(arriving: Arriving, told: bytes) -> None:
    """Nothing of it is waited for, and the application never hears of it."""
    with arriving.line() as line:
        line.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\n" + told)
        answer = _all(line)

    assert answer.startswith(b"HTTP/1.1 413")
    assert arriving.asked == []
