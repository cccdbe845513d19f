"""`policy check`: everything that is wrong with an organisation's files, and what is right but will be regretted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.core.people import Directory
from bot.core.policy import Kind, Policy
from bot.core.record import Record
from bot.workspace import (
    Problem,
    Survey,
    WorkspaceError,
    in_file_order,
    read_closure,
    read_record,
    record_files,
    survey,
)
from bot.workspace_files import is_id

FINE, BAD_INPUT = 0, 2


def policy_check(folder: Path | str) -> tuple[tuple[str, ...], int]:
    """One line for each error and each warning, a last one that sums up; and the exit code: 2 when there are errors."""
    found = survey(Path(folder))
    records, problems = _records(Path(folder), found)
    problems = [*found.problems, *problems, *_closures(Path(folder), found)]
    warnings = list(_warnings(found, records))
    lines = [*map(str, problems), *(f"warning: {warning}" for warning in warnings)]
    counted = f"{_count(len(problems), 'error')}, {_count(len(warnings), 'warning')}"
    lines.append(f"{counted} in the workspace with {_count(len(records), 'readable record')}")
    return tuple(lines), BAD_INPUT if problems else FINE


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _records(root: Path, found: Survey) -> tuple[list[Record], list[Problem]]:
    """Every record that can be read, and what is wrong with the others."""
    records: list[Record] = []
    problems: list[Problem] = []
    try:
        names = record_files(root)
    except WorkspaceError as error:
        return [], list(error.problems)
    for name in names:
        if not is_id(name.removesuffix(".yaml")):
            message = "is not named by an id; rename it to letters, digits, dots, dashes and underscores"
            problems.append(Problem(f"records/{ascii(name)[1:-1]}", 0, "", message))
            continue
        complaints: list[Problem] = []
        record = None
        try:
            record = read_record(root, name.removesuffix(".yaml"), complaints, found.policy, found.people)
        except WorkspaceError as error:
            complaints.extend(error.problems)
        problems.extend(in_file_order(complaints))
        if record and not complaints:
            records.append(record)
    return records, problems


def _closures(root: Path, found: Survey) -> list[Problem]:
    """What is wrong with the files under closures/."""
    problems: list[Problem] = []
    try:
        names = record_files(root, "closures")
    except WorkspaceError as error:
        return list(error.problems)
    for name in names:
        complaints: list[Problem] = []
        try:
            read_closure(root, name.removesuffix(".yaml"), complaints, found.policy, found.people)
        except WorkspaceError as error:
            complaints.extend(error.problems)
        problems.extend(in_file_order(complaints))
    return problems


def _warnings(found: Survey, records: Sequence[Record]) -> Iterator[str]:
    if found.people:
        yield from _unconfirmed_confirmers(found.people)
        yield from _addresses_of_feeds(found.people)
    if not found.policy or not found.people:
        return
    for record in records:
        yield from _strangers(record, found.people)
    for kind in found.policy.kinds.values():
        governed = [record for record in records if record.kind == kind.id]
        for decision, names in decisions(kind).items():
            yield from _lonely(found.policy, found.people, kind, governed, decision, names)


def _unconfirmed_confirmers(people: Directory) -> Iterator[str]:
    """An authority that nobody here stands behind."""
    for person in people.people.values():
        for delegate in person.delegates:
            if delegate.confirmed_by and delegate.confirmed_by not in people.people:
                yield (
                    f"people.yaml: {person.id}'s delegate {delegate.person} is confirmed by "
                    f"{delegate.confirmed_by!a}, who is not in people.yaml"
                )


def _addresses_of_feeds(people: Directory) -> Iterator[str]:
    """A key in a file that is kept in git. It is not printed either."""
    for person in people.people.values():
        if any(ref.provider == "ics" and "://" in ref.id for ref in person.calendars):
            yield (
                f"people.yaml: {person.id}'s feed stands here with its address, and whoever has that can read the calendar; "
                "write a name here and the address into READINESS_FEEDS (it is not read from here)"
            )


def _strangers(record: Record, people: Directory) -> Iterator[str]:
    """Legal, but nothing can be searched or decided with them."""
    where = f"records/{record.id}.yaml"
    for role, named in record.roles.items():
        for person in named.people:
            if person not in people.people:
                yield f"{where}: roles.{role}: {person} is not in people.yaml; the record is incomplete"
        if named.rota and named.rota not in people.rotas:
            yield f"{where}: roles.{role}: people.yaml has no rota {named.rota}; the record is incomplete"
    for person in dict.fromkeys([record.owner, *(p for able in record.deciders.values() for p in able)]):
        if person not in people.people:
            yield f"{where}: {person} may decide but is not in people.yaml"


def decisions(kind: Kind) -> Mapping[str, tuple[str, ...]]:
    """Each decision of a kind, and the names (roles of the record, or teams) that may take it."""
    found = {"confirmed_by": kind.confirmed_by}
    if kind.substitutes_approved_by:
        found["substitutes_approved_by"] = kind.substitutes_approved_by
    for name, rule in kind.rules.items():
        if rule.strength == "exception":
            found[f"rules.{name}"] = rule.approvers
    if kind.escalation_to:
        found["escalation.to"] = (kind.escalation_to,)
    return found


def _lonely(
    policy: Policy,
    people: Directory,
    kind: Kind,
    records: Sequence[Record],
    decision: str,
    names: Sequence[str],
) -> Iterator[str]:
    """Where one person, or nobody, could take the decision: told for each record; without records, from teams alone."""
    where = f"policy.yaml: kinds.{kind.id}.{decision}"
    for record in records:
        able = deciders(names, record, people)
        if able is not None and len(able) < 2:
            yield f"{where}: for {record.id} {_who(able)} ({', '.join(names)}); {_ADVICE}"
    if not records and all(name in people.teams for name in names):
        able = tuple(dict.fromkeys(p for name in names for p in people.teams[name].members))
        if len(able) < 2:
            yield f"{where}: {_who(able)} ({', '.join(names)}); {_ADVICE}"


_ADVICE = "name a second role or a team, so that an absence does not stop the review"


def _who(able: Sequence[str]) -> str:
    return f"only {able[0]} can decide" if able else "nobody can decide"


def deciders(names: Sequence[str], record: Record, people: Directory) -> tuple[str, ...] | None:
    """Who of people.yaml may decide for this record; None where a remote rota would have to be asked."""
    found: dict[str, None] = {}
    for name in names:
        if name == "release_owner":
            found[record.owner] = None
        named = record.roles.get(name)
        found.update(dict.fromkeys(named.people if named else ()))
        if named and named.rota:
            rota = people.rotas.get(named.rota)
            if rota and rota.remote:
                return None
            found.update(dict.fromkeys(shift.person for shift in rota.shifts) if rota else {})
        found.update(dict.fromkeys(record.deciders.get(name, ())))
        found.update(dict.fromkeys(people.teams[name].members if name in people.teams else ()))
    return tuple(person for person in found if person in people.people)
