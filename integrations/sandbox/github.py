"""A stand-in for GitHub's REST API: issues with labels, milestones and comments, and releases, by its documented rules."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

import flask

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.serving import Call, Traffic, suffer

Json = dict[str, Any]

TOKEN = "sandbox-github"  # noqa: S105  # worth nothing outside
LIMIT = 5000
_ISSUE_FIELDS = {"title", "body", "state", "state_reason", "labels", "milestone", "assignees"}
_REASONS = ("completed", "not_planned", "duplicate", "reopened", None)


class RefusedError(Exception):
    """What GitHub answers with a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class GitHubStandIn:
    """`app` answers; `change` is what other people do there, seen by no rule. Thread-safe; `revision` grows with every change.

    `seed`: by repository `issues` (number, title, body, labels, milestone, state), `releases` (tag, name, body) and
    `milestones` (number, title). `read_only` repositories refuse to be written, `hidden` ones are not there for the token.
    """

    def __init__(self, faults: Faults, clock: SandboxClock, seed: Mapping[str, Json], token: str = TOKEN) -> None:
        self._faults, self._clock, self._seed, self._token = faults, clock, seed, token
        self._lock = threading.RLock()
        self.read_only: set[str] = set()
        self.hidden: set[str] = set()
        self.revision = 0
        self.traffic = Traffic()
        self.clear()
        self.app = flask.Flask("sandbox-github", static_folder=None)
        self.app.extensions["traffic"] = self.traffic
        self.app.register_error_handler(RefusedError, lambda no: _answer({"message": str(no)}, no.status))
        self.app.register_error_handler(404, lambda _: _answer({"message": "Not Found"}, 404))
        self._open()

    def clear(self) -> None:
        """Back to the seed."""
        with self._lock:
            self._ids = 100
            self.repositories = {name: self._planted(name, told) for name, told in self._seed.items()}
            self.read_only.clear()
            self.hidden.clear()
            self.revision += 1
        self.traffic.clear()

    def _planted(self, name: str, told: Json) -> Json:
        planted = copy.deepcopy(told)
        milestones = {m["number"]: {**m} for m in planted.get("milestones", [])}
        issues = {i["number"]: self._issue(i) for i in planted.get("issues", [])}
        releases = {
            r["tag"]: {"id": self._fresh(), "draft": False, "prerelease": False, **r}
            for r in planted.get("releases", [])
        }
        return {"milestones": milestones, "issues": issues, "releases": releases, "labels": set()}

    def _issue(self, told: Json) -> Json:
        standing: Json = {"state": "open", "state_reason": None, "labels": [], "milestone": None, "pull_request": False}
        return {**standing, "body": "", "updated_at": self._stamp(), **told, "comments": list(told.get("comments", []))}

    def change(self, repository: str, number: int, **fields: Any) -> None:
        """Somebody else changes an issue."""
        with self._lock:
            self._touch(self.repositories[repository]["issues"][number], fields)

    def rename(self, repository: str, milestone: int, title: str) -> None:
        with self._lock:
            self.repositories[repository]["milestones"][milestone]["title"] = title
            self.revision += 1

    def say(self, repository: str, number: int, body: str, association: str = "MEMBER") -> None:
        """Somebody else comments."""
        with self._lock:
            self._add_comment(self.repositories[repository]["issues"][number], body, "someone", association)

    def issue(self, repository: str, number: int) -> Json:
        with self._lock:
            return copy.deepcopy(self.repositories[repository]["issues"][number])

    def state(self) -> Json:
        """All that stands there."""
        with self._lock:
            return {
                n: {k: v for k, v in r.items() if k != "labels"} for n, r in copy.deepcopy(self.repositories).items()
            }

    # -- the addresses

    def _open(self) -> None:
        issue = "/repos/<owner>/<name>/issues/<int:number>"
        for verb, path, operation, view in (
            ("GET", "/rate_limit", "rate_limit", self._limits),
            ("GET", issue, "issues.get", self._get),
            ("PATCH", issue, "issues.update", self._update),
            ("GET", f"{issue}/comments", "comments.list", self._comments),
            ("POST", f"{issue}/comments", "comments.create", self._comment),
            ("POST", f"{issue}/labels", "labels.add", self._label),
            ("DELETE", f"{issue}/labels/<path:label>", "labels.remove", self._unlabel),
            ("GET", "/repos/<owner>/<name>/milestones/<int:number>", "milestones.get", self._milestone),
            ("GET", "/repos/<owner>/<name>/releases/tags/<path:tag>", "releases.get", self._release),
            ("PATCH", "/repos/<owner>/<name>/releases/<int:id>", "releases.update", self._rewrite),
        ):
            self.app.add_url_rule(path, operation, self._guarded(operation, view), methods=[verb])

    def _guarded(self, operation: str, view: Callable[..., flask.Response]) -> Callable[..., flask.Response]:
        def answer(owner: str = "", name: str = "", **rest: Any) -> flask.Response:
            target = f"{owner}/{name}" + "".join(f"#{value}" for value in rest.values())
            body = flask.request.get_json(force=True, silent=True)
            self.traffic.note(Call(operation, target, self._clock.now(), flask.request.args.to_dict(), body))

            def act() -> flask.Response:
                with self._lock:
                    self._let_in()
                    if not owner:
                        return view()
                    return view(self._repository(f"{owner}/{name}"), **rest)

            return suffer(self._faults, "github", operation, target, _refuse, act)

        return answer

    def _let_in(self) -> None:
        if flask.request.headers.get("Authorization") not in (f"Bearer {self._token}", f"token {self._token}"):
            raise RefusedError(401, "Bad credentials")

    def _repository(self, name: str) -> Json:
        if name not in self.repositories or name in self.hidden:
            raise RefusedError(404, "Not Found")
        if flask.request.method != "GET" and name in self.read_only:
            raise RefusedError(403, "Resource not accessible by personal access token")
        found: Json = self.repositories[name]
        return found

    def _limits(self) -> flask.Response:
        return _answer({"resources": {"core": {"limit": LIMIT, "remaining": LIMIT - 1}}})

    def _get(self, repository: Json, number: int) -> flask.Response:
        return _answer(self._shown(repository, _found(repository["issues"], number)))

    def _update(self, repository: Json, number: int) -> flask.Response:
        issue, body = _found(repository["issues"], number), _body()
        _check_issue(body, repository)
        if body.get("state") == "open" and issue["state"] == "closed":
            body.setdefault("state_reason", "reopened")
        self._touch(issue, body)
        return _answer(self._shown(repository, issue))

    def _touch(self, issue: Json, fields: Json) -> None:
        issue.update(fields)
        issue["updated_at"] = self._stamp()
        self.revision += 1

    def _comments(self, repository: Json, number: int) -> flask.Response:
        return _paged(_found(repository["issues"], number)["comments"])

    def _comment(self, repository: Json, number: int) -> flask.Response:
        issue, body = _found(repository["issues"], number), _body()
        if not isinstance(body.get("body"), str) or not body["body"].strip():
            raise RefusedError(422, "Validation Failed")
        return _answer(self._add_comment(issue, body["body"], "readiness-bot", "COLLABORATOR"), 201)

    def _add_comment(self, issue: Json, body: str, login: str, association: str) -> Json:
        user = {"login": login, "type": "User"}
        at = self._stamp()
        made = {"id": self._fresh(), "body": body, "user": user, "author_association": association, "created_at": at}
        issue["comments"].append(made)
        self._touch(issue, {})
        return made

    def _label(self, repository: Json, number: int) -> flask.Response:
        issue, body = _found(repository["issues"], number), _body()
        self._touch(issue, {"labels": list(dict.fromkeys([*issue["labels"], *body.get("labels", [])]))})
        return _answer([{"name": label} for label in issue["labels"]])

    def _unlabel(self, repository: Json, number: int, label: str) -> flask.Response:
        issue = _found(repository["issues"], number)
        if label not in issue["labels"]:
            raise RefusedError(404, "Label does not exist")
        self._touch(issue, {"labels": [there for there in issue["labels"] if there != label]})
        return _answer([{"name": there} for there in issue["labels"]])

    def _milestone(self, repository: Json, number: int) -> flask.Response:
        return _answer(_found(repository["milestones"], number))

    def _release(self, repository: Json, tag: str) -> flask.Response:
        return _answer(_shown_release(_found(repository["releases"], tag)))

    def _rewrite(self, repository: Json, id: int) -> flask.Response:
        release = next((r for r in repository["releases"].values() if r["id"] == id), None)
        if release is None:
            raise RefusedError(404, "Not Found")
        body = _body()
        release.update({key: body[key] for key in ("body", "name") if key in body})
        self.revision += 1
        return _answer(_shown_release(release))

    def _shown(self, repository: Json, issue: Json) -> Json:
        shown = {k: v for k, v in issue.items() if k not in ("comments", "pull_request")}
        shown |= {"labels": [{"name": label} for label in issue["labels"]], "comments": len(issue["comments"])}
        shown["milestone"] = None if issue["milestone"] is None else repository["milestones"][issue["milestone"]]
        shown["html_url"] = f"https://github.example.com{flask.request.path.removeprefix('/repos')}"
        return shown | ({"pull_request": {"url": flask.request.url}} if issue["pull_request"] else {})

    def _fresh(self) -> int:
        self._ids += 1
        return self._ids

    def _stamp(self) -> str:
        return self._clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _found(things: Mapping[Any, Json], name: Any) -> Json:
    if name not in things:
        raise RefusedError(404, "Not Found")
    return things[name]


def _body() -> Json:
    body = flask.request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise RefusedError(400, "Problems parsing JSON")
    return body


def _check_issue(body: Json, repository: Json) -> None:
    wrong = [name for name in body if name not in _ISSUE_FIELDS]
    wrong += ["state"] if body.get("state", "open") not in ("open", "closed") else []
    wrong += ["state_reason"] if body.get("state_reason") not in _REASONS else []
    labels = body.get("labels", [])
    wrong += ["labels"] if not isinstance(labels, list) or not all(isinstance(word, str) for word in labels) else []
    wrong += ["milestone"] if body.get("milestone") not in (None, *repository["milestones"]) else []
    if wrong:
        raise RefusedError(422, f"Validation Failed: {', '.join(wrong)}")


def _shown_release(release: Json) -> Json:
    return {"tag_name": release["tag"], **{k: v for k, v in release.items() if k != "tag"}}


def _paged(things: Sequence[Any]) -> flask.Response:
    """Thirty a page unless asked otherwise, a hundred at most; the way on stands in the Link header."""
    size = min(flask.request.args.get("per_page", 30, type=int), 100)
    page = max(flask.request.args.get("page", 1, type=int), 1)
    answer = _answer(list(things[(page - 1) * size : page * size]))
    if page * size < len(things):
        query = urlencode({"per_page": size, "page": page + 1})
        answer.headers["Link"] = f'<{flask.request.base_url}?{query}>; rel="next"'
    return answer


def _answer(document: Any, status: int = 200) -> flask.Response:
    answer = flask.jsonify(document)
    answer.status_code = status
    answer.headers["X-RateLimit-Limit"] = str(LIMIT)
    answer.headers["X-RateLimit-Remaining"] = str(LIMIT - 1)
    return answer


def _refuse(fault: Fault) -> flask.Response:
    """`word` says which limit is meant: `primary` (the hour's share is used up, `retry_after` says until when), or
    `secondary` (too much at once)."""
    words = {"primary": "API rate limit exceeded", "secondary": "You have exceeded a secondary rate limit"}
    answer = _answer({"message": words.get(fault.word, "The sandbox was told to fail.")}, fault.status)
    if fault.word == "primary":
        answer.headers["X-RateLimit-Remaining"] = "0"
        # Limits count real time.
        answer.headers["X-RateLimit-Reset"] = str(int(time.time()) + (fault.retry_after or 60))
    elif fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer
