"""After a real story, with every logger at its loudest: what was logged, whom we spoke to, what lies on the disk."""

from __future__ import annotations

import base64
import io
import logging
import os
import pickle
import pickletools
import re
import socket
import sqlite3
import stat
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.outbound import hosts_of
from integrations.sandbox.sandbox import WORKSPACE
from tests.scenarios.conftest import _ended
from tests.world import Stage, World, hours

_ANSWER = re.compile(r"/response/\w+/\w+")  # the part of a response_url that nobody can guess


@dataclass
class Looked:
    """What a story left behind."""

    world: World
    folder: Path
    log: io.StringIO = field(default_factory=io.StringIO)
    hosts: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def looked(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looked]:
    folder = tmp_path_factory.mktemp("story")
    umask = os.umask(0)
    handler = logging.StreamHandler(log := io.StringIO())
    handler.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.Logger, "isEnabledFor", lambda self, level: True)
        hosts = _watched(patch)
        world = World(stage, folder, pagerduty_routing_key="canary-routing-key")
        seen = Looked(world, folder, log, hosts)
        try:
            _told(world)
            yield seen
        finally:
            _ended(world)
            logging.getLogger().removeHandler(handler)
            os.umask(umask)


def _watched(patch: pytest.MonkeyPatch) -> set[str]:
    """Every host that anything looks up on its way to a connection."""
    asked: set[str] = set()
    original = socket.getaddrinfo

    def noting(host: Any, *more: Any, **named: Any) -> Any:
        asked.add(str(host))
        return original(host, *more, **named)

    patch.setattr(socket, "getaddrinfo", noting)
    return asked


def _told(world: World) -> None:
    """A review that is asked for, held, refused once by Slack, approved and cancelled; links that nobody follows."""
    world.record("CHG-1042", title="<!channel> https://evil.example.com/x", url="https://change.example.com/CHG-1042")
    world.asks("/readiness-review https://evil.example.com/CHG-1042", by="priya")
    world.asks("look at https://change.example.com/CHG-1042", by="priya")
    world.breaks("slack", "response_url", "drop_before")
    world.reviews()
    world.holds()
    world.passes(hours(1))
    world.approves()
    assert world.review().state == "confirmed"
    world.asks("/readiness-review note CHG-1042 see https://evil.example.com/note", by="priya")
    world.cancels()


def test_no_secret_and_no_way_to_answer_stands_in_any_log(looked: Looked) -> None:
    """Every logger of every library at DEBUG: neither what the settings keep nor what was given out while it ran."""
    log, bodies = looked.log.getvalue(), [urllib.parse.unquote(d.body.decode()) for d in looked.world.slack.deliveries]
    answers = {address for body in bodies for address in _ANSWER.findall(body)}
    secrets = [value for name, value in looked.world._environment.items() if name.endswith(("_SECRET", "_TOKEN"))]

    assert len(answers) >= 3
    assert len(secrets) >= 4
    assert log.count("\n") > 100
    assert [s for s in (*secrets, "canary-routing-key", *looked.world.stage.key.splitlines()[1:-1]) if s in log] == []
    assert [a for a in answers if a in log or urllib.parse.quote(a, safe="") in log] == []
    assert re.findall(r"Bearer (?!\[secret\])\S+", log) == []


def test_only_hosts_that_the_settings_name_were_spoken_to(looked: Looked) -> None:
    """Links in commands, messages, titles and notes are parsed and never followed."""
    named = hosts_of(looked.world.bot.settings)

    assert looked.hosts
    assert [host for host in looked.hosts if not named.include(host)] == []
    assert not any("evil" in host or "change.example.com" in host for host in looked.hosts)


def test_what_is_written_is_for_its_owner_alone(looked: Looked) -> None:
    """Whatever the umask of who starts it: the database, what SQLite keeps beside it, and holds."""
    data = looked.folder / "data"
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*") if path.is_file()}
    folders = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (data, *data.rglob("*")) if path.is_dir()}

    assert {"readiness.db", "readiness.db-wal", "readiness.db-shm"} <= set(found)
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert {name: oct(mode) for name, mode in folders.items() if mode & 0o077} == {}


def test_a_picture_is_for_whoever_had_it_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says when people are busy, and with --names who."""
    file, umask = tmp_path / "times.png", os.umask(0)
    try:
        main(
            ["plan", "CHG-1042", "--workspace", str(WORKSPACE), "--now", "2026-11-24T14:00:00Z", "--picture", str(file)]
        )
    finally:
        os.umask(umask)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "times.png" in capsys.readouterr().err


def _pickled(value: bytes | str) -> bool:
    """Whether Python would read the whole of it as a pickle: that could run anything. Plain or in base64."""
    data = value if isinstance(value, bytes) else value.encode()
    try:
        unpacked = base64.b64decode(data, validate=True)
    except ValueError:
        unpacked = b""
    return _is_pickle(data) or _is_pickle(unpacked)


def _is_pickle(data: bytes) -> bool:
    try:
        steps = list(pickletools.genops(data))
    except (ValueError, IndexError, KeyError, OverflowError):
        return False
    return len(steps) > 2 and steps[-1][2] == len(data) - 1


def test_nothing_in_the_database_is_a_pickle(looked: Looked) -> None:
    """Whoever could write into the database would otherwise run code in the bot. Tables of DBOS too."""
    told: dict[str, int] = {}
    with sqlite3.connect(f"file:{looked.folder / 'data' / 'readiness.db'}?mode=ro", uri=True) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            values = [
                v
                for row in database.execute(f'SELECT * FROM "{table}"').fetchall()
                for v in row
                if isinstance(v, bytes | str)
            ]
            assert [value for value in values if _pickled(value)] == [], table
            told[table] = len(values)
    database.close()

    assert told["ledger"] > 10
    assert told["workflow_status"] > 10


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_would_be_seen(protocol: int) -> None:
    made = pickle.dumps({"key": ["act:1", 2]}, protocol)

    assert _pickled(made)
    assert _pickled(base64.b64encode(made).decode())
