"""Governing records that are files in the workspace."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.record import Record
from bot.ports import Denied, Gone

SERVICE = "files"


class FileRecords:
    """`open_record` reads one record; it raises LookupError when there is none, ValueError when it cannot be understood.
    Their texts are fit for people, and are passed on."""

    def __init__(self, open_record: Callable[[str], Record]) -> None:
        self._open = open_record

    def read(self, record_id: str) -> Record:
        try:
            return self._open(record_id)
        except LookupError as error:
            raise Gone(str(error), service=SERVICE) from error
        except ValueError as error:
            raise Denied(str(error), service=SERVICE) from error
