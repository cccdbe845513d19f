"""Closures in the ledger: decisions become facts in a stream of each closure's own, with all that they owe, in one transaction."""

from __future__ import annotations

from bot.closing_ports import Closed, ClosureChoice
from bot.core.closure import At, Closure, evolve, folded
from bot.core.closure_facts import STREAM, AnyClosureFact, closure_body, closure_fact_from
from bot.core.closure_owing import closure_owed
from bot.core.refusals import Refusal
from bot.ports import Clock
from bot.store.journal import owe, until_first
from bot.store.store import Store
from bot.store.transaction import Tx
from bot.store.values import NewFact, StoredFact


def closure_entry(stored: StoredFact) -> At:
    fact = closure_fact_from(stored.tag, stored.body, stored.actor)
    return At(version=stored.version, at=stored.at, fact=fact)


class StoredClosureJournal:
    """`bot.closing_ports.ClosureJournal` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def closure(self, closure: str) -> Closure | None:
        return folded(closure, self.closure_history(closure))

    def closure_history(self, closure: str) -> tuple[At, ...]:
        return tuple(map(closure_entry, self._store.facts(STREAM + closure)))

    def closures(self) -> tuple[Closure, ...]:
        ids = sorted(stream.removeprefix(STREAM) for stream in self._store.streams(STREAM))
        return tuple(found for found in map(self.closure, ids) if found is not None)

    def decide_closure(self, closure: str, choice: ClosureChoice) -> Closed | Refusal:
        return until_first(lambda: self._once(closure, choice))

    def _once(self, id: str, choice: ClosureChoice) -> Closed | Refusal:
        with self._store.transaction() as tx:
            before = folded(id, map(closure_entry, tx.facts(STREAM + id)))
            chosen = choice(before)
            if isinstance(chosen, Refusal):
                return chosen
            if not chosen:
                assert before is not None, f"{id}: nothing was chosen for a closure that does not exist"
                return Closed(before, ())
            return self._write(tx, id, before, chosen)

    def _write(self, tx: Tx, id: str, before: Closure | None, chosen: tuple[AnyClosureFact, ...]) -> Closed:
        now, version = self._clock.now(), before.version if before else 0
        new = [NewFact(tag=c.tag, format=c.format, actor=c.by, body=closure_body(c)) for c in chosen]
        tx.append(STREAM + id, version, new, now)
        after = before
        for number, fact in enumerate(chosen, version + 1):
            after = evolve(after, At(version=number, at=now, fact=fact), id)
        assert after is not None
        owe(tx, STREAM + id, closure_owed(after, chosen, now))
        return Closed(after, chosen)
