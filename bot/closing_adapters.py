"""From settings to what closing may touch: the record's source, archives, and five sorts of target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.closing_ports import Archive
from bot.core.closing_plan import ClosingPolicy
from bot.flows.closing_hands import ClosingAdapters
from bot.settings import Settings
from integrations.evidence.folder import FolderArchive
from integrations.evidence.https import HttpsArchive
from integrations.intake.http import HttpIntake
from integrations.trackers.boards import (
    BoardChecklists,
    BoardLinks,
    BoardQueues,
    Boards,
    BoardSource,
    BoardTrackers,
)
from integrations.trackers.github import (
    GitHubChecklists,
    GitHubLinks,
    GitHubQueues,
    GitHubSource,
    GitHubTrackers,
)
from integrations.trackers.github_line import GitHubLine
from integrations.trackers.servicenow import (
    ServiceNowChecklists,
    ServiceNowLinks,
    ServiceNowQueues,
    ServiceNowSource,
    ServiceNowTrackers,
)
from integrations.trackers.servicenow_table import ServiceNowTable

Policy = Callable[[], ClosingPolicy | None]


def closing_adapters(settings: Settings, policy: Policy = lambda: None) -> ClosingAdapters:
    """What is configured. In shadow mode nothing is: the bot only looks on. `policy` is asked anew at each reading."""
    if settings.readiness_shadow:
        return ClosingAdapters()
    systems = (*_github(settings, policy), *_servicenow(settings, policy), *_boards(settings))
    kinds = ("sources", "checklists", "trackers", "links", "queues")
    by_kind: dict[str, Any] = {kind: {s[0].system: s[n] for s in systems} for n, kind in enumerate(kinds)}
    return ClosingAdapters(**by_kind, archives=_archives(settings), intake=_intake(settings))


def github_line(settings: Settings) -> GitHubLine | None:
    token = settings.github_token
    return None if token is None else GitHubLine(token.get_secret_value(), api_url=settings.github_api_url)


def servicenow_table(settings: Settings) -> ServiceNowTable | None:
    url, user, password = settings.servicenow_url, settings.servicenow_user, settings.servicenow_password
    if url is None or user is None or password is None:
        return None
    return ServiceNowTable(url, user, password.get_secret_value())


def _github(settings: Settings, policy: Policy) -> Iterator[tuple[Any, ...]]:
    line = github_line(settings)

    def states() -> tuple[str, ...]:
        now = policy()
        return (*now.accepted, *now.awaiting, now.approved) if now else ()

    if line is not None:
        queues = GitHubQueues(line, settings.github_queue_label)
        yield (
            GitHubSource(line, states),
            GitHubChecklists(line),
            GitHubTrackers(line, states),
            GitHubLinks(line),
            queues,
        )


def _servicenow(settings: Settings, policy: Policy) -> Iterator[tuple[Any, ...]]:
    table = servicenow_table(settings)

    def columns() -> Mapping[str, str]:
        now = policy()
        return now.fields.get("servicenow", {}) if now else {}

    if table is not None:
        yield (
            ServiceNowSource(table), ServiceNowChecklists(table, columns), ServiceNowTrackers(table, columns),
            ServiceNowLinks(table, columns), ServiceNowQueues(table, columns),
        )  # fmt: skip


def _boards(settings: Settings) -> Iterator[tuple[Any, ...]]:
    if settings.readiness_boards is not None:
        boards = Boards(settings.readiness_boards)
        yield (
            BoardSource(boards),
            BoardChecklists(boards),
            BoardTrackers(boards),
            BoardLinks(boards),
            BoardQueues(boards),
        )


def _archives(settings: Settings) -> dict[str, Archive]:
    found: dict[str, Archive] = {}
    if settings.readiness_archive is not None:
        found["folder"] = FolderArchive(settings.readiness_archive, settings.readiness_archive_url)
    if settings.readiness_archive_hosts:
        token = settings.readiness_archive_token
        found["https"] = HttpsArchive(settings.readiness_archive_hosts, token.get_secret_value() if token else None)
    return found


def _intake(settings: Settings) -> HttpIntake | None:
    if settings.readiness_intake_url is None:
        return None
    secret = settings.readiness_intake_secret
    return HttpIntake(settings.readiness_intake_url, secret.get_secret_value() if secret else None)
