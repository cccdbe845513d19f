"""What stands in the thread for good, and the smaller buttons: notes, more times, the full log, a review in a list."""

from __future__ import annotations

import pytest

from tests.world import RELEASES, World, buttons_of, minutes, slack_id


def test_a_note_stands_in_the_thread_and_in_the_log(world: World) -> None:
    """In the words that were written, harmless, and who wrote them."""
    review = world.reviews()

    world.asks("/readiness-review note CHG-1042 The runbook “v3” changed, see <!here>", by="lee")

    [line] = [line for line in review.thread() if "runbook" in line]
    assert "Lee" in line
    assert "<!here>" not in str(review.thread_messages())
    assert review.tags[-1] == "note.added"
    assert "runbook" not in str(review.facts)
    log = world.asks("/readiness-review audit CHG-1042", by="ruth").words
    assert "Lee" in log


def test_only_who_is_involved_may_add_a_note(world: World) -> None:
    review = world.reviews()

    told = world.asks("/readiness-review note CHG-1042 hello", by="carlos")

    assert "Adding a note is for" in told.words
    assert "note.added" not in review.tags


def test_more_times_shows_the_rest_of_the_offers_in_private(world: World) -> None:
    world.edits("policy.yaml", "offers: {count: 5, per_day: 2}", "offers: {count: 12, per_day: 6}")
    world.edits("policy.yaml", "duration: 45m", "duration: 15m")
    review = world.reviews("CHG-1046", by="carlos")
    assert len(review.offers) > 5

    told = world.presses("More times", by="carlos", record="CHG-1046")

    assert "6 · " in told.words
    assert review.tags.count("search.started") == 1


def test_the_full_log_opens_from_the_audit_summary(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.passes(minutes(10))
    world.approves()
    [summary] = [line for line in review.thread() if "starts looked at" in line]
    for words in ("CHG-1042 revision 7", "190 starts looked at: 5 fitted, 185 ruled out", "0 unreadable",
                  "1 hold on 5 calendars, all removed", "approval by Dana", "to confirmation 10 min"):  # fmt: skip
        assert words in summary

    shown = world.opens("Full log", by="ruth").dialog

    assert shown is not None
    assert "is whole" in shown
    assert "Priya" in shown


def test_a_dialog_that_breaks_is_logged_and_the_person_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.reviews()
    monkeypatch.setattr(world.bot.reviewing, "view", lambda *_: 1 / 0)

    told = world.opens("Why not", by="priya")

    assert told.words == "That could not be shown. Nothing changed. Try again in a minute."
    assert len(world.complaints.tracebacks) == 1
    world.complaints.tracebacks.clear()


def test_every_ending_has_an_audit_summary(world: World) -> None:
    review = world.reviews()
    world.holds()
    world.cancels(by="priya")

    [summary] = [line for line in review.thread() if "starts looked at" in line]
    assert "cancellation by Priya" in summary
    assert "never confirmed" in summary


def test_a_review_in_the_list_can_be_shown(world: World) -> None:
    world.reviews()
    world.asks("/readiness-review list", by="ruth")
    show = buttons_of("C0RELEASES", world.slack.ephemerals("U0RUTH")[-1])[0]

    told = world.presses(show, by="ruth")

    assert "Choosing a time · asked by Priya" in told.words


def test_a_press_that_is_acknowledged_too_late_is_still_done_once(world: World) -> None:
    """Slack tells the person that it failed; the press counts all the same, and a second one changes nothing."""
    review = world.reviews()
    world.slack.courier.ack_seconds = 0.05
    world.breaks("slack", "deliver.action", "slow", seconds=0.3)

    first = world.holds()
    world.slack.courier.ack_seconds = 3.0
    assert first.error == "operation_timeout"
    assert world.slack.wait_until(lambda: review.tags.count("slot.chosen") == 1, 5)
    world.settled()

    assert review.state == "held"
    assert "already holds" in world.presses(review.button("Hold"), by="priya").words
    assert review.tags.count("slot.chosen") == 1


def test_the_thread_only_grows(world: World) -> None:
    """No line is ever edited or taken away; the card alone changes."""
    review = world.reviews()
    world.holds()
    before = [(m["ts"], m["text"]) for m in review.thread_messages()]
    world.lets_go()
    world.presses("Look again", by="priya")
    world.holds()
    world.approves()

    after = [(m["ts"], m["text"]) for m in review.thread_messages()]
    assert after[: len(before)] == before
    assert not any("edited" in m for m in review.thread_messages())


def test_no_attendee_is_shown_where_another_organisation_reads_along(world: World) -> None:
    """The kind's own channel was opened to a partner: the review is refused there as it is anywhere else shared."""
    world.slack.state.channels["C0RELEASES"].is_ext_shared = True

    told = world.asks("/readiness-review CHG-1042", by="priya", channel="C0IDENTITY")

    assert "shared with another organisation" in told.words
    assert world.messages("C0RELEASES") == []
    assert not world.review().exists


def test_what_is_answered_to_a_dialog_is_said_where_it_was_opened(world: World) -> None:
    """In the app's own messages nobody who stands in the channel would see it."""
    world.reviews()
    world.holds()
    world.opens("Reject", by="dana")
    world.lets_go()

    told = world.submits("dana", reason="Too early.")
    line = world.slack.ephemerals(slack_id("dana"))[-1]

    assert "Nothing changed" in told.words
    assert (line["channel"], line.get("thread_ts")) == (RELEASES, world.review().thread_messages()[0]["thread_ts"])
