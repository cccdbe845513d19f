"""ServiceNow as source, checklist, tracker, place of links and queue: a change's state is only read; tasks are closed, notes left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core.closing_found import (
    Accepted,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Item,
    Link,
    Order,
)
from bot.core.closing_plan import Milestone, SourcePlace
from bot.ports import Denied
from integrations.trackers.link_lines import expect, in_plain, missing, plain, print_of
from integrations.trackers.servicenow_table import COMPLETE, SERVICE, Row, ServiceNowTable, parts

COLUMNS: Mapping[str, str] = {
    "state": "approval", "release": "u_release", "review": "u_review_version", "milestone": "u_milestone",
    "milestone_id": "u_milestone_id", "evidence": "u_evidence_sha256",
}  # fmt: skip
Columns = Callable[[], Mapping[str, str]]
"""Which column means what, as the policy says it now."""


class ServiceNowSource:
    """`bot.closing_ports.Source`: a change request."""

    system = "servicenow"

    def __init__(self, table: ServiceNowTable) -> None:
        self._table = table

    def read(self, place: SourcePlace) -> Accepted:
        names = {**COLUMNS, **place.fields}
        change = self._table.change(place.record, tuple(names.values()))
        return Accepted(
            record=place.record, state=change.value(names["state"]) or "", release=change.value(names["release"]),
            review=change.value(names["review"]), milestone=_milestone(change, names),
            evidence=change.value(names["evidence"]), revision=change.version, url=self._table.url(change),
        )  # fmt: skip


def _milestone(row: Row, names: Mapping[str, str]) -> Milestone | None:
    title = row.value(names["milestone"])
    return None if title is None else Milestone(title=title, id=row.value(names["milestone_id"]))


class _Reader:
    """Reads a place with the columns in which it states what it is about; a task states what its change does."""

    system = "servicenow"

    def __init__(self, table: ServiceNowTable, columns: Columns) -> None:
        self._table, self._columns = table, columns

    def _row(self, at: str, *more: str) -> tuple[Row, dict[str, str]]:
        prefix = "change_request." if parts(at)[0] == "change_task" else ""
        names = {word: f"{prefix}{column}" for word, column in {**COLUMNS, **self._columns()}.items()}
        return self._table.at(at, (*names.values(), *more)), names


class ServiceNowChecklists(_Reader):
    """`bot.closing_ports.Checklists`: the tasks of a change, or one task. Closing it is closing its tasks."""

    def read(self, at: str) -> FoundChecklist:
        row, names = self._row(at)
        tasks = self._tasks(row)
        items = tuple(Item(name=_name(task), done=task.done) for task in tasks)
        return FoundChecklist(
            release=row.value(names["release"]), review=row.value(names["review"]), items=items if row not in tasks else (),
            closed=all(task.done for task in tasks), version=_version(row, tasks),
        )  # fmt: skip

    def close(self, at: str, order: Order, ticks: tuple[str, ...]) -> None:
        row, _ = self._row(at)
        tasks = self._tasks(row)
        left = [task for task in tasks if not task.done]
        if not left:
            return
        expect(order.version, _version(row, tasks), at, SERVICE)
        for task in left:
            if task is not row and _name(task) not in ticks:
                raise Denied(f"{at} has an open task that was not named: {_name(task)}.", service=SERVICE)
        for task in left:
            self._table.write_task(task, state=COMPLETE, work_notes=order.words)

    def _tasks(self, row: Row) -> tuple[Row, ...]:
        if row.table == "change_task":
            return (row,)
        tasks = self._table.tasks(row)
        if not tasks:
            raise Denied(f"{row.where} has no tasks, or does not let us see them: it is no checklist.", service=SERVICE)
        return tasks


def _name(task: Row) -> str:
    return task.value("short_description") or task.value("number") or ""


def _version(row: Row, tasks: tuple[Row, ...]) -> str:
    """Of the tasks alone: a note at the change is no change of its checklist."""
    return print_of(row.id, [task.version for task in tasks])


class ServiceNowTrackers(_Reader):
    """`bot.closing_ports.Trackers`, to look at alone: only ServiceNow's own approval sets the state of a change."""

    def read(self, at: str) -> FoundTracker:
        row, names = self._row(at)
        return FoundTracker(
            release=row.value(names["release"]), review=row.value(names["review"]), milestone=_milestone(row, names),
            state=row.value(names["state"]) or "", version=row.version,
        )  # fmt: skip

    def approve(self, at: str, order: Order, state: str) -> None:
        row, names = self._row(at)
        if row.value(names["state"]) == state:
            return
        expect(order.version, row.version, at, SERVICE)
        raise Denied(
            f"The state of {at} is only read, never written. Approve it in ServiceNow, then try again.", service=SERVICE
        )


class ServiceNowLinks(_Reader):
    """`bot.closing_ports.EvidenceLinks`: work notes of a change or a task."""

    def read(self, at: str) -> FoundLinks:
        row, names = self._row(at, "work_notes")
        links = in_plain(row.shown("work_notes"))
        return FoundLinks(release=row.value(names["release"]), links=links, version=row.version)

    def attach(self, at: str, order: Order, links: tuple[Link, ...]) -> None:
        row, _ = self._row(at, "work_notes")
        more = missing(links, in_plain(row.shown("work_notes")))
        if not more:
            return
        expect(order.version, row.version, at, SERVICE)
        self._table.note(row, f"{order.words}\n{plain(more)}")


class ServiceNowQueues(_Reader):
    """`bot.closing_ports.Queues`: a change task that waits for the review; closed, it waits no more."""

    def read(self, at: str) -> FoundQueue:
        row, names = self._task(at)
        if row.done:
            return FoundQueue(present=False, version=row.version)
        return FoundQueue(
            present=True, release=row.value(names["release"]), review=row.value(names["review"]), version=row.version
        )

    def clear(self, at: str, order: Order) -> None:
        row, _ = self._task(at)
        if row.done:
            return
        expect(order.version, row.version, at, SERVICE)
        self._table.write_task(row, state=COMPLETE, work_notes=order.words)

    def _task(self, at: str) -> tuple[Row, dict[str, str]]:
        row, names = self._row(at)
        if row.table != "change_task":
            raise Denied(
                f"{at} is no entry of a queue; name a change task, such as change_task/CTASK0010023.", service=SERVICE
            )
        return row, names
