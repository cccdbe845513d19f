"""The stand-ins run in the test's process, the bot in one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.installation import Installation, Stage


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.sandbox.stop()


@pytest.fixture
def installation(stage: Stage, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(stage, tmp_path)
    yield installation
    installation.close()
