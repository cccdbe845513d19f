"""Two replicas, one of which was frozen for so long that it was taken for dead: what both write stands once, and newest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack.blocks import Message
from bot.slack.posting import Posting
from bot.store import Store
from bot.store.journal import rows
from bot.store.slack_memory import StoredSlackMemory
from integrations.sandbox.sandbox import Sandbox

CHANNEL = "C0RELEASES"
SAID = {method: Message(words, ()) for method, words in (("old", "as it was"), ("new", "as it is"))}


class Frozen(Posting):
    """Freezes right before one call; `meanwhile` is what others do until it thaws."""

    def __init__(self, client: WebClient, memory: StoredSlackMemory, method: str, meanwhile: Callable[[], Any]) -> None:
        super().__init__(client, memory)
        self._method, self._meanwhile = method, [meanwhile]

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        if method == self._method and self._meanwhile:
            self._meanwhile.pop()()
        return super().call(method, **arguments)


class Workspace:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        token = sandbox.credentials(folder)["SLACK_BOT_TOKEN"]
        self.client = WebClient(token=token, base_url=sandbox.urls["slack_api"], retry_handlers=[])
        self.store = Store(f"sqlite:///{folder / 'posts.db'}", rows)
        self.store.migrate()
        self.memory = StoredSlackMemory(self.store, sandbox.clock)
        self.other = Posting(self.client, self.memory)

    def once(self, posting: Posting, channel: str = CHANNEL) -> str:
        return posting.once("line:CHG-1:3", "CHG-1", channel, None, "line", SAID["old"])

    def stands(self) -> list[str]:
        return [m["text"] for m in self.sandbox.slack.messages(CHANNEL) if m.get("bot_id")]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Sandbox(frozen_clock=True) as sandbox:
        workspace = Workspace(sandbox, tmp_path)
        yield workspace
        workspace.store.close()


def test_a_message_that_another_replica_wrote_meanwhile_is_taken_back(workspace: Workspace) -> None:
    """The intent was on record, nothing was sent; the other looked, found nothing and wrote it; then we wrote it too."""
    thawed = Frozen(workspace.client, workspace.memory, "chat_postMessage", lambda: workspace.once(workspace.other))

    ts = workspace.once(thawed)

    assert workspace.stands() == ["as it was"]
    kept = workspace.memory.post("line:CHG-1:3")
    assert kept is not None
    assert kept.ts == ts


def test_what_another_replica_wrote_is_not_forgotten_because_slack_refused_us(workspace: Workspace) -> None:
    def meanwhile() -> None:
        workspace.once(workspace.other)
        workspace.sandbox.faults.add(service="slack", operation="chat.postMessage", status=429)

    with pytest.raises(Exception, match="slow down"):
        workspace.once(Frozen(workspace.client, workspace.memory, "chat_postMessage", meanwhile))
    workspace.once(workspace.other)

    assert workspace.stands() == ["as it was"]


def test_an_older_rendering_that_came_late_is_noticed_and_written_over(workspace: Workspace) -> None:
    """Looked at before the freeze, sent after it: the newer rendering of the other was overwritten, and we know it."""
    workspace.once(workspace.other)
    thawed = Frozen(
        workspace.client, workspace.memory, "chat_update",
        lambda: workspace.other.update("line:CHG-1:3", CHANNEL, SAID["new"], 5),
    )  # fmt: skip

    assert not thawed.update("line:CHG-1:3", CHANNEL, SAID["old"], 4)
    assert thawed.update("line:CHG-1:3", CHANNEL, SAID["new"], 5)

    assert workspace.stands() == ["as it is"]
