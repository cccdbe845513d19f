"""The scheduler's intake over HTTP: told once, signed, and every answer understood."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bot.event_signatures import standard_signed
from bot.ports import Denied, Failure, Throttled, Unreachable
from integrations.intake.http import HttpIntake

NOW = 1_796_137_200.0
EVENT = {"specversion": "1.0", "id": "REL-77.identity-4.2.3", "source": "urn:readiness-bot:tests", "data": {"closure": "REL-77"}}  # fmt: skip


class Receiver:
    """Answers as it is told, and remembers what came."""

    def __init__(self) -> None:
        self.status, self.more, self.heard = 202, {}, []  # type: int, dict[str, str], list[tuple[dict[str, str], bytes]]
        receiver = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.status)
                for name, value in receiver.more.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        self.server = HTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server.server_port}/intake"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_event_comes_whole_and_is_signed_as_our_own_door_wants_it(receiver: Receiver) -> None:
    HttpIntake(receiver.url, "a secret of this test", now=lambda: NOW).tell(EVENT)
    [(headers, body)] = receiver.heard

    assert json.loads(body) == EVENT
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert standard_signed("a secret of this test", headers, body, NOW) is None
    assert standard_signed("another", headers, body, NOW) is not None


def test_without_a_secret_it_is_not_signed(receiver: Receiver) -> None:
    HttpIntake(receiver.url).tell(EVENT)

    assert "webhook-signature" not in receiver.heard[0][0]


@pytest.mark.parametrize("status", [200, 202, 204, 409])
def test_taken_and_known_already_are_done(receiver: Receiver, status: int) -> None:
    receiver.status = status
    HttpIntake(receiver.url).tell(EVENT)

    assert len(receiver.heard) == 1


@pytest.mark.parametrize(
    ("status", "failure"), [(500, Unreachable), (503, Unreachable), (408, Unreachable), (401, Denied), (404, Denied), (302, Denied)]
)  # fmt: skip
def test_what_is_broken_says_how(receiver: Receiver, status: int, failure: type[Failure]) -> None:
    receiver.status, receiver.more = status, {"Location": receiver.url} if status == 302 else {}

    with pytest.raises(failure):
        HttpIntake(receiver.url).tell(EVENT)
    assert len(receiver.heard) == 1


def test_a_pause_that_is_asked_for_is_kept(receiver: Receiver) -> None:
    receiver.status, receiver.more = 429, {"Retry-After": "17"}

    with pytest.raises(Throttled) as told:
        HttpIntake(receiver.url).tell(EVENT)
    assert told.value.retry_after == 17


def test_nobody_there_is_unreachable_and_nothing_of_the_event_is_in_the_words() -> None:
    with pytest.raises(Unreachable) as told:
        HttpIntake("http://127.0.0.1:9/intake", timeout=1).tell(EVENT)
    assert "REL-77" not in repr(told.value) and told.value.__cause__ is None and told.value.__context__ is None
