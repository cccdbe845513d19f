"""The Web API of the Slack stand-in, spoken to with slack-sdk over HTTP."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack_world import (
    DANA,
    GUEST,
    NOW,
    OLD,
    OTHERS,
    PRIYA,
    RELEASES,
    SECRETS,
    SlackWorld,
    actions,
    button,
    modal,
    section,
)


def refusal(call: Any, **args: Any) -> Any:
    with pytest.raises(SlackApiError) as refused:
        call(**args)
    return refused.value.response


def test_the_bot_learns_who_it_is_and_what_it_may(world: SlackWorld) -> None:
    answer = world.client.auth_test()

    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T01ACME", "U00BOT", "B00BOT")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert "chat:write" in headers["x-oauth-scopes"].split(",")


def test_a_wrong_token_is_refused(world: SlackWorld) -> None:
    assert refusal(world.new_client(token="xoxb-other").auth_test)["error"] == "invalid_auth"
    assert refusal(world.new_client(token="").auth_test)["error"] == "not_authed"
    assert refusal(world.client.api_call, api_method="chat.shout")["error"] == "unknown_method"


@pytest.mark.parametrize(
    ("scope", "method", "args"),
    [
        ("chat:write", "chat.postMessage", {"channel": RELEASES, "text": "x"}),
        ("links:write", "chat.unfurl", {"channel": RELEASES}),
        ("users:read", "users.info", {"user": PRIYA}),
        ("users:read.email", "users.lookupByEmail", {"email": "priya@example.com"}),
        ("usergroups:read", "usergroups.users.list", {"usergroup": "S01LEADS"}),
        ("channels:read", "conversations.info", {"channel": RELEASES}),
        ("groups:read", "conversations.info", {"channel": SECRETS}),
        ("channels:history", "conversations.history", {"channel": RELEASES}),
    ],
)
def test_without_the_scope_the_call_says_which_one_it_needs(
    world: SlackWorld, scope: str, method: str, args: dict[str, str]
) -> None:
    world.slack.state.scopes.remove(scope)

    answer = refusal(world.client.api_call, api_method=method, json=args)

    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert "commands" in answer["provided"]


@pytest.mark.parametrize(
    ("channel", "word"),
    [("C99", "channel_not_found"), (SECRETS, "channel_not_found"), (OTHERS, "not_in_channel"), (OLD, "is_archived")],
)
def test_where_the_bot_may_not_post_it_is_told_why(world: SlackWorld, channel: str, word: str) -> None:
    assert refusal(world.client.chat_postMessage, channel=channel, text="x")["error"] == word


def test_ts_grow_strictly_and_are_the_same_in_every_run(world: SlackWorld) -> None:
    """Also when the clock was set back."""
    first = [world.post(text=t) for t in "ab"]
    world.clock.set(NOW - timedelta(hours=1))
    later = world.post(text="c")

    assert first == [f"{int(NOW.timestamp())}.000001", f"{int(NOW.timestamp())}.000002"]
    assert later > first[1]
    world.reset()
    assert world.post(text="a") == first[0]


def test_replies_join_their_root_and_only_a_root(world: SlackWorld) -> None:
    root = world.post(text="root")
    reply = world.post(text="reply", thread_ts=root)

    assert [m["text"] for m in world.slack.thread(RELEASES, root)] == ["reply"]
    assert [m["ts"] for m in world.slack.messages(RELEASES)] == [root]
    assert world.slack.messages(RELEASES)[0]["reply_count"] == 1
    for wrong in (reply, "1.000001"):
        answer = refusal(world.client.chat_postMessage, channel=RELEASES, text="x", thread_ts=wrong)
        assert answer["error"] == "cannot_reply_to_message"


def test_text_alone_removes_the_blocks_of_an_updated_message(world: SlackWorld) -> None:
    ts = world.post(section("card"), metadata={"event_type": "card", "event_payload": {"id": "CHG-1042"}})

    world.client.chat_update(channel=RELEASES, ts=ts, text="only text")

    message = world.slack.messages(RELEASES)[0]
    assert message["text"] == "only text"
    assert "blocks" not in message
    assert "edited" in message
    assert message["metadata"]["event_payload"] == {"id": "CHG-1042"}


def test_an_update_with_blocks_keeps_ts_and_shows_no_edited_mark(world: SlackWorld) -> None:
    ts = world.post(section("card"))

    answer = world.client.chat_update(channel=RELEASES, ts=ts, text="new", blocks=[section("new card")])

    message = world.slack.messages(RELEASES)[0]
    assert answer["ts"] == ts == message["ts"]
    assert message["blocks"][0]["text"]["text"] == "new card"
    assert "edited" not in message


def test_metadata_goes_with_an_empty_object(world: SlackWorld) -> None:
    ts = world.post(metadata={"event_type": "card", "event_payload": {"id": "CHG-1042"}})
    world.client.api_call("chat.update", json={"channel": RELEASES, "ts": ts, "text": "x", "metadata": {}})
    assert "metadata" not in world.slack.messages(RELEASES)[0]


def test_updates_are_refused_by_slack_s_rules(world: SlackWorld) -> None:
    """Too long a text, a message that is not there, somebody else's, a private line."""
    ts = world.post()
    theirs = world.slack.command(PRIYA, RELEASES, "hello").message
    line = world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="psst")["message_ts"]
    update = world.client.chat_update
    assert theirs is not None

    assert update(channel=RELEASES, ts=ts, text="x" * 4000)["ok"]
    assert refusal(update, channel=RELEASES, ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    assert refusal(update, channel=RELEASES, ts=theirs["ts"], text="x")["error"] == "cant_update_message"
    assert refusal(update, channel=RELEASES, ts=line, text="x")["error"] == "message_not_found"
    assert world.slack.messages(RELEASES)[0]["text"] == "x" * 4000


def test_a_long_post_is_cut_and_an_empty_one_refused(world: SlackWorld) -> None:
    world.post(text="x" * 40_001)
    assert len(world.slack.messages(RELEASES)[0]["text"]) == 40_000
    empty = {"channel": RELEASES, "text": ""}
    assert refusal(world.client.api_call, api_method="chat.postMessage", json=empty)["error"] == "no_text"


@pytest.mark.parametrize(
    ("metadata", "word"),
    [
        ({"event_type": "card"}, "invalid_metadata_schema"),
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "card", "event_payload": {"a": None}}, "invalid_metadata_schema"),
        ({"event_type": "card", "event_payload": {"a": "x" * 8001}}, "metadata_too_large"),
    ],
)
def test_metadata_has_a_shape_and_a_size(world: SlackWorld, metadata: dict[str, Any], word: str) -> None:
    answer = refusal(world.client.chat_postMessage, channel=RELEASES, text="x", metadata=metadata)
    assert answer["error"] == word


def test_history_and_replies_show_metadata_only_when_asked(world: SlackWorld) -> None:
    metadata = {"event_type": "post", "event_payload": {"key": "k1"}}
    root = world.post(text="root", metadata=metadata)
    world.post(text="reply", thread_ts=root, metadata=metadata)
    newer = world.post(text="newer")

    history = world.client.conversations_history(channel=RELEASES)["messages"]
    with_it = world.client.conversations_replies(channel=RELEASES, ts=root, include_all_metadata=True)["messages"]

    assert [m["ts"] for m in history] == [newer, root]
    assert not any("metadata" in m for m in history)
    assert [m["metadata"] for m in with_it] == [metadata, metadata]
    after = world.client.conversations_history(channel=RELEASES, oldest=root)["messages"]
    assert [m["ts"] for m in after] == [newer]


def test_history_comes_in_pages(world: SlackWorld) -> None:
    posted = [world.post(text=str(i)) for i in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = world.client.conversations_history(channel=RELEASES, limit=2, cursor=cursor)
        seen += [m["ts"] for m in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]

    assert (seen, cursor, page["has_more"]) == (posted[::-1], "", False)


def test_a_private_line_reaches_one_member_and_no_history(world: SlackWorld) -> None:
    world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="psst")

    assert [e["text"] for e in world.slack.ephemerals(PRIYA)] == ["psst"]
    assert world.slack.ephemerals(DANA) == []
    assert world.client.conversations_history(channel=RELEASES)["messages"] == []
    answer = refusal(world.client.chat_postEphemeral, channel=RELEASES, user=GUEST, text="x")
    assert answer["error"] == "user_not_in_channel"


def test_deleting_a_root_with_replies_leaves_a_tombstone(world: SlackWorld) -> None:
    root, alone = world.post(text="root"), world.post(text="alone")
    world.post(text="reply", thread_ts=root)

    world.client.chat_delete(channel=RELEASES, ts=root)
    world.client.chat_delete(channel=RELEASES, ts=alone)

    assert [m.get("subtype") for m in world.slack.messages(RELEASES)] == ["tombstone"]
    assert len(world.slack.thread(RELEASES, root)) == 1
    assert refusal(world.client.chat_delete, channel=RELEASES, ts=root)["error"] == "message_not_found"


def test_permalinks_lead_into_the_thread(world: SlackWorld) -> None:
    root = world.post()
    reply = world.post(thread_ts=root)
    link = world.client.chat_getPermalink(channel=RELEASES, message_ts=reply)["permalink"]
    path = f"https://acme-example.slack.com/archives/{RELEASES}/p{reply.replace('.', '')}"
    assert link == f"{path}?thread_ts={root}&cid={RELEASES}"


def test_people_are_looked_up_by_id_and_by_address(world: SlackWorld) -> None:
    priya = world.client.users_info(user=PRIYA)["user"]
    assert (priya["tz"], priya["tz_offset"], priya["profile"]["email"]) == (
        "America/New_York",
        -18000,
        "priya@example.com",
    )
    assert world.client.users_lookupByEmail(email="Dana@example.com")["user"]["id"] == DANA
    assert refusal(world.client.users_info, user="U99")["error"] == "user_not_found"
    assert refusal(world.client.users_lookupByEmail, email="no@example.com")["error"] == "users_not_found"
    assert world.client.users_info(user=GUEST)["user"]["is_restricted"] is True

    world.slack.state.scopes.remove("users:read.email")
    assert "email" not in world.client.users_info(user=PRIYA)["user"]["profile"]


def test_groups_and_channels_are_described(world: SlackWorld) -> None:
    assert world.client.usergroups_users_list(usergroup="S01LEADS")["users"] == [PRIYA, DANA]
    assert refusal(world.client.usergroups_users_list, usergroup="S9")["error"] == "no_such_subteam"
    assert [g["handle"] for g in world.client.usergroups_list()["usergroups"]] == ["release-leads"]
    shared = world.client.conversations_info(channel="C05SHARED")["channel"]
    assert (shared["is_ext_shared"], shared["is_member"], shared["is_archived"]) == (True, True, False)
    assert world.client.conversations_info(channel=OTHERS)["channel"]["is_member"] is False
    assert set(world.client.conversations_members(channel=RELEASES)["members"]) == {PRIYA, DANA, "U00BOT"}


def test_a_direct_message_goes_to_the_person_s_own_conversation(world: SlackWorld) -> None:
    world.client.chat_postMessage(channel=DANA, text="your turn")
    channel = world.client.conversations_open(users=DANA)["channel"]["id"]
    world.client.chat_postMessage(channel=channel, text="still your turn")

    assert [m["text"] for m in world.slack.dms(DANA)] == ["your turn", "still your turn"]
    assert world.slack.dms(PRIYA) == []


def test_blocks_and_elements_get_ids(world: SlackWorld) -> None:
    unnamed = button("x")
    del unnamed["action_id"]
    world.post(section(), actions(unnamed))
    blocks = world.slack.messages(RELEASES)[0]["blocks"]
    assert all(b["block_id"] for b in blocks)
    assert blocks[1]["elements"][0]["action_id"]


def test_views_need_a_real_trigger(world: SlackWorld) -> None:
    assert refusal(world.client.views_open, trigger_id="nonsense", view=modal())["error"] == "invalid_trigger_id"
    spent = world.slack.views.trigger(PRIYA)
    world.client.views_open(trigger_id=spent, view=modal())
    assert refusal(world.client.views_open, trigger_id=spent, view=modal())["error"] == "exchanged_trigger_id"


def test_a_trigger_dies_after_three_real_seconds(world: SlackWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    trigger = world.slack.views.trigger(PRIYA)
    monkeypatch.setattr(world.slack.state, "real_time", lambda: time.monotonic() + 3.01)
    assert refusal(world.client.views_open, trigger_id=trigger, view=modal())["error"] == "expired_trigger_id"
    assert world.slack.modal(PRIYA) is None


def test_views_are_updated_by_hash_and_stacked_three_deep(world: SlackWorld) -> None:
    def trigger() -> str:
        return world.slack.views.trigger(PRIYA)

    opened = world.client.views_open(trigger_id=trigger(), view=modal(section("one")))["view"]
    newer = world.client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(section("two")))["view"]
    late = refusal(world.client.views_update, view_id=opened["id"], hash=opened["hash"], view=modal(section("late")))
    pushed = world.client.views_push(trigger_id=trigger(), view=modal())["view"]
    world.client.views_push(trigger_id=trigger(), view=modal())
    fourth = refusal(world.client.views_push, trigger_id=trigger(), view=modal())

    assert newer["id"] == opened["id"]
    assert late["error"] == "hash_conflict"
    assert (pushed["root_view_id"], pushed["previous_view_id"]) == (opened["id"], opened["id"])
    assert fourth["error"] == "push_limit_reached"
    assert refusal(world.client.views_update, view_id="V9", view=modal())["error"] == "not_found"


def test_external_ids_are_unique_and_lead_to_their_view(world: SlackWorld) -> None:
    view = modal(external_id="why-CHG-1042")
    world.client.views_open(trigger_id=world.slack.views.trigger(PRIYA), view=view)
    world.client.views_update(external_id="why-CHG-1042", view=modal(section("x"), external_id="why-CHG-1042"))
    twice = refusal(world.client.views_open, trigger_id=world.slack.views.trigger(DANA), view=view)
    assert twice["error"] == "duplicate_external_id"


def test_a_wrong_view_is_refused_with_its_faults(world: SlackWorld) -> None:
    trigger = world.slack.views.trigger(PRIYA)
    long = modal(title={"type": "plain_text", "text": "x" * 25})
    answer = refusal(world.client.views_open, trigger_id=trigger, view=long)
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][0]


def test_home_tabs_are_published_per_person(world: SlackWorld) -> None:
    view = {"type": "home", "blocks": [section("yours")]}
    first = world.client.views_publish(user_id=PRIYA, view=view)["view"]
    second = world.client.views_publish(user_id=PRIYA, view=view, hash=first["hash"])["view"]

    assert second["id"] == first["id"]
    assert refusal(world.client.views_publish, user_id=PRIYA, view=view, hash="1.old")["error"] == "hash_conflict"
    assert world.slack.home(PRIYA) is not None
    assert world.slack.home(DANA) is None


def test_one_message_a_second_in_a_channel_when_the_limit_is_on(world: SlackWorld) -> None:
    world.slack.api.posts_per_second = 1
    world.post()
    answer = refusal(world.client.chat_postMessage, channel=RELEASES, text="x")
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "1")
    assert world.client.chat_postMessage(channel=PRIYA, text="elsewhere")["ok"]


def test_nothing_of_a_reset_workspace_is_left(world: SlackWorld) -> None:
    world.post()
    world.client.views_open(trigger_id=world.slack.views.trigger(PRIYA), view=modal())
    world.client.chat_postEphemeral(channel=RELEASES, user=PRIYA, text="psst")
    world.slack.reset()
    assert world.slack.messages(RELEASES) == []
    assert (world.slack.modal(PRIYA), world.slack.ephemerals(PRIYA), world.slack.calls) == (None, [], [])
