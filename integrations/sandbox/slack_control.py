"""The sandbox's own door into its Slack, for the page and for tests: look as one person sees it, and act as they do.

GET  /control/slack/state?as=U…[&since=REVISION]   waits up to 20 s for something newer than `since`
     -> revision, now, me, team, bot, commands, shortcuts, unfurl_domains, users[], usergroups[],
        channels[{id, name, is_private, is_ext_shared, is_archived, bot_member, members[], messages[]}],
        dms[{id, user, messages[]}], ephemerals[], modal[view … the top one last], home (view or null),
        previews[] (unfurls of a line still being typed), errors[{at, operation, error, text, channel?}]
     A message is Slack's own JSON (ts, user, bot_id?, text, blocks?, attachments?, thread_ts?, edited?, metadata?)
     with `plain` (as this person reads it) and, on a root, `thread` (its replies). An ephemeral is the same with
     `channel`, `is_ephemeral`, and `is_error` when Slack itself says it. A view is Slack's own JSON (id, title,
     blocks, submit, close, state.values, hash) with `plain`.
POST /control/slack/command     {as, channel, text, thread_ts?}   a slash command or a message
POST /control/slack/press       {as, channel, ts, action_id, block_id?, value?, selected?, stale?} or with view_id
POST /control/slack/select      the same with `selected`: a value, a list of values, or an option
POST /control/slack/submit      {as, view_id, values: {block_id: {action_id: state or plain value}}}
POST /control/slack/close_view  {as, view_id, all?}
POST /control/slack/shortcut    {as, channel, ts, callback_id}
POST /control/slack/open_home   {as}
POST /control/slack/invite      {as, channel}
POST /control/slack/suggest     {as, view_id, action_id, query} -> {options}
POST /control/slack/replay      {} the last delivery once more, byte for byte -> {status}
POST /control/slack/dismiss     {as, ts} hides an ephemeral
     -> status, elapsed_ms, error, text, errors{block_id: sentence}, view, ephemerals[], message, plain
GET  /control/slack/files/F…?as=U…   a file's bytes, for whoever sees a message that shows it
GET  /control/slack/deliveries  what was sent to the bot: operation, status, elapsed_ms, error, retry
A wrong request is answered 400 {"ok": false, "error": word, "text": sentence}.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from integrations.sandbox.slack_acts import Seen
from integrations.sandbox.slack_state import Channel, Json, SlackError

if TYPE_CHECKING:
    from integrations.sandbox.slack import SlackStandIn

LONG_POLL_SECONDS = 20.0


class Control:
    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack
        self.blueprint = Blueprint("slack_control", __name__, url_prefix="/control/slack")
        self.blueprint.add_url_rule("/state", view_func=self._state)
        self.blueprint.add_url_rule("/deliveries", view_func=self._deliveries)
        self.blueprint.add_url_rule("/files/<file_id>", view_func=self._file)
        self.blueprint.add_url_rule("/<act>", view_func=self._act, methods=["POST"])
        self.blueprint.register_error_handler(SlackError, _refused)
        self.blueprint.before_request(_only_from_here)
        self._acts: dict[str, Callable[[Json], Json]] = {
            "command": lambda a: self._seen(
                a, slack.command(_word(a, "as"), _word(a, "channel"), _word(a, "text"), a.get("thread_ts"))
            ),
            "press": self._press,
            "select": self._press,
            "submit": lambda a: self._seen(a, slack.submit(_word(a, "as"), _word(a, "view_id"), _object(a, "values"))),
            "close_view": lambda a: self._seen(
                a, slack.close_view(_word(a, "as"), _word(a, "view_id"), bool(a.get("all")))
            ),
            "shortcut": lambda a: self._seen(
                a,
                slack.shortcut(_word(a, "as"), _word(a, "channel"), _word(a, "ts"), _word(a, "callback_id")),
            ),
            "open_home": lambda a: self._seen(a, slack.open_home(_word(a, "as"))),
            "invite": lambda a: self._seen(a, slack.invite(_word(a, "as"), _word(a, "channel"))),
            "suggest": lambda a: {
                "options": slack.suggest(
                    _word(a, "as"), _word(a, "view_id"), _word(a, "action_id"), str(a.get("query", ""))
                )
            },
            "replay": lambda a: {"status": slack.replay_last()},
            "dismiss": self._dismiss,
        }

    # -- acting

    def _act(self, act: str) -> Response:
        wanted = self._acts.get(act)
        if wanted is None:
            raise SlackError("unknown_act")
        asked = request.get_json(force=True, silent=True)
        if not isinstance(asked, dict):
            raise SlackError("invalid_json")
        return jsonify(wanted(asked))

    def _press(self, asked: Json) -> Json:
        _object(asked, "stale")
        parts = ("channel", "ts", "block_id", "value", "selected", "view_id", "stale")
        given: dict[str, Any] = {k: asked[k] for k in parts if asked.get(k) is not None}
        return self._seen(asked, self._slack.press(_word(asked, "as"), action_id=_word(asked, "action_id"), **given))

    def _dismiss(self, asked: Json) -> Json:
        state, user, ts = self._slack.state, _word(asked, "as"), _word(asked, "ts")
        with state.lock:
            state.ephemerals[:] = [e for e in state.ephemerals if (e["to"], e["ts"]) != (user, ts)]
            state.touch()
        return {"ok": True}

    def _seen(self, asked: Json, seen: Seen) -> Json:
        user = asked["as"]
        shown = seen.shown()
        shown["ephemerals"] = [self._message(m, user) for m in seen.ephemerals]
        shown["view"] = self._view(seen.view, user) if seen.view else None
        plain = [m["plain"] for m in shown["ephemerals"]]
        return {"ok": seen.error is None, **shown, "plain": "\n".join(plain) or seen.text}

    # -- looking

    def _state(self) -> Response:
        state = self._slack.state
        me = state.user(request.args.get("as", ""))
        since = request.args.get("since", type=int)
        if since is not None:
            state.wait_until(lambda: state.revision > since, LONG_POLL_SECONDS)
        with state.lock:
            return jsonify(self._seen_by(me))

    def _seen_by(self, me: Json) -> Json:
        state, user = self._slack.state, me["id"]
        organisation = state.organisation
        places = [c for c in state.channels.values() if c.seen_by(user)]
        views = self._slack.views
        lines = [e for e in state.ephemerals if e["to"] == user]
        return {
            "revision": state.revision,
            "now": state.clock.now().isoformat(),
            "me": me,
            "team": state.team,
            "bot": state.bot,
            **{k: organisation.get(k, []) for k in ("commands", "shortcuts", "unfurl_domains")},
            "users": list(state.users.values()),
            "usergroups": list(state.groups.values()),
            "channels": [self._channel(c, user) for c in places if not c.partner],
            "dms": [self._dm(c, user) for c in places if c.partner],
            "ephemerals": [self._message(e, user) for e in lines],
            "modal": [self._view(v, user) for v in views.stacks.get(user, [])],
            "home": self._view(views.homes[user], user) if user in views.homes else None,
            "previews": [p for p in self._slack.chat.previews.values() if p["user"] == user],
            "errors": [e for e in state.delivery_errors if e["to"] == user],
        }

    def _channel(self, channel: Channel, user: str) -> Json:
        flags = ("id", "name", "is_private", "is_ext_shared", "is_archived", "bot_member", "members")
        return {k: getattr(channel, k) for k in flags} | {"messages": self._messages(channel, user)}

    def _dm(self, channel: Channel, user: str) -> Json:
        return {"id": channel.id, "user": channel.partner, "messages": self._messages(channel, user)}

    def _messages(self, channel: Channel, user: str) -> list[Json]:
        tops = [m for m in channel.messages.values() if m.get("thread_ts", m["ts"]) == m["ts"]]
        shown = []
        for top in tops:
            replies = [self._message(r, user) for r in self._slack.state.replies(channel, top["ts"])]
            shown.append(self._message(top, user) | {"thread": replies})
        return shown

    def _message(self, message: Json, user: str) -> Json:
        return copy.deepcopy(message) | {"plain": self._slack.plain(message, user)}

    def _view(self, view: Json, user: str) -> Json:
        return copy.deepcopy(view) | {"plain": self._slack.plain_view(view, user)}

    def _file(self, file_id: str) -> Response:
        file = self._slack.files.seen_by(self._slack.state.user(request.args.get("as", ""))["id"], file_id)
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        return Response(file.content, mimetype=file.mimetype)

    def _deliveries(self) -> Response:
        shown = [
            {
                "operation": d.operation,
                "status": d.status,
                "elapsed_ms": d.elapsed_ms,
                "error": d.error,
                "retry": d.headers.get("X-Slack-Retry-Num"),
            }
            for d in self._slack.deliveries
        ]
        return jsonify(deliveries=shown)


_SENTENCES = {
    "user_not_found": "There is nobody with this id in the workspace.",
    "channel_not_found": "There is no such channel for this person.",
    "message_not_found": "There is no such message any more.",
    "view_not_found": "This dialog is not open any more.",
    "no_such_element": "This button is not on the message any more.",
    "no_such_option": "This entry is not in the menu.",
    "file_not_found": "There is no such file for this person.",
    "is_archived": "The channel is archived: nothing can be said in it.",
    "unknown_shortcut": "The app has no shortcut of this name.",
    "unknown_act": "The sandbox does not know this act.",
    "invalid_json": "The request's body is not a JSON object.",
}


def _word(asked: Json, key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or not value:
        raise SlackError("missing_argument", text=f"`{key}` is missing or not a text.")
    return value


def _object(asked: Json, key: str) -> Json:
    value = asked.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values() if key == "values"):
        raise SlackError("invalid_arguments", text=f"`{key}` has not the shape that this act needs.")
    return value


def _only_from_here() -> tuple[Response, int] | None:
    """Another page in the same browser could otherwise act in this workspace."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        return jsonify(ok=False, error="other_origin", text="Only the sandbox's own page may ask this."), 403
    return None


def _refused(refused: SlackError) -> tuple[Response, int]:
    text = refused.more.get("text") or _SENTENCES.get(refused.word, f"Slack says: {refused.word}.")
    return jsonify(ok=False, error=refused.word, text=f"{text} Nothing was sent."), 400
