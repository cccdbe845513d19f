"""Each scenario has a world of its own; when it is over, what must always be so is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.world import Stage, World

NewWorld = Callable[..., World]


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def new_world(stage: Stage, tmp_path: Path) -> Iterator[NewWorld]:
    """A world with settings of its own."""
    made: list[World] = []

    def new(**settings: Any) -> World:
        made.append(World(stage, tmp_path, **settings))
        return made[-1]

    yield new
    for world in made:
        _ended(world)


@pytest.fixture
def world(stage: Stage, tmp_path: Path) -> Iterator[World]:
    world = World(stage, tmp_path)
    yield world
    _ended(world)


def _ended(world: World) -> None:
    try:
        world.mends()
        world.settled()
        assert world.complains() == []
    finally:
        world.close()


@pytest.fixture(scope="module")
def still_world(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for a whole module: for questions that change nothing. Such a module has no other world beside it,
    because a process runs one bot at a time."""
    world = World(stage, tmp_path_factory.mktemp("still"))
    yield world
    _ended(world)
