"""Why slots had to be found again, counted from what happened."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core import facts as f
from bot.core.figures import figures
from bot.core.meeting import At
from tests.slack.identity_review import CONFIRMED, REQUESTED

MONDAY = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)
ASKED_AGAIN = f.RescheduleAsked(by="priya", set=1)


def _causes(*facts: f.AnyFact) -> dict[str, int]:
    history = [At(version=i, at=MONDAY, fact=fact) for i, fact in enumerate((REQUESTED, *facts), 1)]
    return dict(figures([history]).reschedules)


def test_a_slot_found_again_because_the_record_moved_counts_as_that() -> None:
    moved = f.Disturbed(changes=("CHG-1042 changed: cutover.",), causes=("record_moved",))

    assert _causes(CONFIRMED, moved, ASKED_AGAIN) == {"record_moved": 1}


def test_a_change_that_nobody_rescheduled_for_is_no_reschedule() -> None:
    assert _causes(CONFIRMED, f.Disturbed(changes=("x.",), causes=("declined",))) == {}


def test_a_slot_found_again_because_somebody_wished_counts_as_that() -> None:
    """Also where what had changed was as it had been again."""
    moved = f.Disturbed(changes=("x.",), causes=("record_moved",))

    assert _causes(CONFIRMED, ASKED_AGAIN) == {"by_request": 1}
    assert _causes(CONFIRMED, moved, f.Disturbed(changes=(), causes=()), ASKED_AGAIN) == {"by_request": 1}
    assert _causes(CONFIRMED, moved, ASKED_AGAIN, CONFIRMED, ASKED_AGAIN) == {"by_request": 1, "record_moved": 1}
