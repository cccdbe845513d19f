"""The line above the picture in the thread: how it is to be read."""

from __future__ import annotations

from bot.core import facts as f

NAMED = (
    "The newest search as a picture, with the people below their roles. It is for you alone: please do not pass it on."
)


def times_picture(searched: f.Searched) -> str:
    """mrkdwn, as all that is posted. Who does not see the picture has its sentences as alternative text."""
    if searched.outcome == "viable":
        return "The same as a picture: a row for each role, a column for each day, the offers by their numbers."
    marked = ", the times that would help by their letters" if searched.options or searched.asks else ""
    return f"What stands in the way, as a picture: a row for each role, a column for each day{marked}."


def file_name(record: str, version: int, shows: str = "times") -> str:
    """A name of its own for each picture, by which it is found again in the thread."""
    return f"{record}-{shows}-{version}.png"


def file_title(record: str) -> str:
    return f"{record}: who is free when"
