"""`check`, for closing: whether the trackers let us in and the folders are there. Nothing is written, and no record is read."""

from __future__ import annotations

from collections.abc import Iterator

from bot.closing_adapters import github_line, servicenow_table
from bot.ports import Failure
from bot.settings import Settings

Line = tuple[bool, str]


def answering(settings: Settings) -> Iterator[Line]:
    tries = (
        ("GitHub", github_line(settings), settings.github_api_url),
        ("ServiceNow", servicenow_table(settings), settings.servicenow_url),
    )
    for name, line, address in tries:
        if line is None:
            continue
        try:
            line.check()
        except Failure as failure:
            yield False, f"{name}: {failure}"
        else:
            yield True, f"{name}: {address} lets us in."
    folders = (("READINESS_BOARDS", settings.readiness_boards), ("READINESS_ARCHIVE", settings.readiness_archive))
    for variable, folder in folders:
        if folder is not None and not folder.is_dir():
            yield False, f"Closing: {variable} names no folder that is there. Nothing below it can be read."
