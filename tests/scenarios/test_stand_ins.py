"""Who may decide for somebody that does not answer: a confirmed delegate for that very role, when it has waited."""

from __future__ import annotations

from tests.world import World, minutes

DELEGATE = "{person: grace, roles: [release_manager], authority: confirmed, confirmed_by: priya}"


def test_a_confirmed_delegate_approves_what_has_waited(world: World) -> None:
    """Not at once; after the policy's half hour the dialog opens for them, and what they send is sent."""
    world.edits(
        "people.yaml",
        "calendars: [{provider: google, id: dana@example.com}]",
        f"calendars: [{{provider: google, id: dana@example.com}}]\n    delegates: [{DELEGATE}]",
    )
    review = world.reviews()
    world.holds(by="priya")

    assert "Approving this review is for" in world.approves(by="grace").words
    assert review.state == "held"

    world.passes(minutes(31))
    world.approves(by="grace")

    assert review.state == "confirmed"
    assert review.meeting.confirmed is not None
    assert review.meeting.confirmed.by == "grace"
