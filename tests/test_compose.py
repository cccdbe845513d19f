"""How it is shipped for several replicas: compose.yaml and the Dockerfile keep to the settings and to least rights."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import yaml

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
BOT = COMPOSE["services"]["bot"]


def test_three_replicas_share_one_postgresql() -> None:
    assert set(COMPOSE["services"]) == {"database", "bot"}
    assert BOT["deploy"]["replicas"] == 3
    assert BOT["environment"]["DATABASE_URL"].startswith("postgresql://")
    assert BOT["depends_on"]["database"]["condition"] == "service_healthy"


def test_only_settings_that_exist_are_set() -> None:
    known = {name.upper() for name in Settings.model_fields}

    assert set(BOT["environment"]) <= known
    assert set(re.findall(r"\b(READINESS_[A-Z]+)=", DOCKERFILE)) <= known


def test_a_plain_user_with_a_root_that_cannot_be_written() -> None:
    """Data goes to the one volume; the workspace is read."""
    assert BOT["read_only"] is True
    assert BOT["cap_drop"] == ["ALL"]
    assert BOT["security_opt"] == ["no-new-privileges:true"]
    assert [volume for volume in BOT["volumes"] if not volume.endswith(":ro")] == ["data:/data"]
    assert re.search(r"(?m)^USER readiness$", DOCKERFILE)
    assert re.search(r"(?m)^VOLUME /data$", DOCKERFILE)


def test_no_password_and_no_address_to_download_from() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    images = [service["image"] for service in COMPOSE["services"].values()]

    assert "http://" not in text and "https://" not in text
    assert all(re.fullmatch(r"[a-z-]+(:[a-z0-9.-]+)?", image) for image in images)
    assert COMPOSE["services"]["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_only_this_machine_can_reach_the_replicas() -> None:
    assert all(port.startswith("127.0.0.1:") for port in BOT["ports"])


def test_a_replica_counts_as_well_while_it_says_that_it_is_ready() -> None:
    """The script is run against two that answer, one of them that it is not."""
    script = BOT["healthcheck"]["test"][-1]

    assert BOT["healthcheck"]["test"][:3] == ["CMD", "python", "-c"]
    assert [_ended(script, status) for status in (200, 503)] == [0, 1]


def _ended(script: str, status: int) -> int:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        asked = script.replace("3000", str(server.server_port))
        return subprocess.run([sys.executable, "-c", asked], check=False).returncode
