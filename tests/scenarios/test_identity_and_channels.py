"""By id, then by address, a Slack user becomes a person; channels differ in who reads along; the home is one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.authority import Asker
from bot.core.refusals import Refusal
from bot.ports import Choice, Done
from tests.world import World, slack_id


def test_somebody_without_a_slack_id_is_known_by_their_address(world: World) -> None:
    world.edits("people.yaml", "    slack: U0LEE\n", "")
    review = world.reviews(by="lee")

    assert review.meeting.request.by == "lee"


def test_a_decider_known_by_address_alone_may_decide(world: World) -> None:
    """Before Dana has done anything here, her first press opens the dialog."""
    world.edits("people.yaml", "    slack: U0DANA\n", "")
    review = world.reviews()
    world.holds()

    world.approves(by="dana")

    assert review.state == "confirmed"
    assert review.meeting.hold is not None
    assert review.meeting.hold.approved_by == "dana"


def test_nobody_becomes_somebody_else_by_an_address(world: World) -> None:
    """Lee's Slack account now shows Dana's address: who has a Slack id in the files is only that."""
    world.slack.state.users["U0LEE"]["email"] = "dana@example.com"
    world.slack.state.users["U0NINA"]["email"] = "dana@example.com"
    review = world.reviews()
    world.holds()

    assert "Approving this review is for" in world.approves(by="lee").words
    assert "I do not know you yet" in world.approves(by="nina").words
    assert review.state == "held"
    assert world.mails == []


class RealTime:
    """The real time of everything that dates what Slack said; a test may let it run ahead."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        for room in (world.bot.identity, world.bot.confirming._rights):
            monkeypatch.setattr(room, "_real_now", self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def test_an_account_closed_between_the_press_and_the_transaction_decides_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dana may approve when she presses; a minute later, when it comes to be written, her account is closed."""
    review = world.reviews()
    world.holds()
    time, whole = RealTime(world, monkeypatch), world.bot.journal.decide

    def decide(meeting: str, choice: Choice) -> Done | Refusal:
        world.slack.state.users["U0DANA"]["deleted"] = True
        time.ahead = timedelta(seconds=61)
        return whole(meeting, choice)

    monkeypatch.setattr(world.bot.journal, "decide", decide)
    told = world.approves(by="dana")

    assert "This Slack account is deactivated and decides nothing. Nothing changed." in told.words
    assert review.state == "held"
    assert world.mails == []


def test_what_slack_said_of_somebody_keeps_its_date(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is used for a minute under the date at which it was read; then Slack is asked again."""
    time, team = RealTime(world, monkeypatch), world.bot.bot_user["team_id"]
    before = time.now()
    first = world.bot.identity.asker("U0DANA", team)
    kept = world.bot.identity.again(first)
    time.ahead = timedelta(seconds=61)
    anew = world.bot.identity.again(kept)

    assert first.seen_at is not None
    assert kept.seen_at is not None
    assert anew.seen_at is not None
    assert before <= first.seen_at <= kept.seen_at <= datetime.now(UTC)
    assert anew.seen_at > kept.seen_at + timedelta(seconds=59)
    assert anew.model_copy(update={"seen_at": None}) == first.model_copy(update={"seen_at": None})


def test_a_shared_channel_sees_no_attendees(world: World) -> None:
    told = world.asks("/readiness-review CHG-1042", by="priya", channel="C0ACME")

    assert "This channel is shared with another organisation" in told.words
    assert not world.review().exists
    assert world.messages("C0ACME") == []


def test_in_a_channel_without_the_bot_the_answer_still_comes(world: World) -> None:
    """The card goes to the kind's channel; the private line comes by the way that works without membership."""
    told = world.asks("/readiness-review CHG-1042", by="priya", channel="C0PAYMENTS")

    assert "The answer comes in #releases" in told.words
    assert world.review().state == "choosing"


def test_a_kind_without_a_channel_that_the_bot_may_not_post_in_tells_who_asked(world: World) -> None:
    world.edits("policy.yaml", "    channel: C0RELEASES\n", "")
    world.given_up = ("announce",)

    world.asks("/readiness-review CHG-1046", by="carlos", channel="C0PAYMENTS")

    assert any("/invite" in line or "invite" in line.lower() for line in world.directs("carlos"))


def test_invited_to_a_channel_the_bot_greets_once(world: World) -> None:
    world.slack.invite("U0CARLOS", "C0PAYMENTS")
    world.settled()
    world.slack.replay_last()
    world.settled()

    [hello] = world.messages("C0PAYMENTS")
    shown = world.plain(hello, "carlos")
    for words in ("/readiness-review CHG-1042", "What I can see:", "Who decides:"):
        assert words in shown


def test_the_home_shows_what_waits_for_me(world: World) -> None:
    world.reviews()
    assert "Nothing waits for you" in world.opens_home("dana")
    world.holds(by="lee")

    shown = world.opens_home("dana")

    assert "CHG-1042 Identity 4.2" in shown
    assert "Held" in shown
    assert "Identity 4.2" not in world.opens_home("yuki")
    assert slack_id("nina") in world.opens_home("nina")


def test_the_home_shows_the_weeks_release_calendar_and_what_is_known_of_the_connections(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the days of each reader's Slack; the bot's own slot beside the file's. No provider is asked to draw it: whatever
    touched one would break."""
    world.reviews()
    world.holds()
    world.approves(by="dana")
    monkeypatch.setattr(world.bot.world, "calendars", dict.fromkeys(world.bot.world.calendars))
    priya, yuki = world.opens_home("priya"), world.opens_home("yuki")

    assert "booked: Payments readiness review" in priya
    assert "booked: CHG-1042 Release-readiness review" in priya
    assert "• 19:00 – 23:00 cutover: identity-4.2 (CHG-1042)" in priya
    assert "Days and times are those of New York." in priya
    assert "Fri 4 Dec\n• 09:00 – 13:00 cutover: identity-4.2 (CHG-1042)" in yuki
    assert "Nothing is known to be wrong." in priya
    assert "Google's calendars" in priya


def test_the_home_says_what_is_known_to_be_wrong(world: World) -> None:
    world.edits("policy.yaml", "confirmed_by:", "confirmed_by")
    shown = world.opens_home("priya")

    assert "• The workspace's files: the last edit cannot be read since today 09:02 (policy.yaml)" in shown


def test_the_home_names_the_holds_that_are_about_to_lapse_and_no_others(world: World) -> None:
    """Within the hour; to whoever has a part in them."""
    world.reviews()
    world.holds()
    early = world.opens_home("dana")
    world.passes(timedelta(hours=3, minutes=10))
    late, others = world.opens_home("dana"), world.opens_home("yuki")

    assert "No hold runs out soon." in early and "No hold runs out soon." in others
    assert "No hold runs out soon." not in late
    assert "CHG-1042 tomorrow 09:30 – 10:15. The hold runs out today 12:02, in 50 min." in late


@pytest.mark.parametrize("told", [{}, {"tz": None}, {"tz": "Mars/Base_Camp"}, {"tz": "America"}, {"tz": "../../etc"}])
def test_whose_slack_names_no_zone_reads_times_in_that_of_the_files(world: World, told: dict[str, str]) -> None:
    yuki = Asker(slack="U0YUKI", person="yuki", team="T0")
    world.bot.memory.keep_user(yuki.slack, yuki.team, told)

    assert world.bot.identity.zone(yuki) == "Asia/Tokyo"
    world.bot.memory.keep_user(yuki.slack, yuki.team, {"tz": "America/Lima"})
    assert world.bot.identity.zone(yuki) == "America/Lima"


@pytest.mark.parametrize("outsider", ["jess", "acme", "nina"])
def test_the_home_of_a_guest_or_a_stranger_has_no_data(world: World, outsider: str) -> None:
    """Also where people.yaml names that guest by Slack id."""
    world.edits("people.yaml", "    slack: U0LEE\n", "    slack: U0JESS\n")
    world.reviews()
    shown = world.opens_home(outsider)

    assert shown
    for words in ("CHG-1042", "Payments readiness review", "identity-4.2", "Google", "workspace's files"):
        assert words not in shown
