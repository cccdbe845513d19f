"""What people were told in private stays true: it is brought to what is so, and its buttons go when they are of no use."""

from __future__ import annotations

from bot.slack.messages import presses
from tests.world import Button, World, buttons_of, hours, minutes, slack_id


def direct_buttons(world: World, name: str) -> list[Button]:
    return [b for m in world.slack.dms(slack_id(name)) for b in buttons_of("", m)]


def labels(world: World, name: str) -> list[str]:
    return [b.label for b in direct_buttons(world, name)]


def test_a_hold_that_is_let_go_waits_for_nobody_any_more(world: World) -> None:
    world.reviews()
    world.holds()
    [turn] = world.directs("dana")
    assert "It is your turn: Priya holds" in turn
    assert labels(world, "dana") == ["Approve and send…", "Reject…"]

    world.lets_go()

    [now] = world.directs("dana")
    assert "Priya Nair let go of" in now
    assert "Nothing waits for you here." in now
    assert labels(world, "dana") == []


def test_an_extended_hold_says_until_when_and_still_waits(world: World) -> None:
    """Half of the time was up when it was said; it is not any more."""
    world.reviews()
    world.holds()
    world.passes(hours(2) + minutes(1))
    assert "Half of the time is up." in world.directs("dana")[-1]

    world.extends(by="lee")

    for told in world.directs("dana"):
        assert "Extended until" in told
        assert "Lee extended it." in told
        assert "Half of the time is up." not in told
    assert labels(world, "dana") == ["Approve and send…", "Reject…"] * 2


def test_every_reminder_of_a_hold_that_ran_out_says_so(world: World) -> None:
    world.reviews()
    world.holds()
    world.passes(hours(2) + minutes(1))
    world.passes(hours(1.5))
    assert len(world.directs("priya")) == 3

    world.passes(hours(1))

    assert all("ran out: nobody approved it in time" in told for told in world.directs("priya"))
    assert labels(world, "priya") == []


def test_who_did_not_approve_reads_who_did(world: World) -> None:
    review = world.reviews()
    world.holds()

    world.approves(by="dana")

    assert review.state == "confirmed"
    for name in ("priya", "dana"):
        [told] = world.directs(name)
        assert "Dana Osei approved" in told
        assert "The invite is out" in told
        assert labels(world, name) == []


def test_a_stopped_approval_waits_again(world: World) -> None:
    """The buttons come back with the state to which they belong."""
    review = world.reviews()
    world.holds()
    start = review.offers[0].span.start
    world.makes_busy("dana", start.isoformat())

    world.approves(by="dana")

    assert "approval.stopped" in review.tags
    assert "Approve and send…" in labels(world, "priya")


def test_of_two_held_slots_the_other_one_says_what_was_approved_instead(world: World) -> None:
    review = world.reviews()
    world.holds(offer=1)
    world.holds(offer=2)
    assert len(world.directs("priya")) == 2

    world.presses("Let go", by="priya")  # the second

    first, second = world.directs("priya")
    assert "It is your turn" in first
    assert "let go of" in second
    assert review.state == "held"


def test_a_request_that_was_answered_asks_nobody_else(world: World) -> None:
    """The others read who answered; the one whose evening it costs is still asked, and reads it too."""
    world.reviews("CHG-1050", by="grace")
    world.asks_for("grace", "CHG-1050")
    assert labels(world, "dana") == ["Approve", "Reject…"]
    assert labels(world, "sam") == ["That is fine", "Not then…"]

    world.presses("Approve", by="priya", record="CHG-1050")

    told = world.directs("dana")[-1]
    assert "Priya Nair approved" in told
    assert "Nothing of it waits for you any more." in told
    assert labels(world, "dana") == []
    assert "Priya Nair approved" in world.directs("sam")[-1]
    assert labels(world, "sam") == ["That is fine", "Not then…"]


def test_what_is_answered_in_the_home_tab_waits_there_no_more(world: World) -> None:
    world.reviews("CHG-1050", by="grace")
    world.asks_for("grace", "CHG-1050")
    assert "That is fine" in world.opens_home("sam")

    view = world.slack.home("U0SAM")
    block = next(b for b in view["blocks"] if "That is fine" in str(b))
    pressed = {"action_id": presses.AGREE, "block_id": block["block_id"], "view_id": view["id"]}
    world._does("sam", lambda user: world.slack.press(user, **pressed))

    assert "That is fine" not in world.slack.plain_view(world.slack.home("U0SAM"), "U0SAM")


def test_a_request_of_a_review_that_was_called_off_asks_nobody(world: World) -> None:
    review = world.reviews("CHG-1050", by="grace")
    world.asks_for("grace", "CHG-1050")

    world.asks("/readiness-review cancel CHG-1050", by="grace")

    assert review.state == "cancelled"
    for name in ("dana", "sam"):
        assert "The meeting was called off." in world.directs(name)[-1]
        assert labels(world, name) == []


def test_nothing_is_updated_that_has_not_changed(world: World) -> None:
    """A note in the thread is no reason to touch everybody's messages."""
    world.reviews()
    world.holds()
    before = updated_directs(world)

    world.asks("/readiness-review note CHG-1042 The runbook moved.", by="lee")

    assert updated_directs(world) == before == []


def updated_directs(world: World) -> list[str]:
    calls = [body["channel"] for method, body in world.slack.calls if method == "chat.update"]
    return [channel for channel in calls if channel.startswith("D")]
