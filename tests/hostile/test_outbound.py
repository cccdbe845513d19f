"""No host is spoken to that the settings do not name."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from bot.outbound import hosts_of
from bot.settings import read

REAL: dict[str, Any] = {
    "microsoft_tenant_id": "t", "microsoft_client_id": "c", "microsoft_client_secret": "s", "pagerduty_routing_key": "k",
    "smtp_host": "mail.example.com", "smtp_from": "bot@example.com", "database_url": "postgresql://db.example.com/readiness",
}  # fmt: skip


@pytest.mark.parametrize(
    "host",
    ["slack.com", "www.slack.com", "hooks.slack.com", "files.slack.com", "wss-primary.slack.com", "login.microsoftonline.com",
     "graph.microsoft.com", "events.pagerduty.com", "mail.example.com", "DB.example.com", "graph.microsoft.com."],
)  # fmt: skip
def test_who_is_named_may_be_spoken_to(host: str) -> None:
    assert hosts_of(read(REAL)).include(host)


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "localhost", "evil.example.com", "slack.com.evil.example.com", "evilslack.com", "oauth2.googleapis.com",
     "change.example.com", "mail.example.com.evil.example.com", "::1"],
)  # fmt: skip
def test_who_is_not_named_may_not(host: str) -> None:
    """A link's host is one that names records: it is never asked."""
    assert not hosts_of(read({**REAL, "readiness_link_hosts": "change.example.com"})).include(host)


def test_the_systems_of_closing_are_named_by_their_own_settings() -> None:
    """GitHub without a token is not set up; the archive's hosts are those that are listed."""
    closing = {
        "github_token": "t", "servicenow_url": "https://example.service-now.com", "servicenow_user": "u",
        "servicenow_password": "p", "readiness_archive_hosts": "evidence.example.com",
        "readiness_intake_url": "https://intake.example.com/events",
    }  # fmt: skip
    hosts = hosts_of(read({**REAL, **closing}))

    for host in ("api.github.com", "example.service-now.com", "evidence.example.com", "intake.example.com"):
        assert hosts.include(host), host
        assert not hosts_of(read(REAL)).include(host)
    assert not hosts.include("archive.evidence.example.com")


def test_what_is_not_set_up_names_nobody() -> None:
    assert not hosts_of(read({})).include("graph.microsoft.com")
    assert not hosts_of(read({})).include("events.pagerduty.com")


PROBE = """
import socket, smtplib, urllib.request, requests, httplib2
from bot.outbound import by_own_rules, hosts_of, keep_to
from bot.settings import read
server = socket.create_server(("127.0.0.1", 0))
keep_to(hosts_of(read({"slack_api_url": f"http://127.0.0.1:{server.getsockname()[1]}/api/"})))
def asked(name, deed):
    try:
        deed()
        print(name, "connected")
    except OSError as error:
        print(name, "NotNamed" in repr(error) or "No setting names" in repr(error))
    except Exception as error:
        print(name, "No setting names" in repr(error) or repr(error))
asked("socket", lambda: socket.create_connection(("169.254.169.254", 80), 1))
asked("requests", lambda: requests.get("http://evil.example.com/", timeout=1))
asked("urllib", lambda: urllib.request.urlopen("http://[::1]/", timeout=1))
asked("httplib2", lambda: httplib2.Http(timeout=1).request("http://localhost:1/"))
asked("smtplib", lambda: smtplib.SMTP("evil.example.com", 25, timeout=1))
asked("named", lambda: socket.create_connection(server.getsockname(), 1).close())
asked("feeds", lambda: by_own_rules(socket.getaddrinfo)("::1", 443))
"""


def test_a_process_that_serves_connects_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever library it is: refused before a name is even looked up. Feeds are judged by their own rules."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True, timeout=30)

    refused = ["socket True", "requests True", "urllib True", "httplib2 True", "smtplib True"]
    assert done.stdout.splitlines() == [*refused, "named connected", "feeds connected"]
    assert "no setting names that host" in done.stderr
