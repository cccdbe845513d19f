"""Slack's ear: every command, press, dialog and event is kept in one durable transaction and acknowledged at once."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from traceback import walk_tb
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltError
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.core.refusals import Refusal, refuse
from bot.ports import Failure, SlackMemory
from bot.slack import acts, bolt_body
from bot.slack.blocks import Block, ids
from bot.slack.dialogs import OPENING, Dialogs
from bot.slack.heard import (
    LONGEST_ID,
    LONGEST_TYPED,
    LONGEST_URL,
    Heard,
    Malformed,
    Recent,
    Replies,
    carried,
    kept,
    told,
)
from bot.slack.messages import attest_dialog, presses, reject_dialog, why_not
from bot.slack.messages.refused import refused
from bot.slack.posting import Posting
from bot.slack.reviewing import Reviewing
from bot.slack.speech import Speech

COMMANDS = re.compile(r"^/[a-z-]+$")
SHORTCUT = "readiness_review_from_message"
WITH_REASON = (presses.REJECT_DIALOG, presses.SUBSTITUTE_DIALOG, presses.DISAGREE_DIALOG, presses.ATTEST_DIALOG)
SORRY = "I could not keep that, so nothing changed. Try again in a minute."
Body = Mapping[str, Any]

log = logging.getLogger("readiness.slack")


class Listening:
    """Registers every ear with Bolt. One durable transaction, then the ack; opening a dialog is the only call outwards."""

    def __init__(
        self, client: WebClient, signing_secret: str | None, memory: SlackMemory, replies: Replies, dialogs: Dialogs,
        posting: Posting, reviewing: Reviewing, bot_user: Mapping[str, Any],
    ) -> None:  # fmt: skip
        bolt_body.mend()
        self._memory = memory
        self._replies = replies
        self._dialogs = dialogs
        self._posting = posting
        self._reviewing = reviewing
        self._bot_user = bot_user
        self._answered = Recent()
        self._opening = ThreadPoolExecutor(max_workers=4, thread_name_prefix="dialogs")
        self.app = App(
            name="readiness-bot",  # else Bolt looks for one through the sources of all modules
            client=client, signing_secret=signing_secret or secrets.token_hex(), authorize=lambda team_id: self._authorized(),
            process_before_response=True, raise_error_for_unhandled_request=False, logger=_bolt_log(),
        )  # fmt: skip
        self._register()

    def close(self) -> None:
        self._opening.shutdown(wait=False, cancel_futures=True)

    def _authorized(self) -> AuthorizeResult:
        """One workspace, one token: who presses is judged by us, not by Bolt."""
        known = self._bot_user
        return AuthorizeResult(
            enterprise_id=None, team_id=known.get("team_id"), bot_user_id=known.get("user_id"),
            bot_id=known.get("bot_id"), bot_token=known.get("token"),
        )  # fmt: skip

    def _register(self) -> None:
        self.app.command(COMMANDS)(self._on_command)
        self.app.action(re.compile(f"^({'|'.join(OPENING)})$"))(self._on_opening)
        self.app.action(presses.NOT_NOW)(self._on_not_now)
        self.app.action(re.compile(".*"))(self._on_press)
        self.app.view(presses.WHY_NOT_DIALOG)(self._on_question)
        self.app.view(re.compile(".*"))(self._on_dialog)
        self.app.shortcut(SHORTCUT)(self._on_shortcut)
        self.app.event("link_shared")(self._on_link)
        self.app.event("app_home_opened")(self._on_home)
        self.app.event("member_joined_channel")(self._on_joined)
        self.app.event("app_uninstalled")(self._on_token_news)
        self.app.event("tokens_revoked")(self._on_token_news)
        self.app.event(re.compile(".*"))(lambda ack: ack())
        self.app.error(self._on_error)

    # What comes in

    def _on_command(self, ack: Ack, body: Body) -> None:
        user = told(body, "user_id")
        key = f"command:{told(body, 'trigger_id')}:{user}"
        heard = Heard(
            acts.COMMAND, user, told(body, "team_id"), told(body, "channel_id"), None, _unescaped(kept(body.get("text"))),
            {"command": told(body, "command")}, key,
        )  # fmt: skip
        self._hear(key, heard, body.get("response_url"))
        ack()

    def _on_press(self, ack: Ack, body: Body) -> None:
        heard, key = _press(body)
        self._hear(key, heard, body.get("response_url"))
        ack()

    def _on_not_now(self, ack: Ack, body: Body) -> None:
        """*Not now* takes the quiet offer away; nobody else ever saw it."""
        ack()
        url = self._replies.slacks_own(body.get("response_url"))
        if url and self._answered.first(_press(body)[1]):
            self._opening.submit(self._posting.take_away, url)

    def _on_opening(self, ack: Ack, body: Body) -> None:
        (heard, key), trigger = _press(body), told(body, "trigger_id")
        if self._answered.first(key):
            self._replies.keep(key, body.get("response_url"))
            opening = self._opening.submit(self._open, heard, trigger)
            opening.add_done_callback(lambda done: self._opened(heard, done))
        ack()

    def _on_question(self, ack: Ack, body: Body) -> None:
        """A time asked about in *Why not…*: the dialog answers in place."""
        heard, _ = _submission(body)
        answer = self._dialogs.answer(heard)
        if isinstance(answer, Refusal):
            said = Speech(self._reviewing.people, self._reviewing.zone).say(answer.words)
            ack(response_action="errors", errors={_block_of(body, why_not.TIME): said})
            return
        ack(response_action="update", view=_knowing(answer, heard))

    def _on_dialog(self, ack: Ack, body: Body) -> None:
        heard, key = _submission(body)
        if heard.what in WITH_REASON and not heard.text.strip():
            ack(response_action="errors", errors={_block_of(body, reject_dialog.REASON): "Say in a sentence why."})
            return
        complaint = self._dialogs.complaint(heard) if heard.what == presses.ATTEST_DIALOG else None
        if complaint is not None:
            said = Speech(self._reviewing.people, self._reviewing.zone).say(complaint.words)
            ack(response_action="errors", errors={_block_of(body, attest_dialog.WINDOWS): said})
            return
        self._hear(key, heard, None)
        ack()

    def _on_shortcut(self, ack: Ack, body: Body) -> None:
        message, user = _part(body, "message"), told(body, "user", "id")
        key = f"shortcut:{told(body, 'trigger_id')}:{user}"
        heard = Heard(
            acts.SHORTCUT, user, _team(body), told(body, "channel", "id"), _stamp(message, "thread_ts") or _stamp(message, "ts"),
            _unescaped(kept(message.get("text"))), {}, key,
        )  # fmt: skip
        self._hear(key, heard, body.get("response_url"))
        ack()

    def _on_link(self, ack: Ack, body: Body) -> None:
        event = body["event"]
        if event.get("source") != "composer" and not str(event.get("message_ts", "")).startswith("Uxx"):
            links = event.get("links") or []
            text = " ".join(told(link, "url", longest=LONGEST_URL) for link in links) if isinstance(links, list) else ""
            where = told(event, "channel"), _stamp(event, "thread_ts")
            heard = Heard(acts.LINK, told(event, "user"), _team(body), *where, kept(text))
            self._hear(f"event:{told(body, 'event_id')}", heard, None)
        ack()

    def _on_home(self, ack: Ack, body: Body) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home":
            self._hear(f"event:{told(body, 'event_id')}", Heard(acts.HOME, told(event, "user"), _team(body), ""), None)
        ack()

    def _on_token_news(self, ack: Ack) -> None:
        """The app was removed, or tokens were revoked, perhaps ours, perhaps long ago: what the token is worth now tells
        the next call, and that is made at once."""
        self._opening.submit(self._posting.call, "auth_test")
        ack()

    def _on_joined(self, ack: Ack, body: Body) -> None:
        event = body["event"]
        if event.get("user") == self._bot_user.get("user_id"):
            heard = Heard(acts.JOINED, told(event, "user"), _team(body), told(event, "channel"))
            self._hear(f"event:{told(body, 'event_id')}", heard, None)
        ack()

    def _on_error(self, error: Exception, body: Body) -> BoltResponse:
        """Nothing was kept. The body is not logged: it holds what people wrote and keys to answer them."""
        if isinstance(error, Malformed) or not _reached_us(error):
            what = error if isinstance(error, Malformed) else "a part is of another sort"
            log.warning("A request that no Slack sends was refused: %s", what)
            return BoltResponse(status=400, body={"error": "that is no request of Slack's; nothing changed"})
        if isinstance(error, Failure):  # foreseen: its sentence says all
            log.error("A request from Slack could not be kept: %s", error)
        else:
            log.error("A request from Slack could not be kept: %s", type(error).__name__, exc_info=_safe(error))
        if body.get("command"):
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": SORRY})
        # A press gets Slack's own sign of failure, a dialog stays open, and an event is brought again.
        return BoltResponse(status=503, body={"error": SORRY})

    # What is done about it

    def _hear(self, key: str, heard: Heard, url: str | None) -> None:
        """Keep it. The same delivery twice is one act; a second press is an act of its own."""
        self._replies.keep(heard.reply, url)
        lane = f"act:{heard.carries['m']}" if heard.carries.get("m") else None
        self._memory.hear(f"act:{key}", "act", lane, heard.stored())

    def _open(self, heard: Heard, trigger: str) -> None:
        view = self._dialogs.for_press(heard)
        if isinstance(view, Refusal):
            self._refuse(heard, view)
            return
        self._show(heard, view, trigger)

    def _opened(self, heard: Heard, opening: Future[None]) -> None:
        """What broke while a dialog was made is logged, and the person is told: nobody else waits for it."""
        error = None if opening.cancelled() else opening.exception()
        if error is not None:
            log.error("A dialog could not be made", exc_info=error)
            self._refuse(heard, refuse("broken", "That could not be shown. Nothing changed. Try again in a minute."))

    def _show(self, heard: Heard, view: Block, trigger: str) -> None:
        try:
            self._posting.call("views_open", trigger_id=trigger, view=_knowing(view, heard))
        except Failure as failure:
            log.warning("A dialog could not be opened: %s", failure)

    def _refuse(self, heard: Heard, refusal: Refusal) -> None:
        message = refused(refusal, Speech(self._reviewing.people, self._reviewing.zone))
        self._posting.whisper(heard.channel, heard.user, message, heard.thread, self._replies.take(heard.reply))


def _bolt_log() -> logging.Logger:
    """Bolt gives each of its loggers the root's level unless it is given one. Below errors it logs whole bodies (those
    that are not signed, too), and warns of a token that it finds in the environment and does not need."""
    bolt = logging.getLogger("slack_bolt")
    bolt.setLevel(logging.ERROR)
    return bolt


def _press(body: Body) -> tuple[Heard, str]:
    action, container = body["actions"][0], _part(body, "container")
    user, what = told(body, "user", "id"), told(action, "action_id")
    where = _stamp(container, "message_ts") or _stamp(container, "view_id") or ""
    key = f"press:{where}:{user}:{what}:{_stamp(action, 'action_ts') or ''}"
    opened, within = _whence(_part(body, "view"), user)
    channel = told(body, "channel", "id") if body.get("channel") else opened
    thread = _stamp(container, "thread_ts") or _stamp(_part(body, "message"), "thread_ts") or within
    return Heard(what, user, _team(body), channel, thread, "", carried(action.get("value")), key), key


def _submission(body: Body) -> tuple[Heard, str]:
    view, user = _part(body, "view"), told(body, "user", "id")
    typed = {
        kept(action): _entered(element)
        for block in _part(_part(view, "state"), "values").values()
        for action, element in (block.items() if isinstance(block, Mapping) else ())
    }
    key = f"dialog:{told(view, 'id')}:{_stamp(view, 'hash') or ''}:{user}"
    heard = Heard(
        told(view, "callback_id"), user, _team(body), *_whence(view, user), typed.get(reject_dialog.REASON, typed.get(why_not.TIME, "")),
        carried(view.get("private_metadata")), key, typed,
    )  # fmt: skip
    return heard, key


def _knowing(view: Block, heard: Heard) -> Block:
    """The dialog with where it was opened: Slack does not tell it again, and what is answered belongs there."""
    known = carried(view.get("private_metadata"))
    return {**view, "private_metadata": ids(**{**known, "c": heard.channel, "h": heard.thread or ""})}


def _whence(view: Mapping[str, Any], user: str) -> tuple[str, str | None]:
    """The channel and thread in which a dialog was opened; of the home tab, the person."""
    known = carried(view.get("private_metadata"))
    return str(known.get("c") or user), str(known.get("h") or "") or None


def _part(body: Body, name: str) -> Mapping[str, Any]:
    """What stands under a name, where that is an object; otherwise an empty one."""
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _stamp(body: Body, name: str) -> str | None:
    """An id or a moment of Slack's, where there is one."""
    return kept(body.get(name), LONGEST_ID) or None


def _entered(element: object) -> str:
    """What an input holds: typed text, or the value of what was chosen."""
    if not isinstance(element, Mapping):
        return ""
    return kept(element.get("value") or _part(element, "selected_option").get("value"), LONGEST_TYPED)


def _block_of(body: Body, action: str) -> str:
    """The input block in which an action stands: errors are told by block."""
    blocks = _part(_part(_part(body, "view"), "state"), "values")
    return next((block for block, inside in blocks.items() if isinstance(inside, Mapping) and action in inside), action)


def _team(body: Body) -> str:
    """The team of who acts. In shared channels it is theirs, not ours: then they are strangers."""
    user = body.get("user")
    theirs = user.get("team_id") if isinstance(user, Mapping) else None
    return kept(theirs or _part(body, "team").get("id") or body.get("team_id"), LONGEST_ID)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _reached_us(error: Exception) -> bool:
    """Whether it was raised in this room or deeper. What Bolt stumbles over before it calls us is the request's shape."""
    return any(frame.f_globals.get("__name__") == __name__ for frame, _ in walk_tb(error.__traceback__))


def _safe(error: Exception) -> Exception | None:
    """Bolt's own errors may carry the request in their text: their traceback is left out."""
    return None if isinstance(error, BoltError) else error
