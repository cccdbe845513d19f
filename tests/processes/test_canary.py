"""Everything that stands in people's calendars is a canary: not one may be seen, heard or stored by the bot."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.parse
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest

from bot.slack.messages import presses
from integrations.sandbox.calendar_book import BookEvent
from tests.processes.installation import RECORD, Installation, Stage, slack_id
from tests.processes.talkative import SECONDS

ROOT = str(Path(__file__).parents[2])
ERROR = "CANARY-ERROR"
_ANSWER = re.compile(r"/response/\w+/\w+")  # the part of a response_url that nobody can guess


class Tap:
    """What the stand-ins answered: to see that canaries went over the line at all, and which tokens were given out."""

    def __init__(self) -> None:
        self.canaries: set[str] = set()
        self.tokens: set[str] = set()

    def __call__(self, response: flask.Response) -> flask.Response:
        if not response.is_streamed and flask.request.path.startswith(("/v1.0/", "/calendar/", "/token", "/sandbox")):
            body = response.get_data(as_text=True)
            self.canaries |= set(re.findall(r"CANARY-[A-Z]+", body))
            self.tokens |= set(re.findall(r'"access_token": ?"([^"]+)"', body))
        return response


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Tap:
    tap, answer = Tap(), flask.Flask.process_response

    def tapped(app: flask.Flask, response: flask.Response) -> flask.Response:
        return answer(app, tap(response))

    monkeypatch.setattr(flask.Flask, "process_response", tapped)
    return tap


@pytest.fixture
def installation(stage: Stage, tmp_path: Path, tap: Tap) -> Iterator[Installation]:
    installation = Installation(stage, tmp_path, ("-m", "tests.processes.talkative"), PYTHONPATH=ROOT)
    _plant(installation)
    yield installation
    installation.close()


def _plant(installation: Installation) -> None:
    for calendar in list(installation.book.calendars):
        for event in installation.book.events(calendar):
            installation.book.put(_canary(event))


def _canary(event: BookEvent) -> BookEvent:
    guest = (("CANARY-GUEST@elsewhere.example.com", "accepted"),)
    return replace(
        event, title=f"CANARY-TITLE {event.id}", place=f"CANARY-PLACE {event.id}", text="CANARY-TEXT", attendees=guest
    )


def _conflict(installation: Installation, name: str) -> BookEvent:
    hold = next(e for e in installation.holds_on_calendars() if e.calendar.startswith(name))
    start = hold.start + timedelta(minutes=15)
    event = BookEvent(f"conflict-{name}", hold.calendar, start, start + timedelta(minutes=15), organizer=hold.calendar)
    return installation.book.put(_canary(event))


def _the_whole_path(installation: Installation) -> None:
    """Everything goes wrong once: errors that quote events, lines that are cut, calendars that hang, conflicts."""
    breaks = installation.sandbox.faults.add
    for service, operation in (("google", "freeBusy.query"), ("microsoft", "getSchedule")):
        breaks(service=service, operation=operation, kind="status", status=500, word=ERROR, times=None)
    _does(installation, "asks")
    assert installation.state == "blocked"
    installation.sandbox.faults.clear()
    _does(installation, "presses", presses.LOOK_AGAIN, "priya")
    assert installation.state == "choosing"
    breaks(service="microsoft", operation="getSchedule", kind="calendar_error", match="mei@", word=ERROR)
    breaks(service="google", operation="freeBusy.query", kind="calendar_error", match="dana@", word=ERROR)
    breaks(service="google", operation="freeBusy.query", kind="slow", seconds=SECONDS * 2)
    breaks(service="slack", operation="response_url", kind="drop_before")
    for word in (f"why {RECORD} Tue 15:30", f"why {RECORD} Wed 10:00", f"status {RECORD}", "list"):
        installation.asks(f"/readiness-review {word}")
    installation.presses(presses.WHY_NOT, "priya")
    installation.slack.wait_until(lambda: installation.slack.modal(slack_id("priya")) is not None, 5)
    installation.sandbox.faults.clear()

    for service, operation in (("google", "events.insert"), ("microsoft", "events.create")):
        breaks(service=service, operation=operation, kind="status", status=403, word=ERROR)
        _does(installation, "holds")
        assert (installation.state, len(installation.held())) == (
            "held",
            4,
        )  # one calendar refused: not held, and named
        _does(installation, "presses", presses.LET_GO, "priya")
        assert (installation.state, installation.held()) == ("choosing", set())
    breaks(service="google", operation="events.insert", kind="drop_after")
    breaks(service="microsoft", operation="events.create", kind="late", seconds=SECONDS * 2)
    breaks(service="slack", operation="chat.postMessage", kind="drop_after")
    _does(installation, "holds")
    breaks(service="google", operation="events.get", kind="status", status=403, word=ERROR)
    _does(installation, "approves")
    assert installation.state == "held"
    conflicts = [_conflict(installation, name) for name in ("lee", "dana")]
    _does(installation, "approves")
    assert installation.state == "held"
    assert any("Nothing was sent" in installation.plain(m) for m in installation.thread())
    for event in conflicts:
        installation.book.remove(event.calendar, event.id)
    _does(installation, "approves")
    assert installation.state == "confirmed"

    installation.slack.open_home(slack_id("priya"))
    installation.asks(f"/readiness-review audit {RECORD}")
    _does(installation, "asks", f"/readiness-review cancel {RECORD}")
    _does(installation, "presses", presses.CANCEL, "priya")
    assert installation.state == "cancelled"


def _does(installation: Installation, act: str, *what: str) -> None:
    getattr(installation, act)(*what)
    installation.settled()


def _database(folder: Path) -> dict[str, str]:
    """Every column of every row of every table, what is packed unpacked, and the file's own bytes."""
    told = {path.name: path.read_bytes().decode("latin-1") for path in folder.glob("readiness.db*")}
    with sqlite3.connect(f"file:{folder / 'readiness.db'}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
            told[f"table {table}"] = "\n".join(_readable(value) for row in rows for value in row)
    database.close()
    return told


def _readable(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return zlib.decompress(value).decode("utf-8")
    except zlib.error:
        return value.decode("latin-1")


def _everything_it_said(installation: Installation) -> dict[str, str]:
    """Wherever somebody could read it, now or later."""
    audits = {
        form: installation.command("audit", RECORD, *form.split())
        for form in ("", "--json", "--html", "--html --names")
    }
    return {
        "stdout": installation.said("stdout"),
        "stderr": installation.said("stderr"),
        "Slack": json.dumps(installation.slack.calls) + "".join(d.answer for d in installation.slack.deliveries),
        **{f"audit {form}": told.stdout + told.stderr for form, told in audits.items()},
        **_database(installation.folder / "data"),
    }


def _found(told: dict[str, str], words: set[str]) -> dict[str, list[str]]:
    seen = {where: sorted(word for word in words if word.lower() in text.lower()) for where, text in told.items()}
    return {where: words for where, words in seen.items() if words}


def test_what_calendars_say_reaches_nobody(installation: Installation, tap: Tap) -> None:
    """No title, place or attendee of a calendar, no word of a provider's error and no secret, in any log, table, message or
    audit."""
    installation.starts()
    _the_whole_path(installation)
    told = _everything_it_said(installation)
    assert installation.ends() == 0

    assert tap.canaries >= {"CANARY-TITLE", "CANARY-PLACE", ERROR}
    assert {"table ledger", "table inputs", "table operation_outputs", "table slack_users"} <= set(told)
    assert [
        where for where in ("table ledger", "table inputs", "Slack", "audit --html") if RECORD not in told[where]
    ] == []
    assert _found(told, {"CANARY"}) == {}
    assert "Traceback" not in told["stderr"]
    assert _found(told, _secrets(installation, tap)) == {}
    # slack-sdk says at DEBUG where it answers: that is why its logs are kept at warnings.
    told["stderr"] = re.sub(r"(?m)^DEBUG:slack_sdk\.webhook\.client:.*$", "", told["stderr"])
    assert _found(told, _answers(installation)) == {}


def _secrets(installation: Installation, tap: Tap) -> set[str]:
    """The settings that are secret, and the tokens that were given out."""
    environment = installation.environment
    account = json.loads(Path(environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_text("utf-8"))
    names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "MICROSOFT_CLIENT_SECRET")
    assert len(tap.tokens) > 1
    return {*(environment[name] for name in names), *account["private_key"].splitlines()[1:-1], *tap.tokens}


def _answers(installation: Installation) -> set[str]:
    """Where Slack lets anybody answer who knows the address: plain, and as a form carries it."""
    bodies = [urllib.parse.unquote(delivery.body.decode()) for delivery in installation.slack.deliveries]
    found = {address for body in bodies for address in _ANSWER.findall(body)}
    assert found
    return found | {urllib.parse.quote(address, safe="") for address in found}
