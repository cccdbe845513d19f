"""An organisation's folder of YAML: its policy, its people, its release calendar, its records and calendar files."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from bot.core.closing_plan import ClosingPlan
from bot.core.people import Directory, Weekly
from bot.core.policy import Policy
from bot.core.record import Record
from bot.core.release_calendar import ReleaseCalendar
from bot.workspace_closing import closing_plan
from bot.workspace_files import is_id, read_inside
from bot.workspace_people import directory
from bot.workspace_policy import policy
from bot.workspace_problems import NoSuchRecord, Problem, WorkspaceError, did_you_mean, quoted
from bot.workspace_reading import Place, Unreadable
from bot.workspace_records import record
from bot.workspace_releases import release_calendar
from bot.workspace_yaml import Node, read_yaml

__all__ = ["NoSuchRecord", "Problem", "Workspace", "WorkspaceError", "WorkspaceFolder", "load", "survey"]

POLICY, PEOPLE, RELEASES = "policy.yaml", "people.yaml", "release-calendar.yaml"

T = TypeVar("T")


@dataclass(frozen=True)
class Workspace:
    """The files as they were read. Records and calendar files are opened when they are asked for.

    `policy_digest` names the policy's content, whatever its comments and layout; `digests` the bytes of each file read.
    """

    root: Path
    policy: Policy
    people: Directory
    release_calendar: ReleaseCalendar
    policy_digest: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)

    def record(self, record_id: str) -> Record:
        """Raises NoSuchRecord when there is none, WorkspaceError when it cannot be understood."""
        problems: list[Problem] = []
        found = read_record(self.root, record_id, problems, self.policy, self.people)
        if problems or found is None:
            raise WorkspaceError(in_file_order(problems))
        return found

    def record_ids(self) -> tuple[str, ...]:
        """Every record that has a file, in order. Files whose names are no ids are not records."""
        return tuple(
            name.removesuffix(".yaml") for name in record_files(self.root) if is_id(name.removesuffix(".yaml"))
        )

    def closure(self, closure_id: str) -> ClosingPlan:
        """Raises NoSuchRecord when there is none, WorkspaceError when it cannot be understood."""
        problems: list[Problem] = []
        found = read_closure(self.root, closure_id, problems, self.policy, self.people)
        if problems or found is None:
            raise WorkspaceError(in_file_order(problems))
        return found

    def closure_ids(self) -> tuple[str, ...]:
        """Every closure that has a file, in order."""
        names = (name.removesuffix(".yaml") for name in record_files(self.root, "closures"))
        return tuple(name for name in names if is_id(name))

    def calendar_file(self, calendar_id: str) -> bytes | None:
        """The bytes of calendars/ID.ics; None when there is no such file, or none that may be read."""
        if not is_id(calendar_id):
            return None
        try:
            return read_inside(self.root, f"calendars/{calendar_id}.ics")
        except WorkspaceError:
            return None


@dataclass(frozen=True)
class Survey:
    """All that could be read, and everything that is wrong. What could not be read is None."""

    workspace: Workspace
    problems: tuple[Problem, ...]
    policy: Policy | None
    people: Directory | None


def load(path: Path | str) -> Workspace:
    """The workspace in that folder. Raises WorkspaceError with every problem of its three main files."""
    found = survey(Path(path))
    if found.problems:
        raise WorkspaceError(found.problems)
    return found.workspace


def survey(root: Path) -> Survey:
    """Read on after a mistake, so that all of them can be told at once."""
    reading = _Reading(root)
    rules = reading.file(POLICY, policy)
    zone, hours = (rules.time_zone, rules.working_hours) if rules else ("UTC", Weekly())
    people = reading.file(PEOPLE, lambda at: directory(at, zone, hours))
    releases = ReleaseCalendar()
    if rules.release_calendar == "files" if rules else (root / RELEASES).exists():
        releases = reading.file(RELEASES, lambda at: release_calendar(at, zone)) or releases
    workspace = Workspace(
        root=root,
        policy=rules or _NO_POLICY,
        people=people or Directory(people={}),
        release_calendar=releases,
        policy_digest=_digest(reading.nodes.get(POLICY)),
        digests=reading.digests,
    )
    return Survey(workspace, tuple(reading.problems), rules, people)


_NO_POLICY = Policy.model_construct(kinds={}, time_zone="UTC")


class _Reading:
    """One pass over the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.nodes: dict[str, Node] = {}
        self.digests: dict[str, str] = {}

    def file(self, name: str, how: Callable[[Place], T]) -> T | None:
        told = len(self.problems)
        found = self._read(name, how)
        self.problems[told:] = in_file_order(self.problems[told:])
        return found

    def _read(self, name: str, how: Callable[[Place], T]) -> T | None:
        try:
            content = read_inside(self.root, name)
            if content is None:
                self.problems.append(_missing(self.root, name))
                return None
            self.digests[name] = hashlib.sha256(content).hexdigest()
            self.nodes[name] = read_yaml(name, content)
            return how(Place(name, "", self.nodes[name], self.problems))
        except WorkspaceError as error:
            self.problems.extend(error.problems)
        except Unreadable:
            pass  # said already
        return None


def _missing(root: Path, name: str) -> Problem:
    if not root.is_dir():
        return Problem(
            name, 0, "", f"cannot be read: there is no folder {quoted(str(root))}; give the workspace's path"
        )
    if name == RELEASES:
        return Problem(name, 0, "", "is missing; add it, or write release_calendar: none in policy.yaml")
    return Problem(name, 0, "", "is missing; add it to the workspace")


def in_file_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)


def _digest(node: Node | None) -> str:
    """The first twelve digits of the content's SHA-256; order counts, for it is the order of roles."""
    if node is None:
        return ""
    canonical = json.dumps(node.plain, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def record_files(root: Path, below: str = "records") -> tuple[str, ...]:
    """The names of the YAML files under records/ (or closures/), in order. Raises WorkspaceError when it leads outside."""
    folder = root / below
    if not folder.is_dir():
        return ()
    if not folder.resolve().is_relative_to(root.resolve()):
        raise WorkspaceError(
            [Problem(below, 0, "", "is a link that leads out of the workspace; put the folder itself here")]
        )
    return tuple(sorted(name for name in os.listdir(folder) if name.endswith(".yaml") and not name.startswith(".")))


def read_record(
    root: Path, record_id: str, problems: list[Problem], rules: Policy | None, people: Directory | None
) -> Record | None:
    """One record; complaints go to `problems`. Raises NoSuchRecord, or WorkspaceError when it cannot be read at all."""
    if not is_id(record_id):
        message = f"{quoted(record_id)} is not a record's id; ids are letters, digits, dots, dashes and underscores"
        raise NoSuchRecord([Problem("records", 0, "", message)])
    name = f"records/{record_id}.yaml"
    content = read_inside(root, name)
    if content is None or not _spelt_so(root, record_id):
        raise NoSuchRecord([Problem(name, 0, "", f"there is no such record{_like(root, record_id)}")])
    place = Place(name, "", _record_yaml(name, content), problems)
    try:
        return record(place, record_id, rules.kinds if rules else None, people.customers if people else None)
    except Unreadable:
        return None


# A command reads its record when it is heard and again when it is searched for; the same bytes say the same.
_record_yaml = lru_cache(maxsize=16)(read_yaml)


def read_closure(
    root: Path, closure_id: str, problems: list[Problem], rules: Policy | None, people: Directory | None
) -> ClosingPlan | None:
    """One closure; complaints go to `problems`. Raises NoSuchRecord, or WorkspaceError when it cannot be read at all."""
    if not is_id(closure_id):
        message = f"{quoted(closure_id)} is not a closure's id; ids are letters, digits, dots, dashes and underscores"
        raise NoSuchRecord([Problem("closures", 0, "", message)])
    name = f"closures/{closure_id}.yaml"
    content = read_inside(root, name)
    if content is None or not _spelt_so(root, closure_id, "closures"):
        message = f"there is no such closure{_like(root, closure_id, 'closures')}"
        raise NoSuchRecord([Problem(name, 0, "", message)])
    place = Place(name, "", read_yaml(name, content), problems)
    if rules is not None and rules.closure is None:
        place.complain("policy.yaml has no closure section; add one, or remove this file")
    try:
        return closing_plan(place, closure_id, rules.closure if rules else None, people.people if people else None)
    except Unreadable:
        return None


def _spelt_so(root: Path, record_id: str, below: str = "records") -> bool:
    """Some file systems open `chg-1.yaml` for `CHG-1`; the id is what the file is called."""
    return f"{record_id}.yaml" in record_files(root, below)


def _like(root: Path, record_id: str, below: str = "records") -> str:
    known = [name.removesuffix(".yaml") for name in record_files(root, below)]
    same = next((word for word in known if word.lower() == record_id.lower()), None)
    return f"; did you mean {quoted(same)}?" if same else did_you_mean(record_id, known)


class WorkspaceFolder:
    """The workspace as it is now. A broken edit keeps the last good one, and is told in `trouble`. Thread-safe."""

    def __init__(self, path: Path | str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = Path(path)
        self.trouble: WorkspaceError | None = None
        self.troubled_since: datetime | None = None  # when we first saw that the last edit cannot be read
        self._now = now
        self._lock = threading.Lock()
        self._good: Workspace | None = None
        self._seen: tuple[object, ...] | None = None

    def current(self) -> Workspace:
        """Read again when a file's time or size changed. Raises WorkspaceError when it never was good."""
        with self._lock:
            seen = tuple(self._stamp(name) for name in (POLICY, PEOPLE, RELEASES))
            if seen != self._seen:
                self._read()
                self._seen = seen
            if self._good is None:
                assert self.trouble is not None
                raise self.trouble
            return self._good

    def _read(self) -> None:
        try:
            self._good, self.trouble, self.troubled_since = load(self.path), None, None
        except WorkspaceError as error:
            self.trouble = error
            if self._good is not None:
                self.troubled_since = self.troubled_since or self._now()

    def _stamp(self, name: str) -> tuple[int, int, int] | None:
        try:
            found = (self.path / name).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
