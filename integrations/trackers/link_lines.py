"""References to archived evidence as lines of text, in comments, releases and work notes: written, and found again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.core.closing_found import Link
from bot.ports import Conflict

_MARKDOWN = re.compile(
    r"^- \[([^\]\n]+)\]\(<?(https?://[^\s>]+|file://[^\s>]+?)>?\) SHA-256 ([0-9a-f]{64})\s*$", re.MULTILINE
)
_PLAIN = re.compile(r"^(\S.*?) ((?:https?|file)://\S+) SHA-256 ([0-9a-f]{64})\s*$", re.MULTILINE)


def markdown(links: Sequence[Link]) -> str:
    return "\n".join(f"- [{link.name}](<{link.url}>) SHA-256 {link.sha256}" for link in links)


def plain(links: Sequence[Link]) -> str:
    return "\n".join(f"{link.name} {link.url} SHA-256 {link.sha256}" for link in links)


def in_markdown(*texts: str) -> tuple[Link, ...]:
    return _links(_MARKDOWN, texts)


def in_plain(*texts: str) -> tuple[Link, ...]:
    return _links(_PLAIN, texts)


def _links(shape: re.Pattern[str], texts: Iterable[str]) -> tuple[Link, ...]:
    found = [Link(name=n, url=u, sha256=s) for text in texts for n, u, s in shape.findall(text.replace("\r\n", "\n"))]
    return tuple(dict.fromkeys(found))


def missing(links: Sequence[Link], there: Sequence[Link]) -> tuple[Link, ...]:
    return tuple(link for link in links if link not in there)


def print_of(*seen: Any) -> str:
    """The version of what was seen, where a system keeps none that is fine enough: the same only when all of it is the same."""
    return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()[:32]


def expect(expected: str, found: str, where: str, service: str) -> None:
    if expected != found:
        raise Conflict(f"{where} was changed since it was read. Nothing was written.", service=service)
