from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.slack_world import SlackWorld


@pytest.fixture(scope="session")
def _slack_servers() -> Iterator[SlackWorld]:
    world = SlackWorld()
    yield world
    world.close()


@pytest.fixture
def world(_slack_servers: SlackWorld) -> SlackWorld:
    _slack_servers.reset()
    return _slack_servers
