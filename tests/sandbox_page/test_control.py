"""The control API, the program, and what a bot is told to connect with: everything that needs no browser."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.settings import read
from integrations.sandbox.calendar_book import BookEvent
from integrations.sandbox.keys import private_key
from integrations.sandbox.sandbox import PortTakenError, Sandbox


def ask(
    sandbox: Sandbox, path: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(sandbox.urls["page"].rstrip("/") + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_business_time_is_served_and_moved(sandbox: Sandbox) -> None:
    assert ask(sandbox, "/clock") == (200, {"now": "2026-11-30T14:02:00.000000Z", "running": False})
    ask(sandbox, "/control/clock", "POST", {"minutes": 30})
    assert ask(sandbox, "/clock")[1]["now"] == "2026-11-30T14:32:00.000000Z"
    ask(sandbox, "/control/clock", "POST", {"set": "2026-12-01T09:00:00-05:00"})
    assert ask(sandbox, "/clock")[1]["now"] == "2026-12-01T14:00:00.000000Z"


@pytest.mark.parametrize(
    ("path", "method", "body", "word"),
    [
        ("/control/clock", "POST", {"minutes": -5}, "not moved"),
        ("/control/clock", "POST", {"minutes": "soon"}, "not moved"),
        ("/control/clock", "POST", {"minutes": True}, "not moved"),
        ("/control/clock", "POST", {"set": "tomorrow"}, "2026-12-01T15:30:00Z"),
        ("/control/clock", "POST", {"set": "2026-12-01T09:00:00"}, "offset"),
        ("/control/clock", "POST", {"running": "yes"}, "true or false"),
        ("/control/clock", "POST", {"hours": 1}, "Unknown: hours"),
        ("/control/clock", "POST", [], "JSON object"),
        ("/control/faults", "POST", {"preset": "earthquake"}, "earthquake"),
        ("/control/faults", "POST", {"fault": {"service": "google", "colour": "red"}}, "fault"),
        ("/control/faults", "POST", {"fault": "google"}, "fault"),
        ("/control/faults", "DELETE", {"id": "first"}, "number"),
        ("/control/calendars/event", "POST", {"calendar": "nobody@example.com"}, "nobody"),
        (
            "/control/calendars/event",
            "POST",
            {"calendar": "dana@example.com", "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T09:00:00Z"},
            "after the start",
        ),
        ("/control/calendars/event", "DELETE", {"calendar": "dana@example.com", "id": "none"}, "not there"),
    ],
)
def test_what_cannot_be_understood_changes_nothing_and_says_why(
    sandbox: Sandbox, path: str, method: str, body: Any, word: str
) -> None:
    revision, now = sandbox.book.revision, sandbox.clock.now()
    status, said = ask(sandbox, path, method, body)

    assert (status, word in said["error"]) == (400, True), said
    assert (sandbox.book.revision, sandbox.clock.now(), sandbox.faults.shown()) == (revision, now, [])


def test_the_calendars_view_waits_for_a_change_and_is_woken_by_it(sandbox: Sandbox) -> None:
    before = ask(sandbox, "/control/calendars")[1]["revision"]
    start, end = (datetime.fromisoformat(f"2026-12-01T{at}:00Z") for at in ("15:30", "16:15"))
    event = BookEvent("e1", "dana@example.com", start, end, show_as="tentative", tags=(("a", "b"),))
    later = threading.Timer(0.3, sandbox.book.put, (event,))
    later.start()
    began = time.monotonic()
    _, said = ask(sandbox, f"/control/calendars?since={before}")
    later.join()

    assert time.monotonic() - began < 15
    dana = next(p for p in said["people"] if p["id"] == "dana@example.com")
    assert [e["kind"] for e in dana["events"] if e["id"] == "e1"] == ["hold"]


def test_without_a_change_the_view_answers_after_the_wait_that_was_asked_for(sandbox: Sandbox) -> None:
    before = ask(sandbox, "/control/calendars")[1]["revision"]
    assert ask(sandbox, f"/control/calendars?since={before}&wait=0.2")[1]["revision"] == before


def test_mails_of_the_calendar_services_can_be_read(sandbox: Sandbox) -> None:
    start, end = (datetime.fromisoformat(f"2026-12-01T{at}:00Z") for at in ("15:30", "16:15"))
    guests = (("mei@example.com", "needsAction"),)
    event = BookEvent("i1", "releases@example.com", start, end, "Review", attendees=guests, uid="i1")
    sandbox.book.deliver(event, "request")

    assert ask(sandbox, "/control/mails")[1]["mails"] == [
        {"to": "mei@example.com", "kind": "request", "uid": "i1", "title": "Review"}
    ]


def test_a_preset_goes_out_by_itself_when_it_is_used_up(sandbox: Sandbox) -> None:
    ask(sandbox, "/control/faults", "POST", {"preset": "microsoft-503"})
    shown = {p["id"]: p for p in ask(sandbox, "/control/faults")[1]["presets"]}
    assert (shown["microsoft-503"]["active"], shown["microsoft-503"]["left"]) == (True, 3)
    for _ in range(3):
        sandbox.faults.take("microsoft", "getSchedule", "mei@example.com")

    shown = {p["id"]: p for p in ask(sandbox, "/control/faults")[1]["presets"]}
    assert shown["microsoft-503"]["active"] is False


def test_throwing_a_switch_twice_is_throwing_it_once(sandbox: Sandbox) -> None:
    for _ in range(2):
        ask(sandbox, "/control/faults", "POST", {"preset": "press-twice"})
    assert len(sandbox.faults.shown()) == 1
    ask(sandbox, "/control/faults", "DELETE", {"preset": "press-twice"})
    assert sandbox.faults.shown() == []


def test_reset_starts_the_story_again(sandbox: Sandbox) -> None:
    events = {c: sandbox.book.events(c) for c in sandbox.book.calendars}
    ask(sandbox, "/control/clock", "POST", {"minutes": 600})
    ask(sandbox, "/control/faults", "POST", {"preset": "google-slow"})
    seeded = events["dana@example.com"][0]
    ask(sandbox, "/control/calendars/event", "DELETE", {"calendar": seeded.calendar, "id": seeded.id})
    sandbox.slack.command("U0DANA", "C0RELEASES", "hello")
    status, said = ask(sandbox, "/control/reset", "POST", {})

    assert (status, said["now"]) == (200, "2026-11-30T14:02:00.000000Z")
    assert {c: sandbox.book.events(c) for c in sandbox.book.calendars} == events
    assert (sandbox.faults.shown(), sandbox.slack.messages("C0RELEASES")) == ([], [])


@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.example.com"}, {"Host": "elsewhere.example.com"}])
def test_pages_of_other_origins_are_sent_away(sandbox: Sandbox, headers: dict[str, str]) -> None:
    status, said = ask(sandbox, "/control/clock", "POST", {"minutes": 5}, **headers)

    assert (status, "only its own page" in said["error"]) == (403, True)
    assert sandbox.clock.now().minute == 2


@pytest.mark.parametrize("path", ["/nothing", "/../control.py", "/%2e%2e/sandbox.py", "/control/nothing"])
def test_only_the_pages_own_files_are_served(sandbox: Sandbox, path: str) -> None:
    assert ask(sandbox, path)[0] == 404


def test_a_taken_port_is_said_plainly_and_nothing_stays_open(sandbox: Sandbox) -> None:
    taken = int(sandbox.urls["page"].rstrip("/").rpartition(":")[2])
    second = Sandbox(frozen_clock=True)
    with pytest.raises(PortTakenError, match=f"Port {taken} .* in use by another program. Nothing was started"):
        second.start({"google": taken})
    assert second._served == {}


def test_a_bots_settings_read_what_the_sandbox_hands_out(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = read(sandbox.credentials(tmp_path))
    account = settings.google_info()

    assert settings.organizer == ("google", "releases@example.com")
    assert settings.missing_for_slack() == ()
    assert account is not None
    assert account["token_uri"] == sandbox.urls["google_token"]
    assert stat.S_IMODE((tmp_path / "sandbox-google.json").stat().st_mode) == 0o600


def test_the_key_that_is_made_is_a_key() -> None:
    first, second = private_key(), private_key()

    assert load_pem_private_key(first.encode(), None).key_size == 2048  # type: ignore[union-attr]  # an RSA key has one
    assert first != second


def test_as_a_program_it_prints_the_settings_and_ends_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "integrations.sandbox", "--frozen-clock"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ}) as program:
        assert program.stdout is not None
        told: dict[str, str] = {}
        for line in program.stdout:
            if line.startswith("#"):
                break
            name, _, value = line.strip().partition("=")
            told[name] = value
        with urllib.request.urlopen(told["READINESS_CLOCK_URL"], timeout=5) as answer:
            assert json.load(answer)["now"] == "2026-11-30T14:02:00.000000Z"
        program.send_signal(signal.SIGTERM)

        assert program.wait(timeout=10) == 0
    assert not Path(told["GOOGLE_APPLICATION_CREDENTIALS"]).exists()
