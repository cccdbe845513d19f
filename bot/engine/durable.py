"""The only file that knows DBOS: an effect is a short workflow that survives the process that runs it."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, error
from sqlalchemy.exc import SQLAlchemyError

from bot.store import DatabaseUnusable, Store
from bot.store.database import close, connect

# Never changes: DBOS resumes no workflow of another version, and ours are nothing but a key.
_VERSION = "1"
_UNFINISHED = ["PENDING", "ENQUEUED"]
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

Run = Callable[[str, str], str]
"""A key and the id of the workflow that runs it, to a word on how it went."""


class Workflow(NamedTuple):
    """A workflow that DBOS remembers: PENDING ones belong to `executor`, ENQUEUED ones to whoever takes them."""

    id: str
    status: str
    executor: str | None


class _Stage:
    """DBOS is one for each process, and so is what its one workflow calls."""

    run: Run | None = None


@DBOS.workflow(name="effect")
def effect(key: str) -> str:
    """One thing owed to the world. Its only argument is a key, so that stored workflows outlive changes of the code."""
    if _Stage.run is None:
        return "the engine is not running"
    return _Stage.run(key, str(DBOS.workflow_id))


class Durable:
    """DBOS on our own database. One at a time in a process."""

    def __init__(self, store: Store, executor: str, threads: int, run: Run) -> None:
        self._executor = executor
        self._run = run
        # What it keeps says how far an effect got, and may be lost with the power: the effect looks before it writes.
        self._database = connect(store.address, store.turn, light=True)
        self._config = DBOSConfig(
            name="readiness-bot",
            system_database_engine=self._database,
            system_database_url=store.address.render_as_string(hide_password=False),
            application_version=_VERSION,
            executor_id=executor,
            # What runs is bounded by the engine; two more are for what DBOS itself does at its start.
            max_executor_threads=threads + 2,
            serializer=DBOSPortableJSONSerializer(),
            # We wait for no notifications; the thread that looks for them ends this much sooner.
            notification_listener_polling_interval_sec=0.2,
            notification_coalesce_sec=0.2,  # nor send any: its own would wake it a hundred times a second
            log_level="WARNING",
        )

    def launch(self) -> None:
        """Begin. Raises DatabaseUnusable where DBOS could not work and would say so in a traceback."""
        if self._database.dialect.name == "sqlite" and sys.version_info >= (3, 12):
            _insist_on_subseconds()
        _quiet_logger()
        _Stage.run = self._run
        DBOS(config=self._config)
        DBOS.launch()

    def start(self, workflow: str, key: str) -> None:
        """Start a workflow under that id; quiet when there is one already. Takes one commit."""
        with SetWorkflowID(workflow):
            DBOS.start_workflow(effect, key)

    def unfinished(self) -> Mapping[str, Workflow]:
        """All that is under way anywhere, by id."""
        return {workflow.id: workflow for workflow in self._list(status=_UNFINISHED)}

    def knows(self, workflow: str) -> bool:
        """Whether a workflow of that id was ever started."""
        return bool(self._list(workflow_ids=[workflow]))

    def resume(self, workflow: str) -> None:
        """Run it here or on another replica, whoever comes first: its own process is gone."""
        DBOS.resume_workflow(workflow)

    def cancel(self, workflow: str) -> None:
        """Never run it again."""
        DBOS.cancel_workflow(workflow)

    def forget(self, older_than: timedelta) -> int:
        """Delete what DBOS remembers of workflows that ended long ago. Returns how many."""
        end = (datetime.now(UTC) - older_than).isoformat()
        gone = 0
        while ids := [workflow.id for workflow in self._list(status=_FINISHED, end_time=end, limit=500)]:
            DBOS.delete_workflows(ids)
            gone += len(ids)
        return gone

    def stop(self) -> None:
        """End: what still runs is finished by the next process, and its complaints about the end are not printed."""
        ending = threading.Thread(target=self._let_end, args=(time.monotonic() + 1,), daemon=True)
        ending.start()
        ending.join(1)  # DBOS asks a database that is down again and again: that must not keep us
        _Stage.run = None
        logger = logging.getLogger("dbos")
        level, logger.level = logger.level, logging.CRITICAL + 1
        try:
            DBOS.destroy()
        finally:
            logger.level = level
        close(self._database)

    def _let_end(self, until: float) -> None:
        """A worker's end is not yet the end of its workflow: its last commit takes a moment."""
        with suppress(SQLAlchemyError, error.DBOSException):
            while self._list(status=["PENDING"], executor_id=self._executor) and time.monotonic() < until:
                time.sleep(0.01)

    def _list(
        self,
        *,
        status: list[str] | None = None,
        workflow_ids: list[str] | None = None,
        end_time: str | None = None,
        executor_id: str | None = None,
        limit: int | None = None,
    ) -> list[Workflow]:
        found = DBOS.list_workflows(
            name="effect",
            status=status,
            workflow_ids=workflow_ids,
            end_time=end_time,
            executor_id=executor_id,
            limit=limit,
            load_input=False,
            load_output=False,
        )
        return [Workflow(each.workflow_id, each.status, each.executor_id) for each in found]


def _quiet_logger() -> None:
    """DBOS prints to the console unless its logger has a handler; ours goes where all our logs go."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(each, GivenUpElsewhere) for each in logger.filters):
        logger.addFilter(GivenUpElsewhere())
    logger.propagate = True


class GivenUpElsewhere(logging.Filter):
    """A process that was frozen, taken for dead and thaws may find its work given up by another one. That is foreseen: it
    gets a line, and no traceback of DBOS, which knows it as an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        cause = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(cause, error.DBOSAwaitedWorkflowCancelledError):
            record.msg, record.args, record.exc_info = (
                "Another process gave up what this one was at: %s",
                (cause,),
                None,
            )
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def _insist_on_subseconds() -> None:
    if sqlite3.sqlite_version_info < (3, 42):
        raise DatabaseUnusable(
            f"This Python brings SQLite {sqlite3.sqlite_version}; 3.42 or newer is needed with Python 3.12 and later. "
            "Nothing was changed. Use Python 3.11, a newer SQLite, or PostgreSQL (DATABASE_URL)."
        )
