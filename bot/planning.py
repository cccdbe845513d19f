"""`plan`: a search from the files alone, for people and for programs; nothing is written, nothing is held."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters import Adapters, Folder, adapters
from bot.core.people import Availability, Person
from bot.core.plan import exit_code, plan_bytes
from bot.core.plan_text import plan_text
from bot.core.record import Record
from bot.core.search import Found, Problem, reading, search
from bot.core.span import Span
from bot.flows.world import merge, unknown
from bot.picture import picture
from bot.ports import Failure
from bot.settings import read

BAD_INPUT = 2


class PlanError(Exception):
    """Bad input: one line that says what is wrong, where, and what to do."""


def instant(text: str | None) -> datetime:
    """`--now`: ISO 8601 with an offset or `Z`; without it, this moment."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None:
        raise PlanError(
            f"--now: “{text}” is no instant. Write ISO 8601 with an offset or Z, such as 2026-11-30T15:00:00Z."
        )
    return found


def plan(record_id: str, workspace: Path, now: datetime) -> Found:
    """The search for one record. Calendars of providers that the environment does not configure are unknown, and said.
    Raises WorkspaceError and LookupError for files, PlanError for what else is wrong."""
    folder = Folder(workspace)
    organised = folder.current()
    record = organised.workspace.record(record_id)
    kind = organised.policy.kinds[record.kind]
    _no_remote_rotas(folder, record)
    ahead = reading(record, kind, organised.policy, organised.people, now)
    availability: dict[str, Availability] = {}
    if ahead.span is not None:
        people = [organised.people.people[p] for p in ahead.people]
        availability = _read(folder, people, ahead.span, record.id)
    return search(Problem(record, kind, organised.policy, organised.people, organised.entries, now, availability))


def _no_remote_rotas(folder: Folder, record: Record) -> None:
    rotas = folder.current().people.rotas
    for role, named in record.roles.items():
        rota = rotas.get(named.rota or "")
        if rota is not None and rota.remote is not None:
            raise PlanError(
                f"people.yaml: who is on call in {rota.id} ({role} of {record.id}) is known to {rota.remote[0]} alone, which "
                "cannot be asked here. Nothing was searched. Write its shifts into people.yaml."
            )


def _read(folder: Folder, people: list[Person], span: Span, record: str) -> dict[str, Availability]:
    """Everybody's free-busy: files exactly as their owner's, the others through whatever is configured."""
    with tempfile.TemporaryDirectory() as data:
        connected = adapters(read({"readiness_data": Path(data)}), folder)
        try:
            remote = _remote(connected, people, span)
            return {p.id: merge([_part(connected, p, i, remote, span, record) for i in range(len(p.calendars))], span)
                    for p in people}  # fmt: skip
        finally:
            connected.close()


def _part(
    connected: Adapters,
    person: Person,
    index: int,
    remote: dict[tuple[str, str], Availability],
    span: Span,
    record: str,
) -> Availability:
    ref = person.calendars[index]
    if ref.provider == "files":
        return connected.files.availability(ref.id, person.time_zone, span, record)
    return remote.get((ref.provider, ref.id), unknown(span))


def _remote(connected: Adapters, people: list[Person], span: Span) -> dict[tuple[str, str], Availability]:
    wanted: dict[str, list[str]] = {}
    for ref in dict.fromkeys(ref for person in people for ref in person.calendars):
        if ref.provider not in ("files", "none"):
            wanted.setdefault(ref.provider, []).append(ref.id)
    found: dict[tuple[str, str], Availability] = {}
    for provider, ids in wanted.items():
        calendar = connected.calendars.get(provider)
        if calendar is None:
            print(f"{provider}: not configured here, so {len(ids)} calendar(s) count as unknown.", file=sys.stderr)
            continue
        try:
            found |= {(provider, i): a for i, a in calendar.free_busy(ids, span).items()}
        except Failure as failure:
            print(f"{provider}: {failure} Its calendars count as unknown.", file=sys.stderr)
    return found


def command(
    record_id: str, workspace: Path, now: str | None, as_json: bool, drawn: Path | None = None, names: bool = False
) -> int:
    """The command line's `plan`: prints (and draws, where it is told to), and returns the exit code. Raises what `plan`
    raises."""
    try:
        found = plan(record_id, workspace, instant(now))
        printed = plan_bytes(found) if as_json else plan_text(found)
        if drawn is not None:
            _draw(found, drawn, names)
    except OverflowError:
        raise PlanError(
            f"records/{record_id}.yaml: this record's instants (or --now) lead out of the years 1 to 9999; "
            "write the years that are meant."
        ) from None
    if isinstance(printed, bytes):
        sys.stdout.buffer.write(printed)
        sys.stdout.buffer.flush()
    else:
        print(printed)
    return exit_code(found)


def _draw(found: Found, file: Path, names: bool) -> None:
    """The search as a PNG. Said on the error stream, so that what is printed stays what it was."""
    shown = picture(found, names)
    if shown is None:
        print(f"Nothing was searched, so there is nothing to draw: {file} was not written.", file=sys.stderr)
        return
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as made:  # for its owner alone
            made.write(shown.png)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise PlanError(
            f"--picture {file}: it cannot be written ({why}). The search is not printed either; name another file."
        ) from None
    print(f"{file}: {shown.alt}", file=sys.stderr)
