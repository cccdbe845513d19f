"""`readiness-bot serve` in a process of its own: nothing but environment variables says where Slack and calendars are."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.processes.installation import HELD, RECORD, RELEASES, Installation, Stage


def _one_line(told: str) -> str:
    [line] = told.splitlines()
    assert "Traceback" not in line
    return line


def test_the_main_path_from_a_process_that_knows_of_no_demo(installation: Installation) -> None:
    """Ask, hold, approve; beside the running process an operator checks, lists the holds, reads and verifies the ledger."""
    installation.starts()
    installation.asks()
    installation.settled()
    assert installation.state == "choosing"

    installation.holds()
    installation.settled()
    assert (installation.state, installation.held(), installation.invites()) == ("held", HELD, [])
    listed = installation.command("holds", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [line for line in HELD if f"{line}@example.com: {RECORD} 2026-12-01 15:30 UTC" not in listed.stdout] == []
    assert listed.stdout.splitlines()[-1] == "5 standing, 0 calendars did not answer."
    checked = installation.command("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr

    installation.approves()
    installation.settled()
    assert installation.state == "confirmed"
    assert installation.invites() == [("request", name) for name in sorted(HELD)]
    assert installation.invitations() == Counter([*HELD, "releases"])
    audited = installation.command("audit", RECORD, "--json", "--verify")
    *lines, chain = audited.stdout.splitlines()
    tags = [told["tag"] for told in map(json.loads, lines) if told["line"] == "entry"]
    assert (audited.returncode, audited.stderr, tags[0]) == (0, "", "review.requested")
    assert tags[-3:] == ["meeting.confirmed", "slot.ended", "holds.gone"]
    assert chain.startswith(f"chain: whole, {len(tags)} entries, head ")

    installation.sandbox.faults.add(service="slack", operation="deliver.command", kind="bad_signature")
    assert installation.slack.command("U0PRIYA", RELEASES, "/readiness-review CHG-1042").status == 401

    assert installation.ends() == 0
    assert installation.said("stderr") == ""  # nothing to complain of, and nothing of what was refused


def test_sigterm_ends_it_at_once_and_quietly_while_calendars_hang(installation: Installation) -> None:
    """What is under way is left to the next process, which finishes it."""
    installation.starts()
    installation.sandbox.faults.add(service="google", operation="freeBusy.query", kind="hang", seconds=20.0)
    installation.asks()
    began = time.monotonic()

    assert installation.ends() == 0
    assert time.monotonic() - began < 15
    assert "Traceback" not in installation.said("stderr")

    installation.sandbox.faults.clear()
    installation.starts()
    installation.settled()
    assert installation.state == "choosing"


def test_a_second_process_on_the_same_database_is_told_so(installation: Installation) -> None:
    installation.starts()

    second = installation.command("serve")

    assert second.returncode == 2
    assert _one_line(second.stderr).startswith("Another readiness-bot already works with ")
    assert second.stdout == ""
    installation.asks()
    installation.settled()
    assert installation.state == "choosing"  # the first one goes on


def test_a_taken_port_is_told_before_anything_begins(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = installation.command("serve", READINESS_PORT=str(port))

    assert told.returncode == 2
    assert _one_line(told.stderr) == (
        f"READINESS_PORT: 127.0.0.1:{port} cannot be listened on (Address already in use). Choose another port, or stop the "
        "program that has it."
    )
    assert (installation.folder / "data" / "readiness.db").stat().st_size == 0  # not one table


AMISS = {
    "no Slack": ({"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": ""},
                 ["SLACK_BOT_TOKEN is not set. Copy the bot token from your Slack app, under OAuth & Permissions.",
                  "SLACK_SIGNING_SECRET is not set. Copy it from your Slack app, under Basic Information (or set "
                  "SLACK_APP_TOKEN for socket mode)."]),
    "half of Microsoft": ({"MICROSOFT_TENANT_ID": ""},
                          ["MICROSOFT_CLIENT_ID is set: set MICROSOFT_TENANT_ID and MICROSOFT_CLIENT_SECRET (or "
                           "MICROSOFT_CLIENT_CERTIFICATE) too."]),
    "a wrong token": ({"SLACK_BOT_TOKEN": "xoxb-another"},
                      ["Slack refused: invalid_auth. Nothing was started. Check SLACK_BOT_TOKEN and SLACK_API_URL, then "
                       "start again."]),
    "no clock": ({"READINESS_CLOCK_URL": "http://127.0.0.1:9/clock"},
                 ["The clock at READINESS_CLOCK_URL does not answer."]),
}  # fmt: skip


def test_what_is_amiss_is_said_in_a_line_each(installation: Installation) -> None:
    """Exit code 2, which variable and what to do, before anything is started; no traceback."""
    with ThreadPoolExecutor(len(AMISS)) as at_once:
        told = dict(
            zip(AMISS, at_once.map(lambda case: installation.command("serve", **case[0]), AMISS.values()), strict=True)
        )

    for name, (_, lines) in AMISS.items():
        assert (name, told[name].returncode, told[name].stdout) == (name, 2, "")
        assert told[name].stderr.splitlines() == lines
    assert (installation.folder / "data" / "readiness.db").stat().st_size == 0  # not one table


def test_an_audit_before_the_first_start_says_that_there_is_nothing(stage: Stage, tmp_path: Path) -> None:
    """An operator who names the wrong folder is told so."""
    installation = Installation(stage, tmp_path)

    told = installation.command("audit", RECORD)

    assert (told.returncode, told.stdout) == (2, "")
    assert _one_line(told.stderr).startswith("There is no database file ")
    assert not (installation.folder / "data" / "readiness.db").exists()
