"""A ledger of an older version: a search that tells neither its sources nor its policy folds, rebuilds and is audited."""

from __future__ import annotations

from bot.core.auditing import audit_of
from bot.core.facts import Searched, body_of
from bot.store import NewFact, Store
from bot.store.journal import rows
from bot.store.papers import papers_of
from tests.slack.identity_review import SEARCHED, TO_CHOOSING
from tests.store.databases import MONDAY


def test_a_search_without_the_newer_fields_folds_for_ever(url: str) -> None:
    store = Store(url, rows)
    store.migrate()
    facts = [NewFact(tag=fact.tag, body=body_of(fact), actor=fact.by) for _, fact in TO_CHOOSING]
    old = {key: value for key, value in body_of(SEARCHED).items() if key not in ("sources", "policy")}
    facts[-1] = NewFact(tag=SEARCHED.tag, body=old, actor="bot")
    with store.transaction() as tx:
        tx.append("CHG-1042", 0, facts, MONDAY)

    papers = papers_of(store, "CHG-1042", store.verify())
    assert papers is not None
    audit = audit_of(papers, names=True)
    assert audit is not None

    assert store.projections_differ() == []
    assert isinstance(papers.entries[-1].fact, Searched)
    assert (papers.entries[-1].fact.sources, audit.searches[0].outcome, audit.chain.whole) == (None, "viable", True)
    store.close()
