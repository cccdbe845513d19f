"""The evidence bundle: what its manifest lists, and whether what lies in the archive is that, whole and unaltered."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.closing_plan import EvidenceSort, Milestone
from bot.core.people import Frozen

MANIFEST = "manifest.json"
MOST_BYTES = 1024 * 1024  # of a manifest
MOST_FILES = 500


class _Read(BaseModel):
    """What others write: keys that we do not know are theirs."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Listed(_Read):
    """One file of the bundle. `path` is relative to the manifest."""

    path: Annotated[str, Field(min_length=1, max_length=300)]
    kind: EvidenceSort
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class _Milestone(_Read):
    title: str
    id: str | None = None


class _Document(_Read):
    version: Literal[1]
    release: str
    review: str
    milestone: _Milestone
    files: Annotated[tuple[Listed, ...], Field(max_length=MOST_FILES, strict=False)]


class Manifest(Frozen):
    """manifest.json of a bundle, and the SHA-256 of its bytes, by which the source names the bundle."""

    digest: str
    release: str
    review: str
    milestone: Milestone
    files: tuple[Listed, ...]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest_of(content: bytes) -> Manifest | str:
    """The manifest in these bytes, or in one sentence why there is none."""
    if len(content) > MOST_BYTES:
        return "is larger than 1 MiB"
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
        read = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "document"
        return f"cannot be understood: {where}: {first['msg'].lower()}"
    except (ValueError, RecursionError):
        return "is not JSON in UTF-8 with each key once"
    wrong = _wrong_paths(read.files)
    if wrong:
        return wrong
    milestone = Milestone(title=read.milestone.title, id=read.milestone.id)
    return Manifest(
        digest=digest_of(content), release=read.release, review=read.review, milestone=milestone, files=read.files
    )


def _once(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*(/[A-Za-z0-9][A-Za-z0-9 ._-]*)*")


def is_path(path: str) -> bool:
    """Whether it may name a file of a bundle: relative, downwards, nothing hidden."""
    return _PATH.fullmatch(path) is not None and ".." not in path.split("/")


def _wrong_paths(files: tuple[Listed, ...]) -> str | None:
    paths = [f.path for f in files]
    for path in paths:
        if not is_path(path):
            return "lists a path that leads out of the bundle or has odd characters"
        if paths.count(path) > 1:
            return f"lists {path} twice"
    return None
