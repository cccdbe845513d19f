"""One write transaction: facts, the tables told from them and what they owe, all or nothing. No network inside."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.span import Span
from bot.store import chain, projections, tables
from bot.store.reading import Reads, clashes_with, facts_of
from bot.store.values import Clash, Due, Head, NewFact, Post, Projector, SlackUser, VersionTaken


class Tx(Reads):
    """What can be written, while nobody else writes. Everything readable is readable here too, with our own changes."""

    def __init__(self, connection: sa.Connection, projector: Projector, head: Head) -> None:
        self._connection = connection
        self._projector = projector
        self._head = head
        self._reading: Callable[[], Any] = self._own  # reads see what this transaction wrote
        self.owed: list[str] = []

    @contextmanager
    def _own(self) -> Iterator[sa.Connection]:
        yield self._connection

    # -- what happened

    def append(self, stream: str, expected_version: int, facts: Sequence[NewFact], at: datetime) -> int:
        """Add facts to a stream that stands at `expected_version` (0: it does not exist yet) and bring its tables up to
        date. Returns the new version. Raises VersionTaken when somebody was faster, ClaimTaken when another meeting
        holds somebody; then nothing of this transaction stays."""
        found = self._version(stream)
        if found != expected_version:
            raise VersionTaken(stream, expected_version, found)
        links = list(chain.links(self._head, stream, found, facts, at))
        if not links:
            return found
        self._connection.execute(sa.insert(tables.ledger), links)
        self._head = Head(links[-1]["seq"], links[-1]["hash"])
        self._connection.execute(sa.update(tables.ledger_head).values(seq=self._head.seq, hash=self._head.hash))
        projections.renew(self._connection, stream, facts_of(self._connection, stream), self._projector)
        return found + len(links)

    def _version(self, stream: str) -> int:
        return self._connection.scalar(_LAST, {"stream": stream}) or 0

    def keep_words(self, text: str) -> str:
        """Keep what somebody wrote, beside the ledger; the digest stands for it in facts. Salted, so that erased words
        cannot be guessed from it."""
        sayable = text.encode("utf-8", "replace").decode()  # a lone half of a surrogate pair is no text
        salt = secrets.token_hex(16)
        digest = chain.digest_of(salt, sayable)
        self._connection.execute(sa.insert(tables.words).values(digest=digest, salt=salt, text=sayable))
        return digest

    def erase_words(self, digest: str) -> bool:
        """Erase what somebody wrote; the chain still holds. False when there was nothing."""
        table = tables.words
        where = (table.c.digest == digest, table.c.text.is_not(None))
        return self._changed(sa.update(table).where(*where).values(salt=None, text=None))

    def keep_inputs(self, inputs: Any) -> str:
        """Keep what a search was given, so that it can be replayed; the same inputs are kept once."""
        text = tables.canonical(inputs).encode()
        digest = sha256(text).hexdigest()
        self._add(tables.inputs, {"digest": digest, "packed": zlib.compress(text)})
        return digest

    # -- who is held

    def clashes(self, people: Collection[str], span: Span, *, except_meeting: str | None = None) -> list[Clash]:
        """Who of these people other meetings hold at that time. Their rows are locked, in sorted order, until the
        transaction ends: an empty answer stays true while facts that hold them are appended."""
        table = tables.claim_people
        names = sorted(set(people))
        for name in names:
            self._add(table, {"person": name})
        locked = sa.select(table.c.person).where(table.c.person.in_(names)).order_by(table.c.person)
        self._connection.execute(locked.with_for_update()).all()
        return clashes_with(self._connection, names, span, except_meeting=except_meeting)

    # -- what is owed

    def owe(self, due: Due) -> bool:
        """Owe an effect or set a deadline. False when that key was owed before, done or not: each is owed once."""
        values = {name: getattr(due, name) for name in ("key", "kind", "stream", "lane", "due_at")}
        row = {**values, "payload": dict(due.payload), "created_at": datetime.now(UTC)}
        new = self._add(tables.due, row)
        if new:
            self.owed.append(due.key)
        return new

    def settle(self, key: str, outcome: str | None = None) -> bool:
        """It is done: say so in the transaction of the facts that tell its result. False when it was not open."""
        return self._close(key, "done", outcome)

    def withdraw(self, key: str) -> bool:
        """It is no longer needed, a deadline for instance. False when it was not open."""
        return self._close(key, "withdrawn", None)

    def reopen(self, key: str) -> bool:
        """A person asks for what failed to be tried again. False when it had not failed."""
        table = tables.due
        fresh = {
            "state": "open",
            "attempts": 0,
            "crashes": 0,
            "takeovers": 0,
            "not_before": None,
            "done_at": None,
        }
        again = self._changed(sa.update(table).where(table.c.key == key, table.c.state == "failed").values(**fresh))
        if again:
            self.owed.append(key)
        return again

    def hasten(self, key: str) -> bool:
        """A person asks that it be tried now, not when its back-off is over. False when it is under way or done."""
        table = tables.due
        waits = (table.c.key == key, table.c.state == "open", table.c.started.is_(None))
        sooner = self._changed(sa.update(table).where(*waits).values(not_before=None))
        if sooner:
            self.owed.append(key)
        return sooner

    def call_off(self, key: str, outcome: str) -> bool:
        """A person decides that it will not be done. False when it is under way, done or called off."""
        table = tables.due
        rests = (table.c.key == key, table.c.state.in_(("open", "failed")), table.c.started.is_(None))
        off = {"state": "withdrawn", "outcome": outcome, "done_at": datetime.now(UTC)}
        return self._changed(sa.update(table).where(*rests).values(**off))

    def _close(self, key: str, state: str, outcome: str | None) -> bool:
        table = tables.due
        closed = sa.update(table).where(table.c.key == key, table.c.state == "open")
        return self._changed(closed.values(state=state, outcome=outcome, done_at=datetime.now(UTC)))

    # -- what Slack hears and says

    def intend(self, post: Post) -> Post:
        """Record a message before it is sent. The same key again gives what is recorded, changed in nothing."""
        self._add(tables.posts, {name: getattr(post, name) for name in post.__dataclass_fields__})
        recorded = self.post(post.key)
        assert recorded is not None
        return recorded

    def want(self, key: str) -> int:
        """The message's content changed: the revision that Slack should come to show."""
        table = tables.posts
        self._connection.execute(sa.update(table).where(table.c.key == key).values(wanted=table.c.wanted + 1))
        wanted: int = self._connection.scalars(sa.select(table.c.wanted).where(table.c.key == key)).one()
        return wanted

    def sending(self, key: str) -> None:
        """It is about to be sent for the first time: after a crash it is looked up before it is ever sent again."""
        self._connection.execute(_SENDING, {"its_key": key})

    def sent(self, key: str, ts: str, revision: int) -> None:
        """Slack has it, as of that revision."""
        record_sent(self._connection, key, ts, revision)

    def post_gone(self, key: str) -> None:
        """Somebody deleted the message in Slack: it is not updated any more."""
        self._connection.execute(_OF_POST, {"its_key": key, "state": "gone"})

    def first_time(self, key: str, at: datetime | None = None) -> bool:
        """Whether this delivery is new to us; from now on it is not."""
        return self._add(tables.inbound, {"key": key, "at": at or datetime.now(UTC)})

    def keep_slack_user(self, user: SlackUser) -> None:
        """Keep a dated copy of what Slack said of a user."""
        table = tables.slack_users
        self._connection.execute(sa.delete(table).where(table.c.id == user.id, table.c.team == user.team))
        values = {"id": user.id, "team": user.team, "body": user.body, "seen_at": user.seen_at}
        self._connection.execute(sa.insert(table).values(**values))

    # -- what is forgotten, beside the ledger

    def forget_documents(self, digests: Collection[str]) -> int:
        """Documents that searches rested on: their digests stay in the facts. Returns how many were there."""
        table = tables.inputs
        return self._connection.execute(sa.delete(table).where(table.c.digest.in_(sorted(digests)))).rowcount

    def forget_slack_user(self, id: str, team: str) -> bool:
        table = tables.slack_users
        return self._changed(sa.delete(table).where(table.c.id == id, table.c.team == team))

    def blank_act(self, key: str) -> bool:
        """What somebody typed with an act that is done. False when it is not done yet, or nothing was typed."""
        table = tables.due
        [item] = self.due(key=key)
        blank = {**item.payload, "text": "", "typed": {}}
        if item.state == "open" or blank == item.payload:
            return False
        return self._changed(sa.update(table).where(table.c.key == key).values(payload=blank))

    # --

    def _add(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert unless a row with one of its unique keys is there."""
        return self._changed(_insertion(table, self._connection.dialect.name), row)

    def _changed(self, statement: sa.UpdateBase, values: Mapping[str, Any] | None = None) -> bool:
        return self._connection.execute(statement, values).rowcount == 1


def record_sent(connection: sa.Connection, key: str, ts: str, revision: int) -> None:
    """Slack has the message, as of that revision."""
    connection.execute(_OF_POST, {"its_key": key, "state": "sent", "ts": ts, "posted": revision})


@cache
def _insertion(table: sa.Table, dialect: str) -> sa.Insert:
    """Put together once for each table: that takes longer than the insert."""
    kind = sqlite if dialect == "sqlite" else postgresql
    insert: sa.Insert = kind.insert(table).on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    return insert


_SENDING = (
    sa.update(tables.posts)
    .where(tables.posts.c.key == sa.bindparam("its_key"))
    .values(state="sending", sendings=tables.posts.c.sendings + 1)
)
_OF_POST = sa.update(tables.posts).where(tables.posts.c.key == sa.bindparam("its_key"))
_LAST = sa.select(sa.func.max(tables.ledger.c.version)).where(tables.ledger.c.stream == sa.bindparam("stream"))
