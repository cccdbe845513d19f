"""What every calendar adapter owes us, in the domain's words. An adapter signs by inheriting and giving a `world`.

`FreeBusyContract` is for all, `PlacingContract` for the writable ones; `RemoteContract` and `HoldContract` hold the same
and more for those behind a network; `LiftContract` or `SetAsideContract` is signed for the way in which an adapter
tells what lies under its own hold.
"""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.people import Availability
from bot.core.span import Span
from bot.ports import Conflict, Denied, Failure, Gone, PlacedHold, Throttled, Unreachable
from tests.contracts.calendar_world import CANARY, TAG, Act, World, at, between, blocked

DAY = between(0, 24)
LOOKING: tuple[Act, ...] = ("insert", "get", "list")


class FreeBusyContract:
    """Reading when people are taken, and never why."""

    def test_someone_with_nothing_on_is_not_busy(self, world: World) -> None:
        ines = world.calendar()

        assert world.adapter.free_busy([ines], DAY) == {ines: Availability()}

    def test_a_meeting_makes_busy_exactly_while_it_lasts(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10.5))

        found = world.adapter.free_busy([ines], DAY)[ines]

        assert blocked(found) == [between(9, 10.5)]
        assert found.unknown == ()

    def test_spans_are_half_open_back_to_back_is_not_a_conflict(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))
        world.event(ines, between(11, 12))

        assert world.adapter.free_busy([ines], between(10, 11))[ines] == Availability()

    def test_a_meeting_that_reaches_beyond_what_was_asked_is_seen_where_it_meets(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(8, 20))

        (seen,) = blocked(world.adapter.free_busy([ines], between(10, 11))[ines])

        assert seen.holds(between(10, 11))

    def test_overlapping_meetings_are_all_seen(self, world: World) -> None:
        ines = world.calendar()
        for span in (between(9, 11), between(10, 12), between(14, 15)):
            world.event(ines, span)

        seen = blocked(world.adapter.free_busy([ines], DAY)[ines])

        taken = {quarter for quarter in range(96) if any(s.meets(_quarter(quarter)) for s in seen)}
        assert taken == {*range(36, 48), *range(56, 60)}

    def test_a_tentative_event_counts_as_busy(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10), show_as="tentative")

        (seen,) = world.adapter.free_busy([ines], DAY)[ines].busy

        assert seen.status == ("tentative" if world.adapter.can.tells_tentative else "busy")

    def test_an_event_shown_as_free_and_a_cancelled_one_take_no_time(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10), show_as="free")
        world.delete(ines, world.event(ines, between(11, 12)).id)

        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == []

    def test_an_all_day_event_ends_at_local_midnight(self, world: World) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        ines = world.calendar(time_zone="Europe/Berlin")
        whole_day = Span(datetime(2026, 12, 1, tzinfo=berlin), datetime(2026, 12, 2, tzinfo=berlin))
        world.event(ines, whole_day)

        assert blocked(world.adapter.free_busy([ines], between(-24, 48))[ines]) == [between(-1, 23)]

    def test_an_unreadable_calendar_is_unknown_and_hides_no_other(self, world: World) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor", readable=False)
        world.event(ines, between(9, 10))
        world.event(noor, between(9, 10))

        found = world.adapter.free_busy([noor, ines], DAY)

        assert found[noor] == Availability(unknown=(DAY,))
        assert (blocked(found[ines]), found[ines].unknown) == ([between(9, 10)], ())

    def test_a_calendar_that_nobody_knows_is_unknown(self, world: World) -> None:
        assert world.adapter.free_busy(["nobody@example.com"], DAY) == {
            "nobody@example.com": Availability(unknown=(DAY,))
        }

    def test_every_calendar_that_was_asked_for_is_answered_once(self, world: World) -> None:
        ines = world.calendar()

        assert world.adapter.free_busy([], DAY) == {}
        assert set(world.adapter.free_busy([ines, ines], DAY)) == {ines}
        assert world.adapter.free_busy([ines], Span(at(9), at(9))) == {ines: Availability()}

    def test_several_threads_may_ask_at_once(self, world: World) -> None:
        asked = [world.calendar(f"person{n}") for n in range(8)]
        for number, calendar in enumerate(asked):
            world.event(calendar, between(number, number + 1))

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda c: world.adapter.free_busy([c], DAY)[c], asked * 3))

        assert [blocked(a) for a in answers] == [[between(n, n + 1)] for n in range(8)] * 3


class RemoteContract(FreeBusyContract):
    """The same, when the provider is far away and has bad days. Doubt is never free time."""

    def test_an_answer_that_leaves_a_calendar_out_makes_it_unknown(self, world: World) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")
        world.goes_wrong("read", "calendar_error", match=noor, word="missing")

        assert world.adapter.free_busy([ines, noor], DAY) == {
            ines: Availability(),
            noor: Availability(unknown=(DAY,)),
        }

    def test_an_answer_that_cannot_be_read_makes_that_calendar_unknown(self, world: World) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")
        world.event(noor, between(9, 10))
        world.goes_wrong("read", "calendar_error", match=noor, word="malformed")

        found = world.adapter.free_busy([ines, noor], DAY)

        assert found[ines] == Availability()
        assert found[noor].unknown == (DAY,)

    @pytest.mark.parametrize("kind", ["status", "drop_before", "drop_after"])
    def test_a_provider_that_is_down_is_unknown_for_all(self, world: World, kind: str) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")
        world.goes_wrong("read", kind, status=503, times=None)

        assert world.adapter.free_busy([ines, noor], DAY) == {
            ines: Availability(unknown=(DAY,)),
            noor: Availability(unknown=(DAY,)),
        }

    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_a_hiccup_is_asked_again(self, world: World, status: int) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))
        world.goes_wrong("read", status=status)

        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(9, 10)]
        assert (world.calls("read"), len(world.waits)) == (2, 1)

    def test_the_wait_that_the_provider_asks_for_is_kept(self, world: World) -> None:
        ines = world.calendar()
        world.goes_wrong("read", status=429, retry_after=3)

        assert world.adapter.free_busy([ines], DAY) == {ines: Availability()}
        assert world.waits == [pytest.approx(3.0)]

    def test_a_long_wait_is_not_sat_out_but_unknown(self, world: World) -> None:
        ines = world.calendar()
        world.goes_wrong("read", status=429, retry_after=900, times=None)

        assert world.adapter.free_busy([ines], DAY) == {ines: Availability(unknown=(DAY,))}
        assert (world.calls("read"), world.waits) == (1, [])

    @pytest.mark.parametrize(
        ("calendars", "days", "calls"),
        [
            (1, 1, 1),
            ("full", 60, 1),
            ("one more", 1, 2),
            (3, 61, 2),
            ("one more", 121, 6),
            ("two calls", 60, 2),
        ],
    )
    def test_no_call_is_made_beyond_the_fewest_possible(
        self, world: World, calendars: int | str, days: int, calls: int
    ) -> None:
        full = world.calendars_a_call
        wanted = {"full": full, "one more": full + 1, "two calls": 2 * full}
        count = wanted[calendars] if isinstance(calendars, str) else calendars
        asked = [world.calendar(f"person{n}") for n in range(count)]
        span = Span(at(0), at(24 * days))

        found = world.adapter.free_busy(asked, span)

        assert found == dict.fromkeys(asked, Availability())
        assert world.calls("read") == calls

    def test_no_gap_lies_between_two_calls(self, world: World) -> None:
        ines = world.calendar()
        edge = at(24 * 60)
        meetings = [Span(edge - timedelta(minutes=m), edge - timedelta(minutes=m - 1)) for m in (2, 0, -2)]
        long = Span(at(24 * 119), at(24 * 121))
        for span in (*meetings, long):
            world.event(ines, span)

        assert blocked(world.adapter.free_busy([ines], Span(at(0), at(24 * 130)))[ines]) == [*meetings, long]

    def test_a_failing_call_makes_only_its_own_calendars_unknown(self, world: World) -> None:
        asked = [world.calendar(f"person{n:03}") for n in range(world.calendars_a_call + 1)]
        world.goes_wrong("read", status=500, times=None, match=asked[0])

        found = world.adapter.free_busy(asked, DAY)

        assert {c for c in asked if found[c].unknown} == set(asked[: world.calendars_a_call])

    def test_what_a_meeting_is_about_goes_nowhere(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        ines = world.calendar()
        world.event(ines, between(9, 10))
        world.goes_wrong("read", status=500, word=CANARY)
        world.goes_wrong("read", "calendar_error", word=CANARY)

        unreadable = world.adapter.free_busy([ines], DAY)
        readable = world.adapter.free_busy([ines], DAY)

        assert unreadable[ines].unknown
        assert blocked(readable[ines])
        assert CANARY not in repr((unreadable, readable)) + caplog.text


class PlacingContract:
    """Placing, finding and letting go of holds: each once."""

    def test_a_hold_is_private_and_tentative_and_mails_nobody(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))

        placed = world.adapter.place(request)

        (event,) = world.events(ines)
        assert (placed.calendar, placed.event_id, placed.span) == (ines, event.id, between(10, 11))
        assert (placed.key, placed.generation, placed.lifted) == (request.key, 0, False)
        assert (event.show_as, event.private, event.attendees) == ("tentative", True, ())
        assert (event.title, event.text) == (request.title, request.words)
        assert Span(event.start, event.end) == between(10, 11)
        assert world.mails() == []

    def test_a_hold_keeps_others_away(self, world: World) -> None:
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11)))

        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(10, 11)]

    def test_the_same_key_twice_makes_one_event(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))

        assert world.adapter.place(request) == world.adapter.place(request)
        assert len(world.events(ines)) == 1

    def test_the_same_key_from_several_threads_makes_one_event(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))

        with ThreadPoolExecutor(6) as pool:
            placed = list(pool.map(lambda _: world.adapter.place(request), range(6)))

        assert len(world.events(ines)) == 1
        assert {p.event_id for p in placed} == {world.events(ines)[0].id}

    def test_different_keys_make_different_events(self, world: World) -> None:
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11)))
        world.adapter.place(world.request(ines, between(10, 11), key="another"))

        assert len(world.events(ines)) == 2

    def test_a_calendar_that_may_not_be_written_is_refused_and_untouched(self, world: World) -> None:
        ines = world.calendar(writable=False)

        with pytest.raises(Denied):
            world.adapter.place(world.request(ines, between(10, 11)))
        assert world.events(ines) == []

    def test_letting_go_twice_is_quiet(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        world.adapter.let_go(placed)
        world.adapter.let_go(placed)

        assert world.events(ines) == []
        assert world.mails() == []

    def test_letting_go_of_what_never_was_is_quiet(self, world: World) -> None:
        ines = world.calendar()
        never = PlacedHold(calendar=ines, event_id="neverwas00", key="k", generation=0, span=between(10, 11))

        world.adapter.let_go(never)

        assert world.events(ines) == []

    def test_a_place_after_letting_go_is_a_new_event(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))
        first = world.adapter.place(request)
        world.adapter.let_go(first)

        second = world.adapter.place(request)

        assert second.event_id != first.event_id
        assert second.generation > first.generation
        assert [e.id for e in world.events(ines)] == [second.event_id]
        assert world.adapter.place(request) == second

    def test_looking_up_finds_what_lives_under_the_key(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))

        assert world.adapter.look_up(request) is None
        first = world.adapter.place(request)
        assert world.adapter.look_up(request) == first
        world.adapter.let_go(first)
        assert world.adapter.look_up(request) is None
        assert world.adapter.look_up(request) != world.adapter.place(request)
        assert world.adapter.look_up(request) == world.adapter.place(request)

    def test_looking_up_finds_a_later_generation(self, world: World) -> None:
        ines = world.calendar()
        later = world.adapter.place(world.request(ines, between(10, 11), generation=3))

        found = world.adapter.look_up(world.request(ines, between(10, 11)))

        assert (found, later.generation) == (later, 3)

    def test_a_hold_that_nobody_touched_is_still_there(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        assert world.adapter.still_there(placed) == placed

    def test_a_hold_that_a_human_deleted_is_not_there(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.delete(ines, placed.event_id)

        assert world.adapter.still_there(placed) is None

    def test_a_hold_that_a_human_moved_tells_where_it_is(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.move(ines, placed.event_id, between(14, 15))

        found = world.adapter.still_there(placed)

        assert found is not None
        assert found.span == between(14, 15)

    def test_holds_are_found_by_their_tag(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(8, 9))
        request = world.request(ines, between(10, 11))
        placed = world.adapter.place(request)
        gone = world.adapter.place(world.request(ines, between(12, 13)))
        world.adapter.let_go(gone)
        world.adapter.place(world.request(ines, between(15, 16), tag="another-installation"))

        (found,) = world.adapter.holds(ines, TAG)

        assert (found.calendar, found.event_id, found.span) == (ines, placed.event_id, between(10, 11))
        assert (found.key, found.record, found.expires_at) == (request.key, "CHG-1042", request.expires_at)
        assert not found.lifted


class HoldContract(PlacingContract):
    """The same behind a network, whatever the line does."""

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
    def test_a_lost_answer_makes_one_event(self, world: World, kind: str) -> None:
        ines = world.calendar()
        world.goes_wrong("insert", kind, times=3)

        placed = world.adapter.place(world.request(ines, between(10, 11)))

        assert [e.id for e in world.events(ines)] == [placed.event_id]

    def test_a_place_whose_outcome_stays_unknown_says_so(self, world: World) -> None:
        ines = world.calendar()
        for act in LOOKING:
            world.goes_wrong(act, status=503, times=None)

        with pytest.raises(Unreachable):
            world.adapter.place(world.request(ines, between(10, 11)))

    def test_throttling_tells_when(self, world: World) -> None:
        ines = world.calendar()
        world.goes_wrong("insert", status=429, retry_after=900, times=None)

        with pytest.raises(Throttled) as refused:
            world.adapter.place(world.request(ines, between(10, 11)))

        assert refused.value.retry_after == pytest.approx(900)
        assert world.events(ines) == []

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
    def test_letting_go_over_a_bad_line_lets_go(self, world: World, kind: str) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.goes_wrong("remove", kind, status=503)

        world.adapter.let_go(placed)

        assert world.events(ines) == []

    def test_errors_say_nothing_of_what_is_in_a_calendar(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        ines = world.calendar()
        world.event(ines, between(10, 11))
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        for act in (*LOOKING, "change", "remove"):
            world.goes_wrong(act, status=403, word=CANARY, times=None)
        told = []

        for ask in (
            lambda: world.adapter.place(world.request(ines, between(10, 11), key="another")),
            lambda: world.adapter.still_there(placed),
            lambda: world.adapter.holds(ines, TAG),
            lambda: world.adapter.let_go(placed),
        ):
            with pytest.raises(Failure) as failed:
                ask()
            told.append("".join(traceback.format_exception(failed.value)))
            told.append(repr((failed.value.__cause__, failed.value.__context__)))

        assert CANARY not in "".join(told) + caplog.text


class _UnderHold:
    """The truth under one's own hold, however the provider lets it be told."""

    def truth(self, world: World, hold: PlacedHold) -> Availability:
        raise AssertionError("each way of telling has its own")

    def test_under_a_hold_that_lies_alone_there_is_nothing(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))
        world.event(ines, between(11, 12))
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        found = self.truth(world, placed)

        assert (blocked(found), found.unknown) == ([], ())

    @pytest.mark.parametrize("span", [between(10, 11), between(10.25, 10.5), between(9, 12), between(10.5, 13)])
    def test_a_meeting_that_hides_under_the_hold_is_found(self, world: World, span: Span) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.event(ines, span)

        assert blocked(self.truth(world, placed))

    def test_somebody_elses_tentative_hold_of_the_same_span_is_not_taken_for_ours(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.event(ines, between(10, 11), show_as="tentative")

        found = self.truth(world, placed)

        assert blocked(found) or found.unknown

    def test_what_cannot_be_read_under_a_hold_is_unknown(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.goes_wrong("read", status=503, times=None)

        assert self.truth(world, placed).unknown == (between(10, 11),)


class LiftContract(_UnderHold):
    """`under_hold == "lift"`: the hold is made transparent, the truth is read, the hold is put back."""

    def truth(self, world: World, hold: PlacedHold) -> Availability:
        lifted = world.adapter.lift(hold)
        assert lifted.lifted
        found = world.adapter.under(lifted)
        assert not world.adapter.put_back(lifted).lifted
        return found

    def test_the_way_is_declared(self, world: World) -> None:
        assert world.adapter.can.under_hold == "lift"

    def test_a_lifted_hold_takes_no_time_and_one_put_back_does(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        lifted = world.adapter.lift(placed)
        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == []
        world.adapter.put_back(lifted)
        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(10, 11)]

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
    def test_lifting_and_putting_back_twice_over_a_bad_line_is_the_same_as_once(self, world: World, kind: str) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        world.goes_wrong("change", kind, status=503)
        once = world.adapter.lift(placed)
        assert (world.adapter.lift(placed), once.lifted) == (once, True)
        world.goes_wrong("change", kind, status=503)
        back = world.adapter.put_back(once)
        assert (world.adapter.put_back(once), back.lifted) == (back, False)

    def test_everybody_who_looks_sees_that_a_hold_is_lifted(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))
        lifted = world.adapter.lift(world.adapter.place(request))

        assert world.adapter.still_there(lifted) == lifted
        assert world.adapter.look_up(request) == lifted
        assert [h.lifted for h in world.adapter.holds(ines, TAG)] == [True]

    def test_what_a_human_deleted_can_neither_be_lifted_nor_put_back(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.delete(ines, placed.event_id)

        with pytest.raises(Gone):
            world.adapter.lift(placed)
        with pytest.raises(Gone):
            world.adapter.put_back(placed)

    def test_under_a_hold_that_was_not_lifted_nothing_can_be_told(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        assert world.adapter.under(placed) == Availability(unknown=(between(10, 11),))


class SetAsideContract(_UnderHold):
    """`under_hold == "set_aside"`: exactly one tentative item with our span is ours, everything else stands."""

    def truth(self, world: World, hold: PlacedHold) -> Availability:
        return world.adapter.under(hold)

    def test_the_way_is_declared(self, world: World) -> None:
        assert world.adapter.can.under_hold == "set_aside"

    def test_a_hold_that_is_gone_cannot_be_looked_under(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.delete(ines, placed.event_id)

        with pytest.raises((Gone, Conflict)):
            world.adapter.under(placed)

    def test_a_hold_that_was_moved_cannot_be_told_apart(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.move(ines, placed.event_id, between(14, 15))

        with pytest.raises((Gone, Conflict)):
            world.adapter.under(placed)


def _quarter(number: int) -> Span:
    return Span(at(number / 4), at((number + 1) / 4))
