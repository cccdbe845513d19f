"""Where no time is in policy it is said at once: what blocks, what is missing, whose agreement would help."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from tests.world import World


def test_a_record_without_a_fact_says_what_to_add(world: World) -> None:
    review = world.reviews("CHG-1043")

    assert review.state == "blocked"
    assert review.said("CHG-1043 does not say enough to look for a time, so nothing was searched. It lacks:")
    assert review.said("whether it touches authentication, and that decides if a security reviewer must sit")
    assert world.held() == set()

    world.record("CHG-1043", touches=["schema"])
    world.presses("Look again", by="priya", record="CHG-1043")

    assert review.found.outcome != "incomplete"


def test_a_record_without_a_required_role_says_which(world: World) -> None:
    review = world.reviews("CHG-1045", by="carlos")

    assert review.found.missing_roles == ("database_migration_owner",)
    assert review.said("database migration owner")
    assert review.state == "blocked"


def test_a_record_that_is_on_hold_or_closed_gets_no_search(world: World) -> None:
    for record, state in (("CHG-1044", "on hold"), ("CHG-1049", "closed")):
        review = world.reviews(record)
        assert review.found.missing_facts == ("state",)
        assert any(state in line.replace("_", " ") and "approved or scheduled" in line for line in review.thread())
        assert review.offers == ()


def test_no_window_is_left_when_the_evidence_is_stale(world: World) -> None:
    review = world.reviews("CHG-1048", by="carlos")

    assert review.found.outcome == "no_window"
    assert review.said("No time is left for CHG-1048")


def test_where_an_agreement_would_do_the_options_name_whose(world: World) -> None:
    """Nothing is held: deciding exceptions is for people, and each option can be asked for."""
    review = world.reviews("CHG-1050")

    assert review.found.outcome == "needs_exception"
    line = next(line for line in review.thread() if "must agree" in line)
    assert "No time fits CHG-1050" in line
    assert "Sam Ortiz (security reviewer) outside working hours" in line
    assert "Priya Nair (release owner)" in line
    assert any(b.label == "Ask for this…" for b in review.buttons())
    assert "must agree" in line
    assert "One agreement would do for A; the others take more:" in line
    assert not any(b.label == "Hold" for b in review.buttons())
    assert world.held() == set()


def test_where_only_people_stand_against_a_time_they_are_named_to_be_asked(world: World) -> None:
    review = world.reviews("CHG-1051", by="carlos")

    assert review.found.outcome == "none"
    assert review.said("Only Carlos Mendes (service owner) stands against it")


def test_a_record_that_nobody_can_read_stops_the_search_and_says_why(world: World) -> None:
    review = world.reviews()
    path = world.workspace / "records" / "CHG-1042.yaml"
    whole = path.read_text("utf-8")
    path.write_text("id: [", "utf-8")

    told = world.presses("Look again", by="priya")

    assert "The record could not be read" in told.words
    assert "Nothing changed." in told.words
    assert review.state == "choosing"
    path.write_text(whole, "utf-8")


def test_a_record_that_does_not_exist_starts_nothing(world: World) -> None:
    told = world.asks("/readiness-review CHG-9999", by="priya")

    assert "There is no record CHG-9999" in told.words
    assert not world.review("CHG-9999").exists
    assert world.messages() == []


def test_what_would_make_room_is_shown_spread_out_as_offers_are(world: World) -> None:
    """Starts a quarter of an hour apart are one choice, not three; at most as many a day as offers."""
    review = world.reviews("CHG-1050")

    spans = [option.slot.span for option in review.found.options]
    days = Counter(span.start.astimezone(ZoneInfo("America/New_York")).date() for span in spans)
    assert len(spans) > 1
    assert not any(a.meets(b) for a, b in combinations(spans, 2))
    assert max(days.values()) <= 2


def test_each_option_asks_for_exactly_the_time_that_it_shows(world: World) -> None:
    review = world.reviews("CHG-1050")
    shown = [option.slot.span for option in review.found.options]
    buttons = [b for b in review.buttons() if b.label == "Ask for this…"]

    for button in buttons:
        world.asks_for("grace", "CHG-1050", button)

    assert [a.slot.span for a in review.meeting.agreements if a.slot] == shown


def test_each_question_to_one_person_is_about_exactly_the_time_that_it_shows(world: World) -> None:
    review = world.reviews("CHG-1051", by="carlos")
    shown = [ask.span for ask in review.found.asks]
    assert not any(a.meets(b) for a, b in combinations(shown, 2))

    for button in [b for b in review.buttons() if b.label.startswith("Ask ")]:
        world.presses(button, by="grace", record="CHG-1051")

    assert [a.slot.span for a in review.meeting.agreements if a.slot] == shown[:4]


def test_what_would_free_a_time_is_said_as_it_is(world: World) -> None:
    """A freeze is overruled; of who cannot be read nobody knows that there is anything to move."""
    world.freeze("Cyber Monday freeze", "2026-11-30T08:00:00-05:00", "2026-11-30T12:15:00-05:00")
    world.reviews("CHG-1060", by="carlos")
    world.reviews("CHG-1052")

    frozen = world.asks("/readiness-review why CHG-1060 Mon 10:00", by="carlos").words
    unread = world.asks("/readiness-review why CHG-1052 Fri 10:00", by="priya").words

    assert "One agreement would free it: the meeting during a freeze (change board decides)." in frozen
    assert "Kofi Mensah says that they are free (that calendar cannot be read)." in unread


def test_a_time_that_has_begun_is_not_asked_for(world: World) -> None:
    world.freeze("Cyber Monday freeze", "2026-11-30T08:00:00-05:00", "2026-11-30T12:15:00-05:00")
    review = world.reviews("CHG-1060", by="carlos")
    world.passes(timedelta(hours=2))

    told = world.asks_for("carlos", "CHG-1060", because="The key is public.")

    assert "has begun already. Nothing was asked. Choose a later time, or look again." in told.words
    assert review.meeting.agreements == ()
