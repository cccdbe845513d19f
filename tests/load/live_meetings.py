"""A database in which thousands of meetings are under way already: their facts, written by the store, before the bot starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from bot.core import facts as f
from bot.core.inputs import kept_from
from bot.core.people import Availability
from bot.core.policy import Policy
from bot.core.search import Problem, search
from bot.core.span import Span
from bot.flows.searching import Resting, told
from bot.flows.world import Snapshot
from bot.store import Head, NewFact, Store, chain, projections, tables
from bot.store.journal import rows
from bot.store.transaction import Tx
from bot.workspace import Workspace, load
from tests.load.office import TEAMS, Office, channel, crew, record_of

CONFIRMED_ONE_IN = 5  # the others wait for somebody to choose
_AT_ONCE = 1000
OLD = "OLD-"  # how their ids begin: nobody asks for one of them while it is counted


def fill(store: Store, office: Office, meetings: int) -> None:
    """Four in five have offers that nobody has chosen from; one in five was confirmed, and its time has come and gone."""
    workspace = load(office.folder / "workspace")
    store.migrate()
    with store.transaction() as tx:
        policy = tx.keep_inputs(workspace.policy.model_dump_json())
        found = [_searched(tx, workspace, of_crew, office, policy) for of_crew in range(TEAMS)]
    for first in range(0, meetings, _AT_ONCE):
        with store.transaction() as tx:
            _write(tx, office, [
                (f"{OLD}{n}", _facts(n, found[n % TEAMS], workspace.policy, policy, office))
                for n in range(first, min(first + _AT_ONCE, meetings))
            ])  # fmt: skip


def _write(tx: Tx, office: Office, streams: Sequence[tuple[str, Sequence[f.AnyFact]]]) -> None:
    """As `Tx.append` writes them, many streams with one statement for each table."""
    at, head, links, told = office.now - timedelta(hours=2), tx._head, [], []
    for stream, facts in streams:
        new = [NewFact(tag=fact.tag, format=fact.format, actor=fact.by, body=_body(fact)) for fact in facts]
        linked = list(chain.links(head, stream, 0, new, at))
        head = Head(linked[-1]["seq"], linked[-1]["hash"])
        links += linked
        told.append(projections.told(stream, [chain.stored(SimpleNamespace(**link)) for link in linked], rows))
    tx._connection.execute(sa.insert(tables.ledger), links)
    tx._connection.execute(sa.update(tables.ledger_head).values(seq=head.seq, hash=head.hash))
    projections._write(tx._connection, tables.meetings, [row for meetings, _, _ in told for row in meetings])
    projections._write(tx._connection, tables.claims, [row for _, _, claims in told for row in claims])
    tx._head = head


_bodies: dict[int, dict[str, Any]] = {}


def _body(fact: f.AnyFact) -> dict[str, Any]:
    """Of a search, which is large, once for all meetings of a crew."""
    if not isinstance(fact, f.Searched):
        return f.body_of(fact)
    if id(fact) not in _bodies:
        _bodies[id(fact)] = f.body_of(fact)
    return _bodies[id(fact)]


def _searched(tx: Tx, workspace: Workspace, number: int, office: Office, policy: str) -> f.Searched:
    """A true search for a record of that crew, with nobody busy: what the bot itself would have kept."""
    record, people, now = workspace.record(record_of(number)), crew(number)[1:], office.now - timedelta(hours=2)
    kind = workspace.policy.kinds[record.kind]
    free = {p: Availability((), ()) for p in people}
    problem = Problem(record, kind, workspace.policy, workspace.people, (), now, free)
    resting = Resting(tx.keep_inputs(kept_from(problem)), None, policy)
    return told(search(problem), 1, Snapshot(free, now, len(people), ()), resting)


def _facts(number: int, searched: f.Searched, policy: Policy, digest: str, office: Office) -> list[f.AnyFact]:
    owner, *seats = crew(number)
    kind = policy.kinds["release-readiness"]
    requested = f.Requested(
        by=owner, record=f"{OLD}{number}", kind=kind.id, title=kind.title, record_title=f"A change of long ago, {number}",
        owner=owner, channel=channel(number % office.channels), policy=digest, confirmers=(owner, seats[0]),
    )  # fmt: skip
    begun: list[f.AnyFact] = [requested, f.SearchStarted(search=1), searched]
    return [*begun, *_confirmed(number, searched, office)] if number % CONFIRMED_ONE_IN == 0 else begun


def _confirmed(number: int, searched: f.Searched, office: Office) -> list[f.AnyFact]:
    """Each crew has one such meeting an hour, further and further back."""
    start = office.now - timedelta(hours=number // TEAMS + 5)
    slot = searched.offers[0].model_copy(update={"span": Span(start, start + timedelta(minutes=45))})
    owner = crew(number)[0]
    unheld = tuple((p, "a feed") for p in slot.people)
    return [
        f.SlotChosen(by=owner, set=1, slot=slot, planned=(), not_held=unheld, expires_at=start, draft=""),
        f.SlotHeld(set=1, placed=()),
        f.Approved(by=owner, set=1),
        f.Confirmed(set=1, event_id=f"old{number}", invite=f"old-{number}", invited=slot.people),
        f.SlotEnded(set=1, why="confirmed"),
        f.HoldsGone(set=1),
    ]
