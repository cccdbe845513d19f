"""The sandbox's second story over HTTP: GitHub, ServiceNow, an archive and the scheduler, with the real adapters between."""

from __future__ import annotations

import time
from typing import Any

from integrations.sandbox.servicenow import PASSWORD
from tests.world import RELEASES, Button, World, buttons_of


class Story:
    def __init__(self, world: World) -> None:
        self.world, self.closing = world, world.sandbox.closing

    def does(self, deed: str, wait: bool = True) -> None:
        self.closing.deeds()[deed]()
        if wait:
            self.world.settled()

    def seen(self) -> dict[str, Any]:
        return self.closing.state()

    @property
    def closure(self) -> Any:
        return self.world.bot.closing.journal.closure("REL-77")

    @property
    def root(self) -> dict[str, Any]:
        [card] = [m for m in self.world.messages(RELEASES) if "REL-77" in m.get("text", "")]
        return dict(card)

    def button(self, label: str) -> Button:
        lines = reversed(self.world.slack.thread(RELEASES, self.root["ts"]))
        return next(b for m in [*lines, self.root] for b in buttons_of(RELEASES, m) if b.label == label)

    def writes(self) -> list[str]:
        """Every request that may have changed something at a target, in order."""
        kinds = ("update", "create", "remove", "add")
        calls = [*self.closing.github.traffic.calls(), *self.closing.servicenow.traffic.calls()]
        return [call.operation for call in calls if call.operation.rpartition(".")[2] in kinds]


def test_from_the_event_to_the_last_step(world: World) -> None:
    """C1, C3, C6, C7: checklist, board, links, queue and scheduler, each once; the event told twice is one."""
    story = Story(world)

    story.does("accept")

    after = story.seen()
    assert (story.closure.state, after["heard"]) == ("closed", "Kept. The record is read now.")
    assert (after["checklist"]["closed"], [i["done"] for i in after["checklist"]["items"]]) == (True, [True] * 4)
    assert sorted(after["board"]["labels"]) == ["approved", "authentication"]
    assert [link["name"] for link in after["board"]["links"]] == [
        "rollback-notes.md",
        "sign-off/release-manager.md",
        "review-packet.md",
    ]
    assert after["queue"]["waiting"] is False
    [told] = after["intake"]
    assert (told["subject"], told["data"]["review"], set(told["data"])) == (
        "REL-77", "3", {"closure", "release", "review", "record", "recordUrl", "evidence"},
    )  # fmt: skip
    writes = story.writes()
    assert writes == ["issues.update", "comments.create", "issues.update", "comments.create", "change_task.update"]

    story.does("accept_again")

    assert story.seen()["heard"] == "Known already. Nothing more happens."
    assert story.writes() == writes


def test_what_was_altered_halts_with_a_packet_and_after_mending_it_is_tried_again(world: World) -> None:
    """C2: nothing is written; field by field; *Try again* closes it."""
    story = Story(world)
    for deed in ("corrupt", "rename", "newer"):
        story.does(deed, wait=False)
    story.does("accept")
    [packet] = [d for d in world.directs("priya") if "halted" in d]
    before = story.closure.state, story.writes(), [(d.code, d.field) for d in story.closure.disagreements]

    for deed in ("corrupt", "rename", "newer"):
        story.does(deed, wait=False)
    world.presses(story.button("Try again"), "priya")
    world.settled()

    assert before[:2] == ("halted", [])
    assert {"file_altered", "milestone_title", "review_version"} <= {code for code, _ in before[2]}
    assert "rollback-notes.md" in packet
    assert "Identity 4.2 (moved)" in packet
    assert (story.closure.state, len(story.writes())) == ("closed", 5)


def test_a_reopened_review_is_never_closed(world: World) -> None:
    story = Story(world)
    story.does("reopen")

    story.does("accept")

    assert (story.closure.state, story.writes(), story.seen()["intake"]) == ("halted", [], [])


def test_lost_answers_and_limits_end_in_one_set_of_writes(world: World) -> None:
    """C4: what is not known to be done is looked up."""
    story = Story(world)
    for service, operation in (
        ("github", "issues.update"),
        ("github", "comments.create"),
        ("servicenow", "*.update"),
        ("intake", "*"),
    ):
        world.sandbox.faults.add(service=service, operation=operation, kind="drop_after")
    world.sandbox.faults.add(service="archive", kind="status", status=503)

    story.does("accept")

    after = story.seen()
    assert (story.closure.state, after["checklist"]["closed"], after["queue"]["waiting"]) == ("closed", True, False)
    assert (len(after["board"]["comments"]), len(after["board"]["links"]), len(after["intake"])) == (2, 3, 1)
    assert len(story.closing.servicenow.noted("CTASK0010023")) == 1


def test_a_system_that_is_down_is_waited_for_and_it_goes_on_by_itself(world: World) -> None:
    """C4: the card says what it waits for; later steps wait too; nobody presses anything."""
    story = Story(world)
    world.sandbox.faults.add(service="github", operation="issues.update", kind="status", status=503, times=None)
    story.does("accept", wait=False)
    asked = story.closing.github.traffic
    until = time.monotonic() + 30
    while len(asked.calls("issues.update")) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    waiting = story.closure.step("checklist").state, story.closure.next, story.seen()["queue"]["waiting"]

    world.mends()
    world.settled()

    assert waiting == ("waiting", "checklist", True)
    assert (story.closure.state, story.seen()["checklist"]["closed"], story.seen()["queue"]["waiting"]) == (
        "closed",
        True,
        False,
    )


def test_no_secret_of_a_target_is_ever_shown(world: World) -> None:
    story = Story(world)
    world.sandbox.faults.add(service="servicenow", kind="status", status=401)
    story.does("accept")

    shown = [
        *world.directs("priya"),
        *(world.plain(m, "priya") for m in world.slack.thread(RELEASES, story.root["ts"])),
    ]
    assert story.closure.state == "halted"
    assert any("SERVICENOW_PASSWORD" in line for line in shown)
    assert not any(PASSWORD in line for line in shown)
