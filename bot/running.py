"""`serve`, `audit` and `holds` for an installation: with its settings, its database and its calendars."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType
from typing import Any

from bot import auditing
from bot.adapters import Folder, adapters
from bot.app import Bot
from bot.core.closure_facts import STREAM
from bot.core.facts import Searched
from bot.flows.holding import as_placed
from bot.ports import Failure, FoundHold
from bot.serving import Server, web
from bot.settings import Settings, SettingsError, read
from bot.slack.messages.closure_view import ClosureView
from bot.store import Verified

log = logging.getLogger("readiness")
_LOUD = ("slack_sdk", "googleapiclient", "google", "msal", "urllib3", "httplib2", "waitress", "alembic")


def quiet_logs() -> None:
    """Times and levels on stderr; libraries that log bodies or tokens at their lower levels stay at warnings."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)


def serve() -> int:
    """Run until it is told to stop. Raises SettingsError with every missing setting at once."""
    settings = read()
    missing = settings.missing_for_slack()
    if missing:
        raise SettingsError(missing)
    quiet_logs()
    bot = Bot(settings)
    server = _server(bot, settings)  # a taken port is told before anything begins
    try:
        _start(bot)
        _answer(bot, server, settings)
    finally:
        server.close()
        bot.stop()
    return 0


def _start(bot: Bot) -> None:
    try:
        bot.start()
    except Failure as failure:
        if failure.service != "Slack":
            raise
        told = f"{failure} Nothing was started. Check SLACK_BOT_TOKEN and SLACK_API_URL, then start again."
        raise SettingsError((told,)) from None


def _answer(bot: Bot, server: Server, settings: Settings) -> None:
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    threading.Thread(target=server.run, name="http", daemon=True).start()
    print(f"readiness-bot answers at http://{settings.readiness_host}:{server.port}/slack/events", flush=True)
    socket = _socket_mode(bot, settings)
    ended.wait()
    if socket is not None:
        socket.close()


def _server(bot: Bot, settings: Settings) -> Server:
    try:
        return Server(web(bot), settings.readiness_host, settings.readiness_port)
    except OSError as taken:
        raise SettingsError(
            (f"READINESS_PORT: {settings.readiness_host}:{settings.readiness_port} cannot be listened on ({taken.strerror}). "
             "Choose another port, or stop the program that has it.",)
        ) from None  # fmt: skip


def _socket_mode(bot: Bot, settings: Settings) -> Any:
    """A connection from inside, where no port can be opened."""
    if settings.slack_app_token is None:
        return None
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    handler = SocketModeHandler(bot.listening.app, settings.slack_app_token.get_secret_value())
    handler.connect()  # type: ignore[no-untyped-call]  # Bolt says nothing of its types here
    return handler


def audit(record: str | None, as_json: bool, as_html: bool, verify: bool) -> int:
    """Read the ledger of this installation. 1 when the chain does not hold, 2 when there is no such review."""
    bot = Bot(read())
    try:
        bot.store.migrate()
        verified = bot.store.verify()
        if record is not None:
            spellings = (record, record.upper(), record.lower())
            view = next((v for v in map(bot.reviewing.view, spellings) if v is not None), None)
            closure = bot.closing.views.view(record) if view is None else None
            if closure is not None:
                _tell_closure(bot, closure, verified, as_json, as_html)
            elif view is None:
                print(
                    f"There is no review for {record} in this ledger. Check the id, and DATABASE_URL.", file=sys.stderr
                )
                return 2
            elif as_json:
                for line in auditing.json_lines(bot.store.facts(view.meeting.id)):
                    print(line)
            else:
                print(auditing.page(view, verified) if as_html else auditing.text(view, verified))
        if verify:
            print(auditing.chain_line(verified))
        return 0 if verified.ok else 1
    finally:
        bot.store.close()


def _tell_closure(bot: Bot, closure: ClosureView, verified: Verified, as_json: bool, as_html: bool) -> None:
    if as_json:
        for line in auditing.json_lines(bot.store.facts(STREAM + closure.closure.id)):
            print(line)
        return
    print(auditing.closure_page(closure, verified) if as_html else auditing.closure_text(closure, verified))


def replay(record: str) -> int:
    """Run the recorded inputs of each of a review's searches again. 1 when one gives another answer."""
    bot = Bot(read())
    try:
        bot.store.migrate()
        view = next(
            (v for v in map(bot.reviewing.view, (record, record.upper(), record.lower())) if v is not None), None
        )
        if view is None:
            print(f"There is no review for {record} in this ledger. Check the id, and DATABASE_URL.", file=sys.stderr)
            return 2
        searches = [e.fact for e in bot.journal.history(view.meeting.id) if isinstance(e.fact, Searched)]
        answers = [(fact.search, bot.searching.replay(fact)) for fact in searches]
        words = {True: "the same, byte for byte", False: "ANOTHER ANSWER", None: "its inputs were not kept"}
        for number, same in answers:
            print(f"search {number}: {words[same]}")
        return 1 if any(same is False for _, same in answers) else 0
    finally:
        bot.store.close()


def holds(release: bool, record: str | None) -> int:
    """Every tagged hold on every writable calendar of people.yaml; `release` takes them off. 1 when one did not answer."""
    # The off-switch works in shadow mode too: what was held before it was turned on must come off.
    settings = read().model_copy(update={"readiness_shadow": False})
    folder = Folder(settings.readiness_workspace)
    connected = adapters(settings, folder)
    refs = dict.fromkeys(ref for p in folder.current().people.people.values() for ref in p.calendars[:1])
    count, silent = 0, 0
    try:
        for ref in refs:
            calendar = connected.calendars.get(ref.provider)
            if calendar is None or not calendar.can.writable:
                continue
            try:
                for found in calendar.holds(ref.id, settings.readiness_installation):
                    if record is None or found.record.lower() == record.lower():
                        count += 1
                        _tell(ref.provider, found, release)
                        if release:
                            calendar.let_go(as_placed(found))
            except Failure as failure:
                silent += 1
                print(f"{ref.provider} {ref.id}: {failure}", file=sys.stderr)
    finally:
        connected.close()
    print(f"{count} {'released' if release else 'standing'}, {silent} calendars did not answer.")
    return 1 if silent else 0


def _tell(provider: str, found: FoundHold, release: bool) -> None:
    until = f", until {found.expires_at:%Y-%m-%d %H:%M} UTC" if found.expires_at else ""
    verb = "releasing " if release else ""
    print(f"{verb}{provider} {found.calendar}: {found.record} {found.span.start:%Y-%m-%d %H:%M} UTC{until}")
