"""The line to ServiceNow's Table API: changes and their tasks, found by number; what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bot.ports import Denied, Failure, Gone, Throttled
from integrations.trackers.line import Answer, Line, seconds
from integrations.trackers.link_lines import print_of

SERVICE = "ServiceNow"
COMPLETE = "3"  # of a change task: Closed Complete
MOST_TASKS = 200
_AT = re.compile(r"(change_request|change_task)/([A-Za-z0-9]{1,40})")
_NUMBER = re.compile(r"[A-Za-z0-9]{1,40}")
_ALWAYS = ("sys_id", "number", "state", "active", "short_description", "sys_mod_count", "sys_updated_on")


class Row(NamedTuple):
    """One record. A column that ServiceNow does not show (unknown, empty, or not ours to read) is None."""

    table: str
    columns: dict[str, dict[str, str]]

    def value(self, column: str) -> str | None:
        """The stored value, never the shown one: that is in somebody's language and zone."""
        return self.columns.get(column, {}).get("value") or None

    def shown(self, column: str) -> str:
        return self.columns.get(column, {}).get("display_value") or ""

    @property
    def id(self) -> str:
        return self.value("sys_id") or ""

    @property
    def where(self) -> str:
        return f"{self.table}/{self.value('number')}"

    @property
    def version(self) -> str:
        """Table API writes know no If-Match: the count of changes is what can be compared."""
        return print_of(self.id, self.value("sys_mod_count"), self.value("sys_updated_on"))

    @property
    def done(self) -> bool:
        """Closed as complete. A task that was closed otherwise says that somebody did not do it."""
        if self.value("active") not in ("true", "false") or self.value("state") is None:
            raise Denied(f"{self.where} does not show us its state.", service=SERVICE)
        if self.value("active") == "false" and self.value("state") != COMPLETE:
            words = f"{self.where} was closed, but not as complete: nobody says that it was fulfilled."
            raise Denied(words, service=SERVICE)
        return self.value("active") == "false"


class ServiceNowTable:
    """What the adapters share. The password is sent to the configured address alone."""

    def __init__(self, url: str, user: str, password: str, *, timeout: float = 10.0) -> None:
        headers = {"Accept": "application/json", "User-Agent": "readiness-bot"}
        self._line = Line(
            SERVICE, url, headers, _judge, settings="SERVICENOW_URL", login=(user, password), timeout=timeout
        )

    def check(self) -> None:
        """Raises what stands in the way of reading changes."""
        self._line.ask("GET", _path("change_request"), query={"sysparm_limit": "1", "sysparm_fields": "sys_id"})

    def change(self, number: str, columns: Sequence[str]) -> Row:
        if not _NUMBER.fullmatch(number):
            raise Denied(f"{number} is no number of a change; it should look like CHG0031042.", service=SERVICE)
        return self._one("change_request", number, columns)

    def at(self, at: str, columns: Sequence[str] = ()) -> Row:
        table, number = parts(at)
        return self._one(table, number, columns)

    def _one(self, table: str, number: str, columns: Sequence[str]) -> Row:
        found = self._rows(table, f"number={number}", columns, 2)
        if not found:
            words = f"ServiceNow finds no {table} {number}, or does not let us see it."
            raise Gone(words, service=SERVICE)
        if len(found) > 1:
            raise Denied(f"ServiceNow has more than one {table} {number}.", service=SERVICE)
        return found[0]

    def tasks(self, change: Row, columns: Sequence[str] = ()) -> tuple[Row, ...]:
        found = self._rows("change_task", f"change_request={change.id}^ORDERBYnumber", columns, MOST_TASKS + 1)
        if len(found) > MOST_TASKS:
            raise Denied(f"{change.where} has more than {MOST_TASKS} tasks: they are not read.", service=SERVICE)
        return found

    def _rows(self, table: str, query: str, columns: Sequence[str], limit: int) -> tuple[Row, ...]:
        fields = ",".join(dict.fromkeys((*_ALWAYS, *columns)))
        asked = {
            "sysparm_query": query, "sysparm_fields": fields, "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true", "sysparm_limit": str(limit),
        }  # fmt: skip
        return _understood(table, self._line.ask("GET", _path(table), query=asked).document)

    def write_task(self, task: Row, **columns: str) -> None:
        """The only table whose state is ever written."""
        if task.table != "change_task":
            raise Denied(f"The state of {task.where} is only read, never written.", service=SERVICE)
        self._line.ask("PATCH", f"{_path('change_task')}/{task.id}", query=_BRIEF, body=columns)

    def note(self, row: Row, words: str) -> None:
        self._line.ask("PATCH", f"{_path(row.table)}/{row.id}", query=_BRIEF, body={"work_notes": words})

    def url(self, row: Row) -> str:
        return f"{self._line.base}/nav_to.do?uri={row.table}.do%3Fsys_id%3D{row.id}"


_BRIEF = {"sysparm_fields": "sys_id"}


def parts(at: str) -> tuple[str, str]:
    found = _AT.fullmatch(at)
    if found is None:
        words = f"{at} is no address in ServiceNow; it should look like change_task/CTASK0010023."
        raise Denied(words, service=SERVICE)
    return found.group(1), found.group(2)


def _path(table: str) -> str:
    return f"/api/now/table/{table}"


def _understood(table: str, document: Any) -> tuple[Row, ...]:
    try:
        return tuple(Row(table, {name: _both(told) for name, told in row.items()}) for row in document["result"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Denied(f"What ServiceNow answers about {table} cannot be understood.", service=SERVICE) from error


def _both(told: Any) -> dict[str, str]:
    return {"value": str(told["value"] or ""), "display_value": str(told["display_value"] or "")}


def _judge(answer: Answer) -> Failure:
    if answer.status == 429:
        wait = seconds(answer.headers.get("Retry-After"), 30.0)
        return Throttled("ServiceNow asks for a pause; nothing was done.", service=SERVICE, retry_after=wait)
    if answer.status == 404:
        return Gone("ServiceNow finds no such record or table.", service=SERVICE)
    if answer.status == 401:
        words = "ServiceNow does not let us in: check SERVICENOW_USER and SERVICENOW_PASSWORD."
        return Denied(words, service=SERVICE)
    if answer.status == 403:
        words = "ServiceNow forbids it: the user needs to read changes and to write change tasks and work notes."
        return Denied(words, service=SERVICE)
    return Denied(f"ServiceNow refused the request (status {answer.status}). Nothing was written.", service=SERVICE)
