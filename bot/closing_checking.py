"""`check`, for closing: whether each closure can be read and everything that it names is connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.adapters import Folder
from bot.closing_adapters import closing_adapters
from bot.closing_answering import answering
from bot.closings import WorkspaceClosings
from bot.core.closing_plan import ClosingPlan
from bot.flows.closing_hands import ClosingAdapters
from bot.ports import Failure
from bot.settings import Settings

Line = tuple[bool, str]


def closing_lines(settings: Settings, folder: Folder) -> Iterator[Line]:
    """(fine, one sentence); nothing where the policy closes nothing."""
    if folder.current().policy.closure is None:
        return
    if settings.readiness_shadow:
        yield True, "Closing: nothing is closed, because READINESS_SHADOW is on."
        return
    yield _door(settings)
    yield from answering(settings)
    closings, connected = WorkspaceClosings(folder.folder), closing_adapters(settings)
    for closure in folder.folder.current().closure_ids():
        try:
            missing = sorted(_missing(closings.plan(closure), connected))
        except Failure as failure:
            yield False, f"Closing: {failure}"
            continue
        words = (
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not connected"
            if missing
            else "all that it names is connected"
        )
        yield not missing, f"Closing {closure}: {words}."
    if settings.readiness_intake_url is None:
        yield True, "Closing: nobody further is told, because READINESS_INTAKE_URL is not set."


def _door(settings: Settings) -> Line:
    secrets = {
        "CloudEvents": settings.readiness_events_secret, "GitHub": settings.github_webhook_secret,
        "ServiceNow": settings.servicenow_webhook_secret,
    }  # fmt: skip
    heard = [name for name, secret in secrets.items() if secret is not None]
    if not heard:
        return (
            True,
            "Closing: begun by `close ID` alone, because no secret for events is set (READINESS_EVENTS_SECRET).",
        )
    return True, f"Closing: events are heard from {', '.join(heard)}."


def _missing(plan: ClosingPlan, connected: ClosingAdapters) -> set[str]:
    needs: tuple[tuple[str, Mapping[str, Any], str], ...] = (
        ("source", connected.sources, plan.source.system), ("checklist", connected.checklists, plan.checklist.system),
        ("tracker", connected.trackers, plan.tracker.system), ("links", connected.links, plan.links.system),
        ("queue", connected.queues, plan.queue.system), ("archive", connected.archives, plan.archive.system),
    )  # fmt: skip
    return {f"{system} ({what})" for what, given, system in needs if system not in given}
