"""A person whose calendar nobody can read: those involved say when they are free, and everybody sees whose word it is."""

from __future__ import annotations

from tests.world import World

LEE = "calendars: [{provider: microsoft, id: lee@example.com}]"


def _unreadable(world: World) -> None:
    world.edits("people.yaml", LEE, "calendars: [{provider: none}]")


def test_what_somebody_states_makes_room_and_is_named_until_the_invite_goes_out(world: World) -> None:
    _unreadable(world)
    review = world.reviews()
    assert (review.state, review.offers) == ("blocked", ())

    told = world.opens("State when they are free…", by="priya")
    assert told.dialog is not None
    assert "unknown is never free" in told.dialog
    wrong = world.submits("priya", person="lee", windows="whenever", reason="his mail of today")
    assert wrong.errors == {
        "windows": "I cannot read “whenever” as a day with a time from and to. Nothing was kept. Write each like "
        "Thu 3 Dec 10:00-12:00."
    }
    world.submits(
        "priya", person="lee", windows="Tue 1 Dec 10:00-12:00, Wed 2 Dec 09:00-11:00", reason="his mail of today"
    )

    assert review.state == "choosing"
    assert {f"{offer.span.start:%d}" for offer in review.offers} <= {"01", "02"}
    assert review.said("Priya Nair states when Lee Park is free: ")
    assert review.said("By their own clock (America/New_York): Tue 1 Dec 10:00 – 12:00, Wed 2 Dec 09:00 – 11:00.")
    assert "Lee Park (attested by Priya" in review.card()

    world.holds()
    assert "lee" not in world.held()
    dialog = world.opens("Approve and send", by="dana").dialog
    assert dialog is not None
    assert "Free by somebody's word, not by a calendar: Lee Park (attested by Priya" in dialog
    assert "his mail of today" in dialog
    world.submits("dana")

    assert review.state == "confirmed"
    assert "lee" in world.invites
    assert "Priya Nair stated that Lee Park is free" in world.asks("/readiness-review audit CHG-1042", by="priya").words


def test_only_whose_calendar_is_unread_can_be_chosen_and_only_by_those_involved(world: World) -> None:
    review = world.reviews()
    assert not [b for b in review.buttons() if b.label.startswith("State when")]

    _unreadable(world)
    world.presses("Look again", by="priya")
    before = review.tags
    world.opens("State when they are free…", by="priya")
    view = world.slack.modal("U0PRIYA")
    assert view is not None
    offered = [o["value"] for b in view["blocks"] if b["type"] == "input" for o in b["element"].get("options", ())]
    assert offered == ["lee"]

    told = world.opens("State when they are free…", by="wei")
    assert told.dialog is None
    assert "Stating when somebody is free is for the record's owner" in told.words
    assert review.tags == before


def test_what_is_taken_back_is_said_and_leaves_no_room(world: World) -> None:
    _unreadable(world)
    review = world.reviews()
    world.opens("State when they are free…", by="priya")
    world.submits("priya", person="lee", windows="Tue 1 Dec 10:00-12:00", reason="his mail")
    world.opens("State when they are free…", by="dana")
    world.submits("dana", person="lee", reason="he is ill")

    assert review.state == "blocked"
    assert review.said("Dana Osei takes back what was stated of Lee Park: ")
    assert review.said("he is ill")
