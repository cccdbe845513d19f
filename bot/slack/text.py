"""Words on their way into Slack: what others wrote made harmless, and what is too long cut where it may be cut."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urlsplit

ELLIPSIS = "…"
_TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_DANGLING = re.compile(r"(<[^<>]*|&[a-z]{0,4})$")
_SPACES = frozenset({"Cc", "Zl", "Zp", "Zs"})
_UNSEEN = frozenset({"Cf", "Cs"})  # zero-width and bidi controls, tags, lone surrogates
_JOINING = frozenset({"Mn", "Me", "Mc", "Sk"})


def length(text: str) -> int:
    """As the strictest reading of Slack's limits counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """Plain text of at most `limit`, with an ellipsis in place of what is missing; no character is cut in two."""
    if length(text) <= limit:
        return text
    cut = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    end = len(cut)
    while end > 0 and _joined(text, end):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _joined(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it: accents, skin tones, joined emoji, flags."""
    here, before = text[at], text[at - 1]
    if unicodedata.category(here) in _JOINING or here == "\u200d" or before == "\u200d":
        return True
    if not (_flag_letter(here) and _flag_letter(before)):
        return False
    letters = 0
    while letters < at and _flag_letter(text[at - 1 - letters]):
        letters += 1
    return letters % 2 == 1


def _flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def shortened_marks(marked: str, limit: int) -> str:
    """The same for mrkdwn: neither a token in angle brackets nor an entity is left half."""
    if length(marked) <= limit:
        return marked
    return _DANGLING.sub("", shortened(marked, limit)[: -len(ELLIPSIS)]).rstrip() + ELLIPSIS


def clean(text: str, limit: int = 300) -> str:
    """What somebody else wrote, as one line of plain text: no line breaks, nothing unseen or direction-changing."""
    return shortened(" ".join("".join(map(_shown, text[: 4 * limit])).split()), limit)


def clean_lines(text: str, limit: int) -> str:
    """The same where line breaks are part of what is shown, word for word: an invite's text."""
    lines = ("".join(_shown(char) for char in line) for line in text[: 4 * limit].split("\n"))
    return shortened("\n".join(lines), limit)


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    category = unicodedata.category(char)
    return " " if category in _SPACES else "" if category in _UNSEEN else char


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(marked: str) -> str:
    return marked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def safe(text: str, limit: int = 300) -> str:
    """What somebody else wrote, for mrkdwn: one clean line in which nothing is a mention, a link or a token."""
    return escaped(clean(text, limit))


def aloud(marked: str) -> str:
    """Mrkdwn as it is read out: every token gives way to its fallback. Still escaped."""
    return _TOKEN.sub(_token_aloud, marked)


def _token_aloud(found: re.Match[str]) -> str:
    body, label = found.group(1), found.group(2)
    if body.startswith("#"):
        return found.group(0)  # a channel's name is Slack's to say
    return label if label is not None else body.lstrip("!@#").rpartition("^")[2]


def unmarked(marked: str) -> str:
    """Mrkdwn for a place that takes plain text only: buttons, headers, the titles of dialogs."""
    return unescaped(aloud(marked)).replace("*", "")


def host_of(url: str | None) -> str | None:
    """The host of an address that could be linked: https, no user, no port. Otherwise None."""
    try:
        parts = urlsplit(url or "")
        plain = parts.scheme == "https" and parts.username is None and parts.port is None
    except ValueError:
        return None
    return (parts.hostname or "").lower() or None if plain else None


def link(url: str | None, label: str, hosts: frozenset[str]) -> str | None:
    """A link, or None: only https, only a host that was allowed by name, no user, no port. `label` is mrkdwn."""
    if not url:
        return None
    if host_of(url) not in hosts or length(url) > 1500:
        return None
    return f"<{escaped(quote(url, safe=_IN_ADDRESSES))}|{label.replace('|', '/')}>"


_IN_ADDRESSES = ":/?#[]@!$&'()*+,;=%~-._"  # everything else, `|`, `<`, `>` and spaces before all, is written as %XX
