"""The sandbox's Slack Web API, as slack-sdk calls it: tokens, scopes, argument forms, rates and injected faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from integrations.sandbox.faults import Fault, Faults
from integrations.sandbox.serving import Call, Traffic, suffer
from integrations.sandbox.slack_chat import Chat
from integrations.sandbox.slack_files import Files
from integrations.sandbox.slack_lookups import Lookups
from integrations.sandbox.slack_reply_urls import ReplyUrls
from integrations.sandbox.slack_state import Json, SlackError, SlackState
from integrations.sandbox.slack_views import Views

_NESTED = {"blocks", "attachments", "metadata", "view", "unfurls", "message"}
_FLAGS = {"include_all_metadata", "inclusive", "reply_broadcast", "include_users", "include_disabled"}
_OPEN_TO_ALL = {"blocks.validate"}
_SCOPES = {
    **dict.fromkeys(("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"), "chat:write"),
    "chat.unfurl": "links:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "conversations.open": "im:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
_BY_PLACE = {
    "conversations.info": "read",
    "conversations.members": "read",
    "conversations.history": "history",
    "conversations.replies": "history",
}


class WebApi:
    """`traffic` remembers each call. `revoked` refuses the token from then on. `posts_per_second` limits chat.postMessage for
    each channel, in real time, when it is set; `posts_at_once` of them may come together. `posts_refused` counts what was
    beyond that."""

    def __init__(
        self, state: SlackState, views: Views, chat: Chat, files: Files, urls: ReplyUrls, faults: Faults, token: str
    ) -> None:
        self._state, self._views, self._files, self._urls, self._faults = state, views, files, urls, faults
        self._token = token
        self._lock = threading.Lock()
        self._posted: dict[str, tuple[float, float]] = {}  # by channel: what it still takes at once, and as of when
        self.posts_per_second: float | None = None
        self.posts_at_once = 1
        self.posts_refused = 0
        self.revoked: str | None = None  # the word with which the token is refused
        self.traffic = Traffic()
        self._methods = self._table(chat, Lookups(state))
        self.blueprint = Blueprint("slack_api", __name__)
        self.blueprint.add_url_rule("/api/<method>", view_func=self._called, methods=["GET", "POST"])
        self.blueprint.add_url_rule("/upload/v1/<key>", view_func=self._uploaded, methods=["POST"])
        self.blueprint.add_url_rule("/response/<team>/<key>", view_func=self._answered, methods=["POST"])

    def _table(self, chat: Chat, lookups: Lookups) -> dict[str, Callable[[Json], Json]]:
        views = self._views
        return {
            "auth.test": lookups.auth_test,
            "blocks.validate": lookups.validate,
            "chat.delete": chat.delete,
            "chat.getPermalink": chat.permalink,
            "chat.postEphemeral": chat.post_ephemeral,
            "chat.postMessage": chat.post_message,
            "chat.unfurl": chat.unfurl,
            "chat.update": chat.update,
            "conversations.history": lookups.history,
            "conversations.info": lookups.channel,
            "conversations.members": lookups.members,
            "conversations.open": lookups.open,
            "conversations.replies": lookups.replies,
            "files.completeUploadExternal": self._files.complete,
            "files.getUploadURLExternal": self._files.begin,
            "usergroups.list": lookups.groups,
            "usergroups.users.list": lookups.group_members,
            "users.info": lookups.user,
            "users.list": lookups.user_list,
            "users.lookupByEmail": lookups.user_by_email,
            "views.open": lambda a: {"view": views.open(a.get("view"), a.get("trigger_id"))},
            "views.push": lambda a: {"view": views.push(a.get("view"), a.get("trigger_id"))},
            "views.update": lambda a: {
                "view": views.update(a.get("view"), a.get("view_id"), a.get("external_id"), a.get("hash"))
            },
            "views.publish": lambda a: {"view": views.publish(str(a.get("user_id")), a.get("view"), a.get("hash"))},
        }

    # -- a call

    def _called(self, method: str) -> Response:
        try:
            args = _arguments()
        except ValueError:
            return jsonify(ok=False, error="invalid_json")
        token = args.pop("token", None)
        where = ("channel", "channel_id", "user_id", "user")
        self._note(method, next((str(args[key]) for key in where if args.get(key)), ""), args)
        return self._under_faults(method, json.dumps(args), lambda: self._answer(method, args, token))

    def _under_faults(self, operation: str, target: str, do: Callable[[], Response]) -> Response:
        return suffer(self._faults, "slack", operation, target, _failed, do)

    def _answer(self, method: str, args: Json, token: str | None) -> Response:
        try:
            return self._granted(jsonify(ok=True, **self._run(method, args, token)))
        except SlackError as refused:
            return self._granted(jsonify(ok=False, error=refused.word, **refused.more))

    def _run(self, method: str, args: Json, token: str | None) -> Json:
        run = self._methods.get(method)
        if run is None:
            raise SlackError("unknown_method", req_method=method)
        if method not in _OPEN_TO_ALL:
            self._admit(method, args, request.headers.get("Authorization", "").removeprefix("Bearer ") or token)
        if method == "chat.postMessage" and not self._in_rate(str(args.get("channel"))):
            raise SlackError("ratelimited")
        return run(args)

    def _admit(self, method: str, args: Json, token: str | None) -> None:
        if not token:
            raise SlackError("not_authed")
        if token != self._token:
            raise SlackError("invalid_auth")
        if self.revoked is not None:
            raise SlackError(self.revoked)
        needed = self._scope(method, args)
        if needed and needed not in self._state.scopes:
            raise SlackError("missing_scope", needed=needed, provided=",".join(self._state.scopes))

    def _scope(self, method: str, args: Json) -> str | None:
        if method not in _BY_PLACE:
            return _SCOPES.get(method)
        channel = self._state.channels.get(str(args.get("channel")))
        place = "im" if channel and channel.partner else "groups" if channel and channel.is_private else "channels"
        return f"{place}:{_BY_PLACE[method]}"

    def _in_rate(self, channel: str) -> bool:
        if self.posts_per_second is None:
            return True
        with self._lock:
            now = self._state.real_time()
            left, since = self._posted.get(channel, (self.posts_at_once, now))
            left = min(self.posts_at_once, left + (now - since) * self.posts_per_second)
            allowed = left >= 1
            self._posted[channel] = (left - allowed, now)
            self.posts_refused += not allowed
            return allowed

    def _granted(self, answer: Response) -> Response:
        answer.headers["x-oauth-scopes"] = ",".join(self._state.scopes)
        if answer.get_json().get("error") == "ratelimited":
            answer.status_code, answer.headers["Retry-After"] = 429, "1"
        return answer

    def _note(self, operation: str, target: str, body: Any) -> None:
        self.traffic.note(Call(operation, target, self._state.clock.now(), body=body))

    # -- an address to upload to

    def _uploaded(self, key: str) -> Response:
        content = request.get_data()
        self._note("files.upload", key, {"length": len(content)})
        return self._under_faults("files.upload", key, lambda: self._took(key, content))

    def _took(self, key: str, content: bytes) -> Response:
        status, words = self._files.receive(key, content)
        return Response(words, status, mimetype="text/plain")

    # -- an answering address

    def _answered(self, team: str, key: str) -> Response:
        said = request.get_json(force=True, silent=True)
        self._note("response_url", key, said)
        return self._under_faults("response_url", json.dumps(said), lambda: self._said(key, said))

    def _said(self, key: str, said: Any) -> Response:
        try:
            self._urls.use(key, said)
        except SlackError as refused:
            answer = jsonify(ok=False, error=refused.word, **refused.more)
            answer.status_code = 404 if refused.word.endswith("_url") else 400
            return answer
        return Response("ok", mimetype="text/plain")


def _failed(fault: Fault) -> Response:
    """429 says when to come back; 5xx without a word is a page, as from a proxy; 200 is Slack's own refusal."""
    word = fault.word or ("ratelimited" if fault.status == 429 else "")
    page = Response(f"<html>{fault.status}</html>", mimetype="text/html")
    answer = jsonify(ok=False, error=word) if word else page
    answer.status_code = fault.status
    if fault.retry_after is not None or fault.status == 429:
        answer.headers["Retry-After"] = str(fault.retry_after if fault.retry_after is not None else 1)
    return answer


def _arguments() -> Json:
    """JSON, form and query all say the same thing; nested values may come as JSON text."""
    args: Json = {**request.args.to_dict(), **request.form.to_dict()}
    if request.is_json and request.data:
        body = json.loads(request.data)
        if not isinstance(body, dict):
            raise ValueError("a call's body is an object")
        args |= body
    for key in _NESTED & set(args):
        if isinstance(args[key], str):
            args[key] = _maybe_json(args[key])
    for key in _FLAGS & set(args):
        args[key] = str(args[key]).lower() in ("1", "true")
    return {k: v for k, v in args.items() if v is not None}


def _maybe_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
