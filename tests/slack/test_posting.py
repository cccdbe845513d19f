"""Two replicas, one of which was frozen for so long that it was taken for dead: what both write stands once, and newest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.ports import Paced
from bot.slack.blocks import Message
from bot.slack.doubles import Doubles
from bot.slack.posting import Posting
from bot.store import Store
from bot.store.journal import rows
from bot.store.slack_memory import LATE, StoredSlackMemory
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


class Dies(BaseException):
    """kill -9, as far as its own code can tell."""


def dies() -> None:
    raise Dies


class Dying(Posting):
    """Dies right after Slack has taken the message: before that is on record, and before it can take anything back."""

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        told = super().call(method, **arguments)
        if method == "chat_postMessage":
            dies()
        return told


class Workspace:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        token = sandbox.credentials(folder)["SLACK_BOT_TOKEN"]
        self.client = WebClient(token=token, base_url=sandbox.urls["slack_api"], retry_handlers=[])
        self.store = Store(f"sqlite:///{folder / 'posts.db'}", rows)
        self.store.migrate()
        self.memory = StoredSlackMemory(self.store, sandbox.clock)
        self.other = Posting(self.client, self.memory)
        self.real = datetime.now(UTC)

    def once(self, posting: Posting, channel: str = CHANNEL) -> str:
        return posting.once("line:CHG-1:3", "CHG-1", channel, None, "line", SAID["old"])

    def another_dies(self) -> None:
        """Another replica writes it too, and dies before that is on record."""
        with pytest.raises(Dies):
            self.once(Dying(self.client, self.memory))

    def looks_again(self, later: timedelta) -> list[str]:
        """What becomes of each message that is owed another look."""
        doubles = Doubles(self.other, self.memory, lambda: self.real + later, LATE)
        return [str(doubles.take_away(item.payload)) for item in self.store.due() if item.kind == "double"]

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


class ThawsAndDies(Dying):
    """Freezes right before it sends, and dies after that, when others have written the message long ago."""

    def __init__(self, client: WebClient, memory: StoredSlackMemory, meanwhile: Callable[[], Any]) -> None:
        super().__init__(client, memory)
        self._meanwhile = meanwhile

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        if method == "chat_postMessage":
            self._meanwhile()
        return super().call(method, **arguments)


def test_who_thaws_writes_and_dies_leaves_one_message_in_the_end(workspace: Workspace) -> None:
    """Nobody is left who knows of the second message but the other, who began while a sending was under way."""
    frozen = ThawsAndDies(workspace.client, workspace.memory, lambda: workspace.once(workspace.other))
    with pytest.raises(Dies):
        workspace.once(frozen)
    assert len(workspace.stands()) == 2

    with pytest.raises(Paced):
        workspace.looks_again(LATE / 2)
    assert workspace.looks_again(LATE + timedelta(seconds=5)) == ["1 taken away"]
    assert workspace.stands() == ["as it was"]
    kept = workspace.memory.post("line:CHG-1:3")
    assert kept is not None and workspace.other.standing("line:CHG-1:3", CHANNEL, None) == [kept.ts]


def test_who_dies_right_after_it_wrote_in_anothers_place_leaves_one_message(workspace: Workspace) -> None:
    """The other way round: the one who thaws is first on record, and the second message is that of the dead."""
    workspace.once(Frozen(workspace.client, workspace.memory, "chat_postMessage", workspace.another_dies))
    assert len(workspace.stands()) == 2

    assert workspace.looks_again(LATE + timedelta(seconds=5)) == ["1 taken away"]
    assert workspace.stands() == ["as it was"]


def test_one_refused_sending_does_not_hide_another_that_is_under_way(workspace: Workspace) -> None:
    """Frozen, refused by Slack when it thaws, while the other has died with its message written and not on record: who comes
    next looks, and does not write it once more."""

    def meanwhile() -> None:
        workspace.another_dies()
        workspace.sandbox.faults.add(service="slack", operation="chat.postMessage", status=429)

    with pytest.raises(Exception, match="slow down"):
        workspace.once(Frozen(workspace.client, workspace.memory, "chat_postMessage", meanwhile))
    workspace.once(workspace.other)

    assert workspace.stands() == ["as it was"]


def test_who_freezes_before_it_is_on_record_sends_nothing_when_it_thaws(workspace: Workspace) -> None:
    class Late(StoredSlackMemory):
        def sending(self, *known: Any) -> Any:
            workspace.once(workspace.other)
            return super().sending(*known)

    late = Posting(workspace.client, Late(workspace.store, workspace.sandbox.clock))

    assert workspace.once(late) == workspace.other.standing("line:CHG-1:3", CHANNEL, None)[0]
    assert workspace.stands() == ["as it was"]


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
