"""What is never written into a log: secrets, tokens and the addresses at which anybody could answer in Slack."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from pydantic import SecretStr

from bot.settings import Settings

HIDDEN = "[secret]"
SHORTEST = 6  # what is shorter would hide half of every sentence
_NAMED = "client_secret|client_assertion|assertion|access_token|refresh_token|id_token|password|routing_key|private_key|token"
# Secrets that nobody told us of have shapes too. What stands before the secret is kept: it says what was hidden.
_SHAPES = (
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"()\b(?:xoxe\.)?(?:xox[a-z]|xapp|xwfp)-[\w.-]{6,}"),  # Slack's tokens
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),  # signed tokens, as Google and Microsoft give and take them
    re.compile(r"(://)[^\s/@\"']+(?=@)"),  # whoever signs in within an address
    re.compile(r"(/(?:commands|actions|response|services|workflows|triggers|app)/)T\w+/[^\s\"'<>\\)]+"),  # Slack's reply addresses
    re.compile(r"(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(rf"(\b(?:{_NAMED})[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}}]+", re.IGNORECASE),
)  # fmt: skip


class _Known:
    """The secrets of this process's settings, each as it would stand in a log."""

    words: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None


def redacted(text: str) -> str:
    """The text with every secret of ours, and everything that has the shape of one, taken out."""
    told = _Known.pattern.sub(HIDDEN, text) if _Known.pattern else text
    for shape in _SHAPES:
        told = shape.sub(rf"\1{HIDDEN}", told)
    return told


class _Record(logging.LogRecord):
    """A log record whose words are safe wherever they are written: whichever handler a library brings along."""

    _told: str | None = None

    def getMessage(self) -> str:  # noqa: N802  the library's name
        return redacted(super().getMessage())

    @property
    def exc_text(self) -> str | None:
        return self._told

    @exc_text.setter
    def exc_text(self, told: str | None) -> None:
        """A traceback ends in the error's own words, and those may quote a request."""
        self._told = redacted(told) if told else told


def keep_secret(settings: Settings) -> None:
    """From now on no log of this process tells the settings' secrets. For further settings: theirs as well."""
    _Known.words |= {form for secret in secrets_of(settings) for form in _forms(secret)}
    longest_first = sorted(_Known.words, key=lambda word: (-len(word), word))
    _Known.pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
    logging.setLogRecordFactory(_Record)


def secrets_of(settings: Settings) -> Iterator[str]:
    """Every value that opens something. Raises SettingsError where a key file cannot be read."""
    values = [getattr(settings, name) for name in type(settings).model_fields if name != "readiness_feeds"]
    yield from (value.get_secret_value() for value in values if isinstance(value, SecretStr))
    yield from settings.feeds().values()
    with suppress(sa.exc.ArgumentError):  # no address at all: the store says so
        yield str(sa.make_url(settings.database).password or "")
    for account in (settings.google_info(), settings.google_reader_info()):
        yield from str((account or {}).get("private_key", "")).splitlines()[1:-1]


def _forms(secret: str) -> Iterator[str]:
    """As it is, and as an address or a form carries it."""
    if len(secret) >= SHORTEST:
        yield from (secret, quote(secret, safe=""), quote_plus(secret), quote(secret))
