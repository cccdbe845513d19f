"""closures/ID.yaml and the policy's `closure` section: which record governs a release's review, and where its bookkeeping lies."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from bot.core.closing_plan import (
    DEMANDED,
    ArchivePlace,
    ArchiveSystem,
    ClosingPlan,
    ClosingPolicy,
    EvidenceSort,
    Milestone,
    SourcePlace,
    SourceSystem,
    TargetPlace,
    TargetSystem,
)
from bot.workspace_problems import quoted
from bot.workspace_reading import Keys, Place, Section, Unreadable, an_id, each, known, one_of, some, text

CLOSURE = Keys(required=("accepted", "awaiting"), optional=("approved", "evidence", "channel", "fields"))
PLAN = Keys(
    required=("id", "release", "title", "source", "milestone", "coordinator", "owner", "checklist", "tracker", "queue", "archive"),
    optional=("links", "deciders", "ticks", "channel"),
)  # fmt: skip
SOURCE = Keys(required=("system", "record"))
MILESTONE = Keys(required=("title",), optional=("id",))
TARGET = Keys(required=("system", "at"))
FIELDS = Keys(optional=("state", "release", "review", "milestone", "milestone_id", "evidence"))

SOURCES: tuple[SourceSystem, ...] = ("servicenow", "github", "files")
TARGETS: tuple[TargetSystem, ...] = ("github", "servicenow", "files")
ARCHIVES: tuple[ArchiveSystem, ...] = ("folder", "https")
SORTS: tuple[EvidenceSort, ...] = ("rollback_notes", "sign_off", "final_packet", "other")
_AT: Mapping[str, tuple[str, str]] = {
    "github": (r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+(#[1-9][0-9]{0,9}|@[^\s@#]{1,200})", "owner/repo#41"),
    "servicenow": (r"(change_request|change_task)/[A-Za-z0-9]{1,40}", "change_task/CTASK0010023"),
    "files": (r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", "identity-4.2.yaml"),
    "folder": (r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", "identity-4.2/final"),
}


def closing_policy(place: Place) -> ClosingPolicy:
    """The `closure` section of policy.yaml."""
    section = Section(place, CLOSURE)
    evidence = section.maybe("evidence", some(one_of(*SORTS))) or ()
    return ClosingPolicy(
        accepted=section.read("accepted", some(text), ()),
        awaiting=section.read("awaiting", some(text), ()),
        approved=section.read("approved", text, "approved"),
        evidence=tuple(dict.fromkeys((*DEMANDED, *evidence))),
        channel=section.maybe("channel", text),
        fields=section.read("fields", _fields, {}),
    )


def _fields(place: Place) -> dict[SourceSystem, Mapping[str, str]]:
    systems = Section(place, Keys(optional=SOURCES))
    found: dict[SourceSystem, Mapping[str, str]] = {}
    for system in SOURCES:
        columns = systems.sub(system, FIELDS)
        named = {word: columns.maybe(word, text) for word in columns.values}
        found |= {system: {word: name for word, name in named.items() if name is not None}} if named else {}
    return found


def closing_plan(
    place: Place, name: str, policy: ClosingPolicy | None, people: Collection[str] | None
) -> ClosingPlan | None:
    """The whole file; None when something that a plan cannot do without is missing or wrong, which was complained of.
    `people` is None where people.yaml could not be read."""
    section = Section(place, PLAN)
    person = an_id if people is None else known("person", people)
    milestone, archive = section.maybe("milestone", _milestone), section.maybe("archive", _archive)
    source = section.maybe("source", lambda at: _source(at, policy))
    checklist, tracker = section.maybe("checklist", _target), section.maybe("tracker", _target)
    queue, links = section.maybe("queue", _target), section.maybe("links", _target)
    id, release, title = (
        section.maybe("id", lambda at: _same_id(at, name)),
        section.maybe("release", text),
        section.maybe("title", text),
    )
    coordinator, owner = section.maybe("coordinator", person), section.maybe("owner", person)
    if not (id and release and title and source and milestone and coordinator and owner):
        return None
    if not (checklist and tracker and queue and archive and (links or "links" not in section)):
        return None
    return ClosingPlan(
        id=id, release=release, title=title, source=source, milestone=milestone, coordinator=coordinator, owner=owner,
        deciders=section.read("deciders", each(person), ()), checklist=checklist, tracker=tracker, links=links or tracker,
        queue=queue, archive=archive, ticks=section.read("ticks", each(text), ()), channel=section.maybe("channel", text),
    )  # fmt: skip


def _same_id(place: Place, name: str) -> str:
    word = an_id(place)
    if word != name:
        raise place.refuse(f"{quoted(word)} is not the file's name; write id: {name}, or rename the file")
    return word


def _source(place: Place, policy: ClosingPolicy | None) -> SourcePlace:
    section = Section(place, SOURCE)
    system, record = section.maybe("system", one_of(*SOURCES)), section.maybe("record", text)
    if system is None or record is None:
        raise Unreadable
    return SourcePlace(system=system, record=record, fields=policy.fields.get(system, {}) if policy else {})


def _milestone(place: Place) -> Milestone:
    section = Section(place, MILESTONE)
    title = section.maybe("title", text)
    if title is None:
        raise Unreadable
    return Milestone(title=title, id=section.maybe("id", text))


def _target(place: Place) -> TargetPlace:
    section = Section(place, TARGET)
    system = section.maybe("system", one_of(*TARGETS))
    at = section.maybe("at", lambda where: _address(where, system) if system else text(where))
    if system is None or at is None:
        raise Unreadable
    return TargetPlace(system=system, at=at)


def _archive(place: Place) -> ArchivePlace:
    section = Section(place, TARGET)
    system = section.maybe("system", one_of(*ARCHIVES))
    at = section.maybe("at", lambda where: _address(where, system) if system == "folder" else _https(where))
    if system is None or at is None:
        raise Unreadable
    return ArchivePlace(system=system, at=at)


def _address(place: Place, system: str) -> str:
    word = text(place)
    shape, example = _AT[system]
    if not re.fullmatch(shape, word) or ".." in word.split("/"):
        raise place.refuse(f"{quoted(word)} is no address in {system}; write for example {example}")
    return word


def _https(place: Place) -> str:
    word = text(place)
    try:
        parts = urlsplit(word)
        good = (
            parts.scheme in ("https", "http")
            and parts.hostname
            and not (parts.username or parts.query or parts.fragment)
        )
        safe = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        good = safe = False
    if not good or not safe:
        raise place.refuse(
            f"{quoted(word)} is no address of an archive; write https://… without name, password, ? or # "
            "(http:// only for this machine itself)"
        )
    return word.rstrip("/")
