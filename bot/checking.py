"""`check`: each connection and scope tried, and what is missing said in one line each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from slack_sdk import WebClient

from bot.adapters import Adapters, Folder, adapters
from bot.closing_checking import closing_lines
from bot.manifest import SCOPES
from bot.ports import Failure
from bot.settings import Settings
from bot.slack.posting import failure_of
from bot.workspace import WorkspaceError

Line = tuple[bool, str]
SOCKET_ADVICE = "Check SLACK_APP_TOKEN: it begins with xapp- and has the scope connections:write."


def check(settings: Settings) -> Iterator[Line]:
    """(fine, one sentence) for the workspace, Slack, Google, Microsoft, the pager and the mail server."""
    folder = Folder(settings.readiness_workspace)
    try:
        people = folder.current().people.people
    except WorkspaceError as error:
        yield False, f"Workspace: {error}"
        return
    kinds = len(folder.current().policy.kinds)
    yield True, f"Workspace: {len(people)} people, {kinds} {'kind' if kinds == 1 else 'kinds'} of meeting."
    yield from _slack(settings)
    yield from _socket_mode(settings)
    connected = adapters(settings, folder)
    try:
        yield from _calendars(settings, folder, connected)
        yield from _outer_rungs(settings, connected)
        yield from closing_lines(settings, folder)
    finally:
        connected.close()


def _slack(settings: Settings) -> Iterator[Line]:
    missing = settings.missing_for_slack()
    if missing:
        yield from ((False, f"Slack: {line}") for line in missing)
    if settings.slack_bot_token is None:
        return
    client = WebClient(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, retry_handlers=[])
    try:
        answer = client.auth_test()
    except Exception as error:  # noqa: BLE001  # whatever the library raises becomes one sentence for an operator
        yield False, f"Slack: {failure_of(error)} Check SLACK_BOT_TOKEN and SLACK_API_URL."
        return
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    lacking = sorted(set(SCOPES) - granted)
    if granted and lacking:
        yield (
            False,
            f"Slack: the token lacks {', '.join(lacking)}. Add them under OAuth & Permissions and install again.",
        )
    else:
        yield True, f"Slack: connected to {answer.get('team')} as {answer.get('user')}, every scope is there."


def _socket_mode(settings: Settings) -> Iterator[Line]:
    """Asking for a connection opens none."""
    if settings.slack_app_token is None:
        return
    client = WebClient(base_url=settings.slack_api_url, retry_handlers=[])
    try:
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except Exception as error:  # noqa: BLE001  # as above
        yield False, f"Slack, socket mode: {failure_of(error)} {SOCKET_ADVICE}"
    else:
        yield True, "Slack, socket mode: a connection can be opened."


def _calendars(settings: Settings, folder: Folder, connected: Adapters) -> Iterator[Line]:
    yield from _feeds(folder, connected)
    used = {ref.provider for p in folder.current().people.people.values() for ref in p.calendars}
    for provider, words in (("google", "GOOGLE_APPLICATION_CREDENTIALS"), ("microsoft", "MICROSOFT_CLIENT_ID")):
        if provider in used and provider not in connected.calendars:
            yield (
                False,
                f"{provider.capitalize()}: people.yaml names such calendars, but {words} is not set: they are unknown.",
            )
    try:
        yield from _google(folder, connected)
        yield from _microsoft(folder, connected)
    except Failure as failure:
        yield False, f"{failure.service or 'Calendars'}: {failure}"
    if connected.invitations is None:
        why = "READINESS_SHADOW is on" if settings.readiness_shadow else "READINESS_ORGANIZER is not set"
        yield settings.readiness_shadow, f"Invites: none are sent, because {why}."
    else:
        yield True, f"Invites: sent from {settings.readiness_organizer}."


def _outer_rungs(settings: Settings, connected: Adapters) -> Iterator[Line]:
    """Where questions go that nobody answers in Slack. Neither must be there; who has neither should know it."""
    rungs = (
        ("Pager", connected.pager, "PAGERDUTY_ROUTING_KEY", settings.pagerduty_events_url),
        ("Mail", connected.mailer, "SMTP_HOST", f"{settings.smtp_host}:{settings.smtp_port}"),
    )
    for name, rung, variable, address in rungs:
        if rung is None:
            why = "READINESS_SHADOW is on" if settings.readiness_shadow else f"{variable} is not set"
            yield True, f"{name}: questions that nobody answers do not go there, because {why}."
            continue
        try:
            rung.check()
        except Failure as failure:
            yield False, f"{name}: {failure}"
        else:
            yield True, f"{name}: {address} takes what we send."


def _first(folder: Folder, provider: str) -> str | None:
    people = folder.current().people.people.values()
    return next((ref.id for p in people for ref in p.calendars if ref.provider == provider), None)


def _feeds(folder: Folder, connected: Adapters) -> Iterator[Line]:
    """Each feed that people.yaml names, once. An address that stands in people.yaml itself is not even printed."""
    people = folder.current().people.people.values()
    for name in dict.fromkeys(ref.id for p in people for ref in p.calendars if ref.provider == "ics"):
        if "://" in name:
            yield (
                False,
                "Feeds: people.yaml has a feed's address where its name belongs. Whoever has the address can read the calendar: "
                "move it to READINESS_FEEDS as NAME=https://…, and write id: NAME.",
            )
        elif connected.feeds is None:
            yield False, f"Feed {name}: READINESS_FEEDS gives no address for it. It counts as unknown."
        else:
            told = connected.feeds.check(name)
            yield told.fine, told.words


def _google(folder: Folder, connected: Adapters) -> Iterator[Line]:
    if connected.google is not None:
        yield from ((told.fine, told.words) for told in connected.google.check(_first(folder, "google")))


def _microsoft(folder: Folder, connected: Adapters) -> Iterator[Line]:
    calendar = _first(folder, "microsoft")
    if connected.microsoft is not None and calendar is not None:
        reader, writer = connected.microsoft.check(calendar, datetime.now(UTC))
        yield reader
        if connected.microsoft.can.writable:
            yield writer
