"""Archives are read, bounded and never left: a folder, and an archive behind HTTP that is served by a stand-in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.closing_ports import Archive
from bot.core.closing_found import Measured
from bot.core.closing_plan import ArchivePlace
from bot.core.evidence import MOST_BYTES
from bot.ports import Denied, Failure, Gone, Throttled, Unreachable
from integrations.evidence.folder import FolderArchive
from integrations.evidence.https import HttpsArchive
from integrations.sandbox.archive import ARCHIVE_TOKEN, ArchiveStandIn
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from tests.sandbox_servers import served

CONTENT = os.urandom(700_001)
NOW = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)


@dataclass
class Ground:
    archive: Archive
    place: ArchivePlace
    put: Callable[[str, bytes], None]


class ArchiveContract:
    def test_the_manifest_is_its_bytes(self, ground: Ground) -> None:
        ground.put("manifest.json", b'{"version": 1}\r\n')

        assert ground.archive.manifest(ground.place) == b'{"version": 1}\r\n'

    def test_of_a_manifest_that_is_too_large_one_byte_too_many_is_told(self, ground: Ground) -> None:
        ground.put("manifest.json", b" " * (MOST_BYTES + 5000))

        assert len(ground.archive.manifest(ground.place)) == MOST_BYTES + 1

    def test_a_file_is_read_whole(self, ground: Ground) -> None:
        ground.put("sign-off/dana b.pdf", CONTENT)

        told = ground.archive.measure(ground.place, "sign-off/dana b.pdf")

        assert told == Measured(sha256=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT))

    def test_an_empty_file_is_a_file(self, ground: Ground) -> None:
        ground.put("empty.md", b"")

        assert ground.archive.measure(ground.place, "empty.md").size == 0

    def test_what_is_not_there_is_gone(self, ground: Ground) -> None:
        with pytest.raises(Gone):
            ground.archive.manifest(ground.place)
        with pytest.raises(Gone):
            ground.archive.measure(ground.place, "nothing.md")

    def test_a_link_has_no_blanks_and_needs_no_call(self, ground: Ground) -> None:
        assert ground.archive.link(ground.place, "a b.md").endswith("/a%20b.md")


class TestFolderArchive(ArchiveContract):
    @pytest.fixture
    def ground(self, tmp_path: Path) -> Ground:
        def put(path: str, content: bytes) -> None:
            (tmp_path / "identity" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "identity" / path).write_bytes(content)

        return Ground(FolderArchive(tmp_path), ArchivePlace(system="folder", at="identity"), put)

    def test_nothing_leads_out_of_a_bundle(self, ground: Ground, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("x")
        ground.put("a.md", b"x")
        (tmp_path / "identity" / "out.md").symlink_to(tmp_path / "secret")
        (tmp_path / "identity" / "manifest.json").symlink_to(tmp_path / "secret")

        for path in ("../secret", "out.md", "/etc/hostname"):
            with pytest.raises(Denied, match="leads out"):
                ground.archive.measure(ground.place, path)
        with pytest.raises(Denied):
            ground.archive.manifest(ground.place)

    def test_a_pipe_is_no_file_and_is_not_waited_for(self, ground: Ground, tmp_path: Path) -> None:
        ground.put("a.md", b"x")
        os.mkfifo(tmp_path / "identity" / "pipe.md")

        with pytest.raises(Denied, match="not a file"):
            ground.archive.measure(ground.place, "pipe.md")

    def test_without_its_root_it_is_unreachable_and_nothing_is_missing(self, tmp_path: Path) -> None:
        """A share that is not mounted must not look like an archive that lost its files."""
        with pytest.raises(Unreachable, match="READINESS_ARCHIVE"):
            FolderArchive(tmp_path / "nowhere").manifest(ArchivePlace(system="folder", at="identity"))

    def test_people_are_shown_another_address_where_one_is_given(self, tmp_path: Path) -> None:
        place = ArchivePlace(system="folder", at="identity/final")

        assert (
            FolderArchive(tmp_path, "https://evidence.example.com/").link(place, "a.md")
            == "https://evidence.example.com/identity/final/a.md"
        )
        assert FolderArchive(tmp_path).link(place, "a.md").startswith("file:///")


@pytest.fixture(scope="module")
def _served() -> Iterator[tuple[Faults, ArchiveStandIn, str]]:
    faults = Faults()
    there = ArchiveStandIn(faults, SandboxClock(NOW, running=False), {})
    with served(there.app) as server:
        yield faults, there, server.url


class TestHttpsArchive(ArchiveContract):
    @pytest.fixture
    def there(self, _served: tuple[Faults, ArchiveStandIn, str]) -> ArchiveStandIn:
        _served[0].clear()
        _served[1].clear()
        return _served[1]

    @pytest.fixture
    def faults(self, _served: tuple[Faults, ArchiveStandIn, str]) -> Faults:
        return _served[0]

    @pytest.fixture
    def place(self, _served: tuple[Faults, ArchiveStandIn, str]) -> ArchivePlace:
        return ArchivePlace(system="https", at=f"{_served[2]}/identity")

    @pytest.fixture
    def ground(self, there: ArchiveStandIn, place: ArchivePlace) -> Ground:
        archive = HttpsArchive(["127.0.0.1"], ARCHIVE_TOKEN, seconds=10.0)
        return Ground(archive, place, lambda path, content: there.put(f"identity/{path}", content))

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, Denied), (403, Denied), (400, Denied), (410, Gone), (500, Unreachable), (503, Unreachable)],
    )
    def test_every_refusal_is_one_of_the_five(
        self, ground: Ground, faults: Faults, status: int, kind: type[Failure]
    ) -> None:
        faults.add(service="archive", kind="status", status=status)

        with pytest.raises(kind) as raised:
            ground.archive.manifest(ground.place)

        assert type(raised.value) is kind
        assert raised.value.__context__ is None

    def test_a_pause_is_told_in_seconds(self, ground: Ground, faults: Faults) -> None:
        faults.add(service="archive", kind="status", status=429, retry_after=9)

        with pytest.raises(Throttled) as raised:
            ground.archive.manifest(ground.place)

        assert raised.value.retry_after == 9.0

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
    def test_a_file_that_broke_off_was_not_read(self, ground: Ground, faults: Faults, kind: str) -> None:
        ground.put("a.md", CONTENT)
        faults.add(service="archive", kind=kind)

        with pytest.raises(Unreachable) as raised:
            ground.archive.measure(ground.place, "a.md")

        assert raised.value.__context__ is None

    def test_it_redirects_within_its_host_and_nowhere_else(self, ground: Ground, there: ArchiveStandIn) -> None:
        ground.put("a.md", b"x")
        there.elsewhere.update(
            {
                "identity/here.md": "a.md",
                "identity/away.md": "https://evil.example.com/a.md",
                "identity/port.md": "http://127.0.0.1:1/a.md",
            }
        )

        assert ground.archive.measure(ground.place, "here.md").size == 1
        for path in ("away.md", "port.md"):
            with pytest.raises(Denied, match="another host"):
                ground.archive.measure(ground.place, path)

    def test_it_redirects_only_so_often(self, ground: Ground, there: ArchiveStandIn) -> None:
        there.elsewhere["identity/round.md"] = "round.md"

        with pytest.raises(Denied, match="more than 3 times"):
            ground.archive.measure(ground.place, "round.md")

    def test_a_host_that_is_not_configured_is_never_asked(self, there: ArchiveStandIn, place: ArchivePlace) -> None:
        with pytest.raises(Denied, match="READINESS_ARCHIVE_HOSTS"):
            HttpsArchive(["evidence.example.com"], ARCHIVE_TOKEN).manifest(place)

        assert there.traffic.calls() == []

    @pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1"])
    def test_a_name_that_leads_to_a_private_address_is_not_followed(self, address: str) -> None:
        archive = HttpsArchive(["evidence.example.com"], resolve=lambda host, port: ("93.184.215.14", address))

        with pytest.raises(Denied, match="private address"):
            archive.manifest(ArchivePlace(system="https", at="https://evidence.example.com/identity"))

    def test_without_a_token_it_is_denied(self, place: ArchivePlace, there: ArchiveStandIn) -> None:
        with pytest.raises(Denied, match="READINESS_ARCHIVE_TOKEN"):
            HttpsArchive(["127.0.0.1"]).manifest(place)
