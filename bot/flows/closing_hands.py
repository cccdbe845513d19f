"""What the closing worker holds: ways to read, and five deeds. It cannot deploy, change scope or change a decision, because
nothing that it is given can. The adapters themselves stay out of its reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.closing_ports import Archive, Checklists, EvidenceLinks, Intake, Queues, Source, Trackers
from bot.core.closing_found import (
    Accepted,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Link,
    Measured,
    Order,
)
from bot.core.closing_plan import ArchivePlace, SourcePlace, TargetPlace
from bot.ports import Denied

T = TypeVar("T")


@dataclass(frozen=True)
class ClosingAdapters:
    """All that is configured, by system; what is missing is said when a closure asks for it."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    checklists: Mapping[str, Checklists] = field(default_factory=dict)
    trackers: Mapping[str, Trackers] = field(default_factory=dict)
    links: Mapping[str, EvidenceLinks] = field(default_factory=dict)
    queues: Mapping[str, Queues] = field(default_factory=dict)
    archives: Mapping[str, Archive] = field(default_factory=dict)
    intake: Intake | None = None


@dataclass(frozen=True, slots=True)
class ReadHand:
    """The source and the archive: only ever read."""

    source: Callable[[SourcePlace], Accepted]
    manifest: Callable[[ArchivePlace], bytes]
    measure: Callable[[ArchivePlace, str], Measured]
    link: Callable[[ArchivePlace, str], str]


@dataclass(frozen=True, slots=True)
class ChecklistHand:
    read: Callable[[TargetPlace], FoundChecklist]
    close: Callable[[TargetPlace, Order, tuple[str, ...]], None]


@dataclass(frozen=True, slots=True)
class TrackerHand:
    read: Callable[[TargetPlace], FoundTracker]
    approve: Callable[[TargetPlace, Order, str], None]


@dataclass(frozen=True, slots=True)
class LinksHand:
    read: Callable[[TargetPlace], FoundLinks]
    attach: Callable[[TargetPlace, Order, tuple[Link, ...]], None]


@dataclass(frozen=True, slots=True)
class QueueHand:
    read: Callable[[TargetPlace], FoundQueue]
    clear: Callable[[TargetPlace, Order], None]


@dataclass(frozen=True, slots=True)
class Hands:
    """Everything the worker can reach. `tell` is None where no intake is configured."""

    reading: ReadHand
    checklist: ChecklistHand
    tracker: TrackerHand
    links: LinksHand
    queue: QueueHand
    tell: Callable[[Mapping[str, Any]], None] | None


def hands(given: ClosingAdapters) -> Hands:
    """Functions over the adapters: each leads to one verb of one port, and none to the adapter itself."""
    sources, archives = given.sources, given.archives
    return Hands(
        reading=ReadHand(
            source=lambda place: _of(sources, place.system).read(place),
            manifest=lambda place: _of(archives, place.system).manifest(place),
            measure=lambda place, path: _of(archives, place.system).measure(place, path),
            link=lambda place, path: _of(archives, place.system).link(place, path),
        ),
        checklist=ChecklistHand(
            read=lambda place: _of(given.checklists, place.system).read(place.at),
            close=lambda place, order, ticks: _of(given.checklists, place.system).close(place.at, order, ticks),
        ),
        tracker=TrackerHand(
            read=lambda place: _of(given.trackers, place.system).read(place.at),
            approve=lambda place, order, state: _of(given.trackers, place.system).approve(place.at, order, state),
        ),
        links=LinksHand(
            read=lambda place: _of(given.links, place.system).read(place.at),
            attach=lambda place, order, links: _of(given.links, place.system).attach(place.at, order, links),
        ),
        queue=QueueHand(
            read=lambda place: _of(given.queues, place.system).read(place.at),
            clear=lambda place, order: _of(given.queues, place.system).clear(place.at, order),
        ),
        tell=_teller(given.intake),
    )


def _teller(intake: Intake | None) -> Callable[[Mapping[str, Any]], None] | None:
    if intake is None:
        return None

    def tell(event: Mapping[str, Any]) -> None:
        intake.tell(event)

    return tell


def _of(adapters: Mapping[str, T], system: str) -> T:
    if system not in adapters:
        raise Denied(
            f"{system} is not connected for this, so nothing can be read or written there. An operator must configure it "
            "(docs/closures.md says how).",
            service=system,
        )
    return adapters[system]
