"""What is told from the facts, what is owed, and what Slack hears and says."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.span import Span
from bot.store import ClaimTaken, Due, NewFact, Post, SlackUser, Store
from tests.store.databases import MONDAY, asked, held, hour


def _owed(key: str, hours: float = 0, lane: str | None = None) -> Due:
    return Due(key, "post", "m1", MONDAY + timedelta(hours=hours), {"text": "ok"}, lane)


def test_the_tables_follow_the_facts(store: Store) -> None:
    """A meeting, its holds and its claims stand as its last facts say."""
    with store.transaction() as tx:
        tx.append("m1", 0, [asked("CHG-7"), held(["noor", "ines"], hour())], MONDAY)
        assert tx.meeting("m1") is not None

    meeting = store.meetings(record="CHG-7", state=["held", "confirmed"])[0]
    assert (meeting.id, meeting.version, meeting.start, json.loads(meeting.body)) == ("m1", 2, MONDAY, {"n": 2})
    assert [(hold.person, hold.expires_at) for hold in store.holds(meeting="m1")] == [
        ("ines", MONDAY - timedelta(hours=1)),
        ("noor", MONDAY - timedelta(hours=1)),
    ]
    assert [claim.person for claim in store.claims(span=Span(MONDAY, MONDAY + timedelta(minutes=1)))] == [
        "ines",
        "noor",
    ]

    with store.transaction() as tx:
        tx.append("m1", 2, [NewFact("let_go")], MONDAY)

    assert (store.holds(), store.claims()) == ([], [])
    assert store.meetings(state="held") == []
    assert store.meeting("m2") is None


def test_rebuilt_is_equal_to_stored(store: Store) -> None:
    """After any story, the tables say what the ledger says; and what was changed by hand is found and mended."""
    dice = random.Random(7)
    for _ in range(40):
        stream, people = f"m{dice.randrange(5)}", dice.sample(["noor", "ines", "priya", "tom"], 2)
        fact = dice.choice([asked(), held(people, hour(dice.randrange(6))), NewFact("let_go")])
        try:
            with store.transaction() as tx:
                tx.append(stream, len(tx.facts(stream)), [fact], MONDAY)
        except ClaimTaken:
            continue
    assert store.projections_differ() == []
    before = (store.meetings(), store.holds(), store.claims())
    assert all(before)

    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE meetings SET state = 'confirmed' WHERE id = 'm1'"))
        connection.execute(sa.text("DELETE FROM claims"))
        connection.execute(sa.text("UPDATE holds SET meeting = 'nobody'"))
    assert {difference.table for difference in store.projections_differ()} == {"meetings", "holds", "claims"}
    store.rebuild()

    assert (store.meetings(), store.holds(), store.claims()) == before
    assert store.projections_differ() == []


def test_a_rollback_leaves_nothing(store: Store) -> None:
    """No fact, no row, nothing owed, no word, nobody told."""
    told: list[str] = []
    store.after_commit(told.extend)

    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.append("m1", 0, [held(["noor"], hour())], MONDAY)
        tx.owe(_owed("k1"))
        tx.first_time("event-1")
        raise ZeroDivisionError

    assert (store.facts("m1"), store.due(), store.meetings(), store.claims(), told) == ([], [], [], [], [])
    with store.transaction() as tx:
        assert tx.first_time("event-1")


def test_each_thing_is_owed_once(store: Store) -> None:
    """The same key again changes nothing, whether it is done or not; only what is new is announced, after the commit."""
    told: list[str] = []

    def hear(keys: list[str]) -> None:
        assert store.due(key=keys[0])[0].state == "open"
        told.extend(keys)

    stop = store.after_commit(hear)
    with store.transaction() as tx:
        assert tx.owe(_owed("k1"))
        assert not tx.owe(_owed("k1", hours=5))
        assert told == []
    with store.transaction() as tx:
        assert tx.settle("k1", "posted")
        assert not tx.settle("k1")
        assert not tx.owe(_owed("k1"))

    assert told == ["k1"]
    row = store.due()[0]
    assert (row.state, row.outcome, row.payload, row.due_at) == ("done", "posted", {"text": "ok"}, MONDAY)
    stop()
    with store.transaction() as tx:
        tx.owe(_owed("k2"))
    assert told == ["k1"]


def test_what_is_not_needed_any_more_is_withdrawn(store: Store) -> None:
    """A deadline whose matter is settled does not fire."""
    with store.transaction() as tx:
        tx.owe(_owed("expire", hours=4))
        tx.owe(_owed("remind", hours=2))
    with store.transaction() as tx:
        assert tx.withdraw("expire")
        assert not tx.withdraw("never owed")

    assert [row.key for row in store.due(open=True)] == ["remind"]
    assert [row.key for row in store.due(open=True, before=MONDAY + timedelta(hours=1))] == []
    assert [row.state for row in store.due(open=False)] == ["withdrawn"]


def test_two_of_one_lane_cannot_be_under_way(store: Store) -> None:
    """The database itself refuses it, whoever asks."""
    with store.transaction() as tx:
        tx.owe(_owed("k1", lane="slack:C1"))
        tx.owe(_owed("k2", lane="slack:C1"))
        tx.owe(_owed("k3", lane="slack:C2"))
        tx.owe(_owed("k4"))
        tx.owe(_owed("k5"))

    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE due SET started = 'w' WHERE key IN ('k1', 'k3', 'k4', 'k5')"))
    with pytest.raises(sa.exc.IntegrityError), store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE due SET started = 'w' WHERE key = 'k2'"))


def test_a_message_is_recorded_before_it_is_sent(store: Store) -> None:
    """Its key stands for it for ever: intended, being sent, sent; its revisions converge."""
    card = Post("m1|card", "m1", "C0RELEASES", "card")
    with store.transaction() as tx:
        assert tx.intend(card) == card
        tx.sending("m1|card")
        assert tx.intend(card).state == "sending"
    with store.transaction() as tx:
        tx.sent("m1|card", "1764.01", 1)
        assert tx.want("m1|card") == 2

    post = store.post("m1|card")
    assert post is not None
    assert (post.ts, post.state, post.wanted, post.posted) == ("1764.01", "sent", 2, 1)
    assert store.posts(channel="C0RELEASES", ts="1764.01") == [post] == store.posts(stream="m1", kind="card")
    with store.transaction() as tx:
        tx.post_gone("m1|card")
    assert [post.state for post in store.posts()] == ["gone"]
    assert store.post("never intended") is None


def test_a_delivery_is_new_once(store: Store) -> None:
    """Slack delivers events again; we listen once."""
    with store.transaction() as tx:
        assert tx.first_time("Ev1")
        assert not tx.first_time("Ev1")
    with store.transaction() as tx:
        assert not tx.first_time("Ev1")


def test_a_slack_user_is_a_dated_copy(store: Store) -> None:
    """The newest copy stands, with its date, by team."""
    with store.transaction() as tx:
        tx.keep_slack_user(SlackUser("U1", "T1", {"deleted": False}, MONDAY))
        tx.keep_slack_user(SlackUser("U1", "T1", {"deleted": True}, MONDAY + timedelta(minutes=1)))

    user = store.slack_user("U1", "T1")
    assert user is not None
    assert user.body == {"deleted": True}
    assert user.age(MONDAY + timedelta(minutes=2)) == timedelta(minutes=1)
    assert store.slack_user("U1", "T2") is None


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    """Nobody knows when nine o'clock is."""
    with pytest.raises((ValueError, sa.exc.StatementError), match="zone"), store.transaction() as tx:
        tx.owe(Due("k1", "post", "m1", MONDAY.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="zone"), store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY.replace(tzinfo=None))
