"""Logs tell no secret: neither one that stands in the settings nor one that has the shape of one."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import redaction
from bot.redaction import HIDDEN, keep_secret, redacted
from bot.settings import read

PEM = "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----" % ("canary+key/" * 5)
# By hand, so that nothing in this file looks like a real one.
TOKEN = "-".join(("xoxb", "canary", "0000"))
SETTINGS: dict[str, Any] = {
    "slack_bot_token": TOKEN, "slack_signing_secret": "canary-signing", "slack_app_token": "canary-app-level",
    "database_url": "postgresql://readiness:canary%2Fdatabase@db.example.com/readiness",
    "readiness_feeds": "lee=https://feeds.example.com/canary-feed/basic.ics mei=https://feeds.example.com/canary-other.ics",
    "microsoft_tenant_id": "t", "microsoft_client_id": "c", "microsoft_client_secret": "canary~ms secret",
    "microsoft_reader_client_id": "r", "microsoft_reader_client_secret": "canary-reader",
    "pagerduty_routing_key": "canary-routing", "smtp_host": "mail.example.com", "smtp_from": "bot@example.com",
    "smtp_username": "bot", "smtp_password": "canary-mail",
}  # fmt: skip


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[io.StringIO]:
    """What a handler writes that was there before anybody thought of secrets."""
    monkeypatch.setattr(redaction._Known, "words", frozenset())
    monkeypatch.setattr(redaction._Known, "pattern", None)
    account = tmp_path / "google.json"
    account.write_text(json.dumps({"private_key": PEM}), "utf-8")
    keep_secret(read({**SETTINGS, "google_application_credentials": account}))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("some.library")
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


def test_every_secret_of_the_settings_is_known(logged: io.StringIO) -> None:
    secrets = set(redaction.secrets_of(read(SETTINGS)))

    assert {s for s in secrets if "canary" in s} == secrets - {""}
    assert len(secrets - {""}) == 10


def test_no_secret_of_the_settings_is_written(logged: io.StringIO) -> None:
    """In a message, in what is filled in, in an error's own words, and as a form carries it."""
    log = logging.getLogger("some.library")
    for secret in redaction.secrets_of(read(SETTINGS)):
        log.warning(f"plain {secret}")
        log.warning("filled in %s and %r", secret, {"a": secret})
        log.warning("as a form: %s", redaction.quote_plus(secret))
        try:
            raise ValueError(f"the server said {secret}")
        except ValueError:
            log.exception("broken")
    log.warning(PEM)

    assert "canary" not in logged.getvalue()
    assert logged.getvalue().count(HIDDEN) >= 40
    assert "ValueError: the server said [secret]" in logged.getvalue()


@pytest.mark.parametrize(
    ("before", "secret"),
    [
        ("", "-".join(("xoxp", "1", "canary"))), ("", "-".join(("xapp", "1", "A0", "canary"))), ("Authorization: Bearer ", "canary.c4n4ry"),
        ("'Authorization': 'Basic ", "Y2FuYXJ5canary=="), ("https://hooks.slack.com/commands/", "T0/1/canary"),
        ("https://hooks.slack.com/actions/", "T0/1/canary"), ("http://127.0.0.1:5/response/", "T0/canary"),
        ("client_secret=", "canary~1"), ('"access_token": "', "canary"), ("'routing_key': '", "canary"), ("assertion=", "canary"),
        ("postgresql+psycopg://", "readiness:canary"), ("", ".".join(("eyJhbGciOiJ", "canary", "sig"))), ("", PEM),
    ],
)  # fmt: skip
def test_what_has_the_shape_of_a_secret_is_hidden_though_nobody_told_us_of_it(before: str, secret: str) -> None:
    """Tokens that a provider gives out at run time, and response_urls."""
    ending = "@db.example.com/x" if secret.startswith("readiness:") else ""

    assert redacted(f"asked {before}{secret}{ending} and left") == f"asked {before}{HIDDEN}{ending} and left"


@pytest.mark.parametrize(
    "words",
    [
        "readiness-bot answers at http://127.0.0.1:3000/slack/events", "Given up: act:command:1.2:U0PRIYA (Slack did not answer.)",
        "https://change.example.com/CHG-1042?a=b", "dana@example.com", "no basic rights", "The database postgresql+psycopg://db/x",
    ],
)  # fmt: skip
def test_what_an_operator_needs_is_still_said(words: str) -> None:
    assert redacted(words) == words


def test_a_traceback_is_still_there_for_who_looks_at_the_record(logged: io.StringIO) -> None:
    record = logging.getLogRecordFactory()("a", logging.ERROR, "f", 1, "m", (), (ValueError, ValueError("x"), None))

    assert record.exc_info is not None
    assert record.exc_text is None
