"""From settings to adapters: which calendars, records and invitations this installation has."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.core.people import Directory
from bot.core.policy import Policy
from bot.core.release_calendar import Entry, Release
from bot.outbound import by_own_rules
from bot.ports import Calendar, Invitations
from bot.redaction import keep_secret
from bot.settings import Settings, SettingsError
from bot.workspace import Workspace, WorkspaceFolder
from integrations.calendars.files import FilesCalendar
from integrations.calendars.google import GoogleCalendar
from integrations.calendars.google_invitations import GoogleInvitations
from integrations.calendars.google_wire import GoogleIdentity
from integrations.calendars.ics import IcsCalendar
from integrations.calendars.ics_line import FeedLine, dial, resolve
from integrations.calendars.microsoft import MicrosoftCalendar
from integrations.calendars.microsoft_invitations import MicrosoftInvitations
from integrations.calendars.microsoft_tokens import Identity
from integrations.calendars.microsoft_wire import MicrosoftGraph
from integrations.paging.pagerduty import PagerDuty
from integrations.paging.smtp import SmtpMail
from integrations.records.files import FileRecords

Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Organised:
    """`bot.ports.Organisation` from the workspace's files."""

    workspace: Workspace

    @property
    def policy(self) -> Policy:
        return self.workspace.policy

    @property
    def people(self) -> Directory:
        return self.workspace.people

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.workspace.release_calendar.entries

    @property
    def releases(self) -> tuple[Release, ...]:
        return self.workspace.release_calendar.releases

    @property
    def policy_digest(self) -> str:
        return self.workspace.policy_digest

    @property
    def digests(self) -> Mapping[str, str]:
        return self.workspace.digests


class Folder:
    """`bot.ports.Organisations`: the workspace folder, read again when it changes."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = WorkspaceFolder(path, now)

    def current(self) -> Organised:
        return Organised(self.folder.current())

    def records(self) -> FileRecords:
        return FileRecords(lambda record_id: self.folder.current().record(record_id))

    def zones(self, calendar_id: str, provider: str = "files") -> tuple[str, ...]:
        """The zones of whoever has that calendar: floating times are read in them."""
        people = self.folder.current().people.people.values()
        ref = (provider, calendar_id)
        return tuple(dict.fromkeys(p.time_zone for p in people if ref in [(c.provider, c.id) for c in p.calendars]))


@dataclass(frozen=True)
class Adapters:
    calendars: dict[str, Calendar]
    invitations: Invitations | None
    files: FilesCalendar
    google: GoogleCalendar | None = None
    microsoft: MicrosoftCalendar | None = None
    graph: MicrosoftGraph | None = None
    pager: PagerDuty | None = None
    mailer: SmtpMail | None = None
    feeds: IcsCalendar | None = None

    def close(self) -> None:
        if self.feeds is not None:
            self.feeds.close()
        for part in (self.google, self.invitations):
            if isinstance(part, GoogleCalendar | GoogleInvitations):
                part.close()
        if self.graph is not None:
            self.graph.close()


def files_calendar(folder: Folder, data: Path) -> FilesCalendar:
    return FilesCalendar(lambda calendar: folder.folder.current().calendar_file(calendar), folder.zones, data)


def adapters(
    settings: Settings,
    folder: Folder,
    sleep: Sleep = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Adapters:
    """What the settings name. A provider that is not configured is missing here: its calendars are then unknown. Here
    secrets begin to be used, so from here on logs keep them."""
    keep_secret(settings)
    files = files_calendar(folder, settings.readiness_data)
    google = _google(settings, sleep)
    graph = _graph(settings, sleep)
    microsoft = MicrosoftCalendar(graph) if graph else None
    if microsoft is not None and settings.readiness_shadow:
        microsoft.can = microsoft.can.model_copy(update={"writable": False, "under_hold": "none"})
    calendars: dict[str, Calendar] = {"files": files}
    if google is not None:
        calendars["google"] = google
    if microsoft is not None:
        calendars["microsoft"] = microsoft
    feeds = _feeds(settings, folder, sleep, now)
    if feeds is not None:
        calendars["ics"] = feeds
    return Adapters(
        calendars, _invitations(settings, graph, sleep), files, google, microsoft, graph, _pager(settings), _mailer(settings), feeds
    )  # fmt: skip


def _feeds(settings: Settings, folder: Folder, sleep: Sleep, now: Callable[[], datetime]) -> IcsCalendar | None:
    if settings.readiness_feeds is None:
        return None
    line = FeedLine(local=settings.readiness_feeds_here, resolve=by_own_rules(resolve), dial=by_own_rules(dial))
    days = settings.readiness_feed_days
    zones = partial(folder.zones, provider=IcsCalendar.provider)
    return IcsCalendar(settings.feeds(), zones, line, now, days=days, sleep=sleep)


def _google(settings: Settings, sleep: Sleep) -> GoogleCalendar | None:
    info, own = settings.google_info(), settings.google_reader_info()
    if own is None:
        return None
    reader = GoogleIdentity(own, settings.google_reader_subject)
    write = info is not None and not settings.readiness_shadow
    writer = GoogleIdentity(info, settings.google_writer_subject) if info is not None and write else None
    return GoogleCalendar(reader, writer, api_url=settings.google_api_url, sleep=sleep)


def _graph(settings: Settings, sleep: Sleep) -> MicrosoftGraph | None:
    if not (settings.microsoft_client_id and settings.microsoft_tenant_id):
        return None
    return MicrosoftGraph(
        tenant=settings.microsoft_tenant_id, writer=_application(settings), reader=_reader(settings), login_url=settings.microsoft_login_url,
        graph_url=settings.microsoft_graph_url, sleep=sleep,
    )  # fmt: skip


def _reader(settings: Settings) -> Identity | None:
    secret = settings.microsoft_reader_client_secret
    if settings.microsoft_reader_client_id is None or secret is None:
        return None
    return Identity(settings.microsoft_reader_client_id, secret.get_secret_value())


def _application(settings: Settings) -> Identity:
    client = settings.microsoft_client_id or ""
    if settings.microsoft_client_certificate is None:
        secret = settings.microsoft_client_secret
        return Identity(client, secret.get_secret_value() if secret else "")
    try:
        pem = settings.microsoft_client_certificate.read_text("ascii")
    except (OSError, ValueError):
        raise SettingsError(
            ("MICROSOFT_CLIENT_CERTIFICATE: the file cannot be read as PEM. Give a file with key and certificate.",)
        ) from None
    return Identity(client, private_key=pem, public_certificate=pem)


def _invitations(settings: Settings, graph: MicrosoftGraph | None, sleep: Sleep) -> Invitations | None:
    if settings.organizer is None or settings.readiness_shadow:
        return None
    provider, address = settings.organizer
    if provider == "google":
        info = settings.google_info()
        assert info is not None, "settings name a Google organiser only with credentials"
        return GoogleInvitations(
            GoogleIdentity(info, settings.google_writer_subject), address, api_url=settings.google_api_url, sleep=sleep
        )
    return MicrosoftInvitations(graph, address) if graph else None


def _pager(settings: Settings) -> PagerDuty | None:
    """None in shadow mode too: nobody is woken by a bot that is only looking on."""
    key = settings.pagerduty_routing_key
    if key is None or settings.readiness_shadow:
        return None
    return PagerDuty(key.get_secret_value(), settings.readiness_installation, events_url=settings.pagerduty_events_url)


def _mailer(settings: Settings) -> SmtpMail | None:
    if not (settings.smtp_host and settings.smtp_from) or settings.readiness_shadow:
        return None
    password = settings.smtp_password
    return SmtpMail(
        settings.smtp_host, settings.smtp_port, settings.smtp_from, starttls=settings.smtp_starttls,
        username=settings.smtp_username, password=password.get_secret_value() if password else None,
    )  # fmt: skip
