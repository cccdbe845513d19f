"""What can go wrong between Slack and the bot, switched on by hand."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from http.client import RemoteDisconnected
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from tests.sandbox.slack_world import PRIYA, RELEASES, SECRET, SlackWorld, actions, button, modal, section


def texts(world: SlackWorld) -> list[str]:
    return [m["text"] for m in world.slack.messages(RELEASES)]


@pytest.mark.parametrize(("kind", "committed"), [("drop_before", False), ("drop_after", True), ("hang", False)])
def test_a_lost_line_leaves_the_caller_in_doubt(world: SlackWorld, kind: str, committed: bool) -> None:
    """Only a look tells whether it happened; the next call is well again."""
    world.faults.add(service="slack", operation="chat.postMessage", kind=kind, seconds=0.05)

    with pytest.raises((URLError, RemoteDisconnected, ConnectionError)):
        world.client.chat_postMessage(channel=RELEASES, text="card")

    assert texts(world) == (["card"] if committed else [])
    world.post(text="again")
    assert texts(world)[-1] == "again"


def test_a_slow_answer_outlasts_the_caller_s_patience_and_is_done(world: SlackWorld) -> None:
    world.faults.add(service="slack", operation="chat.*", kind="slow", seconds=0.3)
    hurried = world.new_client(timeout=0.1)  # type: ignore[arg-type]  # urllib takes fractions
    with pytest.raises((TimeoutError, URLError)):
        hurried.chat_postMessage(channel=RELEASES, text="card")
    assert world.slack.wait_until(lambda: texts(world) == ["card"])


def test_throttling_tells_when(world: SlackWorld) -> None:
    world.faults.add(service="slack", operation="chat.update", status=429, retry_after=7)
    ts = world.post()
    with pytest.raises(SlackApiError) as refused:
        world.client.chat_update(channel=RELEASES, ts=ts, text="x")
    answer = refused.value.response
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "7")
    assert texts(world) == ["hello"]


def test_errors_come_by_their_own_words_or_as_a_page(world: SlackWorld) -> None:
    world.faults.add(service="slack", operation="chat.postMessage", status=200, word="is_archived", match=RELEASES)
    with pytest.raises(SlackApiError, match="is_archived"):
        world.client.chat_postMessage(channel=RELEASES, text="x")
    world.faults.add(service="slack", operation="chat.postMessage", status=503)
    with pytest.raises(SlackApiError) as refused:
        world.client.chat_postMessage(channel=RELEASES, text="x")
    assert refused.value.response.status_code == 503
    assert texts(world) == []


def command(world: SlackWorld) -> Any:
    return world.slack.command(PRIYA, RELEASES, "/readiness-review CHG-1042")


@pytest.mark.parametrize("kind", ["bad_signature", "old_timestamp"])
def test_bolt_refuses_a_request_that_slack_did_not_sign_now(world: SlackWorld, kind: str) -> None:
    world.bolt.command("/readiness-review")(lambda ack: ack())
    world.faults.add(service="slack", operation="deliver.command", kind=kind)
    assert (command(world).status, command(world).status) == (401, 200)
    assert not SignatureVerifier(SECRET).is_valid_request(*world.raw[0])


def test_a_duplicate_is_the_same_request_byte_for_byte(world: SlackWorld) -> None:
    world.bolt.command("/readiness-review")(lambda ack: ack())
    world.faults.add(service="slack", operation="deliver.*", kind="duplicate")
    assert command(world).status == 200
    assert len(world.raw) == 2
    assert world.raw[0] == world.raw[1]
    assert world.slack.replay_last() == 200
    assert len(world.raw) == 3


def test_a_late_delivery_times_out_for_the_person_and_still_arrives(world: SlackWorld) -> None:
    world.bolt.command("/readiness-review")(lambda ack: ack())
    world.slack.courier.ack_seconds = 0.1
    world.faults.add(service="slack", operation="deliver.command", kind="slow", seconds=0.2)
    assert (command(world).error, world.raw) == ("operation_timeout", [])
    assert world.slack.deliveries[0].finished.wait(2)
    assert len(world.raw) == 1


def test_a_delivery_can_be_overtaken(world: SlackWorld) -> None:
    """The first press waits until the second has been delivered, and no longer."""
    seen: list[str] = []
    world.bolt.action("go")(lambda ack, action: (seen.append(action["value"]), ack()))
    ts = world.post(actions(button("go", "first"), block_id="a"), actions(button("go", "second"), block_id="b"))
    world.faults.add(service="slack", operation="deliver.action", kind="reorder", match="first", seconds=60)

    early = threading.Thread(target=lambda: world.slack.press(PRIYA, RELEASES, ts, action_id="go", value="first"))
    early.start()
    assert world.slack.wait_until(lambda: len(world.slack.deliveries) == 1)
    world.slack.press(PRIYA, RELEASES, ts, action_id="go", value="second")
    early.join(30)

    assert seen == ["second", "first"]
    assert not early.is_alive()


def test_two_people_s_presses_at_once_both_arrive(world: SlackWorld) -> None:
    bodies: list[Any] = []
    world.bolt.action("go")(lambda ack, body: (bodies.append(body), ack()))
    ts = world.post(actions(button("go")))
    hands = [threading.Thread(target=lambda: world.slack.press(PRIYA, RELEASES, ts, action_id="go")) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(5)
    assert len({b["trigger_id"] for b in bodies}) == 4
    assert len({b["actions"][0]["action_ts"] for b in bodies}) == 4


# -- events are sent again


def share(world: SlackWorld) -> Any:
    return world.slack.open_home(PRIYA)


def retries(world: SlackWorld) -> list[tuple[str | None, str | None]]:
    return [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for _, h in world.raw]


def test_a_failed_event_is_sent_three_times_more_with_the_same_id(world: SlackWorld) -> None:
    world.slack.courier.retries_at_once = True
    world.answer_instead = lambda: ("", 500)

    assert share(world).error == "dispatch_failed"

    assert retries(world) == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for body, _ in world.raw}) == 1
    assert all(SignatureVerifier(SECRET).is_valid_request(b, h) for b, h in world.raw)
    assert world.slack.ephemerals(PRIYA) == [], "people see nothing of a failed event"


def test_a_late_event_is_sent_again_with_its_reason(world: SlackWorld) -> None:
    world.slack.courier.retries_at_once = True
    world.slack.courier.ack_seconds = 0.1
    slept: list[int] = []

    def slow_once() -> tuple[str, int]:
        if not slept:
            slept.append(1)
            time.sleep(0.2)
        return "", 200

    world.answer_instead = slow_once
    share(world)
    assert retries(world) == [(None, None), ("1", "http_timeout")]


def test_retries_wait_for_business_time(world: SlackWorld) -> None:
    """At once, after a minute, after five; a success ends them."""
    answers = iter([500, 500, 500, 200])
    world.answer_instead = lambda: ("", next(answers))
    share(world)

    for count, minutes in ((2, 1), (3, 4), (4, 30)):
        assert _until(lambda count=count: len(world.raw) == count)
        world.clock.move(timedelta(minutes=minutes))
    assert [n for n, _ in retries(world)] == [None, "1", "2", "3"]


def test_an_event_that_succeeds_the_second_time_is_not_sent_a_third(world: SlackWorld) -> None:
    answers = iter([500, 200])
    world.answer_instead = lambda: ("", next(answers))
    share(world)
    assert _until(lambda: len(world.raw) == 2)
    world.clock.move(timedelta(minutes=6))
    assert not _until(lambda: len(world.raw) > 2, seconds=0.5)


def test_the_bot_may_ask_not_to_be_told_again(world: SlackWorld) -> None:
    world.slack.courier.retries_at_once = True
    world.answer_instead = lambda: ("", 500, {"X-Slack-No-Retry": "1"})  # type: ignore[assignment,return-value]
    share(world)
    assert len(world.raw) == 1


def test_commands_and_presses_are_never_sent_again(world: SlackWorld) -> None:
    world.slack.courier.retries_at_once = True
    world.answer_instead = lambda: ("", 500)
    world.slack.press(PRIYA, RELEASES, world.post(section(), actions(button("go"))), action_id="go")
    trigger = world.slack.views.trigger(PRIYA)
    view = world.client.views_open(trigger_id=trigger, view=modal(section()))["view"]
    seen = world.slack.submit(PRIYA, view["id"])
    assert len(world.raw) == 2
    assert seen.text.startswith("We had some trouble connecting.")
    assert world.slack.modal(PRIYA) is not None, "the form stays, so that it can be sent again"


def _until(true: Any, seconds: float = 2.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(true())
