"""An accepted review is closed: told over HTTP, done step by step, shown in Slack, halted where anything does not agree."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from bot import closing_room, closure_auditing
from bot.auditing import Form
from bot.core.closing_plan import STEPS, ClosingPlan
from bot.core.closure import Closure
from bot.event_signatures import signature
from bot.ports import Unreachable
from bot.store.archive import Archive
from tests import memory_closing
from tests.closing_worlds import release
from tests.scenarios.conftest import NewWorld
from tests.world import RELEASES, Button, World, buttons_of

SECRET = "a secret of this test"  # it opens nothing
TYPE = "dev.cdevents.approval.closed.0.1.0"


class Closings:
    """A world with one accepted release, and everything that it touches in memory."""

    def __init__(self, world: World, plan: ClosingPlan, outside: memory_closing.World) -> None:
        self.world, self.plan, self.outside = world, plan, outside
        told = {
            **plan.model_dump(mode="json", exclude_none=True),
            "deciders": list(plan.deciders),
            "ticks": list(plan.ticks),
        }
        del told["source"]["fields"]
        (world.workspace / "closures" / "REL-77.yaml").write_text(json.dumps(told), "utf-8")

    def tells(self, id: str = "e1", secret: str = SECRET, record: str = "CHG0031042") -> requests.Response:
        subject = {"id": record, "content": {"decision": "approved"}}
        event = {"specversion": "1.0", "id": id, "source": "/change", "type": TYPE, "data": {"subject": subject}}
        body, stamp = json.dumps(event).encode(), int(time.time())
        headers = {"Content-Type": "application/cloudevents+json", "webhook-id": id, "webhook-timestamp": str(stamp),
                   "webhook-signature": signature(secret, id, stamp, body)}  # fmt: skip
        answer = requests.post(f"{self.world.stage.address}/events/accepted", data=body, headers=headers, timeout=10)
        if "down" not in self.__dict__:
            self.world.settled()
        return answer

    @property
    def closure(self) -> Closure:
        found = self.world.bot.closing.journal.closure("REL-77")
        assert found is not None
        return found

    @property
    def root(self) -> dict[str, Any]:
        [card] = [m for m in self.world.messages(RELEASES) if "REL-77" in m.get("text", "")]
        return card

    def card(self) -> str:
        return self.world.plain(self.root, "priya")

    def thread(self) -> list[str]:
        return [self.world.plain(m, "priya") for m in self.world.slack.thread(RELEASES, self.root["ts"])]

    def button(self, label: str) -> Button:
        lines = reversed(self.world.slack.thread(RELEASES, self.root["ts"]))
        return next(b for m in [*lines, self.root] for b in buttons_of(RELEASES, m) if b.label == label)


@pytest.fixture
def begin(new_world: NewWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Closings]]:
    def begin(change: Callable[[memory_closing.World], None] = lambda outside: None) -> Closings:
        plan, outside = release(1)
        change(outside)
        monkeypatch.setattr(closing_room, "closing_adapters", lambda settings, policy: memory_closing.adapters(outside))
        return Closings(new_world(readiness_events_secret=SECRET), plan, outside)

    yield begin


def reopened(outside: memory_closing.World) -> None:
    outside.source["state"] = "in review"


def test_an_accepted_review_is_closed_and_everybody_who_waits_for_it_knows(begin: Callable[..., Closings]) -> None:
    """C1, C3, C6, C7."""
    scene = begin()
    answer = scene.tells()

    assert (answer.status_code, answer.json()) == (202, {"said": "Kept. The record is read now."})
    assert (scene.closure.state, scene.outside.writes) == ("closed", list(STEPS))
    assert "Closed" in scene.card() and "release tracker: done" in scene.card()
    thread = "\n".join(scene.thread())
    assert "/change told that CHG0031042 was accepted (event e1)" in thread
    assert "state from in review to approved" in thread
    assert "rollback_notes-0.md" in thread
    [direct] = [d for d in scene.world.directs("priya") if "REL-77" in d]
    assert "ready for the next scheduled step" in direct


def test_at_the_door_each_is_answered_in_a_sentence_and_only_the_first_telling_does_something(
    begin: Callable[..., Closings],
) -> None:
    """C4: the same again, a stranger's, one about no closure, and bodies that are too large."""
    scene = begin()
    nowhere = scene.tells("e0", record="CHG9")
    before = scene.world.bot.closing.journal.closures()
    scene.tells()
    lines, again, stranger = len(scene.thread()), scene.tells(), scene.tells("e2", secret="another")

    assert (nowhere.status_code, before) == (202, ())
    assert again.json() == {"said": "Known already. Nothing more happens."}
    assert (stranger.status_code, len(scene.thread())) == (401, lines)
    assert scene.outside.writes == list(STEPS)
    address = f"{scene.world.stage.address}/events/accepted"
    large, larger = (requests.post(address, data=b"x" * size, timeout=10) for size in (300_000, 1_100_000))
    assert large.status_code == 413 and "larger than" in large.json()["said"]
    assert larger.status_code == 413  # the server itself does not take it in


def test_what_does_not_agree_halts_with_a_packet_and_who_may_tries_again(begin: Callable[..., Closings]) -> None:
    """C2: nothing is written, every field is told, only coordinator, owner and deciders may go on."""
    scene = begin(reopened)
    scene.tells()
    [packet] = [d for d in scene.world.directs("priya") if "halted" in d]
    refused = scene.world.presses(scene.button("Try again"), "noor")
    stands, stale = scene.closure.state, scene.button("Try again")
    scene.outside.source["state"] = "accepted"
    scene.world.presses(scene.button("Try again"), "lee")
    late = scene.world.presses(stale, "lee")

    assert (stands, scene.closure.state, scene.outside.writes) == ("halted", "closed", list(STEPS))
    assert "expected accepted, found in review" in packet and "Nothing was written." in packet
    assert "Closing REL-77 is for Priya" in refused.words
    assert "no longer applies to REL-77" in late.words
    assert any("Lee" in line and "asked to close REL-77" in line for line in scene.thread())


def test_a_person_takes_over_and_the_bot_leaves_it_alone(begin: Callable[..., Closings]) -> None:
    scene = begin(reopened)
    scene.tells()
    home = scene.world.opens_home("priya")
    scene.world.presses(scene.button("Take over"), "priya")
    scene.outside.source["state"] = "accepted"
    scene.tells("e2")

    assert "REL-77" in home and "Halted" in home
    assert (scene.closure.state, scene.outside.writes) == ("taken_over", [])
    assert "closes it by hand" in scene.card()


def test_the_lists_show_what_is_being_closed_and_mine_only_what_is_mine(begin: Callable[..., Closings]) -> None:
    """Whoever is in people.yaml may read it; a stranger is told no closing's name; what is at its end is in no list."""
    scene = begin(reopened)
    world = scene.world
    scene.tells()
    everybody, dana, noor, guest = (
        world.asks(f"/readiness-review {word}", by).words
        for word, by in (("list", "noor"), ("mine", "dana"), ("mine", "noor"), ("list", "nina"))
    )
    scene.world.presses(scene.button("Take over"), "priya")

    halted = "REL-77 Identity 5.1 · Halted: one thing does not agree."
    assert halted in everybody and halted in dana
    assert "REL-77" not in noor and "REL-77" not in guest
    assert "REL-77" not in world.asks("/readiness-review list", "noor").words


def test_a_target_that_is_down_is_shown_and_it_goes_on_by_itself_in_another_process(
    begin: Callable[..., Closings],
) -> None:
    """C4: what was done stays done; the step under way waits."""
    scene = begin()
    down = {"yes": True}

    def silent(call: str, when: str) -> None:
        if call == "tracker.approve" and down["yes"]:
            raise Unreachable("GitHub did not answer.")

    scene.outside.watch = silent
    scene.__dict__["down"] = True
    scene.tells()
    assert scene.world.slack.wait_until(lambda: any("REL-77" in m.get("text", "") for m in scene.world.messages()) and "Waiting" in scene.card(), 10)  # fmt: skip
    waiting = scene.card()
    down["yes"] = False
    scene.world.starts_again()

    assert "Waiting to set the release tracker to approved: GitHub did not answer." in waiting
    assert "readiness checklist: done" in waiting and "evidence links: to do" in waiting
    assert (scene.closure.state, scene.outside.writes) == ("closed", list(STEPS))


def test_people_close_by_command_and_read_status_log_and_figures(begin: Callable[..., Closings]) -> None:
    """C6, C8."""
    scene = begin()
    world = scene.world
    unknown, stranger = (
        world.asks("/readiness-review close REL-99", "priya"),
        world.asks("/readiness-review close REL-77", "noor"),
    )
    begun = world.asks("/readiness-review close rel-77", "dana")
    again = world.asks("/readiness-review close REL-77", "dana")
    status, log = (
        world.asks("/readiness-review status REL-77", "noor"),
        world.asks("/readiness-review audit REL-77", "noor"),
    )
    figures = world.asks("/readiness-review metrics", "noor")
    metrics = requests.get(f"{world.stage.address}/metrics", timeout=10).text

    assert "There is no closures/REL-99.yaml" in unknown.words
    assert "Closing REL-77 is for" in stranger.words
    assert "is being closed" in begun.words and "is being closed" in again.words
    assert scene.outside.writes == list(STEPS)
    assert "Closed" in status.words and "state from in review to approved" in log.words
    assert "2 closed" in figures.words and "traces that are complete: 100%" in figures.words
    assert 'readiness_closures_total{reached="closed"} 2' in metrics and metrics.endswith("# EOF\n")


def test_an_event_waits_for_a_closure_file_that_is_being_mended(begin: Callable[..., Closings]) -> None:
    scene = begin()
    path = scene.world.workspace / "closures" / "REL-77.yaml"
    good = path.read_text("utf-8")
    path.write_text(good.replace('"release":', '"relase":'), "utf-8")
    scene.__dict__["down"] = True
    scene.tells()
    path.write_text(good, "utf-8")
    scene.world.settled()

    assert scene.closure.state == "closed"


def test_the_command_line_tells_a_closure_from_the_ledger_alone(
    begin: Callable[..., Closings], capsys: pytest.CaptureFixture[str]
) -> None:
    """C6: which event, what changed from what to what, which links."""
    scene = begin()
    scene.tells()
    told = {}
    forms: tuple[Form, ...] = ("text", "html", "json")
    for form in forms:
        archive = Archive(scene.world.bot.settings.database)
        view = closure_auditing.found(archive, "rel-77")
        assert view is not None
        closure_auditing.tell(view, form, archive)
        archive.close()
        told[form] = capsys.readouterr().out

    assert "Release tracker example/identity#40: state from in review to approved." in told["text"]
    assert "<script" not in told["html"] and "state from in review to approved" in told["html"]
    tags = [json.loads(line)["tag"] for line in told["json"].splitlines()]
    assert tags[:2] == ["closure.begun", "closure.event_heard"] and tags[-1] == "closure.closed"
