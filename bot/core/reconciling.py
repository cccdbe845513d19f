"""Do source, archive, tracker, checklist and queue say the same, field by field? What is not stated agrees with nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.core.closing_found import (
    Accepted,
    Change,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Link,
    Measured,
)
from bot.core.closing_plan import ClosingPlan, ClosingPolicy, Milestone
from bot.core.closure_facts import Disagreement, Sort
from bot.core.evidence import Manifest
from bot.core.people import Frozen

Found = Iterator[Disagreement]


class Standing(NamedTuple):
    """A target as one step sees it: what is wrong, whether it is as it should be, and otherwise what would change."""

    wrong: tuple[Disagreement, ...]
    settled: bool
    changes: tuple[Change, ...]
    version: str


def at_source(plan: ClosingPlan, policy: ClosingPolicy, source: Accepted) -> Found:
    """The governance record still says accepted, and says what it is that was accepted."""
    where = f"source {source.record}"
    if source.state not in policy.accepted:
        yield _differs("not_accepted", where, "state", " or ".join(policy.accepted), source.state, "stale")
    yield from _same(where, "release", plan.release, source.release)
    yield from _stated(where, "review version", source.review)
    yield from _milestone(where, plan.milestone, source.milestone)
    yield from _stated(where, "evidence", source.evidence)


def changed_since(before: Accepted, now: Accepted) -> Found:
    """What counts of the record is as it was when everything was read; our own notes there change nothing that counts."""
    where = f"source {now.record}"
    pairs = (
        ("state", before.state, now.state),
        ("release", before.release, now.release),
        ("review version", before.review, now.review),
        ("milestone", _spelt(before.milestone), _spelt(now.milestone)),
        ("evidence", before.evidence, now.evidence),
    )
    for field, expected, found in pairs:
        if expected != found:
            yield _differs("source_changed", where, field, expected or "", found or "", "stale")


def plan_changed(before: tuple[ClosingPlan, ClosingPolicy], now: tuple[ClosingPlan, ClosingPolicy | None]) -> Found:
    """The closure's file and the policy's section are those that this run began with: a mapping may have been renamed."""
    where = f"closures/{before[0].id}.yaml"
    for field in ClosingPlan.model_fields:
        was, is_ = getattr(before[0], field), getattr(now[0], field)
        if was != is_:
            yield _differs("plan_changed", where, field, _told(was), _told(is_), "stale")
    if before[1] != now[1]:
        yield _differs("plan_changed", "policy.yaml", "closure", "as when this began", "edited since", "stale")


def _told(value: object) -> str:
    """A part of a plan as a person wrote it."""
    if isinstance(value, Frozen):
        return " ".join(str(part) for part in value.model_dump(exclude={"fields"}).values() if part is not None)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")


def in_archive(plan: ClosingPlan, policy: ClosingPolicy, source: Accepted, manifest: Manifest) -> Found:
    """The manifest is the one that was accepted, and lists what a bundle must hold."""
    where = f"archive {plan.archive.at}"
    if source.evidence is not None and source.evidence != manifest.digest:
        yield _differs("other_bundle", where, "manifest.json SHA-256", source.evidence, manifest.digest)
    yield from _same(where, "release", plan.release, manifest.release)
    if source.review is not None:
        yield from _same(where, "review version", source.review, manifest.review, "stale")
    yield from _milestone(where, plan.milestone, manifest.milestone)
    listed = {file.kind for file in manifest.files}
    for sort in policy.evidence:
        if sort not in listed:
            yield _differs("not_listed", where, sort.replace("_", " "), "at least one file", "", "missing")


def measured_as_listed(plan: ClosingPlan, manifest: Manifest, measured: Mapping[str, Measured | None]) -> Found:
    """Every listed file is there, whole and unaltered. None: it is not there."""
    where = f"archive {plan.archive.at}"
    for file in manifest.files:
        found = measured[file.path]
        if found is None:
            yield _differs("file_missing", where, file.path, f"SHA-256 {file.sha256}", "", "missing")
        elif found.sha256 != file.sha256:
            yield _differs("file_altered", where, file.path, f"SHA-256 {file.sha256}", f"SHA-256 {found.sha256}")
        elif found.size != file.size:
            yield _differs("file_size", where, file.path, f"{file.size} bytes", f"{found.size} bytes")


def checklist_standing(plan: ClosingPlan, source: Accepted, found: FoundChecklist) -> Standing:
    where = f"checklist {plan.checklist.at}"
    wrong = [*_same(where, "release", plan.release, found.release), *_review_if_stated(where, source, found.review)]
    for item in found.items:
        if not item.done and (found.closed or item.name not in plan.ticks):
            wrong.append(_differs("open_item", where, item.name, "done", "open"))
    ticked = [Change(what=i.name, before="open", after="done") for i in found.items if not i.done]
    changes = (*ticked, Change(what="checklist", before="open", after="closed"))
    return Standing(tuple(wrong), found.closed, () if found.closed else changes, found.version)


def tracker_standing(plan: ClosingPlan, policy: ClosingPolicy, source: Accepted, found: FoundTracker) -> Standing:
    where = f"tracker {plan.tracker.at}"
    wrong = list(_same(where, "release", plan.release, found.release))
    wrong += _same(where, "review version", source.review or "", found.review, "stale")
    wrong += _milestone(where, plan.milestone, found.milestone)
    settled = found.state == policy.approved
    if settled and found.approved_review not in (None, source.review):
        wrong.append(
            _differs("approved_for_another", where, "approved for review", source.review or "", found.approved_review)
        )
    if not settled and found.state not in policy.awaiting:
        wrong.append(_differs("tracker_state", where, "state", " or ".join(policy.awaiting), found.state))
    changes = () if settled else (Change(what="state", before=found.state, after=policy.approved),)
    return Standing(tuple(wrong), settled, changes, found.version)


def links_standing(plan: ClosingPlan, links: tuple[Link, ...], found: FoundLinks) -> Standing:
    """Links of other names are other people's and stay. One of the same name that leads elsewhere is never overwritten."""
    where = f"links {plan.links.at}"
    wrong = list(_same(where, "release", plan.release, found.release))
    missing = []
    for link in links:
        there = [other for other in found.links if other.name == link.name]
        wrong += [
            _differs("other_link", where, link.name, _link(link), _link(other)) for other in there if other != link
        ]
        missing += [] if there else [link]
    changes = tuple(Change(what=f"link {link.name}", before="", after=link.url) for link in missing)
    return Standing(tuple(wrong), not missing, changes, found.version)


def queue_standing(plan: ClosingPlan, source: Accepted, found: FoundQueue) -> Standing:
    where = f"queue {plan.queue.at}"
    if not found.present:
        return Standing((), True, (), found.version)
    wrong = [*_same(where, "release", plan.release, found.release), *_review_if_stated(where, source, found.review)]
    return Standing(tuple(wrong), False, (Change(what="entry", before="waiting", after="cleared"),), found.version)


def not_there(where: str, words: str) -> Disagreement:
    """The place itself is missing, or cannot be understood, or refuses us."""
    return Disagreement(
        sort="missing", code="not_there", where=where, field="place", expected="it can be read", found=words
    )


def refused(where: str, words: str) -> Disagreement:
    return Disagreement(
        sort="conflicting", code="refused", where=where, field="access", expected="it answers us", found=words
    )


def undone(where: str, standing: Standing) -> Found:
    """Before it is said that all is ready: what was brought about must still stand."""
    yield from standing.wrong
    if not standing.settled and not standing.wrong:
        for change in standing.changes:
            yield _differs("undone", where, change.what, change.after, change.before or "nothing")


def _same(where: str, field: str, expected: str, found: str | None, sort: Sort = "conflicting") -> Found:
    if not found:
        yield _differs("not_stated", where, field, expected, "", "missing")
    elif found != expected:
        yield _differs(field.replace(" ", "_"), where, field, expected, found, sort)


def _stated(where: str, field: str, found: str | None) -> Found:
    if not found:
        yield _differs("not_stated", where, field, "stated", "", "missing")


def _review_if_stated(where: str, source: Accepted, found: str | None) -> Found:
    if found is not None and found != source.review:
        yield _differs("review_version", where, "review version", source.review or "", found, "stale")


def _milestone(where: str, expected: Milestone, found: Milestone | None) -> Found:
    if found is None:
        yield _differs("not_stated", where, "milestone", _spelt(expected) or "", "", "missing")
        return
    if found.title != expected.title:
        yield _differs("milestone_title", where, "milestone", expected.title, found.title)
    if expected.id is not None and found.id is not None and found.id != expected.id:
        yield _differs("milestone_id", where, "milestone id", expected.id, found.id)


def _spelt(milestone: Milestone | None) -> str | None:
    if milestone is None:
        return None
    return milestone.title if milestone.id is None else f"{milestone.title} ({milestone.id})"


def _link(link: Link) -> str:
    return f"{link.url} SHA-256 {link.sha256}"


def _differs(
    code: str, where: str, field: str, expected: str, found: str | None, sort: Sort = "conflicting"
) -> Disagreement:
    return Disagreement(sort=sort, code=code, where=where, field=field, expected=expected, found=found or "")
