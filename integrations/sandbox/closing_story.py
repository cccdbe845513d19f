"""The sandbox's second story: an accepted review with its board, checklist, archive and queue, and what people do to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from integrations.sandbox.archive import ARCHIVE_TOKEN, INTAKE_SECRET, ArchiveStandIn, IntakeStandIn
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.github import TOKEN, GitHubStandIn
from integrations.sandbox.servicenow import PASSWORD, USER, ServiceNowStandIn

Json = dict[str, Any]

EVENTS_SECRET = "sandbox-events-secret"  # noqa: S105  # worth nothing outside
ARCHIVE = "https://evidence.example.com"  # as the workspace's files call it
_EVENT = "dev.cdevents.approval.closed.0.1.0"
_BOX = re.compile(r"^- \[([ x])\] (.+)$", re.MULTILINE)
_LINK = re.compile(r"^- \[([^\]]+)\]\(<([^>]+)>\)", re.MULTILINE)


class ClosingStory:
    """Four stand-ins and the deeds of the people who own them. `state` is the view from above, which no bot has."""

    def __init__(self, faults: Faults, clock: SandboxClock, told: Json) -> None:
        self.told = told
        files = {f"{told['bundle']}/{file['path']}": file["text"].encode() for file in told["files"]}
        manifest = _manifest(told)
        told["servicenow"]["change_request"][0]["u_evidence_sha256"] = hashlib.sha256(manifest).hexdigest()
        self.github = GitHubStandIn(faults, clock, told["github"])
        self.servicenow = ServiceNowStandIn(faults, clock, told["servicenow"])
        self.archive = ArchiveStandIn(faults, clock, {**files, f"{told['bundle']}/manifest.json": manifest})
        self.intake = IntakeStandIn(faults, clock)
        self.bot_url: Callable[[], str] = str
        self.heard = ""  # what the bot said to the last event
        self._sent = 0

    @property
    def apps(self) -> dict[str, Any]:
        return {
            "github": self.github.app, "servicenow": self.servicenow.app, "archive": self.archive.app, "intake": self.intake.app
        }  # fmt: skip

    @property
    def revision(self) -> int:
        parts = (self.github, self.servicenow, self.archive, self.intake)
        return sum(part.revision for part in parts) + self._sent

    def clear(self) -> None:
        for part in (self.github, self.servicenow, self.archive, self.intake):
            part.clear()
        self.heard = ""
        self._sent += 1

    def credentials(self, at: Mapping[str, str]) -> dict[str, str]:
        return {
            "READINESS_EVENTS_SECRET": EVENTS_SECRET,
            "READINESS_INTAKE_URL": f"{at['intake']}/intake",
            "READINESS_INTAKE_SECRET": INTAKE_SECRET,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": at["github"],
            "SERVICENOW_URL": at["servicenow"],
            "SERVICENOW_USER": USER,
            "SERVICENOW_PASSWORD": PASSWORD,
            "READINESS_ARCHIVE_HOSTS": at["archive"].removeprefix("http://"),
            "READINESS_ARCHIVE_TOKEN": ARCHIVE_TOKEN,
        }

    # -- what people do

    def deeds(self) -> dict[str, Callable[[], None]]:
        """By name; each of those that change something is undone by being done again."""
        return {
            "accept": self._accept, "accept_again": lambda: self._accept(again=True), "reopen": self._reopen, "rename": self._rename,
            "newer": self._newer, "corrupt": self._corrupt,
        }  # fmt: skip

    def _accept(self, again: bool = False) -> None:
        """The change system says that the review was accepted: a signed event, with the record's name and nothing to believe."""
        self._last = self._last if again and self.heard else uuid.uuid4().hex
        subject = {"id": self.told["record"], "content": {"decision": "approved"}}
        event = {
            "specversion": "1.0",
            "id": self._last,
            "source": "/sandbox/change",
            "type": _EVENT,
            "data": {"subject": subject},
        }
        self.heard = _posted(urljoin(self.bot_url(), "/events/accepted"), self._last, json.dumps(event).encode())
        self._sent += 1

    _last = ""

    def _change(self, column: str, one: str, other: str) -> None:
        now = self.servicenow.row("change_request", self.told["record"])[column]
        self.servicenow.change("change_request", self.told["record"], **{column: other if now == one else one})

    def _reopen(self) -> None:
        self._change("approval", "accepted", "in review")

    def _newer(self) -> None:
        review = self.told["manifest"]["review"]
        self._change("u_review_version", review, str(int(review) + 1))

    def _rename(self) -> None:
        title, number = self.told["manifest"]["milestone"]["title"], self.told["milestone"]
        now = self.github.state()[self.told["repository"]]["milestones"][number]["title"]
        self.github.rename(self.told["repository"], number, f"{title} (moved)" if now == title else title)

    def _corrupt(self) -> None:
        file = next(f for f in self.told["files"] if f["path"] == self.told["corrupted"])
        path, text = f"{self.told['bundle']}/{file['path']}", file["text"]
        self.archive.put(path, (f"{text}One line more.\n" if self.archive.whole(path) else text).encode())

    # -- what is seen

    def state(self) -> Json:
        repository = self.github.state()[self.told["repository"]]
        tracker, checklist = (repository["issues"][self.told[name]] for name in ("tracker", "checklist"))
        record = self.servicenow.row("change_request", self.told["record"])
        queue = self.servicenow.row("change_task", self.told["queue"])
        links = [{"name": n, "url": u} for c in tracker["comments"] for n, u in _LINK.findall(c["body"])]
        return {
            "record": {"name": record["number"], "state": record["approval"], "review": record["u_review_version"], "milestone": record["u_milestone"]},
            "board": {"name": f"{self.told['repository']}#{self.told['tracker']}", "labels": tracker["labels"],
                      "milestone": repository["milestones"][self.told["milestone"]]["title"],
                      "comments": [c["body"] for c in tracker["comments"]], "links": links},
            "checklist": {"name": f"{self.told['repository']}#{self.told['checklist']}", "closed": checklist["state"] == "closed",
                          "items": [{"name": name, "done": mark == "x"} for mark, name in _BOX.findall(checklist["body"])]},
            "queue": {"name": queue["number"], "waiting": queue["active"] == "true", "words": queue["short_description"]},
            "archive": [{"name": path, "whole": self.archive.whole(path)} for path in sorted(self.archive.files())],
            "intake": self.intake.events(), "heard": self.heard, "on": self._on(record, repository),
        }  # fmt: skip

    def _on(self, record: Mapping[str, str], repository: Json) -> Json:
        manifest = self.told["manifest"]
        title = repository["milestones"][self.told["milestone"]]["title"]
        return {
            "reopen": record["approval"] != "accepted", "newer": record["u_review_version"] != manifest["review"],
            "rename": title != manifest["milestone"]["title"], "corrupt": not all(map(self.archive.whole, self.archive.files())),
        }  # fmt: skip


def furnish(workspace: Path, archive: str) -> None:
    """Closures of a copied workspace name the stand-in where the files name the archive's own host."""
    for path in (workspace / "closures").glob("*.yaml"):
        path.write_text(path.read_text("utf-8").replace(ARCHIVE, archive), "utf-8")


def _manifest(told: Json) -> bytes:
    listed = [
        {
            "path": file["path"], "kind": file["kind"], "sha256": hashlib.sha256(file["text"].encode()).hexdigest(),
            "size": len(file["text"].encode()),
        }
        for file in told["files"]
    ]  # fmt: skip
    return json.dumps({**told["manifest"], "files": listed}, indent=1).encode()


def _posted(url: str, name: str, body: bytes) -> str:
    """Signed as Standard Webhooks say; what came back, in words."""
    stamp = str(int(time.time()))
    made = hmac.new(EVENTS_SECRET.encode(), f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(made).decode()}"
    headers = {
        "Content-Type": "application/cloudevents+json", "webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature,
    }  # fmt: skip
    to = urlsplit(url)
    line = http.client.HTTPConnection(to.hostname or "", to.port or 80, timeout=10)
    try:
        line.request("POST", to.path, body, headers)
        return str(json.load(line.getresponse()).get("said", ""))
    except (OSError, http.client.HTTPException, ValueError):
        return "The bot did not answer."
    finally:
        line.close()
