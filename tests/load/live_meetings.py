"""A database in which thousands of meetings are under way already: their facts, written by the store, before the bot starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core import facts as f
from bot.core.people import Availability
from bot.core.policy import Policy
from bot.core.search import Problem, search
from bot.core.span import Span
from bot.flows.searching import Resting, _problems, told
from bot.flows.world import Snapshot
from bot.store import NewFact, Store
from bot.store.transaction import Tx
from bot.workspace import Workspace, load
from tests.load.office import TEAMS, Office, channel, crew, record_of

CONFIRMED_ONE_IN = 5  # the others wait for somebody to choose
_AT_ONCE = 200


def fill(store: Store, office: Office, meetings: int) -> None:
    """Four in five have offers that nobody has chosen from; one in five was confirmed, and its time has come and gone."""
    workspace = load(office.folder / "workspace")
    store.migrate()
    found: dict[int, f.Searched] = {}
    for numbers in _batches(meetings):
        with store.transaction() as tx:
            policy = tx.keep_inputs(workspace.policy.model_dump_json())
            for number in numbers:
                of_crew = number % TEAMS
                if of_crew not in found:
                    found[of_crew] = _searched(tx, workspace, of_crew, office, policy)
                facts = _facts(number, found[of_crew], workspace.policy, policy, office)
                new = [NewFact(tag=fact.tag, format=fact.format, actor=fact.by, body=f.body_of(fact)) for fact in facts]
                tx.append(f"OLD-{number}", 0, new, office.now - timedelta(hours=2))


def _batches(count: int) -> Iterator[range]:
    return (range(first, min(first + _AT_ONCE, count)) for first in range(0, count, _AT_ONCE))


def _searched(tx: Tx, workspace: Workspace, number: int, office: Office, policy: str) -> f.Searched:
    """A true search for a record of that crew, with nobody busy: what the bot itself would have kept."""
    record, people, now = workspace.record(record_of(number)), crew(number)[1:], office.now - timedelta(hours=2)
    kind = workspace.policy.kinds[record.kind]
    free = {p: Availability((), ()) for p in people}
    problem = Problem(record, kind, workspace.policy, workspace.people, (), now, free)
    resting = Resting(tx.keep_inputs(_problems.dump_json(problem).decode()), None, policy)
    return told(search(problem), 1, Snapshot(free, now, len(people), ()), resting)


def _facts(number: int, searched: f.Searched, policy: Policy, digest: str, office: Office) -> list[f.AnyFact]:
    owner, *seats = crew(number)
    kind = policy.kinds["release-readiness"]
    requested = f.Requested(
        by=owner, record=f"OLD-{number}", kind=kind.id, title=kind.title, record_title=f"A change of long ago, {number}",
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
