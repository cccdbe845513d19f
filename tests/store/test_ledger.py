"""The ledger: append-only, chained, and nobody can change it unseen."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from hashlib import sha256

import pytest
import sqlalchemy as sa

from bot.store import Head, NewFact, Store
from tests.store.databases import MONDAY, asked, held, hour


def _three(store: Store) -> None:
    with store.transaction() as tx:
        tx.append("m1", 0, [asked(), NewFact("offered", {"n": 2}, "bot", 3)], MONDAY)
        tx.append("m2", 0, [asked("CHG-7")], MONDAY + timedelta(minutes=1))


def _as_a_thief(store: Store, *statements: str) -> None:
    """Somebody with all rights on the database removes the guards first."""
    drop = "DROP TRIGGER {}" if store.is_sqlite else "DROP TRIGGER {} ON {}"
    guards = (
        [("ledger_no_update", "ledger"), ("ledger_no_delete", "ledger")]
        if store.is_sqlite
        else [("ledger_stays", "ledger")]
    )
    with store.engine.begin() as connection:
        for name, table in guards:
            connection.execute(sa.text(drop.format(name, table)))
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_facts_come_back_as_they_were_written(store: Store) -> None:
    """Order, version, actor, format, body and instant of a fact survive."""
    _three(store)

    facts = store.facts("m1")

    assert [(fact.seq, fact.version, fact.tag, fact.format, fact.actor) for fact in facts] == [
        (1, 1, "asked", 1, "priya"),
        (2, 2, "offered", 3, "bot"),
    ]
    assert facts[0].body == {"record": "CHG-1042", "why": "Größe »ok«"}
    assert facts[0].at == MONDAY
    assert [fact.seq for fact in store.ledger(after=1)] == [2, 3]
    assert [fact.stream for fact in store.ledger(tags={"asked"})] == ["m1", "m2"]
    assert store.streams() == ["m1", "m2"]


def test_an_instant_is_written_in_utc(store: Store) -> None:
    """The same instant gives the same line, in whatever zone it was said."""
    with store.transaction() as tx:
        tx.append("m1", 0, [asked()], MONDAY.astimezone(timezone(timedelta(hours=-8))))

    with store.reading() as connection:
        assert connection.scalar(sa.text("SELECT at FROM ledger")) == "2026-11-23T09:00:00.000000Z"


def test_the_chain_can_be_checked_with_other_tools(store: Store) -> None:
    """A hash is SHA-256 of the canonical JSON of everything that the line says and of the hash before it."""
    _three(store)

    prev = "0" * 64
    with store.reading() as connection:
        for row in connection.execute(sa.text("SELECT * FROM ledger ORDER BY seq")).mappings():
            line = {k: row[k] for k in ("seq", "stream", "version", "at", "actor", "tag", "format")}
            line |= {"body": json.loads(row["body"]), "prev": prev}
            text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            prev = sha256(text.encode()).hexdigest()
            assert row["hash"] == prev

    assert store.head() == Head(3, prev)
    assert store.verify() == (3, prev, True, None, None)


def test_an_empty_ledger_is_in_order(store: Store) -> None:
    """Nothing happened, nothing is wrong."""
    assert store.verify() == (0, "0" * 64, True, None, None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET actor = 'mallory' WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 3",
        "DELETE FROM ledger_head",
    ],
)
def test_the_database_itself_refuses_changes(store: Store, statement: str) -> None:
    """Not even a person with a SQL shell rewrites the ledger by accident."""
    _three(store)

    with pytest.raises(sa.exc.DBAPIError, match="ledger"), store.engine.begin() as connection:
        connection.execute(sa.text(statement))

    assert store.verify().entries == 3


def test_a_line_cannot_be_replaced(store: Store) -> None:
    """SQLite's INSERT OR REPLACE and PostgreSQL's TRUNCATE are changes too."""
    _three(store)
    statement = "TRUNCATE ledger"
    if store.is_sqlite:
        statement = "INSERT OR REPLACE INTO ledger SELECT 9, stream, version, at, 'mallory', tag, format, body, "
        statement += "prev_hash, hash FROM ledger WHERE seq = 2"

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(sa.text(statement))

    assert store.verify().ok


@pytest.mark.parametrize("column", ["stream", "version", "at", "actor", "tag", "format", "body", "prev_hash", "hash"])
def test_every_changed_column_is_found(store: Store, column: str) -> None:
    """Whatever is changed after the guards were removed, the chain tells where."""
    _three(store)
    new = {"version": "77", "format": "77", "body": """'{"n":3}'"""}.get(column, "'0000'")

    _as_a_thief(store, f"UPDATE ledger SET {column} = {new} WHERE seq = 2")

    assert (store.verify().ok, store.verify().first_bad) == (False, 2)


@pytest.mark.parametrize(("seq", "first_bad"), [(1, 1), (2, 2), (3, 3)])
def test_every_missing_line_is_found(store: Store, seq: int, first_bad: int) -> None:
    """The first, one in the middle, and the last, which only the head can tell."""
    _three(store)

    _as_a_thief(store, f"DELETE FROM ledger WHERE seq = {seq}")

    assert (store.verify().ok, store.verify().first_bad) == (False, first_bad)


def test_a_line_that_the_head_does_not_know_is_found(store: Store) -> None:
    """A well-made line added by hand is no fact."""
    _three(store)
    with store.engine.begin() as connection:
        kept = connection.execute(sa.text("SELECT seq, hash FROM ledger_head")).one()
    with store.transaction() as tx:
        tx.append("m3", 0, [asked()], MONDAY)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_head SET seq = :seq, hash = :hash"), kept._mapping)

    assert (store.verify().ok, store.verify().first_bad) == (False, 4)


def test_a_head_from_elsewhere_is_found(store: Store) -> None:
    """Nobody can pass another chain's end off as ours."""
    _three(store)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_head SET hash = 'ffff'"))

    assert (store.verify().ok, store.verify().first_bad) == (False, 3)


def test_a_long_ledger_is_verified_whole(store: Store) -> None:
    """Twenty thousand lines, each vouching for the one before it."""
    facts = [NewFact("noted", {"n": n, "by": "priya", "why": "a sentence of ordinary length"}) for n in range(20_000)]
    with store.transaction() as tx:
        tx.append("long", 0, facts, MONDAY)

    verified = store.verify()

    assert (verified.ok, verified.entries) == (True, 20_000)


def test_words_can_be_erased_and_the_chain_still_holds(store: Store) -> None:
    """A fact keeps a salted digest: the same words twice cannot be told from it, and erased ones cannot be guessed."""
    with store.transaction() as tx:
        first, second = tx.keep_words("Noor is at the dentist"), tx.keep_words("Noor is at the dentist")
        tx.append("m1", 0, [NewFact("rejected", {"why": first}, "priya")], MONDAY)
    assert first != second
    assert store.words(first) == "Noor is at the dentist"

    with store.transaction() as tx:
        assert tx.erase_words(first)
        assert not tx.erase_words(first)

    assert store.words(first) is None
    assert store.words("never kept") is None
    assert store.verify().ok
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT salt, text FROM words WHERE text IS NULL")).one() == (None, None)


def test_words_that_are_no_text_are_kept_as_well_as_they_can_be(store: Store) -> None:
    """Half an emoji from a broken client breaks nothing."""
    with store.transaction() as tx:
        digest = tx.keep_words("no \ud83d way")

    assert store.words(digest) == "no ? way"


def test_inputs_are_kept_once(store: Store) -> None:
    """The digest is of what they say, not of how it was ordered."""
    with store.transaction() as tx:
        first = tx.keep_inputs({"busy": [["09:00", "10:00"]], "people": ["noor"]})
        second = tx.keep_inputs({"people": ["noor"], "busy": [["09:00", "10:00"]]})

    assert first == second
    assert store.inputs(first) == {"busy": [["09:00", "10:00"]], "people": ["noor"]}
    assert store.inputs("never kept") is None


def test_what_json_cannot_say_is_no_fact(store: Store) -> None:
    """A set, a datetime or a NaN in a body is a bug that shows at once, and nothing stays."""
    for body in ({"people": {"noor"}}, {"at": MONDAY}, {"score": float("nan")}):
        with pytest.raises((TypeError, ValueError)), store.transaction() as tx:
            tx.append("m1", 0, [held(["noor"], hour()), NewFact("noted", body)], MONDAY)

    assert store.facts("m1") == []
    assert store.verify().ok
