"""Everything that is kept of one meeting, collected for its audit: facts, inputs, words, messages and deeds."""

from __future__ import annotations

from bot.core import facts as f
from bot.core.audit import ChainEnd, Deed, Entry, Message, Papers, digests_meant, words_meant
from bot.store.reading import Reads
from bot.store.values import DueItem, Post, StoredFact, Verified


def papers_of(store: Reads, meeting: str, verified: Verified) -> Papers | None:
    """None when there is no meeting of that id. `verified`: what reading the whole chain found."""
    entries = tuple(map(_entry, store.facts(meeting)))
    if not entries:
        return None
    return Papers(
        meeting=meeting,
        entries=entries,
        chain=_end(verified),
        documents={digest: store.inputs(digest) for digest in digests_meant(entries)},
        words={digest: store.words(digest) for digest in words_meant(entries)},
        deeds=tuple(map(_deed, store.due(stream=meeting))),
        messages=tuple(map(_message, store.posts(stream=meeting))),
    )


def _entry(stored: StoredFact) -> Entry:
    fact = f.fact_from(stored.tag, stored.body, stored.actor)
    return Entry(seq=stored.seq, version=stored.version, at=stored.at, hash=stored.hash, fact=fact)


def _end(verified: Verified) -> ChainEnd:
    return ChainEnd(
        entries=verified.entries, head=verified.head, whole=verified.ok, first_bad=verified.first_bad, why=verified.why
    )


def _deed(item: DueItem) -> Deed:
    return Deed(
        key=item.key, kind=item.kind, state=item.state, due_at=item.due_at, done_at=item.done_at, failures=item.attempts
    )


def _message(post: Post) -> Message:
    return Message(key=post.key, kind=post.kind, channel=post.channel, ts=post.ts, state=post.state)
