"""A customer's readout over HTTP: the same bot, another kind, and everything that makes it one stands in YAML."""

from __future__ import annotations

from bot.core.figures import open_metrics
from tests.world import Review, World, hours, instant

SUPPORT = "C0SUPPORT"
CUSTOMER = "ivan@acme.example.com"
DETAILS = ("Sign-in outage", "ESC-2207", "support.example.com")


def readout(world: World, record: str = "ESC-2207", by: str = "paula") -> Review:
    world.asks(f"/rca-readout {record}", by, SUPPORT)
    return world.review(record)


def test_a_readout_goes_from_the_command_to_an_invite_that_tells_little(world: World) -> None:
    """Offers before the contract's deadline, holds on our calendars alone, and an invite without a detail of the incident."""
    review = readout(world)

    assert review.meeting.request.channel == SUPPORT
    assert world.messages() == []
    assert review.found.closes == instant("2026-12-03T18:00-06:00")
    assert "the contractual deadline" in review.card("paula")
    assert [offer.span.start for offer in review.offers] == [
        instant("2026-12-01T17:00Z"), instant("2026-12-02T17:00Z"), instant("2026-12-03T19:00Z"),
    ]  # fmt: skip

    world.holds("eva", record=review.id)

    assert world.held() == {"eva", "tom", "carla", "memo"}
    assert "Ivan (nothing is written on a customer's calendar before the confirmation)" in review.card("paula")
    assert world.sandbox.book.calendars[CUSTOMER].writable

    world.approves("paula", record=review.id)

    assert review.state == "confirmed"
    assert world.held() == set()
    assert sorted(m.to for m in world.mails) == [
        "carla@example.com", "eva@example.com", CUSTOMER, "memo@example.com", "tom@example.com",
    ]  # fmt: skip
    [invite] = [e for e in world.book.events(CUSTOMER) if e.attendees]
    told = f"{invite.title}\n{invite.text}"
    assert not [detail for detail in DETAILS if detail in told]
    assert invite.title == "Post-incident RCA readout"
    for line in (
        "By video.",
        "- customer incident manager: Ivan Soto",
        "- Tue 1 Dec 2026 12:00 – 13:00 New York (UTC-0500)",
        "- Tue 1 Dec 2026 11:00 – 12:00 Mexico City (UTC-0600)",
        "- Tue 1 Dec 2026 10:00 – 11:00 Denver (UTC-0700)",
    ):
        assert line in told


def test_a_cancelled_readout_tells_the_customer_no_more_than_the_invite_did(world: World) -> None:
    review = readout(world)
    world.holds("paula", record=review.id)
    world.approves("eva", record=review.id)

    world.asks("/rca-readout cancel ESC-2207", "paula", SUPPORT)
    world.presses(world.whispered("Yes, cancel it", "paula"), "paula", review.id)

    [mail] = [m for m in world.mails if m.kind == "cancel" and m.to == CUSTOMER]
    assert not [detail for detail in DETAILS if detail in f"{mail}"]


def test_only_the_support_manager_or_the_escalation_manager_confirms(world: World) -> None:
    review = readout(world)
    world.holds("paula", record=review.id)

    for who in ("dario", "tom", "lupe"):
        world.approves(who, record=review.id)

    assert review.state == "held"
    assert world.mails == []


def test_a_time_that_the_interpreter_asks_for_goes_to_the_duty_manager_and_can_then_be_held(world: World) -> None:
    """R9: from `why` to the request, to the duty manager's yes, to a hold with the interpreter who can come then."""
    review = readout(world)

    told = world.asks("/rca-readout why ESC-2207 Thu 17:00", "lupe", SUPPORT)
    assert "outside support coverage" in told.words
    world.asks_for("lupe", review.id, world.whispered("Ask for this…", "lupe"), "Acme's board meets on Friday.")

    [asked] = review.meeting.agreements
    assert [point.deciders for point in asked.points] == [("dario", "sofia")]
    asked_dario = world.directs("dario")[-1]
    assert "outside support coverage" in asked_dario
    assert "The reason: “Acme's board meets on Friday.”" in asked_dario
    assert "Acme's board meets on Friday." in world.opens_home("dario")

    world.presses("Approve", "eva", review.id)
    assert review.meeting.agreements[0].standing == "open"
    world.presses("Approve", "dario", review.id)
    world.presses("Hold", "paula", review.id)

    assert review.meeting.slot is not None
    assert review.meeting.slot.span.start == instant("2026-12-03T22:00Z")
    assert world.held() == {"eva", "tom", "carla", "lupe"}


UP = {
    "ESC-2208": ("none", "Only Nadia Laurent (interpreter) stands against it"),
    "ESC-2209": ("none", "year-end CAB"),
    "ESC-2210": ("needs_exception", "the meeting is outside support coverage: Dario Conti (duty manager)"),
    "ESC-2211": ("needs_exception", "Tom Lindqvist (fix owner) in a protected window: Dario Conti (duty manager)"),
    "ESC-2212": ("needs_exception", "Sofia Alvarez (customer success director) sits in, and nobody has confirmed"),
    "ESC-2213": ("none", "Only Rosa Keller (customer incident manager) stands against it"),
    "ESC-2214": ("incomplete", "the policy asks for customer_safe_approved"),
}


def test_what_policy_gives_no_answer_to_goes_up_to_support_leadership(world: World) -> None:
    """R5: an interpreter who is taken, the customer's change board, coverage, the hand-off, who is accountable."""
    reviews = {record: readout(world, record) for record in UP}

    for record, (outcome, words) in UP.items():
        review = reviews[record]
        assert (review.found.outcome, review.state) == (outcome, "blocked")
        assert review.said(words), "\n".join(review.thread())
        assert [e.to for e in review.meeting.escalations] == ["support_leadership"]
        assert review.said("@support-leadership"), record
    assert world.held() == set()


def test_an_hour_after_support_has_closed_needs_the_duty_manager_and_nobody_else(world: World) -> None:
    review = readout(world, "ESC-2210")

    world.asks_for("paula", review.id)
    world.presses("Approve", "dario", review.id)
    world.presses("Hold", "paula", review.id)
    world.approves("eva", record=review.id)

    assert review.state == "confirmed"
    assert review.said("Exceptions: The meeting is outside support coverage (approved by Dario)")


def test_a_substitute_who_would_answer_for_the_account_is_approved_by_name(world: World) -> None:
    """R5, R6: Sofia's authority is nobody's to assume; a manager lets her, for this meeting."""
    review = readout(world, "ESC-2212")
    assert review.found.options[0].needs[0].rule == "substitution"

    world.asks_for("paula", review.id)
    world.presses("Approve", "eva", review.id)
    world.presses("Hold", "eva", review.id)

    assert "sofia" in world.held() and "bea" not in world.held()
    assert "Sofia" in review.card("paula")


def test_what_a_customer_answered_is_said_by_those_who_confirm(world: World) -> None:
    """Rosa shares no calendar and is in no Slack of ours: Paula asks her by telephone, and her yes is told as Rosa's."""
    review = readout(world, "ESC-2213")

    world.presses("Ask Rosa", "eva", review.id)
    [asked] = review.meeting.agreements
    assert asked.points[0].deciders == ("paula", "eva")
    assert review.said("they are not asked here. Paula or Eva asks them and says what they answered.")

    world.presses(review.button("I can move it", 1), "paula", review.id)
    world.presses("Hold", "paula", review.id)
    world.approves("eva", record=review.id)

    assert review.state == "confirmed"
    assert "rosa@halden.example.com" in [m.to for m in world.mails]


def test_the_figures_of_readouts_count_from_the_contract_and_name_what_was_lacking(world: World) -> None:
    """R8, by kind: the time from the analysis' approval to a viable slot, the smooth share, escalations by cause."""
    readout(world)
    world.holds("paula", record="ESC-2207")
    world.approves("eva", record="ESC-2207")
    for record in ("ESC-2208", "ESC-2209", "ESC-2210"):
        readout(world, record)
        world.passes(hours(0.6))

    told = world.bot.journal.figures().kinds["rca-readout"]

    assert (told.asked, told.confirmed, told.smooth_share) == (4, 1, 1.0)
    assert told.counted_to_viable is not None
    assert abs(told.counted_to_viable - (instant("2026-11-30T14:02Z") - instant("2026-11-25T16:15Z"))) < hours(0.1)
    assert {"interpreter", "customer_blackout", "coverage"} <= set(told.lacked)
    for line in (
        'readiness_counted_to_viable_seconds{kind="rca-readout"} 42',
        'readiness_kind_smooth_ratio{kind="rca-readout"} 1.0',
        'readiness_escalation_causes_total{kind="rca-readout",cause="interpreter"} 1',
        'readiness_escalation_causes_total{kind="rca-readout",cause="customer_blackout"} 1',
    ):
        assert line in open_metrics(world.bot.journal.figures())
    words = world.asks("/rca-readout metrics", "paula", SUPPORT).words
    assert (
        "Post-incident RCA readout: 4 asked for, 1 confirmed (100% without a decision beyond the confirmer's)" in words
    )


def test_both_names_are_one_command(world: World) -> None:
    """The record says of which kind it is; the name of the command never does."""
    world.asks("/readiness-review ESC-2207", "paula", SUPPORT)
    world.asks("/rca-readout CHG-1042", "priya")

    assert world.review("ESC-2207").meeting.request.title == "Post-incident RCA readout"
    assert world.review("CHG-1042").meeting.request.title == "Release-readiness review"
    told = world.asks("/rca-readout help", "paula", SUPPORT).words
    assert "/rca-readout why ESC-2207 Tue 13:00" in told
    assert "/readiness-review CHG-1042 is the same command under another name." in told.replace("`", "")


def test_a_pasted_link_to_an_escalation_earns_its_quiet_offer(world: World) -> None:
    told = world.asks("https://support.example.com/escalations/ESC-2207", "paula", SUPPORT)

    assert "ESC-2207 Sign-in outage of 19 November has no post-incident RCA readout yet." in told.words


def test_windows_that_a_customer_gave_make_room_without_their_calendar(world: World) -> None:
    """R3: Rosa's mail says when she can; Paula states it, in her own name, and the search finds times inside it alone."""
    review = readout(world, "ESC-2213")
    world.opens("State when they are free…", "paula", "ESC-2213")
    world.submits("paula", person="rosa", windows="Wed 2 Dec 09:00-17:00", reason="Her mail of this morning.")

    assert review.found.outcome == "viable"
    assert {offer.span.start.date().isoformat() for offer in review.offers} == {"2026-12-02"}

    world.holds("paula", record="ESC-2213")
    assert "Rosa (nothing is written on a customer's calendar before the confirmation)" in review.card("paula")
    world.approves("eva", record="ESC-2213")

    assert review.state == "confirmed"
    assert "rosa@halden.example.com" in [m.to for m in world.mails]
