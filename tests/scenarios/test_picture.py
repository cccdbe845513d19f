"""The picture of a search: in the thread after the offers, once, and the thread is whole without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.checking import check
from bot.picture import picture
from bot.ports import Unreachable
from bot.slack.heard import Heard
from bot.slack.messages.presses import NAMED_PICTURE
from tests.world import World, slack_id


def pictures(world: World, record: str = "CHG-1042") -> list[dict[str, Any]]:
    return [m for m in world.review(record).thread_messages() if m.get("files")]


def test_the_offers_come_first_and_then_the_picture_with_its_words(world: World) -> None:
    """What is shown is what was found, and of roles alone."""
    review = world.reviews()

    texts = [m["text"] for m in review.thread_messages()]
    [line] = pictures(world)
    [file] = line["files"]
    drawn = picture(world.bot.searching.found_of(review.meeting))
    assert drawn is not None
    assert "fit everybody" in texts[texts.index(line["text"]) - 1]
    assert line["text"].startswith("The same as a picture")
    assert (file["title"], file["mimetype"], file["alt_txt"]) == ("CHG-1042: who is free when", "image/png", drawn.alt)
    shown = world.slack.files.seen_by(slack_id("priya"), file["id"])
    assert shown is not None
    assert shown.content == drawn.png
    people = world.bot.folder.current().people.people.values()
    assert not [each.name for each in people if each.name in file["alt_txt"] or each.name.split()[0] in file["alt_txt"]]


def test_where_nothing_fits_the_picture_shows_what_would_help_by_the_letters_of_the_message(world: World) -> None:
    review = world.reviews("CHG-1050")

    [line] = pictures(world, "CHG-1050")
    assert line["text"].startswith("What stands in the way, as a picture")
    [file] = line["files"]
    marked = file["alt_txt"].partition("With leave, or if somebody moves what they have: ")[2].partition(". ")[0]
    [offers] = [text for text in review.thread() if "In New York: " in text]
    listed = offers.partition("In New York: ")[2].splitlines()[0]
    assert marked.replace("–", " – ").split("; ") == listed.replace("*", "").split(" · ")


def test_a_record_that_says_too_little_has_none(world: World) -> None:
    world.reviews("CHG-1044")

    assert pictures(world, "CHG-1044") == []
    assert world.slack.api.traffic.calls("files.getUploadURLExternal") == []


@pytest.mark.parametrize("operation", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_picture_that_cannot_be_uploaded_costs_the_thread_nothing(world: World, operation: str) -> None:
    """It is tried a few times; what people wait for goes on meanwhile and afterwards."""
    world.breaks("slack", operation, "status", status=503, times=None)

    review = world.reviews()

    assert pictures(world) == []
    assert review.said("fit everybody")
    world.holds()
    assert review.state == "held"
    assert 1 < len(world.slack.api.traffic.calls(operation)) <= 5


def test_without_the_right_the_thread_goes_on_and_check_says_it(world: World) -> None:
    world.slack.state.scopes.remove("files:write")

    review = world.reviews()

    assert pictures(world) == []
    assert review.said("fit everybody")
    assert len(world.slack.api.traffic.calls("files.getUploadURLExternal")) == 1
    said = [line for fine, line in check(world.bot.settings) if not fine and line.startswith("Slack")]
    assert said == ["Slack: the token lacks files:write. Add them under OAuth & Permissions and install again."]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("files.upload", "drop_after"), ("files.completeUploadExternal", "drop_before"),
     ("files.completeUploadExternal", "drop_after")],
)  # fmt: skip
def test_whichever_answer_is_lost_there_is_one_picture(world: World, operation: str, kind: str) -> None:
    """The last step is recorded before it is made, and looked up in the thread before it is made again."""
    world.breaks("slack", operation, kind)

    world.reviews()

    assert len(pictures(world)) == 1


def test_a_picture_that_nobody_remembers_is_found_and_not_shown_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was shown, and then the memory of it was lost."""
    remember, lost = world.bot.memory.sent, iter([True])

    def forgetful(key: str, ts: str, revision: int) -> None:
        if key.startswith("picture:") and next(lost, False):
            raise Unreachable("The database did not answer.")
        remember(key, ts, revision)

    monkeypatch.setattr(world.bot.memory, "sent", forgetful)
    world.reviews()

    assert next(lost, None) is None
    assert len(pictures(world)) == 1


@pytest.mark.parametrize(("kind", "shown"), [("drop_before", 0), ("drop_after", 1)])
def test_without_the_right_to_look_it_is_never_shown_twice(world: World, kind: str, shown: int) -> None:
    """It may be missing then: the words above it say everything."""
    world.slack.state.scopes.remove("channels:history")
    world.breaks("slack", "files.completeUploadExternal", kind)

    world.reviews()

    assert len(pictures(world)) == shown


def test_a_search_that_was_overtaken_is_not_pictured(world: World) -> None:
    """Its offers are gone; the newer one has a picture of its own."""
    review = world.reviews()
    [entry] = [e for e in world.bot.journal.history(review.id) if e.fact.tag == "search.finished"]
    world.holds()
    world.makes_busy("lee", "2026-12-01T15:30Z")
    world.approves()

    assert review.found.search == 2
    assert len(pictures(world)) == 2
    world.bot.memory.lost(f"picture:{review.id}:{entry.version}", 1)
    assert world.bot.pictures.show({"meeting": review.id, "version": entry.version}, 0) == "overtaken"
    assert len(pictures(world)) == 2


def test_those_involved_get_the_picture_with_names_in_private(world: World) -> None:
    """Behind *Why not…*; the channel goes on seeing roles alone."""
    review = world.reviews()
    world.opens("Why not", by="dana")

    view = world.slack.modal(slack_id("dana"))
    assert view is not None
    world.slack.press(slack_id("dana"), view_id=view["id"], action_id=in_dialog(world, "dana")["action_id"])
    world.settled()

    [line] = [m for m in world.slack.dms(slack_id("dana")) if m.get("files")]
    shown = world.slack.files.seen_by(slack_id("dana"), line["files"][0]["id"])
    drawn = picture(world.bot.searching.found_of(review.meeting), names=True)
    assert shown is not None and drawn is not None
    assert shown.content == drawn.png
    assert world.slack.files.seen_by(slack_id("grace"), line["files"][0]["id"]) is None
    assert len(pictures(world)) == 1


def test_nobody_else_is_offered_it_nor_gets_it_by_a_copied_button(world: World) -> None:
    world.reviews()
    world.opens("Why not", by="dana")
    button = in_dialog(world, "dana")

    told = world.opens("Why not", by="yuki")
    assert told.dialog is not None and "Picture with names" not in told.dialog
    heard = Heard(NAMED_PICTURE, slack_id("yuki"), "T0DEMO", slack_id("yuki"), carries=json.loads(button["value"]))
    world.bot.acts.act(heard.stored())

    told_alone = [*world.whispers("yuki"), *world.directs("yuki")]
    assert [line for line in told_alone if "by name only to those involved" in line]
    assert not [m for m in world.slack.dms(slack_id("yuki")) if m.get("files")]


def in_dialog(world: World, by: str) -> dict[str, Any]:
    view = world.slack.modal(slack_id(by))
    assert view is not None
    elements = [e for block in view["blocks"] if block["type"] == "actions" for e in block["elements"]]
    [button] = [e for e in elements if e["action_id"] == NAMED_PICTURE]
    return button
