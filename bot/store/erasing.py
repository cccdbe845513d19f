"""What the database keeps of one person: found, and erased where that breaks neither the chain nor a review under way."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store import tables
from bot.store.reading import Reads, rows_of
from bot.store.transaction import Tx
from bot.store.values import DueItem, Post, SlackUser, StoredFact


@dataclass(frozen=True)
class Somebody:
    """A person as the database may know them. Facts know the `id` alone; the rest helps to find what else is kept."""

    id: str
    slack: frozenset[str] = frozenset()
    email: str | None = None
    name: str | None = None

    def in_text(self, text: str) -> bool:
        """Whether a kept document speaks of them; documents within documents are quoted once more."""
        spoken = [f'"{self.id}"', f'\\"{self.id}\\"', f"{{person:{self.id}}}", self.email, self.name]
        lowered = text.lower()
        return any(each.lower() in lowered for each in spoken if each)


@dataclass(frozen=True)
class Kept:
    """All that the tables have of somebody. Facts stand by reference; `documents` are what searches and drafts rested on."""

    facts: Sequence[StoredFact] = ()
    words: Mapping[str, str | None] = field(default_factory=dict)  # what they wrote, by digest; None: erased
    documents: Mapping[str, Any] = field(default_factory=dict)
    streams: Mapping[str, frozenset[str]] = field(default_factory=dict)  # whose facts name a document, by its digest
    slack: Sequence[SlackUser] = ()
    messages: Sequence[Post] = ()
    acts: Sequence[DueItem] = ()


def kept_of(store: Reads, person: Somebody) -> Kept:
    """Reads the whole ledger and every kept document once."""
    facts, written, named_by = _facts(store, person)
    with store._reading() as connection:
        known = set(
            connection.scalars(sa.select(tables.words.c.digest).where(tables.words.c.digest.in_(sorted(written))))
        )
        documents = dict(_documents(connection, person))
        users = rows_of(connection, SlackUser, sa.select(tables.slack_users))
    slack = [u for u in users if u.id in person.slack or (person.email and _email(u) == person.email.lower())]
    ids = person.slack | {u.id for u in slack}
    return Kept(
        facts=facts,
        words={digest: store.words(digest) for digest in sorted(known)},
        documents=documents,
        streams={digest: frozenset(named_by.get(digest, ())) for digest in documents},
        slack=slack,
        messages=[post for id in sorted(ids) for post in store.posts(channel=id)],
        acts=[item for item in store.due(kind="act") if item.payload.get("user") in ids],
    )


def _email(user: SlackUser) -> str:
    return str(user.body.get("email") or "").lower()


def _facts(store: Reads, person: Somebody) -> tuple[list[StoredFact], set[str], dict[str, set[str]]]:
    """Facts by or about them; every text in what they did, which may be a digest of words; who names which text."""
    facts: list[StoredFact] = []
    written: set[str] = set()
    named_by: dict[str, set[str]] = {}
    for fact in store.ledger():
        digests = {text for text in _texts(fact.body) if len(text) == 64}
        for digest in digests:
            named_by.setdefault(digest, set()).add(fact.stream)
        if fact.actor == person.id:
            written |= digests
        if fact.actor == person.id or any(t == person.id or f"{{person:{person.id}}}" in t for t in _texts(fact.body)):
            facts.append(fact)
    return facts, written, named_by


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for key, each in value.items():
                yield key
                yield from _texts(each)


def _documents(connection: sa.Connection, person: Somebody) -> Iterator[tuple[str, Any]]:
    for digest, packed in connection.execute(sa.select(tables.inputs.c.digest, tables.inputs.c.packed)):
        text = zlib.decompress(packed).decode()
        if person.in_text(text):
            yield digest, json.loads(text)


@dataclass(frozen=True)
class Erased:
    """How much went, and which streams still need what is kept for them."""

    words: int
    documents: int
    slack: int
    acts: int
    still_needed: tuple[str, ...]


def erase(tx: Tx, kept: Kept, now: datetime) -> Erased:
    """Erase what they wrote, what Slack said of them, and the documents of reviews that are over. Facts stay."""
    over = {row.id for row in tx.meetings()} - set(tx.live_ids(now))  # what is no review may still need its documents
    unneeded = {d for d, streams in kept.streams.items() if streams and streams <= over}
    waiting = {s for d, streams in kept.streams.items() if d not in unneeded for s in streams - over}
    return Erased(
        words=sum(tx.erase_words(digest) for digest in kept.words),
        documents=tx.forget_documents(unneeded),
        slack=sum(tx.forget_slack_user(user.id, user.team) for user in kept.slack),
        acts=sum(tx.blank_act(item.key) for item in kept.acts),
        still_needed=tuple(sorted(waiting)),
    )
