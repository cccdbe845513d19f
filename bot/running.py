"""`serve`, `audit` and `holds` for an installation: with its settings, its database and its calendars."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from types import FrameType
from typing import Any

from bot import auditing, closure_auditing
from bot.adapters import Folder, adapters
from bot.app import Bot
from bot.audit_html import page_html
from bot.checking import SOCKET_ADVICE
from bot.core.facts import Searched
from bot.flows.holding import as_placed
from bot.flows.searching import replayed
from bot.outbound import hosts_of, keep_to
from bot.ports import Failure, FoundHold
from bot.serving import Server, web
from bot.settings import Settings, SettingsError, read
from bot.slack.posting import failure_of
from bot.store import Archive, Verified
from bot.store.papers import papers_of

log = logging.getLogger("readiness")
# How long one thread may keep the others from running: an ack has a dozen short steps, and must not wait at each of them
# for a search. Python's own is ten times that.
SWITCH_SECONDS = 0.0005
# How many new objects there may be before the collector looks at them; how many such looks before it looks at those that
# stayed, and how many of these before it looks at all, which stops every thread for a seventh of a second. Little of ours
# goes round in a circle: by Python's own figures it looked at all every two seconds, and found a few hundred objects.
COLLECTING = (10_000, 5, 400)
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
    keep_to(hosts_of(settings))
    bot = Bot(settings)
    server = _server(bot, settings)  # a taken port is told before anything begins
    try:
        _start(bot)
        ready_to_serve()
        _answer(bot, server, settings)
    finally:
        server.close()
        bot.stop()
    return 0


def ready_to_serve() -> None:
    """Threads give way to each other soon, and the collector leaves alone what is loaded by now and stays to the end: a look
    through all of it stops every thread for a third of a second, in the midst of somebody's command."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*COLLECTING)
    gc.collect()
    gc.freeze()


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
    """A connection from inside, where no port can be opened. Raises SettingsError when Slack does not open one."""
    if settings.slack_app_token is None:
        return None
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    handler = SocketModeHandler(bot.listening.app, settings.slack_app_token.get_secret_value())
    try:
        handler.connect()  # type: ignore[no-untyped-call]  # Bolt says nothing of its types here
    except Exception as error:  # noqa: BLE001  # whatever the library raises becomes one sentence for an operator
        told = f"Slack opened no connection for socket mode: {failure_of(error)} Nothing is heard. {SOCKET_ADVICE}"
        raise SettingsError((told,)) from None
    return handler


def audit(record: str | None, form: auditing.Form, verify: bool, names: bool, noted: auditing.Noted | None) -> int:
    """Read the ledger of this installation and change nothing. 1 when the chain does not hold, 2 when there is no such
    review. Raises DatabaseUnusable where there is no ledger that can be read."""
    archive = Archive(read().database)
    try:
        verified = archive.verify()
        good = verified.ok
        if record is not None:
            page = _page(archive, record, verified, names)
            closure = closure_auditing.found(archive, record) if page is None else None
            if page is not None:
                _print(page, form, archive)
            elif closure is not None:
                closure_auditing.tell(closure, form, archive)
            else:
                return _no_review(record)
        if verify:
            good = _beside(archive, noted, record is None) and good
            print(auditing.chain_line(verified))
        return 0 if good else 1
    finally:
        archive.close()


def _beside(archive: Archive, noted: auditing.Noted | None, whole: bool) -> bool:
    """What vouches for the chain from outside, and what the chain vouches for beside it."""
    kept, changed = archive.words_changed()
    if whole or changed:
        print(auditing.words_line(kept, changed))
    if noted is None:
        return not changed
    found = archive.vouches(noted.hash, noted.seq)
    print(auditing.head_line(str(noted), found))
    return found is not None and not changed


def _page(archive: Archive, record: str, verified: Verified, names: bool) -> auditing.Page | None:
    found = (papers_of(archive, spelling, verified) for spelling in (record, record.upper(), record.lower()))
    papers = next((p for p in found if p is not None), None)
    return auditing.Page.of(papers, names) if papers else None


def _print(page: auditing.Page, form: auditing.Form, archive: Archive) -> None:
    match form:
        case "json":
            for line in auditing.json_lines(page, archive.facts(page.audit.meeting)):
                print(line)
        case "html":
            print(page_html(page), end="")
        case "text":
            print(auditing.text(page))


def _no_review(record: str) -> int:
    print(f"There is no review for {record} in this ledger. Check the id, and DATABASE_URL.", file=sys.stderr)
    return 2


def replay(record: str) -> int:
    """Run the recorded inputs of each of a review's searches again. 1 when one gives another answer."""
    archive = Archive(read().database)
    try:
        page = _page(archive, record, archive.verify(), True)
        if page is None:
            return _no_review(record)
        searches = [e.fact for e in page.audit.entries if isinstance(e.fact, Searched)]
        answers = [(fact.search, replayed(fact, page.papers.documents.get)) for fact in searches]
        words = {True: "the same, byte for byte", False: "ANOTHER ANSWER", None: "its inputs were not kept"}
        for number, same in answers:
            print(f"search {number}: {words[same]}")
        return 1 if any(same is False for _, same in answers) else 0
    finally:
        archive.close()


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
