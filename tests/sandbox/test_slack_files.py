"""Uploading to the Slack stand-in, spoken to with slack-sdk over HTTP: three steps, each by Slack's rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from slack_sdk.errors import SlackApiError

from integrations.sandbox import slack_files
from tests.sandbox.slack_world import DANA, OLD, OTHERS, PRIYA, RELEASES, SECRETS, SlackWorld

PNG = b"\x89PNG not really"


@pytest.fixture(autouse=True)
def may_write(world: SlackWorld) -> Iterator[None]:
    world.slack.state.scopes.append("files:write")
    yield


def refusal(call: Any, **args: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        call(**args)
    return str(refused.value.response["error"])


def sent(url: str, content: bytes = PNG) -> int:
    try:
        with urlopen(Request(url, data=content, method="POST"), timeout=5) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code


def begun(world: SlackWorld, **more: Any) -> Any:
    return world.client.files_getUploadURLExternal(filename="times.png", length=len(PNG), **more)


def uploaded(world: SlackWorld, **more: Any) -> str:
    told = begun(world, **more)
    assert sent(told["upload_url"]) == 200
    return str(told["file_id"])


def test_a_file_stands_in_the_thread_with_its_alternative_text(world: SlackWorld) -> None:
    root = world.client.chat_postMessage(channel=RELEASES, text="card")["ts"]
    file = uploaded(world, alt_txt="who is free")

    answer = world.client.files_completeUploadExternal(
        files=[{"id": file, "title": "Times"}], channel_id=RELEASES, thread_ts=root, initial_comment="Look"
    )

    assert answer["files"][0]["id"] == file
    [line] = world.slack.thread(RELEASES, root)
    assert (line["text"], line["files"][0]["name"], line["files"][0]["alt_txt"]) == ("Look", "times.png", "who is free")
    assert world.slack.plain(line) == "Look\n(picture: who is free)"


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_without_the_right_nothing_is_taken(world: SlackWorld, method: str) -> None:
    world.slack.state.scopes.remove("files:write")

    assert refusal(world.client.api_call, api_method=method) == "missing_scope"


@pytest.mark.parametrize("length", ["0", "-1", "many", ""])
def test_a_length_is_a_number_above_nothing(world: SlackWorld, length: str) -> None:
    begin = world.client.api_call

    assert refusal(begin, api_method="files.getUploadURLExternal", params={"filename": "a", "length": length}) == (
        "invalid_arguments"
    )


def test_bytes_of_another_length_than_was_said_are_refused(world: SlackWorld) -> None:
    told = begun(world)

    assert sent(told["upload_url"], PNG + b"!") == 400
    assert refusal(world.client.files_completeUploadExternal, files=[{"id": told["file_id"]}]) == "file_update_failed"


def test_nothing_is_completed_before_its_bytes_came_nor_twice_nor_unknown(world: SlackWorld) -> None:
    complete = world.client.files_completeUploadExternal
    waiting = begun(world)["file_id"]
    assert refusal(complete, files=[{"id": waiting}], channel_id=RELEASES) == "file_update_failed"
    assert refusal(complete, files=[{"id": "F0NONE"}], channel_id=RELEASES) == "file_not_found"
    file = uploaded(world)
    complete(files=[{"id": file}], channel_id=RELEASES)

    assert refusal(complete, files=[{"id": file}], channel_id=RELEASES) == "file_already_completed"
    assert len([m for m in world.slack.messages(RELEASES) if m.get("files")]) == 1


@pytest.mark.parametrize(
    ("channel", "word"),
    [("C0NOWHERE", "channel_not_found"), (SECRETS, None), (OTHERS, "not_in_channel"), (OLD, "is_archived"),
     (PRIYA, "channel_not_found")],
)  # fmt: skip
def test_a_file_goes_only_where_the_bot_may_speak(world: SlackWorld, channel: str, word: str | None) -> None:
    """And a refusal leaves the upload as it was: it can still be completed elsewhere."""
    file, complete = uploaded(world), world.client.files_completeUploadExternal
    if word is None:
        world.slack.state.channels[channel].bot_member = True
        complete(files=[{"id": file}], channel_id=channel)
        return

    assert refusal(complete, files=[{"id": file}], channel_id=channel) == word
    complete(files=[{"id": file}], channel_id=RELEASES)


def test_an_address_grows_old(world: SlackWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    told = begun(world)
    monkeypatch.setattr(slack_files, "ADDRESS_LASTS", -1.0)

    assert sent(told["upload_url"]) == 404
    assert refusal(world.client.files_completeUploadExternal, files=[{"id": told["file_id"]}]) == "file_not_found"


def test_who_sees_the_message_sees_the_file_and_nobody_else(world: SlackWorld) -> None:
    world.slack.state.channels[SECRETS].bot_member = True
    world.slack.state.channels[SECRETS].members[:] = [PRIYA]
    file = uploaded(world)
    world.client.files_completeUploadExternal(files=[{"id": file}], channel_id=SECRETS)
    address = f"{world.slack.base_url}/control/slack/files/{file}?as="

    with urlopen(address + PRIYA, timeout=5) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (PNG, "image/png")
    with pytest.raises(HTTPError) as refused:
        urlopen(address + DANA, timeout=5)
    with refused.value as told:
        assert json.load(told)["error"] == "file_not_found"


def test_an_upload_can_be_broken_as_everything_else(world: SlackWorld) -> None:
    world.faults.add(service="slack", operation="files.upload", kind="status", status=503)
    told = begun(world)

    assert sent(told["upload_url"]) == 503
    assert sent(told["upload_url"]) == 200
