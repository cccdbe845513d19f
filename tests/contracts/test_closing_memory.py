"""The places in memory, in which closing is played thousands of times, keep the rules that the real ones keep."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.closing_plan import ArchivePlace, SourcePlace
from bot.ports import Gone
from tests.closing_worlds import release
from tests.contracts.closing_contract import (
    OURS,
    RELEASE,
    REVIEW,
    THEIRS,
    TICK,
    ChecklistContract,
    Deed,
    LinksContract,
    QueueContract,
    TrackerContract,
)
from tests.memory_closing import (
    MemoryArchive,
    MemoryChecklists,
    MemoryLinks,
    MemoryQueues,
    MemorySource,
    MemoryTrackers,
    World,
)


@pytest.fixture
def world() -> World:
    _, world = release(1)
    for place in (world.checklist, world.tracker, world.links, world.queue):
        place.update(release=RELEASE, at="example/identity#40")
    world.checklist.update(items={"Runbook read": True, TICK: False})
    world.tracker.update(review=REVIEW, milestone={"title": "Identity 4.2", "id": "12"})
    world.links.update(links=[THEIRS.model_dump()])
    return world


def deed(world: World, part: str, adapter: Any, do: Any, settled: Any) -> Deed:
    def touch() -> None:
        getattr(world, part)["version"] += 1

    return Deed(
        read=lambda: adapter.read("example/identity#40"), do=do, settled=settled, standing=world.state, touch=touch,
        nowhere=lambda: adapter.read("example/identity#99"),
    )  # fmt: skip


class TestMemoryChecklists(ChecklistContract):
    @pytest.fixture
    def deed(self, world: World) -> Deed:
        here = MemoryChecklists(world)
        return deed(
            world, "checklist", here, lambda o: here.close("example/identity#40", o, (TICK,)), lambda f: f.closed
        )


class TestMemoryTrackers(TrackerContract):
    @pytest.fixture
    def deed(self, world: World) -> Deed:
        here = MemoryTrackers(world)
        do = lambda o: here.approve("example/identity#40", o, "approved")  # noqa: E731  # one line says it
        return deed(world, "tracker", here, do, lambda found: found.state == "approved")


class TestMemoryLinks(LinksContract):
    @pytest.fixture
    def deed(self, world: World) -> Deed:
        here = MemoryLinks(world)
        do = lambda o: here.attach("example/identity#40", o, OURS)  # noqa: E731  # one line says it
        return deed(world, "links", here, do, lambda found: set(OURS) <= set(found.links))


class TestMemoryQueues(QueueContract):
    @pytest.fixture
    def deed(self, world: World) -> Deed:
        here = MemoryQueues(world)
        return deed(world, "queue", here, lambda o: here.clear("example/identity#40", o), lambda f: not f.present)


def test_a_record_or_a_file_that_is_not_there_is_gone(world: World) -> None:
    with pytest.raises(Gone):
        MemorySource(world).read(SourcePlace(system="servicenow", record="CHG9"))
    with pytest.raises(Gone):
        MemoryArchive(world).measure(ArchivePlace(system="folder", at="identity"), "nothing.md")
