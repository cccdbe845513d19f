"""The words of the command: each answers in private, also when it is mistyped, and changes nothing."""

from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture(scope="module", autouse=True)
def _asked(still_world: World) -> None:
    still_world.reviews("CHG-1046", by="carlos")
    still_world.reviews("CHG-1042", by="priya")


def ask(world: World, text: str, by: str = "priya") -> str:
    before = [entry.version for entry in world.bot.journal.history("CHG-1042")]
    told = world.asks(f"/readiness-review {text}".strip(), by)
    assert [entry.version for entry in world.bot.journal.history("CHG-1042")] == before
    assert told.error is None
    return told.words


def test_help_shows_every_word(still_world: World) -> None:
    for text in ("", "help", "HELP", "help please"):
        shown = ask(still_world, text)
        for word in ("status", "list", "mine", "why", "audit", "note", "cancel"):
            assert f"/readiness-review {word}" in shown


def test_status_tells_how_one_review_stands(still_world: World) -> None:
    shown = ask(still_world, "status CHG-1042", by="ruth")

    assert "Release-readiness review · CHG-1042 Identity 4.2" in shown
    assert "Choosing a time · asked by Priya · for Priya or Dana to approve" in shown


def test_list_shows_all_and_mine_shows_what_concerns_me(still_world: World) -> None:
    every = ask(still_world, "list", by="ruth")
    assert "Two meetings are under way." in every
    assert "CHG-1042" in every
    assert "CHG-1046" in every

    mine = ask(still_world, "mine", by="carlos")
    assert "CHG-1046" in mine
    assert "CHG-1042" not in mine
    assert "No meeting waits for you" in ask(still_world, "mine", by="yuki")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("why CHG-1042 Tue 13:00", "already booked: Payments readiness review. Nobody can overrule this."),
        ("why CHG-1042 Tue 13:00", "Nobody's agreement would free this time."),
        (
            "why CHG-1042 Wed 12:00",
            "Three agreements would free it: Lee Park, Ravi Shah and Noor Haddad move what stands there",
        ),
        ("why CHG-1042 Tue 10:30", "fits CHG-1042"),
        ("why chg-1042 2026-12-01 13:00", "already booked: Payments readiness review"),
        ("why CHG-1042 Tue 9:30", "freeze: Month-end ledger freeze"),
        ("why CHG-1042 Sat 10:30", "outside the window"),
        ("why CHG-1042", "Which time? Nothing changed."),
        ("why CHG-1042 soonish", "I cannot read “soonish” as a time. Nothing changed."),
        ("why", "I found no record id. Nothing changed."),
    ],
)
def test_why_answers_about_one_time(still_world: World, text: str, words: str) -> None:
    assert words.lower() in ask(still_world, text).lower()


def test_why_somebody_cannot_come_is_said_by_name_to_those_involved_alone(still_world: World) -> None:
    """Ruth, who has no part in it, hears it by role; so does she in the dialog."""
    assert "Mei Tan" in ask(still_world, "why CHG-1042 Tue 12:00", by="priya")
    assert "Mei Tan" not in ask(still_world, "why CHG-1042 Tue 12:00", by="ruth")
    assert "database migration owner" in ask(still_world, "why CHG-1042 Tue 12:00", by="ruth")
    for who, named in (("lee", True), ("ruth", False)):
        shown = still_world.opens("Why not", by=who).dialog
        assert shown is not None
        assert ("Mei Tan" in shown) == named
        still_world.slack.close_view(f"U0{who.upper()}", str(still_world.slack.modal(f"U0{who.upper()}")["id"]))  # type: ignore[index]  # it is open


def test_why_names_the_nearest_time_that_fits(still_world: World) -> None:
    assert "The nearest that fits: tomorrow 10:45" in ask(still_world, "why CHG-1042 Tue 13:00")


def test_audit_tells_everything_and_that_the_chain_is_whole(still_world: World) -> None:
    shown = ask(still_world, "audit CHG-1042")

    assert "The audit of CHG-1042" in shown
    assert "The log of CHG-1042" in shown
    assert "is whole" in shown
    assert "Priya Nair" in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("statsu", "I do not know “statsu”. Did you mean /readiness-review status?"),
        ("lst", "Did you mean /readiness-review list?"),
        ("xyzzy", "I do not know “xyzzy”. Nothing changed."),
        ("statsu CHG-1042", "Did you mean /readiness-review status CHG-1042?"),
        ("cancell CHG-1043", "I do not know “cancell”. Did you mean /readiness-review cancel CHG-1043?"),
        ("postpone CHG-1043", "The id alone asks for its review: /readiness-review CHG-1043."),
        ("status CHG-7777", "There is no review for CHG-7777 yet. Nothing changed."),
        ("cancel CHG-7777", "There is no review for CHG-7777 yet. Nothing changed."),
        ("note CHG-1042", "The note is empty. Nothing was kept."),
        ("the payload of it all", "I do not know “the”."),
        ("CHG-9999 payload=1", "There is no record CHG-9999"),
        ("<!channel>", "I do not know"),
        ("https://evil.example.net/CHG-1042", "I do not follow links to evil.example.net. Nothing was read"),
        ("http://change.example.com/CHG-1042", "I do not follow links to change.example.com"),
        ("https://change.example.com/changes/", "That link names no record."),
        ("../../etc/passwd1", "Nothing"),
        ("CHG-" + "9" * 300, "There is no record"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(still_world: World, text: str, words: str) -> None:
    shown = ask(still_world, text)

    assert words in shown
    assert len(shown) < 600


@pytest.mark.parametrize(
    "text",
    ["chg-1042", "“CHG-1042”", "‘chg-1042’.", "(CHG-1042)", "CHG\u20111042", "https://change.example.com/changes/CHG-1042",
     "https://change.example.com/changes/chg-1042?tab=plan#x", "CHG-1042,", "*CHG-1042*"],
)  # fmt: skip
def test_an_id_is_understood_however_it_is_typed(still_world: World, text: str) -> None:
    assert ask(still_world, text).startswith("CHG-1042 has a review already, so I started nothing new.")


def test_more_times_and_the_dialog_of_reasons(still_world: World) -> None:
    """*Why not…* tells reasons by day and answers about one time in place; the full log opens in a dialog."""
    shown = still_world.opens("Why not", by="lee").dialog
    assert shown is not None
    assert "Tue 1 Dec" in shown
    view = still_world.slack.modal("U0LEE")
    assert view is not None

    still_world.submits("lee", time="Tue 13:00")
    answered = still_world.slack.modal("U0LEE")
    assert answered is not None
    assert "booked: Payments readiness review" in still_world.slack.plain_view(answered, "U0LEE")
    still_world.slack.close_view("U0LEE", answered["id"])

    still_world.opens("Why not", by="lee")
    told = still_world.submits("lee", time="whenever")
    assert "I cannot read “whenever” as a time." in " ".join(told.errors.values())
    still_world.slack.close_view("U0LEE", str(still_world.slack.modal("U0LEE")["id"]), all_=True)  # type: ignore[index]  # it is still open
