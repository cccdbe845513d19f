"""The workspace's closures as the closing flow asks for them: read anew each time, so that an edit counts at once."""

from __future__ import annotations

from bot.core.closing_plan import ClosingPlan, ClosingPolicy
from bot.ports import Denied, Gone
from bot.workspace import NoSuchRecord, WorkspaceError, WorkspaceFolder


class WorkspaceClosings:
    """`bot.closing_ports.Closings` from the workspace's files."""

    def __init__(self, folder: WorkspaceFolder) -> None:
        self._folder = folder

    @property
    def policy(self) -> ClosingPolicy | None:
        return self._folder.current().policy.closure

    def plan(self, closure: str) -> ClosingPlan:
        try:
            return self._folder.current().closure(closure)
        except NoSuchRecord as error:
            raise Gone(f"{error}.", service="workspace") from error
        except WorkspaceError as error:
            raise Denied(f"{error}.", service="workspace") from error

    def of_record(self, record: str) -> tuple[str, ...]:
        found, unreadable = [], None
        for closure in self._folder.current().closure_ids():
            try:
                plan = self.plan(closure)
            except Denied as denied:
                unreadable = denied
                continue
            if record.lower() in (plan.source.record.lower(), plan.id.lower()):
                found.append(closure)
        if not found and unreadable is not None:
            raise unreadable
        return tuple(found)
