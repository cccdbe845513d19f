"""The chain: each fact is hashed with the one before it, so a rewritten, missing or added line shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from bot.store.tables import canonical, ledger, ledger_head, words
from bot.store.values import Head, NewFact, StoredFact, Verified

BEGINNING = "0" * 64  # what stands before the first fact

_COLUMNS = (
    ledger.c.seq,
    ledger.c.stream,
    ledger.c.version,
    ledger.c.at,
    ledger.c.actor,
    ledger.c.tag,
    ledger.c.format,
    ledger.c.body,
    ledger.c.prev_hash,
    ledger.c.hash,
)


def written(at: datetime) -> str:
    """An instant as the ledger writes it: UTC, always with microseconds."""
    if at.tzinfo is None:
        raise ValueError(f"A fact's instant needs a zone; {at.isoformat()} has none.")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal(seq: int, stream: str, version: int, at: str, actor: str, tag: str, form: int, body: str, prev: str) -> str:
    """The hash of a fact: SHA-256 of the canonical JSON of all it says and of the hash before it. `body` is canonical
    already, so it is set in as it stands."""
    text = (
        f'{{"actor":{_quoted(actor)},"at":"{at}","body":{body},"format":{form},"prev":"{prev}",'
        f'"seq":{seq},"stream":{_quoted(stream)},"tag":{_quoted(tag)},"version":{version}}}'
    )
    return sha256(text.encode()).hexdigest()


_quoted = json.encoder.encode_basestring  # text as canonical JSON: the encoder's own function, without its set-up


def links(head: Head, stream: str, version: int, facts: Iterable[NewFact], at: datetime) -> Iterator[dict[str, Any]]:
    """New facts as rows of the ledger, chained to `head`; `version` is the stream's last."""
    seq, prev = head
    when = written(at)
    for fact in facts:
        seq, version = seq + 1, version + 1
        body = canonical(dict(fact.body))
        digest = seal(seq, stream, version, when, fact.actor, fact.tag, fact.format, body, prev)
        yield {
            "seq": seq,
            "stream": stream,
            "version": version,
            "at": when,
            "actor": fact.actor,
            "tag": fact.tag,
            "format": fact.format,
            "body": body,
            "prev_hash": prev,
            "hash": digest,
        }
        prev = digest


def stored(row: Any) -> StoredFact:
    """A row of the ledger as a fact."""
    at = datetime.fromisoformat(row.at)
    return StoredFact(
        row.seq, row.stream, row.version, at, row.actor, row.tag, row.format, json.loads(row.body), row.hash
    )


def head(connection: sa.Connection, *, lock: bool = False) -> Head:
    """The chain's end. Locking it makes us the only writer until the commit."""
    row = connection.execute(_HEAD_LOCKED if lock else _HEAD).one()
    return Head(row.seq, row.hash)


_HEAD = sa.select(ledger_head.c.seq, ledger_head.c.hash)
_HEAD_LOCKED = _HEAD.with_for_update()  # each is put together once: every transaction begins with it


def verify(connection: sa.Connection) -> Verified:
    """Read the whole ledger once and hold each line against the one before it, then the end against the head."""
    end = _end(connection)
    read = _follow(connection)
    if not read.ok:
        return read
    later = _end(connection)
    if end is None or later is None:
        return _bad(read, read.entries + 1, "the head is missing, or is none that was ever written")
    # Facts may be added while we read: the chain ends no sooner than the first head and no later than the second.
    if read.entries < end.seq:
        return _bad(read, read.entries + 1, f"the last {end.seq - read.entries} entries are missing")
    if read.entries > later.seq:
        return _bad(read, end.seq + 1, "entries were added that the head does not know")
    if not _stands(connection, end):
        return _bad(read, end.seq, "the head does not belong to this chain")
    return read


def _end(connection: sa.Connection) -> Head | None:
    """The head as somebody left it who may have had all rights; None when it is none of ours."""
    try:
        rows = connection.execute(_HEAD).all()
    except sa.exc.DatabaseError as error:
        if _damaged(error):
            return None
        raise
    found = [Head(row.seq, row.hash) for row in rows if type(row.seq) is int and isinstance(row.hash, str)]
    return found[0] if len(rows) == len(found) == 1 else None


def _follow(connection: sa.Connection) -> Verified:
    entries, prev = 0, BEGINNING
    try:
        with _rows(connection) as rows:
            for seq, stream, version, at, actor, tag, form, body, before, digest in rows:
                if seq != entries + 1:
                    return Verified(entries, prev, False, entries + 1, f"entry {entries + 1} is missing")
                if before != prev or digest != _sealed(seq, stream, version, at, actor, tag, form, body, prev):
                    return Verified(entries, prev, False, seq, f"entry {seq} was changed after it was written")
                entries, prev = seq, digest
    except sa.exc.DatabaseError as error:
        if not _damaged(error):
            raise
        return Verified(entries, prev, False, entries + 1, f"entry {entries + 1} cannot be read: the file is damaged")
    return Verified(entries, prev, True)


def _damaged(error: sa.exc.DatabaseError) -> bool:
    """What SQLite says of bytes that it never wrote: text that is no text, pages that are no pages."""
    return any(words in str(error.orig) for words in ("decode to UTF-8", "malformed"))


def _rows(connection: sa.Connection) -> AbstractContextManager[Iterable[Any]]:
    """All lines in order. SQLite gives them one by one by itself, so damage shows at its own line."""
    query = sa.select(*_COLUMNS).order_by(ledger.c.seq)
    if connection.dialect.name == "sqlite":
        return connection.execute(query)
    return connection.execution_options(yield_per=5000).execute(query)


def _sealed(
    seq: Any, stream: Any, version: Any, at: Any, actor: Any, tag: Any, form: Any, body: Any, prev: str
) -> str | None:
    """The hash that a line ought to have; None when it says what no line of ours says. SQLite keeps anything in any
    column: text in place of a number, or an instant of another length, could move what is said from one column to the
    next without changing the whole."""
    if not (type(seq) is int and type(version) is int and type(form) is int):
        return None
    if not (isinstance(stream, str) and isinstance(actor, str) and isinstance(tag, str) and isinstance(at, str)):
        return None
    if len(at) != _STAMP:
        return None
    return seal(seq, stream, version, at, actor, tag, form, body, prev)


_STAMP = len("2026-11-23T09:00:00.000000Z")


def _bad(read: Verified, first_bad: int, why: str) -> Verified:
    return read._replace(ok=False, first_bad=first_bad, why=why)


def _stands(connection: sa.Connection, end: Head) -> bool:
    if end.seq == 0:
        return end.hash == BEGINNING
    return connection.scalar(sa.select(ledger.c.hash).where(ledger.c.seq == end.seq)) == end.hash


def digest_of(salt: str, text: str) -> str:
    """What stands in a fact for what somebody wrote."""
    return sha256(f"{salt}{text}".encode()).hexdigest()


def words_changed(connection: sa.Connection) -> tuple[int, list[str]]:
    """How many of people's words are kept, and the digests of those that are not what was kept. Erased ones are neither."""
    kept = sa.select(words.c.digest, words.c.salt, words.c.text).where(words.c.text.is_not(None))
    rows = connection.execute(kept).all()
    return len(rows), [digest for digest, salt, text in rows if digest != digest_of(str(salt), str(text))]


def vouches(connection: sa.Connection, noted: Head) -> bool:
    """Whether the chain goes through a head that somebody noted. Holds for this ledger only if it was verified too."""
    return _stands(connection, noted)


def place_of(connection: sa.Connection, digest: str) -> int | None:
    """Which entry has that hash, 0 for the beginning; None when none has."""
    if digest == BEGINNING:
        return 0
    return connection.scalar(sa.select(ledger.c.seq).where(ledger.c.hash == digest))
