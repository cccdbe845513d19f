"""The files change while reviews are under way: live ones keep their policy, broken edits keep the last good one."""

from __future__ import annotations

import requests

from tests.scenarios.conftest import NewWorld
from tests.world import World, hours, instant

HELD = {"dana", "lee", "ravi", "mei", "noor"}


def test_a_review_under_way_keeps_the_policy_it_was_asked_under(world: World) -> None:
    """The title, the hold's length and who may confirm change for new reviews alone."""
    review = world.reviews()
    world.edits("policy.yaml", "confirmed_by: [release_owner, release_manager]", "confirmed_by: [service_owner]")
    world.edits("policy.yaml", "ttl: 4h", "ttl: 1h")
    world.holds()

    assert review.meeting.hold is not None
    assert review.meeting.hold.expires_at == instant("2026-11-30T18:02Z")
    assert "Approving this review is for Priya Nair" in world.approves(by="lee").words
    world.approves(by="dana")
    assert review.state == "confirmed"

    other = world.reviews("CHG-1046", by="carlos")
    world.holds(by="carlos", record="CHG-1046")
    assert other.meeting.hold is not None
    assert other.meeting.hold.expires_at == instant("2026-11-30T15:02Z")


def test_where_a_kind_is_removed_its_records_cannot_be_read_and_that_is_said(world: World) -> None:
    """Nothing is sent by rules that are gone; the hold runs out as it was told it would."""
    review = world.reviews()
    world.holds()
    world.edits("policy.yaml", "  release-readiness:\n", "  another-review:\n")

    told = world.approves()
    asked = world.asks("/readiness-review CHG-1046", by="carlos")

    for words in (told.words, asked.words):
        assert (
            'policy.yaml has no kind "release-readiness"; known here: another-review, expedited-change, rca-readout. Nothing changed.'
            in words
        )
        assert "Put that right, then try again." in words
    assert review.state == "held"
    world.passes(hours(4))
    assert world.held() == set()


def test_a_broken_edit_keeps_the_last_good_files_and_is_told_to_operators(world: World) -> None:
    world.edits("policy.yaml", "confirmed_by:", "confirmed_by")

    review = world.reviews()
    world.holds()
    world.approves()

    assert review.state == "confirmed"
    ready = requests.get(f"{world.stage.address}/readyz", timeout=10)
    assert ready.status_code == 503
    assert "policy.yaml" in ready.json()["workspace"]


def test_a_person_who_leaves_the_files_stops_nothing_but_their_own_part(world: World) -> None:
    """Noor is no longer listed: what was held with her is not sent, and can be let go."""
    review = world.reviews()
    world.holds()
    people = (world.workspace / "people.yaml").read_text("utf-8")
    start, end = people.index("  noor:\n"), people.index("  sam:\n")
    (world.workspace / "people.yaml").write_text(
        (people[:start] + people[end:]).replace("members: [noor, sam, kofi]", "members: [sam, kofi]"), "utf-8"
    )
    world.record("CHG-1042", revision="8", roles={
        "release_manager": ["dana"], "service_owner": ["lee"], "on_call_reliability_lead": {"rota": "identity-primary"},
        "database_migration_owner": ["mei"], "security_reviewer": ["sam"],
    })  # fmt: skip

    world.approves()

    assert world.mails == []
    assert review.state == "held"
    assert "CHG-1042" in review.card()
    world.lets_go()
    assert world.held() == set()


def test_shadow_mode_looks_and_explains_and_writes_nothing(new_world: NewWorld) -> None:
    world = new_world(readiness_shadow=True)
    review = world.reviews()
    assert len(review.offers) == 3

    told = world.holds()

    assert "shadow mode" in told.words
    assert "Nothing was held." in told.words
    assert review.state == "choosing"
    assert world.held() == set()
    assert world.mails == []


def test_without_an_organiser_nothing_can_be_sent_and_that_is_said(new_world: NewWorld) -> None:
    world = new_world(readiness_organizer=None)
    review = world.reviews()
    world.holds()

    told = world.approves()

    assert "No calendar is configured that sends invites" in told.words + "".join(world.directs("dana"))
    assert review.state == "held"
    world.passes(hours(4))
    assert world.held() == set()
