"""GitHub as source, checklist, tracker, place of links and queue of a release's review: issues, labels, comments, releases."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.core.closing_found import (
    Accepted,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Link,
    Order,
)
from bot.core.closing_plan import Milestone, SourcePlace
from bot.ports import Denied
from integrations.trackers.github_issue import SERVICE, Comment, Issue, key_print, mark, stated
from integrations.trackers.github_line import GitHubLine, is_release
from integrations.trackers.link_lines import expect, in_markdown, markdown, missing, print_of

RELEASE, REVIEW, EVIDENCE = "Release", "Review version", "Evidence SHA-256"
States = Callable[[], Collection[str]]
"""Labels that are states, as the policy names them now: accepted, awaiting, approved."""


class GitHubSource:
    """`bot.closing_ports.Source`: an issue, or a pull request. `fields` names its headings, where they are others."""

    system = "github"

    def __init__(self, line: GitHubLine, states: States) -> None:
        self._line, self._states = line, states

    def read(self, place: SourcePlace) -> Accepted:
        issue, fields = self._line.issue(place.record), place.fields
        state = issue.stated(fields["state"]) if "state" in fields else issue.state(self._states())
        return Accepted(
            record=place.record, state=state or "", release=issue.stated(fields.get("release", RELEASE)),
            review=issue.stated(fields.get("review", REVIEW)), milestone=_milestone(issue, place),
            evidence=issue.stated(fields.get("evidence", EVIDENCE)), revision=issue.updated, url=issue.url,
        )  # fmt: skip


def _milestone(issue: Issue, place: SourcePlace) -> Milestone | None:
    """GitHub's own milestone, unless the policy says that a heading states it."""
    if "milestone" not in place.fields:
        return issue.milestone
    title = issue.stated(place.fields["milestone"])
    id = issue.stated(place.fields["milestone_id"]) if "milestone_id" in place.fields else None
    return None if title is None else Milestone(title=title, id=id)


class GitHubChecklists:
    """`bot.closing_ports.Checklists`: an issue with boxes. Ticking and closing are one call."""

    system = "github"

    def __init__(self, line: GitHubLine) -> None:
        self._line = line

    def read(self, at: str) -> FoundChecklist:
        issue = self._line.target(at)
        return FoundChecklist(
            release=issue.stated(RELEASE), review=issue.stated(REVIEW), items=issue.items, closed=_closed(issue),
            version=issue.version,
        )  # fmt: skip

    def close(self, at: str, order: Order, ticks: tuple[str, ...]) -> None:
        issue = self._line.target(at)
        if _closed(issue):
            return
        expect(order.version, issue.version, at, SERVICE)
        for item in issue.items:
            if not item.done and item.name not in ticks:
                raise Denied(f"{at} has an open item that was not named: {item.name}.", service=SERVICE)
        body = issue.ticked(ticks)
        said = {} if body == issue.body else {"body": body}
        self._line.change(at, **said, state="closed", state_reason="completed")


def _closed(issue: Issue) -> bool:
    if not issue.open and issue.reason in ("not_planned", "duplicate"):
        words = issue.reason.replace("_", " ")
        raise Denied(f"{issue.where} was closed as {words}: nobody says that it was fulfilled.", service=SERVICE)
    return not issue.open


class GitHubTrackers:
    """`bot.closing_ports.Trackers`: an issue whose state is a label. A comment notes the review, before the label is set."""

    system = "github"

    def __init__(self, line: GitHubLine, states: States) -> None:
        self._line, self._states = line, states

    def read(self, at: str) -> FoundTracker:
        issue = self._line.target(at)
        return FoundTracker(
            release=issue.stated(RELEASE), review=issue.stated(REVIEW), milestone=issue.milestone,
            state=issue.state(self._states()), approved_review=_approved(self._line.comments(at)), version=issue.version,
        )  # fmt: skip

    def approve(self, at: str, order: Order, state: str) -> None:
        issue = self._line.target(at)
        if issue.state(self._states()) == state:
            return
        expect(order.version, issue.version, at, SERVICE)
        if not _noted(self._line.comments(at), order):
            self._line.comment(at, f"{order.words}\n\n{mark(order.key, approved=order.review)}")
        issue = self._line.target(at)
        expect(order.version, issue.version, at, SERVICE)
        old = issue.state(self._states())
        self._line.change(at, labels=[*(label for label in issue.labels if label != old), state])


def _approved(comments: tuple[Comment, ...]) -> str | None:
    """The newest note counts."""
    return next((str(c.mark["approved"]) for c in reversed(comments) if "approved" in c.mark), None)


def _noted(comments: tuple[Comment, ...], order: Order) -> bool:
    return any(c.mark.get("key") == key_print(order.key) and "approved" in c.mark for c in comments)


class GitHubLinks:
    """`bot.closing_ports.EvidenceLinks`: a comment of an issue, or the text of a release."""

    system = "github"

    def __init__(self, line: GitHubLine) -> None:
        self._line = line

    def read(self, at: str) -> FoundLinks:
        if is_release(at):
            return _in_release(self._line.release(at), at)
        issue, comments = self._line.target(at), self._line.comments(at)
        return _in_issue(issue, comments)

    def attach(self, at: str, order: Order, links: tuple[Link, ...]) -> None:
        found = self.read(at)
        more = missing(links, found.links)
        if not more:
            return
        expect(order.version, found.version, at, SERVICE)
        text = f"{order.words}\n\n{markdown(more)}\n\n{mark(order.key, links=str(len(more)))}"
        if not is_release(at):
            self._line.comment(at, text)
            return
        release = self._line.release(at)
        expect(order.version, _in_release(release, at).version, at, SERVICE)
        body = release.get("body") or ""
        self._line.rewrite_release(at, release["id"], f"{body.rstrip()}\n\n{text}\n" if body.strip() else f"{text}\n")


def _in_issue(issue: Issue, comments: tuple[Comment, ...]) -> FoundLinks:
    texts = [issue.body, *(comment.body for comment in comments)]
    version = print_of(issue.version, [[c.id, c.body] for c in comments])
    return FoundLinks(release=issue.stated(RELEASE), links=in_markdown(*texts), version=version)


def _in_release(document: dict[str, object], at: str) -> FoundLinks:
    """A release states which it is under a heading of its text, else by its name."""
    body, name = str(document.get("body") or ""), str(document.get("name") or "")
    version = print_of(document.get("tag_name"), name, body, document.get("draft"))
    return FoundLinks(release=stated(body, RELEASE, at) or name or None, links=in_markdown(body), version=version)


class GitHubQueues:
    """`bot.closing_ports.Queues`: a label on an issue."""

    system = "github"

    def __init__(self, line: GitHubLine, label: str) -> None:
        self._line, self._label = line, label

    def read(self, at: str) -> FoundQueue:
        issue = self._line.target(at)
        if self._label not in issue.labels:
            return FoundQueue(present=False, version=issue.version)
        return FoundQueue(
            present=True, release=issue.stated(RELEASE), review=issue.stated(REVIEW), version=issue.version
        )

    def clear(self, at: str, order: Order) -> None:
        issue = self._line.target(at)
        if self._label not in issue.labels:
            return
        expect(order.version, issue.version, at, SERVICE)
        self._line.unlabel(at, self._label)
