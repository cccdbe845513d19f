"""The identity-service cutover from the command to the audit summary."""

from __future__ import annotations

from tests.world import World, instant

HELD = {"dana", "lee", "ravi", "mei", "noor"}


def test_a_review_goes_from_the_command_to_one_invite(world: World) -> None:
    """Ask, look at the offers, hold, approve: everybody gets one invite, no hold is left, the thread says all of it."""
    told = world.asks("/readiness-review CHG-1042", by="priya")
    review = world.review()

    assert told.words == "Looking at five roles over nine calendars for CHG-1042. The answer comes in #releases."
    assert [offer.span.start for offer in review.offers] == [
        instant("2026-12-01T15:30Z"), instant("2026-12-02T14:30Z"), instant("2026-12-02T19:00Z"),
    ]  # fmt: skip
    assert review.state == "choosing"
    assert "Nothing is on any calendar yet." in review.card()
    assert world.held() == set()

    world.holds(by="lee")

    assert review.state == "held"
    assert world.held() == HELD
    assert {world.hold_on(name).show_as for name in HELD} == {"tentative"}
    assert world.invites == []
    assert review.said("This is the invite that would go out, to 5 people:")

    world.approves(by="dana")

    assert review.state == "confirmed"
    assert world.held() == set()
    assert world.invites == sorted(HELD)
    assert [len(world.meetings_of(name)) for name in sorted(HELD)] == [1] * 5
    assert review.cards() == 1
    assert "Confirmed" in review.card()
    assert review.said("Audit summary") or review.said("starts looked at")
    assert review.tags == (
        "review.requested", "search.started", "search.finished", "slot.chosen", "slot.held", "slot.approved",
        "holds.lifted", "approval.checked", "meeting.confirmed", "slot.ended", "holds.gone",
    )  # fmt: skip


def test_the_invite_that_was_shown_is_the_invite_that_is_sent(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.approves()

    [sent] = world.meetings_of("lee")
    [shown] = [line for line in review.thread() if "This is the invite that would go out" in line]
    for line in filter(None, (line.strip() for line in (sent.title + "\n" + sent.text).splitlines())):
        assert line in shown
