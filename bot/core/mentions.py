"""Which record a line of text means: an id or a link, in any case, with whatever people type around it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bot.core.refusals import Refusal, refuse

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LINK = re.compile(r"<(https?://[^>|\s]+)(?:\|[^>]*)?>|(https?://\S+)", re.IGNORECASE)
_AROUND = " \t\r\n.,;:!?()[]{}<>*_~`'\"" + "\u2018\u2019\u201c\u201d\u00ab\u00bb\u2026"
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


class Words(NamedTuple):
    """A command's text: its first word in lower case, and the rest as typed (quotes and dashes made plain)."""

    first: str
    rest: str


def plain(text: str) -> str:
    """Smart quotes and dashes, no-break and zero-width spaces as a phone's keyboard makes them, made plain."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    for smart, simple in (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"')):
        text = text.replace(smart, simple)
    return "".join(c for c in text if unicodedata.category(c) != "Cf").strip()


def words_of(text: str) -> Words:
    clean = plain(text)
    first, _, rest = clean.partition(" ")
    return Words(first.strip(_AROUND).lower(), rest.strip())


def record_meant(text: str, hosts: frozenset[str]) -> str | Refusal:
    """The record's id as typed (the record system decides about case), from an id or from a link to a configured host.

    Nothing is ever fetched from a link: only the id in its path or query is used.
    """
    clean = plain(text)
    link = _LINK.search(clean)
    if link:
        return _from_link((link.group(1) or link.group(2)).replace("&amp;", "&"), hosts)
    for word in clean.split():
        bare = word.strip(_AROUND)
        if _ID.fullmatch(bare) and any(c.isdigit() for c in bare):
            return bare
    where = f" in “{clean[:40]}”" if clean else ""
    return refuse(
        "no_id", f"I found no record id{where}. Nothing changed. Write an id such as CHG-1042, or paste its link."
    )


def _from_link(link: str, hosts: frozenset[str]) -> str | Refusal:
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return refuse("bad_link", "I cannot read that link. Nothing changed. Write the record's id, such as CHG-1042.")
    if parts.scheme.lower() != "https" or parts.username or host.lower() not in hosts:
        known = ", ".join(sorted(hosts)) or "none is configured"
        return refuse(
            "unknown_host",
            f"I do not follow links to {host[:60] or 'that place'}. Nothing was read and nothing changed. "
            f"Links are understood for: {known}. Or write the record's id, such as CHG-1042.",
        )
    segments = [unquote(s).strip(_AROUND) for s in parts.path.split("/") if s]
    for segment in reversed(segments):
        if _ID.fullmatch(segment) and any(c.isdigit() for c in segment):
            return segment
    return refuse(
        "link_without_id", "That link names no record. Nothing changed. Write the record's id, such as CHG-1042."
    )


def is_word(first: str) -> bool:
    """Whether a command begins with a word of its own: neither an id nor a link."""
    return not any(c.isdigit() for c in first) and "://" not in first


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that is nearest to what was typed, if any is near."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return close[0] if close else None
