"""People act in the Slack stand-in, a real bolt app answers, over HTTP in both directions."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from integrations.sandbox.slack_state import Json, SlackError
from tests.sandbox.slack_world import (
    DANA,
    OTHERS,
    PARTNER,
    PRIYA,
    RELEASES,
    SECRET,
    SHARED,
    SlackWorld,
    actions,
    button,
    modal,
    plain,
    question,
    section,
)

LINK = "https://change.example.com/CHG-1042"


def hear(world: SlackWorld, kind: str, name: Any, answer: Any = None) -> list[Json]:
    """Register a bolt listener that notes each body, acknowledges, and then does `answer(body, client)`."""
    bodies: list[Json] = []

    def listener(ack: Any, body: Json, client: Any) -> None:
        bodies.append(body)
        said = answer(body, client) if answer else None
        ack(**said) if isinstance(said, dict) else ack(said or "")

    getattr(world.bolt, kind)(name)(listener)
    return bodies


def heard_event(world: SlackWorld, name: str) -> list[Json]:
    bodies: list[Json] = []

    def listener(body: Json) -> None:
        bodies.append(body)

    world.bolt.event(name)(listener)
    return bodies


def arrived(world: SlackWorld, bodies: list[Json], count: int) -> bool:
    """Bolt acknowledges events before it calls the listener."""
    deadline = time.monotonic() + 2
    while len(bodies) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    return len(bodies) == count


# -- commands


def test_a_command_arrives_signed_and_escaped(world: SlackWorld) -> None:
    """Slack's own verifier accepts the signature; mentions, links and entities are as `should_escape` makes them."""
    bodies = hear(world, "command", "/readiness-review")

    line = f"/readiness-review CHG-1042 & <b> @dana @release-leads #releases {LINK}, please"
    seen = world.slack.command(PRIYA, RELEASES, line)

    raw, headers = world.raw[0]
    assert (seen.status, seen.error) == (200, None)
    assert SignatureVerifier(SECRET).is_valid_request(raw, headers)
    assert bodies[0]["text"] == (
        f"CHG-1042 &amp; &lt;b&gt; <@{DANA}|dana> <!subteam^S01LEADS|@release-leads> <#{RELEASES}|releases> <{LINK}>, please"
    )
    assert (bodies[0]["command"], bodies[0]["user_id"], bodies[0]["channel_name"]) == (
        "/readiness-review",
        PRIYA,
        "releases",
    )


def test_the_acknowledgement_may_be_a_private_answer(world: SlackWorld) -> None:
    hear(world, "command", "/readiness-review", lambda *_: "Looking at five roles")
    seen = world.slack.command(PRIYA, RELEASES, "/readiness-review CHG-1042")
    assert seen.text == "Looking at five roles"
    assert world.slack.messages(RELEASES) == []
    assert world.slack.ephemerals(DANA) == []


def test_an_answer_in_channel_shows_the_typed_command_too(world: SlackWorld) -> None:
    answer = {"text": "Looking", "response_type": "in_channel"}
    hear(world, "command", "/readiness-review", lambda *_: answer)
    world.slack.command(PRIYA, RELEASES, "/readiness-review CHG-1042")
    said = [(m["user"], m["text"]) for m in world.slack.messages(RELEASES)]
    assert said == [(PRIYA, "/readiness-review CHG-1042"), ("U00BOT", "Looking")]


def test_an_answer_with_broken_blocks_is_an_error_for_the_person(world: SlackWorld) -> None:
    hear(world, "command", "/readiness-review", lambda *_: {"text": "x", "blocks": [section("")]})
    seen = world.slack.command(PRIYA, RELEASES, "/readiness-review")
    assert seen.error == "bad_answer"
    assert "/blocks/0/text/text" in seen.text


def test_a_late_acknowledgement_is_an_operation_timeout(world: SlackWorld) -> None:
    """The bot's work goes on; the person sees Slack's error."""
    world.slack.courier.ack_seconds = 0.2
    bodies = hear(world, "command", "/readiness-review", lambda *_: time.sleep(0.4))

    seen = world.slack.command(PRIYA, RELEASES, "/readiness-review CHG-1042")

    assert (seen.error, seen.status, len(bodies)) == ("operation_timeout", None, 1)
    [line] = world.slack.ephemerals(PRIYA)
    assert (line["is_error"], line["user"]) == (True, "USLACKBOT")
    late = world.slack.deliveries[0]
    assert late.finished.wait(2)
    assert (late.status, late.error) == (200, "operation_timeout")


def test_the_real_limit_is_three_seconds(world: SlackWorld) -> None:
    assert world.slack.courier.ack_seconds == 3.0


def test_a_refusal_of_the_bot_is_a_dispatch_failure(world: SlackWorld) -> None:
    world.answer_instead = lambda: ("no", 500)
    seen = world.slack.command(PRIYA, RELEASES, "/readiness-review CHG-1042")
    assert (seen.status, seen.error) == (500, "dispatch_failed")
    assert "dispatch_failed" in world.slack.ephemerals(PRIYA)[0]["text"]
    assert len(world.raw) == 1, "Slack does not repeat commands"


def test_a_bot_that_is_not_there_is_a_dispatch_failure(world: SlackWorld) -> None:
    there, world.slack.bot_url = world.slack.bot_url, "http://127.0.0.1:9"
    seen = world.slack.command(PRIYA, RELEASES, "/readiness-review CHG-1042")
    world.slack.bot_url = there
    assert (seen.status, seen.error) == (None, "dispatch_failed")


@pytest.mark.parametrize(
    ("line", "who", "where", "thread", "word"),
    [
        ("/unknown", PRIYA, RELEASES, None, "unknown_command"),
        ("/readiness-review x", PARTNER, SHARED, None, "unknown_command"),
        ("/readiness-review x", PRIYA, RELEASES, "1.000001", "not_in_threads"),
    ],
)
def test_what_slack_itself_refuses_never_reaches_the_bot(
    world: SlackWorld, line: str, who: str, where: str, thread: str | None, word: str
) -> None:
    """An unknown command, one from another company's member, one in a thread."""
    assert world.slack.command(who, where, line, thread).error == word
    assert world.raw == []


# -- presses


def test_a_press_carries_the_button_and_the_message(world: SlackWorld) -> None:
    bodies = hear(world, "action", "hold")
    root = world.post()
    ts = world.post(section(), actions(button("hold", "1"), button("why", "2")), thread_ts=root)

    seen = world.slack.press(PRIYA, RELEASES, ts, action_id="hold")

    body = bodies[0]
    assert seen.status == 200
    assert (body["actions"][0]["value"], body["actions"][0]["text"]) == ("1", plain("Go"))
    assert body["user"] == {"id": PRIYA, "username": "priya", "name": "priya", "team_id": "T01ACME"}
    assert body["message"]["ts"] == ts
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": RELEASES,
        "is_ephemeral": False,
        "thread_ts": root,
    }


def test_buttons_with_one_action_id_are_told_apart_by_value(world: SlackWorld) -> None:
    bodies = hear(world, "action", "hold")
    ts = world.post(section(accessory=button("hold", "1")), section(accessory=button("hold", "2")))
    world.slack.press(PRIYA, RELEASES, ts, action_id="hold", value="2")
    assert bodies[0]["actions"][0]["value"] == "2"


@pytest.mark.parametrize(
    ("element", "selected", "key", "travels"),
    [
        ({"type": "users_select"}, DANA, "selected_user", DANA),
        ({"type": "multi_users_select"}, [DANA, PRIYA], "selected_users", [DANA, PRIYA]),
        ({"type": "datepicker"}, "2026-12-01", "selected_date", "2026-12-01"),
        ({"type": "timepicker"}, "10:30", "selected_time", "10:30"),
        ({"type": "datetimepicker"}, 1796050800, "selected_date_time", 1796050800),
        (
            {"type": "static_select", "options": [{"text": plain("A"), "value": "a"}]},
            "a",
            "selected_option",
            {"text": plain("A"), "value": "a"},
        ),
        (
            {"type": "overflow", "options": [{"text": plain("A"), "value": "a"}]},
            "a",
            "selected_option",
            {"text": plain("A"), "value": "a"},
        ),
        (
            {"type": "checkboxes", "options": [{"text": plain("A"), "value": "a"}]},
            ["a"],
            "selected_options",
            [{"text": plain("A"), "value": "a"}],
        ),
    ],
    ids=lambda v: v.get("type") if isinstance(v, dict) else None,
)
def test_each_menu_speaks_in_its_own_words(
    world: SlackWorld, element: Json, selected: Any, key: str, travels: Any
) -> None:
    bodies = hear(world, "action", "pick")
    ts = world.post(actions({**element, "action_id": "pick"}, block_id="b"))

    world.slack.press(PRIYA, RELEASES, ts, action_id="pick", selected=selected)

    assert bodies[0]["actions"][0][key] == travels
    if element["type"] != "overflow":
        assert bodies[0]["state"]["values"]["b"]["pick"][key] == travels


def test_a_button_that_is_gone_cannot_be_pressed_but_an_old_rendering_can(world: SlackWorld) -> None:
    bodies = hear(world, "action", "hold")
    ts = world.post(actions(button("hold", "v1")))
    world.client.chat_update(channel=RELEASES, ts=ts, text="held", blocks=[section("held")])

    with pytest.raises(SlackError, match="no_such_element"):
        world.slack.press(PRIYA, RELEASES, ts, action_id="hold")
    assert bodies == []
    world.slack.press(PRIYA, RELEASES, ts, action_id="hold", stale={"value": "v1", "block_id": "old"})
    assert (bodies[0]["actions"][0]["value"], bodies[0]["message"]["text"]) == ("v1", "held")


def test_a_private_line_s_button_is_pressed_by_its_reader_alone(world: SlackWorld) -> None:
    bodies = hear(world, "action", "offer")
    blocks = [actions(button("offer"))]
    ts = world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="x", blocks=blocks)["message_ts"]

    world.slack.press(PRIYA, RELEASES, ts, action_id="offer")

    assert bodies[0]["container"]["is_ephemeral"] is True
    assert "message" not in bodies[0]
    with pytest.raises(SlackError, match="message_not_found"):
        world.slack.press(DANA, RELEASES, ts, action_id="offer")


# -- answering addresses


def pressed_url(world: SlackWorld, private: bool = False) -> tuple[str, WebhookClient]:
    """Press a fresh button; gives the message's ts and the address to answer to."""
    bodies = hear(world, "action", "go")
    blocks = [actions(button("go"))]
    if private:
        line = world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="old", blocks=blocks)
        ts = str(line["message_ts"])
    else:
        ts = world.post(*blocks, text="old")
    world.slack.press(PRIYA, RELEASES, ts, action_id="go")
    return ts, WebhookClient(bodies[-1]["response_url"], retry_handlers=[])


def test_an_answering_address_works_five_times(world: SlackWorld) -> None:
    _, url = pressed_url(world)
    assert [url.send(text=str(i)).status_code for i in range(6)] == [200] * 5 + [404]
    assert [e["text"] for e in world.slack.ephemerals(PRIYA)] == list("01234")


def test_an_answering_address_works_for_half_an_hour(world: SlackWorld) -> None:
    _, url = pressed_url(world)
    world.clock.move(timedelta(minutes=30))
    assert url.send(text="in time").status_code == 200
    world.clock.move(timedelta(seconds=1))
    late = url.send(text="late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


def test_content_that_is_refused_is_not_counted(world: SlackWorld) -> None:
    _, url = pressed_url(world)
    answers = [url.send(text="x", blocks=[section("")]).status_code for _ in range(6)]
    assert answers == [400] * 6
    assert url.send(text="good").status_code == 200


def test_the_original_is_replaced_or_deleted_when_that_is_said(world: SlackWorld) -> None:
    ts, url = pressed_url(world)
    url.send(text="new", replace_original=True)
    message = world.slack.messages(RELEASES)[0]
    assert (message["ts"], message["text"], "blocks" in message) == (ts, "new", False)
    url.send(delete_original=True)
    assert world.slack.messages(RELEASES) == []


def test_a_private_line_can_be_replaced_but_not_made_public(world: SlackWorld) -> None:
    """The answering address is the only way to change it."""
    _, url = pressed_url(world, private=True)
    assert url.send(text="new", replace_original=True).status_code == 200
    assert [e["text"] for e in world.slack.ephemerals(PRIYA)] == ["new"]
    assert url.send(text="all", replace_original=True, response_type="in_channel").status_code == 400
    url.send(delete_original=True)
    assert world.slack.ephemerals(PRIYA) == []
    assert world.slack.messages(RELEASES) == []


def test_an_answer_may_go_into_the_channel_or_a_thread(world: SlackWorld) -> None:
    ts, url = pressed_url(world)
    url.send_dict({"text": "all", "response_type": "in_channel", "thread_ts": ts})
    assert [m["text"] for m in world.slack.thread(RELEASES, ts)] == ["all"]


def test_an_answering_address_reaches_a_channel_the_bot_is_not_in(world: SlackWorld) -> None:
    bodies = hear(world, "command", "/readiness-review")
    world.slack.command(PRIYA, OTHERS, "/readiness-review CHG-1042")
    WebhookClient(bodies[0]["response_url"]).send(text="Invite me first")
    assert [e["text"] for e in world.slack.ephemerals(PRIYA)] == ["Invite me first"]


# -- modals


def opened(world: SlackWorld, view: Json, opener: str = "ask") -> str:
    """A button opens the view; gives its id."""
    hear(world, "action", opener, lambda b, c: c.views_open(trigger_id=b["trigger_id"], view=view) and None)
    ts = world.post(actions(button(opener)))
    seen = world.slack.press(PRIYA, RELEASES, ts, action_id=opener)
    assert seen.view is not None
    return str(seen.view["id"])


def test_a_modal_opens_is_filled_in_and_closes(world: SlackWorld) -> None:
    bodies = hear(world, "view", "reject")
    view_id = opened(world, modal(question("reason"), callback_id="reject", private_metadata="CHG-1042"))

    seen = world.slack.submit(PRIYA, view_id, {"reason": {"words": "too early"}})

    view = bodies[0]["view"]
    assert (seen.status, seen.error, world.slack.modal(PRIYA)) == (200, None, None)
    assert view["state"]["values"] == {"reason": {"words": {"type": "plain_text_input", "value": "too early"}}}
    assert view["private_metadata"] == "CHG-1042"
    assert "response_url" not in bodies[0]


def test_a_required_field_is_asked_for_before_anything_is_sent(world: SlackWorld) -> None:
    bodies = hear(world, "view", "reject")
    optional = question("note", optional=True)
    view_id = opened(world, modal(question("reason"), optional, callback_id="reject"))
    seen = world.slack.submit(PRIYA, view_id, {})
    assert seen.errors == {"reason": "Please complete this required field."}
    assert bodies == []


def test_errors_of_the_bot_stand_beside_their_inputs_and_the_modal_stays(world: SlackWorld) -> None:
    complaint = {"response_action": "errors", "errors": {"reason": "Say a little more."}}
    hear(world, "view", "reject", lambda *_: complaint)
    view_id = opened(world, modal(question("reason"), callback_id="reject"))

    seen = world.slack.submit(PRIYA, view_id, {"reason": {"words": "no"}})

    assert (seen.error, seen.errors) == (None, {"reason": "Say a little more."})
    kept = world.slack.modal(PRIYA)
    assert kept is not None
    assert kept["state"]["values"]["reason"]["words"]["value"] == "no"


@pytest.mark.parametrize("errors", [{"words": "by action id"}, {"text": "a section"}])
def test_errors_that_name_no_input_block_are_not_understood(world: SlackWorld, errors: dict[str, str]) -> None:
    """Bolt users often write the action_id there; Slack then shows that something went wrong."""
    hear(world, "view", "reject", lambda *_: {"response_action": "errors", "errors": errors})
    view_id = opened(world, modal(section(block_id="text"), question("reason"), callback_id="reject"))
    seen = world.slack.submit(PRIYA, view_id, {"reason": {"words": "no"}})
    assert (seen.error, seen.errors) == ("bad_answer", {})
    assert world.slack.modal(PRIYA) is not None


def test_a_submission_may_update_push_or_clear(world: SlackWorld) -> None:
    """The same view shows the next step; a pushed one lies on top of it; clear closes them all."""
    steps = iter(
        [
            {"response_action": "update", "view": modal(section("second"), callback_id="step")},
            {"response_action": "push", "view": modal(section("third"), callback_id="step")},
            {"response_action": "clear"},
        ]
    )
    hear(world, "view", "step", lambda *_: next(steps))
    first = opened(world, modal(section("first"), callback_id="step"))

    second = world.slack.submit(PRIYA, first).view
    third = world.slack.submit(PRIYA, first).view

    assert second is not None
    assert third is not None
    assert (second["id"], third["previous_view_id"]) == (first, first)
    assert len(world.slack.views.stacks[PRIYA]) == 2
    world.slack.submit(PRIYA, third["id"])
    assert world.slack.modal(PRIYA) is None


def test_a_wrong_view_in_an_acknowledgement_is_told_to_the_person(world: SlackWorld) -> None:
    wrong = {"response_action": "update", "view": modal(title=plain("x" * 25))}
    hear(world, "view", "step", lambda *_: wrong)
    seen = world.slack.submit(PRIYA, opened(world, modal(section(), callback_id="step")))
    assert seen.error == "bad_answer"
    assert "/view/title/text" in seen.text


def test_an_updated_view_keeps_what_was_typed_into_inputs_that_stay(world: SlackWorld) -> None:
    view_id = opened(world, modal(question("reason"), callback_id="x"))
    world.slack.press(PRIYA, view_id=view_id, action_id="words", selected="half a sent")
    updated = world.client.views_update(view_id=view_id, view=modal(section(), question("reason"), callback_id="x"))
    assert updated["view"]["state"]["values"]["reason"]["words"]["value"] == "half a sent"


def test_a_trigger_serves_one_view(world: SlackWorld) -> None:
    words = []

    def twice(body: Json, client: Any) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        with pytest.raises(SlackApiError) as refused:
            client.views_open(trigger_id=body["trigger_id"], view=modal())
        words.append(refused.value.response["error"])

    hear(world, "action", "ask", twice)
    world.slack.press(PRIYA, RELEASES, world.post(actions(button("ask"))), action_id="ask")
    assert words == ["exchanged_trigger_id"]


def test_closing_is_told_to_those_who_asked(world: SlackWorld) -> None:
    heard: list[Json] = []
    world.bolt.view_closed("x")(lambda ack, body: (heard.append(body), ack()))
    world.slack.close_view(PRIYA, opened(world, modal(section(), callback_id="x")))
    assert heard == []
    view_id = opened(world, modal(section(), callback_id="x", notify_on_close=True), "ask_again")
    world.slack.close_view(PRIYA, view_id, all_=True)
    assert [(b["view"]["id"], b["is_cleared"]) for b in heard] == [(view_id, True)]
    assert world.slack.modal(PRIYA) is None


def test_a_button_in_a_modal_speaks_of_the_view(world: SlackWorld) -> None:
    bodies = hear(world, "action", "more")
    view_id = opened(world, modal(actions(button("more", "1"), block_id="b")))
    world.slack.press(PRIYA, view_id=view_id, action_id="more")
    assert (bodies[0]["container"], bodies[0]["view"]["id"]) == ({"type": "view", "view_id": view_id}, view_id)
    assert "response_url" not in bodies[0]


def test_nobody_fills_in_another_person_s_modal(world: SlackWorld) -> None:
    view_id = opened(world, modal(question("reason")))
    with pytest.raises(SlackError, match="view_not_found"):
        world.slack.submit(DANA, view_id, {})


def test_a_menu_with_outside_data_asks_for_its_options(world: SlackWorld) -> None:
    offered = [{"text": plain("CHG-1042"), "value": "CHG-1042"}]
    world.bolt.options("find")(lambda ack, payload: ack(options=offered if payload["value"] == "CHG" else []))
    picker = {"type": "external_select", "action_id": "find"}
    view_id = opened(world, modal({"type": "input", "block_id": "b", "label": plain("Record"), "element": picker}))
    assert world.slack.suggest(PRIYA, view_id, "find", "CHG") == offered


# -- shortcut, home, links, membership


def test_a_message_shortcut_works_in_a_thread(world: SlackWorld) -> None:
    bodies = hear(world, "shortcut", "rr_from_message")
    reply = world.post(text="CHG-1042", thread_ts=world.post())
    assert world.slack.shortcut(PRIYA, RELEASES, reply, "rr_from_message").status == 200
    assert bodies[0]["message"]["text"] == "CHG-1042"
    assert {"trigger_id", "response_url", "channel", "message_ts"} <= set(bodies[0])
    with pytest.raises(SlackError, match="unknown_shortcut"):
        world.slack.shortcut(PRIYA, RELEASES, reply, "other")


def test_the_home_tab_is_published_when_it_is_opened(world: SlackWorld) -> None:
    def publish(event: Json, client: Any) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Waiting for you: *1*")]})

    world.bolt.event("app_home_opened")(publish)
    world.slack.open_home(PRIYA)
    assert world.slack.wait_until(lambda: world.slack.home(PRIYA) is not None)
    home = world.slack.home(PRIYA)
    assert home is not None
    assert world.slack.plain_view(home, PRIYA) == "Waiting for you: 1"


def test_a_pasted_link_is_told_twice_and_can_be_unfurled_with_a_button(world: SlackWorld) -> None:
    """Once while it is typed, once when it is posted; the button in the unfurl can be pressed."""
    events = heard_event(world, "link_shared")
    presses = hear(world, "action", "offer")

    message = world.slack.command(PRIYA, RELEASES, f"see {LINK}.").message
    assert message is not None
    assert arrived(world, events, 2)
    composer, posted = sorted((e["event"] for e in events), key=lambda e: e["source"])
    assert (composer["source"], posted["source"]) == ("composer", "conversations_history")
    assert posted["links"] == [{"domain": "change.example.com", "url": LINK}]
    assert (posted["message_ts"], posted["is_bot_user_member"]) == (message["ts"], True)

    blocks = [section("No review yet"), actions(button("offer", "CHG-1042"))]
    world.client.chat_unfurl(channel=RELEASES, ts=message["ts"], unfurls={LINK: {"blocks": blocks}})
    world.client.chat_unfurl(channel=RELEASES, ts=message["ts"], unfurls={LINK: {"blocks": blocks}})
    assert len(world.slack.messages(RELEASES)[0]["attachments"]) == 1
    world.slack.press(PRIYA, RELEASES, message["ts"], action_id="offer")
    assert presses[0]["container"]["type"] == "message_attachment"
    assert presses[0]["app_unfurl"]["app_unfurl_url"] == LINK


def test_only_shared_links_are_unfurled(world: SlackWorld) -> None:
    message = world.slack.command(PRIYA, RELEASES, LINK).message
    assert message is not None
    for channel_ts, url, word in (
        (message["ts"], "https://change.example.com/other", "cannot_unfurl_url"),
        (world.post(), LINK, "cannot_unfurl_message"),
    ):
        with pytest.raises(SlackApiError, match=word):
            world.client.chat_unfurl(channel=RELEASES, ts=channel_ts, unfurls={url: {"blocks": [section()]}})


@pytest.mark.parametrize(
    ("who", "where", "text"),
    [(PRIYA, RELEASES, "https://change.example.com.evil.example/x"), (PARTNER, SHARED, LINK), (PRIYA, RELEASES, "hi")],
    ids=["another host", "another company's member", "no link"],
)
def test_other_lines_are_not_told(world: SlackWorld, who: str, where: str, text: str) -> None:
    world.slack.command(who, where, text)
    assert world.raw == []
    assert len(world.slack.messages(where)) == 1


def test_the_invited_bot_hears_that_it_joined(world: SlackWorld) -> None:
    events = heard_event(world, "member_joined_channel")
    world.slack.invite(PRIYA, OTHERS)
    assert arrived(world, events, 1)
    assert (events[0]["event"]["user"], events[0]["event"]["channel"]) == ("U00BOT", OTHERS)
    assert world.client.chat_postMessage(channel=OTHERS, text="Hello")["ok"]


def test_the_address_is_verified_before_events_are_sent(world: SlackWorld) -> None:
    assert world.slack.verify_url()
    world.answer_instead = lambda: ("ok", 200)
    assert not world.slack.verify_url()


# -- reading


def test_a_message_reads_as_this_person_reads_it(world: SlackWorld) -> None:
    """Times in their zone, mentions as names, styles and entities gone, buttons in brackets."""
    blocks = [
        {"type": "header", "text": plain("Review · CHG-1042 <not a tag>")},
        section(f"*Held* by <@{PRIYA}> until <!date^1796050800^{{date_short}} {{time}}|16:40 UTC> &amp; _not_ a_b_c"),
        section("<https://change.example.com|the record> <!subteam^S01LEADS>", accessory=button("hold", label="Hold")),
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "one"}, {"type": "mrkdwn", "text": "two"}]},
        actions(button("a", label="Approve"), button("b", label="Reject…")),
    ]
    world.post(*blocks)
    message = world.slack.messages(RELEASES)[0]

    expected = """Review · CHG-1042 <not a tag>
Held by @Priya Nair until Nov 30 {} & not a_b_c
the record @release-leads  [Hold]
———
one · two
[Approve] [Reject…]"""
    assert world.slack.plain(message, PRIYA) == expected.format("10:00")
    assert world.slack.plain(message, DANA) == expected.format("15:00")
