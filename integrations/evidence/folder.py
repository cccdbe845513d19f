"""An archive that is a folder: bundles lie below its root, are only ever read, and nothing leads out of them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from bot.core.closing_found import Measured
from bot.core.closing_plan import ArchivePlace
from bot.core.evidence import MANIFEST, MOST_BYTES
from bot.ports import Denied, Gone, Unreachable

SERVICE = "archive"
LARGEST = 4 * 1024**3  # of one file
_PIECE = 1024 * 1024


class FolderArchive:
    """`bot.closing_ports.Archive`. `shown_at` is the address under which people see the root; without it, the folder's own."""

    system = "folder"

    def __init__(self, root: Path, shown_at: str | None = None) -> None:
        self._root, self._shown_at = root, shown_at

    def manifest(self, place: ArchivePlace) -> bytes:
        with self._opened(place, MANIFEST) as file:
            return file.read(MOST_BYTES + 1)

    def measure(self, place: ArchivePlace, path: str) -> Measured:
        made, size = hashlib.sha256(), 0
        with self._opened(place, path) as file:
            while piece := file.read(_PIECE):
                made.update(piece)
                size += len(piece)
                if size > LARGEST:
                    raise Denied(f"{path} is larger than 4 GiB: it is not read.", service=SERVICE)
        return Measured(sha256=made.hexdigest(), size=size)

    def link(self, place: ArchivePlace, path: str) -> str:
        base = self._shown_at or self._root.absolute().as_uri()
        return f"{base.rstrip('/')}/{quote(f'{place.at}/{path}')}"

    @contextmanager
    def _opened(self, place: ArchivePlace, path: str) -> Iterator[BinaryIO]:
        found = self._path(place, path)
        try:
            # Without waiting: a pipe that somebody left there would never open.
            with open(os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Denied(f"{path} is not a file.", service=SERVICE)
                yield file
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Gone(f"There is no {path} in {place.at}.", service=SERVICE) from error
        except (PermissionError, IsADirectoryError) as error:
            raise Denied(f"{path} in {place.at} may not be read.", service=SERVICE) from error
        except OSError as error:
            raise Unreachable(f"{path} in {place.at} cannot be read at present.", service=SERVICE) from error

    def _path(self, place: ArchivePlace, path: str) -> Path:
        """Inside the bundle, whatever links stand on the way."""
        try:
            root = self._root.resolve(strict=True)
        except OSError as error:
            raise Unreachable("The archive's folder is not there: check READINESS_ARCHIVE.", service=SERVICE) from error
        bundle = (root / place.at).resolve()
        found = (bundle / path).resolve()
        if not bundle.is_relative_to(root) or not found.is_relative_to(bundle):
            raise Denied(f"{path} in {place.at} leads out of the bundle.", service=SERVICE)
        return found
