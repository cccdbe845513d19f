"""The bench can be run, measures what it says, and compares like with like; how fast anything is, no test asserts."""

from __future__ import annotations

import json

import pytest

from tests.bench import agree, main
from tests.bench_workloads import workload

PROMISED = {
    "M_full_cold_vs_portion", "M_overlap_cold_vs_portion", "batch_seconds", "batch_peak_mb", "batch_review_vs_portion",
    "provider_calls", "provider_calls_formula", "command_to_offers_overhead_ms", "command_to_offers_first_overhead_ms",
    "command_to_offers_in_a_full_channel_ms",
}  # fmt: skip


def test_the_last_line_of_the_bench_is_one_object_with_all_that_is_promised(capsys: pytest.CaptureFixture[str]) -> None:
    """In its short form, which measures little: the names are there, every figure is one, and no call is one too many."""
    assert main(["--json", "--short"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert set(found) >= PROMISED
    assert all(found[name] > 0 for name in PROMISED - {"command_to_offers_overhead_ms"})
    assert found["provider_calls"] == found["provider_calls_formula"]
    assert found["provider_calls_equal"]
    assert found["provider_calls_again_within_a_minute"] == 0


def test_both_ways_find_the_same_overlap() -> None:
    """A library that intersects intervals and our masks agree on every start of the medium workload."""
    assert agree(workload("M"))
