"""A stand-in for ServiceNow's Table API: changes, their tasks and work notes, by its documented rules."""

from __future__ import annotations

import base64
import copy
import hashlib
import threading
from collections.abc import Mapping
from typing import Any

import flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.serving import Call, Traffic, suffer

Json = dict[str, Any]
Row = dict[str, str]

USER, PASSWORD = "readiness", "sandbox-servicenow"  # worth nothing outside
TABLES = ("change_request", "change_task")
_CLOSED = ("3", "4", "7")  # of a task: complete, incomplete, skipped
_REFERENCES = {"change_request": "change_request"}  # column -> table, for dot-walking


class ServiceNowStandIn:
    """`app` answers; `change` is what other people do there. Thread-safe; `revision` grows with every change.

    `seed`: rows by table, each with a `number`; a task names its change by number. `unwritable` tables answer 403 to writes,
    rows of `unseen` numbers are left out of every answer, as access rules do.
    """

    def __init__(self, faults: Faults, clock: SandboxClock, seed: Mapping[str, list[Row]]) -> None:
        self._faults, self._clock, self._seed = faults, clock, seed
        self._lock = threading.RLock()
        self.unwritable: set[str] = set()
        self.unseen: set[str] = set()
        self.revision = 0
        self.traffic = Traffic()
        self.clear()
        self.app = flask.Flask("sandbox-servicenow", static_folder=None)
        self.app.extensions["traffic"] = self.traffic
        self.app.add_url_rule("/api/now/table/<table>", "list", self._list, methods=["GET"])
        self.app.add_url_rule("/api/now/table/<table>/<sys_id>", "get", self._one, methods=["GET", "PATCH"])
        self.app.register_error_handler(404, lambda _: _error(404, "Not Found"))

    def clear(self) -> None:
        """Back to the seed."""
        with self._lock:
            self.tables: dict[str, list[Row]] = {table: [] for table in TABLES}
            self.notes: dict[str, list[tuple[str, str]]] = {}
            for table in TABLES:
                self.tables[table] = [self._planted(table, row) for row in copy.deepcopy(self._seed.get(table, []))]
            self.unwritable.clear()
            self.unseen.clear()
            self.revision += 1
        self.traffic.clear()

    def _planted(self, table: str, row: Row) -> Row:
        if table == "change_task":
            change = next(r for r in self.tables["change_request"] if r["number"] == row["change_request"])
            row["change_request"] = change["sys_id"]
        digest = hashlib.sha256(f"{table} {row['number']}".encode()).hexdigest()[:32]
        standing = {
            "sys_id": digest,
            "state": "1",
            "active": "true",
            "sys_mod_count": "0",
            "sys_updated_on": self._stamp(),
        }
        return {**standing, **row}

    def change(self, table: str, number: str, **columns: str) -> None:
        """Somebody else changes a row; `work_notes` adds a note."""
        with self._lock:
            self._write(next(row for row in self.tables[table] if row["number"] == number), table, columns)

    def row(self, table: str, number: str) -> Row:
        with self._lock:
            return dict(next(row for row in self.tables[table] if row["number"] == number))

    def noted(self, number: str) -> list[str]:
        """Work notes of a row, oldest first."""
        with self._lock:
            row = next(r for rows in self.tables.values() for r in rows if r["number"] == number)
            return [text for _, text in self.notes.get(row["sys_id"], [])]

    def state(self) -> Json:
        """All that stands there."""
        with self._lock:
            return copy.deepcopy({"tables": self.tables, "notes": self.notes})

    # -- the addresses

    def _list(self, table: str) -> flask.Response:
        return self._answered(f"{table}.list", flask.request.args.get("sysparm_query", ""), lambda: self._query(table))

    def _one(self, table: str, sys_id: str) -> flask.Response:
        with self._lock:
            rows = self.tables.get(table, [])
            number = next((row["number"] for row in rows if row["sys_id"] == sys_id), sys_id)
        if flask.request.method == "GET":
            return self._answered(f"{table}.get", number, lambda: self._get(table, sys_id))
        return self._answered(f"{table}.update", number, lambda: self._update(table, sys_id))

    def _answered(self, operation: str, target: str, act: Any) -> flask.Response:
        body = flask.request.get_json(force=True, silent=True)
        self.traffic.note(Call(operation, target, self._clock.now(), flask.request.args.to_dict(), body))

        def guarded() -> flask.Response:
            pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if flask.request.headers.get("Authorization") != f"Basic {pair}":
                return _error(401, "User Not Authenticated")
            with self._lock:
                found: flask.Response = act()
                return found

        return suffer(self._faults, "servicenow", operation, target, _refuse, guarded)

    def _query(self, table: str) -> flask.Response:
        if table not in self.tables:
            return _error(400, f"Invalid table {table}")
        rows = [row for row in self.tables[table] if row["number"] not in self.unseen]
        for term in filter(None, flask.request.args.get("sysparm_query", "").split("^")):
            column, _, value = term.partition("=")
            if term.startswith("ORDERBY"):
                rows = _ordered(rows, term.removeprefix("ORDERBY"))
            else:
                rows = [row for row in rows if row.get(column) == value]
        limit = flask.request.args.get("sysparm_limit", 10000, type=int)
        return flask.jsonify(result=[self._shown(row) for row in rows[:limit]])

    def _found(self, table: str, sys_id: str) -> Row | None:
        rows = self.tables.get(table, [])
        return next((row for row in rows if row["sys_id"] == sys_id and row["number"] not in self.unseen), None)

    def _get(self, table: str, sys_id: str) -> flask.Response:
        row = self._found(table, sys_id)
        return _error(404, "No Record found") if row is None else flask.jsonify(result=self._shown(row))

    def _update(self, table: str, sys_id: str) -> flask.Response:
        row, body = self._found(table, sys_id), flask.request.get_json(force=True, silent=True)
        if row is None:
            return _error(404, "No Record found")
        if table in self.unwritable:
            return _error(403, "Operation Failed")
        if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
            return _error(400, "Exception while reading request")
        self._write(row, table, body)
        return flask.jsonify(result=self._shown(row))

    def _write(self, row: Row, table: str, columns: Mapping[str, str]) -> None:
        """Columns that the table does not have are passed over in silence, as there; a note alone is a change too."""
        note = columns.get("work_notes")
        changed = {c: v for c, v in columns.items() if c in row and c not in ("sys_id", "number") and row[c] != v}
        if not changed and not note:
            return
        if note:
            self.notes.setdefault(row["sys_id"], []).append((self._stamp(), note))
        row.update(changed)
        if table == "change_task" and "state" in changed:
            row["active"] = "false" if row["state"] in _CLOSED else "true"
        row["sys_mod_count"] = str(int(row["sys_mod_count"]) + 1)
        row["sys_updated_on"] = self._stamp()
        self.revision += 1

    # -- how a row is shown

    def _shown(self, row: Row) -> Json:
        asked = flask.request.args.get("sysparm_fields", "")
        columns = [c for c in asked.split(",") if c] or [*row, "work_notes"]
        both = flask.request.args.get("sysparm_display_value") == "all"
        found = {column: self._value(row, column) for column in columns}
        known = {column: pair for column, pair in found.items() if pair is not None}
        if both:
            return {column: {"value": value, "display_value": shown} for column, (value, shown) in known.items()}
        return {column: value for column, (value, _) in known.items()}

    def _value(self, row: Row, column: str) -> tuple[str, str] | None:
        if column == "work_notes":
            notes = reversed(self.notes.get(row["sys_id"], []))
            return "", "".join(f"{at} - Readiness Bot (Work notes)\n{text}\n\n" for at, text in notes)
        head, dot, rest = column.partition(".")
        if not dot:
            return (row[column], row[column]) if column in row else None
        table = _REFERENCES.get(head)
        other = self._found(table, row.get(head, "")) if table else None
        return self._value(other, rest) if other else None

    def _stamp(self) -> str:
        return self._clock.now().strftime("%Y-%m-%d %H:%M:%S")


def _ordered(rows: list[Row], column: str) -> list[Row]:
    return sorted(rows, key=lambda row: row.get(column, ""))


def _error(status: int, message: str) -> flask.Response:
    answer = flask.jsonify(error={"message": message, "detail": ""}, status="failure")
    answer.status_code = status
    return answer


def _refuse(fault: Fault) -> flask.Response:
    answer = _error(fault.status, fault.word or "The sandbox was told to fail.")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer
