"""Hostile input meets the whole bot on the sandbox."""

from __future__ import annotations

from tests.scenarios.conftest import new_world, stage, still_world, world

__all__ = ["new_world", "stage", "still_world", "world"]
