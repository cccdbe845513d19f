"""What each fact owes the world: effects and deadlines, with keys that never change."""

from __future__ import annotations

from datetime import timedelta

from bot.core import commands as c
from bot.core import facts as f
from bot.core.owing import owed
from tests.core.test_meeting import BEGIN, TTL, Life, chosen, requested, searched


def kinds(life: Life, since: int) -> list[str]:
    return [o.kind for o in life.owed[since:]]


def does(life: Life, command: c.Command) -> list[str]:
    before = len(life.owed)
    life.does(command)
    return kinds(life, before)


def test_each_step_of_the_main_path_owes_its_effect_and_is_announced() -> None:
    life = Life()

    assert does(life, requested()) == ["search", "announce"]
    assert does(life, c.FinishSearch(searched=searched(1))) == ["announce"]
    assert does(life, chosen("lee", 0, life.now)) == ["place", "expire", "remind", "remind", "announce"]
    assert does(life, c.FinishPlacing(set=1, placed=())) == ["announce"]
    assert does(life, c.Approve(by="dana", set=1)) == ["confirm", "announce"]
    confirmed = f.Confirmed(by="dana", set=1, event_id="e", invite="i")
    assert does(life, c.Confirm(confirmed=confirmed)) == ["release", "announce"]
    assert does(life, c.Clear(set=1)) == ["announce"]
    assert does(life, c.Cancel(by="dana")) == ["withdraw", "announce"]


def test_cancelling_what_was_never_confirmed_withdraws_nothing() -> None:
    life = Life().asks_and_holds()

    assert does(life, c.Cancel(by="dana")) == ["release", "announce"]


def test_a_set_that_is_approved_again_is_confirmed_again() -> None:
    """Each approval is a deed of its own; the same approval told twice is one."""
    life = Life().asks_and_holds()
    life.does(c.Approve(by="dana", set=1))
    life.does(c.StopApproval(set=1, changes=("busy",)))
    life.does(c.Approve(by="dana", set=1))

    confirms = [o.key for o in life.owed if o.kind == "confirm"]
    assert len(confirms) == len(set(confirms)) == 2


def test_the_same_facts_owe_the_same() -> None:
    life = Life().asks_and_holds()
    assert life.meeting is not None
    last = (life.facts[-1],)

    assert owed(life.meeting, last, life.now) == owed(life.meeting, last, life.now)


def test_reminders_come_at_half_time_and_half_an_hour_before_the_end() -> None:
    life = Life().asks_and_holds()
    due = {(o.kind, o.payload.get("which")): o.due_at for o in life.owed if o.kind in ("expire", "remind")}

    assert due == {
        ("expire", ""): BEGIN + TTL,
        ("remind", "half"): BEGIN + TTL / 2,
        ("remind", "last"): BEGIN + TTL - timedelta(minutes=30),
    }


def test_a_short_hold_reminds_no_more_often_than_makes_sense() -> None:
    for length, expected in ((50, ["last"]), (30, []), (10, [])):
        life = Life()
        life.does(requested())
        life.does(c.FinishSearch(searched=searched(1)))
        told = chosen("lee", 0, life.now).chosen.model_copy(update={"expires_at": life.now + timedelta(minutes=length)})
        life.does(c.Choose(chosen=told))
        assert [o.payload["which"] for o in life.owed if o.kind == "remind"] == expected


def test_what_touches_calendars_is_done_one_after_another_for_each_meeting() -> None:
    """Placing, confirming, releasing and expiring share a lane; what is said shares the channel's."""
    life = Life().asks_and_holds()
    life.does(c.Approve(by="dana", set=1))
    lanes = {o.kind: o.lane for o in life.owed}

    assert {lanes[k] for k in ("search", "place", "confirm", "expire", "remind")} == {"meeting:CHG-1"}
    assert lanes["announce"] == "slack:C1"
