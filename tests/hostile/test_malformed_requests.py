"""Whatever comes in with a good signature: an answer that is no traceback, and a ledger in which nothing changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.door import DEEPEST, MOST_BYTES, MOST_FIELDS
from bot.slack.messages import presses
from tests.hostile.signed import FORM, JSON, form, send
from tests.world import World

# Nobody has a record of that id: what is well-formed in here decides nothing either.
COMMAND: dict[str, Any] = {
    "command": "/readiness-review", "text": "CHG-9999", "user_id": "U0PRIYA", "team_id": "T0DEMO",
    "channel_id": "C0RELEASES", "trigger_id": "1.2.c", "response_url": "http://127.0.0.1:9/response/x",
}  # fmt: skip
_WHO: dict[str, Any] = {
    "user": {"id": "U0PRIYA", "team_id": "T0DEMO"}, "team": {"id": "T0DEMO"}, "trigger_id": "1.2.p", "response_url": "",
    "channel": {"id": "C0RELEASES"}, "token": "x",
}  # fmt: skip
_ACTION = {
    "action_id": presses.HOLD,
    "block_id": "b",
    "type": "button",
    "action_ts": "1.5",
    "value": '{"m":"CHG-9999","s":1,"o":0}',
}
PRESS = {**_WHO, "type": "block_actions", "actions": [_ACTION], "container": {"message_ts": "1.1", "thread_ts": "1.0"}}
OPENING = {**PRESS, "actions": [{**_ACTION, "action_id": presses.WHY_NOT}]}
_FIELD = {"reason": {"type": "plain_text_input", "value": "no"}, "why_not_time": {"value": "Tue 10:30"}}
_VIEW = {"id": "V1", "hash": "1.h", "callback_id": presses.REJECT_DIALOG, "private_metadata": '{"m":"CHG-9999","s":1}',
         "state": {"values": {"reason": _FIELD}}}  # fmt: skip
DIALOG = {**_WHO, "type": "view_submission", "view": _VIEW}
QUESTION = {**_WHO, "type": "view_submission", "view": {**_VIEW, "callback_id": presses.WHY_NOT_DIALOG}}
SHORTCUT = {**_WHO, "type": "message_action", "callback_id": "readiness_review_from_message",
            "message": {"ts": "1.1", "text": "CHG-9999"}}  # fmt: skip
_EVENT = {"type": "link_shared", "user": "U0PRIYA", "channel": "C0RELEASES", "message_ts": "1.1", "source": "conversations_history",
          "links": [{"domain": "change.example.com", "url": "https://change.example.com/CHG-9999"}]}  # fmt: skip
EVENT = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0DEMO", "event": _EVENT,
         "authorizations": [{"team_id": "T0DEMO", "enterprise_id": None, "is_enterprise_install": False}]}  # fmt: skip
HOME = {**EVENT, "event": {"type": "app_home_opened", "user": "U0PRIYA", "tab": "home"}}
JOINED = {**EVENT, "event": {"type": "member_joined_channel", "user": "U0PRIYA", "channel": "C0RELEASES"}}
BODIES = (COMMAND, PRESS, OPENING, DIALOG, QUESTION, SHORTCUT, EVENT, HOME, JOINED)

HOSTILE = st.sampled_from(
    (None, True, 0, -1, 2**70, 1.5, "", " ", "x" * 70_000, "\ud83d", "a\0b", "<!channel>", "\u202e", "../../etc/passwd",
     "{}", '{"m":["CHG-9999"],"s":1e999}', '{"m":"\\ud800","s":' + "9" * 400 + "}", "[" * 5000, [], {}, [1], [[]], [None],
     {"id": 1}, {"id": None}, [{"id": 7}], {"values": {"a": 1}}, "http://169.254.169.254/latest/meta-data")
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body at which something else could stand."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*at, key)
        yield from places(inner, (*at, key))


def changed(body: dict[str, Any], at: tuple[Any, ...], value: Any, gone: bool) -> dict[str, Any]:
    made = copy.deepcopy(body)
    within: Any = made
    for key in at[:-1]:
        within = within[key]
    if gone:
        del within[at[-1]]
    else:
        within[at[-1]] = value
    return made


@pytest.fixture(scope="module")
def client(still_world: World) -> FlaskClient:
    made: FlaskClient = still_world.stage.bot.test_client()
    return made


def sent(client: FlaskClient, body: dict[str, Any]) -> Any:
    """By the way that such a body takes."""
    if "command" in body:
        fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        return send(client, urlencode(fields, errors="surrogatepass").encode())
    return send(client, form(body)) if "event" not in body else send(client, json.dumps(body).encode(), JSON)


def answered(answer: Any) -> None:
    assert answer.status_code in (200, 400, 401, 404, 405, 413, 415), answer.text
    assert "Traceback" not in answer.text
    assert "site-packages" not in answer.text


def unharmed(world: World) -> None:
    world.settled()
    assert world.complaints.tracebacks == []
    assert world.bot.journal.meetings() == ()
    assert world.bot.store.verify().ok


# The bot's own threads use chance while an example is drawn.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_every_part_of_every_request_may_be_missing_or_anything(client: FlaskClient, still_world: World) -> None:
    """Each place of each sort of request in turn, with two of the hostile values each time."""

    @given(st.data())
    @settings(max_examples=300, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def one(data: st.DataObject) -> None:
        body = data.draw(st.sampled_from(BODIES))
        for _ in range(data.draw(st.integers(1, 2))):
            at = data.draw(st.sampled_from(sorted(places(body), key=str)))
            body = changed(body, at, data.draw(HOSTILE), data.draw(st.booleans()))
        answered(sent(client, body))

    one()
    unharmed(still_world)


# The bot's own threads use chance while an example is drawn.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_bytes_that_are_nothing_are_answered(client: FlaskClient, still_world: World) -> None:
    kinds = st.sampled_from(
        (FORM, JSON, "", "text/plain", "multipart/form-data; boundary=x", "application/xml", "a/b;charset=é")
    )
    bodies = st.binary(max_size=60) | st.text(max_size=60).map(lambda t: b"payload=" + t.encode("utf-8", "replace"))
    paths = st.sampled_from(
        ("/slack/events", "/healthz", "/readyz", "/metrics", "/", "/slack/install", "/..%2f..%2fetc/passwd")
    )

    @given(bodies, kinds, paths, st.sampled_from(("POST", "GET", "PUT", "DELETE", "OPTIONS")))
    @settings(max_examples=120, deadline=None, phases=[Phase.generate])
    def one(body: bytes, kind: str, path: str, method: str) -> None:
        if path == "/slack/events" and method == "POST":
            answered(send(client, body, kind))
        else:
            answered(client.open(path, method=method, data=body, content_type=kind))

    one()
    unharmed(still_world)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"[" * (MOST_BYTES // 2), JSON, 400),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, JSON, 413),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), JSON, 400),
        (b"payload=" + b"[" * 100_000, FORM, 400),
        (b"payload=" + b"%5B" * 100_000, FORM, 400),
        (b'{"a":' + b"9" * 100_000 + b"}", JSON, 400),
        (b"a=1&" * (MOST_FIELDS + 1), FORM, 400),
        (b"<a/>", "application/xml", 415),
        (b"", "", 415),
        (b"text=" + b"a" * MOST_BYTES, FORM, 413),
    ],
)
def test_what_would_cost_much_is_refused_with_a_sentence(
    client: FlaskClient, still_world: World, body: bytes, kind: str, status: int
) -> None:
    answer = send(client, body, kind)

    assert answer.status_code == status
    assert "nothing changed" in answer.json["error"]
    unharmed(still_world)


@pytest.mark.parametrize(
    "body", [b"[" * 300_000, b"payload=" + b"[" * 300_000, b"\xff\xfe", json.dumps({"user": 5}).encode()]
)
@pytest.mark.parametrize("kind", [FORM, JSON])
def test_nothing_is_parsed_before_it_is_known_who_sent_it(
    client: FlaskClient, still_world: World, body: bytes, kind: str
) -> None:
    told = {"Content-Type": kind, "X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=00"}

    assert client.post("/slack/events", data=body, headers=told).status_code in (400, 401)
    unharmed(still_world)
