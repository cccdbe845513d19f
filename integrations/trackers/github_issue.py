"""A GitHub issue as a release's board: headings that state release and review, boxes to tick, and the label that is its state."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.closing_found import Item
from bot.core.closing_plan import Milestone
from bot.ports import Denied
from integrations.trackers.link_lines import print_of

SERVICE = "GitHub"
STATUS = "status:"  # labels that begin so are states, whether the policy knows them or not
_BOX = re.compile(r"^([ \t]*(?:[-*+]|\d+[.)])[ \t]+\[)([ xX])(\][ \t]+)(.*?)([ \t]*\r?)$", re.MULTILINE)
_HEADING = re.compile(r"^###[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_MARK = re.compile(r"<!-- readiness-bot (\{.*?\}) -->")
_TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(frozen=True)
class Issue:
    """`where` is what people call it: owner/repo#41."""

    where: str
    title: str
    body: str
    open: bool
    reason: str | None
    labels: tuple[str, ...]
    milestone: Milestone | None
    updated: str
    url: str | None
    pull_request: bool

    @property
    def version(self) -> str:
        """GitHub's own stamp counts in seconds and knows no If-Match: what stands there is its version."""
        return print_of(self.title, self.body, self.open, self.reason, sorted(self.labels), _spelt(self.milestone))

    def state(self, known: Collection[str]) -> str:
        """The one label that is a state; without one, whether it is open."""
        if not self.open and self.reason in ("not_planned", "duplicate"):
            return self.reason.replace("_", " ")
        found = [label for label in self.labels if label in known or label.startswith(STATUS)]
        if len(found) > 1:
            words = ", ".join(sorted(found))
            raise Denied(f"{self.where} has more than one label that is a state: {words}.", service=SERVICE)
        return found[0] if found else ("open" if self.open else "closed")

    def stated(self, heading: str) -> str | None:
        return stated(self.body, heading, self.where)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(Item(name=name, done=mark != " ") for _, mark, _, name, _ in _BOX.findall(self.body))

    def ticked(self, ticks: Collection[str]) -> str:
        """The body with those boxes ticked; every other letter as it was."""

        def tick(found: re.Match[str]) -> str:
            before, mark, between, name, end = found.groups()
            return f"{before}{'x' if mark == ' ' and name in ticks else mark}{between}{name}{end}"

        return _BOX.sub(tick, self.body)


def issue_of(document: Any, where: str) -> Issue:
    """Raises Denied when it is not what GitHub documents."""
    try:
        at = document["milestone"]
        return Issue(
            where=where, title=str(document["title"]), body=document["body"] or "", open={"open": True, "closed": False}[document["state"]],
            reason=document.get("state_reason"), labels=tuple(_name(label) for label in document["labels"]),
            milestone=None if at is None else Milestone(title=at["title"], id=str(at["number"])), updated=str(document["updated_at"]),
            url=document.get("html_url"), pull_request=bool(document.get("pull_request")),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise Denied(f"{where} cannot be understood: its answer is not an issue.", service=SERVICE) from error


def _name(label: Any) -> str:
    """GitHub answers with objects, and with bare names in old answers."""
    return label if isinstance(label, str) else str(label["name"])


def _spelt(milestone: Milestone | None) -> Sequence[str | None]:
    return [] if milestone is None else [milestone.title, milestone.id]


def stated(body: str, heading: str, where: str) -> str | None:
    """The paragraph below `### heading`, as issue forms write it. Two that differ are no statement."""
    text = body.replace("\r\n", "\n")
    found = set()
    marks = list(_HEADING.finditer(text))
    for mark, end in zip(marks, [*(m.start() for m in marks[1:]), len(text)], strict=False):
        if mark.group(1).lower() == heading.lower():
            paragraph = text[mark.end() : end].strip().split("\n\n")[0].strip()
            found.add(paragraph)
    if len(found) > 1:
        raise Denied(f"{where} states {heading} twice, and differently.", service=SERVICE)
    word = next(iter(found), "")
    return word if word and word != "_No response_" else None


@dataclass(frozen=True)
class Comment:
    """Of somebody who may write in that repository: a stranger's words neither count as ours nor stand in our way."""

    id: int
    body: str

    @property
    def mark(self) -> Mapping[str, Any]:
        """What we noted in it, unseen by readers."""
        found = _MARK.search(self.body)
        try:
            told = json.loads(found.group(1)) if found else {}
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def comments_of(documents: Sequence[Any], where: str) -> tuple[Comment, ...]:
    try:
        return tuple(Comment(int(d["id"]), d["body"] or "") for d in documents if _trusted(d))
    except (KeyError, TypeError, ValueError) as error:
        raise Denied(f"The comments of {where} cannot be understood.", service=SERVICE) from error


def _trusted(document: Mapping[str, Any]) -> bool:
    user = document.get("user") or {}
    return document.get("author_association") in _TRUSTED or user.get("type") == "Bot"


def mark(key: str, **noted: str) -> str:
    """Nothing in it can end the comment in which it hides."""
    told = json.dumps({**noted, "key": key_print(key)}, sort_keys=True).replace(">", "\\u003e")
    return f"<!-- readiness-bot {told} -->"


def key_print(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
