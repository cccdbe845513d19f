"""Kinds of meeting that no code knows: one that ships for emergencies, and one made up here, as YAML alone."""

from __future__ import annotations

from tests.world import Review, World, hours, instant

POWER_TEST = """
  power-test-sign-off:
    title: Data-centre power test sign-off
    duration: 30m
    notice: 1h
    horizon: 7d
    before: {cutover: 2h}
    requires: [cutover, evidence_cutoff]
    states: [generator_checked]
    roles:
      facility_lead: {}
      network_owner: {}
      fire_safety_officer: {when_touches: [halon]}
    rules:
      working_hours: {strength: exception, approvers: [site_owners]}
      protected: prefer
      freeze: never
      booked: prefer
    holds: {slots: 1, ttl: 2h}
    offers: {count: 2, per_day: 1}
    confirmed_by: [site_owners]
    substitutes_approved_by: [site_owners]
    escalation: {to: site_owners, after: 15m}
    channel: C0IDENTITY
"""
RECORD = """
id: DCP-17
kind: power-test-sign-off
title: Load bank run in hall 3
state: generator_checked
revision: "4"
touches: [halon]
owner: elena
cutover: {start: 2026-12-03T22:00:00+01:00, end: 2026-12-04T02:00:00+01:00}
evidence_cutoff: 2026-12-03T17:00:00+01:00
roles:
  facility_lead: [elena]
  network_owner: [aisha]
  fire_safety_officer: [grace]
"""
HALL = "C0IDENTITY"


def power_test(world: World) -> Review:
    """The kind, its team, an unconfirmed delegate and a record: four pieces of YAML."""
    kinds, closing, closure = (
        (world.workspace / "policy.yaml").read_text("utf-8").partition("# After a review was accepted")
    )
    (world.workspace / "policy.yaml").write_text(
        f"{kinds.rstrip()}\n{POWER_TEST.strip(chr(10))}\n{closing}{closure}", "utf-8"
    )
    world.edits("people.yaml", "teams:\n", "teams:\n  site_owners: {members: [jonas, marco]}\n")
    world.edits("people.yaml", "    calendars: [{provider: microsoft, id: aisha@example.com}]\n",
                "    calendars: [{provider: microsoft, id: aisha@example.com}]\n"
                "    delegates: [{person: noor, roles: [network_owner], authority: unconfirmed}]\n")  # fmt: skip
    (world.workspace / "records" / "DCP-17.yaml").write_text(RECORD, "utf-8")
    world.asks("/readiness-review DCP-17", by="elena")
    return world.review("DCP-17")


def test_a_kind_made_up_as_yaml_runs_the_whole_path(world: World) -> None:
    """Ask, offers, a hold; a substitute approved by name; an exception for one time; approval, invite and audit."""
    review = power_test(world)
    assert review.meeting.request.channel == HALL
    assert "Data-centre power test sign-off · DCP-17 Load bank run in hall 3" in review.card("elena")
    assert list(review.offers[0].seats) == ["facility_lead", "network_owner", "fire_safety_officer"]
    assert len(review.offers) == 2

    world.holds("aisha", record="DCP-17")
    assert world.held() == {"elena", "aisha", "grace"}
    world.approves("priya", record="DCP-17")
    assert review.state == "held"
    world.lets_go("aisha", "DCP-17")

    world.opens("Substitute", "aisha", "DCP-17")
    world.submits("aisha", role="network_owner", person="noor", reason="On a plane all week.")
    assert review.said("nobody has confirmed that authority")
    world.presses("Approve", "jonas", "DCP-17")
    assert review.meeting.agreements[0].standing == "granted"

    told = world.asks("/readiness-review why DCP-17 2026-11-30 12:00", by="elena", channel=HALL)
    assert "working hours" in told.words
    world.asks_for("elena", "DCP-17", world.whispered("Ask for this…", "elena", HALL))
    world.presses("Approve", "marco", "DCP-17")
    world.presses("Hold", "elena", "DCP-17")
    assert review.meeting.slot is not None
    assert review.meeting.slot.span.start == instant("2026-11-30T12:00-05:00")

    world.approves("marco", record="DCP-17")

    assert review.state == "confirmed"
    assert set(review.meeting.slot.people) <= {m.to.split("@")[0] for m in world.mails}
    assert world.held() == set()
    assert review.said("starts looked at")
    audit = world.asks("/readiness-review audit DCP-17", by="elena", channel=HALL).words
    assert "Marco Bianchi approved the slot" in audit
    assert world.bot.journal.figures().kinds["power-test-sign-off"].confirmed == 1


def test_an_emergency_change_is_reviewed_within_the_hour_and_the_change_board_decides(world: World) -> None:
    """The expedited kind of the example policy: a quarter of an hour of notice, other confirmers, a hold of half an hour."""
    review = world.reviews("CHG-1060", by="carlos")
    assert review.offers[0].span.start == instant("2026-11-30T15:00Z")
    assert review.found.closes_by == "cutover"

    world.holds("carlos", record="CHG-1060")
    world.approves("carlos", record="CHG-1060")
    assert review.state == "held"
    assert review.meeting.holds[-1].expires_at == instant("2026-11-30T14:32Z")
    world.approves("grace", record="CHG-1060")

    assert review.state == "confirmed"
    assert world.invites == ["ben", "carlos", "jonas", "sam"]


def test_an_emergency_that_meets_a_freeze_may_be_let_through_by_the_change_board_alone(world: World) -> None:
    """Where a readiness review could never overrule a freeze, the expedited kind says whose leave it takes; nobody answers
    for ten minutes, and the board is called."""
    world.freeze("Sale of the year", "2026-11-30T00:00:00-05:00", "2026-12-01T00:00:00-05:00")
    review = world.reviews("CHG-1060", by="carlos")

    assert review.found.outcome == "needs_exception"
    assert {need.rule for need in review.found.options[0].needs} == {"freeze"}
    assert review.said("@change-board")
    world.asks_for("carlos", "CHG-1060")
    world.presses("Approve", "priya", "CHG-1060")
    assert review.meeting.agreements[0].standing == "open"
    world.presses("Approve", "dana", "CHG-1060")
    world.presses("Hold", "carlos", "CHG-1060")

    assert world.held() == {"ben", "carlos", "jonas", "sam"}
    world.passes(hours(0.6))
    assert review.state != "held"
    assert world.held() == set()
