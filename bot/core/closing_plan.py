"""What the workspace says of closing a release's review: which record governs it, where its bookkeeping lies, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bot.core.people import Frozen

Step = Literal["checklist", "tracker", "links", "queue", "notify"]
STEPS: tuple[Step, ...] = ("checklist", "tracker", "links", "queue", "notify")  # the playbook's order

SourceSystem = Literal["servicenow", "github", "files"]
TargetSystem = Literal["github", "servicenow", "files"]
ArchiveSystem = Literal["folder", "https"]
EvidenceSort = Literal["rollback_notes", "sign_off", "final_packet", "other"]
DEMANDED: tuple[EvidenceSort, ...] = ("rollback_notes", "sign_off", "final_packet")


class Milestone(Frozen):
    """What a release is called where milestones are kept. `title` always counts; `id` wherever both sides state it."""

    title: str
    id: str | None = None


class SourcePlace(Frozen):
    """The governance record. `fields` says which of its columns mean what, where the system leaves that to its owner:
    `state`, `release`, `review`, `milestone`, `milestone_id`, `evidence` (the policy's, for this system)."""

    system: SourceSystem
    record: str
    fields: Mapping[str, str] = {}


class TargetPlace(Frozen):
    """One place to be brought up to date. `at` is an address in that system's own words:

    - github: `owner/repo#41` (an issue), `owner/repo@v4.2` (a release, for links);
    - servicenow: `change_request/CHG0031042` or `change_task/CTASK0010023`;
    - files: a relative path below the boards' folder, such as `identity-4.2.yaml`.
    """

    system: TargetSystem
    at: str

    @property
    def lane(self) -> str:
        """Of one target at most one deed is under way."""
        return f"closing:{self.system}:{self.at}"


class ArchivePlace(Frozen):
    """Where the evidence bundle lies: a folder below the archive's root, or an https:// address that ends before
    `/manifest.json`."""

    system: ArchiveSystem
    at: str


class ClosingPlan(Frozen):
    """closures/ID.yaml: all that is known beforehand of closing one release's review."""

    id: str
    release: str  # what source, tracker, archive, checklist and queue must call the release
    title: str
    source: SourcePlace
    milestone: Milestone
    coordinator: str
    owner: str
    deciders: tuple[str, ...] = ()
    checklist: TargetPlace
    tracker: TargetPlace
    links: TargetPlace  # without one in the file: the tracker
    queue: TargetPlace
    archive: ArchivePlace
    ticks: tuple[str, ...] = ()  # open items of the checklist that the acceptance itself fulfils; any other one halts
    channel: str | None = None

    @property
    def closers(self) -> tuple[str, ...]:
        """Who may close it by hand, try again, and take it over: coordinator, owner, deciders."""
        return tuple(dict.fromkeys((self.coordinator, self.owner, *self.deciders)))

    def target(self, step: Step) -> TargetPlace | None:
        """Where a step writes; None for the notices."""
        places = {"checklist": self.checklist, "tracker": self.tracker, "links": self.links, "queue": self.queue}
        return places.get(step)


class ClosingPolicy(Frozen):
    """The policy's `closure` section: what accepted and approved are called, and what a bundle must hold."""

    accepted: tuple[str, ...]  # states of the source that mean: accepted
    awaiting: tuple[str, ...]  # states of the tracker from which it may be set to approved
    approved: str = "approved"  # what the tracker is set to
    evidence: tuple[EvidenceSort, ...] = DEMANDED  # sorts that the manifest must list; the three always
    channel: str | None = None  # of the closures' cards; a plan may name its own
    fields: Mapping[SourceSystem, Mapping[str, str]] = {}
