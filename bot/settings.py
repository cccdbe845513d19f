"""What the environment says, read once and judged together. Secrets stay secret: they are never printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_FEED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*=(?:https?|webcals?)://\S+", re.IGNORECASE)


class SettingsError(Exception):
    """Every setting that is missing or wrong: one line each, naming the variable and the fix."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals."""

    # An empty value is none: `.env` may keep the names of what is not used.
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", case_sensitive=False
    )

    slack_bot_token: SecretStr | None = Field(None, description="the bot token of your Slack app (`xoxb-…`)")
    slack_signing_secret: SecretStr | None = Field(
        None, description="the signing secret of your Slack app; not needed in socket mode"
    )
    slack_app_token: SecretStr | None = Field(
        None, description="an app-level token (`xapp-…`) turns socket mode on: no open port"
    )
    slack_api_url: str = Field("https://slack.com/api/", description="where the Slack Web API is")

    database_url: str | None = Field(
        None, description="`sqlite:///…` or `postgresql://…`; without it SQLite in `READINESS_DATA`"
    )
    readiness_data: Path = Field(
        Path("data"), description="the folder for the database and for holds on `files` calendars"
    )
    readiness_workspace: Path = Field(
        Path("workspace"), description="the folder with policy.yaml, people.yaml and the others"
    )
    readiness_host: str = Field("127.0.0.1", description="the address to listen on")
    readiness_port: int = Field(3000, ge=0, le=65535, description="the port to listen on")
    readiness_installation: str = Field(
        "readiness",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$",
        description="marks our holds: one name for each installation",
    )
    readiness_organizer: str | None = Field(
        None, description="the one calendar that sends invites: `google:ADDRESS` or `microsoft:ADDRESS`"
    )
    readiness_digest_channel: str | None = Field(
        None,
        pattern=r"^[CG][A-Z0-9]+$",
        description="the Slack channel (`C…`) that gets a line a day: the ledger's head, what waits, what is stuck; "
        "without it, the first that a kind names",
    )
    readiness_link_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="hosts whose links name records, separated by commas"
    )
    readiness_clock_url: str | None = Field(
        None, description="business time from elsewhere (the sandbox); without it the machine's"
    )
    readiness_shadow: bool = Field(
        False, description="`1`: look and explain, write nothing to any calendar, page and mail nobody"
    )

    readiness_feeds: SecretStr | None = Field(
        None,
        description="addresses of published free-busy and calendar feeds, each `NAME=https://…`, separated by spaces; "
        "people.yaml says the name",
    )
    readiness_feed_days: int = Field(
        90,
        ge=1,
        le=366,
        description="how many days ahead a feed of events is believed when it states no range of its own",
    )
    readiness_feeds_here: bool = Field(
        False, description="`1`: feeds may come from this machine itself, over http too (only for the sandbox)"
    )

    google_application_credentials: Path | None = Field(None, description="the key file of a Google service account")
    google_reader_credentials: Path | None = Field(
        None,
        description="the key file of a second service account that may only read free-busy; without it, the first reads too",
    )
    google_reader_subject: str | None = Field(
        None, description="whom the reader acts for (domain-wide delegation): sees free-busy only"
    )
    google_writer_subject: str | None = Field(
        None, description="whom the writer acts for; without it, the owner of each calendar"
    )
    google_api_url: str | None = Field(
        None, description="where the Google Calendar API is, when it is not Google's own"
    )

    microsoft_tenant_id: str | None = Field(None, description="the directory (tenant) id")
    microsoft_client_id: str | None = Field(None, description="the application (client) id")
    microsoft_client_secret: SecretStr | None = Field(None, description="a client secret")
    microsoft_client_certificate: Path | None = Field(
        None, description="a PEM file with key and certificate, in place of the secret"
    )
    microsoft_reader_client_id: str | None = Field(
        None, description="a second application that may only read free-busy; without it, the first reads too"
    )
    microsoft_reader_client_secret: SecretStr | None = Field(None, description="the client secret of that application")
    microsoft_login_url: str = Field("https://login.microsoftonline.com", description="where tokens come from")
    microsoft_graph_url: str = Field("https://graph.microsoft.com", description="where Microsoft Graph is")

    pagerduty_routing_key: SecretStr | None = Field(
        None, description="the integration key of a PagerDuty service (Events API v2); without it nobody is paged"
    )
    pagerduty_events_url: str = Field("https://events.pagerduty.com", description="where PagerDuty takes events")

    smtp_host: str | None = Field(None, description="the mail server; without it no e-mail is sent")
    smtp_port: int = Field(587, ge=1, le=65535, description="the mail server's submission port")
    smtp_from: str | None = Field(None, description="the address that e-mails come from")
    smtp_username: str | None = Field(None, description="whom we sign in as at the mail server, where it asks for that")
    smtp_password: SecretStr | None = Field(None, description="the password for it")
    smtp_starttls: bool = Field(
        True, description="speak TLS with the mail server; `0` only for a server on this machine itself"
    )

    readiness_events_secret: SecretStr | None = Field(
        None, description="what CloudEvents at `/events/accepted` are signed with (Standard Webhooks)"
    )
    github_webhook_secret: SecretStr | None = Field(None, description="the secret of GitHub webhooks that come there")
    servicenow_webhook_secret: SecretStr | None = Field(
        None, description="the secret of messages that ServiceNow sends there"
    )
    readiness_intake_url: str | None = Field(
        None, description="the scheduler's intake: where a CloudEvent is sent when a closure is complete"
    )
    readiness_intake_secret: SecretStr | None = Field(
        None, description="what we sign that event with (Standard Webhooks); without it, it is not signed"
    )
    github_token: SecretStr | None = Field(
        None, description="a GitHub token that reads and writes issues, and contents where links go into releases"
    )
    github_api_url: str = Field("https://api.github.com", description="where GitHub's REST API is")
    github_queue_label: str = Field("review-queue", description="the label that means: waits in the review queue")
    servicenow_url: str | None = Field(None, description="the ServiceNow instance, like `https://NAME.service-now.com`")
    servicenow_user: str | None = Field(
        None, description="whom we sign in as there: reads changes, writes change tasks and work notes"
    )
    servicenow_password: SecretStr | None = Field(None, description="the password for it")
    readiness_boards: Path | None = Field(None, description="the folder of boards that are files")
    readiness_archive: Path | None = Field(None, description="the folder in which evidence bundles lie")
    readiness_archive_url: str | None = Field(
        None, description="the address under which people see that folder; without it, links name the folder itself"
    )
    readiness_archive_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="hosts from which evidence bundles are read over https, separated by commas"
    )
    readiness_archive_token: SecretStr | None = Field(
        None, description="a bearer token for these hosts; it is sent to no other"
    )

    @field_validator("readiness_link_hosts", "readiness_archive_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        if isinstance(value, str):
            return frozenset(host.strip().lower() for host in value.split(",") if host.strip())
        return value

    @field_validator("readiness_organizer")
    @classmethod
    def _organizer(cls, value: str | None) -> str | None:
        if value is not None and value.partition(":")[0] not in ("google", "microsoft"):
            raise ValueError("write google:ADDRESS or microsoft:ADDRESS")
        return value

    @field_validator("readiness_feeds")
    @classmethod
    def _named_feeds(cls, value: SecretStr | None) -> SecretStr | None:
        """The address is never quoted: whoever has it can read the calendar."""
        for number, word in enumerate(value.get_secret_value().split() if value else (), 1):
            if not _FEED.fullmatch(word):
                raise ValueError(f"entry {number} is not NAME=https://… (a name of letters, digits, dots and dashes)")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _with_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @field_validator("smtp_from")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[^\s@<>,;:\"()]+@[A-Za-z0-9.-]+", value):
            raise ValueError("write the address alone, like readiness@example.com")
        return value

    @field_validator(
        "pagerduty_events_url", "readiness_intake_url", "github_api_url", "servicenow_url", "readiness_archive_url"
    )
    @classmethod
    def _safe_for_a_key(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _here(parts.hostname))):
            raise ValueError("begin it with https:// (http:// only for this machine itself)")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _together(self) -> Settings:
        faults = (*self._calendar_faults(), *self._mail_faults(), *self._tracker_faults())
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _calendar_faults(self) -> Iterator[str]:
        organizer = self.readiness_organizer or ""
        if organizer.startswith("google:") and not self.google_application_credentials:
            yield "READINESS_ORGANIZER names a Google calendar: set GOOGLE_APPLICATION_CREDENTIALS too"
        if organizer.startswith("microsoft:") and not self.microsoft_client_id:
            yield "READINESS_ORGANIZER names a Microsoft calendar: set MICROSOFT_CLIENT_ID and its fellows too"
        if self.microsoft_client_id and not (
            self.microsoft_tenant_id and (self.microsoft_client_secret or self.microsoft_client_certificate)
        ):
            yield (
                "MICROSOFT_CLIENT_ID is set: set MICROSOFT_TENANT_ID and MICROSOFT_CLIENT_SECRET "
                "(or MICROSOFT_CLIENT_CERTIFICATE) too"
            )
        if self.microsoft_reader_client_id and not self.microsoft_reader_client_secret:
            yield "MICROSOFT_READER_CLIENT_ID is set: set MICROSOFT_READER_CLIENT_SECRET too"

    def _mail_faults(self) -> Iterator[str]:
        given = {"SMTP_FROM": self.smtp_from, "SMTP_USERNAME": self.smtp_username, "SMTP_PASSWORD": self.smtp_password}
        if not self.smtp_host:
            yield from (f"{name} is set: set SMTP_HOST too" for name, value in given.items() if value)
            return
        if not self.smtp_from:
            yield "SMTP_HOST is set: set SMTP_FROM, the address that e-mails come from, too"
        if self.smtp_username and not self.smtp_password:
            yield "SMTP_USERNAME is set: set SMTP_PASSWORD too"
        if self.smtp_password and not self.smtp_username:
            yield "SMTP_PASSWORD is set: set SMTP_USERNAME too"
        if not self.smtp_starttls and not _here(self.smtp_host):
            yield "SMTP_STARTTLS is off, and SMTP_HOST is another machine: leave it on, or e-mails could be read on the way"

    def _tracker_faults(self) -> Iterator[str]:
        login = {"SERVICENOW_USER": self.servicenow_user, "SERVICENOW_PASSWORD": self.servicenow_password}
        if self.servicenow_url:
            yield from (f"SERVICENOW_URL is set: set {name} too" for name, value in login.items() if not value)
        else:
            yield from (f"{name} is set: set SERVICENOW_URL too" for name, value in login.items() if value)
        if self.readiness_archive_token and not self.readiness_archive_hosts:
            yield "READINESS_ARCHIVE_TOKEN is set: set READINESS_ARCHIVE_HOSTS, to which it may be sent, too"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.readiness_data / 'readiness.db').absolute()}"

    @property
    def organizer(self) -> tuple[Literal["google", "microsoft"], str] | None:
        if self.readiness_organizer is None:
            return None
        provider, _, address = self.readiness_organizer.partition(":")
        return ("google" if provider == "google" else "microsoft"), address

    def feeds(self) -> dict[str, str]:
        """The addresses of feeds by name."""
        words = self.readiness_feeds.get_secret_value().split() if self.readiness_feeds else ()
        return {name: address for name, _, address in (word.partition("=") for word in words)}

    def google_info(self) -> dict[str, Any] | None:
        """The service account's key file. Raises SettingsError when it cannot be read."""
        return _key_file("GOOGLE_APPLICATION_CREDENTIALS", self.google_application_credentials)

    def google_reader_info(self) -> dict[str, Any] | None:
        """The reader's own key file; without one, the first account reads too."""
        return _key_file("GOOGLE_READER_CREDENTIALS", self.google_reader_credentials) or self.google_info()

    def missing_for_slack(self) -> tuple[str, ...]:
        """What `serve` cannot do without."""
        lines = []
        if self.slack_bot_token is None:
            lines.append(
                "SLACK_BOT_TOKEN is not set. Copy the bot token from your Slack app, under OAuth & Permissions."
            )
        if self.slack_signing_secret is None and self.slack_app_token is None:
            lines.append("SLACK_SIGNING_SECRET is not set. Copy it from your Slack app, under Basic Information "
                         "(or set SLACK_APP_TOKEN for socket mode).")  # fmt: skip
        return tuple(lines)


def _key_file(variable: str, path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        info: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise SettingsError((f"{variable}: the file cannot be read as JSON. Give the path of the key file.",)) from None
    return info


def read(environment: Mapping[str, Any] | None = None) -> Settings:
    """The settings; `environment` overrides what the process has. Raises SettingsError with every fault at once."""
    try:
        return Settings(**dict(environment or {}))
    except ValidationError as error:
        lines = [_line(e["loc"], m) for e in error.errors(include_input=False) for m in e["msg"].split("\n")]
        raise SettingsError(tuple(lines)) from None


def _here(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")


def _line(where: tuple[int | str, ...], message: str) -> str:
    name = str(where[0]).upper() if where else ""
    text = message.removeprefix("Value error, ")
    return f"{name}: {text}." if name else f"{text}."
