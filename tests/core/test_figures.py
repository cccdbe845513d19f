"""Why slots had to be found again, counted from what happened."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core import facts as f
from bot.core.figures import Figures, figures, open_metrics
from bot.core.meeting import At
from bot.core.rounds import rounds
from bot.slack.messages.figures import figures_message
from tests.slack.identity_review import CHOSEN, CONFIRMED, REQUESTED
from tests.slack.printed import told

MONDAY = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)
ASKED_AGAIN = f.RescheduleAsked(by="priya", set=1)


def _figures(*facts: f.AnyFact) -> Figures:
    return figures(rounds([At(version=i, at=MONDAY, fact=fact) for i, fact in enumerate((REQUESTED, *facts), 1)]))


def _causes(*facts: f.AnyFact) -> dict[str, int]:
    return dict(_figures(*facts).reschedules)


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


def _held(number: int, calendars: int) -> tuple[f.AnyFact, ...]:
    placed = tuple(f.PlacedKey(key=f"{number}.{i}", event_id=f"e{i}") for i in range(calendars))
    return CHOSEN.model_copy(update={"set": number}), f.SlotHeld(set=number, placed=placed)


FIRST, SECOND, THIRD = _held(1, 4), _held(2, 3), _held(3, 5)
FAILED = (CHOSEN.model_copy(update={"set": 4}), f.SlotEnded(set=4, why="failed", reason_words="Nobody answered."))
LET_GO, LAPSED = f.SlotEnded(by="priya", set=1, why="let_go"), f.SlotEnded(set=2, why="expired")


def test_a_slot_on_many_calendars_is_one_slot_and_one_that_was_never_placed_is_none() -> None:
    found = _figures(*FIRST, LET_GO, *SECOND, LAPSED, *THIRD, *FAILED)

    assert (found.slots_held, found.slots_let_go, found.slots_lapsed, found.events_placed) == (3, 1, 1, 12)


def test_both_are_said_in_slack_and_to_whoever_collects_them() -> None:
    found = _figures(*FIRST, LET_GO, *SECOND, LAPSED)

    assert "• slots: 2 held, 1 let go, 1 lapsed · calendar events placed for them: 7\n" in told(figures_message(found))
    lines = open_metrics(found).splitlines()
    for line in (
        'readiness_slots_total{what="held"} 2',
        'readiness_slots_total{what="let_go"} 1',
        'readiness_slots_total{what="lapsed"} 1',
        "readiness_hold_events_placed_total 7",
    ):
        assert line in lines
