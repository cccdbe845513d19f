"""A pasted link earns one quiet offer for who pasted it; the message shortcut does the same where commands cannot."""

from __future__ import annotations

from tests.world import World, buttons_of

LINK = "https://change.example.com/changes/CHG-1042"


def test_a_pasted_link_earns_one_quiet_offer(world: World) -> None:
    """Only who pasted it sees it, and nothing is searched before they press."""
    told = world.asks(f"please look at {LINK} today", by="lee")

    assert len(told.lines) == 1
    assert "CHG-1042 Identity 4.2 login flow and schema migration has no release-readiness review yet." in told.words
    assert not world.review().exists
    assert world.messages() == []
    assert world.whispers("priya") == []

    [offer] = world.slack.ephemerals("U0LEE")
    schedule = next(b for b in buttons_of("C0RELEASES", offer) if b.label == "Schedule the meeting")
    world.presses(schedule, by="lee")
    assert world.review().state == "choosing"


def test_not_now_takes_the_offer_away(world: World) -> None:
    world.asks(LINK, by="lee")
    [offer] = world.slack.ephemerals("U0LEE")
    button = next(b for b in buttons_of("C0RELEASES", offer) if b.label == "Not now")

    world.presses(button, by="lee")

    assert world.slack.wait_until(lambda: world.slack.ephemerals("U0LEE") == [], 5)
    assert not world.review().exists


def test_links_that_are_no_news_earn_silence(world: World) -> None:
    """A record that exists not, a host that is not ours, a record that has its review, somebody who may not ask."""
    world.asks("https://change.example.com/changes/CHG-9999", by="lee")
    world.asks("https://elsewhere.example.net/changes/CHG-1042", by="lee")
    world.asks(LINK, by="nina")
    assert world.whispers("lee") == world.whispers("nina") == []

    world.reviews()
    told = world.asks(LINK, by="lee")
    assert told.lines == ()


def test_no_offer_is_made_in_a_shared_channel(world: World) -> None:
    world.asks(LINK, by="priya", channel="C0ACME")

    assert world.whispers("priya") == []


def test_the_shortcut_asks_from_a_message_in_a_thread(world: World) -> None:
    root = world.slack.command("U0LEE", "C0IDENTITY", "The cutover is near")
    assert root.message is not None
    reply = world.slack.command("U0LEE", "C0IDENTITY", "that is “CHG-1042”, folks", root.message["ts"])
    assert reply.message is not None

    told = world.uses_shortcut("lee", "C0IDENTITY", reply.message["ts"])

    assert "Looking at" in told.words
    assert world.review().state == "choosing"


def test_the_shortcut_on_a_message_without_a_record_says_so(world: World) -> None:
    said = world.slack.command("U0LEE", "C0IDENTITY", "lunch?")
    assert said.message is not None

    told = world.uses_shortcut("lee", "C0IDENTITY", said.message["ts"])

    assert "I found no record id in “lunch?”. Nothing changed." in told.words
