"""Opening an organisation's files: only whole files that lie inside the workspace, never what a link leads out to."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from bot.workspace_problems import Problem, WorkspaceError
from bot.workspace_yaml import LARGEST

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LONGEST_ID = 200  # file systems refuse names above 255 bytes


def is_id(text: str) -> bool:
    """Whether this may name a record, a person, a calendar …, checked before a file is opened."""
    return len(text) <= LONGEST_ID and ID.fullmatch(text) is not None


def read_inside(root: Path, name: str) -> bytes | None:
    """The bytes of `root/name`, at most one more than the largest file allowed; None when there is no such file.

    Raises WorkspaceError for a link that leads out of the workspace, for what is no file, and for what may not be read.
    """
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root.resolve()):
            raise WorkspaceError(
                [Problem(name, 0, "", "is a link that leads out of the workspace; put the file itself here")]
            )
        return _content(path, name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        reason = getattr(error, "strerror", None) or "its links lead in a circle"
        raise WorkspaceError([Problem(name, 0, "", f"cannot be read: {reason}")]) from error


def _content(path: Path, name: str) -> bytes:
    # O_NOFOLLOW: nothing may be slipped in after the check; O_NONBLOCK: a pipe must not make us wait.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise WorkspaceError([Problem(name, 0, "", "is not a file; put a file here")])
        return file.read(LARGEST + 1)
