"""Whom we may speak to: the hosts that the settings name, and nobody else, whatever a library or a redirect would like."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import sqlalchemy as sa

from bot.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("readiness")
SLACK = (".slack.com", ".slack-gov.com")  # its API, reply addresses, uploads and the sockets of socket mode
GOOGLE = (".googleapis.com",)


class NotNamed(OSError):  # noqa: N818  it reads as what is the case; adapters tell it as a line that failed
    """That host stands in no setting, so no connection to it was begun."""


@dataclass(frozen=True)
class Hosts:
    """`names` in full; `families` are endings."""

    names: frozenset[str]
    families: tuple[str, ...] = ()

    def include(self, host: str) -> bool:
        plain = host.lower().rstrip(".")
        return plain in self.names or plain.endswith(self.families)


def hosts_of(settings: Settings) -> Hosts:
    """Everybody named in the settings. Raises SettingsError where a key file cannot be read."""
    names = frozenset(name.lower() for name in _names(settings) if name)
    families = SLACK if f".{_host(settings.slack_api_url)}".endswith(SLACK) else ()
    return Hosts(names, families + (GOOGLE if settings.google_info() or settings.google_reader_info() else ()))


def _names(settings: Settings) -> Iterator[str]:
    yield from map(_host, (settings.slack_api_url, settings.readiness_clock_url, settings.google_api_url))
    for account in (settings.google_info(), settings.google_reader_info()):
        yield _host(str((account or {}).get("token_uri", "")))
    if settings.microsoft_client_id:
        yield from map(_host, (settings.microsoft_login_url, settings.microsoft_graph_url))
    yield from _closing_names(settings)
    if settings.pagerduty_routing_key:
        yield _host(settings.pagerduty_events_url)
    yield settings.smtp_host or ""
    with suppress(sa.exc.ArgumentError):  # no address at all: the store says so
        yield str(sa.make_url(settings.database).host or "")
    yield settings.readiness_host  # to listen there, its name is looked up too
    yield from map(_host, getproxies().values())


def _closing_names(settings: Settings) -> Iterator[str]:
    yield from map(_host, (settings.readiness_intake_url, settings.servicenow_url))
    if settings.github_token:
        yield _host(settings.github_api_url)
    yield from (_host(f"https://{name}") for name in settings.readiness_archive_hosts)


def _host(url: str | None) -> str:
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:
        return ""


class _Judged(threading.local):
    """Whether what runs in this thread judges addresses by rules of its own."""

    by_themselves = False


_judged = _Judged()


def by_own_rules(deed: Callable[P, T]) -> Callable[P, T]:
    """For the line to published feeds: it follows redirects, checks every numeric address and sends nothing of ours."""

    def run(*given: P.args, **named: P.kwargs) -> T:
        _judged.by_themselves = True
        try:
            return deed(*given, **named)
        finally:
            _judged.by_themselves = False

    return run


def keep_to(hosts: Hosts) -> None:
    """From now on, and for as long as the process lives, no other host is looked up: whatever would connect to one gets
    a NotNamed. Every library of ours looks up before it connects, numeric addresses too."""

    def audit(event: str, told: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo" and not _judged.by_themselves:
            _admit(hosts, told[0])

    sys.addaudithook(audit)


def _admit(hosts: Hosts, asked: object) -> None:
    host = asked.decode("ascii", "replace") if isinstance(asked, bytes) else str(asked or "")
    if host and not hosts.include(host):
        log.error("A connection to %s was refused: no setting names that host.", host)
        raise NotNamed(f"No setting names {host}.")
