"""Slack delivers twice, late, or loses answers: nothing is done twice, nothing is lost, no line stands twice."""

from __future__ import annotations

import threading

from tests.world import World

HELD = {"dana", "lee", "ravi", "mei", "noor"}


def test_every_delivery_that_comes_twice_is_done_once(world: World) -> None:
    """Commands, presses, dialogs and events: the whole story with each request delivered twice."""
    world.breaks("slack", "deliver.*", "duplicate", times=None)
    world.asks("https://change.example.com/changes/CHG-1042", by="lee")
    assert len(world.whispers("lee")) == 1

    review = world.reviews()
    world.holds()
    world.approves()

    assert review.state == "confirmed"
    assert world.invites == sorted(HELD)
    assert review.tags.count("review.requested") == 1
    assert len(world.whispers("priya")) == 1
    assert world.directs("priya") == [
        d for i, d in enumerate(world.directs("priya")) if d not in world.directs("priya")[:i]
    ]


def test_a_replay_of_old_bytes_changes_nothing(world: World) -> None:
    review = world.reviews()
    world.holds()
    before = review.tags

    assert world.slack.replay_last() == 200
    world.settled()

    assert review.tags == before


def test_an_event_that_was_not_acknowledged_comes_again_and_counts_once(world: World) -> None:
    world.slack.courier.retries_at_once = True
    world.breaks("slack", "deliver.event", "drop_before")

    world.asks("https://change.example.com/changes/CHG-1042", by="lee")

    assert world.slack.wait_until(lambda: len(world.slack.ephemerals("U0LEE")) == 1, 5)
    world.settled()
    assert len(world.whispers("lee")) == 1


def test_a_command_that_never_arrives_is_complained_of_by_slack_itself(world: World) -> None:
    world.breaks("slack", "deliver.command", "drop_before")

    told = world.asks("/readiness-review CHG-1042", by="priya")

    assert told.error == "dispatch_failed"
    assert not world.review().exists
    world.asks("/readiness-review CHG-1042", by="priya")
    assert world.review().state == "choosing"


def test_a_message_whose_answer_was_lost_is_not_posted_twice(world: World) -> None:
    """Slack has no key for posting once: the bot looks into the history before it posts again."""
    world.breaks("slack", "chat.postMessage", "drop_after", times=3)

    review = world.reviews()
    world.holds()

    assert review.cards() == 1
    assert review.state == "held"
    assert len([line for line in review.thread() if "Five of 190 starts" in line]) == 1


def test_a_card_that_was_found_again_is_brought_to_what_is_so(world: World) -> None:
    """Its answer was lost, and more happened before it was looked up: what stands in Slack is the older rendering."""
    world.breaks("slack", "chat.postMessage", "drop_after", match="card:")
    world.breaks("slack", "conversations.history", "status", status=503, times=4)

    review = world.reviews()

    assert review.cards() == 1
    assert "Choosing a time" in review.card()


def test_when_slack_limits_the_rate_lines_come_later_and_in_order(world: World) -> None:
    world.breaks("slack", "chat.*", "status", status=429, retry_after=0, times=4)

    review = world.reviews()
    world.holds()
    world.lets_go()

    first = [m["text"].splitlines()[0] for m in review.thread_messages() if not m.get("files")]
    assert [("Five of" in f, "holds" in f, "let go" in f) for f in first] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


def test_when_slack_is_down_the_review_goes_on_and_is_told_afterwards(world: World) -> None:
    world.breaks("slack", "chat.*", "status", status=503, times=6)

    review = world.reviews()

    assert review.cards() == 1
    assert review.said("Five of 190 starts fit everybody.")


def test_while_slack_does_not_say_who_presses_nothing_is_decided(world: World) -> None:
    """After many tries the person is told, with a reference or what to do; nothing changed."""
    review = world.reviews()
    world.breaks("slack", "users.info", "status", status=503, times=None)
    world.given_up = ("act",)

    world.holds(by="lee")

    assert review.state == "choosing"
    assert len(world.whispers("lee")) == 1
    assert "Nothing" in world.whispers("lee")[0] or "nothing" in world.whispers("lee")[0]


def test_two_who_approve_at_the_same_instant_send_one_invite(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.opens("Approve and send", by="dana")
    world.opens("Approve and send", by="priya")
    views = [world.slack.modal(f"U0{name}") for name in ("DANA", "PRIYA")]
    both = [
        threading.Thread(target=world.slack.submit, args=(user, view["id"], {}))
        for user, view in zip(("U0DANA", "U0PRIYA"), views, strict=True)
        if view
    ]
    for submit in both:
        submit.start()
    for submit in both:
        submit.join()
    world.settled()

    assert review.state == "confirmed"
    assert world.invites == sorted(HELD)
    assert review.tags.count("slot.approved") == 1
    loser = "priya" if review.meeting.hold and review.meeting.hold.approved_by == "dana" else "dana"
    assert any("approved this slot" in line for line in [*world.whispers(loser), *world.directs(loser)])


def test_a_review_survives_the_end_of_the_process(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.starts_again()

    assert review.state == "held"
    world.approves()

    assert review.state == "confirmed"
    assert world.invites == sorted(HELD)
