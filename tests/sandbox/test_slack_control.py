"""The door through which the page and tests look into the Slack stand-in and act there: JSON over HTTP."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.sandbox.slack_world import (
    DANA,
    PRIYA,
    RELEASES,
    SECRETS,
    SlackWorld,
    actions,
    button,
    modal,
    plain,
    question,
    section,
)


def look(world: SlackWorld, who: str, since: int | None = None) -> Any:
    after = "" if since is None else f"&since={since}"
    with urlopen(f"{world.url}/control/slack/state?as={who}{after}", timeout=10) as answer:
        return json.load(answer)


def act(world: SlackWorld, name: str, origin: str = "", **asked: Any) -> tuple[int, Any]:
    body = asked.pop("raw", None) or json.dumps(asked).encode()
    headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
    try:
        with urlopen(Request(f"{world.url}/control/slack/{name}", body, headers), timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_state_is_what_one_person_sees(world: SlackWorld) -> None:
    """Private channels, private lines, direct messages, dialogs and home tabs belong to their people."""
    root = world.post(section("root"))
    world.post(text="reply", thread_ts=root)
    world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="psst")
    world.client.chat_postMessage(channel=PRIYA, text="your turn")
    world.client.views_open(trigger_id=world.slack.views.trigger(PRIYA), view=modal(section("ask")))
    world.client.views_publish(user_id=PRIYA, view={"type": "home", "blocks": [section("home")]})

    priya, dana = look(world, PRIYA), look(world, DANA)

    channel = next(c for c in priya["channels"] if c["id"] == RELEASES)
    assert [(m["plain"], [t["plain"] for t in m["thread"]]) for m in channel["messages"]] == [("root", ["reply"])]
    assert [e["plain"] for e in priya["ephemerals"]] == ["psst"]
    assert [[m["plain"] for m in d["messages"]] for d in priya["dms"]] == [["your turn"]]
    assert [v["plain"] for v in priya["modal"]] == ["Reject\nask\n[Send]"]
    assert priya["home"]["plain"] == "home"
    assert SECRETS not in [c["id"] for c in priya["channels"]]
    assert SECRETS in [c["id"] for c in dana["channels"]]
    assert (dana["ephemerals"], dana["dms"], dana["modal"], dana["home"]) == ([], [], [], None)


def test_news_wake_the_one_who_waits(world: SlackWorld) -> None:
    since = look(world, PRIYA)["revision"]
    threading.Timer(0.15, world.post).start()
    begun = time.monotonic()
    news = look(world, PRIYA, since)
    assert news["revision"] > since
    assert 0.1 < time.monotonic() - begun < 5
    assert look(world, PRIYA, since)["revision"] == news["revision"], "what is already newer comes at once"


def test_each_act_answers_with_what_was_seen_at_once(world: SlackWorld) -> None:
    """From the command through the button and the form to the end."""
    card = [section("*card*", accessory=button("reject", "CHG-1042"))]

    def command(ack: Any, client: Any) -> None:
        client.chat_postMessage(channel=RELEASES, text="card", blocks=card)
        ack("Looking")

    def press(ack: Any, body: Any, client: Any) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal(question("reason"), callback_id="reject"))

    world.slack.desk.moment = 1.0  # the modal opens after the acknowledgement
    world.bolt.command("/readiness-review")(command)
    world.bolt.action("reject")(press)
    world.bolt.view("reject")(lambda ack: ack(response_action="errors", errors={"reason": "Say more."}))

    _, looked = act(world, "command", **{"as": PRIYA}, channel=RELEASES, text="/readiness-review CHG-1042")
    assert (looked["ok"], looked["status"], looked["error"], looked["plain"]) == (True, 200, None, "Looking")
    assert 0 <= looked["elapsed_ms"] < 3000
    ts = world.slack.messages(RELEASES)[0]["ts"]
    _, pressed = act(world, "press", **{"as": PRIYA}, channel=RELEASES, ts=ts, action_id="reject", value="CHG-1042")
    assert pressed["view"]["callback_id"] == "reject"
    view = {"as": PRIYA, "view_id": pressed["view"]["id"]}
    _, wrong = act(world, "submit", **view, values={"reason": {"words": {"type": "plain_text_input", "value": "no"}}})
    assert wrong["errors"] == {"reason": "Say more."}
    assert act(world, "close_view", **view)[1]["ok"]
    assert look(world, PRIYA)["modal"] == []


def test_menus_home_shortcut_and_invitation_have_their_own_doors(world: SlackWorld) -> None:
    for register, name in (("action", "pick"), ("shortcut", "rr_from_message")):
        getattr(world.bolt, register)(name)(lambda ack: ack())
    option = {"text": plain("A"), "value": "a"}
    menu = {"type": "static_select", "action_id": "pick", "options": [option]}
    ts = world.post(actions(menu))
    place = {"as": PRIYA, "channel": RELEASES, "ts": ts}

    assert act(world, "select", **place, action_id="pick", selected=option)[1]["status"] == 200
    assert act(world, "shortcut", **place, callback_id="rr_from_message")[1]["status"] == 200
    assert act(world, "open_home", **{"as": PRIYA})[1]["status"] == 404, "no listener in this bot"
    assert act(world, "invite", **{"as": PRIYA}, channel="C03OTHERS")[0] == 200
    assert act(world, "replay")[1]["status"] == 404
    with urlopen(f"{world.url}/control/slack/deliveries") as answer:
        sent = [d["operation"] for d in json.load(answer)["deliveries"]]
    assert sent[:3] == ["deliver.action", "deliver.shortcut", "deliver.event"]


def test_a_private_line_can_be_put_away(world: SlackWorld) -> None:
    line = world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="psst")
    act(world, "dismiss", **{"as": PRIYA}, ts=line["message_ts"])
    assert look(world, PRIYA)["ephemerals"] == []


def test_errors_of_delivery_are_shown_to_the_person(world: SlackWorld) -> None:
    world.answer_instead = lambda: ("", 500)
    act(world, "command", **{"as": PRIYA}, channel=RELEASES, text="/readiness-review CHG-1042")
    state = look(world, PRIYA)
    assert [(e["operation"], e["error"]) for e in state["errors"]] == [("deliver.command", "dispatch_failed")]
    assert state["ephemerals"][0]["is_error"] is True
    assert look(world, DANA)["errors"] == []


@pytest.mark.parametrize(
    ("name", "asked", "word"),
    [
        ("command", {"as": "U99", "channel": RELEASES, "text": "x"}, "user_not_found"),
        ("command", {"as": PRIYA, "channel": SECRETS, "text": "x"}, "channel_not_found"),
        ("command", {"as": PRIYA, "channel": "C04OLD", "text": "x"}, "is_archived"),
        ("command", {"as": PRIYA, "channel": RELEASES}, "missing_argument"),
        ("press", {"as": PRIYA, "channel": RELEASES, "ts": "1.1", "action_id": "x"}, "message_not_found"),
        ("press", {"as": PRIYA, "channel": RELEASES, "ts": "1.1", "action_id": "x", "stale": 5}, "invalid_arguments"),
        ("submit", {"as": PRIYA, "view_id": "V1"}, "view_not_found"),
        ("submit", {"as": PRIYA, "view_id": "V1", "values": {"b": "x"}}, "invalid_arguments"),
        ("dance", {"as": PRIYA}, "unknown_act"),
        ("command", {"raw": b"{"}, "invalid_json"),
    ],
)
def test_a_wrong_request_gets_a_sentence(world: SlackWorld, name: str, asked: dict[str, Any], word: str) -> None:
    status, answer = act(world, name, **asked)
    assert (status, answer["ok"], answer["error"]) == (400, False, word)
    assert answer["text"].endswith("Nothing was sent.")
    assert world.raw == []


def test_another_page_in_the_same_browser_may_not_act(world: SlackWorld) -> None:
    asked = {"as": PRIYA, "channel": RELEASES, "text": "hello"}
    assert act(world, "command", origin="https://elsewhere.example", **asked)[0] == 403
    assert world.slack.messages(RELEASES) == []
    assert act(world, "command", origin=world.url, **asked)[0] == 200
