"""A search as an image, for the thread and for a file: who is free when, what lies in the way, where the offers are."""

from __future__ import annotations

from typing import NamedTuple

from bot.core.search import Found
from bot.picture_layout import layout
from bot.picture_words import alt


class Picture(NamedTuple):
    """A PNG, and the same in sentences for who cannot see it."""

    png: bytes
    alt: str


def picture(found: Found, names: bool = False) -> Picture | None:
    """The same search gives the same bytes. None where nothing was searched. Roles alone, unless `names` asks for the
    people in them."""
    told = layout(found, names)
    if told is None:
        return None
    from bot.picture_drawing import drawn  # the drawing library is loaded by who draws, not by who might

    return Picture(drawn(found, told), alt(found, told))
