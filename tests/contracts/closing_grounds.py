"""The closing adapters on their stand-ins over HTTP, and on files: one release, as each of the systems tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.github import TOKEN, GitHubStandIn
from integrations.sandbox.servicenow import PASSWORD, USER, ServiceNowStandIn
from integrations.trackers.boards import Boards
from integrations.trackers.github_line import GitHubLine
from integrations.trackers.servicenow_table import ServiceNowTable
from tests.contracts.closing_contract import RELEASE, REVIEW, THEIRS, TICK, Line
from tests.sandbox_servers import served

NOW = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)
REPOSITORY = "example/identity"
STATED = f"### Release\r\n\r\n{RELEASE}\r\n\r\n### Review version\r\n\r\n{REVIEW}\r\n\r\n"
THEIR_LINE = f"- [{THEIRS.name}]({THEIRS.url}) SHA-256 {THEIRS.sha256}"

GITHUB = {
    REPOSITORY: {
        "milestones": [{"number": 12, "title": "Identity 4.2"}],
        "issues": [
            {"number": 40, "title": "Identity 4.2", "body": STATED + THEIR_LINE, "labels": ["in review", "urgent", "review-queue"], "milestone": 12},
            {"number": 41, "title": "Readiness", "body": f"{STATED}### Items\r\n\r\n- [x] Runbook read\r\n* [ ] {TICK}\r\n"},
            {"number": 42, "title": "The record", "body": f"{STATED}### Evidence SHA-256\n\n{'ab' * 32}", "labels": ["accepted"], "milestone": 12},
            {"number": 43, "title": "A change of code", "body": STATED, "pull_request": True, "labels": ["in review"]},
        ],
        "releases": [{"tag": "v4.2", "name": "Identity 4.2", "body": STATED + THEIR_LINE}],
    },
}  # fmt: skip
SERVICENOW = {
    "change_request": [
        {"number": "CHG0031042", "approval": "accepted", "short_description": "Identity 4.2", "u_release": RELEASE,
         "u_review_version": REVIEW, "u_milestone": "Identity 4.2", "u_milestone_id": "12", "u_evidence_sha256": "ab" * 32},
        {"number": "CHG0031050", "approval": "requested", "short_description": "Empty", "u_release": ""},
    ],
    "change_task": [
        {"number": "CTASK0010021", "short_description": "Runbook read", "change_request": "CHG0031042", "state": "3", "active": "false"},
        {"number": "CTASK0010022", "short_description": TICK, "change_request": "CHG0031042"},
    ],
}  # fmt: skip


@dataclass
class GitHubGround:
    faults: Faults
    there: GitHubStandIn
    line: GitHubLine
    url: str

    def words(self) -> int:
        """What we left for people: comments, and the closure's name in a release's text."""
        repository = self.there.state()[REPOSITORY]
        ours = [
            c for i in repository["issues"].values() for c in i["comments"] if c["user"]["login"] == "readiness-bot"
        ]
        return len(ours) + sum(r["body"].count("REL-77") for r in repository["releases"].values())

    def line_of(self, writes: str) -> Line:
        """Where the next request that reads, or that writes in this way, suffers."""

        def breaks(writing: bool, kind: str, **more: Any) -> None:
            self.faults.add(service="github", operation=writes if writing else "*.get", kind=kind, **more)

        return Line(breaks, self.words, (TOKEN,))


@dataclass
class ServiceNowGround:
    faults: Faults
    there: ServiceNowStandIn
    table: ServiceNowTable
    url: str

    def breaks(self, writing: bool, kind: str, **more: Any) -> None:
        self.faults.add(service="servicenow", operation="*.update" if writing else "*.list", kind=kind, **more)

    def words(self) -> int:
        notes = self.there.state()["notes"].values()
        return sum("REL-77" in text for told in notes for _, text in told)

    def as_line(self) -> Line:
        return Line(self.breaks, self.words, (PASSWORD,))


def github_ground() -> Iterator[GitHubGround]:
    faults = Faults()
    there = GitHubStandIn(faults, SandboxClock(NOW, running=False), GITHUB)
    with served(there.app) as server:
        yield GitHubGround(faults, there, GitHubLine(TOKEN, api_url=server.url, timeout=5.0), server.url)


def servicenow_ground() -> Iterator[ServiceNowGround]:
    faults = Faults()
    there = ServiceNowStandIn(faults, SandboxClock(NOW, running=False), SERVICENOW)
    with served(there.app) as server:
        yield ServiceNowGround(faults, there, ServiceNowTable(server.url, USER, PASSWORD, timeout=5.0), server.url)


BOARD: Callable[[], dict[str, Any]] = lambda: {  # noqa: E731  # fresh each time
    "release": RELEASE, "review": REVIEW, "milestone": {"title": "Identity 4.2", "id": "12"}, "state": "in review",
    "checklist": {"closed": False, "items": [{"name": "Runbook read", "done": True}, {"name": TICK, "done": False}]},
    "links": [THEIRS.model_dump()], "queue": {"waiting": True}, "note": "keep me",
}  # fmt: skip


def boards_in(folder: Path) -> Boards:
    (folder / "identity.yaml").write_text(yaml.safe_dump(BOARD(), sort_keys=False), "utf-8")
    return Boards(folder)
