"""What closing is worth, counted from the ledger: C8."""

from __future__ import annotations

from datetime import timedelta

from bot.core.authority import Asker
from bot.core.closure_figures import ClosureFigures, closure_figures, closure_metrics
from bot.ports import Unreachable
from tests.closing_runs import Run
from tests.closing_worlds import release

PRIYA = Asker(slack="U0PRIYA", person="priya")


def run(seed: int = 1) -> Run:
    made = Run(*release(seed))
    made.tell(made.event())
    return made


def figures(*runs: Run) -> ClosureFigures:
    return closure_figures(r.inner.closure_history("REL-77") for r in runs)


def test_a_closing_that_nobody_helped_counts_as_one_and_its_trace_is_whole() -> None:
    made = run()
    made.go()
    told = figures(made)

    assert (told.begun, told.closed, told.untouched_share, told.traced_share) == (1, 1, 1.0, 1.0)
    assert told.to_closed == timedelta()


def test_what_was_caught_is_counted_by_sort_and_a_try_that_followed_is_the_same_acceptance() -> None:
    made = run()
    made.world.source["state"] = "in review"
    del made.world.files["manifest.json"]
    made.world.files["manifest.json"] = b"{}"
    made.go()
    halted = figures(made)
    made.world.source["state"] = "accepted"
    made.world.files["manifest.json"] = release(1)[1].files["manifest.json"]
    made.clock.move(timedelta(hours=2))
    made.closing.close(PRIYA, "REL-77", "press")
    made.go()
    told = figures(made)

    assert (halted.begun, halted.halted, halted.untouched_share) == (1, 1, 0.0)
    assert halted.caught == {"missing": 1, "stale": 1}
    assert (told.begun, told.closed, told.halted, told.untouched) == (1, 1, 0, 0)
    assert told.to_closed == timedelta(hours=2)


def test_waits_that_went_on_by_themselves_are_resumptions_that_succeeded() -> None:
    made, silence = run(), iter([True] * 4)

    def down(call: str, when: str) -> None:
        if call == "queue.read" and made.deed == "queue" and next(silence, False):
            raise Unreachable("Nobody answered.")

    made.world.watch = down
    made.go()
    stuck = run(3)
    stuck.world.source["gone"] = True
    stuck.go()
    told = figures(made, stuck)

    assert (told.delayed, told.resumed, told.resumed_share) == (1, 1, 1.0)
    assert (told.begun, told.closed, told.halted, told.untouched_share) == (2, 1, 1, 0.5)


def test_the_same_acceptance_told_again_is_no_closing() -> None:
    made = run()
    made.go()
    made.tell(made.event(2))
    made.go()

    assert figures(made).begun == 1


def test_a_closure_taken_over_is_counted_as_such() -> None:
    made = run()
    made.world.source["state"] = "in review"
    made.go()
    made.closing.take_over(PRIYA, "REL-77", 1)

    assert (figures(made).taken_over, figures(made).halted) == (1, 0)


def test_as_openmetrics_each_family_is_told_once_with_its_type() -> None:
    made = run()
    made.go()
    lines = closure_metrics(figures(made))

    assert 'readiness_closures_total{reached="untouched"} 1' in lines
    assert "readiness_event_to_closed_seconds 0.0" in lines
    assert len([line for line in lines if line.startswith("# TYPE")]) == 4
