"""`person`: what is kept of one person, as JSON for them to read; or erased, where nobody needs it any more."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from bot.clock import clock_at
from bot.effects import operator
from bot.settings import Settings, read
from bot.store import Archive, Store, StoredFact
from bot.store.erasing import Kept, Somebody, kept_of
from bot.store.erasing import erase as erase_kept
from bot.store.journal import rows
from bot.workspace import load


def export(id: str, slack: str | None) -> int:
    """Everything, with the facts whole. Reads the database alone and changes nothing."""
    settings = read()
    person = _somebody(settings, id, slack)
    archive = Archive(settings.database)
    try:
        kept = kept_of(archive, person)
    finally:
        archive.close()
    print(json.dumps(_told(person, kept), ensure_ascii=False, indent=2, sort_keys=True, default=str))
    return 0


def erase(id: str, slack: str | None) -> int:
    """What they wrote, what Slack said of them and what ended reviews rested on. The ledger and its chain stay whole."""
    settings = read()
    person = _somebody(settings, id, slack)
    archive = Archive(settings.database)  # there is such a database, and its tables are ours
    archive.close()
    store = Store(settings.database, rows)
    try:
        with store.transaction() as tx:
            gone = erase_kept(tx, kept_of(tx, person), clock_at(settings.readiness_clock_url).now())
    finally:
        store.close()
    print(
        f"{id}, by {operator()}: erased {gone.words} texts, {gone.documents} documents of reviews that are over, {gone.slack} "
        f"copies from Slack, and what was typed with {gone.acts} acts. Facts keep the id {id}."
    )
    if gone.still_needed:
        print(f"Still needed for {', '.join(gone.still_needed)}: erase again when they are over.")
    return 0


def _somebody(settings: Settings, id: str, slack: str | None) -> Somebody:
    """With address, name and Slack id as people.yaml has them, if it still has the person."""
    known = load(settings.readiness_workspace).people.people.get(id)
    if known is None:
        print(
            f"{id} is not in people.yaml: only what is kept under that id is found"
            + ("." if slack else "; add --slack ID for what came from Slack."),
            file=sys.stderr,
        )
        return Somebody(id, frozenset([slack] if slack else []))
    ids = frozenset(each for each in (slack, known.slack) if each)
    return Somebody(id, ids, known.email, known.name)


def _told(person: Somebody, kept: Kept) -> dict[str, Any]:
    return {
        "person": person.id,
        "facts": [_fact(person, fact) for fact in kept.facts],
        "words": dict(kept.words),
        "documents": {
            d: {"streams": sorted(kept.streams[d]), "content": content} for d, content in kept.documents.items()
        },
        "slack": [asdict(user) for user in kept.slack],
        "messages": [{"key": p.key, "kind": p.kind, "channel": p.channel, "ts": p.ts} for p in kept.messages],
        "acts": [
            {"key": i.key, "at": i.created_at, "state": i.state, **{k: i.payload.get(k) for k in ("what", "text", "typed")}}
            for i in kept.acts
        ],
    }  # fmt: skip


def _fact(person: Somebody, fact: StoredFact) -> dict[str, Any]:
    how = "actor" if fact.actor == person.id else "named"
    return {"seq": fact.seq, "stream": fact.stream, "at": fact.at, "tag": fact.tag, "as": how, "body": fact.body}
