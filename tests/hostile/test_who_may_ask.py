"""Only the rooms that stand at an edge can open a connection: no link of anybody's can be followed from anywhere else."""

from __future__ import annotations

import ast
import re

from tests.test_house import ROOT, SOURCES, imports, name

CLIENTS = {"requests", "urllib3", "httplib2", "aiohttp", "httpx", "smtplib", "ftplib", "socket", "urllib.request", "http.client",
           "slack_sdk.webhook", "webbrowser"}  # fmt: skip
# Each speaks to an address of the settings, or to one that Slack itself gave for this call.
EDGES = {
    "bot/clock.py", "bot/outbound.py", "bot/slack/pictures.py", "bot/slack/posting.py", "integrations/calendars/google_failures.py",
    "integrations/calendars/google_wire.py", "integrations/calendars/ics_line.py", "integrations/calendars/microsoft_failures.py",
    "integrations/calendars/microsoft_tokens.py", "integrations/calendars/microsoft_wire.py", "integrations/paging/pagerduty.py",
    "integrations/paging/smtp.py", "integrations/evidence/https.py", "integrations/intake/http.py", "integrations/trackers/line.py",
}  # fmt: skip


def test_only_the_edges_have_a_client() -> None:
    """Records, titles, notes and messages are read in rooms that have none: a link in them is parsed, and that is all."""
    having = {
        name(path)
        for path in SOURCES
        if not name(path).startswith("integrations/sandbox/")
        and any(
            each == client or each.startswith(f"{client}.")
            for each in imports(ast.parse(path.read_text("utf-8")))
            for client in CLIENTS
        )
    }

    assert having == EDGES


def test_every_test_that_the_threat_model_names_is_there() -> None:
    """A protection that no test holds is a hope."""
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", text)) | {
        f"tests/hostile/{n}" for n in re.findall(r"`(test_\w+\.py)`", text)
    }

    assert len(named) > 15
    assert sorted(each for each in named if not (ROOT / each).exists()) == []
