"""The line to GitHub's REST API: issues with their comments, and releases; what its refusals and its limits mean."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from bot.ports import Denied, Failure, Gone, Throttled
from integrations.trackers.github_issue import SERVICE, Comment, Issue, comments_of, issue_of
from integrations.trackers.line import Answer, Line, seconds

API = "https://api.github.com"
MOST_PAGES = 20  # of a hundred comments each
_ISSUE = re.compile(r"([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)#([1-9][0-9]{0,9})")
_RELEASE = re.compile(r"([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)@([^\s@#]{1,200})")


class GitHubLine:
    """What the five adapters share. The token is sent to the configured address alone."""

    def __init__(
        self, token: str, *, api_url: str = API, timeout: float = 10.0, now: Callable[[], float] = time.time
    ) -> None:
        self._now = now
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "readiness-bot",
        }
        self._line = Line(SERVICE, api_url, headers, self._judge, settings="GITHUB_API_URL", timeout=timeout)

    def check(self) -> None:
        """Raises what stands in the way of asking at all."""
        self._line.ask("GET", "/rate_limit")

    def issue(self, at: str) -> Issue:
        return issue_of(self._line.ask("GET", _issue(at)).document, at)

    def target(self, at: str) -> Issue:
        """An issue that may be written to: a pull request is scope, and never touched."""
        issue = self.issue(at)
        if issue.pull_request:
            raise Denied(f"{at} is a pull request. Only issues are written to.", service=SERVICE)
        return issue

    def comments(self, at: str) -> tuple[Comment, ...]:
        found: list[Any] = []
        for page in range(1, MOST_PAGES + 1):
            query = {"per_page": "100", "page": str(page)}
            answer = self._line.ask("GET", f"{_issue(at)}/comments", query=query)
            if not isinstance(answer.document, list):
                raise Denied(f"The comments of {at} cannot be understood.", service=SERVICE)
            found += answer.document
            # Whether there is more is read from the header; where, is for us to say.
            if 'rel="next"' not in answer.headers.get("Link", ""):
                return comments_of(found, at)
        raise Denied(f"{at} has more than {MOST_PAGES * 100} comments: they are not read.", service=SERVICE)

    def comment(self, at: str, body: str) -> None:
        self._line.ask("POST", f"{_issue(at)}/comments", body={"body": body})

    def change(self, at: str, **fields: Any) -> None:
        self._line.ask("PATCH", _issue(at), body=fields)

    def unlabel(self, at: str, label: str) -> None:
        """Quiet when it is gone already."""
        try:
            self._line.ask("DELETE", f"{_issue(at)}/labels/{quote(label, safe='')}")
        except Gone:
            return

    def release(self, at: str) -> dict[str, Any]:
        owner, repository, tag = _parts(_RELEASE, at, "owner/repo@v4.2")
        path = f"/repos/{owner}/{repository}/releases/tags/{quote(tag, safe='')}"
        document = self._line.ask("GET", path).document
        if not isinstance(document, dict) or not isinstance(document.get("id"), int):
            raise Denied(f"{at} cannot be understood: its answer is not a release.", service=SERVICE)
        return document

    def rewrite_release(self, at: str, id: int, body: str) -> None:
        owner, repository, _ = _parts(_RELEASE, at, "owner/repo@v4.2")
        self._line.ask("PATCH", f"/repos/{owner}/{repository}/releases/{id}", body={"body": body})

    def _judge(self, answer: Answer) -> Failure:
        status, headers = answer.status, answer.headers
        said = answer.document.get("message", "") if isinstance(answer.document, dict) else ""
        slow = (
            "rate limit" in str(said).lower() or "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
        )
        if status == 429 or (status == 403 and slow):
            wait = self._pause(answer)
            return Throttled("GitHub asks for a pause; nothing was done.", service=SERVICE, retry_after=wait)
        if status in (404, 410):
            words = "GitHub finds no such issue, repository or release, or the token may not see it."
            return Gone(words, service=SERVICE)
        if status == 401:
            return Denied("GitHub does not accept the token: check GITHUB_TOKEN.", service=SERVICE)
        if status == 403:
            words = "GitHub forbids it: the token needs to read and write issues (and contents, for releases)."
            return Denied(words, service=SERVICE)
        return Denied(f"GitHub refused the request (status {status}). Nothing was written.", service=SERVICE)

    def _pause(self, answer: Answer) -> float:
        """Retry-After if it is said; else until the limit is lifted; else the minute that GitHub asks for."""
        if "Retry-After" in answer.headers:
            return seconds(answer.headers["Retry-After"], 60.0)
        reset = answer.headers.get("X-RateLimit-Reset", "")
        if (
            answer.headers.get("X-RateLimit-Remaining") == "0"
            and reset.isascii()
            and reset.isdigit()
            and len(reset) < 12
        ):
            return min(max(1.0, float(reset) - self._now()), 3600.0)
        return 60.0


def _issue(at: str) -> str:
    owner, repository, number = _parts(_ISSUE, at, "owner/repo#41")
    return f"/repos/{owner}/{repository}/issues/{number}"


def is_release(at: str) -> bool:
    return _RELEASE.fullmatch(at) is not None


def _parts(shape: re.Pattern[str], at: str, example: str) -> tuple[str, ...]:
    found = shape.fullmatch(at)
    if found is None or found.group(2) in (".", ".."):
        raise Denied(f"{at} is no address in GitHub; it should look like {example}.", service=SERVICE)
    return found.groups()
