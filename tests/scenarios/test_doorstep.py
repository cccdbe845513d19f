"""What arrives at the bot's address without being a request of Slack's is refused at the door, and nothing is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from bot.store import DatabaseUnreachable
from tests.world import World

SECRET = b"sandbox-signing-secret"
COMMAND = urlencode(
    {"command": "/readiness-review", "text": "CHG-1042", "user_id": "U0PRIYA", "team_id": "T0DEMO",
     "channel_id": "C0RELEASES", "trigger_id": "1.2", "response_url": ""}
)  # fmt: skip
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def send(
    world: World,
    body: bytes,
    kind: str = FORM,
    stamp: str | None = None,
    signature: str | None = None,
    **headers: str,
) -> requests.Response:
    at = stamp if stamp is not None else str(int(time.time()))
    signed = "v0=" + hmac.new(SECRET, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    told = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature or signed, **headers}
    return requests.post(f"{world.stage.address}/slack/events", data=body, headers=told, timeout=10)


def untouched(world: World) -> bool:
    return not world.review().exists and not any(item.kind == "act" for item in world.bot.store.due())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{not json", JSON),
        (b"{not json", FORM),
        (b"", JSON),
        (b"payload=" + b"%7Bnot", FORM),
        (b"payload=%5B1%2C2%5D", FORM),
        (b"\xff\xfe\xff", FORM),
        (b"\xff\xfe\xff", JSON),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(still_world: World, body: bytes, kind: str) -> None:
    answer = send(still_world, body, kind)

    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert untouched(still_world)


@pytest.mark.parametrize("stamp", ["", "yesterday", "1e9", "-5", "12.5", "٣٤", "9" * 400])
def test_a_time_stamp_that_is_no_number_is_not_signed_as_slack_signs(still_world: World, stamp: str) -> None:
    answer = requests.post(
        f"{still_world.stage.address}/slack/events",
        data=COMMAND,
        headers={"Content-Type": FORM, "X-Slack-Request-Timestamp": stamp.encode(), "X-Slack-Signature": "v0=00"},
        timeout=10,
    )

    assert answer.status_code == 401
    assert untouched(still_world)


def test_a_wrong_signature_is_refused(still_world: World) -> None:
    for signature in ("v0=" + "0" * 64, "v0=", "nonsense", "v1=" + "0" * 64):
        assert send(still_world, COMMAND.encode(), signature=signature).status_code == 401
    assert untouched(still_world)


def test_an_old_request_is_refused(still_world: World) -> None:
    """Even with a good signature: it may have been recorded."""
    for age in (-301, -86_400, 400):
        assert send(still_world, COMMAND.encode(), stamp=str(int(time.time()) + age)).status_code == 401
    assert untouched(still_world)


def test_nobody_may_call_bolts_inner_doors(still_world: World) -> None:
    answer = send(
        still_world, COMMAND.encode(), signature="v0=" + "0" * 64,
        **{"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "anything"},
    )  # fmt: skip

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions"},
        {"type": "block_actions", "actions": [], "user": {"id": "U0PRIYA"}},
        {"type": "block_actions", "actions": [{"action_id": "hold", "value": "not json"}], "user": {"id": "U0PRIYA"}},
        {"type": "view_submission", "view": {}, "user": {"id": "U0PRIYA"}},
        {"type": "view_submission", "view": {"callback_id": "reject_dialog"}, "user": {"id": "U0PRIYA"}},
        {"type": "message_action", "callback_id": "readiness_review_from_message", "user": {"id": "U0PRIYA"}},
        {"type": "nothing known"},
        {},
    ],
)
def test_a_signed_request_with_parts_missing_breaks_nothing(still_world: World, payload: dict[str, Any]) -> None:
    """Slack sends whole requests; should it ever not, the answer is no traceback and nothing is decided."""
    answer = send(still_world, urlencode({"payload": json.dumps(payload)}).encode())
    still_world.settled()

    assert "Traceback" not in answer.text
    assert "<" not in answer.text
    assert not still_world.review().exists
    still_world.complaints.tracebacks.clear()  # a request that Slack cannot have sent may well be logged


def test_a_body_that_is_too_large_is_refused(still_world: World) -> None:
    assert send(still_world, b"text=" + b"a" * 1_100_000).status_code == 413


def test_it_tells_that_it_lives_and_is_ready(still_world: World) -> None:
    assert requests.get(f"{still_world.stage.address}/healthz", timeout=10).json() == {"ok": True}
    ready = requests.get(f"{still_world.stage.address}/readyz", timeout=10)
    told = ready.json()
    assert (ready.status_code, told["workspace"], told["database"], told["sweep"]) == (200, "good", "good", "good")


def test_a_database_that_does_not_answer_is_not_ready_and_still_alive(
    still_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restarting the process would not mend its database: it lives, and takes no work."""
    sentence = "The database does not answer. Nothing was written. Check that it runs and that DATABASE_URL is right."

    def silent() -> None:
        raise DatabaseUnreachable(sentence)

    monkeypatch.setattr(still_world.bot.store, "check_writable", silent)
    ready = requests.get(f"{still_world.stage.address}/readyz", timeout=10)

    assert (ready.status_code, ready.json()["database"]) == (503, sentence)
    assert requests.get(f"{still_world.stage.address}/healthz", timeout=10).status_code == 200


def test_an_engine_that_no_longer_looks_is_not_ready(still_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.serving.LONGEST_UNSWEPT", 0.0)
    ready = requests.get(f"{still_world.stage.address}/readyz", timeout=10)

    assert ready.status_code == 503
    assert ready.json()["sweep"].startswith("Nothing that is due has been looked for since")


def test_slack_may_ask_whether_the_address_is_ours(still_world: World) -> None:
    assert still_world.slack.verify_url()


def test_a_text_with_the_word_payload_is_only_a_text(still_world: World) -> None:
    """A trap in Bolt's parser: such a command must not be read as empty."""
    told = still_world.asks("/readiness-review status payload=1", by="priya")

    assert "I find the time for the review" not in told.words
    assert told.words != ""
